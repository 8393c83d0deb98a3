from datetime import timedelta
from email.message import EmailMessage, MIMEPart

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon
from .smtp import deliver, mail_server

GATEWAY = "odoo.addons.mail.models.mail_thread"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAnswer(CollectionCommon):
    """What comes back on a letter: an answer, a bounce; and the next channel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {
                "name": "creditor.example",
                "bounce_alias": "returned",
                "catchall_alias": "answers",
            }
        )
        cls.debtor.user_id = cls.collector

    def setUp(self):
        super().setUp()
        # Odoo disables sending while it tests: these tests prove what leaves
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )

    def _send_letter(self, sink, **values):
        """A letter that left: its action, and the mail as the server has it."""
        move = self._make_invoice(10, **values)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        action.delivery_ids.mail_id.send()
        sent = {message["Message-Id"]: message for _to, message in sink.messages}
        return action, sent[action.delivery_ids.mail_id.message_id]

    def _answer(self, letter, text="I paid last week.", sender=None):
        message = EmailMessage()
        message["From"] = sender or "Debtor SRL <debtor@debtor.example>"
        message["To"] = letter["Reply-To"]
        message["Subject"] = f"Re: {letter['Subject']}"
        message["Message-Id"] = "<answer@debtor.example>"
        message["In-Reply-To"] = letter["Message-Id"]
        message["References"] = letter["Message-Id"]
        message.set_content(text)
        return message

    def _report(self, letter, address="debtor@debtor.example"):
        """What a mail server sends back: RFC 3464, with the letter it is about."""
        message = EmailMessage()
        message["From"] = "Mail Delivery System <MAILER-DAEMON@debtor.example>"
        message["To"] = "returned@creditor.example"
        message["Subject"] = "Undelivered Mail Returned to Sender"
        message["Message-Id"] = "<bounce@debtor.example>"
        message.set_content("550 5.1.1 mailbox unknown")
        message.make_mixed()
        status = MIMEPart()
        status["Content-Type"] = "message/delivery-status"
        status.set_payload(
            [
                MIMEPart(),
                self._part(f"Final-Recipient: rfc822; {address}", "Action: failed"),
            ]
        )
        message.attach(status)
        original = MIMEPart()
        original["Content-Type"] = "message/rfc822"
        inner = EmailMessage()
        inner["Message-Id"] = letter["Message-Id"]
        inner["Subject"] = letter["Subject"]
        inner.set_content("the letter")
        original.set_payload([inner])
        message.attach(original)
        message.replace_header("Content-Type", "multipart/report")
        message.set_param("report-type", "delivery-status")
        message.set_boundary("=report=")
        return message

    def _part(self, *lines):
        part = MIMEPart()
        for line in lines:
            name, value = line.split(": ", 1)
            part[name] = value
        return part

    # === ANSWERS === #

    def test_answers_and_bounces_have_an_address_of_their_own(self):
        with mail_server(self.env) as sink:
            _action, letter = self._send_letter(sink)
        self.assertIn("answers@creditor.example", letter["Reply-To"])
        self.assertEqual(sink.senders, ["returned@creditor.example"])

    def test_without_alias_domain_answers_go_to_the_sender(self):
        self.company.alias_domain_id = False
        with mail_server(self.env) as sink:
            _action, letter = self._send_letter(sink)
        self.assertIn("billing@creditor.example", letter["Reply-To"])

    def test_answer_lands_on_the_case(self):
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            deliver(self.env, sink, self._answer(letter))
        case = action.case_id
        message = case.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertIn("I paid last week.", message.body)
        self.assertEqual(message.author_id, self.debtor)
        event = case.event_ids.filtered(lambda e: e.kind == "answer")
        self.assertIn("answer@debtor.example", event.data)
        self.assertIn("I paid last week.", event.personal)
        self.assertNotIn("I paid last week.", event.data)
        self.assertTrue(case.date_answered)
        self.assertRecordValues(
            case.activity_ids,
            [{"user_id": self.collector.id, "date_deadline": TODAY}],
        )

    def test_answer_of_a_stranger_lands_there_too(self):
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            answer = self._answer(letter, sender="Bookkeeper <books@office.example>")
            deliver(self.env, sink, answer)
        event = action.case_id.event_ids.filtered(lambda e: e.kind == "answer")
        self.assertIn("books@office.example", event.personal)

    def test_a_colleague_who_answers_is_not_the_debtor(self):
        self.collector.email = "colleague@creditor.example"
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            answer = self._answer(letter, sender="colleague@creditor.example")
            deliver(self.env, sink, answer)
        case = action.case_id
        self.assertFalse(case.event_ids.filtered(lambda e: e.kind == "answer"))
        self.assertTrue(case.message_ids.filtered(lambda m: m.message_type == "email"))

    # === BOUNCES === #

    def test_bounce_ends_what_the_letter_began(self):
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            self.assertEqual(len(self._read_notices(action)), 1)
            deliver(self.env, sink, self._report(letter))
        delivery = action.delivery_ids
        self.assertEqual((delivery.state, action.state), ("bounced", "failed"))
        self.assertIn("550 5.1.1 mailbox unknown", delivery.error)
        self.assertFalse(action.date_done)
        # the law sees no letter any more
        self.assertFalse(self._read_notices(action))
        kinds = action.case_id.event_ids.mapped("kind")
        self.assertIn("bounced", kinds)
        self._run()
        self.assertIn("came back", action.case_id.why_not)

    def test_bounce_raises_the_next_channel(self):
        self.policy.step_ids.next_channel = "post"
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            deliver(self.env, sink, self._report(letter))
            deliver(self.env, sink, self._report(letter))
        self.assertRecordValues(
            action.delivery_ids.sorted("id"),
            [
                {"channel": "email", "state": "bounced"},
                {"channel": "post", "state": "to_send"},
            ],
        )
        self.assertEqual(action.state, "released")
        self.assertIn(action, action._get_undispatched(10))
        action._dispatch()
        posted = action.delivery_ids.filtered(lambda d: d.channel == "post")
        with freeze_time(TODAY + timedelta(days=2)):
            posted.action_mark_sent()
        self.assertRecordValues(
            action, [{"state": "done", "date_done": TODAY + timedelta(days=2)}]
        )

    def test_bounced_formal_notice_no_longer_stands(self):
        self.policy.step_ids[0].notice_kind = "formal"
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            self.assertEqual(action.case_id.phase, "notice")
            deliver(self.env, sink, self._report(letter))
        self.assertEqual(action.case_id.phase, "amicable")

    def test_bounce_of_a_letter_that_left_by_post_too(self):
        self.policy.step_ids.by_post = True
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, letter = self._send_letter(sink)
            posted = action.delivery_ids.filtered(lambda d: d.channel == "post")
            posted.action_mark_sent()
            deliver(self.env, sink, self._report(letter))
        self.assertEqual(action.state, "done")
        self.assertEqual(
            sorted(action.delivery_ids.mapped("state")), ["bounced", "sent"]
        )

    def test_bounce_of_something_else_changes_nothing(self):
        with mail_server(self.env) as sink, mute_logger(GATEWAY):
            action, _letter = self._send_letter(sink)
            report = self._report({"Message-Id": "<other@x>", "Subject": "other"})
            deliver(self.env, sink, report)
        self.assertEqual(action.delivery_ids.state, "sent")

    # === NO WAY BY MAIL === #

    def _dispatch_one(self):
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        return action

    def test_blacklisted_address_gets_no_mail(self):
        self.env["mail.blacklist"]._add("debtor@debtor.example")
        action = self._dispatch_one()
        self.assertEqual(action.state, "failed")
        self.assertIn("is on the blacklist", action.error)
        self.assertFalse(action.delivery_ids.mail_id)

    def test_blacklisted_address_gets_a_letter_by_post(self):
        self.env["mail.blacklist"]._add("debtor@debtor.example")
        self.policy.step_ids.next_channel = "post"
        action = self._dispatch_one()
        self.assertEqual(action.state, "released")
        self.assertEqual(set(action.delivery_ids.mapped("channel")), {"email", "post"})

    def test_no_address_at_all_names_both_reasons(self):
        self.debtor.write({"email": False, "street": False})
        self.policy.step_ids.next_channel = "post"
        action = self._dispatch_one()
        action._dispatch()
        self.assertEqual(action.state, "failed")
        self.assertIn("no e-mail address", action.error)
        self.assertIn("no postal address", action.error)
        kinds = action.case_id.event_ids.mapped("kind")
        self.assertIn("next_channel", kinds)

    def test_no_call_for_who_wants_writing(self):
        self.debtor.write({"email": False, "debt_collection_written_only": True})
        self.policy.step_ids.next_channel = "call"
        self.assertEqual(self._dispatch_one().state, "failed")

    def test_next_channel_cannot_be_the_same(self):
        with self.assertRaisesRegex(ValidationError, "uses that channel already"):
            self.policy.step_ids[0].next_channel = "email"

    def test_a_manual_letter_goes_by_post_where_mail_cannot(self):
        case = self._flag(self._make_invoice(10))
        self.debtor.email = False
        self.debtor.debt_collection_channel = "email"
        action = case._make_letter("statement", TODAY, release=True)
        action._dispatch()
        self.assertEqual(
            action.delivery_ids.sorted("id").mapped("channel"), ["email", "post"]
        )
