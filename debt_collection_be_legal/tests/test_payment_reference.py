from odoo.tests import TransactionCase, tagged

from odoo.addons.debt_collection_be_legal.tools import (
    is_valid_communication,
    structured_communication,
)


@tagged("post_install", "-at_install")
class TestPaymentReference(TransactionCase):
    """Section 12 of the law reference: structured communications."""

    def check(self, base, expected):
        self.assertEqual(structured_communication(base), expected)
        self.assertTrue(is_valid_communication(expected))

    def test_case_12_4(self):
        self.check("0000001234", "+++000/0001/23470+++")

    def test_case_12_5(self):
        self.check("0108068171", "+++010/8068/17183+++")

    def test_case_12_6(self):
        self.check("0000000097", "+++000/0000/09797+++")

    def test_case_12_7(self):
        self.check(2026000001, "+++202/6000/00192+++")

    def test_case_12_8(self):
        self.assertFalse(is_valid_communication("010/8068/17180"))
        self.assertTrue(is_valid_communication("010/8068/17183"))
        self.assertFalse(is_valid_communication("no number"))
        self.assertFalse(is_valid_communication(False))

    def test_other_characters_are_refused(self):
        for base in ("12345678901", "12A", "-5", "", "\u0661"):
            with self.subTest(base=base), self.assertRaises(ValueError):
                structured_communication(base)
