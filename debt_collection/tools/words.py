"""A sum written out in words: to print it, and to check what somebody typed.

Who acknowledges a debt writes the sum himself. The check is about the sum, not about
spelling: case, hyphens, accents, blanks and the little words that join numbers are
left aside, and both ways of counting in French are read.
"""

import re
import unicodedata

from num2words import num2words

from .values import CENT, exact

# Languages whose words are read, each with the joining words that may be left out
JOINS = {"en": "and", "fr": "et", "fr_BE": "et", "nl": "en", "de": "und"}
# What a language may write in two ways: pattern -> the one form
FORMS = {
    "en": ((r"\ba\b", "one"),),
    "fr": ((r"\b(cent|vingt|mille|million)s\b", r"\1"),),
    "fr_BE": ((r"\b(cent|vingt|mille|million)s\b", r"\1"),),
    "nl": ((r"\been(?=honderd|duizend)", ""),),
    "de": ((r"ein(?=hundert|tausend)", ""), (r"eins\b", "ein"), (r"eine\b", "ein")),
}
# Languages that count money without a plural, and whether names are capitals there
COUNTED = {"nl": str, "de": str.capitalize}
# The smaller unit of most currencies, as people write it
MINOR = ("cent", "cents", "centime", "centimes")


def get_language(code):
    """The language of a locale whose words are known; English otherwise."""
    return next((key for key in JOINS if (code or "").lower()[:2] == key), "en")


def in_words(amount, lang, major, minor):
    """An amount in words: the whole part, and the hundredths where there are some.

    :param Decimal amount: at most two decimals
    :param str lang: a locale code; see :func:`get_language`
    :param str major: word for the unit, ``minor``: word for its hundredth
    """
    amount, key = exact(amount).quantize(CENT), get_language(lang)
    whole, rest = divmod(int(amount * 100), 100)
    text = f"{num2words(whole, lang=key)} {_counted(major, key)}"
    if rest:
        hundredths = f"{num2words(rest, lang=key)} {_counted(minor, key)}"
        text = f"{text} {JOINS[key]} {hundredths}"
    return text


def _counted(unit, key):
    """The word for a unit after a number: twenty euros, but zwanzig Euro."""
    return COUNTED[key](_singular(unit)) if key in COUNTED else unit


def says(text, amount, units=()):
    """Whether a text tells the amount in words, in one of the languages known.

    :param str text: what somebody typed
    :param Decimal amount: what it has to say, at most two decimals
    :param units: words for the currency (code, sign, name)
    """
    whole, rest = divmod(int(exact(amount).quantize(CENT) * 100), 100)
    typed = _split(text, {_plain(unit) for unit in units if unit})
    return any(_matches(typed, whole, rest, key) for key in JOINS)


def _matches(typed, whole, rest, key):
    major, minor = typed
    wanted = _normal(num2words(whole, lang=key), key)
    if not rest:
        return _normal(major, key) == wanted and _normal(minor, key) in (
            "",
            _normal(num2words(0, lang=key), key),
        )
    cents = {_normal(num2words(rest, lang=key), key), str(rest), f"{rest:02d}"}
    return _normal(major, key) == wanted and _normal(minor, key) in cents


def _split(text, units):
    """What was typed before the word for the currency, and after it."""
    words = _plain(text).split()
    while words and words[-1] in MINOR:
        words.pop()
    for rank, word in enumerate(words):
        if _singular(word) in {_singular(unit) for unit in units}:
            return " ".join(words[:rank]), " ".join(words[rank + 1 :])
    return " ".join(words), ""


def _singular(word):
    return word.removesuffix("s")


def _plain(text):
    """Small letters without accents; what is no letter or digit is a blank."""
    text = unicodedata.normalize("NFKD", (text or "").casefold())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return re.sub(r"[^\w€$£]+", " ", text).strip()


def _normal(text, key):
    """One text for one number in a language."""
    text = _plain(text)
    for pattern, form in FORMS[key]:
        text = re.sub(pattern, form, text)
    return text.replace(" ", "").replace(JOINS[key], "")
