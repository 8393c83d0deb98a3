from decimal import Decimal

from odoo.tests import tagged

from .common import BelgianCase, amount, day


@tagged("post_install", "-at_install")
class TestNoncontested(BelgianCase):
    """Section 4 of the law reference; who is eligible: `test_routes`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.law = cls.env["debt.collection.be.noncontested"]

    def check_dates(self, served, answer, report):
        dates = self.law._get_dates(day(served))
        self.assertEqual([d.day for d in dates], [day(answer), day(report)])
        self.assertEqual([d.code for d in dates], ["answer", "report"])
        for deadline in dates:
            self.assertIn("1394/20", deadline.ground)

    def test_case_4_1(self):
        self.check_dates("10/03/2026", "10/04/2026", "18/04/2026")

    def test_case_4_2(self):
        self.check_dates("24/09/2026", "26/10/2026", "03/11/2026")

    def test_case_4_3(self):
        self.check_dates("30/01/2026", "02/03/2026", "10/03/2026")

    def test_the_vacation_of_the_courts_does_not_extend_it(self):
        self.check_dates("06/07/2026", "06/08/2026", "14/08/2026")

    def check_ceiling(self, interest, penalty, kept_penalty, total):
        principal = amount("8,000.00")
        figure = self.law._get_accessories(
            principal, amount(interest), amount(penalty), day("10/03/2026")
        )
        self.assertEqual(principal + figure.amount, amount(total))
        self.assertEqual(figure.part("interest"), amount(interest))
        self.assertEqual(figure.part("penalty"), amount(kept_penalty))
        self.assertTrue(figure.verified)

    def test_case_4_4(self):
        self.check_ceiling("620.00", "800.00", "180.00", "8,800.00")

    def test_case_4_5(self):
        self.check_ceiling("120.00", "200.00", "200.00", "8,320.00")

    def test_interest_alone_stops_at_the_ceiling(self):
        figure = self.law._get_accessories(
            Decimal(100), Decimal("12.50"), Decimal(5), day("10/03/2026")
        )
        self.assertEqual(figure.amount, 10)
        self.assertEqual(figure.part("penalty"), 0)
