from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What each measure gives at most; together the points of a row of the work list
WEIGHTS = {
    "weight_stake": 30,
    "weight_age": 15,
    "weight_habit": 15,
    "weight_broken": 15,
    "weight_urgency": 25,
}
# Where a measure has reached its most
FULLS = {"stake_full": 10000, "age_full": 180, "habit_full": 60}


class DebtCollectionWeight(models.Model):
    """How a company ranks its work list: what counts, and how much. No black box."""

    _name = "debt.collection.weight"
    _description = "Weights of the work list"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    weight_stake = fields.Integer(
        string="Amount overdue", default=WEIGHTS["weight_stake"], required=True
    )
    weight_age = fields.Integer(
        string="Age of the oldest", default=WEIGHTS["weight_age"], required=True
    )
    weight_habit = fields.Integer(
        string="Usual days late", default=WEIGHTS["weight_habit"], required=True
    )
    weight_broken = fields.Integer(
        string="Broken promises", default=WEIGHTS["weight_broken"], required=True
    )
    weight_urgency = fields.Integer(
        string="Urgency of the task", default=WEIGHTS["weight_urgency"], required=True
    )
    stake_full = fields.Monetary(
        string="Full points from",
        default=FULLS["stake_full"],
        required=True,
        help="Overdue amount that gives all points of the amount.",
    )
    age_full = fields.Integer(
        string="Full points at days",
        default=FULLS["age_full"],
        required=True,
        help="Days since the oldest due date that give all points of the age.",
    )
    habit_full = fields.Integer(
        string="Full points at usual days",
        default=FULLS["habit_full"],
        required=True,
        help="Usual days late that give all points of the habit.",
    )

    _company_unique = models.UniqueIndex(
        "(company_id)", "This company has its weights already: change them."
    )

    @api.constrains(*WEIGHTS, *FULLS)
    def _check_weights(self):
        for row in self:
            if min(row[name] for name in WEIGHTS) < 0:
                raise ValidationError(
                    self.env._("A weight cannot be negative: 0 leaves it out.")
                )
            if min(row[name] for name in FULLS) <= 0:
                raise ValidationError(
                    self.env._("Full points need a figure above zero.")
                )
