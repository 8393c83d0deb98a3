from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRun(CollectionCommon):
    """The pipeline: select, decide, open, act, watch, each on facts of the ledger."""

    def _account(self, partner=None):
        return self.env["debt.collection.account"].search(
            [("partner_id", "=", (partner or self.debtor).id)]
        )

    def _sentence(self, partner=None):
        return self._account(partner).why_not

    # === ACT === #

    def test_due_step_opens_the_case_and_makes_one_action(self):
        move = self._make_invoice(10)
        self._run()
        case = move.debt_collection_case_id
        self.assertEqual(case.phase, "amicable")
        self.assertRecordValues(
            case.action_ids,
            [
                {
                    "state": "released",
                    "date": TODAY,
                    "amount": 100.0,
                    "notice_kind": "first",
                    "step_id": self.policy.step_ids[0].id,
                    "partner_id": self.debtor.id,
                }
            ],
        )
        self.assertEqual(case.action_ids.line_ids.move_line_id.move_id, move)
        self.assertEqual(case.action_ids.delivery_ids.mapped("channel"), ["email"])

    def test_running_twice_does_nothing_twice(self):
        self._make_invoice(10)
        self._run()
        before = self.env["debt.collection.action"].search_count([])
        self.assertFalse(self._run())
        self.assertFalse(self._run())
        self.assertEqual(self.env["debt.collection.action"].search_count([]), before)

    def test_second_run_the_same_day_writes_nothing(self):
        self._make_invoice(10)
        self._make_invoice(-20, partner=self.other_debtor)
        self._run()
        self.env.flush_all()
        before = self._count_writes()
        self._run()
        self.env.flush_all()
        self.assertEqual(self._count_writes(), before)

    def _count_writes(self):
        """Rows inserted, changed and deleted so far in this transaction."""
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)
                     FROM pg_stat_xact_user_tables"""
            )
        )
        return count

    def test_before_the_first_step_nothing_but_a_reason(self):
        move = self._make_invoice(2)
        self._run()
        self.assertFalse(move.debt_collection_case_id)
        self.assertFalse(self.env["debt.collection.action"].search([]))
        self.assertEqual(self._account().next_date, TODAY + timedelta(days=3))
        self.assertEqual(self._sentence(), "“One” comes on 03/19/2026.")

    def test_the_ladder_from_day_to_day(self):
        move = self._make_invoice(0)
        case = self.env["debt.collection.case"]
        sent = []
        for days in range(0, 45):
            day = TODAY + timedelta(days=days)
            with freeze_time(day):
                self._run(day)
                case = move.debt_collection_case_id
                fresh = case.action_ids.filtered(lambda a: a.state == "released")
                for action in fresh:
                    sent.append((days, action.step_id.name))
                    self._mark_sent(action, day)
        self.assertEqual(sent, [(5, "One"), (15, "Two"), (30, "Three")])
        self.assertEqual(case.phase, "notice")
        self.assertEqual(case.date_noticed, TODAY + timedelta(days=30))
        self.assertEqual(
            self._sentence(), "The ladder is at its end: choose what next."
        )

    def test_one_letter_for_all_items_of_a_debtor(self):
        moves = self._make_invoice(10) + self._make_invoice(20) + self._make_invoice(6)
        self._run()
        actions = self.env["debt.collection.action"].search([])
        self.assertEqual(len(actions), 1)
        self.assertEqual(actions.line_ids.move_line_id.move_id, moves)
        self.assertEqual(actions.amount, 300)

    def test_flagged_case_starts_at_the_first_step(self):
        move = self._make_invoice(90)
        case = self._flag(move)
        self._run()
        self.assertEqual(case.action_ids.step_id.name, "One")

    def test_flagged_claim_is_written_to_at_the_next_run(self):
        move = self._make_invoice(1)
        self._run()
        self.assertFalse(self.env["debt.collection.action"].search([]))
        case = self._flag(move)
        self._run()
        self.assertEqual(case.action_ids.step_id.name, "One")
        self.assertEqual(case.action_ids.date, TODAY)

    def test_review_waits_for_a_person(self):
        self.policy.mode = "review"
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        self.assertEqual((action.state, action.delivery_ids.ids), ("planned", []))
        with freeze_time(TODAY + timedelta(days=30)):
            self._run(TODAY + timedelta(days=30))
        self.assertEqual(move.debt_collection_case_id.action_ids, action)
        self.assertEqual(self._sentence(), "An action waits for review.")
        action.with_user(self.collector).action_release()
        self.assertEqual(action.state, "released")
        self.assertEqual(len(action.delivery_ids), 1)
        action.with_user(self.collector).action_release()
        self.assertEqual(len(action.delivery_ids), 1)

    def test_skipped_step_is_not_made_again(self):
        self.policy.mode = "review"
        move = self._make_invoice(10)
        self._run()
        case = move.debt_collection_case_id
        case.action_ids.with_user(self.collector).action_skip()
        for days in (1, 4):
            self._run(TODAY + timedelta(days=days))
        self.assertEqual(case.action_ids.mapped("state"), ["skipped"])
        self._run(TODAY + timedelta(days=9))
        self.assertEqual(
            case.action_ids.sorted("id").mapped("step_id.name"), ["One", "Two"]
        )

    def test_unmatched_money_sends_the_letter_to_review(self):
        move = self._make_invoice(10)
        self._receive(self.debtor, 30)
        self._run()
        self.assertEqual(move.debt_collection_case_id.action_ids.state, "planned")
        self.assertEqual(self._account().amount_credit, 30)

    def test_registered_payment_waits_for_the_bank(self):
        # With the full accounting app a payment gets its entry from the bank only
        self.patch(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        )
        move = self._make_invoice(10)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register = register.create({"payment_date": TODAY})
        register.payment_method_line_id.payment_account_id = False
        register._create_payments()
        self.assertEqual(self._get_receivable(move).amount_residual, 100)
        self._run()
        self.assertFalse(self.env["debt.collection.action"].search([]))
        self.assertIn("waits for its bank line", self._sentence())

    # === WHY NOT === #

    def test_every_reason_is_a_sentence(self):
        cases = [
            (lambda move: move.action_toggle_block_payment(), "blocked for payment"),
            (lambda move: move.write({"no_followup": True}), "excluded by another"),
            (
                lambda move: move.partner_id.write({"debt_collection_excluded": True}),
                "excluded from collection",
            ),
            (lambda move: move.partner_id.action_archive(), "archived"),
            (lambda move: self.policy.action_archive(), "No policy"),
            (
                lambda move: self.policy.step_ids.write({"minimum": 1000}),
                "Below 1000",
            ),
        ]
        for prepare, words in cases:
            with self.subTest(words), self.env.cr.savepoint() as point:
                move = self._make_invoice(10)
                prepare(move)
                self._run()
                self.assertFalse(self.env["debt.collection.action"].search([]))
                self.assertIn(words, self._sentence())
                point.rollback()
            self.env.invalidate_all()
            self.env.registry.clear_cache()

    def test_hold_rests_until_its_end_and_fires_nothing_at_once(self):
        move = self._make_invoice(10)
        self._run(TODAY - timedelta(days=8))
        hold = self.env["debt.collection.hold"].create(
            {
                "account_id": self._account().id,
                "reason": "asked for time",
                "date_start": TODAY,
                "date_end": TODAY + timedelta(days=10),
            }
        )
        for days in (0, 10):
            self._run(TODAY + timedelta(days=days))
            self.assertFalse(move.debt_collection_case_id)
        self.assertEqual(self._sentence(), "On hold until 03/26/2026: asked for time.")
        self._run(TODAY + timedelta(days=11))
        self.assertFalse(move.debt_collection_case_id)
        self._run(TODAY + timedelta(days=12))
        self.assertTrue(move.debt_collection_case_id)
        self.assertEqual(hold.user_id, self.env.user)

    def test_failing_subject_does_not_stop_the_others(self):
        good = self._make_invoice(10)
        self._make_invoice(10, partner=self.other_debtor)
        run = self.Run.with_company(self.company)
        run._ensure_accounts(self.company)
        accounts = self.env["debt.collection.account"].search([])
        broken = accounts.filtered(lambda a: a.partner_id == self.other_debtor)
        original = type(run)._process

        def process(self, some, day):
            if broken in some:
                raise ValueError("broken data")
            return original(self, some, day)

        self.patch(type(run), "_process", process)
        run._run_batch(accounts.ids, TODAY)
        self.assertTrue(good.debt_collection_case_id)
        self.assertEqual(broken.last_error, "broken data")
        self.assertEqual(broken.why_not, "Failed: broken data")
        self.assertEqual(broken.next_date, TODAY + timedelta(days=1))

    # === WATCH === #

    def test_payment_shows_at_once_and_the_run_closes(self):
        move = self._make_invoice(10)
        case = self._flag(move)
        self._pay(move, 40)
        self.assertEqual(case.amount_residual, 60)
        self._run()
        self.assertEqual(case.phase, "amicable")
        self._pay(move)
        self.assertEqual((case.amount_residual, case.phase), (0, "amicable"))
        self._run()
        self.assertRecordValues(
            case, [{"phase": "closed", "outcome": "paid", "date_closed": TODAY}]
        )
        self.assertEqual(move.debt_collection_phase, "closed")

    def test_undone_payment_opens_the_case_again_where_it_stood(self):
        move = self._make_invoice(10)
        self._run()
        case = move.debt_collection_case_id
        self._mark_sent(case.action_ids)
        payment = self._pay(move)
        self._run()
        self.assertEqual(case.phase, "closed")
        payment.remove_move_reconcile()
        self.assertEqual(case.claim_ids.amount_residual, 100)
        self._run(TODAY + timedelta(days=1))
        self.assertEqual((case.phase, case.amount_residual), ("amicable", 100))
        self.assertEqual(case.action_ids.step_id.name, "One")
        kinds = case.event_ids.sorted("seq").mapped("kind")
        self.assertEqual(kinds, ["opened", "letter", "closed", "reopened"])

    def test_full_credit_note_closes_as_credited(self):
        move = self._make_invoice(10)
        case = self._flag(move)
        move._reverse_moves([{"date": TODAY}], cancel=True)
        self.assertEqual(case.amount_residual, 0)
        self._run()
        self.assertEqual(case.outcome, "credited")

    def test_part_credited_part_paid_is_paid(self):
        move = self._make_invoice(10)
        case = self._flag(move)
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.debtor.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 20, "tax_ids": [(5,)]})
                ],
            }
        )
        refund.action_post()
        (self._get_receivable(move) + self._get_receivable(refund)).reconcile()
        self._pay(move)
        self._run()
        self.assertEqual(case.outcome, "paid")

    def test_invoice_back_to_draft_closes_nothing_by_mistake(self):
        first, second = self._make_invoice(10), self._make_invoice(12)
        case = self._flag(first + second)
        first.button_draft()
        self.assertEqual(case.amount_residual, 100)
        self._run()
        self.assertNotEqual(case.phase, "closed")

    def test_closing_takes_back_what_did_not_leave(self):
        self.policy.mode = "review"
        move = self._make_invoice(10)
        self._run()
        case = move.debt_collection_case_id
        self._pay(move)
        self._run()
        self.assertEqual(case.action_ids.state, "skipped")

    def test_withdrawn_case_stays_closed(self):
        case = self._flag(self._make_invoice(10))
        case.with_user(self.collector).action_withdraw()
        self.assertEqual((case.phase, case.outcome), ("closed", "withdrawn"))
        case.with_user(self.collector).action_reopen()
        self.assertEqual(case.phase, "amicable")

    # === TWO COMPANIES, PREVIEW, ROLES === #

    def test_paused_company_sends_nothing(self):
        self.company.debt_collection_paused = True
        companies = self.env["res.company"].search(
            [("debt_collection_paused", "=", False)]
        )
        self.assertNotIn(self.company, companies)
        self.policy.mode = "automatic"
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        self.assertEqual(action.state, "released")
        self.env.flush_all()
        self.assertNotIn(action, action._get_undispatched(10))
        self.company.debt_collection_paused = False
        self.env.flush_all()
        self.assertIn(action, action._get_undispatched(10))

    def test_preview_says_what_the_run_does_and_writes_nothing(self):
        moves = self._make_invoice(10) + self._make_invoice(
            2, partner=self.other_debtor
        )
        for day in (TODAY, TODAY + timedelta(days=4)):
            with self.subTest(day):
                preview = self.Run._preview(self.company, day)
                said = {
                    (key[0], letter.step.id, letter.item_ids)
                    for subject in preview.values()
                    for key, decision in subject
                    for letter in decision.letters
                }
                before = self.env["debt.collection.action"].search([])
                self._run(day)
                made = self.env["debt.collection.action"].search([]) - before
                self._mark_sent(made, day)
                done = {
                    (a.account_id.id, a.step_id.id, tuple(a.line_ids.move_line_id.ids))
                    for a in made
                }
                self.assertEqual(said, done)
                self.assertTrue(done)
        self.assertTrue(all(move.debt_collection_case_id for move in moves))

    def test_queries_do_not_grow_with_the_items(self):
        def count(number):
            partners = [self._make_debtor(f"D{number}x{n} SA") for n in range(number)]
            for partner in partners:
                self._make_invoice(10, partner=partner)
            run = self.Run.with_company(self.company)
            run._ensure_accounts(self.company)
            accounts = self.env["debt.collection.account"].browse(
                run._select(self.company, TODAY)
            )
            self.assertEqual(len(accounts), number)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._process(accounts, TODAY)
            return self.env.cr.sql_log_count - before

        count(1)  # warms the caches of models and ladders
        self.assertLessEqual(count(20) - count(4), 4)

    def test_collector_of_another_company_sees_nothing(self):
        self._make_invoice(10)
        self._run()
        other = self._make_company("Other SA")
        stranger = self._make_user("stranger", "collector")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("account", "case", "claim", "action", "delivery", "event"):
            records = self.env[f"debt.collection.{model}"].with_user(stranger)
            records = records.with_context(allowed_company_ids=other.ids)
            self.assertFalse(records.search([]), model)

    def test_override_on_debtor_and_invoice(self):
        quick = self._make_policy(name="Quick", sequence=1, country_ids=[(6, 0, [1])])
        self.policy.action_unarchive()
        self.policy.sequence = 50
        quick.step_ids.filtered(lambda s: s.sequence == 10).delay = 1
        debtor_move = self._make_invoice(2)
        other_move = self._make_invoice(2, partner=self.other_debtor)
        self._run()
        self.assertFalse(self.env["debt.collection.action"].search([]))
        self.debtor.debt_collection_policy_id = quick
        other_move.debt_collection_policy_id = quick
        self.env["debt.collection.account"]._mark_all_stale()
        self._run()
        self.assertTrue(debtor_move.debt_collection_case_id)
        self.assertTrue(other_move.debt_collection_case_id)
