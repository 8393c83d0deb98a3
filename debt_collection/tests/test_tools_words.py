from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from odoo.tests import BaseCase

from ..tools.words import JOINS, _normal, get_language, in_words, says

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
EURO = ("EUR", "€", "Euros")


class TestToolsWords(BaseCase):
    def test_language_of_a_locale(self):
        self.assertEqual(get_language("fr_BE"), "fr")
        self.assertEqual(get_language("nl_NL"), "nl")
        self.assertEqual(get_language("it_IT"), "en")
        self.assertEqual(get_language(False), "en")

    def test_in_words(self):
        for lang, text in (
            ("en_US", "one thousand, two hundred euro and fifty cent"),
            ("fr_FR", "mille deux cents euro et cinquante cent"),
            ("nl_BE", "duizendtweehonderd euro en vijftig cent"),
            ("de_DE", "eintausendzweihundert Euro und fünfzig Cent"),
        ):
            self.assertEqual(in_words(D("1200.50"), lang, "euro", "cent"), text)
        self.assertEqual(in_words(D(7), "en", "euro", "cent"), "seven euro")

    def test_what_people_type(self):
        for amount, texts in {
            "1200.50": (
                "One thousand two hundred euros and fifty cents",
                "mille-deux-cents euros et cinquante centimes",
                "Mille deux cent euros cinquante",
                "MILLE DEUX CENTS EUROS ET 50 CENTS",
                "duizend tweehonderd euro en vijftig cent",
                "eenduizend tweehonderd EUR vijftig",
                "Tausendzweihundert Euro und fuenfzig Cent".replace("ue", "ü"),
            ),
            "81.00": (
                "eighty one euro",
                "quatre-vingt-un euros",
                "quatre vingt et un",
                "eenentachtig",
                "één en tachtig euro",
                "einundachtzig Euro",
                "ein und achtzig euro zero".replace("zero", "null"),
            ),
            "1971.00": (
                "mille neuf cent septante et un euros",
                "mille neuf cents soixante-et-onze euros",
                "duizendnegenhonderdeenenzeventig euro",
                "a thousand nine hundred and seventy-one euro",
            ),
            "22.00": ("tweeëntwintig", "twee en twintig euro", "vingt deux"),
        }.items():
            for text in texts:
                with self.subTest(amount=amount, text=text):
                    self.assertTrue(says(text, D(amount), EURO))

    def test_another_sum_is_another_sum(self):
        for amount, text in (
            ("1200.50", "1200,50"),
            ("1200.50", "one thousand two hundred euros"),
            ("1200.00", "one thousand two hundred euros and fifty cents"),
            ("1002.00", "mille euros deux"),
            ("1000.02", "mille deux euros"),
            ("12.00", "twenty euro"),
            ("12.00", ""),
            ("0.50", "fifty euro"),
        ):
            with self.subTest(amount=amount, text=text):
                self.assertFalse(says(text, D(amount), EURO))

    def test_each_number_keeps_a_text_of_its_own(self):
        for key in JOINS:
            texts = {_normal(num2words(n, lang=key), key) for n in range(3000)}
            self.assertEqual(len(texts), 3000, key)

    @PURE
    @given(st.decimals("0.01", "999999.99", places=2), st.sampled_from(list(JOINS)))
    def test_what_is_printed_is_accepted(self, amount, key):
        text = in_words(amount, key, "euro", "cent")
        self.assertTrue(says(text, amount, EURO))
        self.assertTrue(says(text.upper().replace("-", " "), amount, EURO))
        self.assertFalse(says(text, amount + 1, EURO))
