from datetime import timedelta

from odoo import api, models

ENGINE = "debt_collection"


class DebtCollectionDemo(models.AbstractModel):
    _inherit = "debt.collection.demo"

    @api.model
    def _load_costs(self, today):
        """Beside the costs: a case on the non-contested way, its term running."""
        # EXTENDS debt_collection
        result = super()._load_costs(today)
        case = self._find_legal_case(today)
        if case:
            self._load_legal(case, today)
        return result

    @api.model
    def _find_legal_case(self, today):
        """The largest noticed case between enterprises that has no cost yet."""
        cases = self._find_costly_cases().filtered(
            lambda case: case.regime == "be_b2b"
            and case.date_noticed
            and not case.cost_ids
        )
        route = self.env.ref("debt_collection_be_legal.be_route_rci")
        self._load_findings(cases, today)
        return cases.filtered(
            lambda case: any(
                found.route == route.id and found.is_open
                for found in case._propose_routes(today)
            )
        )[:1]

    @api.model
    def _load_legal(self, case, today):
        """Instructed, served ten days ago; the report is proposed and has to wait."""
        instruction = self._load_step(case, "rci_instruction", today, 20, "accepted")
        summons = self._load_step(case, "rci_summons", today, 10, "served", instruction)
        self._propose_step(case, "rci", "rci_report", summons)

    @api.model
    def _load_step(self, case, code, today, days, result, previous=None):
        """Proposed by the collector, approved by the accountant, done so long ago."""
        step = self._propose_step(case, "rci", code, previous)
        accountant = self.env.ref(f"{ENGINE}.demo_user_accountant")
        for cost in step.cost_ids:
            cost.with_user(accountant).action_approve()
        day = today - timedelta(days=days)
        step._order_on(day)
        step._record(day, step.type_id.result_ids.filtered(lambda r: r.code == result))
        return step

    @api.model
    def _propose_step(self, case, route, code, previous=None):
        kind = self.env.ref(f"debt_collection_be_legal.be_type_{code}")
        partner = "lawyer" if kind.performer == "lawyer" else "bailiff"
        step = self._as_collector(case)._start_step(
            self.env.ref(f"debt_collection_be_legal.be_route_{route}"),
            kind,
            previous,
            self.env.ref(f"{ENGINE}.demo_partner_{partner}"),
        )
        for cost in step.cost_ids.filtered(lambda cost: cost.stage == "draft"):
            cost.amount_net = 150
            cost.action_request()
        return step.with_env(self.env)
