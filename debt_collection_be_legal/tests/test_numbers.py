import math
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.tools.brackets import bracket
from odoo.addons.debt_collection.tools.values import Bracket, Scale

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

    def scale_row(self, code, on, value, key=None):
        """The bracket that holds an amount."""
        rows = self.Parameter._get_scale(code, day(on), self.company, key)
        return [row for row in rows if (row.lower or 0) < Decimal(value)][-1]

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

    def test_case_5_2_to_5_7_procedure_indemnity(self):
        code = "be.court.rpi"
        for on, claim, base, minimum in (
            ("15/11/2024", "900.00", "600.00", "300.00"),  # 5.2
            ("10/01/2025", "2500.00", "600.00", "300.00"),  # 5.4
            ("10/01/2025", "2500.01", "975.00", "562.50"),  # 5.4
            ("15/06/2025", "12000.00", "1726.74", "981.10"),  # 5.5
            ("15/11/2024", "4000.00", "975.00", "562.50"),  # 5.7
            ("01/01/2010", "4000.00", "650.00", "375.00"),
            ("15/06/2025", "2000000", "23546.51", "1569.77"),
        ):
            with self.subTest(on=on, claim=claim):
                row = self.scale_row(code, on, claim)
                self.assertEqual(
                    (row.base, row.minimum), (Decimal(base), Decimal(minimum))
                )
        row = self.scale_row(code, "15/06/2025", "1", "unquantified")
        self.assertEqual(row.base, Decimal("1883.72"))
        # 5.6: paid after entry, before judgment
        row = self.scale_row("be.court.rpi_before_judgment", "15/11/2024", "1")
        quarter = Decimal("975.00") * row.percent / 100
        self.assertEqual(min(quarter, row.maximum), Decimal("243.75"))

    def test_case_6_1_to_6_5_protected_income(self):
        rows = self.Parameter._get_scale(
            "be.income.protected", day("01/06/2024"), self.company, "work"
        )
        scale = Scale(
            tuple(Bracket(r.lower or 0, r.base or 0, r.percent or 0) for r in rows)
        )
        child = self.value("be.income.child", "01/06/2024")
        for net, children, expected in (
            ("1300", 0, "0.00"),
            ("1400", 0, "11.80"),
            ("1650", 1, "5.90"),
            ("2000", 0, "386.10"),
            ("2000", 3, "137.10"),
        ):
            with self.subTest(net=net, children=children):
                seized = bracket(Decimal(net), scale) - children * child
                self.assertEqual(max(seized, Decimal(0)), Decimal(expected))

    def test_bailiff_tariff(self):
        for claim, expected in (("1500", "211.75"), ("3000", "272.25")):
            letter = self.Parameter._get_scale(
                "be.bailiff.class", day("01/11/2024"), self.company
            )
            row = [r for r in letter if (r.lower or 0) < Decimal(claim)][-1]
            act = self.value("be.bailiff.tariff", "01/11/2024", row.text)
            file_cost = self.value("be.bailiff.file_cost", "01/11/2024", "once")
            vat = self.value("be.bailiff.vat", "01/11/2024")
            total = (act + file_cost) * (1 + vat / 100)
            self.assertEqual(total, Decimal(expected))
        text = self.value("be.bailiff.class_by_nature", "01/11/2024", "utilities")
        self.assertEqual(text, "A")

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
