"""The structured communication (OGM-VCS) that Belgian banks read on a transfer.

Twelve digits: ten of one's own, and their remainder by 97 as two check digits, 97 in
place of a remainder of 0.
"""

import re

PATTERN = re.compile(
    r"(?:\+\+\+|\*\*\*)?(\d{3})/?(\d{4})/?(\d{5})(?:\+\+\+|\*\*\*)?", re.ASCII
)


def structured_communication(base):
    """The structured communication of a number of at most ten digits.

    :param str | int base: digits, padded with zeros on the left
    :raises ValueError: more than ten digits, or other characters
    :rtype: str
    """
    digits = str(base)
    if not re.fullmatch(r"\d{1,10}", digits, re.ASCII):
        raise ValueError(f"{base!r} is not a number of at most ten digits")
    number = f"{int(digits):010}{_check_digits(digits)}"
    return f"+++{number[:3]}/{number[3:7]}/{number[7:]}+++"


def is_valid_communication(text):
    """Whether a text is a structured communication with the right check digits."""
    match = PATTERN.fullmatch((text or "").replace(" ", ""))
    if not match:
        return False
    number = "".join(match.groups())
    return _check_digits(number[:10]) == number[10:]


def _check_digits(digits):
    return f"{int(digits) % 97 or 97:02}"
