"""The token of a debtor's link: text a person can type, and its hash."""

import base64
import hashlib

# 128 bits: nobody guesses one, and on paper it stays short enough to be typed.
TOKEN_BYTES = 16


def make_token(digest):
    """The token made of a keyed digest: 26 letters and digits, no 0, 1, 8 or 9.

    :param str digest: hexadecimal text of at least 16 bytes
    :rtype: str
    """
    raw = bytes.fromhex(digest)[:TOKEN_BYTES]
    return base64.b32encode(raw).decode().rstrip("=").lower()


def hash_token(token):
    """SHA-256 of a token as it was typed: case and stray blanks do not matter.

    :rtype: str
    """
    return hashlib.sha256(token.strip().lower().encode()).hexdigest()
