from datetime import timedelta

import psycopg2
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.debt_collection_document import Document
from .common import TODAY, CollectionCommon
from .smtp import mail_server
from .test_letter import LANGS, plain, read_pdf


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDocument(CollectionCommon):
    """Letters that no step asks for go the same way as those of a ladder."""

    def setUp(self):
        super().setUp()
        self.case = self._flag(self._make_invoice(10, 1000))
        self.move = self.case.claim_ids.move_id

    def _make(self, key="statement", **values):
        return self.case._make_letter(key, TODAY, **values)

    # === ONCE === #

    def test_the_same_letter_is_made_once(self):
        first = self._make()
        self.assertEqual(self._make(), first)
        self.assertEqual((first.state, first.letter_key), ("planned", "statement"))
        self.assertEqual(len(first.line_ids), 1)

    def test_the_database_refuses_a_twin(self):
        first = self._make()
        with (
            self.assertRaisesRegex(psycopg2.IntegrityError, "letter_once"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            first.copy(
                {"letter_key": "statement", "letter_ref": str(TODAY)}
            ).flush_recordset()

    def test_another_day_is_another_letter(self):
        self.assertNotEqual(
            self._make(), self.case._make_letter("statement", TODAY - timedelta(days=1))
        )

    def test_a_skipped_letter_can_be_made_again(self):
        first = self._make()
        first.action_skip()
        self.assertNotEqual(self._make(), first)

    def test_one_letter_a_subject(self):
        """What another model says about its record: one of the kind, on any day."""
        one, two = self.case.claim_ids, self._make_invoice(12)
        two = self._flag(two).claim_ids - one
        first = self._make(subject=one)
        again = self.case._make_letter("statement", TODAY + timedelta(3), subject=one)
        self.assertEqual(again, first)
        self.assertNotEqual(self._make(subject=two), first)
        self.assertEqual(first._get_letter_subject(), one)

    # === WHAT WOULD NOT BE TRUE === #

    def test_unknown_key(self):
        with self.assertRaisesRegex(UserError, "no letter called “moon”"):
            self._make("moon")

    def test_closing_letter_of_an_open_case(self):
        with self.assertRaisesRegex(UserError, "is open: a closing letter"):
            self._make("closing")

    def test_a_document_for_the_creditor_is_sent_to_nobody(self):
        with self.assertRaisesRegex(UserError, "creditor's own books"):
            self._make("certificate")

    def test_receipt_without_payment(self):
        with self.assertRaisesRegex(UserError, "nothing to acknowledge"):
            self._make("receipt")

    def test_closing_letter_waits_and_the_case_opened_again(self):
        self._pay(self.move)
        self._run()
        action = self._make("closing", release=True)
        self.case._reopen("the payment was undone")
        action._dispatch()
        self.assertEqual(action.state, "failed")
        self.assertIn("is open: a closing letter", action.error)

    def test_a_missing_mention_is_refused_by_name(self):
        documents = self.env["debt.collection.document"]._get_documents()
        documents["statement"] = Document(
            "Statement", "debt_collection.letter_statement", mentions=("moon_phase",)
        )
        self.patch(
            type(self.env["debt.collection.document"]),
            "_get_documents",
            lambda self: documents,
        )
        action = self._make(release=True)
        action._dispatch()
        self.assertIn("moon_phase", action.error)

    # === THE WAY OUT === #

    def test_it_leaves_by_mail_with_its_file(self):
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )
        self._pay(self.move, 400)
        action = self._make("receipt")
        action.with_user(self.collector).action_release()
        action._dispatch()
        with mail_server(self.env) as sink:
            action.delivery_ids.mail_id.send()
        _recipients, message = sink.messages[0]
        self.assertIn(self.case.name, message["subject"])
        self.assertIn("Receipt", message.get_body(("html",)).get_content())
        text = read_pdf(action.attachment_id.raw)
        self.assertIn("400.00", text)
        self.assertIn("Still due on March 16, 2026: 600.00", text)
        self.assertEqual(action.state, "done")
        event = self.case.event_ids.filtered(lambda e: e.kind == "letter")
        self.assertIn("Receipt", event.data)

    def test_undo(self):
        self.company.debt_collection_undo_minutes = 30
        action = self._make(release=True)
        action._dispatch()
        self.assertFalse(action.error)
        action._cancel("changed my mind")
        self.assertEqual(action.delivery_ids.mail_id.state, "cancel")
        self.assertEqual(action.delivery_ids.state, "withdrawn")

    def test_channel_asked_wanted_or_reachable(self):
        self.assertEqual(self._make()._get_channels(), ["email"])
        self.debtor.email = False
        self.assertEqual(self._make()._get_channels(), ["post"])
        self.debtor.debt_collection_channel = "email"
        self.assertEqual(self._make()._get_channels(), ["email"])
        asked = self.case._make_letter(
            "statement", TODAY - timedelta(days=2), channels=["post", "email"]
        )
        self.assertEqual(asked._get_channels(), ["post", "email"])

    def test_language_of_the_debtor(self):
        for lang in LANGS[1:]:
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"]._load_module_terms(["debt_collection"], LANGS[1:])
        self._pay(self.move, 400)
        for lang, word in (
            ("fr_BE", "Reçu"),
            ("nl_BE", "Kwijting"),
            ("de_DE", "Quittung"),
        ):
            self.debtor.lang = lang
            action = self._make("receipt")
            body = self.env["debt.collection.letter"]._render_body(action)
            self.assertIn(word, plain(body.striptags()))

    # === THE LADDER STAYS WHERE IT IS === #

    def test_a_letter_that_left_does_not_delay_the_ladder(self):
        action = self._make(release=True)
        action._dispatch()
        self._mark_sent(action)
        self._run()
        steps = self.case.action_ids.filtered("step_id")
        self.assertEqual(steps.step_id.name, "One")

    def test_a_letter_under_review_holds_the_ladder(self):
        self._make()
        self._run()
        self.assertFalse(self.case.action_ids.filtered("step_id"))
        self.assertIn("waits for review", self.case.why_not)

    def test_a_failed_letter_does_not_hold_the_ladder(self):
        action = self._make(release=True)
        action._fail("broken")
        self._run()
        self.assertTrue(self.case.action_ids.filtered("step_id"))

    def test_its_items_cannot_be_left_out(self):
        with self.assertRaisesRegex(UserError, "Only a step of a ladder"):
            self._make().line_ids.action_leave_out()

    def test_preference_of_the_debtor_on_a_step(self):
        """Paper for who wants it; what starts a term stays on paper."""
        self._run()
        action = self.case.action_ids
        step = action.step_id
        self.debtor.debt_collection_channel = "post"
        self.assertEqual(action._get_channels(), ["post"])
        self.debtor.debt_collection_channel = "email"
        step.write({"by_email": False, "by_post": True})
        self.assertEqual(action._get_channels(), ["post"])
        action.notice_kind = "none"
        self.assertEqual(action._get_channels(), ["email"])

    # === SCREEN === #

    def _wizard(self, user=None, **values):
        Wizard = self.env["debt.collection.letter.make"].with_user(
            user or self.collector
        )
        return Wizard.create({"case_ids": [Command.set(self.case.ids)], **values})

    def test_wizard_makes_and_opens_the_letter(self):
        opened = self._wizard(channel="post", release=True).action_make()
        action = self.env["debt.collection.action"].browse(opened["res_id"])
        self.assertRecordValues(
            action, [{"letter_key": "statement", "state": "released", "date": TODAY}]
        )
        self.assertEqual(action.delivery_ids.channel, "post")

    def test_wizard_refuses_a_day_to_come(self):
        wizard = self._wizard(day=TODAY + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "day to come"):
            wizard.action_make()

    def test_wizard_needs_a_collector(self):
        clerk = new_test_user(
            self.env,
            "dc_clerk",
            groups="base.group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self._wizard(clerk)

    def test_another_company_sees_no_letter(self):
        action = self._make()
        other = self._make_company("Other Creditor SA")
        self.collector.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        with self.assertRaises(AccessError):
            action.with_user(self.collector).with_context(
                allowed_company_ids=other.ids
            ).check_access("read")
