from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import TODAY, CollectionCommon
from .smtp import mail_server


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTestMode(CollectionCommon):
    """Everything goes to the internal address, and nothing of it counts."""

    def setUp(self):
        super().setUp()
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )
        self.company.debt_collection_test_email = "tests@creditor.example"
        self.company.debt_collection_test_mode = True

    def _test_letter(self, **channels):
        if channels:
            self.policy.step_ids[0].write(channels)
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        return action

    def _send(self, action):
        with mail_server(self.env) as sink:
            action.delivery_ids.mail_id.send()
        return sink.messages

    def test_letters_go_to_the_internal_address(self):
        action = self._test_letter(by_post=True)
        messages = self._send(action)
        self.assertEqual(
            [recipients for recipients, _m in messages],
            [["tests@creditor.example"]] * 2,
        )
        subjects = sorted(message["Subject"] for _r, message in messages)
        self.assertIn("[Test, by E-mail to Debtor SRL]", subjects[0])
        self.assertIn("[Test, by Post to Debtor SRL]", subjects[1])
        self.assertEqual(action.state, "done")
        self.assertEqual(action.delivery_ids.mapped("is_test"), [True, True])

    def test_letter_is_marked(self):
        action = self._test_letter()
        body = self.env["debt.collection.letter"]._render_body(action)
        self.assertIn("Test: this document was not sent", body)
        self.company.debt_collection_test_mode = False
        body = self.env["debt.collection.letter"]._render_body(action)
        self.assertNotIn("Test: this document", body)

    def test_tests_are_no_dispatch_and_no_contact(self):
        self.company.debt_collection_contact_limit = 1
        action = self._test_letter()
        self._send(action)
        item = action.line_ids.move_line_id
        facts = self.env["debt.collection.facts"]._read({item.id: "standard"})
        self.assertEqual(facts[item.id].notices, ())
        gate = self.env["debt.collection.gate"].with_company(self.company)
        account = action.account_id
        self.assertEqual(gate._get_blockers(account, TODAY), {account.id: ()})

    def test_formal_notice_of_a_test_is_none(self):
        self.policy.step_ids[:2].unlink()
        self.policy.step_ids.opens_case = True
        move = self._make_invoice(40)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        self._send(action)
        self.assertEqual((action.state, action.case_id.phase), ("done", "amicable"))

    def test_ladder_goes_on_in_test_and_starts_anew_after_it(self):
        action = self._test_letter()
        self._send(action)
        case = action.case_id
        self._run(TODAY + timedelta(days=7))
        second = case.action_ids - action
        self.assertEqual(second.step_id.name, "Two")
        second._dispatch()
        self._send(second)
        self.company.debt_collection_test_mode = False
        self._run(TODAY + timedelta(days=8))
        real = case.action_ids - action - second
        self.assertEqual(real.step_id.name, "One")
        self.assertFalse(real.is_test)

    def test_queue_is_taken_back_when_the_mode_changes(self):
        self.company.debt_collection_test_mode = False
        action = self._test_letter()
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.recipient_ids, self.debtor)
        self.company.debt_collection_test_mode = True
        self.assertEqual(mail.state, "cancel")
        action._dispatch()
        [(recipients, _message)] = self._send(action)
        self.assertEqual(recipients, ["tests@creditor.example"])

    def test_address_is_needed(self):
        self.company.debt_collection_test_email = False
        self.assertEqual(
            self.company._get_collection_test_address(), "billing@creditor.example"
        )
        with self.assertRaisesRegex(ValidationError, "needs an internal address"):
            self.company.email = False
            self.company.debt_collection_test_email = "nobody"

    def test_banner(self):
        sentence = self.company._get_collection_test_sentence()
        self.assertIn("tests@creditor.example", sentence)
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        pile = desk.with_company(self.company).get_pile()
        self.assertEqual(pile["company"]["test_mode"], sentence)
        self.company.debt_collection_test_mode = False
        self.assertEqual(self.company._get_collection_test_sentence(), "")

    # === COPIES OF PRODUCTION === #

    def _neutralize(self):
        """Run the addon's part of what Odoo runs on a copy of a database."""
        self.env.flush_all()
        for query in get_neutralization_queries(["debt_collection"]):
            self.cr.execute(query)
        self.env.invalidate_all(flush=False)

    def test_copy_of_production_is_silent(self):
        self.company.debt_collection_test_mode = False
        self.company.debt_collection_test_email = False
        action = self._test_letter()
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.state, "outgoing")
        self._neutralize()
        self.assertEqual(mail.state, "cancel")
        Action = self.env["debt.collection.action"]
        self.assertNotIn(action, Action._get_undispatched(100))
        # who ends the pause on the copy writes to nobody outside
        self.company.debt_collection_paused = False
        self.assertIn(action, Action._get_undispatched(100))
        action._dispatch()
        [(recipients, _message)] = self._send(action)
        self.assertEqual(recipients, ["collection@neutralized.invalid"])

    def test_no_other_mail_of_the_collection_waits_on_a_copy(self):
        """An answer to a dispute, a code: whatever was queued about a case."""
        action = self._test_letter()
        about, other = self.env["mail.mail"].create(
            [
                {"model": record._name, "res_id": record.id, "email_to": "x@x.example"}
                for record in (action.case_id, self.debtor)
            ]
        )
        self._neutralize()
        self.assertEqual((about.state, other.state), ("cancel", "outgoing"))

    def test_own_test_address_of_a_copy_stays(self):
        self._neutralize()
        self.assertTrue(self.company.debt_collection_paused)
        self.assertEqual(
            self.company._get_collection_test_address(), "tests@creditor.example"
        )
