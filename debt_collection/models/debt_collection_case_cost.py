from decimal import Decimal

from odoo import api, fields, models


class DebtCollectionCaseCost(models.AbstractModel):
    """What a case costs: asking for money, and what was spent on it."""

    _name = "debt.collection.case.cost"
    _description = "Costs of a case"

    cost_ids = fields.One2many(
        comodel_name="debt.collection.cost", inverse_name="case_id", string="Costs"
    )
    cost_standing_ids = fields.One2many(
        comodel_name="debt.collection.cost.standing",
        inverse_name="case_id",
        string="Standing approvals",
    )
    cost_count = fields.Integer(compute="_compute_cost_count")

    # === COMPUTE METHODS === #

    @api.depends("cost_ids")
    def _compute_cost_count(self):
        for case in self:
            case.cost_count = len(case.cost_ids)

    # === ACTION METHODS === #

    def action_view_costs(self):
        """Open the costs of the case."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_cost_action_ledger"
        )
        return {
            **action,
            "domain": [("case_id", "in", self.ids)],
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "context": {"default_case_id": self[:1].id},
        }

    def action_new_cost(self):
        """Ask for the words of a new cost request."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a cost"),
            "res_model": "debt.collection.cost",
            "view_mode": "form",
            "context": {"default_case_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _request_cost(self, vals):
        """Ask for a yes to spend money on the case.

        :param dict vals: type_id; the rest has defaults: partner_id, amount_net,
            vat_percent, recoverable, recover_from, bearer, note, reason_uneconomic
        :raises UserError: why nobody can be asked: no amount, uneconomic, closed
        :rtype: debt.collection.cost
        """
        self.ensure_one()
        cost = self.env["debt.collection.cost"].create({**vals, "case_id": self.id})
        cost._request(self.company_id._get_collection_today())
        return cost

    def _get_engaged_costs(self):
        """The costs that were ordered on these cases, billed or not.

        :rtype: debt.collection.cost
        """
        if not self:
            return self.env["debt.collection.cost"]
        # whoever closes a case has to know what was spent on it
        costs_sudo = self.env["debt.collection.cost"].sudo()
        found = costs_sudo.search(
            [("case_id", "in", self.ids), ("stage", "=", "engaged")]
        )
        return found.with_env(self.env)

    def _get_stake(self, day, cost=None):
        """What the statement of a day asks, in the currency of the company.

        :param cost: the cost that is weighed: a court that decides a dispute may
            grant what is contested too
        :rtype: float
        """
        self.ensure_one()
        balance = self.env["debt.collection.balance"]._for_cases(self, day)[self.id]
        due = self.amount_residual if balance.error else float(balance.due)
        if cost and cost.legal_step_id.type_id.is_after_dispute:
            due += self.amount_contested
        company = self.company_id
        return self.currency_id._convert(due, company.currency_id, company, day)

    def _is_uneconomic(self, amount, day, cost=None):
        """Whether an amount, with what was spent before, is more than can come in.

        :param float amount: in the currency of the company
        :param cost: the cost that the amount belongs to, left out of what was spent
        :rtype: bool
        """
        self.ensure_one()
        others = self._get_engaged_costs()
        if cost:
            others -= cost
        spent = sum(other._get_spent() - other.amount_recovered for other in others)
        stake = self._get_stake(day, cost)
        return self.company_currency_id.compare_amounts(amount + spent, stake) >= 0

    def _drop_open_costs(self):
        """A case that closes spends no more: what was not ordered is cancelled."""
        # whoever closes it
        costs_sudo = self.cost_ids.sudo().filtered(
            lambda cost: cost.stage in ("draft", "requested", "approved")
        )
        costs_sudo._cancel(self.env._("The case was closed."))

    def _hand_costs_to(self, case):
        """Costs follow the claims to the case they join."""
        self.cost_ids._move_to_case(case)

    def _filter_with_open_costs(self, day):
        """Those with engaged costs that no bill has come for, or that are still due."""
        costs = self._get_engaged_costs().filtered(lambda cost: not cost.is_given_up)
        waiting = costs.filtered(lambda cost: cost.state == "engaged").case_id
        claimed = costs.filtered("amount_claimed").case_id
        balances = self.env["debt.collection.balance"]._for_cases(claimed, day)
        return waiting | claimed.filtered(
            lambda case: balances[case.id].error or balances[case.id].due > 0
        )

    def _get_engaged_prices(self):
        """What stopping the case leaves to the creditor of costs already engaged.

        :return: (name, amount in the currency of the company) of each
        :rtype: list[tuple[str, Decimal]]
        """
        costs = self._get_engaged_costs().filtered(lambda c: c.bearer == "creditor")
        rests = [(cost, cost._get_spent() - cost.amount_recovered) for cost in costs]
        return [
            (cost.display_name, Decimal(f"{rest:.{cost.currency_id.decimal_places}f}"))
            for cost, rest in rests
            if rest > 0
        ]
