from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPortfolio(CollectionCommon):
    """What the ledger says about how a debtor pays."""

    def _paid(self, due_days_ago, late, amount=100.0, partner=None):
        move = self._make_invoice(due_days_ago, amount, partner)
        self._pay(move, day=TODAY - timedelta(days=due_days_ago - late))

    def _refresh(self, partner=None):
        Portfolio = self.env["debt.collection.portfolio"]
        Portfolio._refresh(self.company, TODAY)
        partner = partner or self.debtor
        return Portfolio.search(
            [("company_id", "=", self.company.id), ("partner_id", "=", partner.id)]
        )

    def test_unpaid_invoices_count(self):
        self._paid(100, 0)
        self._paid(90, 6)
        self._make_invoice(54, 300.0)
        row = self._refresh()
        self.assertRecordValues(
            row,
            [
                {
                    "number_due": 3,
                    "days_late": 20.0,
                    "amount_open": 300.0,
                    "amount_overdue": 300.0,
                    "amount_sold": 500.0,
                    "date_oldest": TODAY - timedelta(days=54),
                    "risk": "fair",
                    "limit_proposed": 41.67,
                }
            ],
        )
        self.assertIn("20 days late on average over 3 invoices", row.reasons)
        self.assertIn("call before the due date", row.advice)

    def test_too_few_invoices_are_no_habit(self):
        self._make_invoice(300, 100.0)
        row = self._refresh()
        self.assertEqual(row.risk, "new")
        self.assertEqual(row.limit_proposed, 0.0)

    def test_the_year_before_tells_the_trend(self):
        for _number in range(3):
            self._paid(500, 30)
            self._paid(60, 10)
        row = self._refresh()
        self.assertEqual((row.days_late, row.days_late_before), (10.0, 30.0))
        self.assertIn("20 days sooner than the year before", row.reasons)

    def test_more_broken_than_kept_lowers_the_class(self):
        for _number in range(3):
            self._paid(60, 2)
        row = self._refresh()
        self.assertEqual(row.risk, "good")
        row.sudo().write({"broken": 1})
        self.assertEqual(row.risk, "fair")

    def test_the_classes_are_the_companys(self):
        """Other days, another least number: every customer is classed again."""
        for _number in range(3):
            self._paid(60, 10)
        self._paid(60, 40, partner=self.other_debtor)
        row = self._refresh()
        few = self._refresh(self.other_debtor)
        self.assertEqual((row.risk, few.risk), ("fair", "new"))
        Weight = self.env["debt.collection.weight"].with_user(self.manager)
        given = Weight.create({"company_id": self.company.id, "good_days": 10})
        self.assertEqual((row.risk, few.risk), ("good", "new"))
        given.write({"good_days": 3, "fair_days": 9, "poor_days": 39})
        self.assertEqual((row.risk, few.risk), ("poor", "new"))
        given.least_number = 1
        self.assertEqual((row.risk, few.risk), ("poor", "bad"))
        given.unlink()
        self.assertEqual((row.risk, few.risk), ("fair", "new"))

    def test_the_classes_of_another_company_stay(self):
        for _number in range(3):
            self._paid(60, 10)
        row, other = self._refresh(), self._make_company("Sister SA")
        self.env["debt.collection.weight"].create(
            {"company_id": other.id, "good_days": 10}
        )
        self.assertEqual(row.risk, "fair")

    def test_classes_that_contradict_themselves_are_refused(self):
        Weight = self.env["debt.collection.weight"].with_user(self.manager)
        given = Weight.create({"company_id": self.company.id})
        with self.assertRaisesRegex(ValidationError, "more days late than the one"):
            given.fair_days = 7
        with self.assertRaisesRegex(ValidationError, "at least one invoice"):
            given.write({"fair_days": 30, "least_number": 0})
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            given.write({"least_number": 1, "ready_days": -1})
        with self.assertRaises(AccessError):
            given.with_user(self.collector).good_days = 3

    def test_as_many_kept_as_broken_lifts_the_class_again(self):
        for _number in range(3):
            self._paid(60, 2)
        row = self._refresh()
        row.sudo().write({"broken": 1})
        self.assertEqual(row.risk, "fair")
        row.sudo().write({"kept": 1})
        self.assertEqual(row.risk, "good")

    def test_again_the_same_day_writes_nothing(self):
        self._make_invoice(54, 300.0)
        Portfolio = self.env["debt.collection.portfolio"]
        self.assertEqual(Portfolio._refresh(self.company, TODAY), 1)
        self.assertEqual(Portfolio._refresh(self.company, TODAY), 0)
        self.assertEqual(Portfolio._refresh(self.company, TODAY + timedelta(days=1)), 1)

    def test_a_portfolio_is_filled_once_and_stays(self):
        self.debtor.user_id = self.collector
        self._make_invoice(54, 300.0)
        row = self._refresh()
        self.assertEqual(row.user_id, self.collector)
        row.with_user(self.manager).user_id = self.manager
        self.assertEqual(self._refresh().user_id, self.manager)

    def test_facts_are_not_written_by_hand(self):
        self._make_invoice(54, 300.0)
        row = self._refresh()
        with self.assertRaisesRegex(UserError, "not changed by hand"):
            row.with_user(self.manager).amount_overdue = 0
        with self.assertRaises(AccessError):
            row.with_user(self.collector).user_id = self.collector

    def test_two_companies_know_their_own(self):
        self._make_invoice(54, 300.0)
        self._refresh()
        other = self._make_company("Sister SA")
        self.assertEqual(
            self.env["debt.collection.portfolio"]._refresh(other, TODAY), 0
        )
        stranger = self.env["debt.collection.portfolio"].with_user(self.collector)
        self.assertEqual(
            stranger.search([]).partner_id, self.debtor | self.other_debtor
        )
        self.collector.write({"company_ids": [(6, 0, other.ids)], "company_id": other})
        stranger = stranger.with_context(allowed_company_ids=other.ids)
        self.assertFalse(stranger.search([]))
