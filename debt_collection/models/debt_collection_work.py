from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .debt_collection_case_legal import WARN_DAYS
from .debt_collection_portfolio_rank import NEXT_ACTIONS, RANKS, TO_ANSWER

# What the reasons of a row are made of
MEASURED = (
    "amount_overdue",
    "broken",
    "currency_id",
    "days_late",
    "days_oldest",
    "next_action",
    "points_age",
    "points_broken",
    "points_habit",
    "points_stake",
    "points_urgency",
)


class DebtCollectionWork(models.Model):
    """Today's work list: one row a debtor who needs a hand, ranked.

    The portfolios that `debt.collection.portfolio.rank` gave something to do: a row
    leaves when what asks for a hand is gone, and says where its points come from.
    """

    _name = "debt.collection.work"
    _description = "Work of today"
    _auto = False
    _order = "points desc, id"
    _rec_name = "partner_id"
    _depends = {
        "debt.collection.portfolio": [
            "amount_overdue",
            "broken",
            "company_id",
            "date_oldest",
            "days_late",
            "partner_id",
            "team_id",
            "user_id",
            *RANKS,
        ],
        "res.company": ["currency_id"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(
        comodel_name="res.currency", readonly=True, string="Company currency"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Debtor", readonly=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Collector", readonly=True
    )
    team_id = fields.Many2one(
        comodel_name="debt.collection.team", string="Team", readonly=True
    )
    next_action = fields.Selection(
        selection=NEXT_ACTIONS,
        string="Next best action",
        readonly=True,
    )
    tasks = fields.Integer(readonly=True, help="How many things wait.")
    points = fields.Integer(aggregator="max", readonly=True)
    amount_overdue = fields.Monetary(string="At stake", readonly=True)
    days_oldest = fields.Integer(
        string="Oldest, days late", aggregator="max", readonly=True
    )
    days_late = fields.Float(
        string="Usual days late", digits=(8, 1), aggregator="avg", readonly=True
    )
    broken = fields.Integer(string="Promises broken", readonly=True)
    points_stake = fields.Integer(readonly=True)
    points_age = fields.Integer(readonly=True)
    points_habit = fields.Integer(readonly=True)
    points_broken = fields.Integer(readonly=True)
    points_urgency = fields.Integer(readonly=True)
    reasons = fields.Char(string="Why here", compute="_compute_reasons")

    # === COMPUTE METHODS === #

    # all that the words are made of: a page is then read by one query
    @api.depends(*MEASURED)
    @api.depends_context("lang")
    def _compute_reasons(self):
        """The three measures that gave most, each with its points."""
        actions = dict(self._fields["next_action"]._description_selection(self.env))
        for row in self:
            ranked = sorted(row._get_measures(actions), key=lambda pair: -pair[0])
            row.reasons = " · ".join(
                f"{text} (+{points})" for points, text in ranked[:3] if points
            )

    def _get_measures(self, actions):
        """(points, text) of each measure.

        :param dict actions: the labels of the next best actions
        """
        self.ensure_one()
        amount = formatLang(
            self.env, self.amount_overdue, currency_obj=self.currency_id
        )
        return [
            (self.points_stake, self.env._("%(amount)s overdue", amount=amount)),
            (
                self.points_age,
                self.env._("oldest %(days)s days late", days=self.days_oldest),
            ),
            (
                self.points_habit,
                self.env._("usually %(days)s days late", days=round(self.days_late)),
            ),
            (
                self.points_broken,
                self.env._("promises broken: %(number)s", number=self.broken),
            ),
            (self.points_urgency, actions.get(self.next_action, "")),
        ]

    # === ACTION METHODS === #

    def action_open(self):
        """Open what the next best action is about: one record, or their list."""
        self.ensure_one()
        model, domain = self._get_targets()[self.next_action]
        own = [("company_id", "=", self.company_id.id)]
        own.append(("partner_id", "=", self.partner_id.id))
        records = self.env[model].search([*own, *domain])
        window = {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": model,
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", records.ids)],
        }
        if len(records) == 1:
            window.update(views=[[False, "form"]], res_id=records.id)
        return window

    @api.model
    def _get_targets(self):
        """Next action -> (model, domain) of the records it is about."""
        cases = ("debt.collection.case", [("phase", "!=", "closed")])
        last = self.env.company._get_collection_today() + timedelta(days=WARN_DAYS)
        ending = [("date_closed", "=", False), ("date_limitation", "<=", last)]
        account = "debt.collection.account"
        return {
            "dispute": ("debt.collection.dispute", [("state", "=", "open")]),
            "limitation": ("debt.collection.case", ending),
            "broken": cases,
            "answer": ("debt.collection.plan", [("state", "in", TO_ANSWER)]),
            "failed": ("debt.collection.action", [("state", "=", "failed")]),
            "call": cases,
            "stuck": (account, [("next_date", "=", False)]),
            "review": ("debt.collection.action", [("state", "=", "planned")]),
            "credit": (account, [("amount_credit", ">", 0)]),
        }

    # === QUERY === #

    @api.model
    def _search(self, domain, *args, **kwargs):
        """What this transaction changed is ranked first."""
        # ranks are written by the system, whoever reads them
        portfolio_sudo = self.env["debt.collection.portfolio"].sudo()
        portfolio_sudo._rank_changes()
        return super()._search(domain, *args, **kwargs)

    @property
    def _table_query(self):
        return SQL(
            """SELECT b.id, b.company_id, co.currency_id, b.partner_id, b.user_id,
                      b.team_id, b.amount_overdue, b.days_late, b.broken,
                      GREATEST(%s - b.date_oldest, 0) AS days_oldest, %s
                 FROM debt_collection_portfolio b
                 JOIN res_company co ON co.id = b.company_id
                WHERE b.next_action IS NOT NULL""",
            self.env.company._get_collection_today(),
            SQL(", ").join(SQL("b.%s", SQL.identifier(name)) for name in RANKS),
        )
