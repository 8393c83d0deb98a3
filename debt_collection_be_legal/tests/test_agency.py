from odoo.tests import tagged

from .common import BelgianCase, day


@tagged("post_install", "-at_install")
class TestAgency(BelgianCase):
    """Section 3 of the law reference."""

    regime_key = "be_b2c"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.law = cls.env["debt.collection.be.agency"]

    def test_case_3_1(self):
        blocked = self.law._get_agency_obstacle(True, "")
        self.assertIn("registration number", blocked)
        self.assertFalse(self.law._get_agency_obstacle(True, "300123"))
        self.assertFalse(self.law._get_agency_obstacle(True, "", exempt=True))
        self.assertFalse(self.law._get_agency_obstacle(False, ""))

    def test_case_3_2(self):
        free = self.law._get_free_day(self.notice("02/06/2025", "email", "formal"))
        self.assertEqual(free.day, day("17/06/2025"))
        self.assertFalse(free.verified)

    def test_by_post_it_starts_later(self):
        free = self.law._get_free_day(self.notice("02/06/2025", "post", "formal"))
        self.assertEqual(free.day, day("19/06/2025"))

    def test_case_3_3(self):
        start, end = self.law._get_mediation_rest(day("10/06/2025"))
        self.assertEqual(start.day, day("11/06/2025"))
        # the last day of the rest: it is over on the 26th
        self.assertEqual(end.day, day("25/07/2025"))

    def test_rest_starts_on_a_working_day(self):
        start, _end = self.law._get_mediation_rest(day("18/07/2025"))
        # a Saturday, a Sunday and the national holiday of the Monday lie between
        self.assertEqual(start.day, day("22/07/2025"))

    def visit(self, start, end):
        return self.law._get_visit_obstacle(start, end, day("02/06/2025"))

    def test_case_3_4(self):
        self.assertIn("22:00", self.visit(21.5, 22.25))
        self.assertFalse(self.visit(21.0, 22.0))
        self.assertFalse(self.visit(8.0, 9.0))
        self.assertIn("08:00", self.visit(7.75, 8.5))
        self.assertTrue(self.visit(21.0, 0.5))

    def test_case_3_5(self):
        self.assertIn("XIX.4", self.law._get_charge_obstacle("file_cost"))
        for code in ("interest", "lump_sum"):
            self.assertFalse(self.law._get_charge_obstacle(code))
