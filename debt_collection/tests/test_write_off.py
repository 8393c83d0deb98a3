from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .cost import CostCommon
from .loss import LossBooks


class WriteOffCommon(LossBooks, CostCommon):
    """A case of 1,210 at 21 %, accounts for its loss, two approvers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_books()

    def _taxed_case(self, *rows, partner=None, **values):
        move = self._make_taxed(*rows, partner=partner or self.other_debtor, **values)
        return self._flag(move).with_user(self.env.user)

    def _ask(self, case, **values):
        """A write-off the collector asks for."""
        return (
            self.env["debt.collection.write.off"]
            .with_user(self.collector)
            .create(
                {
                    "case_id": case.id,
                    "cause": "irrecoverable",
                    "reason": "Nothing to seize",
                    "evidence": "Report of the bailiff",
                    **values,
                }
            )
            .with_user(self.env.user)
        )

    def _post(self, off, user=None):
        off.with_user(user or self.accountant).action_post()
        return off


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOff(WriteOffCommon):
    """A loss, from the request to the last entry."""

    # === TO THE LAST ENTRY === #

    def test_a_loss_with_its_vat(self):
        case = self._taxed_case((1000, self.tax21))
        receivable = self._get_receivable(case.claim_ids.move_id).account_id
        before = self._read_balances()
        off = self._ask(case, is_vat_reclaimed=True)
        self.assertEqual((off.amount, off.amount_tax, off.amount_vat), (1210, 210, 210))
        self._assert_moved(before, {})
        self._post(off)
        self._assert_moved(before, {receivable: -1210, self.vat: 210, self.loss: 1000})
        self.assertEqual((off.state, off.approver_id), ("posted", self.accountant))
        self.assertEqual(case.claim_ids.amount_residual, 0)
        self.assertIn("written_off", self._kinds(case))

    def test_without_vat_the_whole_is_lost(self):
        case = self._taxed_case((1000, self.tax21))
        receivable = self._get_receivable(case.claim_ids.move_id).account_id
        before = self._read_balances()
        self._post(self._ask(case))
        self._assert_moved(before, {receivable: -1210, self.loss: 1210})

    def test_case_8_4_mixed_rates_in_part(self):
        """1,060 at 6 % and 1,210 at 21 %, 1,135 received: VAT 30 + 105."""
        case = self._taxed_case((1000, self.tax6), (1000, self.tax21))
        move = case.claim_ids.move_id
        self._pay(move, 1135)
        before = self._read_balances()
        off = self._post(self._ask(case, is_vat_reclaimed=True))
        self.assertEqual((off.amount, off.amount_vat), (1135, 135))
        taxes = off._get_tax_lines()
        self.assertEqual(sorted(taxes.mapped("balance")), [30, 105])
        receivable = self._get_receivable(move).account_id
        self._assert_moved(before, {receivable: -1135, self.vat: 135, self.loss: 1000})

    def test_a_part_only(self):
        case = self._taxed_case((1000, self.tax21))
        off = self._ask(case, is_vat_reclaimed=True)
        off.line_ids.amount = 121
        self.assertEqual((off.amount_tax, off.amount_vat), (21, 21))
        self._post(off)
        self.assertEqual(case.claim_ids.amount_residual, 1089)
        self.assertEqual((case.phase, case.amount_residual), ("amicable", 1089))

    def test_odd_cents_are_neither_made_nor_lost(self):
        case = self._taxed_case(
            (33.33, self.tax21), (0.07, self.tax6), (9.99, self.tax6)
        )
        claim = case.claim_ids
        for amount in (0.01, 7.77, 13.13):
            off = self._ask(case, is_vat_reclaimed=True)
            off.line_ids.amount = amount
            self._post(off)
            lines = off.move_ids.line_ids
            self.assertEqual(round(sum(lines.mapped("balance")), 2), 0)
        self.assertEqual(
            round(claim.amount - claim.amount_residual, 2),
            round(0.01 + 7.77 + 13.13, 2),
        )
        self._post(self._ask(case, is_vat_reclaimed=True))
        self.assertEqual(claim.amount_residual, 0)

    def test_a_credit_note_gives_it_up(self):
        self.company.debt_collection_write_off_method = "credit_note"
        case = self._taxed_case((1000, self.tax21), (500, self.tax6))
        off = self._ask(case)
        self.assertEqual(off.method, "credit_note")
        off.account_id = False
        move = case.claim_ids.move_id
        income = move.invoice_line_ids.account_id
        before = self._read_balances()
        self._post(off)
        refund = off.move_ids
        self.assertEqual((refund.move_type, refund.amount_total), ("out_refund", 1740))
        # the taxes of these tests stand on the income account
        self._assert_moved(
            before, {self._get_receivable(move).account_id: -1740, income: 1740}
        )
        self.assertEqual(refund.amount_tax, 240)
        self.assertEqual(case._get_statements(TODAY)[case.id].principal_left, 0)

    def test_an_entry_is_no_waiver(self):
        """The books are even; the debtor owes what he owed."""
        case = self._taxed_case((1000, self.tax21))
        due = case._get_statements(TODAY)[case.id].due
        self._post(self._ask(case))
        found = case._get_statements(TODAY)[case.id]
        self.assertEqual((found.due, found.principal_left), (due, 1210))
        self.assertFalse(found.credits)
        self.assertEqual(found.bridge.total.unexplained, 0)

    # === MONEY AFTER ALL === #

    def test_case_8_3_a_dividend_takes_its_share_back(self):
        case = self._taxed_case((10000, self.tax21))
        off = self._post(self._ask(case, is_vat_reclaimed=True))
        payment = self._receive(self.other_debtor, 605)
        receivable = payment.account_id
        before = self._read_balances()
        wizard = self.env["debt.collection.write.off.recover"].with_user(
            self.accountant
        )
        wizard = wizard.with_context(default_write_off_id=off.id).create({})
        self.assertEqual((wizard.payment_line_id, wizard.amount), (payment, 605))
        wizard.action_apply()
        self._assert_moved(before, {receivable: 605, self.vat: -105, self.loss: -500})
        self.assertEqual((off.amount_recovered, payment.reconciled), (605, True))
        found = case._get_statements(TODAY)[case.id]
        self.assertEqual(found.paid, 605)
        self.assertEqual(case.claim_ids.amount_residual, 0)
        with self.assertRaisesRegex(UserError, "Money came after"):
            off.with_user(self.accountant).action_reverse()

    def test_all_that_comes_back_leaves_nothing_lost(self):
        case = self._taxed_case((33.33, self.tax21), (66.67, self.tax6))
        before = self._read_balances()
        off = self._post(self._ask(case, is_vat_reclaimed=True))
        for amount in (0.01, 33.33, 50.0):
            payment = self._receive(self.other_debtor, amount)
            off._recover(payment, amount, TODAY)
        rest = round(off.amount - off.amount_recovered, 2)
        payment = self._receive(self.other_debtor, rest + 5)
        with self.assertRaisesRegex(UserError, "did not come back yet"):
            off._recover(payment, rest + 5, TODAY)
        off._recover(payment, rest, TODAY)
        after = self._read_balances()
        for account in (self.vat, self.loss):
            self.assertEqual(round(after[account] - before[account], 2), 0)
        self.assertEqual(payment.amount_residual, -5)

    # === EARLIER STAGES === #

    def test_stages_end_with_the_loss(self):
        case = self._taxed_case((1000, self.tax21))
        receivable = self._get_receivable(case.claim_ids.move_id).account_id
        before = self._read_balances()
        doubtful = self._post(self._ask(case, kind="doubtful"))
        self._assert_moved(before, {receivable: -1210, self.doubtful: 1210})
        self.assertEqual(case.claim_ids.amount_residual, 1210)
        down = self._ask(case, kind="write_down")
        self.assertEqual(down.amount, 1000)
        self._post(down)
        self._assert_moved(
            before,
            {
                receivable: -1210,
                self.doubtful: 1210,
                self.expense: 1000,
                self.contra: -1000,
            },
        )
        # the run goes on as before: nothing is open towards the debtor
        self._run(TODAY)
        self.assertFalse(case.account_id.amount_credit)
        self.assertTrue(case.action_ids)
        self._post(self._ask(case, is_vat_reclaimed=True))
        self.assertEqual((doubtful.state, down.state), ("reversed", "reversed"))
        self._assert_moved(before, {receivable: -1210, self.vat: 210, self.loss: 1000})

    def test_stages_end_when_the_debtor_pays(self):
        case = self._taxed_case((1000, self.tax21))
        before = self._read_balances()
        stage = self._post(self._ask(case, kind="write_down"))
        self._pay(case.claim_ids.move_id)
        self._run(TODAY)
        self.assertEqual((case.outcome, stage.state), ("paid", "reversed"))
        after = self._read_balances()
        self.assertEqual(after[self.expense], before[self.expense])

    def test_the_list_of_doubtful_claims(self):
        case = self._taxed_case((1000, self.tax21))
        off = self._post(self._ask(case, kind="write_down"))
        action = self.env.ref("debt_collection.debt_collection_write_off_line_action")
        Line = self.env["debt.collection.write.off.line"].with_user(self.accountant)
        row = Line.search([("kind", "=", "write_down"), ("state", "=", "posted")])
        self.assertEqual(row, off.line_ids)
        self.assertEqual(row.address, "5 Long Street, 2000 Farville, Luxembourg")
        self.assertEqual((row.amount, row.reason), (1000, "Nothing to seize"))
        self.assertEqual(action.res_model, Line._name)
        export = self.env.ref("debt_collection.export_doubtful_claims")
        names = export.export_fields.mapped("name")
        data = row.with_user(self.env.user).export_data(names)["datas"]
        self.assertIn("Nothing to seize", data[0])

    # === REVERSAL === #

    def test_a_reversal_opens_the_invoice_again(self):
        case = self._taxed_case((1000, self.tax21))
        before = self._read_balances()
        off = self._post(self._ask(case, is_vat_reclaimed=True))
        case._close("irrecoverable", TODAY)
        with self.assertRaisesRegex(UserError, "reverse WO/"):
            case.action_reopen()
        off.with_user(self.accountant).action_reverse()
        self._assert_moved(before, {})
        self.assertEqual(
            (off.state, case.claim_ids.amount_residual), ("reversed", 1210)
        )
        case.action_reopen()
        self.assertEqual(case.amount_residual, 1210)
        self.assertEqual(self._kinds(case)[-2:], ["write_off_reversed", "reopened"])
        self.assertFalse(self.env["debt.collection.event"]._verify(case))

    # === WHO === #

    def test_only_another_approver_says_yes(self):
        case = self._taxed_case((1000, self.tax21))
        off = self._ask(case)
        with self.assertRaisesRegex(UserError, "Only an approver"):
            off.with_user(self.collector).action_post()
        own = self._ask(case).with_user(self.accountant)
        own = own.create(
            {"case_id": case.id, "reason": "mine", "requester_id": self.director.id}
        )
        self.assertEqual(own.requester_id, self.accountant)
        with self.assertRaisesRegex(UserError, "You asked for it yourself"):
            own.action_post()
        # an approver needs no right on invoices
        self.assertFalse(self.director.has_group("account.group_account_invoice"))
        self._post(off, self.director)
        self.assertEqual(off.state, "posted")

    def test_nobody_decides_by_editing(self):
        off = self._ask(self._taxed_case((1000, self.tax21)))
        with self.assertRaisesRegex(UserError, "by its buttons"):
            off.with_user(self.collector).state = "posted"
        with self.assertRaises(AccessError):
            off.with_user(self.bookkeeper).reason = "x"
        self._post(off)
        for vals in ({"cause": "lost"}, {"line_ids": [Command.clear()]}):
            with self.assertRaisesRegex(UserError, "in the books"):
                off.with_user(self.accountant).write(vals)
        with self.assertRaisesRegex(UserError, "never deleted"):
            off.unlink()

    def test_lines_are_as_guarded_as_their_write_off(self):
        off = self._post(self._ask(self._taxed_case((1000, self.tax21))))
        with self.assertRaisesRegex(UserError, "in the books"):
            off.line_ids.with_user(self.accountant).amount = 1
        with self.assertRaisesRegex(UserError, "in the books"):
            off.line_ids.with_user(self.accountant).unlink()

    def test_an_approver_is_asked(self):
        off = self._ask(self._taxed_case((1000, self.tax21)))
        self.assertIn(off.activity_ids.user_id, self.accountant | self.director)
        self._post(off)
        self.assertFalse(off.activity_ids)

    # === BAD INPUT === #

    def test_refusals_name_the_way_out(self):
        case = self._taxed_case((1000, self.tax21))
        off = self._ask(case)
        off.line_ids.amount = 1300
        with self.assertRaisesRegex(UserError, "only .*1,210.00.* is open"):
            self._post(off)
        off.line_ids.amount = 0
        with self.assertRaisesRegex(UserError, "Nothing is to be written off"):
            self._post(off)
        off.line_ids.amount = 1210
        off.account_id = False
        with self.assertRaisesRegex(UserError, "Account of the loss"):
            self._post(off)
        off.account_id = self.loss
        off.write({"is_vat_reclaimed": True, "evidence": " "})
        with self.assertRaisesRegex(UserError, "by what the loss is proven"):
            self._post(off)
        off.write({"evidence": "report", "vat_account_id": self.loss.id})
        with self.assertRaisesRegex(UserError, "accounts of their own"):
            self._post(off)

    def test_paid_meanwhile(self):
        case = self._taxed_case((1000, self.tax21))
        off = self._ask(case)
        self._pay(case.claim_ids.move_id, 1000)
        with self.assertRaisesRegex(UserError, "only .*210.00.* is open"):
            self._post(off)

    def test_posting_twice_books_once(self):
        off = self._post(self._ask(self._taxed_case((1000, self.tax21))))
        self._post(off)
        self.assertEqual(len(off.move_ids), 1)

    # === LOCKS, CURRENCIES, ANALYTIC, COMPANIES === #

    def test_a_locked_period_moves_the_booking(self):
        case = self._taxed_case((1000, self.tax21))
        self.company.fiscalyear_lock_date = date(2026, 2, 28)
        off = self._ask(case, date=date(2026, 2, 10))
        self._post(off)
        self.assertGreater(off.move_ids.date, date(2026, 2, 28))
        self.assertIn("the period before is locked", off.message_ids[0].body)

    def test_a_foreign_currency_leaves_no_difference(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        for day, rate in (("2020-01-01", 1.1), ("2026-03-01", 0.9)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": franc.id,
                    "name": day,
                    "rate": rate,
                    "company_id": self.company.id,
                }
            )
        case = self._taxed_case((1000, self.tax21), currency_id=franc.id)
        item = case.claim_ids.move_line_id
        worth = item.balance
        self.assertEqual((item.amount_currency, worth), (1210, 1100))
        before = self._read_balances()
        off = self._ask(case, is_vat_reclaimed=True)
        off.line_ids.amount = 121
        self.assertEqual((off.amount, off.amount_vat), (121, 19.09))
        self._post(off)
        rest = self._post(self._ask(case, is_vat_reclaimed=True))
        self.assertEqual(rest.amount, 1089)
        self._assert_moved(
            before, {item.account_id: -1100, self.vat: 190.91, self.loss: 909.09}
        )
        self.assertTrue(item.reconciled)

    def test_the_loss_follows_the_analytic_accounts(self):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        bridge, tower = (
            self.env["account.analytic.account"].create(
                {"name": name, "plan_id": plan.id, "company_id": self.company.id}
            )
            for name in ("Bridge", "Tower")
        )
        case = self._taxed_case((1000, self.tax21), (3000, self.tax6))
        lines = case.claim_ids.move_id.invoice_line_ids
        for line, account in zip(lines, (bridge, tower), strict=True):
            line.analytic_distribution = {str(account.id): 100}
        off = self._post(self._ask(case, is_vat_reclaimed=True))
        found = {
            next(iter(line.analytic_distribution)): line.balance
            for line in off._get_loss_lines()
        }
        self.assertEqual(found, {str(bridge.id): 1000, str(tower.id): 3000})

    def test_companies_stand_apart(self):
        off = self._ask(self._taxed_case((1000, self.tax21)))
        sister = self._make_company("Sister SA")
        stranger = self._make_user("stranger", "collector")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        mine = self.env(user=stranger, context={"allowed_company_ids": sister.ids})
        self.assertNotIn(off, mine["debt.collection.write.off"].search([]))
        self.assertNotIn(
            off.line_ids, mine["debt.collection.write.off.line"].search([])
        )
        with self.assertRaises(AccessError):
            off.with_env(mine).read(["amount"])
        foreign = self.env["account.account"].search(
            [("company_ids", "in", sister.ids), ("account_type", "=", "expense")],
            limit=1,
        )
        with self.assertRaises(UserError):
            off.account_id = foreign

    # === HOW THE CASE CLOSES === #

    def test_a_write_off_of_an_open_case_closes_it(self):
        case = self._taxed_case((1000, self.tax21))
        self._post(self._ask(case, cause="uneconomic"))
        self._run(TODAY)
        self.assertEqual(case.outcome, "uneconomic")
        case = self._taxed_case((1000, self.tax21), partner=self.debtor)
        case = self.env["debt.collection.case"].browse(case.ids)
        self._pay(case.claim_ids.move_id, None)
        self.assertNotEqual(case._get_ledger_outcome(), "uneconomic")

    def test_partly_paid_and_written_off_is_waived(self):
        case = self._taxed_case((1000, self.tax21))
        self._pay(case.claim_ids.move_id, 1000)
        self._post(self._ask(case))
        self._run(TODAY)
        self.assertEqual(case.outcome, "waived")

    def test_ending_a_case_asks_for_its_write_off(self):
        case = self._taxed_case((1000, self.tax21))
        wizard = self.env["debt.collection.case.end"].with_user(self.accountant)
        wizard = wizard.with_context(default_case_id=case.id).create(
            {"outcome": "uneconomic", "reason": "too small"}
        )
        wizard.action_apply()
        off = case.write_off_ids
        self.assertEqual(
            (off.state, off.cause, off.amount, off.reason),
            ("draft", "uneconomic", 1210, "too small"),
        )
        self._post(off, self.director)
        self.assertFalse(case.can_write_off)

    # === PAPERS === #

    def test_the_vat_document_to_the_customer(self):
        case = self._taxed_case((1000, self.tax6), (1000, self.tax21))
        off = self._ask(case, is_vat_reclaimed=True)
        with self.assertRaisesRegex(UserError, "asks no VAT back"):
            off.action_tell_customer()
        self._post(off)
        action = off.with_user(self.collector).action_tell_customer()
        letter = self.env["debt.collection.action"].browse(action["res_id"])
        page = str(self.env["debt.collection.document"]._render_action(letter))
        for word in (
            "Correction of VAT",
            "60.00",
            "210.00",
            "270.00",
            "no credit note",
        ):
            self.assertIn(word, page)

    def test_a_release_only_where_nothing_is_asked(self):
        case = self._taxed_case((1000, self.tax21))
        with self.assertRaisesRegex(UserError, "is not settled"):
            case._make_letter("release", TODAY)
        self._pay(case.claim_ids.move_id)
        self._run(TODAY)
        letter = case._make_letter("release", TODAY)
        page = str(self.env["debt.collection.document"]._render_action(letter))
        self.assertIn("full release", page)
