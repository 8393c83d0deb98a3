from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestLegalResults(LegalWorld):
    """What a result sets going: a dispute, an acknowledgement, the matching."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")

    def _summoned(self, amount=10000):
        """A case whose summons to pay was served on 10/02/2025."""
        move = self._invoice(self.enterprise, amount, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "formal_notice")
        instruction = self._act(
            case, "be_rci", "rci_instruction", "accepted", "2025-02-03"
        )
        summons = self._act(
            case, "be_rci", "rci_summons", "served", "2025-02-10", instruction
        )
        return case, summons

    def _reply(self, case, summons, result, day="2025-03-03", **values):
        step = self._propose(case, "be_rci", "rci_reply", day, summons)
        self._order(step, day)
        return self._record(step, result, day, **values)

    def _interruptions(self, case):
        found = self.env["debt.collection.facts"]._read_interruptions(
            case.claim_ids.move_line_id.ids
        )
        return [
            (event.day, event.kind) for events in found.values() for event in events
        ]

    # === CONTESTED === #

    def test_contested_opens_a_dispute_and_closes_the_non_contested_way(self):
        case, summons = self._summoned()
        report = self._propose(case, "be_rci", "rci_report", "2025-02-20", summons)
        self._reply(case, summons, "contests", note="Half of it never came")
        [dispute] = case.dispute_ids
        self.assertEqual((dispute.state, dispute.origin), ("open", "debtor"))
        self.assertEqual(dispute.amount, 10000)
        self.assertEqual(dispute.date, date(2025, 3, 3))
        self.assertEqual(dispute.description, "Half of it never came")
        self.assertFalse(case._is_uncontested(date(2025, 3, 4)))
        # the report that waited is given up, and no other may be ordered
        self.assertEqual(report.state, "cancelled")
        again = self.env["debt.collection.legal.step"].new(
            {
                "case_id": case.id,
                "type_id": report.type_id.id,
                "route_id": report.route_id.id,
                "previous_id": summons.id,
            }
        )
        reasons = again._get_case_obstacles(date(2025, 3, 20))
        self.assertEqual([reason.code for reason in reasons], ["legal_contested"])
        found = self._proposals(case, "2025-03-20")
        self.assertIn("legal_contested", self._why(case, found["be_rci"]))
        self.assertTrue(found["be_enterprise"].is_open)

    def test_what_is_contested_already_is_not_contested_twice(self):
        case, summons = self._summoned()
        self._reply(case, summons, "contests")
        consequence = self.env["debt.collection.legal.consequence"]
        self.assertFalse(consequence._prepare_dispute_lines(case))

    # === ACKNOWLEDGED === #

    def test_who_asks_for_time_acknowledges(self):
        case, summons = self._summoned()
        self._reply(case, summons, "terms")
        self.assertIn((date(2025, 3, 3), "acknowledgement"), self._interruptions(case))
        # ten years from that day, not from the summons of 10/02/2025
        self.assertEqual(case.date_limitation, date(2035, 3, 3))
        kind = self.env.ref("debt_collection.mail_activity_type_plan")
        self.assertIn(kind, case.activity_ids.activity_type_id)

    # === PAID === #

    def test_paid_goes_to_matching(self):
        case, summons = self._summoned()
        with self._at("2025-03-03"):
            due = float(case._get_statements(date(2025, 3, 3))[case.id].due)
        self._reply(case, summons, "pays")
        [said] = case.plan_ids
        self.assertEqual((said.kind, said.state), ("paid", "running"))
        self.assertAlmostEqual(said.amount, due)
        self.assertIn(
            "Match the payment with the bank", case.activity_ids.mapped("summary")
        )
        # nobody goes on to court while he is believed
        found = self._propose(case, "be_rci", "rci_report", "2025-03-18", summons)
        self._approve_costs(found, "2025-03-18")
        with self._at("2025-03-18"), self.assertRaisesRegex(UserError, "plan runs"):
            found.with_user(self.collector)._order_on(date(2025, 3, 18))

    # === PLANS === #

    def _run_plan(self, case, day):
        with self._at(day):
            plan = case._propose_plan(
                {"kind": "promise", "amount": 10000, "date": date(2025, 4, 30)},
                "collector",
            )
            if plan.state == "to_approve":
                plan.with_user(self.accountant).action_approve()
        self.assertEqual(plan.state, "running")
        return plan

    def test_a_plan_that_runs_holds_the_next_step_back(self):
        case, summons = self._summoned()
        report = self._propose(case, "be_rci", "rci_report", "2025-03-18", summons)
        self._approve_costs(report, "2025-03-18")
        plan = self._run_plan(case, "2025-03-18")
        self.assertIn("plan runs", report.obstacle)
        found = self._proposals(case, "2025-03-19")
        self.assertIn("legal_plan_running", self._why(case, found["be_rci"]))
        self.assertTrue(found["be_conservatory"].is_open)
        with self._at("2025-03-19"), self.assertRaisesRegex(UserError, "plan runs"):
            report.with_user(self.collector)._order_on(date(2025, 3, 19))
        with self._at("2025-03-20"):
            plan.action_cancel()
            report.with_user(self.collector)._order_on(date(2025, 3, 20))
        self.assertEqual(report.state, "ordered")

    def test_an_ordered_step_is_to_be_suspended_when_a_plan_starts(self):
        case, summons = self._summoned()
        report = self._propose(case, "be_rci", "rci_report", "2025-03-18", summons)
        self._order(report, "2025-03-18")
        self.assertFalse(report.obstacle)
        self._run_plan(case, "2025-03-19")
        self.assertIn("plan runs", report.obstacle)
        self.assertIn(
            "A plan runs: ask Bailiff to suspend", case.activity_ids.mapped("summary")
        )

    def test_the_release_does_not_wait_for_the_plan(self):
        types = self.env["debt.collection.legal.step.type"].search(
            [("is_during_plan", "=", True)]
        )
        self.assertIn("release", types.mapped("code"))
        for code in ("rci_report", "seizure_movables", "public_sale", "so_petition"):
            self.assertNotIn(code, types.mapped("code"))

    # === HOW LONG A WAY TAKES === #

    def test_the_days_of_a_route_hold_its_terms(self):
        """From 03/02/2025, handling as on the types and every term of the law."""
        regime = self.env["debt.collection.regime"]._get_regime("be_b2b", self.company)
        for code, days in (
            # the notice: 7; what it opens holds nothing back
            ("be_before", 7),
            # 5 + 7: served 15/02; answer until Monday 17/03, report from 25/03;
            # 3 + 5
            ("be_rci", 58),
            # 10 + 7: served 20/02; 8 days end on Friday 28/02; 14 + 30
            ("be_peace", 70),
            ("be_enterprise", 70),
            ("be_first_instance", 70),
            # 5: 08/02; 15 days end on Monday 24/02; 5 + 15
            ("be_summary_order", 42),
            # 10 + 30 + 14: served 29/03; 30 days end on Monday 28/04; 7
            ("be_european_order", 92),
            # 7 + 5: order 15/02; +1 day; 5: seized 21/02; a month: 21/03; notice 1;
            # the sale from 22/03; 10
            ("be_enforcement", 57),
            ("be_conservatory", 7),
            # declared 1, checked 60, dividend 365
            ("be_insolvency", 426),
        ):
            with self.subTest(route=code):
                found = self._route(code)._get_days(
                    date(2025, 2, 3), regime, self.company
                )
                self.assertEqual(found, days)

    # === WHAT A WAY COSTS === #

    def _nature_case(self, nature, amount=6000):
        terms = self.env["debt.collection.terms"].create(
            {
                "name": nature,
                "date_from": "2024-01-01",
                "company_id": self.company.id,
                "nature": nature,
            }
        )
        move = self._invoice(self.enterprise, amount, "2024-11-30")
        move.debt_collection_terms_id = terms
        return self._flag(move).with_user(self.env.user)

    def test_some_natures_have_their_class_whatever_the_amount(self):
        """An electricity debt of 6,000: class A, (125 + 50) and not (250 + 50)."""
        act = self.env.ref("debt_collection_be_legal.cost_type_act")
        act = act.with_company(self.company)
        day = date(2024, 12, 10)
        self.assertEqual(
            act._get_estimate(self._nature_case("utilities"), day).net, Decimal(175)
        )
        self.assertEqual(
            act._get_estimate(self._nature_case("goods_services"), day).net,
            Decimal(300),
        )

    def test_what_no_tariff_knows_is_said(self):
        case, _summons = self._summoned()
        with self._at("2025-02-11"):
            rows = {
                row["route"].code: row
                for row in case._get_proposal_rows(date(2025, 2, 11))
            }
            wizard = self.env["debt.collection.legal.propose"].create(
                {"case_id": case.id}
            )
            content = str(wizard.content)
        self.assertEqual(
            rows["be_rci"]["unknown"], ("Instruction of a lawyer: Lawyer's fee",)
        )
        self.assertIn("not known", content)
        self.assertIn("at least", content)
