"""The benchmarks' world agrees with the ORM."""

import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from odoo.tests import TransactionCase, tagged

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
import floors_sql
import pipeline
import seed

TODAY = date(2026, 11, 23)


@tagged("post_install", "-at_install")
class TestSeed(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = seed.seed(cls.env, 1000, TODAY, disputes=True)
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.made["company"]]}
        )
        cls.moves = cls.env["account.move"].browse(cls.made["moves"])

    def test_the_orm_computes_the_same(self):
        self.assertEqual(seed.check_sample(self.env, self.made, size=1000), [])

    def test_the_check_finds_a_wrong_value(self):
        self.env.cr.execute(
            "UPDATE account_move SET amount_residual = 0.01 WHERE id = %s",
            [self.moves[0].id],
        )
        self.env.invalidate_all(flush=False)
        self.assertEqual(len(seed.check_sample(self.env, self.made, size=1000)), 1)

    def test_shares_and_spans_are_those_of_the_reference(self):
        share = self.made["open"] / self.made["invoices"]
        self.assertAlmostEqual(share, 0.84, delta=0.03)
        due = self.moves.mapped("invoice_date_due")
        self.assertLess(max(due), TODAY)
        self.assertGreaterEqual(min(due), TODAY - timedelta(days=200))
        amounts = self.moves.mapped("amount_total")
        self.assertGreaterEqual(min(amounts), 20)
        self.assertLessEqual(max(amounts), 20000)
        self.assertEqual(self.made["debtors"], 200)

    def test_some_of_it_is_contested(self):
        share = self.made["contested"] / self.made["open"]
        self.assertAlmostEqual(share, seed.SHARE_CONTESTED, delta=0.01)
        lines = self.env["debt.collection.dispute.line"].search(
            [("company_id", "=", self.made["company"])]
        )
        self.assertEqual(len(lines), self.made["contested"])
        self.assertEqual(set(lines.dispute_id.mapped("state")), {"open"})
        whole = lines.filtered(lambda line: line.amount == line.amount_residual)
        self.assertTrue(whole and lines - whole)

    def test_a_measured_run_goes_through_every_stage_of_the_watch(self):
        run = self.env["debt.collection.run"]
        company = self.env["res.company"].browse(self.made["company"])
        run = run.with_company(company)
        stages, ends = run._get_watch_stages, run._get_watch_ends
        seen = []

        def watched(work, name):
            return lambda *args: (seen.append(name), work(*args))[1]

        self.patch(
            type(run),
            "_get_watch_stages",
            lambda run, *args: tuple(
                (watched(find, f"stage {number}"), work)
                for number, (find, work) in enumerate(stages(*args))
            ),
        )
        self.patch(
            type(run),
            "_get_watch_ends",
            lambda run, *args: tuple(
                watched(work, f"end {number}")
                for number, work in enumerate(ends(*args))
            ),
        )
        self.assertTrue(pipeline.collect(self.env, company, TODAY))
        wanted = [f"stage {n}" for n in range(6)] + ["end 0", "end 1"]
        self.assertEqual(seen, wanted)

    def test_a_measured_run_closes_what_is_paid(self):
        company = self.env["res.company"].browse(self.made["company"])
        line = self.env["debt.collection.dispute.line"].search(
            [("company_id", "=", company.id)], limit=1
        )
        case = line.claim_id.case_id
        for move in case.claim_ids.move_id:
            seed._create_payment(self.env, move, TODAY)
        pipeline.collect(self.env, company, TODAY)
        self.assertEqual(case.phase, "closed")

    def test_the_floor_has_the_rows_of_the_run(self):
        company = self.env["res.company"].browse(self.made["company"])
        floors_sql.insert(self.env, company, TODAY)
        self.env.invalidate_all(flush=False)
        claims = self.env["debt.collection.claim"].search(
            [("company_id", "=", company.id), ("is_open", "=", True)]
        )
        mould = 1  # the invoice that was copied
        self.assertEqual(len(claims), self.made["open"] + mould)

    def test_the_books_balance(self):
        lines = self.env["account.move.line"].search(
            [("company_id", "=", self.made["company"])]
        )
        self.assertEqual(round(sum(lines.mapped("balance")), 2), 0)
        states = set(self.moves.mapped("payment_state"))
        self.assertEqual(states, {"paid", "partial", "not_paid", "blocked"})

    def test_a_copy_can_be_paid(self):
        move = self.moves.filtered(lambda m: m.payment_state == "partial")[0]
        left = move.amount_residual
        seed._create_payment(self.env, move, TODAY)
        self.assertLess(move.amount_residual, left)

    def test_same_seed_same_world(self):
        self.assertEqual(seed.draw(50, TODAY), seed.draw(50, TODAY))
        total = sum(draft.residual for draft in seed.draw(1000, TODAY))
        self.assertIsInstance(total, Decimal)
