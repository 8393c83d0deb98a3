from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCredit(CollectionCommon):
    """Money that is there and matched with nothing sends the letter to review."""

    def _account(self, partner=None):
        return self.env["debt.collection.account"].search(
            [("partner_id", "=", (partner or self.debtor).id)]
        )

    def _bank_line(self, amount, partner=None, **values):
        """A line of the bank on the suspense account, nothing matched."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": TODAY,
                "partner_id": (partner or self.debtor).id,
                "payment_ref": "transfer",
                "amount": amount,
                **values,
            }
        )

    def _letter(self):
        self._run()
        return self.env["debt.collection.action"].search([])

    def _register(self, move, amount):
        """A payment as it is registered with the full accounting app: no entry."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register = register.create({"payment_date": TODAY, "amount": amount})
        register.payment_method_line_id.payment_account_id = False
        return register._create_payments()

    def test_unmatched_bank_line_sends_to_review_with_the_net(self):
        self._make_invoice(10, 100)
        line = self._bank_line(30)
        self.assertFalse(line.is_reconciled)
        action = self._letter()
        self.assertRecordValues(
            action,
            [
                {
                    "state": "planned",
                    "amount": 100,
                    "amount_credit": 30,
                    "amount_net": 70,
                    "why_waits": "Unmatched money or credits of the debtor: 30.00 of "
                    "100.00, net 70.00.",
                }
            ],
        )
        account = self._account()
        self.assertEqual((account.amount_credit, account.amount_net), (30, 70))

    def test_with_credits_on_the_account_it_adds_up(self):
        self._make_invoice(10, 100)
        self._bank_line(30)
        self._receive(self.debtor, 12.5)
        self.assertEqual(self._letter().amount_net, 57.5)
        self.assertEqual(self._account().amount_credit, 42.5)

    def test_it_is_seen_when_it_comes_and_when_it_goes(self):
        """No trigger: the run compares what it saw with what is there."""
        self._make_invoice(2)
        self._run()
        run = self.Run.with_company(self.company)
        self.assertFalse(run._select(self.company, TODAY))
        line = self._bank_line(30)
        self.assertEqual(run._select(self.company, TODAY), self._account().ids)
        self._run()
        self.assertEqual(self._account().amount_credit, 30)
        self.assertFalse(run._select(self.company, TODAY))
        line.action_undo_reconciliation()
        line.move_id.button_draft()
        line.unlink()
        self._run()
        self.assertEqual(self._account().amount_credit, 0)

    def test_money_that_is_not_the_debtors_counts_not(self):
        self._make_invoice(10)
        self._bank_line(30, self.other_debtor)
        self._bank_line(-30)
        self._bank_line(30, partner_id=False)
        self.assertEqual(self._letter().state, "released")
        self.assertFalse(self._account().amount_credit)

    def test_money_without_a_debtor_is_his_whose_case_it_names(self):
        """The bank knows nobody; the reference on the transfer does."""
        self._make_invoice(10, 100)
        first = self._letter()
        self._mark_sent(first, TODAY)
        case = first.case_id
        line = self._bank_line(
            30, partner_id=False, payment_ref=f"for {case._get_payment_reference()}"
        )
        day = TODAY + timedelta(days=40)
        preview = self.Run._preview(self.company, day)
        self._run(day)
        second = case.action_ids - first
        self.assertEqual((second.state, second.amount_net), ("planned", 70))
        said = preview[case.account_id.id]
        steps = [x.step.id for _key, found in said for x in found.letters]
        self.assertEqual(steps, second.step_id.ids)
        self.assertEqual(case.account_id.amount_credit, 30)
        line.action_match_collection_case()
        self._run(day)
        self.assertEqual(case.account_id.amount_credit, 0)
        self.assertEqual(case.amount_residual, 70)

    def test_money_that_names_the_case_of_another_counts_for_him_alone(self):
        self._make_invoice(10, 100)
        self._make_invoice(10, 100, partner=self.other_debtor)
        letters = self._letter()
        other = letters.case_id.filtered(lambda c: c.partner_id == self.other_debtor)
        self._bank_line(
            30, partner_id=False, payment_ref=other._get_payment_reference()
        )
        found = self.env["debt.collection.credit"]._read(letters.account_id)
        self.assertEqual(found, {other.account_id.id: 30})
        mine = letters.account_id - other.account_id
        self.assertFalse(self.env["debt.collection.credit"]._read(mine))

    def test_a_contact_of_the_debtor_pays_for_him(self):
        branch = self._make_debtor("Branch", parent_id=self.debtor.id, is_company=False)
        self._make_invoice(10)
        self._bank_line(30, branch)
        self.assertEqual(self._letter().amount_credit, 30)

    def test_another_currency_is_another_account(self):
        franc = self._use_francs()
        self._make_invoice(10)
        self._bank_line(30, foreign_currency_id=franc.id, amount_currency=33)
        self.assertEqual(self._letter().state, "released")

    def test_a_registered_payment_and_its_bank_line_are_one(self):
        # with the full accounting app a payment gets its entry from the bank only
        self.patch(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        )
        move = self._make_invoice(10, 100)
        payment = self._register(move, 40)
        self.assertFalse(payment.move_id)
        read = self.env["debt.collection.credit"].with_company(self.company)._read
        self.Run._ensure_accounts(self.company)
        account = self._account()
        self.assertEqual(read(account), {account.id: 40})
        self._bank_line(40)
        self.assertEqual(read(account), {account.id: 40})
        self._bank_line(25)
        self.assertEqual(read(account), {account.id: 65})

    def test_the_second_run_of_a_day_has_nothing_to_do(self):
        self._make_invoice(2, 99.99)
        self._bank_line(0.1)
        self._bank_line(0.2)
        self._run()
        self.assertEqual(self._account().amount_credit, 0.3)
        self.assertFalse(self._run())
        self.assertFalse(self._run(TODAY + timedelta(days=1)))
