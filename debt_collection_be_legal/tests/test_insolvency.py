from odoo.tests import tagged

from .common import BelgianCase, amount, day


@tagged("post_install", "-at_install")
class TestInsolvency(BelgianCase):
    """Sections 7 and 8 of the law reference; what stops: `test_legal_insolvency`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.law = cls.env["debt.collection.be.insolvency"]

    def deadlines(self, finding, on, **options):
        found = self.law._get_deadlines(finding, day(on), **options)
        return {deadline.code: deadline.day for deadline in found}

    def test_case_7_1(self):
        self.assertEqual(
            self.deadlines("bankrupt", "05/05/2026"),
            {"claim": day("04/06/2026"), "claim_limit": day("05/05/2027")},
        )

    def test_term_of_the_judgment_goes_first(self):
        found = self.deadlines("bankrupt", "05/05/2026", term=day("20/05/2026"))
        self.assertEqual(found["claim"], day("20/05/2026"))

    def test_case_7_2(self):
        facts = self.claim("2,500.00", "15/12/2022")
        self.assertEqual(self.interest(facts, "31/07/2023"), amount("164.42"))
        charges = self.charges(facts, "31/07/2023")
        self.assertEqual(charges["fixed_compensation"].amount, 40)

    def test_case_7_3(self):
        found = self.deadlines("bankrupt", "05/05/2026", guarantor=True)
        self.assertEqual(found["guarantor"], day("05/08/2026"))

    def test_case_7_4(self):
        found = self.deadlines("debt_settlement", "10/03/2026")
        self.assertEqual(found, {"claim": day("10/04/2026")})
        found = self.deadlines(
            "debt_settlement", "10/03/2026", reminded=day("20/04/2026")
        )
        self.assertEqual(found["claim_limit"], day("05/05/2026"))

    def test_reorganisation_sets_no_day(self):
        self.assertFalse(self.deadlines("reorganisation", "05/05/2026"))

    # === VAT === #

    def refund(self, lines, received="0.00"):
        lines = [(amount(rate), amount(gross)) for rate, gross in lines]
        return self.law._get_vat_refund(lines, amount(received), day("05/05/2026"))

    def test_case_8_1(self):
        figure, last_day = self.refund([("21", "12,100.00")])
        self.assertEqual(figure.amount, amount("2,100.00"))
        self.assertEqual(last_day.day, day("31/12/2029"))
        self.assertFalse(last_day.verified)

    def test_case_8_2(self):
        figure, _day = self.refund([("21", "12,100.00")], "3,630.00")
        self.assertEqual(figure.amount, amount("1,470.00"))

    def test_case_8_3(self):
        lines = [(amount("21"), amount("12,100.00"))]
        figure = self.law._get_vat_repayment(lines, amount("605.00"))
        self.assertEqual(figure.amount, amount("105.00"))

    def test_case_8_4(self):
        figure, _day = self.refund([("6", "1,060.00"), ("21", "1,210.00")], "1,135.00")
        self.assertEqual(figure.amount, amount("135.00"))
        self.assertEqual(figure.parts, (("6", 30), ("21", 105)))

    def test_nothing_is_lost_on_a_paid_invoice(self):
        figure, _day = self.refund([("21", "121.00")], "150.00")
        self.assertEqual(figure.amount, 0)
