from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from .debt_collection_cost import TOKEN


class DebtCollectionCostStanding(models.Model):
    """A yes beforehand: costs of one case up to an amount, until a day.

    Given by an approver, within his ceiling; never used by himself.
    """

    _name = "debt.collection.cost.standing"
    _description = "Standing approval of costs"
    _inherit = ["mail.thread"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="case_id.company_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Given by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    amount = fields.Monetary(string="Up to", required=True)
    date_end = fields.Date(string="Last day", required=True)
    date_revoked = fields.Date(string="Revoked", readonly=True, copy=False)
    cost_ids = fields.One2many(
        comodel_name="debt.collection.cost",
        inverse_name="standing_id",
        string="Costs",
        readonly=True,
    )
    amount_used = fields.Monetary(
        string="Used", compute="_compute_amount_used", store=True
    )
    amount_left = fields.Monetary(string="Left", compute="_compute_amount_left")

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "A standing approval needs an amount."
    )
    _used_within = models.Constraint(
        "CHECK (COALESCE(amount_used, 0) <= amount)",
        "The standing approval is used up.",
    )

    # === COMPUTE METHODS === #

    @api.depends("cost_ids.stage", "cost_ids.amount_estimate")
    def _compute_amount_used(self):
        for standing in self:
            used = standing.cost_ids.filtered(
                lambda cost: cost.stage in ("approved", "engaged")
            )
            # what a later yes added is not on this account
            standing.amount_used = sum(used.mapped("amount_estimate"))

    @api.depends("amount", "amount_used")
    def _compute_amount_left(self):
        for standing in self:
            standing.amount_left = standing.amount - standing.amount_used

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        Rules = self.env["debt.collection.cost.rules"]
        Rules._check_role(self.env.user)
        for vals in vals_list:
            vals["user_id"] = self.env.uid  # nobody gives another's word
            vals["name"] = self.env["debt.collection.cost"]._next_number(
                "debt.collection.cost.standing"
            )
            for name in ("amount_used", "date_revoked", "cost_ids", "company_id"):
                vals.pop(name, None)
        standings = super().create(vals_list)
        for standing in standings:
            standing._check_given()
            standing.case_id._log_event("cost_standing", standing._prepare_event())
        return standings

    def write(self, vals):
        free = set(self.env["mail.thread"]._fields)
        is_revoking = self.env.context.get("debt_collection_token") is TOKEN
        if not is_revoking and vals.keys() - free:
            raise UserError(
                self.env._("A standing approval does not change: revoke it instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A standing approval is evidence: revoke it instead.")
        )

    def _check_given(self):
        """Within the ceiling of who gives it, for a case that is open, in time."""
        self.ensure_one()
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            self.user_id, self.company_id
        )
        if self.currency_id.compare_amounts(self.amount, ceiling) > 0:
            raise UserError(
                self.env._("A standing approval cannot go beyond your own ceiling.")
            )
        if self.date_end < self.company_id._get_collection_today():
            raise UserError(self.env._("Its last day lies in the past."))
        if self.case_id.date_closed:
            raise UserError(self.env._("The case is closed."))

    # === ACTION METHODS === #

    def action_revoke(self):
        """End it today; what was approved by it stays approved."""
        self.check_access("write")
        for standing in self.filtered(lambda row: not row.date_revoked):
            day = standing.company_id._get_collection_today()
            standing.with_context(debt_collection_token=TOKEN).write(
                {"date_revoked": day}
            )
            standing.case_id._log_event(
                "cost_standing_revoked", {"standing": standing.name}
            )

    # === BUSINESS METHODS === #

    @api.model
    def _find_for(self, cost, day):
        """The standing approval that covers a request, held until the end.

        :return: one with enough left, given by somebody else; maybe empty
        """
        rules = self.env["debt.collection.cost.rules"]
        found = self.search(
            [
                ("case_id", "=", cost.case_id.id),
                ("date_end", ">=", day),
                ("date_revoked", "=", False),
                ("user_id", "not in", (cost.requester_id | cost.editor_id).ids),
            ],
            order="date_end, id",
        )
        if rules._refuse_collective(cost, day) or rules._refuse_without_solvency(
            cost, day, ""
        ):
            return self.browse()
        for standing in found:
            if standing._covers(cost) and standing._hold():
                return standing if standing._covers(cost) else self.browse()
        return self.browse()

    def _covers(self, cost):
        """Whether enough is left, and its giver may still say yes to that much."""
        self.ensure_one()
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            self.user_id, self.company_id
        )
        most = min(self.amount_left, ceiling)
        return self.currency_id.compare_amounts(cost.amount_estimate, most) <= 0

    def _hold(self):
        """Lock it, so that two requests cannot use the same rest."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            return False
        self.invalidate_recordset()
        return True

    def _move_to_case(self, case):
        """Follow the costs of a case that joins another."""
        self.with_context(debt_collection_token=TOKEN).write({"case_id": case.id})

    def _prepare_event(self):
        return {
            "standing": self.name,
            "amount": f"{self.amount:.2f}",
            "until": str(self.date_end),
            "by": self.user_id.login,
        }
