from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .law import LawCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFacts(LawCommon):
    """What the engine tells a regime about an item."""

    def _facts(self, moves):
        items = self._get_receivable(moves)
        regimes = dict.fromkeys(items.ids, "standard")
        found = self.env["debt.collection.facts"]._read(regimes)
        return [found[item.id] for item in items]

    def test_payments_and_credit_notes_are_movements_with_their_day(self):
        move = self._make_invoice(40, 1000)
        self._pay(move, 300, TODAY - timedelta(20))
        self._refund(move, 200, TODAY - timedelta(10))
        [facts] = self._facts(move)
        self.assertEqual(
            facts.movements,
            (
                (TODAY - timedelta(20), Decimal("300.00")),
                (TODAY - timedelta(10), Decimal("200.00")),
            ),
        )
        self.assertEqual(facts.residual, Decimal("500.00"))
        self.assertEqual(facts.balance_on(TODAY - timedelta(15)), Decimal("700.00"))

    def test_what_was_paid_late_was_open_on_its_due_date(self):
        move = self._make_invoice(40, 1000)
        self._pay(move)
        [facts] = self._facts(move)
        self.assertEqual(facts.residual, 0)
        self.assertEqual(facts.balance_on(facts.due_date), Decimal("1000.00"))
        self.assertEqual(facts.balance_on(TODAY), 0)

    def test_undone_payment_is_no_movement(self):
        move = self._make_invoice(40, 1000)
        self._pay(move)
        self._get_receivable(move).remove_move_reconcile()
        [facts] = self._facts(move)
        self.assertEqual((facts.movements, facts.residual), ((), Decimal("1000.00")))

    def test_payment_in_another_currency_moves_the_currency_of_the_item(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            [
                {"currency_id": dollar.id, "name": "2020-01-01", "rate": 2.0},
                {"currency_id": dollar.id, "name": "2026-03-10", "rate": 4.0},
            ]
        )
        move = self._make_invoice(30, 1000, currency_id=dollar.id)
        payment = self._receive(self.debtor, 100)  # euro, at 4: 400 dollar
        (self._get_receivable(move) + payment).reconcile()
        [facts] = self._facts(move)
        self.assertEqual(facts.currency, "USD")
        self.assertEqual(facts.principal, Decimal("1000.00"))
        self.assertEqual(
            facts.principal - sum(amount for _day, amount in facts.movements),
            facts.residual,
        )

    def test_unknown_numbers_and_descriptions_are_named(self):
        move = self._make_invoice()
        self.assertEqual(self._facts(move)[0].lacking, ("creditor_number",))
        self.company.vat = "LU12345613"
        self.assertEqual(self._facts(move)[0].lacking, ())
        move.invoice_line_ids.with_context(skip_readonly_check=True).name = False
        self.assertEqual(self._facts(move)[0].lacking, ("description",))

    def test_delivery_and_receipt(self):
        move = self._make_invoice()
        move.write(
            {
                "delivery_date": "2026-01-20",
                "debt_collection_receipt_date": "2026-02-03",
            }
        )
        [facts] = self._facts(move)
        self.assertEqual(facts.service_date, date(2026, 1, 20))
        self.assertEqual(facts.receipt_date, date(2026, 2, 3))

    def test_instalments_are_counted(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 30}
                    ),
                ],
            }
        )
        move = self._make_invoice(40, 1000).copy(
            {"invoice_date": TODAY, "invoice_payment_term_id": term.id}
        )
        move.action_post()
        self.assertEqual([facts.instalments for facts in self._facts(move)], [2, 2])

    def test_creditor(self):
        self.company.write(
            {"debt_collection_is_small": False, "debt_collection_postage": 1.57}
        )
        [facts] = self._facts(self._make_invoice())
        self.assertFalse(facts.creditor_small)
        self.assertEqual(facts.postage, Decimal("1.57"))
        self.assertEqual((facts.creditor_country, facts.debtor_country), ("LU", "LU"))

    def test_due_date_before_the_invoice_counts_from_the_invoice(self):
        move = self._make_invoice(40)
        item = self._get_receivable(move)
        item.date_maturity = move.invoice_date - timedelta(days=3)
        [facts] = self._facts(move)
        self.assertEqual(facts.due_date, move.invoice_date)

    def test_a_regular_supply_counts_the_due_dates_it_wrote_about(self):
        terms = self.env["debt.collection.terms"].create(
            {"name": "Subscription", "date_from": "2020-01-01", "is_regular_supply": 1}
        )
        self.company.debt_collection_terms_id = terms
        moves = [self._make_invoice(days) for days in (70, 40, 10)]
        self.assertEqual([self._facts(m)[0].due_rank for m in moves], [1, 1, 1])
        self.assertTrue(self._facts(moves[0])[0].regular_supply)
        self._run(TODAY - timedelta(60))
        self._mark_sent(self.env["debt.collection.action"].search([]))
        self.assertEqual([self._facts(m)[0].due_rank for m in moves], [1, 2, 2])

    def _ranks(self, moves):
        return [self._facts(move)[0].due_rank for move in moves]

    def _write_about(self, moves):
        """A letter about each invoice left."""
        self._run(TODAY)
        self._mark_sent(self.env["debt.collection.action"].search([]))
        self.assertEqual(
            self.env["debt.collection.action.line"].search([]).move_line_id.move_id,
            moves,
        )

    def test_due_dates_of_another_contract_have_a_count_of_their_own(self):
        """Free letters are free for each contract: those of gas are not of water."""
        water, gas, goods = self.env["debt.collection.terms"].create(
            [
                {"name": "Water", "date_from": "2020-01-01", "is_regular_supply": 1},
                {"name": "Gas", "date_from": "2020-01-01", "is_regular_supply": 1},
                {"name": "Goods", "date_from": "2020-01-01"},
            ]
        )
        newer = water.copy({"version": "2", "date_from": "2026-02-01"})
        rows = ((70, water), (60, gas), (50, goods), (40, gas), (30, newer), (20, gas))
        moves = self.env["account.move"]
        for days, terms in rows:
            moves += self._make_invoice(days, debt_collection_terms_id=terms.id)
        self._write_about(moves)
        # water 1 and 2 (a new version is the same contract), gas 1 to 3
        self.assertEqual(self._ranks(moves), [1, 1, 1, 2, 2, 3])

    def test_contracts_under_the_same_terms_are_told_apart_by_their_number(self):
        self.company.debt_collection_terms_id = self.env[
            "debt.collection.terms"
        ].create(
            {"name": "Telecom", "date_from": "2020-01-01", "is_regular_supply": True}
        )
        moves = self.env["account.move"]
        for days, contract in ((70, "A"), (60, "B"), (50, "A"), (40, ""), (30, "A")):
            moves += self._make_invoice(days, debt_collection_contract=contract)
        self._write_about(moves)
        self.assertEqual(self._ranks(moves), [1, 1, 2, 1, 3])

    def test_queries_do_not_grow_with_the_items(self):
        few = self._make_invoice(40) + self._make_invoice(30)
        many = self._get_receivable(few)
        for days in range(1, 21):
            many += self._get_receivable(self._make_invoice(days))
        self._pay(few[0], 10)
        counts = []
        for items in (many[:2], many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            regimes = dict.fromkeys(items.ids, "standard")
            self.env["debt.collection.facts"]._read(regimes)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
