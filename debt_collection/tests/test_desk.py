from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.answers import Letter
from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDesk(CollectionCommon):
    """The one-by-one screen: the pile, the card, the words a person changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.mode = "review"
        cls.Desk = cls.env["debt.collection.desk"].with_user(cls.collector)

    def _make_action(self, days_late=10, amount=100.0, **values):
        move = self._make_invoice(days_late, amount, **values)
        self._run()
        return move.debt_collection_case_id.action_ids[0]

    def _words(self, action, old="", new="", **changes):
        """What the screen sends back after a change of the letter."""
        draft = self.Desk.get_card(action.id)["draft"]
        letter = str(draft["letter"])
        self.assertIn(old, letter)
        words = {
            "letter": letter.replace(old, new) if old else letter,
            "subject": draft["subject"],
            "mail": str(draft["mail"]),
        }
        return {**words, **changes}

    # === THE PILE === #

    def test_largest_amount_first(self):
        small = self._make_action(amount=10)
        large = self._make_action(amount=500, partner=self.other_debtor)
        self.assertEqual(self.Desk.get_pile()["ids"], [large.id, small.id])
        self.assertEqual(self.Desk.get_pile([small.id])["ids"], [small.id])

    def test_empty_pile(self):
        self.assertEqual(self.Desk.get_pile()["ids"], [])

    def test_calls_of_today_are_in_the_pile(self):
        self.policy.mode = "automatic"
        self.policy.step_ids[0].write({"by_email": False, "by_call": True})
        action = self._make_action()
        action._dispatch()
        self.assertEqual(self.Desk.get_pile()["ids"], action.ids)
        card = self.Desk.get_card(action.id)
        self.assertEqual(card["meetings"][0]["channel"], "call")
        self.assertFalse(card["can_edit"])
        self.assertFalse(card["draft"]["letter"])
        action.delivery_ids.date_planned = "2026-03-20"
        self.assertEqual(self.Desk.get_pile()["ids"], [])

    def test_card_shows_debtor_items_and_words(self):
        card = self.Desk.get_card(self._make_action().id)
        self.assertEqual(card["debtor"], "Debtor SRL")
        self.assertEqual([line["late"] for line in card["lines"]], ["10 days late"])
        self.assertIn("past their due date", card["draft"]["letter"])
        self.assertIn("Creditor SA", card["draft"]["subject"])
        self.assertIn("past its due date", card["draft"]["mail"])
        self.assertEqual((card["can_edit"], card["draft"]["edited"]), (True, False))

    def test_card_of_a_letter_that_cannot_be_made_says_why(self):
        action = self._make_action()
        self.company.partner_id.bank_ids.unlink()
        card = self.Desk.get_card(action.id)
        self.assertIn("no bank account", card["draft"]["problem"])

    def test_no_right_no_card(self):
        action = self._make_action()
        user = self.env["res.users"].create({"name": "x", "login": "plain"})
        desk = self.env["debt.collection.desk"].with_user(user)
        for call in (desk.get_card, desk.restore_draft):
            with self.assertRaises(AccessError):
                call(action.id)

    # === THE WORDS === #

    def test_changed_words_go_out_as_changed(self):
        action = self._make_action()
        words = self._words(action, "Dear Madam, dear Sir,", "Dear Mrs Smith,")
        card = self.Desk.save_draft(action.id, {**words, "subject": "Our talk"})
        self.assertTrue(card["draft"]["edited"])
        body = self.env["debt.collection.letter"]._render_body(action)
        self.assertIn("Dear Mrs Smith,", body)
        self.assertNotIn("dear Sir", body)
        self.assertIn("Invoices past their due date", body)
        action.with_user(self.collector).action_release()
        action._dispatch()
        self.assertFalse(action.error)
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.subject, "Our talk")

    def test_unchanged_words_are_not_kept(self):
        action = self._make_action()
        self.Desk.save_draft(action.id, self._words(action))
        self.assertFalse(action.draft_letter)

    def test_words_are_frozen_on_release(self):
        action = self._make_action()
        words = self._words(action, "Dear Madam", "Dear Sir")
        action.with_user(self.collector).action_release()
        card = self.Desk.save_draft(action.id, words)
        self.assertIn("The words are frozen", card["refusal"])
        with self.assertRaisesRegex(UserError, "The words are frozen"):
            action.draft_subject = "x"

    def test_proposed_words_come_back(self):
        action = self._make_action()
        self.Desk.save_draft(action.id, self._words(action, "Dear Madam", "Hey"))
        card = self.Desk.restore_draft(action.id)
        self.assertIn("Dear Madam", card["draft"]["letter"])
        self.assertFalse(action.draft_amount)

    def test_no_script_in_the_words(self):
        action = self._make_action()
        evil = "<script>alert(1)</script><b onclick='x()'>Dear</b>"
        self.Desk.save_draft(action.id, self._words(action, "Dear Madam", evil))
        self.assertNotIn("script", action.draft_letter)
        self.assertNotIn("onclick", action.draft_letter)

    def _demand_term(self):
        """A regime that makes the term to pay compulsory."""
        regime = type(self.env["debt.collection.regime.standard"])
        self.patch(
            regime,
            "_get_letter",
            lambda self, facts, kind: Letter("standard_formal", ("term_to_pay",)),
        )

    def test_compulsory_mention_is_checked_again(self):
        self.policy.step_ids[:2].unlink()
        self.policy.step_ids.opens_case = True
        self._demand_term()
        action = self._make_action(40)
        term = "We hereby give you formal notice"
        card = self.Desk.save_draft(
            action.id, self._words(action, term, "We kindly ask you")
        )
        self.assertEqual(
            card["refusal"],
            "A compulsory mention was changed or taken out: the term to pay. Put it "
            "back, or restore the proposed text.",
        )
        self.assertFalse(action.draft_letter)
        # what got past the screen does not get past the release
        words = self._words(action, term, "We kindly ask you")
        action.write({"draft_letter": words["letter"], "draft_amount": 100})
        with self.assertRaisesRegex(UserError, "term to pay"):
            action.with_user(self.collector).action_release()
        self.assertEqual(action.state, "planned")
        card = self.Desk.save_draft(
            action.id,
            self._words(action, "Dear Madam, dear Sir", "Dear Sir")
            | {"letter": self._words_of_term(action, "Dear Sir")},
        )
        self.assertNotIn("refusal", card)
        action.with_user(self.collector).action_release()
        self.assertEqual(action.state, "released")

    def _words_of_term(self, action, greeting):
        self.Desk.restore_draft(action.id)
        return self._words(action, "Dear Madam, dear Sir", greeting)["letter"]

    def test_words_written_for_another_amount_do_not_leave(self):
        action = self._make_action()
        move = action.line_ids.move_line_id.move_id
        self.Desk.save_draft(action.id, self._words(action, "Dear Madam", "Hey"))
        self._pay(move, 30)
        with self.assertRaisesRegex(UserError, "70.00.* is due now"):
            action.with_user(self.collector).action_release()
        self.Desk.restore_draft(action.id)
        action.with_user(self.collector).action_release()

    # === BACK === #

    def test_released_letter_is_taken_back_before_it_leaves(self):
        self.company.debt_collection_undo_minutes = 15
        action = self._make_action()
        action.with_user(self.collector).action_release()
        action._dispatch()
        mail = action.delivery_ids.mail_id
        action.with_user(self.collector).action_take_back()
        self.assertEqual((action.state, mail.state), ("planned", "cancel"))
        self.assertFalse(action.attachment_id)
        action.with_user(self.collector).action_release()
        action._dispatch()
        self._mark_sent(action)
        with self.assertRaisesRegex(UserError, "left already"):
            action.action_take_back()

    def test_selection_is_worked_one_by_one(self):
        action = self._make_action()
        answer = action.with_user(self.collector).action_open_desk()
        self.assertEqual(answer["context"], {"desk_action_ids": action.ids})
