from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .smtp import mail_server
from .test_dispute import DisputeCommon

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWaits(DisputeCommon):
    """The gate is asked again when a letter is made and when it leaves."""

    def setUp(self):
        super().setUp()
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )

    def _letter(self, days=10, **values):
        move = self._make_invoice(days, **values)
        self._run()
        return move.debt_collection_case_id.action_ids

    def _contact_by_sister(self):
        """Another company of ours reached the same debtor today."""
        sister = self._make_company("Sister SA")
        self.env.user.company_ids |= sister
        keys = {(sister.id, self.debtor.id, sister.currency_id.id)}
        [account] = self.env["debt.collection.account"]._ensure(keys).values()
        action = self.env["debt.collection.action"].create(
            {
                "account_id": account.id,
                "company_id": sister.id,
                "partner_id": self.debtor.id,
                "currency_id": sister.currency_id.id,
                "date": TODAY,
                "state": "released",
            }
        )
        self.env["debt.collection.delivery"].create(
            {"action_id": action.id, "company_id": sister.id, "channel": "post"}
        )
        self._mark_sent(action)
        return sister

    def _contest_elsewhere(self):
        """The debtor contests another case with reasons; nobody answered yet."""
        self.debtor.email = False  # no acknowledgement by mail
        case = self._case(currency_id=self._use_francs().id)
        return self._dispute(case, 100)

    def _send(self, action, moment=None):
        """What the queue does at a moment; the messages that left."""
        with mail_server(self.env) as sink, freeze_time(moment or TODAY):
            action.delivery_ids.mail_id.filtered(
                lambda mail: mail.state == "outgoing"
            ).send()
        return sink.messages

    # === RELEASED BY A PERSON === #

    def test_contacts_since_the_letter_was_planned(self):
        self.policy.mode = "review"
        action = self._letter()
        self._contact_by_sister()
        self.company.debt_collection_contact_limit = 1
        action.with_user(self.collector).action_release()
        action._dispatch()
        self.assertEqual(action.state, "released")
        self.assertFalse(action.attachment_id)
        self.assertFalse(action.delivery_ids.handed_over)
        words = "The debtor had 1 contacts in seven days: 03/23/2026."
        self.assertEqual(action.why_waits, words)
        self._run(TOMORROW)
        self.assertEqual(action.account_id.why_not, words)
        self.assertIn(action, action._get_undispatched(10))
        with freeze_time(TODAY + timedelta(days=7)):
            action._dispatch()
        self.assertTrue(action.delivery_ids.handed_over)
        self.assertFalse(action.why_waits)

    def test_a_dispute_since_the_letter_was_planned(self):
        self.policy.mode = "review"
        action = self._letter()
        dispute = self._contest_elsewhere()
        self.debtor.email = "debtor@debtor.example"
        action._release()
        action._dispatch()
        self.assertIn("was not answered yet", action.why_waits)
        self.assertFalse(action.delivery_ids.handed_over)
        dispute._acknowledge(TODAY)
        action._dispatch()
        self.assertTrue(action.delivery_ids.handed_over)

    def test_released_on_a_holiday(self):
        self.policy.mode = "review"
        action = self._letter()
        self.patch(
            type(self.env["res.company"]),
            "_get_collection_holidays",
            lambda company, country="": {TODAY}.__contains__,
        )
        action._release()
        action._dispatch()
        self.assertIn("holidays: 03/17/2026", action.why_waits)
        with freeze_time(TOMORROW):
            action._dispatch()
        self.assertTrue(action.delivery_ids.handed_over)

    def test_two_released_letters_do_not_wait_for_each_other(self):
        self.company.debt_collection_contact_limit = 1
        self.policy.mode = "review"
        first = self._letter()
        second = self._letter(currency_id=self._use_francs().id)
        (first + second)._release()
        (first + second)._dispatch()
        self.assertEqual(first.delivery_ids.handed_over, True)
        self.assertEqual(second.delivery_ids.handed_over, False)
        self.assertTrue(self._send(first))
        with freeze_time(TODAY + timedelta(days=7)):
            second._dispatch()
        self.assertTrue(second.delivery_ids.handed_over)

    def test_a_rest_that_began_since(self):
        action = self._letter()
        self.env["debt.collection.hold"].create(
            {"account_id": action.account_id.id, "reason": "asked for time"}
        )
        action._dispatch()
        self.assertIn("asked for time", action.why_waits)
        self.assertFalse(action.attachment_id)

    # === IN THE QUEUE === #

    def test_queued_mail_waits_for_an_unanswered_dispute(self):
        action = self._letter()
        action._dispatch()
        mail = action.delivery_ids.mail_id
        dispute = self._contest_elsewhere()
        self.assertFalse(self._send(action))
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(action.delivery_ids.state, "to_send")
        self.assertEqual(action.state, "released")
        self.assertIn("was not answered yet", action.why_waits)
        dispute._acknowledge(TODAY)
        self.debtor.email = "debtor@debtor.example"
        with freeze_time(TOMORROW):
            action._dispatch()
        # what the letter says is true on the day it leaves
        self.assertEqual(action.date, TOMORROW)
        self.assertEqual(len(self._send(action, TOMORROW)), 1)
        self.assertRecordValues(action, [{"state": "done", "date_done": TOMORROW}])

    def test_queued_mail_waits_for_the_end_of_quiet_hours(self):
        """The queue was late: 21:30 in Luxembourg is 20:30 UTC in March."""
        action = self._letter()
        action._dispatch()
        self.company.debt_collection_quiet_from = 20
        self.company.debt_collection_quiet_to = 8
        mail = action.delivery_ids.mail_id
        self.assertFalse(self._send(action, "2026-03-16 20:30:00"))
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.scheduled_date, datetime(2026, 3, 17, 7, 0))
        self.assertEqual(len(self._send(action, "2026-03-17 07:00:00")), 1)

    def test_queued_mail_waits_for_monday(self):
        action = self._letter()
        action._dispatch()
        self.assertFalse(self._send(action, "2026-03-22 10:00:00"))  # a Sunday
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.scheduled_date.date(), TODAY + timedelta(days=7))
        self.assertEqual(len(self._send(action, "2026-03-23 10:00:00")), 1)

    def test_queued_mail_waits_for_other_contacts(self):
        self.company.debt_collection_contact_limit = 1
        action = self._letter()
        action._dispatch()
        self._contact_by_sister()
        self.assertFalse(self._send(action))
        self.assertIn("had 1 contacts", action.why_waits)
        week = TODAY + timedelta(days=7)
        with freeze_time(week):
            action._dispatch()
        self.assertEqual(len(self._send(action, week)), 1)

    def test_the_answer_to_a_dispute_waits_for_nothing(self):
        self.debtor.email = False
        case = self._case()
        self.debtor.email = "debtor@debtor.example"
        self._dispute(case, 100)
        letter = case.action_ids.filtered(lambda a: a.letter_key == "dispute_received")
        letter._dispatch()
        self.assertFalse(letter.why_waits)
        self.assertEqual(len(self._send(letter)), 1)

    # === IN A PILE === #

    def test_a_pile_leaves_out_what_waits(self):
        self.policy.step_ids.write({"by_email": False, "by_post": True})
        action = self._letter()
        free = self._letter(partner=self.other_debtor)
        (action + free)._dispatch()
        dispute = self._contest_elsewhere()
        deliveries = (action + free).delivery_ids.filtered("handed_over")
        deliveries.action_print()
        self.assertEqual(deliveries.filtered("batch_id").action_id, free)
        with self.assertRaisesRegex(UserError, "was not answered yet"):
            action.delivery_ids.action_print()
        dispute._acknowledge(TODAY)
        action.delivery_ids.action_print()
        self.assertTrue(action.delivery_ids.batch_id)

    # === ON THE PHONE === #

    def test_nobody_calls_before_the_dispute_was_answered(self):
        case = self._flag(self._make_invoice(10))
        dispute = self._contest_elsewhere()
        wizard = self.env["debt.collection.contact.record"].new({"case_id": case.id})
        self.assertIn("was not answered yet", wizard.warning)
        wizard.is_incoming = True
        self.assertFalse(wizard.warning)
        wizard.is_incoming = False
        dispute._acknowledge(TODAY)
        wizard._compute_warning()
        self.assertNotIn("was not answered yet", wizard.warning)

    # === UNDER REVIEW === #

    def test_the_list_says_why_a_letter_is_under_review(self):
        self.policy.mode = "review"
        action = self._letter()
        self.assertEqual(action.why_waits, "The policy shows every letter to a person.")
        self.policy.mode = "automatic"
        self.policy.step_ids.review = True
        other = self._letter(partner=self.other_debtor)
        self.assertEqual(other.why_waits, "The step asks for a look.")
        made = other.case_id._make_letter("statement", TODAY)
        self.assertEqual(made.why_waits, "Made by hand.")
        action._release()
        self.assertFalse(action.why_waits)
        arch = self.env["debt.collection.action"].get_view(
            self.env.ref("debt_collection.debt_collection_action_view_list").id, "list"
        )["arch"]
        self.assertIn("why_waits", arch)
