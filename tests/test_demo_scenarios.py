"""The twelve reference scenarios as the demo shows them."""

import pytest
from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

pytestmark = pytest.mark.long


@tagged("post_install", "-at_install")
class TestDemoScenarios(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.to_date("2026-11-23")
        freezer = freeze_time("2026-11-23 10:00")
        freezer.start()
        cls.addClassCleanup(freezer.stop)
        demo = cls.env["debt.collection.demo"]
        demo._load(cls.today)
        cls.company = cls.env.ref("debt_collection.demo_company")
        cls.demo = demo._as_creditor(cls.company)
        cls.demo._load_partners(cls.today)
        scenarios = cls.env["debt.collection.demo.scenarios"]
        scenarios._as_creditor(cls.company)._load_scenarios(cls.today)

    def _case(self, key):
        return self.demo.env["debt.collection.case"].search(
            [
                ("partner_id", "=", self.env.ref(f"debt_collection.demo_{key}").id),
                ("company_id", "=", self.company.id),
            ]
        )

    def _kinds(self, case):
        return case.event_ids.sorted("seq").mapped("kind")

    def test_every_scenario_has_its_debtor(self):
        found = self.env["res.partner"].search([("ref", "=like", "S%")])
        self.assertEqual(
            set(found.mapped("ref")), {f"S{number}" for number in range(1, 13)}
        )

    def test_s01(self):
        case = self._case("s01")
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))
        charges = case.charge_ids.filtered(lambda c: c.state == "booked")
        interest = sum(
            charges.filtered(lambda c: c.kind == "interest").mapped("amount")
        )
        self.assertEqual(interest, 808.77)
        costs = case.cost_ids.filtered("amount_claimed")
        self.assertTrue(costs)
        self.assertEqual(sum(costs.mapped("amount_lost")), 0)

    def test_s02(self):
        case = self._case("s02")
        self.assertEqual(case.regime, "be_b2c")
        [plan] = case.plan_ids
        self.assertEqual(plan.state, "kept")
        self.assertEqual(plan.amount, 1108.27)
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))

    def test_s03(self):
        case = self._case("s03")
        self.assertEqual((case.amount_contested, case.amount_residual), (0, 4500))
        letters = case.action_ids.filtered("step_id").sorted("id")
        self.assertEqual(letters.mapped("amount"), [5000, 4500, 4500])

    def test_s04(self):
        case = self._case("s04")
        [plan] = case.plan_ids
        paid = round(sum(plan.line_ids[:2].mapped("amount")), 2)
        self.assertEqual((plan.state, plan.amount_filled), ("broken", paid))
        self.assertEqual(case.amount_residual, round(600 - paid, 2))

    def test_s05(self):
        case = self._case("s05")
        [off] = case.write_off_ids
        self.assertEqual((off.state, off.cause), ("posted", "bankrupt"))
        self.assertEqual((off.amount, off.amount_vat), (12100, 2100))
        self.assertEqual(off.amount_recovered, 605)
        self.assertFalse(case.legal_step_ids.filtered(lambda s: s.state == "ordered"))

    def test_s06(self):
        case = self._case("s06")
        self.assertEqual((case.phase, case.outcome), ("closed", "irrecoverable"))
        self.assertEqual(case.cost_ids.ids, [])

    def test_s07(self):
        case = self._case("s07")
        self.assertEqual(case.date_costs_only, self.today)
        self.assertEqual(case.amount_residual, 0)
        self.assertEqual(case.amount_due, sum(case.cost_ids.mapped("amount_claimed")))

    def test_s08(self):
        case = self._case("s08")
        # the first one came before there was a case
        letters = self.demo.env["debt.collection.action"].search(
            [("partner_id", "=", case.partner_id.id), ("step_id", "!=", False)]
        )
        self.assertEqual(len(letters), 3)
        self.assertEqual(
            letters.step_id.policy_id, self.env.ref("debt_collection.policy_light")
        )
        routes = case._propose_routes(self.today)
        self.assertFalse([r for r in routes if r.is_open and r.cost >= case.amount_due])
        rci = self.env.ref("debt_collection_be_legal.be_route_rci")
        [found] = [r for r in routes if r.route == rci.id]
        self.assertIn("legal_uneconomic", [o.code for o in found.obstacles])

    def test_s09(self):
        mistaken, later = self._case("s09"), self._case("s09b")
        self.assertEqual(mistaken.outcome, "withdrawn")
        self.assertEqual(mistaken.assignment_ids.amount_cost, 0)
        moment = fields.Datetime.now()
        self.assertEqual(later._get_stop_total("withdrawn", moment), 75)
        self.assertNotEqual(later.phase, "closed")

    def test_s10(self):
        case = self._case("s10")
        self.assertEqual(case.legal_step_ids.route_id.code, "be_european_order")
        self.assertEqual(case.partner_id.lang, "fr_FR")

    def test_s11(self):
        firm, tenant = self._case("s11"), self._case("s11b")
        self.assertEqual((firm.regime, tenant.regime), ("be_b2b", "be_b2c"))
        self.assertFalse((firm + tenant).cost_ids)

    def test_s12(self):
        debtor = self.env.ref("debt_collection.demo_s12")
        # the superuser of a test reads both companies
        actions = self.env["debt.collection.action"].search(
            [("partner_id", "=", debtor.id)]
        )
        found = sorted(
            (a.company_id == self.company, a.amount, len(a.line_ids)) for a in actions
        )
        self.assertEqual(
            found,
            [
                (False, 1815, 6),
                (False, 2045, 10),
                (True, 104, 13),
                (True, 1045, 10),
            ],
        )
