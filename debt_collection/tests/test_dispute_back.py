from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY
from .smtp import mail_server
from .test_dispute import DisputeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDisputeBack(DisputeCommon):
    """What waits to leave is taken back once the debtor contests it."""

    def setUp(self):
        super().setUp()
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )

    def _waiting(self, *moves, mode="automatic"):
        """The letter of the first step on these invoices, made by the run."""
        self.policy.mode = mode
        self._run()
        return moves[0].debt_collection_case_id.action_ids

    def _contest(self, case, amount, moves=None, **values):
        claims = case.claim_ids
        if moves:
            claims = claims.filtered(lambda claim: claim.move_id in moves)
        return self._dispute(case, amount, claims=claims, **values)

    def _ladder(self, case):
        return case.action_ids.filtered("step_id").sorted("id")

    def _taken_back(self, case):
        return case.event_ids.filtered(lambda event: event.kind == "taken_back")

    # === NOTHING REMAINS === #

    def test_reviewed_letter_of_one_contested_invoice_is_cancelled(self):
        move = self._make_invoice(10, 1000)
        action = self._waiting(move, mode="review")
        case = action.case_id
        dispute = self._contest(case, 1000)
        self.assertEqual(action.state, "skipped")
        self.assertIn(dispute.display_name, action.error)
        [event] = self._taken_back(case)
        self.assertIn(move.name, event.data)
        self.assertIn('"step":"One"', event.data)
        self.assertFalse(self.env["debt.collection.event"]._verify(case))

    def test_queued_mail_in_the_undo_window_never_leaves(self):
        self.company.debt_collection_undo_minutes = 30
        action = self._waiting(self._make_invoice(10, 1000))
        action._dispatch()
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.state, "outgoing")
        self._contest(action.case_id, 1000, is_reasoned=False)
        self.assertEqual((mail.state, action.state), ("cancel", "skipped"))
        with mail_server(self.env) as sink, freeze_time(TODAY + timedelta(days=1)):
            mail.send()
        self.assertFalse(sink.messages)

    def test_call_that_waits_leaves_no_activity(self):
        self.policy.step_ids.write({"by_email": False, "by_call": True})
        action = self._waiting(self._make_invoice(10, 1000))
        action._dispatch()
        activity = action.delivery_ids.activity_id
        self.assertTrue(activity)
        self._contest(action.case_id, 1000)
        self.assertEqual(action.delivery_ids.mapped("state"), ["withdrawn"])
        self.assertFalse(activity.exists())

    def test_letter_in_a_pile_counts_as_taken_out(self):
        self.policy.step_ids.write({"by_email": False, "by_post": True})
        action = self._waiting(self._make_invoice(10, 1000))
        action._dispatch()
        action.delivery_ids.action_print()
        batch = action.delivery_ids.batch_id
        self._contest(action.case_id, 1000)
        self.assertEqual(batch.withdrawn_count, 1)

    # === SOMETHING REMAINS === #

    def test_the_contested_invoice_is_dropped_and_the_rest_leaves(self):
        self.company.debt_collection_undo_minutes = 30
        out, kept = self._make_invoice(10, 1000), self._make_invoice(12, 300)
        action = self._waiting(out, kept)
        action._dispatch()
        mail, page = action.delivery_ids.mail_id, action.attachment_id
        dispute = self._contest(action.case_id, 1000, out)
        self.assertEqual((mail.state, action.state), ("cancel", "released"))
        self.assertEqual(action.line_ids.move_line_id.move_id, kept)
        self.assertEqual(action.amount, 300)
        self.assertFalse(action.attachment_id)
        dispute._acknowledge(TODAY)
        action._dispatch()
        self.assertTrue(action.attachment_id - page)
        states = sorted(action.delivery_ids.mapped("state"))
        self.assertEqual(states, ["to_send", "withdrawn"])

    def test_of_a_part_the_rest_is_asked(self):
        action = self._waiting(self._make_invoice(10, 1000), mode="review")
        self._contest(action.case_id, 400)
        self.assertEqual((action.state, action.amount), ("planned", 600))
        self.assertEqual(action.line_ids.amount_residual, 600)

    def test_changed_words_go_back_to_their_writer(self):
        out, kept = self._make_invoice(10, 1000), self._make_invoice(12, 300)
        action = self._waiting(out, kept, mode="review")
        words = {"draft_subject": "Mine", "draft_mail": "<p>Mine</p>"}
        action.write({**words, "draft_amount": 1300})
        action._release()
        self._contest(action.case_id, 1000, out)
        self.assertEqual(action.state, "planned")
        self.assertIn("read your own words again", action.why_waits)

    def test_what_left_by_one_channel_is_evidence(self):
        self.policy.step_ids.write({"by_post": True})
        action = self._waiting(self._make_invoice(10, 1000))
        action._dispatch()
        by_mail = action.delivery_ids.filtered(lambda d: d.channel == "email")
        with mail_server(self.env):
            by_mail.mail_id.send()
        self.assertEqual(action.state, "released")
        self._contest(action.case_id, 1000)
        self.assertEqual((by_mail.state, action.state), ("sent", "done"))
        self.assertEqual((action.delivery_ids - by_mail).state, "withdrawn")

    def test_another_debtor_and_other_invoices_are_left_alone(self):
        other = self._make_invoice(10, 70, partner=self.other_debtor)
        action = self._waiting(self._make_invoice(10, 1000))
        theirs = other.debt_collection_case_id.action_ids
        self._contest(action.case_id, 1000)
        self.assertEqual(theirs.state, "released")

    # === AFTERWARDS === #

    def test_the_ladder_goes_on_where_it_stood(self):
        """The step that was taken back comes again, once, after the refusal."""
        action = self._waiting(self._make_invoice(10, 1000))
        case = action.case_id
        dispute = self._contest(case, 1000)
        self._run(TODAY + timedelta(days=1))
        self.assertEqual(self._ladder(case), action)
        dispute._acknowledge(TODAY)
        dispute._reject("The order says so.", TODAY + timedelta(days=2))
        sent = []
        for days in range(3, 40):
            day = TODAY + timedelta(days=days)
            with freeze_time(day):
                self._run(day)
                fresh = self._ladder(case).filtered(lambda a: a.state == "released")
                for letter in fresh:
                    sent.append((days, letter.step_id.name))
                    self._mark_sent(letter, day)
        self.assertEqual(sent, [(9, "One"), (16, "Two"), (23, "Three")])

    def test_a_skipped_step_is_not_taken_again(self):
        action = self._waiting(self._make_invoice(10, 1000), mode="review")
        action.with_user(self.collector).action_skip()
        self.assertEqual(action.line_ids.cycle, 0)

    def test_what_a_closing_took_back_comes_again_when_it_reopens(self):
        move = self._make_invoice(10, 1000)
        action = self._waiting(move, mode="review")
        case = action.case_id
        payment = self._pay(move)
        self._run()
        self.assertEqual((case.phase, action.state), ("closed", "skipped"))
        payment.remove_move_reconcile()
        self._run(TODAY + timedelta(days=1))
        self._run(TODAY + timedelta(days=2))
        names = [letter.step_id.name for letter in self._ladder(case)]
        self.assertEqual(names, ["One", "One"])

    def test_a_letter_released_twice_is_taken_back_too(self):
        """Deliveries that were withdrawn before do not protect it."""
        action = self._waiting(self._make_invoice(10, 1000))
        action.action_take_back()
        self.assertEqual(action.why_waits, "Taken back by hand.")
        action._release()
        self.assertFalse(action.why_waits)
        self._contest(action.case_id, 1000)
        self.assertEqual(action.state, "skipped")
        self.assertEqual(set(action.delivery_ids.mapped("state")), {"withdrawn"})
