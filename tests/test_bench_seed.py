"""The benchmarks' world agrees with the ORM."""

import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from odoo.tests import TransactionCase, tagged

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
import seed

TODAY = date(2026, 11, 23)


@tagged("post_install", "-at_install")
class TestSeed(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = seed.seed(cls.env, 1000, TODAY)
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
