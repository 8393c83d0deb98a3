from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStop(CollectionCommon):
    """Hardship and death stop everything until a person decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Hold = cls.env["debt.collection.hold"]

    def _report(self, kind="hardship", user=None, debtor=None):
        user = user or self.collector
        self.env["debt.collection.stop"].with_user(user).create(
            {
                "partner_id": (debtor or self.debtor).id,
                "kind": kind,
                "words": "His daughter called.",
            }
        ).action_stop()
        return self.Hold.search([("kind", "=", kind)])

    def _steps(self):
        return self.env["debt.collection.action"].search([("step_id", "!=", False)])

    def test_nothing_happens_until_a_person_decides(self):
        case = self._flag(self._make_invoice(10, 1000)).with_user(self.env.user)
        hold = self._report()
        for days in (0, 30, 300):
            self._run(TODAY + timedelta(days=days))
        self.assertFalse(self._steps())
        self.assertIn("Hardship was reported", case.account_id.why_not)
        self.assertIn("stopped", case.event_ids.mapped("kind"))
        self.assertTrue(case.activity_ids)
        hold.with_user(self.manager).action_end()
        self.assertIn("stop_ended", case.event_ids.mapped("kind"))
        self._run(TODAY)
        self.assertFalse(self._steps())
        self._run(TODAY + timedelta(days=2))
        self.assertTrue(self._steps())

    def test_what_did_not_leave_is_taken_back(self):
        self._make_invoice(10, 1000)
        self._run()
        action = self._steps()
        self.assertEqual(action.state, "released")
        self._report("death")
        self.assertEqual(action.state, "skipped")
        self.assertEqual(set(action.delivery_ids.mapped("state")), {"withdrawn"})

    def test_all_companies_of_the_debtor(self):
        sister = self._make_company("Sister SA")
        self.env.user.company_ids |= sister
        self._make_invoice(10, 1000)
        self._run()
        Account = self.env["debt.collection.account"]
        other = Account._ensure({(sister.id, self.debtor.id, sister.currency_id.id)})
        [account] = other.values()
        hold = self._report()
        self.assertEqual(hold.company_id, self.company | sister)
        rests = self.Hold._read_rests(account, TODAY)
        [blocker] = rests["account", account.id]
        self.assertEqual(blocker.code, "stop_hardship")
        hold.filtered(lambda h: h.company_id == self.company).action_end()
        self.assertTrue(all(hold.mapped("date_ended")))

    def test_an_account_that_comes_later_is_stopped_too(self):
        self._make_invoice(10, 1000)
        self._run()
        self._report()
        dollar = self.env.ref("base.USD")
        dollar.active = True
        Account = self.env["debt.collection.account"]
        [later] = Account._ensure(
            {(self.company.id, self.debtor.id, dollar.id)}
        ).values()
        self.assertIn(("account", later.id), self.Hold._read_rests(later, TODAY))

    def test_reported_twice_is_one_stop(self):
        self._flag(self._make_invoice(10, 1000))
        hold = self._report()
        self.assertEqual(self._report(), hold)

    def test_a_collector_reports_and_does_not_decide(self):
        self._flag(self._make_invoice(10, 1000))
        hold = self._report().with_user(self.collector)
        with self.assertRaisesRegex(UserError, "Only a Manager or an Approver"):
            hold.action_end()
        with self.assertRaisesRegex(UserError, "Only a Manager or an Approver"):
            hold.date_ended = TODAY
        with self.assertRaises(UserError):
            hold.unlink()

    def test_what_was_reported_is_read_by_those_who_decide(self):
        case = self._flag(self._make_invoice(10, 1000)).with_user(self.env.user)
        hold = self._report()
        self.assertEqual(hold.with_user(self.manager).words, "His daughter called.")
        with self.assertRaises(AccessError):
            hold.with_user(self.collector).read(["words"])
        event = case.event_ids.filtered(lambda e: e.kind == "stopped")
        self.assertNotIn("daughter", (event.data or "") + (event.personal or ""))

    def test_no_end_by_itself(self):
        self._flag(self._make_invoice(10, 1000))
        hold = self._report()
        with self.assertRaisesRegex(ValidationError, "a person decides"):
            hold.date_end = TODAY

    def test_who_owes_nothing(self):
        with self.assertRaisesRegex(UserError, "owes nothing"):
            self._report(debtor=self.other_debtor)

    def test_who_has_no_right(self):
        self._flag(self._make_invoice(10, 1000))
        user = new_test_user(
            self.env,
            "dc_nobody",
            groups="base.group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self._report(user=user)
