from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)

from .common import BelgianCase, amount, day


@tagged("post_install", "-at_install")
class TestCourt(BelgianCase):
    """Section 5 of the law reference."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.court = cls.env["debt.collection.be.court"]

    def find(self, value, on, nature="goods_services", **parties):
        return self.court._get_court(amount(value), day(on), nature, **parties)

    def indemnity(self, value, on, **options):
        return self.court._get_indemnity(amount(value), day(on), **options)

    def test_case_5_1(self):
        found = self.find("900.00", "15/06/2025", enterprises=True, consumer=False)
        self.assertEqual(found.key, "enterprise")
        self.assertIn("Between enterprises", found.reason)
        duties = self.court._get_duties(found.key, day("15/06/2025"))
        self.assertEqual(duties.part("roll_duty"), 165)
        self.assertFalse(duties.verified)  # one tool shows 200
        # the third band
        self.assertEqual(self.indemnity("900.00", "15/06/2025").base, amount("627.91"))

    def test_case_5_2(self):
        found = self.find("900.00", "15/11/2024")
        self.assertEqual(found.key, "justice_of_peace")
        duties = self.court._get_duties(found.key, day("15/11/2024"))
        self.assertEqual(duties.part("roll_duty"), 50)
        self.assertEqual(self.indemnity("900.00", "15/11/2024").due, amount("600.00"))
        by_default = self.indemnity("900.00", "15/11/2024", course="default")
        self.assertEqual(by_default.due, amount("300.00"))

    def test_case_5_3(self):
        self.assertEqual(
            self.find("7,000.00", "15/06/2025", "health").key, "justice_of_peace"
        )
        # before the Act of 15 May 2024 the amount decided
        self.assertEqual(
            self.find("7,000.00", "30/09/2024", "health").key, "first_instance"
        )

    def test_case_5_4(self):
        self.assertEqual(self.indemnity("2,500.00", "10/01/2025").due, amount("600.00"))
        self.assertEqual(self.indemnity("2,500.01", "10/01/2025").due, amount("975.00"))

    def test_case_5_5(self):
        found = self.indemnity("12,000.00", "15/06/2025")
        self.assertEqual(found.due, amount("1,726.74"))
        self.assertFalse(found.verified)

    def test_case_5_6(self):
        found = self.indemnity("4,000.00", "15/11/2024", course="before_judgment")
        self.assertEqual(found.due, amount("243.75"))

    def test_case_5_7(self):
        found = self.indemnity("4,000.00", "15/11/2024", course="default")
        self.assertEqual(found.due, amount("562.50"))
        self.assertEqual((found.base, found.maximum), (975, 2250))
        self.assertIn("1022", found.ground)

    def test_nothing_is_due_when_paid_before_entry(self):
        found = self.indemnity("4,000.00", "15/11/2024", course="before_entry")
        self.assertEqual(found.due, 0)

    def test_quarter_stops_at_its_maximum(self):
        found = self.indemnity("300,000.00", "01/06/2010", course="before_judgment")
        self.assertEqual(found.due, 1000)

    def test_every_column_of_the_table_of_2025(self):
        for claim, base, minimum, maximum in (
            ("250.00", "235.47", "117.73", "470.93"),
            ("250.01", "313.95", "196.22", "784.88"),
            ("5,000.00", "1,020.35", "588.66", "2,354.65"),
            ("10,000.00", "1,412.79", "784.88", "3,139.53"),
            ("40,000.00", "3,139.53", "1,569.77", "6,279.07"),
            ("1,000,000.00", "15,697.67", "1,569.77", "31,395.35"),
            ("2,000,000.00", "23,546.51", "1,569.77", "47,093.02"),
        ):
            with self.subTest(claim=claim):
                found = self.indemnity(claim, "15/06/2025")
                self.assertEqual(
                    (found.base, found.minimum, found.maximum),
                    (amount(base), amount(minimum), amount(maximum)),
                )
        found = self.indemnity("1.00", "15/06/2025", unquantified=True)
        self.assertEqual(found.base, amount("1,883.72"))

    def test_limits_of_the_justice_of_the_peace_move(self):
        for on, value, key in (
            ("31/08/2018", "2,500.00", "justice_of_peace"),
            ("31/08/2018", "2,500.01", "first_instance"),
            ("01/09/2018", "5,000.00", "justice_of_peace"),
            ("01/09/2018", "5,000.01", "first_instance"),
        ):
            with self.subTest(on=on, value=value):
                self.assertEqual(self.find(value, on).key, key)

    def test_suppliers_of_energy_sue_before_the_justice_of_the_peace(self):
        for nature in ("utilities", "telecom"):
            found = self.find("9,000.00", "15/06/2025", nature)
            self.assertEqual(found.key, "justice_of_peace")
        firm = self.find(
            "9,000.00", "15/06/2025", "utilities", enterprises=True, consumer=False
        )
        self.assertEqual(firm.key, "enterprise")

    def test_leases_go_to_the_justice_of_the_peace_whoever_rents(self):
        found = self.find(
            "9,000.00", "15/06/2025", "rent", enterprises=True, consumer=False
        )
        self.assertEqual(found.key, "justice_of_peace")
        self.assertFalse(found.verified)

    def test_contribution_is_per_plaintiff(self):
        duties = self.court._get_duties("justice_of_peace", day("15/11/2024"), 3)
        self.assertEqual(duties.part("fund"), 72)
        self.assertEqual(duties.amount, 122)

    def test_remedies_know_the_vacation(self):
        for key, served, expected in (
            ("opposition", "30/06/2026", "15/09/2026"),
            ("appeal", "10/03/2026", "10/04/2026"),
            ("cassation", "10/03/2026", "10/06/2026"),
        ):
            found = self.court._get_remedy(key, day(served))
            self.assertEqual(found.day, day(expected))
            self.assertFalse(found.verified)

    def test_no_appeal_below(self):
        on = day("15/06/2025")
        limit = self.court._get_appeal_limit("justice_of_peace", on)
        self.assertEqual(limit, Decimal(2000))
        self.assertEqual(self.court._get_appeal_limit("enterprise", on), 2500)

    def test_a_missing_row_is_named(self):
        with self.assertRaisesRegex(MissingParameter, "be.court.rpi"):
            self.indemnity("900.00", "01/01/2001")
