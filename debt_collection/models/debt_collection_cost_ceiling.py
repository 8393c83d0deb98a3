from odoo import api, fields, models
from odoo.exceptions import UserError

APPROVER = "debt_collection.debt_collection_group_approver"


class DebtCollectionCostCeiling(models.Model):
    """Up to which amount somebody may say yes to a cost; else the company's ceiling.

    Nobody sets his own.
    """

    _name = "debt.collection.cost.ceiling"
    _description = "Ceiling of an approver"
    _order = "company_id, amount, id"
    _rec_name = "user_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Approver",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Up to",
        required=True,
        help="Of one cost, in the currency of the company.",
    )

    _user_unique = models.UniqueIndex(
        "(user_id, company_id)", "An approver has one ceiling in a company."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A ceiling cannot be below zero."
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        own = any(vals.get("user_id") == self.env.uid for vals in vals_list)
        if own and not self.env.su:
            self._refuse_own()
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_own()
        result = super().write(vals)
        self._check_not_own()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        self._check_not_own()

    def _check_not_own(self):
        if not self.env.su and self.env.user in self.user_id:
            self._refuse_own()

    def _refuse_own(self):
        raise UserError(
            self.env._("Somebody else has to set your own ceiling: ask a manager.")
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_ceilings(self, users, company):
        """Up to which amount each user may approve in a company; 0: nothing.

        :param res.users users: whoever they are
        :rtype: dict[int, float]
        """
        # who approves need not see the ceilings of others
        rows = self.sudo().search(
            [("user_id", "in", users.ids), ("company_id", "=", company.id)]
        )
        own = {row.user_id.id: row.amount for row in rows}
        general = company.debt_collection_cost_ceiling
        return {
            user.id: own.get(user.id, general) if user.has_group(APPROVER) else 0.0
            for user in users
        }

    @api.model
    def _get_ceiling(self, user, company):
        """Up to which amount somebody may approve a cost of a company.

        :rtype: float
        """
        return self._get_ceilings(user, company)[user.id]

    @api.model
    def _get_approvers(self, company):
        """Everybody who may approve costs of a company."""
        # the list of colleagues with a role
        users_sudo = self.env["res.users"].sudo()
        return users_sudo.search(
            [
                ("all_group_ids", "in", self.env.ref(APPROVER).ids),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
            ]
        ).with_env(self.env)
