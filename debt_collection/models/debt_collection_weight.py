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
# The longest average days late of each class of customers, the best first
CLASSES = {"good_days": 7, "fair_days": 30, "poor_days": 60}
# Below so many invoices due in a year there is no habit to speak of
LEAST = {"least_number": 3}
# Days a debtor has after the formal notice before the case can be handed over
READY = {"ready_days": 15}


class DebtCollectionWeight(models.Model):
    """How a company ranks its work list and classes its customers. No black box.

    A company without a row has the defaults; every figure here is one that people see
    and change.
    """

    _name = "debt.collection.weight"
    _description = "Weights and classes"
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
    good_days = fields.Integer(
        string="Pays well up to",
        default=CLASSES["good_days"],
        required=True,
        help="Average days late of a year, unpaid invoices counted with theirs so far.",
    )
    fair_days = fields.Integer(
        string="Pays late up to", default=CLASSES["fair_days"], required=True
    )
    poor_days = fields.Integer(
        string="Pays very late up to",
        default=CLASSES["poor_days"],
        required=True,
        help="Beyond it he hardly pays.",
    )
    least_number = fields.Integer(
        string="Invoices for a class",
        default=LEAST["least_number"],
        required=True,
        help="Fewer that fell due in a year are no habit yet.",
    )
    ready_days = fields.Integer(
        string="Ready to hand over after",
        default=READY["ready_days"],
        required=True,
        help="Days after the formal notice before a case shows as ready to hand over.",
    )

    _company_unique = models.UniqueIndex(
        "(company_id)", "This company has its weights already: change them."
    )

    # === CONSTRAINT METHODS === #

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

    @api.constrains(*CLASSES, *LEAST, *READY)
    def _check_classes(self):
        for row in self:
            days = [row[name] for name in CLASSES]
            if min(days) < 0 or days != sorted(set(days)):
                raise ValidationError(
                    self.env._("Each class needs more days late than the one before.")
                )
            if row.least_number < 1:
                raise ValidationError(
                    self.env._("A class needs at least one invoice that fell due.")
                )
            if row.ready_days < 0:
                raise ValidationError(
                    self.env._("The days after the formal notice cannot be negative.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._reclassify(rows.company_id)
        rows._rank(rows.company_id)
        return rows

    def write(self, vals):
        companies = self.company_id
        result = super().write(vals)
        if not vals.keys().isdisjoint({"company_id", *CLASSES, *LEAST}):
            self._reclassify(companies | self.company_id)
        if not vals.keys().isdisjoint({"company_id", *WEIGHTS, *FULLS}):
            self._rank(companies | self.company_id)
        return result

    def unlink(self):
        companies = self.company_id
        result = super().unlink()
        self._reclassify(companies)
        self._rank(companies)
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _reclassify(self, companies):
        """The customers of companies get the classes that hold now."""
        Portfolio = self.env["debt.collection.portfolio"]
        Portfolio._classify(Portfolio.search([("company_id", "in", companies.ids)]))

    @api.model
    def _rank(self, companies):
        """The debtors of companies are ranked by the weights that hold now."""
        self.env.flush_all()
        for company in companies:
            day = company._get_collection_today()
            self.env["debt.collection.portfolio"]._rank(company, day)

    @api.model
    def _get_given(self, company, defaults):
        """What the company chose for some of its figures, else their defaults.

        :param dict defaults: one of the constants of this module
        :rtype: dict
        """
        row = self.search([("company_id", "=", company.id)], limit=1)
        return {name: row[name] for name in defaults} if row else dict(defaults)
