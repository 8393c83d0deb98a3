import base64
import json
from datetime import date, datetime, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .cost import CostCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCost(CostCommon):
    """From the request to the ledger: what a cost does to its case."""

    # === REQUEST, DECISION, ORDER === #

    def test_from_the_request_to_the_order(self):
        cost = self._request(200)
        self.assertEqual(
            (cost.state, cost.requester_id, cost.asked_id, cost.amount_estimate),
            ("requested", self.collector, self.accountant, 200.0),
        )
        self.assertFalse(cost.order_number)
        self._approve(cost)
        self.assertEqual((cost.state, cost.approver_id), ("approved", self.accountant))
        self.assertEqual((cost.amount_approved, cost.amount_limit), (200.0, 220.0))
        self.assertEqual(cost.date_expiry, TODAY + timedelta(days=30))
        self.assertFalse(cost.order_number)
        cost.with_user(self.collector).action_engage()
        self.assertEqual((cost.state, cost.amount_engaged), ("engaged", 200.0))
        self.assertTrue(cost.order_number)
        kinds = [kind for kind in self._kinds() if kind.startswith("cost")]
        self.assertEqual(kinds, ["cost_requested", "cost_approved", "cost_engaged"])
        event = self.case.event_ids.filtered(lambda e: e.kind == "cost_approved")
        self.assertEqual(event.author, self.accountant.login)
        self.assertFalse(self.env["debt.collection.event"]._verify(self.case))

    def test_the_approver_has_an_activity_and_the_link_in_a_mail(self):
        cost = self._request()
        self.assertEqual(cost.activity_ids.user_id, self.accountant)
        mail = self.env["mail.mail"].search([("model", "=", cost._name)], limit=1)
        self.assertIn(self.accountant.email, mail.email_to)
        self.assertIn(f"/odoo/collection-costs/{cost.id}", mail.body_html)
        self._approve(cost)
        self.assertFalse(cost.activity_ids)

    def test_a_refusal_goes_back_with_an_instruction(self):
        cost = self._request()
        wizard = self.env["debt.collection.cost.decide"].with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "few words"):
            wizard.create(
                {"verb": "refuse", "cost_ids": [Command.set(cost.ids)], "words": " "}
            ).action_done()
        wizard.create(
            {
                "verb": "refuse",
                "cost_ids": [Command.set(cost.ids)],
                "words": "Call him first",
            }
        ).action_done()
        self.assertEqual((cost.state, cost.answer), ("refused", "Call him first"))
        note = self.env["mail.message"].search(
            [("model", "=", cost._name), ("body", "ilike", "Call him first")], limit=1
        )
        self.assertIn(self.collector.partner_id, note.notified_partner_ids)
        with self.assertRaisesRegex(UserError, "any more: it is refused"):
            self._approve(cost)
        cost.with_user(self.collector).action_draft()
        cost.with_user(self.collector).action_request()
        self.assertEqual((cost.state, cost.answer), ("requested", False))

    def test_a_question_leaves_the_request_open(self):
        cost = self._request()
        cost.with_user(self.accountant)._ask("Is he still in business?")
        self.assertEqual(cost.state, "requested")
        self.assertIn(self.collector, cost.activity_ids.user_id)
        cost.with_user(self.collector)._answer("Yes, he opens at eight.")
        self.assertFalse(cost.question)
        self.assertEqual(cost.activity_ids.user_id, self.accountant)
        with self.assertRaisesRegex(UserError, "No question is open"):
            cost.with_user(self.collector)._answer("Again")
        self._approve(cost)
        self.assertIn("cost_answer", self._kinds())

    def test_bulk_approval_names_what_it_left(self):
        good, big = self._request(100), self._request(700)
        answer = (good + big).with_user(self.accountant).action_approve()
        self.assertEqual((good.state, big.state), ("approved", "requested"))
        # the first of two
        self.assertEqual(big.first_approver_id, self.accountant)
        answer = (good + big).with_user(self.director).action_approve()
        self.assertEqual(big.state, "approved")
        self.assertIn(good.name, answer["params"]["message"])
        self.assertIn("approved already", answer["params"]["message"])

    def test_without_amount_nobody_is_asked(self):
        with self.assertRaisesRegex(UserError, "estimate first"):
            self._request(0)

    def test_a_closed_case_asks_nothing_and_drops_what_waits(self):
        waiting, approved = self._request(), self._approve(self._request())
        engaged = self._engaged()
        with self.assertRaisesRegex(UserError, "Withdrawing .* costs 200.00"):
            self.case.action_withdraw()
        self.case._close("withdrawn", TODAY)
        self.assertEqual(
            (waiting.state, approved.state, engaged.state),
            ("cancelled", "cancelled", "engaged"),
        )
        with self.assertRaisesRegex(UserError, "is closed"):
            self._request()

    def test_stopping_shows_what_is_engaged(self):
        moment = datetime(2026, 3, 16, 12)
        self.assertFalse(self.case._get_stop_total("withdrawn", moment))
        self._request()
        self._engaged(200)
        self._engaged(50, bearer="partner")
        total = self.case._get_stop_total("withdrawn", moment)
        self.assertEqual(total, Decimal("200.00"))

    def test_stopped_in_time_costs_nothing(self):
        cost = self._engaged()
        cost.with_user(self.collector).action_cancel()
        self.assertEqual((cost.state, cost.amount_engaged), ("cancelled", 0.0))
        done = self._performed()
        with self.assertRaisesRegex(UserError, "it is spent"):
            done.with_user(self.collector).action_cancel()

    # === THE STATEMENT === #

    def test_the_debtor_never_sees_what_is_not_spent(self):
        before = self._statement(self.case, TODAY).due
        self._request()
        self._approve(self._request())
        self._engaged()
        found = self._statement(self.case, TODAY)
        self.assertEqual((found.due, found.costs), (before, ()))
        data = self.case._get_statement_data(TODAY, verified_only=True)
        self.assertEqual((data["costs"], data["cost_stages"]), ([], []))
        Page = self.env["debt.collection.statement.page"]
        Report = self.env["report.debt_collection.statement_list"]
        data = {"day": str(TODAY), "case_ids": self.case.ids}
        for shown in (
            Page._render(self.case, TODAY, verified_only=True),
            *Report._get_report_values(None, data)["pages"],
            self._read_dossier(),
        ):
            self.assertNotIn("Act of a bailiff", str(shown))
            self.assertNotIn("Costs approved", str(shown))

    def _read_dossier(self):
        """The statement as it goes into the file of a partner."""
        papers = self.env["debt.collection.dossier"]._get_statement_papers(
            self.case, TODAY
        )
        return next(papers).content.decode()

    def test_the_creditor_sees_each_stage_of_a_cost(self):
        """Approved, engaged, billed, recovered: on the page and in the JSON."""
        self._request(77)
        self._approve(self._request(150))
        self._engaged(120)
        self._bill((self._performed(200), 190, "Act"))._post()
        expected = [
            ("approved", "150.00"),
            *(("approved", "120.00"), ("engaged", "120.00")),
            *(("billed", "0.00"), ("recovered", "0.00")),
            *(("approved", "200.00"), ("engaged", "200.00")),
            *(("billed", "190.00"), ("recovered", "0.00")),
        ]
        with Form(
            self.env["debt.collection.statement.show"].with_context(
                default_case_id=self.case.id
            )
        ) as form:
            form.day = TODAY
        data = json.loads(base64.b64decode(form.record.json_file))
        self.assertEqual(
            [(row["stage"], row["amount"]) for row in data["cost_stages"]], expected
        )
        for html in (form.record.content, self.case.statement_html):
            text = str(html)
            for words in ("Costs approved", "Costs engaged", "Costs billed", "150.00"):
                self.assertIn(words, text)
            self.assertNotIn("77.00", text)
        # nothing of it is asked from the debtor but what was performed
        self.assertEqual([row["amount"] for row in data["costs"]], ["190.00"])

    def test_what_was_performed_is_claimed_as_billed(self):
        before = self._statement(self.case, TODAY).due
        cost = self._performed(200)
        self.assertEqual(self._statement(self.case, TODAY).due, before + 200)
        self.assertEqual(cost.amount_claimed, 200.0)
        self.assertEqual(self.case.amount_due, float(before + 200))
        early = self._statement(self.case, date(2026, 2, 28))
        self.assertFalse(early.costs)
        self._bill((cost, 190, "Act"))._post()
        self.assertEqual(self._statement(self.case, TODAY).due, before + 190)
        stages = self.case._get_statement_data(TODAY)["cost_stages"]
        self.assertEqual(
            [(row["stage"], row["amount"]) for row in stages],
            [("engaged", "200.00"), ("billed", "190.00"), ("recovered", "0.00")],
        )

    def test_what_may_not_be_recovered_is_never_claimed(self):
        before = self._statement(self.case, TODAY).due
        cost = self._performed(200, recoverable=False)
        self._performed(100, recover_from="partner")
        self.assertEqual(self._statement(self.case, TODAY).due, before)
        self.assertEqual((cost.amount_claimed, cost.amount_lost), (0.0, 200.0))

    def test_the_regime_decides_whose_cost_it_is(self):
        regime = type(self.env["debt.collection.regime.standard"])
        self.patch(
            regime, "_claims_cost", lambda self, judicial, title: judicial and title
        )
        before = self._statement(self.case, TODAY).due
        self._performed(200)
        self.assertEqual(self._statement(self.case, TODAY).due, before)
        self.patch(type(self.Cost), "_is_under_title", lambda self: True)
        self._performed(100, type_id=self.lawyer.id, recoverable=True)
        self.assertEqual(self._statement(self.case, TODAY).due, before + 200)

    def test_payments_recover_costs_in_the_order_of_the_regime(self):
        cost = self._performed(200)
        day = date(2026, 3, 10)
        self._pay(self.invoice, 150, day)
        # money matched to an invoice pays what that invoice asks first
        self.assertEqual((cost.amount_recovered, cost.amount_lost), (0.0, 0.0))
        document = self.env["debt.collection.charge"]._book(self.case, day)
        self.assertEqual(document.amount_total, 258.9)
        self._pay(document, 100, day)
        self.assertEqual(cost.amount_recovered, 100.0)
        self._pay(document, None, day)
        self.assertEqual(cost.amount_recovered, 200.0)

    def test_a_cost_in_another_currency_than_the_case(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "name": date(2026, 1, 1),
                "rate": 1.25,
                "company_id": self.company.id,
            }
        )
        invoice = self._make_invoice(75, 1000, self.other_debtor, currency_id=dollar.id)
        case = self._flag(invoice).with_user(self.env.user)
        self._check_solvency(self.other_debtor)
        before = self._statement(case, TODAY).due
        cost = self._performed(200, case=case)
        self.assertEqual(cost.currency_id, self.company.currency_id)
        self.assertEqual(self._statement(case, TODAY).due, before + 250)
        document = self.env["debt.collection.charge"]._book(case, date(2026, 3, 10))
        self._pay(document, None, date(2026, 3, 10))
        self.assertEqual(cost.amount_recovered, 200.0)

    # === THE END === #

    def test_s07_paid_directly_after_service(self):
        """Only the engaged costs remain due; the closing statement says so."""
        cost = self._performed(200)
        self._bill((cost, 200, cost.order_number))._post()
        self._pay(self.invoice, None, date(2026, 3, 10))
        self._watch()
        self.assertEqual(self.case.phase, "amicable")
        found = self._statement(self.case, TODAY)
        self.assertEqual(found.due, Decimal("200.00"))
        self.assertIn("waived", self._kinds())
        self._watch()  # again without harm
        self.assertEqual(self._statement(self.case, TODAY).due, Decimal("200.00"))
        document = self.env["debt.collection.charge"]._book(self.case, TODAY)
        self.assertEqual(document.amount_total, 200.0)
        self._pay(document, None, TODAY)
        self._watch()
        self.assertEqual((self.case.phase, self.case.outcome), ("closed", "paid"))
        self.assertEqual((cost.amount_recovered, cost.amount_lost), (200.0, 0.0))
        self.assertFalse(self._statement(self.case, TODAY).due)

    def _watch(self):
        """The first stage of the run, as of today, without its commits."""
        accounts = self.case.account_id
        self.Run.with_company(self.company)._waive_beside_costs(accounts, TODAY)
        self.Run.with_company(self.company)._close_settled(accounts, TODAY)

    def test_a_cost_without_its_bill_keeps_the_case_open(self):
        cost = self._engaged(200, recoverable=False)
        self._pay(self.invoice, None, date(2026, 3, 10))
        self._watch()
        self.assertNotEqual(self.case.phase, "closed")
        self._bill((cost, 200, cost.order_number))._post()
        self._watch()
        self.assertEqual(self.case.phase, "closed")
        self.assertEqual(cost.amount_lost, 200.0)

    def test_given_up_is_lost_and_no_longer_claimed(self):
        cost = self._performed(200)
        before = self._statement(self.case, TODAY).due
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
            cost.with_user(self.collector)._give_up("Too small")
        cost.with_user(self.accountant)._give_up("Too small")
        self.assertEqual(self._statement(self.case, TODAY).due, before - 200)
        self.assertEqual(cost.amount_lost, 200.0)

    def test_costs_follow_the_claims_of_a_merged_debtor(self):
        other = self._flag(self._make_invoice(75, 500, self.other_debtor))
        self._check_solvency(self.other_debtor)
        cost = self._engaged(100, case=other.with_user(self.env.user))
        other.with_user(self.env.user)._move_to_account(self.case.account_id)
        self.assertEqual(cost.case_id, self.case)
        self.assertEqual(cost.state, "engaged")

    # === THE LEDGER === #

    def test_the_ledger_reconciles_with_the_books(self):
        one, two = self._performed(200), self._performed(100)
        bill = self._bill((one, 180, "One"), (two, 110, "Two"))
        bill._post()
        self.assertEqual((one.state, two.state), ("billed", "billed"))
        refund = self._bill((two, 10, "Two, too much"), move_type="in_refund")
        refund._post()
        payable = (bill + refund).line_ids.filtered(
            lambda line: line.account_type == "liability_payable"
        )
        payable.reconcile()
        rows = self.Cost._read_group(
            [("case_id", "=", self.case.id)],
            [],
            ["amount_billed:sum", "amount_paid:sum", "amount_engaged:sum"],
        )
        lines = (one + two).line_ids
        self.assertEqual(rows[0][0], sum(lines.mapped("balance")))
        self.assertEqual(rows[0][0], 280.0)
        self.assertEqual(rows[0][2], 300.0)
        # 10 of 290 is settled by the credit note, which itself is settled in full
        paid = sum(line.balance * line.move_id._get_paid_share() for line in lines)
        self.assertAlmostEqual(rows[0][1], paid, 2)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"payment_date": TODAY})._create_payments()
        self.env.flush_all()
        self.assertEqual(sum((one + two).mapped("amount_paid")), 280.0)
        self.assertEqual((one.state, two.state), ("settled", "settled"))

    # === THE PAGE === #

    def test_chance_needs_a_basis(self):
        cost = self._request()
        self.assertIn("No basis", cost.page)
        Page = self.env["debt.collection.cost.page"]
        self.assertEqual(Page._get_chance(self.case, TODAY), (0, 0))
        self._close_many(24, "paid")
        self._close_many(6, "irrecoverable")
        self._close_many(9, "withdrawn")
        self.assertEqual(Page._get_chance(self.case, TODAY), (24, 30))
        cost.invalidate_recordset(["page"])
        self.assertIn("80 %", cost.page)

    def _close_many(self, number, outcome):
        Case = self.env["debt.collection.case"]
        for _index in range(number):
            self.env["debt.collection.case"].create(
                {
                    "name": Case._next_references(1)[0],
                    "account_id": self.case.account_id.id,
                    "company_id": self.company.id,
                    "partner_id": self.debtor.id,
                    "currency_id": self.company.currency_id.id,
                    "regime": self.case.regime,
                    "date_opened": date(2025, 6, 1),
                    "date_closed": date(2025, 9, 1),
                    "outcome": outcome,
                    "phase": "closed",
                }
            )
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE debt_collection_case SET amount_claimed = 900
                WHERE date_closed = '2025-09-01'"""
        )

    def test_the_page_says_what_the_accountant_asks(self):
        cost = self._request(200)
        page = cost.with_user(self.accountant).page
        for text in (
            "200.00",
            "Solvent",
            "Register",  # where the finding comes from
            "Nothing yet",  # neither spent nor recovered on this case
            "No basis",  # fewer than thirty comparable cases
            "If you refuse",
            self.act.next_step,
        ):
            self.assertIn(text, page)
        stake = self._statement(self.case, TODAY).due
        self.assertIn(f"{stake:,.2f}", page)

    # === COMPANIES AND ROLES === #

    def test_other_companies_see_nothing(self):
        other = self._make_company("Other SA")
        stranger = self._make_colleague("stranger", "approver")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        cost = self._request()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            cost.with_user(stranger).with_company(other).action_approve()
        Own = self.Cost.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(Own.search([("id", "=", cost.id)]))
