import math
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)

from .common import BelgianCase, day

TODAY = date(2026, 11, 23)


@tagged("post_install", "-at_install")
class TestNumbers(BelgianCase):
    """The shipped rows, against the figures of the law reference."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls.env["debt.collection.parameter.value"].search(
            [("company_id", "=", False), ("parameter_id.country", "=", "Belgium")]
        )

    def value(self, code, on, key=None):
        return self.Parameter._get_value(code, day(on), self.company, key)

    def test_every_row_has_a_source_and_an_honest_state(self):
        self.assertGreater(len(self.rows), 350)
        for row in self.rows:
            with self.subTest(row=row.display_name):
                self.assertTrue(row.source_ref)
                if row.evidence != "confirmed":
                    self.assertEqual(row.state, "to_verify")
                self.assertFalse(row.verified_by)

    def test_commercial_rates_have_no_hole_from_the_first_day_on(self):
        first, last = date(2002, 8, 7), date(2026, 12, 31)
        rows = self.Parameter._get_rows(
            "be.rate.commercial", first, last, self.company, "old"
        )
        self.assertGreater(len(rows), 48)
        self.Parameter._get_rows(
            "be.rate.commercial", date(2013, 3, 16), last, self.company, "new"
        )
        self.Parameter._get_rows("be.rate.civil", date(1981, 8, 1), last, self.company)

    def test_commercial_rates_are_half_points(self):
        """Rounded up to the half point: cross-check of the law reference."""
        rows = self.rows.filtered(lambda r: r.parameter_id.code == "be.rate.commercial")
        for row in rows:
            self.assertEqual(row.value_number * 2, math.ceil(row.value_number * 2))

    def test_derived_row_of_the_current_half_year(self):
        row = self.Parameter._get_row("be.rate.commercial", TODAY, self.company)
        self.assertEqual((row.number, row.verified), (Decimal("10.5"), False))
        record = self.env["debt.collection.parameter.value"].browse(row.id)
        self.assertEqual(record.evidence, "derived")

    def test_confirmed_rows_ship_verified(self):
        for on, verified in (("01/02/2024", True), ("01/02/2025", False)):
            row = self.Parameter._get_row("be.rate.commercial", day(on), self.company)
            self.assertEqual(row.verified, verified)

    def test_court_costs(self):
        for key, expected in (
            ("justice_of_peace", 50),
            ("first_instance", 165),
            ("enterprise", 165),
            ("appeal", 400),
            ("cassation", 650),
        ):
            self.assertEqual(
                self.value("be.court.roll_duty", "01/06/2025", key), expected
            )
        for on, expected in (
            ("30/11/2021", 20),
            ("01/12/2021", 22),
            ("01/10/2022", 24),
        ):
            self.assertEqual(self.value("be.court.fund", on), expected)

    def test_tariff_of_today_is_marked_to_verify(self):
        row = self.Parameter._get_row("be.bailiff.tariff", TODAY, self.company, "B")
        self.assertEqual((row.number, row.verified), (Decimal(175), False))

    def test_non_contested_claims_are_closed_to_consumers(self):
        self.assertIs(self.value("be.rci.b2c", "23/11/2026"), False)
        self.assertEqual(self.value("be.rci.term", "23/11/2026"), 1)
        self.assertEqual(self.value("be.rci.report_delay", "23/11/2026"), 8)
        self.assertEqual(self.value("be.rci.cap", "23/11/2026"), 10)

    def test_limits_of_competence_move(self):
        for on, expected in (
            ("31/08/2014", 1860),
            ("01/09/2014", 2500),
            ("01/09/2018", 5000),
        ):
            limit = self.value("be.court.competence", on, "justice_of_peace")
            self.assertEqual(limit, expected)

    def test_protected_income_that_was_not_found_is_named(self):
        for on in ("01/06/2025", "01/06/2026"):
            with self.assertRaisesRegex(MissingParameter, r"be\.income\.protected"):
                self.Parameter._get_scale(
                    "be.income.protected", day(on), self.company, "work"
                )
