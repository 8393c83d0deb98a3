from odoo import Command, api, fields, models
from odoo.tools import ormcache

KINDS = [
    ("enterprise", "Enterprise"),
    ("consumer", "Consumer"),
    ("public", "Public body"),
]


class DebtCollectionPolicy(models.Model):
    """The ladder a creditor chose: what we want, never what the law allows."""

    _name = "debt.collection.policy"
    _description = "Collection policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: the policy serves every company.",
        index="btree_not_null",
    )
    description = fields.Text(translate=True)
    step_ids = fields.One2many(
        comodel_name="debt.collection.policy.step",
        inverse_name="policy_id",
        string="Steps",
        copy=True,
    )
    mode = fields.Selection(
        selection=[
            ("automatic", "Release at once"),
            ("review", "Wait for review"),
        ],
        default="automatic",
        required=True,
    )
    charges_rest = fields.Selection(
        selection=[
            ("waive", "Waive the rest and close the case"),
            ("pursue", "Pursue what is left of the charges"),
        ],
        string="When the invoices are paid",
        default="waive",
        required=True,
    )
    charges_minimum = fields.Float(
        string="Pursue above",
        digits="Account",
        help="In the currency of the case.",
    )
    plan_limit_ids = fields.One2many(
        comodel_name="debt.collection.plan.limit",
        inverse_name="policy_id",
        string="Limits of plans",
        copy=True,
        default=lambda self: self._default_plan_limit_ids(),
    )
    # For whom: every filled rule must hold; the first policy by sequence wins.
    debtor_kind = fields.Selection(selection=KINDS, string="Kind of debtor")
    country_ids = fields.Many2many(comodel_name="res.country", string="Countries")
    category_ids = fields.Many2many(
        comodel_name="res.partner.category", string="Debtor tags"
    )
    is_foreign = fields.Boolean(
        string="Abroad", help="The debtor lives in another country than the company."
    )
    journal_ids = fields.Many2many(comodel_name="account.journal", string="Journals")
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    amount_min = fields.Monetary(
        string="Invoice from",
        help="In the currency of the company; 0 for no bound.",
    )
    amount_max = fields.Monetary(string="Invoice below")
    days_late_min = fields.Float(
        string="Usually late by",
        help="Average days late of what the debtor paid in the last twelve months, at "
        "least; 0 for no rule.",
    )

    # === DEFAULTS === #

    def _default_plan_limit_ids(self):
        """Sensible limits to start from: (sums from, months, instalment, first)."""
        bands = ((0, 6, 25, 30), (1000, 12, 50, 30), (5000, 12, 250, 30))
        return [
            Command.create(
                {
                    "amount_from": start,
                    "max_months": months,
                    "min_instalment": least,
                    "max_first_delay": days,
                }
            )
            for start, months, least, days in bands
        ]

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for policy in self:
            company = policy.company_id or self.env.company
            policy.currency_id = company.currency_id

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._changed()
        return policies

    def write(self, vals):
        result = super().write(vals)
        self._changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._changed()
        return result

    # === BUSINESS METHODS === #

    def _changed(self):
        """A ladder that changed is decided again, for everybody, at the next run."""
        self.env.registry.clear_cache()
        self.env["debt.collection.account"]._mark_all_stale()

    @api.model
    @ormcache("company_id")
    def _get_ladders(self, company_id):
        """The policies of a company in order, each with its rule and its ladder.

        :param int company_id: the creditor
        :rtype: tuple[dict]
        """
        # cached for every user alike, so that no user's rights decide what it holds
        policies = self.sudo().search([("company_id", "in", (False, company_id))])
        return tuple(policy._get_ladder() for policy in policies)

    def _get_ladder(self):
        self.ensure_one()
        return {
            "id": self.id,
            "mode": self.mode,
            "kind": self.debtor_kind,
            "countries": frozenset(self.country_ids.ids),
            "tags": frozenset(self.category_ids.ids),
            "journals": frozenset(self.journal_ids.ids),
            "from": self.amount_min,
            "below": self.amount_max,
            "late": self.days_late_min,
            "foreign": self.is_foreign,
            "steps": tuple(step._get_clock_step() for step in self.step_ids),
        }

    @api.model
    def _find_ladder(self, company_id, row, tags=frozenset(), late=0.0):
        """The ladder for one item row of the daily run, or None.

        The override on the invoice comes first, then the one on the debtor, then
        the first policy whose rules all hold.
        """
        ladders = self._get_ladders(company_id)
        chosen = row["move_policy_id"] or row["partner_policy_id"]
        if chosen:
            by_id = {ladder["id"]: ladder for ladder in ladders}
            if chosen in by_id:
                return by_id[chosen]
        return next((x for x in ladders if self._rule_holds(x, row, tags, late)), None)

    @api.model
    def _rule_holds(self, ladder, row, tags, late):
        return (
            (not ladder["kind"] or ladder["kind"] == row["debtor_kind"])
            and (not ladder["countries"] or row["country_id"] in ladder["countries"])
            and (not ladder["journals"] or row["journal_id"] in ladder["journals"])
            and (not ladder["tags"] or bool(ladder["tags"] & tags))
            and row["amount_total"] >= ladder["from"]
            and (not ladder["below"] or row["amount_total"] < ladder["below"])
            and late >= ladder["late"]
            and (not ladder["foreign"] or row["is_foreign"])
        )
