from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY, CollectionCommon
from .smtp import mail_server

NOON = "2026-03-16 12:00:00"


@tagged("post_install", "-at_install")
class TestCron(CollectionCommon):
    """The scheduled action itself, from the open item to the closed case."""

    def _trigger(self):
        with self.enter_registry_test_mode():
            self.env.ref("debt_collection.ir_cron_run").method_direct_trigger()
        self.env.invalidate_all()

    def _trigger_mails(self):
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )
        with mail_server(self.env) as sink, self.enter_registry_test_mode():
            self.env.ref("mail.ir_cron_mail_scheduler_action").method_direct_trigger()
        self.env.invalidate_all()
        return sink.messages

    def test_from_overdue_to_closed(self):
        with freeze_time(NOON):
            move = self._make_invoice(10)
            self._trigger()
            case = move.debt_collection_case_id
            self.assertEqual(case.action_ids.state, "released")
            self.assertTrue(case.action_ids.attachment_id)
            messages = self._trigger_mails()
            self.assertEqual([to for to, _m in messages], [["debtor@debtor.example"]])
            self.assertEqual(case.action_ids.state, "done")
            self._trigger()
            self.assertFalse(self._trigger_mails())
            self.assertEqual(len(case.action_ids), 1)
            self._pay(move)
            self._trigger()
            self.assertRecordValues(
                case, [{"phase": "closed", "outcome": "paid", "date_closed": TODAY}]
            )

    def test_undone_and_paid_again(self):
        with freeze_time(NOON):
            move = self._make_invoice(10)
            self._trigger()
            case = move.debt_collection_case_id
            payment = self._pay(move)
            self._trigger()
            payment.remove_move_reconcile()
            self._trigger()
            self.assertEqual(case.phase, "amicable")
        with freeze_time("2026-03-18 12:00:00"):
            (self._get_receivable(move) + payment).reconcile()
            self._trigger()
            self.assertEqual(case.date_closed, TODAY + timedelta(days=2))
            kinds = case.event_ids.sorted("seq").mapped("kind")
            self.assertEqual(kinds.count("closed"), 2)

    def test_paused_company_follows_payments_but_sends_nothing(self):
        with freeze_time(NOON):
            paid = self._make_invoice(10)
            self._make_invoice(10, partner=self.other_debtor)
            case = self._flag(paid)
            self.company.debt_collection_paused = True
            self._pay(paid)
            self._trigger()
            self.assertEqual(case.phase, "closed")
            self.assertFalse(self.env["debt.collection.action"].search([]))

    def test_reconciling_asks_for_a_run(self):
        with freeze_time(NOON):
            move = self._make_invoice(10)
            trigger = self.env["ir.cron.trigger"].sudo()
            cron = self.env.ref("debt_collection.ir_cron_run")
            before = trigger.search_count([("cron_id", "=", cron.id)])
            payment = self._pay(move)
            self.assertEqual(trigger.search_count([("cron_id", "=", cron.id)]), before)
            payment.remove_move_reconcile()
            self._flag(move)
            flagged = trigger.search_count([("cron_id", "=", cron.id)])
            (self._get_receivable(move) + payment).reconcile()
            matched = trigger.search_count([("cron_id", "=", cron.id)])
            payment.remove_move_reconcile()
            undone = trigger.search_count([("cron_id", "=", cron.id)])
            self.assertTrue(before < flagged < matched < undone)
