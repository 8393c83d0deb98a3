import re
from datetime import date
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)

from .legal import LegalWorld
from .test_scenarios import BelgianWorld


def words(html):
    """The text of a page, blanks of every kind as single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", str(html)).split())


@tagged("post_install", "-at_install")
class TestRateEnd(BelgianWorld):
    """Where the rates are not verified, and where they end: 1900, 2027, 2100."""

    def _case(self, due, partner=None):
        move = self._invoice(partner or self.enterprise, 1000, due)
        return self._flag(move).with_user(self.env.user)

    def _page(self, case, day, verified_only):
        Page = self.env["debt.collection.statement.page"]
        day = date.fromisoformat(day)
        return words(Page._render(case, day, verified_only=verified_only))

    # === A DERIVED ROW === #

    @freeze_time("2027-02-15")
    def test_2027_is_derived_on_screen_and_reserved_on_paper(self):
        self._verify("be.rate.commercial", "2026-12-31")
        case = self._case("2026-11-30")
        shown = self._statement(case, "2027-02-15")
        # 31 days of 2026/2 and 46 of 2027/1 at 10.5 %
        self.assertEqual(shown.interest_left, Decimal("22.15"))
        self.assertEqual(
            [(line.start, line.verified) for line in shown.claims[0].interest_lines],
            [(date(2026, 12, 1), True), (date(2027, 1, 1), False)],
        )
        self.assertFalse(shown.verified)
        self.assertAlmostEqual(case.amount_due, 1062.15)
        self.assertFalse(case.amount_due_verified)
        self.assertIn("to verify", case.statement_html)
        sent = self._statement(case, "2027-02-15", verified_only=True)
        self.assertEqual(sent.interest_left, Decimal("8.92"))
        self.assertEqual(sent.interest_reserved_from, date(2027, 1, 1))
        page = self._page(case, "2027-02-15", True)
        self.assertIn("Further interest from 01/01/2027 is reserved.", page)
        self.assertNotIn("to verify", page)

    @freeze_time("2027-02-15")
    def test_civil_interest_of_2027_is_derived(self):
        law = self.env["debt.collection.regime.be"].with_company(self.company)
        [_old, rate] = law._get_civil_rates(date(2026, 12, 1), date(2027, 2, 15))
        self.assertEqual((rate.percent, rate.verified), (Decimal("4.5"), False))

    # === NO ROW AT ALL === #

    @freeze_time("2028-02-15")
    def test_where_the_rates_end_a_document_stops_and_says_so(self):
        self._verify("be.rate.commercial")
        case = self._case("2027-11-30")
        for day in ("2028-02-15", "2100-01-01"):
            with self.subTest(day):
                with self.assertRaisesRegex(
                    MissingParameter, r"be\.rate\.commercial.*01/01/2028"
                ):
                    self._statement(case, day)
                self.assertIn("be.rate.commercial", self._page(case, day, False))
                found = self._statement(case, day, verified_only=True)
                # 31 days of 2027 at 10.5 %
                self.assertEqual(found.interest_left, Decimal("8.92"))
                self.assertEqual(found.due, Decimal("1048.92"))
                self.assertEqual(found.interest_reserved_from, date(2028, 1, 1))
                self.assertIn(
                    "Further interest from 01/01/2028 is reserved.",
                    self._page(case, day, True),
                )
        data = case._get_statement_data(date(2028, 2, 15), verified_only=True)
        self.assertEqual(data["interest_reserved_from"], "2028-01-01")
        self.assertIn("be.rate.commercial", case.amount_due_error)

    @freeze_time("2028-03-15")
    def test_a_debt_younger_than_the_last_rate_reserves_all_its_interest(self):
        self._verify("be.rate.commercial")
        case = self._case("2028-02-15")
        found = self._statement(case, "2028-03-15", verified_only=True)
        self.assertEqual((found.interest_left, found.due), (0, 1040))
        self.assertEqual(found.interest_reserved_from, date(2028, 2, 16))

    @freeze_time("2028-01-20")
    def test_a_letter_leaves_and_says_so(self):
        self._verify("be.rate.commercial")
        self._invoice(self.enterprise, 1000, "2027-11-30")
        self._step("2027-12-06")
        self._step("2027-12-15")
        [notice] = self._step("2028-01-10")
        self.assertEqual(notice.notice_kind, "formal")
        notice.lang = "en_US"
        text = words(self.env["debt.collection.letter"]._render_body(notice))
        self.assertIn("Further interest from January 1, 2028 on is reserved.", text)
        self.assertIn("8.92", text)

    @freeze_time("2028-01-20")
    def test_booking_takes_what_is_verified(self):
        self._verify("be.rate.commercial")
        case = self._case("2027-11-30")
        move = self.env["debt.collection.charge"]._book(case, date(2028, 1, 20))
        self.assertAlmostEqual(move.amount_total, 48.92)

    @freeze_time("2028-03-15")
    def test_interest_of_a_consumer_stops_too(self):
        self._verify("be.rate.commercial")
        self._accept_caps(self.consumer)
        move = self._invoice(self.consumer, 1000, "2027-11-30")
        self._step("2027-12-06")
        case = move.debt_collection_case_id
        found = self._statement(case, "2028-03-15", verified_only=True)
        # 25 days, from the day after the letter to the end of 2027
        self.assertEqual(found.interest_left, Decimal("7.19"))
        self.assertEqual(found.indemnity_left, Decimal("90.00"))
        self.assertEqual(found.interest_reserved_from, date(2028, 1, 1))

    @freeze_time("2026-03-16")
    def test_before_the_first_rate_nothing_is_guessed(self):
        """1900, and the eve of the Act: no figure, neither on screen nor on paper."""
        for due in ("1900-01-31", "2002-06-30"):
            case = self._case(due)
            for verified_only in (False, True):
                with self.subTest(due=due, paper=verified_only):
                    with self.assertRaisesRegex(MissingParameter, r"be\.\w+\.\w+"):
                        self._statement(case, "2026-03-16", verified_only=verified_only)
            self.assertEqual(case.amount_due, 0)
            self.assertTrue(case.amount_due_error)

    @freeze_time("2026-03-16")
    def test_a_row_deleted_in_use_stops_documents_too(self):
        """A hole between two rates is no end of them: somebody has to mend it."""
        self._verify("be.rate.commercial")
        rows = self.env["debt.collection.parameter.value"].search(
            [
                ("parameter_id.code", "=", "be.rate.commercial"),
                ("date_from", "=", "2025-07-01"),
            ]
        )
        rows.sudo().write({"state": "to_verify"})
        rows.sudo().unlink()
        case = self._case("2025-01-31")
        for verified_only in (False, True):
            with self.assertRaisesRegex(MissingParameter, "07/01/2025"):
                self._statement(case, "2026-03-16", verified_only=verified_only)


@tagged("post_install", "-at_install")
class TestRateEndInCourt(LegalWorld):
    """What goes to a court is refused where a rate is not verified or not there."""

    def test_judicial_documents_refuse(self):
        self._verify("be.rate.commercial", "2026-12-31")
        move = self._invoice(self.enterprise, 10000, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "formal_notice")
        step = self._propose(case, "be_rci", "rci_instruction", "2025-02-03")
        for day, error in (
            ("2026-12-31", None),
            ("2027-02-15", "still to be verified"),
            ("2028-02-15", "be.rate.commercial"),
        ):
            with self.subTest(day), self._at(day):
                if not error:
                    self.assertIn("1394/20", step._render_document())
                    continue
                with self.assertRaisesRegex(UserError, error):
                    step._render_document()
                with self.assertRaisesRegex(UserError, error):
                    step.action_print()
