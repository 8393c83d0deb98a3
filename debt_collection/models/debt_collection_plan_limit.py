from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.assessment import Limits
from .debt_collection_facts import to_decimal


class DebtCollectionPlanLimit(models.Model):
    """Up to where a collector agrees to a plan alone, for sums from an amount on."""

    _name = "debt.collection.plan.limit"
    _description = "Limits of a payment plan"
    _order = "policy_id, amount_from"
    _check_company_auto = True

    policy_id = fields.Many2one(
        comodel_name="debt.collection.policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="policy_id.company_id",
        store=True,
        index=True,
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    amount_from = fields.Monetary(
        string="Sums from", help="In the currency of the company."
    )
    max_months = fields.Integer(string="Months at most", default=12)
    min_instalment = fields.Monetary(string="Instalment at least")
    max_first_delay = fields.Integer(
        string="First payment within",
        default=30,
        help="Days; for a promise, the days until the promised one.",
    )

    _amount_unique = models.UniqueIndex(
        "(policy_id, amount_from)", "Two limits of a policy start at one amount."
    )

    @api.constrains("amount_from", "max_months", "min_instalment", "max_first_delay")
    def _check_limits(self):
        names = ("amount_from", "max_months", "min_instalment", "max_first_delay")
        if any(limit[name] < 0 for limit in self for name in names):
            raise ValidationError(self.env._("A limit cannot be less than nothing."))

    def _get_limits(self):
        """The limits as the arithmetic takes them.

        :rtype: tools.assessment.Limits
        """
        self.ensure_one()
        return Limits(
            max_months=self.max_months,
            min_instalment=to_decimal(self.min_instalment, self.currency_id),
            max_first_delay=self.max_first_delay,
        )
