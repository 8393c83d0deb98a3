from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .cost import CostCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLegal(CostCommon):
    """Steps of an invented procedure: what holds them back, what they open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        regime = type(cls.env["debt.collection.regime.standard"])
        cls.classPatch(regime, "_get_route_obstacles", lambda self, route, matter: ())
        cls.Step = cls.env["debt.collection.legal.step"]
        cls.length = cls.env["debt.collection.parameter"].create(
            {
                "code": "test.term",
                "name": "Term of the test",
                "kind": "term",
                "value_ids": [
                    Command.create({"date_from": "2000-01-01", "value_number": 10})
                ],
            }
        )
        cls.deed = cls.env["debt.collection.legal.evidence"].create(
            {"name": "Deed", "code": "test_deed"}
        )
        cls.tariff = cls.env["debt.collection.parameter"].create(
            {
                "code": "test.tariff",
                "name": "Tariff of the test",
                "kind": "amount",
                "currency_id": cls.company.currency_id.id,
                "value_ids": [
                    Command.create({"date_from": "2000-01-01", "value_number": 150})
                ],
            }
        )
        cls.priced = cls.env["debt.collection.cost.type"].create(
            {
                "name": "Priced act",
                "code": "test_act",
                "tariff_id": cls.tariff.id,
                "is_judicial": True,
            }
        )
        cls.last = cls._make_type("last", phase="enforcement")
        cls.second = cls._make_type(
            "second", after=cls.last, evidence_ids=[Command.link(cls.deed.id)]
        )
        cls.first = cls._make_type(
            "first",
            after=cls.second,
            phase="legal",
            interruption="summons",
            cost_type_ids=[Command.link(cls.priced.id)],
        )
        cls.term = cls.env["debt.collection.legal.term"].create(
            {
                "name": "Time to answer",
                "code": "answer",
                "type_id": cls.first.id,
                "kind": "wait",
                "parameter_id": cls.length.id,
                "next_ids": [Command.link(cls.second.id)],
            }
        )
        cls.route = cls.env["debt.collection.legal.route"].create(
            {
                "name": "Test way",
                "code": "test_way",
                "line_ids": [
                    Command.create(
                        {"type_id": t.id, "sequence": i, "is_start": t == cls.first}
                    )
                    for i, t in enumerate((cls.first, cls.second, cls.last))
                ],
            }
        )

    @classmethod
    def _make_type(cls, code, after=None, **values):
        result = {
            "name": "Went well",
            "code": "ok",
            "is_end": not after,
            "next_ids": [Command.link(after.id)] if after else [],
        }
        failed = {"name": "Failed", "code": "no", "is_end": True, "is_failed": True}
        return cls.env["debt.collection.legal.step.type"].create(
            {
                "name": code.title(),
                "code": f"test_{code}",
                "performer": "bailiff",
                "result_ids": [Command.create(result), Command.create(failed)],
                **values,
            }
        )

    def _start(self, step_type=None, previous=None):
        case = self.case.with_user(self.collector)
        step = case._start_step(self.route, step_type or self.first, previous)
        return step.with_user(self.env.user)

    def _order(self, step, day=None):
        for cost in step.cost_ids.filtered(lambda cost: cost.stage == "requested"):
            self._approve(cost)
        step.with_user(self.collector)._order_on(day or TODAY)
        return step

    def _done(self, step, day=TODAY, code="ok"):
        result = step.type_id.result_ids.filtered(lambda r: r.code == code)
        step.with_user(self.collector)._record(day, result)
        return step

    def _first_done(self, day=TODAY):
        return self._done(self._order(self._start()), day)

    def _deliver_deed(self):
        self.env["debt.collection.legal.document"].create(
            {"case_id": self.case.id, "evidence_id": self.deed.id, "name": "Deed 7"}
        )

    # === COST === #

    def test_no_order_before_the_yes_to_its_cost(self):
        step = self._start()
        self.assertEqual(step.cost_ids.mapped("stage"), ["requested"])
        self.assertEqual(step.cost_ids.amount_estimate, 150)
        self.assertIn("Nobody approved its cost", step.obstacle)
        with self.assertRaisesRegex(UserError, "Nobody approved its cost.*Priced act"):
            step.with_user(self.collector).action_order()
        self.assertEqual((step.state, self.case.phase), ("draft", "amicable"))
        # nor does the cost's own button go round the step, approved or not
        with self.assertRaisesRegex(UserError, "order that step"):
            step.cost_ids.with_user(self.collector).action_engage()
        self._order(step)
        self.assertEqual((step.state, step.cost_ids.stage), ("ordered", "engaged"))
        self.assertEqual((self.case.phase, self.case.date_legal), ("legal", TODAY))
        self.assertEqual(step.ordered_by_id, self.collector)

    def test_a_refused_cost_keeps_the_step_shut(self):
        step = self._start()
        step.cost_ids.with_user(self.accountant)._refuse("too dear")
        with self.assertRaisesRegex(UserError, "Nobody approved its cost"):
            step.with_user(self.collector).action_order()

    def test_an_expired_yes_is_none(self):
        step = self._start()
        self._approve(step.cost_ids)
        late = TODAY + timedelta(days=60)
        with self.assertRaises(UserError):
            step.with_user(self.collector)._order_on(late)
        self.assertEqual(step.state, "draft")

    def test_done_makes_the_cost_claimable(self):
        step = self._first_done()
        self.assertEqual(step.cost_ids.date_performed, TODAY)

    # === TERMS === #

    def test_a_running_term_is_not_jumped(self):
        first = self._first_done()
        # ten days after the act, the next day is free
        row = first.term_ids
        self.assertEqual(
            (row.date_end, row.date_free), (date(2026, 3, 26), date(2026, 3, 27))
        )
        self._deliver_deed()
        step = self._start(self.second, first)
        self.assertEqual(step.date_planned, date(2026, 3, 27))
        with self.assertRaisesRegex(UserError, "possible from"):
            step.with_user(self.collector)._order_on(date(2026, 3, 26))
        step.with_user(self.collector)._order_on(date(2026, 3, 27))
        self.assertEqual(step.state, "ordered")

    def test_the_term_is_in_the_agenda_and_moves_with_the_act(self):
        first = self._first_done()
        activity = first.term_ids.activity_id
        self.assertEqual(activity.date_deadline, date(2026, 3, 27))
        self.assertEqual(activity.res_id, self.case.id)
        first.with_user(self.collector)._move(date(2026, 3, 20))
        self.assertEqual(first.term_ids.date_free, date(2026, 3, 31))
        self.assertEqual(activity.date_deadline, date(2026, 3, 31))
        self.assertIn("legal_moved", self._kinds())

    def test_a_day_that_others_were_counted_from_stays(self):
        first = self._first_done()
        self._deliver_deed()
        second = self._start(self.second, first)
        self._done(self._order(second, date(2026, 3, 27)), date(2026, 3, 28))
        with self.assertRaisesRegex(UserError, "took place already"):
            first.with_user(self.collector)._move(date(2026, 3, 18))

    def test_it_cannot_take_place_before_its_order(self):
        step = self._order(self._start())
        with self.assertRaisesRegex(UserError, "before it was ordered"):
            self._done(step, TODAY - timedelta(days=1))

    # === ORDER OF STEPS === #

    def test_a_step_that_nothing_leads_to_is_refused(self):
        with self.assertRaisesRegex(UserError, "leads to this step"):
            self._start(self.second)
        first = self._done(self._order(self._start()), code="no")
        with self.assertRaisesRegex(UserError, "leads to this step"):
            self._start(self.second, first)

    def test_the_same_step_is_not_proposed_twice(self):
        self._start()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self._start()

    def test_evidence_first(self):
        first = self._first_done()
        step = self._start(self.second, first)
        later = date(2026, 4, 1)
        with self.assertRaisesRegex(UserError, "Evidence is missing: Deed"):
            step.with_user(self.collector)._order_on(later)
        self._deliver_deed()
        step.with_user(self.collector)._order_on(later)

    # === THE CLAIM AND THE DEBTOR === #

    def test_contested_claims_wait(self):
        step = self._start()
        self._approve(step.cost_ids)
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        self.case._open_dispute(
            {
                "reason_id": reason.id,
                "description": "Never delivered",
                "line_ids": [
                    Command.create({"claim_id": self.case.claim_ids.id, "amount": 1000})
                ],
            },
            "debtor",
        )
        with self.assertRaisesRegex(UserError, "contested"):
            step.with_user(self.collector).action_order()
        self.first.is_after_dispute = True
        step.with_user(self.collector).action_order()

    def test_insolvent_debtors_are_left_alone(self):
        step = self._start()
        self._approve(step.cost_ids)
        self._check_solvency(self.debtor, "insolvent")
        with self.assertRaisesRegex(UserError, "Insolvent"):
            step.with_user(self.collector).action_order()

    def test_every_reason_is_told_at_once(self):
        step = self._start()
        self._check_solvency(self.debtor, "bankrupt")
        with self.assertRaises(UserError) as caught:
            step.with_user(self.collector).action_order()
        for part in ("Nobody approved", "Bankrupt"):
            self.assertIn(part, str(caught.exception))

    def test_closed_cases_go_nowhere(self):
        step = self._start()
        self.case._close("withdrawn", TODAY)
        with self.assertRaisesRegex(UserError, "closed"):
            step.with_user(self.collector).action_order()

    # === GUARDS === #

    def test_nobody_writes_the_state_by_hand(self):
        step = self._start()
        for vals in (
            {"state": "done"},
            {"date_done": TODAY},
            {"previous_id": False},
            {"result_id": self.first.result_ids[0].id},
        ):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                step.with_user(self.collector).write(vals)
        with self.assertRaisesRegex(UserError, "evidence"):
            step.unlink()

    def test_the_context_of_a_call_is_no_pass(self):
        step = self._start().with_context(legal_pass=True)
        with self.assertRaisesRegex(UserError, "by its buttons"):
            step.write({"state": "done"})

    def test_ordered_twice(self):
        step = self._order(self._start())
        with self.assertRaisesRegex(UserError, "ordered already"):
            step.with_user(self.collector)._order_on(TODAY)

    def test_who_has_no_role_sees_nothing(self):
        step = self._start()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            step.with_user(self.bookkeeper).read(["state"])
        self.first.with_user(self.collector).read(["name"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.first.with_user(self.collector).name = "Mine"

    def test_another_company_sees_nothing(self):
        step = self._start()
        sister = self._make_company("Sister SA")
        stranger = self._make_user("stranger", "collector")
        stranger.write(
            {"company_id": sister.id, "company_ids": [Command.set(sister.ids)]}
        )
        Step = self.Step.with_user(stranger).with_context(
            allowed_company_ids=sister.ids
        )
        self.assertFalse(Step.search([("id", "=", step.id)]))

    # === THE PROPOSAL === #

    def test_proposal_tells_cost_days_and_what_is_needed(self):
        [found] = [
            p for p in self.case._propose_routes(TODAY) if p.route == self.route.id
        ]
        self.assertTrue(found.is_open)
        self.assertEqual((found.cost, found.days), (150, 11))
        self.first.evidence_ids = self.deed
        [found] = [
            p for p in self.case._propose_routes(TODAY) if p.route == self.route.id
        ]
        self.assertEqual(found.needs[0].code, "legal_evidence_missing")

    def test_a_route_that_costs_more_than_it_brings_is_closed(self):
        small = self._make_invoice(75, 100, self.other_debtor)
        small.with_user(self.collector).action_collection_flag()
        case = small.debt_collection_case_id
        [found] = [p for p in case._propose_routes(TODAY) if p.route == self.route.id]
        self.assertFalse(found.is_open)
        self.assertIn("legal_uneconomic", [reason.code for reason in found.obstacles])
        self.assertIn("150.00", case._word_legal(found.obstacles[-1]))

    def test_wizard_proposes_and_goes_on(self):
        Propose = self.env["debt.collection.legal.propose"].with_user(self.collector)
        wizard = Propose.create({"case_id": self.case.id})
        self.assertIn(self.route, wizard.open_route_ids)
        self.assertIn("Test way", wizard.content)
        wizard.route_id, wizard.type_id = self.route, self.first
        action = wizard.action_propose()
        first = self.Step.browse(action["res_id"])
        self._done(self._order(first))
        action = first.action_next()
        wizard = Propose.with_context(**action["context"]).create({})
        self.assertEqual((wizard.route_id, wizard.type_id), (self.route, self.second))

    # === LIMITATION AND PHASES === #

    def test_acts_interrupt_the_limitation(self):
        self._first_done(date(2026, 3, 18))
        item = self.case.claim_ids.move_line_id.id
        found = self.env["debt.collection.facts"]._read_interruptions([item])
        self.assertEqual(
            [(event.day, event.kind) for event in found[item]],
            [(date(2026, 3, 18), "summons")],
        )

    def test_failed_acts_interrupt_nothing(self):
        self._done(self._order(self._start()), code="no")
        item = self.case.claim_ids.move_line_id.id
        found = self.env["debt.collection.facts"]._read_interruptions([item])
        self.assertFalse(found.get(item))

    def test_enforcement_follows_from_a_step(self):
        first = self._first_done()
        self._deliver_deed()
        day = date(2026, 3, 27)
        second = self._done(self._order(self._start(self.second, first), day), day)
        self._order(self._start(self.last, second), day)
        self.assertEqual(
            (self.case.phase, self.case.date_enforcement), ("enforcement", day)
        )

    # === INSOLVENCY === #

    def test_insolvency_stops_and_is_evidence(self):
        step = self._start()
        self._approve(step.cost_ids)
        insolvency = (
            self.env["debt.collection.insolvency"]
            .with_user(self.collector)
            .create(
                {
                    "partner_id": self.debtor.id,
                    "company_id": self.company.id,
                    "kind": "bankrupt",
                    "date": TODAY,
                    "court": "Court of Townsend",
                }
            )
        )
        self.assertEqual(insolvency.case_ids, self.case)
        check = self.debtor._get_solvency(self.company, TODAY)
        self.assertEqual(
            (check.finding, check.source), ("bankrupt", "Court of Townsend")
        )
        self.assertIn("insolvency", self._kinds())
        with self.assertRaisesRegex(UserError, "Bankrupt"):
            step.with_user(self.collector).action_order()
        with self.assertRaisesRegex(UserError, "evidence"):
            insolvency.kind = "reorganisation"
        with self.assertRaisesRegex(UserError, "never deleted"):
            insolvency.with_user(self.env.user).unlink()
