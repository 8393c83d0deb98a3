from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFlag(CollectionCommon):
    def test_flag_opens_one_case_for_several_invoices(self):
        moves = self._make_invoice(10, 100) + self._make_invoice(40, 250)
        case = self._flag(moves)
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.debtor.id,
                    "company_id": self.company.id,
                    "phase": "amicable",
                    "claim_count": 2,
                    "amount_claimed": 350.0,
                    "amount_residual": 350.0,
                    "date_opened": TODAY,
                }
            ],
        )
        self.assertEqual(self.debtor.debt_collection_case_count, 1)
        self.assertEqual(set(moves.mapped("debt_collection_phase")), {"amicable"})

    def test_later_invoice_joins_the_case(self):
        first = self._make_invoice(10)
        case = self._flag(first)
        second = self._make_invoice(3, 50)
        self.assertEqual(self._flag(second), case)
        self.assertEqual(case.amount_residual, 150)

    def test_flag_twice_changes_nothing(self):
        move = self._make_invoice(10)
        case = self._flag(move)
        self._flag(move)
        self.assertEqual(len(case.claim_ids), 1)
        self.assertEqual(case.event_ids.mapped("kind"), ["opened"])

    def test_every_refusal_names_its_reason(self):
        draft = self._make_invoice(10)
        draft.button_draft()
        blocked = self._make_invoice(10)
        blocked.action_toggle_block_payment()
        silent = self._make_invoice(10)
        silent.no_followup = True
        paid = self._make_invoice(10)
        self._pay(paid)
        refund = self._make_invoice(10)._reverse_moves()
        refund.action_post()
        cases = [
            (draft, "draft"),
            (refund, "credit note"),
            (paid, "paid"),
            (blocked, "blocked"),
            (silent, "No Follow-Up"),
            (self._make_invoice(-5), "not yet due"),
            (self._make_invoice(0), "not yet due"),
        ]
        for move, word in cases:
            with self.subTest(word), self.assertRaisesRegex(UserError, word):
                move.with_user(self.collector).action_collection_flag()
        self.assertFalse(self.env["debt.collection.case"].search([]))

    def test_good_ones_go_through_bad_ones_are_named(self):
        good, bad = self._make_invoice(10), self._make_invoice(-5)
        answer = (good + bad).with_user(self.collector).action_collection_flag()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(bad.name, answer["params"]["message"])
        self.assertIn("not yet due", answer["params"]["message"])
        self.assertTrue(good.debt_collection_case_id)
        self.assertFalse(bad.debt_collection_case_id)

    def test_nothing_selected(self):
        with self.assertRaisesRegex(UserError, "no invoice was selected"):
            self.env["account.move"].action_collection_flag()

    def test_invoice_without_due_date(self):
        move = self._make_invoice(10)
        lines = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        self.env.cr.execute(
            "UPDATE account_move_line SET date_maturity = NULL WHERE id = %s",
            [lines.id],
        )
        lines.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "no due date"):
            move.action_collection_flag()

    def test_currency_without_rate(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        self.assertFalse(franc.rate_ids)
        move = self._make_invoice(10, currency_id=franc.id)
        with self.assertRaisesRegex(UserError, "CHF has no exchange rate"):
            move.action_collection_flag()

    def test_two_currencies_two_cases(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": franc.id, "name": "2020-01-01", "rate": 1.1}
        )
        moves = self._make_invoice(10) + self._make_invoice(10, currency_id=franc.id)
        moves.action_collection_flag()
        self.assertEqual(
            sorted(moves.debt_collection_case_id.mapped("currency_id.name")),
            ["CHF", "EUR"],
        )

    def test_only_the_overdue_instalment_is_claimed(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in 60 days",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 10}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_date": TODAY - timedelta(days=30),
                "invoice_payment_term_id": term.id,
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 400, "tax_ids": [(5,)]})
                ],
            }
        )
        move.action_post()
        case = self._flag(move)
        self.assertEqual(case.claim_ids.mapped("amount"), [200.0])

    def test_user_without_role_cannot_flag(self):
        clerk = new_test_user(
            self.env,
            "dc_clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        move = self._make_invoice(10)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            move.with_user(clerk).action_collection_flag()

    def test_clerk_still_posts_and_reconciles(self):
        """Accountants without a collection role work on claimed invoices as before."""
        clerk = new_test_user(
            self.env,
            "dc_clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        move = self._make_invoice(10)
        case = self._flag(move)
        payment = self._receive(self.debtor, 100)
        items = self._get_receivable(move) + payment
        items.with_user(clerk).reconcile()
        self.assertEqual(case.amount_residual, 0)
        items.with_user(clerk).remove_move_reconcile()
        self.assertEqual(case.amount_residual, 100)

    def test_case_is_never_deleted(self):
        case = self._flag(self._make_invoice(10))
        with self.assertRaisesRegex(UserError, "withdraw it instead"):
            case.unlink()
