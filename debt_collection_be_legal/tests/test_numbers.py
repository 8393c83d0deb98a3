import math
import re
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)
from odoo.addons.debt_collection.tools.facts import Clause

from .common import BelgianCase, amount, day

TODAY = date(2026, 11, 23)

# The evidence marks of the law reference, section by section: what two sources or
# more say, and nothing contradicts. "code key first-day lower-bound" of each row that
# may ship verified; every other row is to be verified.
CONFIRMED = (
    # 1.2 and 1.3: the rates
    r"be\.rate\.commercial \w* (2010-01|201[1-9]-|2020-|2021-01|2023-01|2024-)",
    r"be\.rate\.civil  (1981|2009|201[013578]|202[0-5])-",
    r"be\.rate\.tax ",
    # 1.1: rules 1, 3, 4, 7, 9
    r"be\.b2b\.fixed_compensation  2013-",
    r"be\.b2b\.cohort ",
    r"be\.b2[bg]\.term default ",
    r"be\.b2b\.term maximum 2022-",
    # 2.1: rules 2, 5, 6, 7; 2.2 as long as the ceiling of 2,000 plays no part
    r"be\.b2c\.(in_force|term|start\.\w+|free_reminders|reminder_cost) ",
    r"be\.b2c\.cap_bracket  2023-09-01 (0|150|500)$",
    # 3.1: rule 11; 4.1: rules 4, 7, 9, 13
    r"be\.b2c\.visit ",
    r"be\.rci\.",
    # 5: the courts
    r"be\.court\.competence justice_of_peace (2002|2014)-",
    r"be\.court\.exclusive enterprises ",
    r"be\.court\.roll_duty (justice_of_peace|first_instance|appeal) ",
    r"be\.court\.fund  (2017|2021|2022)-",
    r"be\.court\.summary_order ",
    r"be\.court\.term\.days (summary_order_\w+|european_order_opposition) ",
    r"be\.court\.rpi \w* (2008-|2022-11)",
    r"be\.court\.rpi_before_judgment  (2008|2016)-",
    # 6: enforcement
    r"be\.enforcement\.delay\.days order_to_seizure ",
    r"be\.enforcement\.delay\.months conservatory_valid ",
    r"be\.income\.protected \w+ (2021|2023|2024)-",
    r"be\.income\.child  (2021|2023|2024|2025)-",
    r"be\.bailiff\.(tariff [ABC]|file_cost once) 2024-",
    r"be\.bailiff\.class  ",
    r"be\.bailiff\.class_by_nature (utilities|telecom|education|health) ",
    r"be\.bailiff\.vat ",
    # 7 and 8: insolvency, VAT
    r"be\.insolvency\.term\.days (claim|settlement_reminder) ",
    r"be\.insolvency\.term\.months settlement_claim ",
    r"be\.insolvency\.filing_fee ",
    r"be\.vat\.refund_cause bankrupt ",
    # 9: prescription
    r"be\.prescription (general|non_contractual|goods_consumer|periodic|rent) ",
    r"be\.prescription (rent_index|lawyer|expert|health|bailiff|boarding) ",
    r"be\.prescription (hotel|insurance) ",
    r"be\.prescription utilities 2017-",
    r"be\.prescription\.own_motion ",
)


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

    def test_each_table_of_the_reference_is_data(self):
        """Section 15: every table it wants is a parameter with dated rows."""
        rows = self.rows.grouped(lambda row: row.parameter_id.code)
        for code in (
            "be.rate.commercial",
            "be.rate.civil",
            "be.b2b.fixed_compensation",
            "be.b2b.term",
            "be.b2c.cap_bracket",
            *("be.b2c.term", "be.b2c.free_reminders", "be.b2c.reminder_cost"),
            *("be.b2c.start.post", "be.b2c.sme", "be.b2c.mediation_hold"),
            *("be.rci.cap", "be.rci.term", "be.rci.report_delay", "be.rci.b2c"),
            *("be.court.roll_duty", "be.court.fund"),
            "be.court.rpi",
            "be.court.competence",
            *("be.bailiff.tariff", "be.bailiff.class"),
            *("be.enforcement.delay.days", "be.enforcement.delay.months"),
            "be.income.protected",
            "be.prescription",
        ):
            with self.subTest(code):
                self.assertTrue(rows.get(code))
                self.assertTrue(all(row.date_from for row in rows[code]))
        # computed, with rows for exceptions alone
        self.assertIn("be.holiday", self.Parameter.search([]).mapped("code"))

    def test_what_changes_regularly_is_asked_for(self):
        """The yearly check list at the end of section 15."""
        renewals = {p.code: p.renewal for p in self.Parameter.search([])}
        self.assertEqual(renewals["be.rate.commercial"], "half_year")
        for code in (
            "be.rate.civil",
            "be.bailiff.tariff",
            "be.income.protected",
            "be.court.rpi",
            "be.court.fund",
            "be.court.roll_duty",
            "be.b2c.cap_bracket",  # the evaluation of Book XIX
            "be.rci.b2c",
        ):
            self.assertEqual(renewals[code], "year", code)

    def test_a_row_ships_verified_where_the_reference_confirms_it(self):
        """And nowhere else: no row from memory, unclear or derived is verified."""
        used = set()
        for row in self.rows:
            code, lower = row.parameter_id.code, f"{row.lower:.0f}"
            name = f"{code} {row.key or ''} {row.date_from} {lower}"
            found = {mark for mark in CONFIRMED if re.match(mark, name)}
            used |= found
            with self.subTest(row=name):
                self.assertEqual(row.state == "verified", bool(found))
        self.assertEqual(used, set(CONFIRMED))

    def test_the_ceiling_of_the_lump_sum_is_a_reading_to_verify(self):
        """Under it the scale is confirmed; what reaches it is marked."""
        clause = Clause(penalty_at_cap=True)
        regime = self.env["debt.collection.regime"]._get_regime("be_b2c")
        for balance, expected, verified in (
            ("1,000.00", "90.00", True),
            ("39,200.00", "2,000.00", True),
            ("39,200.01", "2,000.00", False),
            ("50,000.00", "2,000.00", False),
        ):
            facts = self.claim(
                balance,
                "31/01/2025",
                notices=(self.notice("03/03/2025", "email"),),
                clause=clause,
            )
            with self.subTest(balance):
                [charge] = regime._get_fixed_charges(facts, day("31/12/2025"))
                self.assertEqual(
                    (charge.amount, charge.verified), (amount(expected), verified)
                )

    def test_numbers_of_next_year_are_there_to_be_verified(self):
        """On 1 January nothing stops: what is not published yet is derived."""
        for code, key in (
            ("be.rate.commercial", "new"),
            ("be.rate.civil", None),
            ("be.bailiff.tariff", "A"),
            ("be.bailiff.file_cost", "once"),
        ):
            for on in ("01/01/2027", "31/12/2027"):
                row = self.Parameter._get_row(code, day(on), self.company, key)
                record = self.env["debt.collection.parameter.value"].browse(row.id)
                with self.subTest(code=code, on=on):
                    self.assertEqual(
                        (record.evidence, row.verified), ("derived", False)
                    )
            with self.assertRaisesRegex(MissingParameter, code) as missing:
                self.Parameter._get_row(code, day("01/01/2028"), self.company, key)
            self.assertTrue(missing.exception.is_ended)
            self.assertEqual(missing.exception.day, date(2028, 1, 1))

    def test_commercial_rates_have_no_hole_from_the_first_day_on(self):
        first, last = date(2002, 8, 7), date(2027, 12, 31)
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
