from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.debt_collection.tools.route import Matter

from .common import BelgianCase
from .legal import LegalWorld

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "routes.md"
MATTER = Matter(
    day=date(2026, 3, 16),
    regime="be_b2b",
    currency="EUR",
    principal=Decimal("8000.00"),
    interest=Decimal("620.00"),
    indemnity=Decimal("800.00"),
    due=Decimal("9420.00"),
    creditor_country="BE",
    debtor_country="BE",
    traits=frozenset({"enterprises", "creditor_number", "debtor_number"}),
)


@tagged("post_install", "-at_install")
class TestEligibility(BelgianCase):
    """Who may take which way: every reason is told."""

    def why(self, route, **values):
        found = self.regime._get_route_obstacles(route, replace(MATTER, **values))
        for reason in found:
            sentence = self.regime._get_blocker_sentence(reason)
            engine = ("legal_contested", "route_unknown")
            self.assertTrue(sentence or reason.code in engine)
        return [reason.code for reason in found]

    def test_between_registered_enterprises(self):
        self.assertEqual(self.why("be_rci"), [])

    def test_case_4_6(self):
        """A natural person with a number, a private phone: not eligible."""
        traits = MATTER.traits | {"private", "consumer"}
        self.assertEqual(
            self.why("be_rci", traits=traits), ["be_consumer", "be_private"]
        )

    def test_every_reason_of_the_non_contested_way(self):
        traits = frozenset({"public_body", "contested"})
        self.assertEqual(
            self.why("be_rci", traits=traits, debtor_country="FR"),
            [
                "be_public_body",
                "be_creditor_number",
                "be_debtor_number",
                "be_abroad",
                "legal_contested",
            ],
        )

    def test_one_court_is_competent(self):
        for traits, principal, expected in (
            ({"enterprises"}, "900.00", "be_enterprise"),
            ({"consumer"}, "900.00", "be_peace"),
            ({"consumer"}, "9000.00", "be_first_instance"),
        ):
            open_courts = [
                route
                for route in ("be_peace", "be_enterprise", "be_first_instance")
                if not self.why(
                    route, traits=frozenset(traits), principal=Decimal(principal)
                )
            ]
            self.assertEqual(open_courts, [expected])

    def test_the_court_is_explained(self):
        notes = self.regime._get_route_notes("be_enterprise", MATTER)
        self.assertIn("Between enterprises", notes[0])
        self.assertIn("1,412.79", notes[1])
        self.assertIn("to verify", notes[1])

    def test_the_ceiling_is_shown(self):
        [note] = self.regime._get_route_notes("be_rci", MATTER)
        self.assertIn("800.00", note)
        self.assertIn("620.00 is given up", note)
        low = replace(MATTER, interest=Decimal("120.00"), indemnity=Decimal("200.00"))
        [note] = self.regime._get_route_notes("be_rci", low)
        self.assertIn("320.00, stay under", note)

    def test_summary_order_wants_a_writing_and_stays_low(self):
        self.assertEqual(self.why("be_summary_order"), ["be_no_writing"])
        self.assertEqual(
            self.why("be_summary_order", evidence=frozenset({"debtor_writing"})), []
        )
        self.assertEqual(
            self.why(
                "be_summary_order",
                traits=frozenset({"consumer"}),
                principal=Decimal("1860.01"),
                interest=Decimal(0),
                evidence=frozenset({"debtor_writing"}),
            ),
            ["be_above_limit"],
        )

    def test_european_order(self):
        self.assertEqual(self.why("be_european_order"), ["be_not_abroad"])
        self.assertEqual(self.why("be_european_order", debtor_country="FR"), [])
        self.assertEqual(
            self.why("be_european_order", debtor_country="DK"),
            ["be_no_european_order"],
        )
        self.assertEqual(
            self.why("be_european_order", debtor_country="US"), ["be_outside_union"]
        )
        self.assertEqual(
            self.why(
                "be_european_order",
                debtor_country="FR",
                traits=frozenset({"consumer", "contested"}),
            ),
            ["be_consumer_abroad", "legal_contested"],
        )

    def test_a_summons_abroad_only_when_contested(self):
        self.assertEqual(
            self.why("be_enterprise", debtor_country="FR"), ["be_european_first"]
        )
        traits = MATTER.traits | {"contested"}
        self.assertEqual(
            self.why("be_enterprise", debtor_country="FR", traits=traits), []
        )

    def test_insolvency_route_only_in_insolvency(self):
        self.assertEqual(self.why("be_insolvency"), ["be_no_insolvency"])
        self.assertEqual(self.why("be_insolvency", finding="bankrupt"), [])

    def test_a_route_nobody_knows(self):
        self.assertEqual(self.why("elsewhere"), ["route_unknown"])
        standard = self.env["debt.collection.regime"]._get_regime("standard")
        [reason] = standard._get_route_obstacles("be_rci", MATTER)
        self.assertEqual(reason.code, "route_unknown")


@tagged("post_install", "-at_install")
class TestGraph(LegalWorld):
    """Every Belgian route, walked: no dead end, nothing jumped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes = cls.env["debt.collection.legal.route"].search(
            [("code", "=like", "be_%")]
        )

    def test_there_are_ten(self):
        self.assertEqual(len(self.routes), 10)

    def test_every_act_of_the_practice_is_there(self):
        """With who performs it, what it may come to, and the results of a judgment."""
        wanted = "address_search solvency_enquiry reclaim_goods bailiff_visit "
        wanted += "lawyer_notice rci_summons rci_reply rci_report rci_enforceable "
        wanted += "court_summons hearing judgment service_title opposition "
        wanted += "payment_order seizure_movables attachment_bank attachment_wages "
        wanted += "third_party_notice third_party_payment conservatory_goods "
        wanted += "conservatory_attachment sale_notice public_sale release no_assets "
        wanted += "certificate"
        types = self.routes.line_ids.type_id
        self.assertFalse(set(wanted.split()) - set(types.mapped("code")))
        for step_type in types:
            self.assertTrue(step_type.performer and step_type.result_ids)
        judgment = self._type("judgment").result_ids.mapped("code")
        self.assertEqual(judgment, ["granted", "partly", "default", "dismissed"])

    def test_every_step_is_reached_from_a_start(self):
        for route in self.routes:
            with self.subTest(route=route.code):
                own, reached = route._get_types(), route._get_starts()
                self.assertTrue(reached)
                for _turn in own:
                    reached |= reached._get_next_types() & own
                self.assertEqual(own - reached, own.browse())

    def test_every_result_goes_on_or_ends(self):
        for route in self.routes:
            with self.subTest(route=route.code):
                own = route._get_types()
                for result in own.result_ids:
                    self.assertTrue(
                        result.is_end or result.next_ids & own,
                        f"{result.type_id.code}: {result.code}",
                    )

    def test_every_step_leads_to_an_end(self):
        for route in self.routes:
            with self.subTest(route=route.code):
                own = route._get_types()
                ends = own.filtered(lambda t: any(t.result_ids.mapped("is_end")))
                for _turn in own:
                    ends |= own.filtered(lambda t, e=ends: t._get_next_types() & e)
                self.assertEqual(own - ends, own.browse())

    def test_terms_hold_back_what_may_follow(self):
        terms = self.env["debt.collection.legal.term"].search([])
        for term in terms.filtered(lambda t: t.type_id.code in self._codes()):
            with self.subTest(term=f"{term.type_id.code}: {term.code}"):
                later = term.type_id._get_next_types()
                later |= later._get_next_types() | later._get_next_types().mapped(
                    "result_ids.next_ids"
                )
                self.assertFalse(term.next_ids - later)
                self.assertTrue(term._get_row(date(2026, 3, 16), self.company))

    def _codes(self):
        return self.routes.line_ids.type_id.mapped("code")

    def test_who_performs_for_money_asks_first(self):
        """A bailiff's act is never free, the closing ones neither.

        What a third party declares and pays is recorded, not ordered.
        """
        free = ("third_party_declaration", "third_party_payment")
        for step_type in self.routes.line_ids.type_id:
            if step_type.performer == "bailiff" and step_type.code not in free:
                self.assertTrue(step_type.cost_type_ids, step_type.code)

    def test_the_drawing_is_that_of_the_data(self):
        if not DOCUMENT.exists():
            self.skipTest("a wheel brings no docs/routes.md: the checkout has it")
        text = self.routes.with_context(lang="en_US")._get_drawings()
        self.assertEqual(
            DOCUMENT.read_text().split(),
            text.split(),
            "docs/routes.md is not what the data say: ./run shell test, then "
            "env['debt.collection.legal.route'].search([('code', '=like', 'be_%')])"
            "._get_drawings()",
        )

    # === THE WALK === #

    def test_walk(self):
        """Each result of each step, on a real case, with everything withheld first."""
        self._verify("be.rate.commercial")
        for number, route in enumerate(self.routes):
            with self.subTest(route=route.code):
                case = self._make_case(number)
                self._prepare(case, route)
                self._walk(case, route)

    def _make_case(self, number):
        debtor = self._make_debtor(
            f"Walk{number} SRL",
            country_id=self.env.ref("base.be").id,
            vat="BE0428759497",
        )
        move = self._invoice(debtor, 90000, "2025-01-31")
        return self._flag(move).with_user(self.env.user)

    def _prepare(self, case, route):
        if route.is_enforcement:
            self._proof(case, "title")
        if route.code == "be_insolvency":
            self._check(case.partner_id, "2025-02-01", "bankrupt")

    def _walk(self, case, route):
        """A tree of steps: one instance of a step for each of its results."""
        self.tried, day = set(), date(2025, 3, 3)
        todo = [(step_type, None) for step_type in route._get_starts()]
        while todo:
            step_type, previous = todo.pop(0)
            for result in step_type.result_ids:
                step, day = self._try(case, route, step_type, previous, day)
                self._record(step, result.code, day)
                self._undo_consequences(case, result, day)
                for after in result.next_ids & route._get_types():
                    if after not in self.tried:
                        self.tried.add(after)
                        todo.append((after, step))
        self.assertFalse(route._get_types() - route._get_starts() - self._union())

    def _undo_consequences(self, case, result, day):
        """A dispute or a payment stands in the way of what the walk tries next."""
        disputes = case.dispute_ids.filtered(lambda dispute: dispute.state == "open")
        plans = case.plan_ids.filtered(lambda plan: plan.state == "running")
        self.assertEqual(bool(disputes), result.gives == "contested")
        self.assertEqual(bool(plans), result.gives == "paid")
        with self._at(day):
            disputes._withdraw("", day)
            plans.action_cancel()

    def _union(self):
        types = self.env["debt.collection.legal.step.type"]
        return types.union(*self.tried)

    def _try(self, case, route, step_type, previous, day):
        """Refused while a cost, a term or a proof is missing; then ordered."""
        step = self._propose(case, route.code, step_type.code, day, previous)
        if step.cost_ids:
            self._refused(step, day, "Nobody approved its cost")
        lacking = step_type.evidence_ids.filtered(
            lambda kind: kind.code not in case._get_evidence()
        )
        if lacking:
            self._refused(step, day, "Evidence is missing")
            for kind in lacking:
                self._proof(case, kind.code).date = "2024-01-01"
        if step.date_planned and step.date_planned > day:
            self._refused(step, step.date_planned - timedelta(days=1), "possible from")
            day = step.date_planned
        self._order_whatever(case, step, day)
        return step, day

    def _order_whatever(self, case, step, day):
        if step.type_id.is_after_insolvency and step.route_id.code == "be_insolvency":
            with self._at(day):
                for cost in step.cost_ids.filtered(lambda c: c.stage == "requested"):
                    cost.with_user(self.accountant).action_approve()
                step.with_user(self.collector)._order_on(day)
            return
        self._order(step, day)

    def _refused(self, step, day, words):
        with self._at(day), self.assertRaisesRegex(UserError, words):
            step.with_user(self.collector)._order_on(day)
        self.assertEqual(step.state, "draft")
