from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import TODAY
from .law import LawCommon

PAID_ON = date(2026, 3, 1)  # 60 days at 10 % after 31 December: 16.44


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCharge(LawCommon):
    """Interest and indemnities booked, credited, waived."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Charge = cls.env["debt.collection.charge"]
        cls.accountant = new_test_user(
            cls.env,
            "dc_accountant",
            groups="account.group_account_invoice,"
            "debt_collection.debt_collection_group_collector",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _case(self, *invoices):
        moves = self.env["account.move"]
        for days, amount in invoices or ((75, 1000),):
            moves += self._make_invoice(days, amount)
        return self._flag(moves).with_user(self.env.user)

    def _book(self, case, day=PAID_ON):
        return self.Charge._book(case, day)

    # === BOOKING === #

    def test_document_outside_vat_in_a_journal_of_its_own(self):
        tax = self.env["account.tax"].search(
            [("company_id", "=", self.company.id), ("type_tax_use", "=", "sale")],
            limit=1,
        )
        self.company.account_sale_tax_id = tax
        case = self._case()
        move = self._book(case)
        self.assertEqual((move.state, move.amount_total), ("posted", 56.44))
        self.assertFalse(move.invoice_line_ids.tax_ids)
        self.assertEqual(move.amount_tax, 0)
        self.assertEqual(
            move.journal_id, self.company.debt_collection_charge_journal_id
        )
        self.assertEqual(move.journal_id.type, "sale")
        self.assertEqual(move.debt_collection_case_id, case)
        self.assertEqual(move.payment_reference, case.payment_reference)
        self.assertTrue(move.is_collection_charge and move.no_followup)
        self.assertRecordValues(
            case.charge_ids.sorted("amount"),
            [
                {"kind": "interest", "amount": 16.44, "state": "booked"},
                {"kind": "indemnity", "amount": 40.0, "state": "booked"},
            ],
        )
        self.assertIn("booked", case.event_ids.mapped("kind"))

    def test_booking_takes_only_what_is_not_booked_yet(self):
        case = self._case()
        self._book(case)
        self.assertFalse(self._book(case))
        more = self._book(case, date(2026, 3, 10))
        self.assertEqual(more.amount_total, 2.46)  # 18.90 - 16.44
        self.assertFalse(self._book(case, date(2026, 3, 10)))
        self.assertEqual(len(case.charge_ids.move_id.journal_id), 1)

    def test_only_verified_interest_is_booked(self):
        move = self._book(self._case(), TODAY)
        self.assertEqual(move.amount_total, 58.90)

    def test_statement_does_not_count_it_twice(self):
        case = self._case()
        before = self._statement(case, TODAY).due
        move = self._book(case)
        self.assertEqual(self._statement(case, TODAY).due, before)
        self.assertIn(move.name, case.statement_html)
        self.assertEqual(case.amount_due, float(before))

    def test_it_is_never_selected_nor_bears_interest(self):
        case = self._case()
        move = self._book(case)
        far = TODAY + timedelta(days=91)
        self._run(far)
        items = self._get_receivable(move)
        lines = self.env["debt.collection.action.line"].search([])
        self.assertTrue(lines)
        self.assertNotIn(items, lines.move_line_id)
        self.assertNotIn(items, case.claim_ids.move_line_id)
        rows = self.Run._read_items(case.account_id)
        self.assertNotIn(items.id, [row["id"] for row in rows])
        with self.assertRaisesRegex(UserError, "charge of a case"):
            move.action_collection_flag()

    def test_it_is_outside_the_usual_lateness(self):
        case = self._case()
        move = self._book(case)
        self._pay(move, None, date(2026, 3, 15))
        self.assertFalse(self.debtor._get_days_late(TODAY))

    def test_money_for_it_pays_charges_of_every_invoice(self):
        case = self._case((75, 1000), (75, 500))
        move = self._book(case)
        self.assertEqual(move.amount_total, 104.66)
        self._pay(move, None, PAID_ON)
        found = self._statement(case, PAID_ON)
        self.assertEqual(found.principal_left, Decimal("1500.00"))
        self.assertEqual(found.due, Decimal("1500.00"))
        self.assertEqual(found.paid, Decimal("104.66"))

    def test_a_step_books_when_its_letter_left(self):
        self.policy.step_ids[1].charges = "booked"
        move = self._make_invoice(17, 1000)
        self._run(TODAY - timedelta(days=10))
        first = self.env["debt.collection.action"].search([])
        self._mark_sent(first, TODAY - timedelta(days=10))
        case = move.debt_collection_case_id
        self.assertFalse(case.charge_ids)
        self._run(TODAY)
        second = self.env["debt.collection.action"].search([]) - first
        second.delivery_ids.with_user(self.collector)._set_sent(
            self.env.cr.now(), "<test@mail>"
        )
        self.assertEqual(second.state, "done")
        self.assertAlmostEqual(
            sum(case.charge_ids.mapped("amount")),
            float(self._statement(case, TODAY, verified_only=True).balance) - 1000,
        )

    def test_what_cannot_be_booked_leaves_the_letter_sent_and_says_why(self):
        self.policy.step_ids[0].charges = "booked"
        move = self._make_invoice(10, 1000)
        self._run()
        action = self.env["debt.collection.action"].search([])
        journal = self.company._get_charge_journal()
        journal.default_account_id = False
        journal.active = False
        self._mark_sent(action)
        self.assertEqual(action.state, "done")
        case = move.debt_collection_case_id
        self.assertFalse(case.charge_ids)
        self.assertIn("could not be booked", "".join(case.message_ids.mapped("body")))

    def test_locked_period_moves_the_booking_and_is_told(self):
        case = self._case()
        self.company.fiscalyear_lock_date = date(2026, 3, 5)
        move = self._book(case)
        self.assertEqual(move.invoice_date, PAID_ON)
        self.assertGreater(move.date, date(2026, 3, 5))
        self.assertIn("is locked", "".join(case.message_ids.mapped("body")))

    def test_locked_period_moves_the_credit_and_is_told(self):
        """Charges that are dropped later are credited after the lock, not before."""
        case = self._case()
        move = self._book(case)
        lock = date(2026, 3, 10)
        self.company.fiscalyear_lock_date = lock
        self.Charge._waive_charges(case, PAID_ON)
        refund = case.charge_ids.filtered(lambda c: c.state == "credited").move_id
        self.assertEqual((refund.invoice_date, refund.state), (PAID_ON, "posted"))
        self.assertGreater(refund.date, lock)
        self.assertEqual((move.date, move.amount_residual), (PAID_ON, 0))
        self.assertEqual(move.amount_residual, 0)
        self.assertIn("is locked", "".join(case.message_ids.mapped("body")))

    def test_what_a_step_does_with_charges(self):
        """Not claimed, shown, booked: in the letter, in the books, in the statement."""
        step = self.policy.step_ids[0]
        Letter = self.env["debt.collection.letter"]
        for choice, claimed, booked in (
            ("waived", 0, 0),
            ("memo", 41.64, 0),  # 6 days at 10 %, and 40.00
            ("booked", 41.64, 41.64),
        ):
            step.charges = choice
            debtor = self._make_debtor(f"{choice.capitalize()} SA")
            move = self._make_invoice(12, 1000, debtor)
            self._run(date(2026, 3, 10))
            case = move.debt_collection_case_id
            action = case.action_ids
            statement = Letter._read_matters(action)[action.id].statement
            self._mark_sent(action, date(2026, 3, 10))
            with self.subTest(choice):
                self.assertEqual(float(statement.due), 1000 + claimed)
                self.assertAlmostEqual(
                    sum(case.charge_ids.move_id.mapped("amount_total")), booked
                )
                # what was only left out of a letter stays claimable
                shown = self._statement(case, date(2026, 3, 10))
                self.assertEqual(float(shown.due), 1041.64)

    def test_currency_of_the_case(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": franc.id, "name": "2020-01-01", "rate": 2.0}
        )
        move = self._make_invoice(75, 1000, currency_id=franc.id)
        case = self._flag(move).with_user(self.env.user)
        booked = self._book(case)
        self.assertEqual(booked.currency_id, franc)
        self.assertEqual(booked.amount_total, 96.44)  # 80.00 and 16.44

    # === GIVING UP === #

    def test_a_person_waives_charges_and_they_are_credited(self):
        case = self._case()
        move = self._book(case)
        case.with_user(self.accountant).action_drop_charges()
        found = self._statement(case, TODAY)
        self.assertEqual((found.due, found.principal_left), (1000, 1000))
        self.assertEqual(found.paid, 0)
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(move.payment_state, "reversed")
        refund = case.charge_ids.filtered(lambda c: c.state == "credited").move_id
        self.assertEqual((refund.amount_total, refund.amount_tax), (56.44, 0))
        self.assertTrue(refund.is_collection_charge)
        self.assertFalse(self._book(case, TODAY))

    def test_interest_runs_on_after_a_waiver(self):
        case = self._case()
        self.Charge._waive_charges(case, PAID_ON)
        self.assertEqual(self._statement(case, PAID_ON).due, 1000)
        self.assertEqual(
            self._statement(case, date(2026, 3, 10)).due, Decimal("1002.46")
        )

    def test_principal_paid_waives_the_rest_and_closes(self):
        case = self._case()
        move = self._book(case)
        self._pay(case.claim_ids.move_id, None, PAID_ON)
        self._run()
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(self._statement(case, TODAY).due, 0)
        self.assertEqual(case.amount_due, 0)
        self.assertEqual(self._statement(case, TODAY).bridge.total.unexplained, 0)

    def test_undone_payment_lifts_the_waiver(self):
        case = self._case()
        move = case.claim_ids.move_id
        self._pay(move, None, PAID_ON)
        self._run()
        self.assertTrue(case.date_closed)
        self._get_receivable(move).remove_move_reconcile()
        self._run()
        self.assertFalse(case.date_closed)
        self.assertEqual(self._statement(case, PAID_ON).due, Decimal("1056.44"))
        self.assertEqual(self._book(case).amount_total, 56.44)

    def test_policy_pursues_what_is_left_above_a_sum(self):
        self.policy.write({"charges_rest": "pursue", "charges_minimum": 20})
        self.debtor.with_company(self.company).debt_collection_policy_id = self.policy
        case = self._case()
        move = self._book(case)
        self._pay(case.claim_ids.move_id, None, PAID_ON)
        self._run()
        self.assertFalse(case.date_closed)
        self.assertEqual(case.amount_residual, 0)
        self.assertGreater(case.amount_due, 20)
        self._pay(move, None, TODAY)
        self._run()
        self.assertEqual(case.outcome, "paid")

    def test_below_that_sum_it_closes(self):
        self.policy.write({"charges_rest": "pursue", "charges_minimum": 100})
        self.debtor.with_company(self.company).debt_collection_policy_id = self.policy
        case = self._case()
        self._pay(case.claim_ids.move_id, None, PAID_ON)
        self._run()
        self.assertEqual(case.outcome, "paid")

    def test_irrecoverable_keeps_its_charges(self):
        case = self._case()
        move = self._book(case)
        case._close("irrecoverable", TODAY)
        self.assertEqual(move.amount_residual, 56.44)
        self.assertFalse(case.charge_ids.filtered(lambda c: c.state == "waived"))

    def test_charges_follow_a_claim_to_another_case(self):
        case = self._case()
        move = self._book(case)
        other = self._flag(self._make_invoice(30, 100, self.other_debtor))
        other = other.with_user(self.env.user)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.debtor | self.other_debtor).ids, self.other_debtor
        )
        charges = self.Charge.search([("move_id", "=", move.id)])
        self.assertEqual(len(charges.case_id), 1)
        self.assertEqual(charges.case_id, charges.claim_id.case_id)
        self.assertFalse(charges.case_id.date_closed)
        self.assertEqual(charges.case_id.claim_count, 2)

    # === RIGHTS === #

    def test_who_may_book(self):
        case = self._case()
        case.with_user(self.accountant).action_book_charges()
        self.assertTrue(case.charge_ids)
        with self.assertRaises(AccessError):
            self._case((60, 10)).with_user(self.collector).action_book_charges()

    def test_nobody_deletes_a_charge(self):
        case = self._case()
        self._book(case)
        with self.assertRaises(UserError):
            case.charge_ids.unlink()

    # === ELECTRONIC INVOICING === #

    def test_it_is_no_electronic_invoice(self):
        case = self._case()
        move = self._book(case)
        Send = self.env["account.move.send"]
        self.debtor.invoice_sending_method = "email"
        self.assertFalse(Send._is_applicable_to_move("peppol", move))
        self.assertTrue(Send._is_applicable_to_move("manual", move))
        self.assertEqual(Send._get_default_sending_methods(move), {"email"})
        self.assertEqual(Send._get_default_extra_edis(move), set())
        if "is_ubl_format" in self.debtor._fields:  # account_edi_ubl_cii is installed
            self.debtor.invoice_edi_format = "ubl_bis3"
            invoice = case.claim_ids.move_id
            self.assertTrue(invoice._need_ubl_cii_xml("ubl_bis3"))
            self.assertFalse(move._need_ubl_cii_xml("ubl_bis3"))
