import io
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon
from .smtp import mail_server


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDispatch(CollectionCommon):
    """From the released action to the mail that a real server has received."""

    def setUp(self):
        super().setUp()
        # Odoo disables sending while it tests: these tests prove what leaves
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )

    def _make_action(self, **values):
        move = self._make_invoice(10, **values)
        self._run()
        return move.debt_collection_case_id.action_ids

    def _pdf_text(self, action):
        reader = PdfReader(io.BytesIO(action.attachment_id.raw))
        text = "\n".join(page.extract_text() for page in reader.pages)
        return text.replace("\t", " ")

    def test_letter_leaves_with_its_pdf_and_proof(self):
        action = self._make_action()
        action._dispatch()
        self.assertFalse(action.error)
        self.assertEqual(
            (action.state, action.delivery_ids.state), ("released", "to_send")
        )
        with mail_server(self.env) as sink:
            action.delivery_ids.mail_id.send()
        (recipients, message), delivery = sink.messages[0], action.delivery_ids
        self.assertEqual(recipients, ["debtor@debtor.example"])
        self.assertIn("Creditor SA", message["subject"])
        pdf = next(message.iter_attachments())
        self.assertEqual(pdf.get_content(), action.attachment_id.raw)
        self.assertRecordValues(
            delivery,
            [
                {
                    "state": "sent",
                    "address": "debtor@debtor.example",
                    "date": TODAY,
                    "message_ref": message["Message-Id"],
                }
            ],
        )
        self.assertRecordValues(action, [{"state": "done", "date_done": TODAY}])
        letter = action.case_id.event_ids.filtered(lambda e: e.kind == "letter")
        self.assertIn('"channels":["email"]', letter.data)
        self.assertIn("debtor@debtor.example", letter.personal)
        shown = action.case_id.message_ids.filtered("mail_ids")
        self.assertIn(action.partner_id.name, shown.body)

    def test_letter_says_what_is_owed_and_how_to_pay(self):
        action = self._make_action(amount=1234.5)
        action._dispatch()
        text = self._pdf_text(action)
        for words in (
            "Debtor SRL",
            action.line_ids.move_line_id.move_id.name,
            "1,234.50",
            "LU28 0019 4006 4475 0000",
            action.case_id.name,
        ):
            with self.subTest(words):
                self.assertIn(words, text)

    def test_letter_is_frozen(self):
        action = self._make_action()
        action._dispatch()
        before = action.attachment_id
        self._pay(action.line_ids.move_line_id.move_id, 50)
        action._freeze_letters({action.id: b"something else"})
        self.assertEqual(action.attachment_id, before)
        self.assertEqual(action.attachment_id.res_model, "debt.collection.case")

    def test_letters_files_and_mails_of_many_are_made_together(self):
        """Each further letter costs a few queries, none is made one by one."""

        def count(number):
            debtors = [
                self._make_debtor(f"Many{number}x{i} SRL") for i in range(number)
            ]
            moves = [self._make_invoice(10, partner=debtor) for debtor in debtors]
            self._run()
            actions = self.env["debt.collection.action"].browse()
            actions = actions.union(
                *(m.debt_collection_case_id.action_ids for m in moves)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            actions._dispatch()
            self.env.flush_all()
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(actions.delivery_ids.mail_id), number)
            self.assertEqual(len(actions.attachment_id), number)
            subjects = actions.delivery_ids.mail_id.mapped("subject")
            for action in actions:
                [subject] = [text for text in subjects if action.case_id.name in text]
                mail = action.delivery_ids.mail_id
                self.assertEqual(mail.subject, subject)
                self.assertEqual(mail.attachment_ids, action.attachment_id)
                self.assertEqual(mail.recipient_ids, action.partner_id)
            return spent

        count(1)  # what Odoo keeps in its caches
        few, many = count(2), count(10)
        self.assertLessEqual((many - few) / 8, 12)

    def test_one_broken_letter_of_many_stays_alone(self):
        """Made together first; then each by itself, and one fails."""
        broken = self._make_debtor("Broken SRL")
        actions = self._make_action() + self._make_action(partner=broken)
        prepare = type(actions)._prepare_letter_file

        def refuse(action, pdf):
            if action.partner_id == broken:
                raise ValueError("the disk says no")
            return prepare(action, pdf)

        self.patch(type(actions), "_prepare_letter_file", refuse)
        actions._dispatch()
        good, bad = actions
        self.assertEqual((good.state, bad.state), ("released", "failed"))
        self.assertIn("the disk says no", bad.error)
        self.assertTrue(good.attachment_id and good.delivery_ids.mail_id)
        self.assertFalse(bad.attachment_id or bad.delivery_ids.mail_id)

    def test_dispatching_twice_queues_one_mail(self):
        action = self._make_action()
        action._dispatch()
        action._dispatch()
        self.assertEqual(
            self.env["mail.mail"].search_count(
                [
                    ("model", "=", "debt.collection.case"),
                    ("res_id", "=", action.case_id.id),
                ]
            ),
            1,
        )
        self.assertNotIn(action, action._get_undispatched(10))

    def test_pause_keeps_what_waits_in_the_queue(self):
        self.company.debt_collection_undo_minutes = 0
        action = self._make_action()
        action._dispatch()
        mail = action.delivery_ids.mail_id
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )
        self.company.debt_collection_paused = True
        with mail_server(self.env) as sink:
            mail.send()
            self.assertFalse(sink.messages)
            self.assertEqual((mail.state, action.state), ("outgoing", "released"))
            self.company.debt_collection_paused = False
            mail.send()
        self.assertEqual(len(sink.messages), 1)
        self.assertEqual(action.state, "done")

    def test_undo_window(self):
        self.company.debt_collection_undo_minutes = 30
        action = self._make_action()
        action._dispatch()
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.scheduled_date, self.company._get_collection_undo_end())
        with mail_server(self.env) as sink:
            self.env["mail.mail"].process_email_queue(mail.ids)
        self.assertFalse(sink.messages)
        action._cancel("changed my mind")
        self.assertEqual((action.state, mail.state), ("skipped", "cancel"))
        self.assertEqual(action.delivery_ids.state, "withdrawn")

    def test_no_address_fails_with_the_reason_the_others_go_on(self):
        self.other_debtor.email = False
        bad = self._make_invoice(10, partner=self.other_debtor)
        good = self._make_action()
        bad_action = bad.debt_collection_case_id.action_ids
        (bad_action + good)._dispatch()
        self.assertEqual((good.state, bad_action.state), ("released", "failed"))
        self.assertIn("Second Debtor SA has no e-mail address", bad_action.error)
        self._run()
        self.assertIn("no e-mail address", bad.debt_collection_case_id.why_not)
        kinds = bad.debt_collection_case_id.event_ids.mapped("kind")
        self.assertIn("action_failed", kinds)

    def test_retry_after_adding_the_address(self):
        self.debtor.email = False
        action = self._make_action()
        action._dispatch()
        self.debtor.email = "new@debtor.example"
        action.with_user(self.collector).action_retry()
        action._dispatch()
        with mail_server(self.env) as sink:
            action.delivery_ids.mail_id.send()
        self.assertEqual(sink.messages[0][0], ["new@debtor.example"])
        self.assertEqual(action.state, "done")
        self.assertEqual(
            sorted(action.delivery_ids.mapped("state")), ["failed", "sent"]
        )

    def test_company_without_bank_account(self):
        self.company.partner_id.bank_ids.unlink()
        action = self._make_action()
        action._dispatch()
        self.assertEqual(action.state, "failed")
        self.assertIn("Creditor SA has no bank account", action.error)

    def test_broken_template_fails_alone(self):
        action = self._make_action()
        template = self.env.ref("debt_collection.letter_text")
        template.arch_db = '<t t-name="x"><t t-out="1 / 0" /></t>'
        with mute_logger("odoo.addons.base.models.ir_qweb"):
            action._dispatch()
        self.assertEqual(action.state, "failed")
        self.assertIn("Correct the template", action.error)
        self.assertFalse(action.attachment_id)

    def test_server_that_refuses(self):
        action = self._make_action()
        action._dispatch()
        with (
            mail_server(self.env, "550 no such user") as sink,
            mute_logger(
                "odoo.addons.mail.models.mail_mail",
                "odoo.addons.base.models.ir_mail_server",
            ),
        ):
            action.delivery_ids.mail_id.send()
        self.assertFalse(sink.messages)
        self.assertEqual(
            (action.state, action.delivery_ids.state), ("failed", "failed")
        )

    def test_no_mail_server_at_all(self):
        action = self._make_action()
        action._dispatch()
        self.env["ir.mail_server"].create(
            {"name": "gone", "smtp_host": "127.0.0.1", "smtp_port": 9, "sequence": 0}
        )
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            action.delivery_ids.mail_id.send()
        self.assertEqual(
            (action.state, action.delivery_ids.state), ("failed", "failed")
        )

    def test_cut_short_while_sending_is_uncertain_and_never_sent_again(self):
        action = self._make_action()
        action._dispatch()
        action.delivery_ids.state = "sending"  # what a killed runner leaves behind
        with mail_server(self.env) as sink:
            action.delivery_ids.mail_id.send()
            action.delivery_ids.mail_id.send()
        self.assertFalse(sink.messages)
        self.assertEqual(action.delivery_ids.state, "uncertain")
        self.assertEqual(action.state, "failed")
        action.delivery_ids.with_user(self.collector).action_mark_sent()
        self.assertEqual((action.delivery_ids.state, action.state), ("sent", "done"))

    def test_collection_contact_comes_first(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Paula Payables",
                "parent_id": self.debtor.id,
                "email": "paula@debtor.example",
            }
        )
        self.assertEqual(self.debtor._get_collection_recipient(), self.debtor)
        invoice = contact.copy({"type": "invoice", "email": "inv@debtor.example"})
        self.assertEqual(self.debtor._get_collection_recipient(), invoice)
        self.debtor.debt_collection_contact_id = contact
        self.assertEqual(self.debtor._get_collection_recipient(), contact)

    def test_letter_by_post_waits_in_the_print_queue(self):
        self.policy.step_ids.write({"by_email": False, "by_post": True})
        action = self._make_action()
        action._dispatch()
        delivery = action.delivery_ids
        self.assertEqual((delivery.channel, delivery.state), ("post", "to_send"))
        self.assertIn("5 Long Street", delivery.address)
        delivery.with_user(self.collector).action_mark_sent()
        self.assertRecordValues(action, [{"state": "done", "date_done": TODAY}])

    def test_two_channels_the_later_day_counts(self):
        self.policy.step_ids.write({"by_post": True})
        action = self._make_action()
        action._dispatch()
        by_mail = action.delivery_ids.filtered(lambda d: d.channel == "email")
        by_mail._set_sent(fields.Datetime.now())
        self.assertEqual(action.state, "released")
        Facts, item = self.env["debt.collection.facts"], action.line_ids.move_line_id
        self.env.flush_all()
        # no term of the law starts before the other channel left as well
        self.assertFalse(Facts._read_notices(item.ids)[item.id])
        with freeze_time(TODAY + timedelta(days=2)):
            (action.delivery_ids - by_mail).action_mark_sent()
        self.env.flush_all()
        notices = Facts._read_notices(item.ids)[item.id]
        self.assertEqual({notice.letter for notice in notices}, {action.id})
        self.assertEqual(len(notices), 2)
        self.assertEqual(action.state, "done")
        self.assertEqual(action.date_done, TODAY + timedelta(days=2))

    def test_call_becomes_an_activity_of_the_collector(self):
        self.policy.step_ids.write({"by_email": False, "by_call": True})
        self.debtor.user_id = self.collector
        action = self._make_action()
        action._dispatch()
        self.assertRecordValues(
            action.case_id.activity_ids,
            [{"user_id": self.collector.id, "date_deadline": TODAY, "summary": "One"}],
        )

    def test_the_day_is_the_one_of_the_company(self):
        late = datetime(2026, 3, 16, 23, 30)  # UTC: half past midnight in Luxembourg
        self.assertEqual(self.company._get_collection_day(late), date(2026, 3, 17))
        self.company.debt_collection_tz = "America/New_York"
        self.assertEqual(self.company._get_collection_day(late), date(2026, 3, 16))

    def test_delivery_is_never_deleted(self):
        action = self._make_action()
        with self.assertRaisesRegex(UserError, "never deleted"):
            action.delivery_ids.unlink()
