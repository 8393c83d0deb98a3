from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time
from num2words import num2words

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_scenarios import BelgianWorld


@tagged("post_install", "-at_install")
class TestPlan(BelgianWorld):
    """Payment plans under Belgian law: what a consumer's may not cost."""

    def _accept_terms(self):
        self._verify("be.rate.commercial")
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "Terms",
                "date_from": "2024-01-01",
                "company_id": self.company.id,
                "interest": "cap",
                "penalty": "cap",
            }
        )
        self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": self.consumer.id,
                "date": "2024-06-01",
                "way": "signed",
            }
        )

    def _late_consumer(self):
        """Two letters out, the second claims interest and indemnity."""
        self._accept_terms()
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        self._step("2025-03-03")
        self._step("2025-03-19")
        return move, move.debt_collection_case_id

    def test_s02_plan(self):
        """Asked online inside the limits, signed, kept to the cent, the case closed."""
        with freeze_time("2025-04-30"):
            move, case = self._late_consumer()
            plan = case._propose_plan(
                {
                    "kind": "plan",
                    "instalment_count": 4,
                    "date_first": date(2025, 5, 15),
                    "means_situation": "salaried",
                    "means_monthly": 600,
                },
                "debtor",
            )
            self.assertEqual((plan.state, plan.verdict), ("offered", "realistic"))
            self.assertEqual(plan.amount, 1108.27)
            amounts = [277.06, 277.06, 277.06, 277.09]
            self.assertEqual(plan.line_ids.mapped("amount"), amounts)
            self.assertEqual(plan.amount_acknowledged, 1108.27)
            self._sign(plan)
            self._run(date(2025, 4, 30))
        self.assertEqual((plan.state, plan.interest), ("running", "frozen"))
        [document] = case.charge_ids.move_id
        self.assertEqual(document.amount_total, 108.27)
        for line in plan.line_ids:
            self._pay_instalment(case, line)
            self._run(line.date)
        self.assertEqual((plan.state, plan.amount_filled), ("kept", 1108.27))
        self.assertEqual((case.outcome, move.payment_state), ("paid", "paid"))
        self.assertEqual(document.payment_state, "paid")
        self.assertFalse(case.charge_ids.filtered(lambda c: c.state == "waived"))
        self.assertEqual(self._statement(case, "2025-12-31").due, 0)

    def _sign(self, plan):
        for words in (None, "mille cent huit euros"):
            with self.assertRaisesRegex(UserError, "Write the sum in words"):
                plan._sign("Person One", None, "192.0.2.1", words)
        words = f"{num2words(1108, lang='fr')} euros et vingt-sept cents"
        plan._sign("Person One", None, "192.0.2.1", words)

    def _pay_instalment(self, case, line):
        payment = self._receive(self.consumer, line.amount, line.date)
        for item in case._get_items_to_pay(self.env["account.move.line"]):
            if payment.amount_residual:
                (item + payment).reconcile()

    @freeze_time("2025-05-01")
    def test_a_broken_plan_picks_up_the_interest(self):
        _move, case = self._late_consumer()
        before = self._statement(case, "2025-06-30").interest_left
        plan = case._propose_plan(
            {"kind": "plan", "instalment_count": 4, "date_first": date(2025, 5, 15)},
            "debtor",
        )
        plan._sign("P", None, "192.0.2.1", self._spell(plan, "nl"))
        self.assertLess(self._statement(case, "2025-06-30").interest_left, before)
        self._run(date(2025, 5, 2))
        self._run(date(2025, 5, 21))
        self.assertEqual(plan.state, "broken")
        self.assertEqual(self._statement(case, "2025-06-30").interest_left, before)

    @freeze_time("2025-05-01")
    def test_no_interest_runs_on_a_consumers_plan(self):
        _move, case = self._late_consumer()
        vals = {"kind": "plan", "instalment_count": 4, "interest": "running"}
        with self.assertRaisesRegex(UserError, "lets no interest run"):
            case._propose_plan(vals, "collector")
        plan = case._propose_plan({"kind": "plan", "instalment_count": 4}, "collector")
        law = self.env["debt.collection.plan.opinion"]._get_law(plan)
        self.assertFalse(law.interest_allowed or law.fee_allowed)
        self.assertEqual(plan.interest, "frozen")

    @freeze_time("2025-05-01")
    def test_it_runs_on_an_enterprises_plan_where_agreed(self):
        move = self._invoice(self.enterprise, 10000, "2025-02-26")
        self._step("2025-03-19")
        case = move.debt_collection_case_id
        vals = {"kind": "plan", "instalment_count": 4, "interest": "running"}
        plan = case._propose_plan(vals, "collector")
        self.assertEqual(plan.state, "offered")
        self.assertIn("grows by", plan.assessment_text)

    @freeze_time("2025-05-01")
    def test_a_signed_writing_starts_limitation_anew(self):
        _move, case = self._late_consumer()
        plan = case._propose_plan(
            {"kind": "plan", "instalment_count": 4, "date_first": date(2025, 5, 15)},
            "debtor",
        )
        self.assertEqual(self._get_kinds(case), ["acknowledgement"])
        plan._sign("P", None, "192.0.2.1", self._spell(plan, "de"))
        self.assertEqual(self._get_kinds(case), ["acknowledgement", "writing"])

    def _spell(self, plan, lang):
        """The sum as a debtor writes it, without the word for cents."""
        whole, cents = divmod(round(plan.amount_acknowledged * 100), 100)
        return f"{num2words(whole, lang=lang)} euro {num2words(cents, lang=lang)}"

    def _get_kinds(self, case):
        items = case.claim_ids.move_line_id.ids
        found = self.env["debt.collection.facts"]._read_interruptions(items)
        return [row.kind for item in items for row in found.get(item, ())]

    @freeze_time("2026-03-16")
    def test_a_prescribed_claim_is_never_acknowledged(self):
        move = self._invoice(self.enterprise, 500, "2015-06-30")
        move.with_user(self.collector).action_collection_flag()
        case = move.debt_collection_case_id
        self.assertEqual(case.regime, "be_b2b")
        lines = [(date(2026, 3, 16) + timedelta(days=30 * n), 250) for n in (1, 2)]
        plan = case._propose_plan({"kind": "plan", "lines": lines}, "collector")
        self.assertEqual(Decimal(str(plan.amount_acknowledged)), 0)
        self.assertFalse(plan.acknowledged_ids)
