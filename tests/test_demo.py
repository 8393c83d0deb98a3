"""The demo's world, as it lands in a database."""

from datetime import datetime, time, timedelta

import pytest

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.debt_collection.demo import world

pytestmark = pytest.mark.long


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.to_date("2026-11-23")
        demo = cls.env["debt.collection.demo"]
        demo._load(cls.today)
        cls.company = cls.env.ref("debt_collection.demo_company")
        cls.demo = demo._as_creditor(cls.company)
        cls.moves = cls.demo.env["account.move"].search(
            [("company_id", "=", cls.company.id), ("move_type", "=", "out_invoice")]
        )

    def test_the_creditor_is_set_up_in_euros(self):
        self.assertEqual(self.company.currency_id.name, "EUR")
        self.assertEqual(self.company.account_fiscal_country_id.code, "BE")
        self.assertEqual(self.company.account_sale_tax_id.amount, 21)
        self.assertEqual(self.company._get_collection_bank().acc_type, "iban")

    def test_everybody_logs_in_with_his_name(self):
        for login in ("collector", "accountant", "debtor"):
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertEqual(user.company_id, self.company)
            credential = {"type": "password", "login": login, "password": login}
            found = user.with_user(user)._check_credentials(
                credential, {"interactive": False}
            )
            self.assertEqual(found["uid"], user.id)

    def test_roles_are_apart(self):
        collector = self.env.ref("debt_collection.demo_user_collector")
        accountant = self.env.ref("debt_collection.demo_user_accountant")
        approver = "debt_collection.debt_collection_group_approver"
        self.assertFalse(collector.has_group(approver))
        self.assertTrue(accountant.has_group(approver))
        debtor = self.env.ref("debt_collection.demo_user_debtor")
        self.assertTrue(debtor.has_group("base.group_portal"))
        orbital = self.env.ref("debt_collection.demo_debtor_orbital")
        self.assertEqual(debtor.partner_id.commercial_partner_id, orbital)

    def test_a_team_takes_the_large_debtors(self):
        """What a debtor owes in all tells his team; nobody is in none."""
        Portfolio = self.demo.env["debt.collection.portfolio"]
        Portfolio._refresh(self.company, self.today)
        rows = Portfolio.search([("company_id", "=", self.company.id)])
        key = self.env.ref("debt_collection.demo_team_key")
        large = rows.filtered(lambda row: row.team_id == key)
        self.assertEqual(
            large, rows.filtered(lambda row: row.amount_open >= world.KEY_ACCOUNT)
        )
        self.assertTrue(0 < len(large) < len(rows))
        others = self.env.ref("debt_collection.demo_team_others")
        self.assertEqual((rows - large).team_id, others)

    def test_what_is_open_is_what_the_world_says(self):
        sales = world.sales(self.today)
        self.assertEqual(len(self.moves), len(sales))
        settled = sum(sum(s for _d, s in sale.payments) == 1 for sale in sales)
        paid = self.moves.filtered(lambda move: move.payment_state == "paid")
        self.assertEqual(len(paid), settled)
        states = set(self.moves.mapped("payment_state"))
        self.assertEqual(states, {"paid", "partial", "not_paid"})
        late = self.moves.filtered(
            lambda m: m.amount_residual and m.invoice_date_due < self.today
        )
        self.assertGreaterEqual(len(late), 30)
        self.assertGreaterEqual(len(late.partner_id), 15)

    def test_loading_again_changes_nothing(self):
        before = self.env["account.move"].search_count([])
        self.env["debt.collection.demo"]._load(self.today)
        self.assertEqual(self.env["account.move"].search_count([]), before)

    def test_preview_of_tomorrow_is_what_the_run_then_does(self):
        run = self.demo.env["debt.collection.run"]
        run._ensure_accounts(self.company)
        for days in (56, 28, 0):
            self._run_and_send(self.today - timedelta(days=days))
        tomorrow = self.today + timedelta(days=1)
        said = {
            (key[0], letter.step.id, letter.item_ids)
            for subjects in run._preview(self.company, tomorrow).values()
            for key, decision in subjects
            for letter in decision.letters
        }
        made = {
            (a.account_id.id, a.step_id.id, tuple(sorted(a.line_ids.move_line_id.ids)))
            for a in self._run_and_send(tomorrow)
        }
        self.assertTrue(said)
        self.assertEqual(said, made)

    def _run_and_send(self, day):
        """What the run of a day makes; it is sent at once, without its letters."""
        Action = self.demo.env["debt.collection.action"]
        before = Action.search([])
        run = self.demo.env["debt.collection.run"]
        accounts = self.demo.env["debt.collection.account"]
        run._process(accounts.browse(run._select(self.company, day)), day)
        made = Action.search([]) - before
        made._release()
        made.delivery_ids._set_sent(datetime.combine(day, time(9)))
        return made

    def test_a_past_run_leaves_letters_that_left_that_day(self):
        self.demo._load_past_run(self.company, self.today)
        actions = self.demo.env["debt.collection.action"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertGreaterEqual(len(actions), 10)
        self.assertEqual(set(actions.mapped("state")), {"done"})
        self.assertEqual(set(actions.mapped("date_done")), {self.today})
        cases = actions.case_id
        self.assertEqual(set(cases.mapped("date_opened")), {self.today})
        self.assertEqual(self.env["debt.collection.event"]._verify(cases), [])
