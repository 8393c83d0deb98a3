from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon

SUNDAY = date(2026, 3, 15)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestGate(CollectionCommon):
    """One gate for all channels, cases and companies of a debtor."""

    def _why(self, partner=None):
        return self.env["debt.collection.account"].search(
            [
                ("partner_id", "=", (partner or self.debtor).id),
                ("company_id", "=", self.company.id),
            ]
        )

    def test_nothing_on_sundays(self):
        move = self._make_invoice(10)
        self._run(SUNDAY)
        self.assertFalse(move.debt_collection_case_id)
        self.assertEqual(
            self._why().why_not, "Nothing leaves on Sundays and holidays: 03/16/2026."
        )
        self.assertEqual(self._why().next_date, TODAY)
        self._run(TODAY)
        self.assertTrue(move.debt_collection_case_id)

    def test_sundays_may_be_allowed(self):
        self.company.debt_collection_quiet_days = False
        move = self._make_invoice(10)
        self._run(SUNDAY)
        self.assertTrue(move.debt_collection_case_id)

    def test_holidays_come_from_the_country_addon(self):
        Company = type(self.env["res.company"])
        monday = TODAY + timedelta(days=7)
        self.patch(
            Company,
            "_get_collection_holidays",
            lambda self, country="": {TODAY, monday}.__contains__,
        )
        move = self._make_invoice(10)
        self._run(TODAY)
        self.assertFalse(move.debt_collection_case_id)
        self.assertEqual(self._why().next_date, TODAY + timedelta(days=1))

    def test_holidays_are_those_of_the_debtor(self):
        """His country decides; without one, that of the creditor."""
        feast = {"FR": {TODAY}, "": {TODAY + timedelta(days=1)}}
        self.patch(
            type(self.env["res.company"]),
            "_get_collection_holidays",
            lambda self, country="": feast.get(country, set()).__contains__,
        )
        abroad = self._make_debtor("Abroad SARL", country_id=self.env.ref("base.fr").id)
        nowhere = self._make_debtor("Nowhere SA", country_id=False)
        moves = {
            debtor: self._make_invoice(10, partner=debtor)
            for debtor in (self.debtor, abroad, nowhere)
        }
        self._run(TODAY)
        self.assertFalse(moves[abroad].debt_collection_case_id)
        self.assertEqual(self._why(abroad).next_date, TODAY + timedelta(days=1))
        for debtor in (self.debtor, nowhere):
            self.assertTrue(moves[debtor].debt_collection_case_id)
        gate = self.env["debt.collection.gate"].with_company(self.company)
        accounts = self._why() | self._why(abroad) | self._why(nowhere)
        found = gate._get_blockers(accounts, TODAY + timedelta(days=1))
        self.assertEqual(
            [[blocker.code for blocker in found[account.id]] for account in accounts],
            [[], [], ["quiet_day"]],
        )

    def test_a_mail_waits_for_the_end_of_a_holiday_of_the_debtor(self):
        self.patch(
            type(self.env["res.company"]),
            "_get_collection_holidays",
            lambda self, country="": {"FR": {TODAY}}.get(country, set()).__contains__,
        )
        with freeze_time("2026-03-16 12:00:00"):
            for country, expected in (("FR", 17), ("LU", 16), ("", 16)):
                self.assertEqual(
                    self.company._get_collection_undo_end(country),
                    datetime(2026, 3, expected, 12, 0),
                )

    def test_limit_over_all_companies(self):
        self.company.debt_collection_contact_limit = 1
        other = self._make_company("Sister SA")
        self.env.user.company_ids |= other
        first = self._make_invoice(10)
        self._run()
        self.assertTrue(first.debt_collection_case_id)
        other.debt_collection_contact_limit = 1
        second = self._make_foreign_invoice(other)
        self.company = other
        self.Run = self.Run.with_context(allowed_company_ids=other.ids)
        self._run()
        self.assertFalse(second.debt_collection_case_id)
        self.assertEqual(
            self._why().why_not,
            "The debtor had 1 contacts in seven days: 03/23/2026.",
        )
        self._run(TODAY + timedelta(days=7))
        self.assertTrue(second.debt_collection_case_id)

    def _make_foreign_invoice(self, company):
        """An invoice of another company to the same debtor, ten days late."""
        env = self.env(context={"allowed_company_ids": company.ids})
        due = TODAY - timedelta(days=10)
        line = {"name": "x", "price_unit": 70, "tax_ids": [(5,)]}
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_line_ids": [(0, 0, line)],
            }
        )
        move.action_post()
        return move

    def test_no_limit(self):
        self.company.debt_collection_contact_limit = 0
        self.assertEqual(
            self.env["debt.collection.gate"]._get_full_debtors(
                self.env["debt.collection.account"], TODAY
            ),
            {},
        )

    def test_a_task_is_no_contact(self):
        self.company.debt_collection_contact_limit = 1
        self.policy.step_ids.write({"by_email": False, "by_task": True})
        self._make_invoice(10)
        self._run()
        gate = self.env["debt.collection.gate"].with_company(self.company)
        self.assertEqual(gate._get_blockers(self._why(), TODAY), {self._why().id: ()})

    def test_in_writing_only(self):
        self.debtor.debt_collection_written_only = True
        self.policy.step_ids.write(
            {"by_email": False, "by_call": True, "by_visit": True}
        )
        move = self._make_invoice(10)
        self._run()
        deliveries = move.debt_collection_case_id.action_ids.delivery_ids
        self.assertEqual(deliveries.mapped("channel"), ["post"])

    def test_quiet_hours(self):
        """Luxembourg is UTC+1 in winter; the clock changes on 29 March 2026."""
        self.company.debt_collection_quiet_from = 20
        self.company.debt_collection_quiet_to = 8
        cases = [
            (datetime(2026, 3, 16, 12, 0), datetime(2026, 3, 16, 12, 0)),
            (datetime(2026, 3, 16, 19, 0), datetime(2026, 3, 17, 7, 0)),
            (datetime(2026, 3, 17, 2, 0), datetime(2026, 3, 17, 7, 0)),
            (datetime(2026, 3, 28, 20, 0), datetime(2026, 3, 29, 6, 0)),
        ]
        for moment, expected in cases:
            with self.subTest(moment):
                self.assertEqual(self.company._leave_quiet(moment), expected)
        # Saturday evening: the morning after is a Sunday, nothing leaves then either
        self.company.debt_collection_quiet_days = True
        with freeze_time("2026-03-28 20:00:00"):
            self.assertEqual(
                self.company._get_collection_undo_end(), datetime(2026, 3, 30, 6, 0)
            )
        self.company.debt_collection_quiet_to = 20
        self.assertEqual(self.company._leave_quiet(cases[1][0]), cases[1][0])

    def test_stale_bank_stops_the_company(self):
        self.company.debt_collection_bank_days = 3
        self.assertEqual(
            self.company._get_collection_blockers(TODAY)[0].code, "bank_stale"
        )
        move = self._make_invoice(40)
        self._pay(move, day=TODAY - timedelta(days=2))
        self.assertEqual(self.company._get_collection_blockers(TODAY), ())
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": move.company_id.env["account.journal"]
                .search([("company_id", "=", self.company.id), ("type", "=", "bank")])[
                    0
                ]
                .id,
                "date": TODAY - timedelta(days=9),
                "amount": 5,
                "payment_ref": "unknown",
            }
        )
        [blocker] = self.company._get_collection_blockers(TODAY)
        self.assertEqual(dict(blocker.params), {"fresh": "2026-03-06"})

    def test_paused_company_says_so_everywhere(self):
        self._make_invoice(2)
        self._run()
        self.company.debt_collection_paused = True
        self.assertIn("paused", self._why().why_not)

    def test_item_left_out_rests_a_week(self):
        self.policy.mode = "review"
        kept, out = self._make_invoice(10), self._make_invoice(12)
        self._run()
        action = kept.debt_collection_case_id.action_ids
        line = action.line_ids.filtered(lambda x: x.move_line_id.move_id == out)
        line.with_user(self.collector).action_leave_out()
        self.assertEqual((len(action.line_ids), action.amount), (1, 100))
        with self.assertRaisesRegex(UserError, "skip the whole letter"):
            action.line_ids.action_leave_out()
        action.with_user(self.collector).action_release()
        with self.assertRaisesRegex(UserError, "under review"):
            action.line_ids.action_leave_out()
        self._mark_sent(action)
        self.policy.mode = "automatic"
        case = kept.debt_collection_case_id
        for days, number in [(7, 2), (8, 2), (9, 3)]:
            self._run(TODAY + timedelta(days=days))
            self.assertEqual(len(case.action_ids), number, days)
            fresh = case.action_ids.filtered(lambda a: a.state == "released") - action
            self._mark_sent(fresh, TODAY + timedelta(days=days))
        self.assertEqual(case.action_ids[0].line_ids.move_line_id.move_id, out)
        self.assertEqual(case.action_ids[0].step_id.name, "One")

    def test_hold_of_one_item_leaves_the_others_free(self):
        moves = self._make_invoice(10) + self._make_invoice(12)
        case = self._flag(moves)
        claim = case.claim_ids[0]
        self.env["debt.collection.hold"].create(
            {"account_id": case.account_id.id, "claim_id": claim.id, "reason": "x"}
        )
        self._run()
        self.assertEqual(
            case.action_ids.line_ids.move_line_id, case.claim_ids[1].move_line_id
        )

    def test_hold_cut_to_a_past_day_fires_nothing_at_once(self):
        case = self._flag(self._make_invoice(10))
        hold = self.env["debt.collection.hold"].create(
            {
                "account_id": case.account_id.id,
                "case_id": case.id,
                "reason": "x",
                "date_start": TODAY - timedelta(days=5),
            }
        )
        hold.with_user(self.collector).date_end = TODAY - timedelta(days=3)
        self.assertEqual(hold.date_end, TODAY)
        self._run()
        self.assertFalse(case.action_ids)
        self._run(TODAY + timedelta(days=2))
        self.assertTrue(case.action_ids)

    def test_hold_of_a_case_ends_by_hand(self):
        case = self._flag(self._make_invoice(10))
        action = case.with_user(self.collector).action_hold()
        hold = (
            self.env["debt.collection.hold"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({"reason": "the boss is on leave", "date_start": TODAY})
        )
        self._run()
        self.assertFalse(case.action_ids)
        self.assertIn("further notice: the boss is on leave", case.why_not)
        hold.action_end()
        self._run()
        self.assertFalse(case.action_ids)
        self._run(TODAY + timedelta(days=2))
        self.assertTrue(case.action_ids)
        kinds = case.event_ids.sorted("seq").mapped("kind")
        self.assertEqual(kinds, ["opened", "hold", "hold_ended"])
        with self.assertRaisesRegex(UserError, "before it starts"):
            hold.date_end = TODAY - timedelta(days=1)
