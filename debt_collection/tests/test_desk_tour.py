from odoo.tests import HttpCase, tagged

from .common import CollectionCommon


@tagged("post_install", "-at_install")
class TestDeskTour(CollectionCommon, HttpCase):
    """The one-by-one screen in a browser, with keys and on a phone."""

    def _make_pile(self):
        self.policy.mode = "review"
        third = self._make_debtor("Third Debtor SA")
        moves = self._make_invoice(10, 90, partner=self.other_debtor)
        moves += self._make_invoice(12, 40, partner=self.other_debtor)
        moves += self._make_invoice(10, 80) + self._make_invoice(10, 70, partner=third)
        self._run()
        return moves.debt_collection_case_id.action_ids

    def test_one_by_one(self):
        actions = self._make_pile()
        self.start_tour(
            "/odoo/collection-desk", "debt_collection_desk", login="dc_collector"
        )
        states = {action.partner_id.name: action.state for action in actions}
        self.assertEqual(
            states,
            {
                "Second Debtor SA": "released",
                "Debtor SRL": "skipped",
                "Third Debtor SA": "planned",
            },
        )
        letter = actions.filtered("draft_letter")
        self.assertIn("Dear Mrs Tour", letter.draft_letter)
        self.assertEqual((len(letter.line_ids), letter.amount), (1, 90))

    def test_outcome_of_a_call(self):
        self.debtor.phone = "+352 26 00 00"
        self.policy.step_ids[0].write({"by_email": False, "by_call": True})
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        self.start_tour(
            "/odoo/collection-desk", "debt_collection_outcome", login="dc_collector"
        )
        contact = action.case_id.contact_ids
        self.assertEqual((contact.reason, contact.note), ("unwilling", "He hung up"))
        self.assertEqual(action.state, "done")


@tagged("post_install", "-at_install")
class TestDeskPhone(TestDeskTour):
    """The same on a phone."""

    browser_size = "375x667"
    touch_enabled = True
