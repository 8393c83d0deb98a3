from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .debt_collection_case_legal import WARN_DAYS
from .debt_collection_plan import WAITING
from .debt_collection_policy_step import MEETINGS
from .debt_collection_weight import FULLS, WEIGHTS

# What asks for a hand, the most urgent first, with its share of the urgency points
URGENCY = {
    "dispute": 100,
    "limitation": 95,
    "broken": 90,
    "answer": 80,
    "failed": 80,
    "call": 60,
    "stuck": 60,
    "review": 50,
    "credit": 30,
}
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

    A query, nothing is stored: a row leaves when what asks for a hand is gone. Points
    are shares of the company's weights and every row says where its own come from.
    """

    _name = "debt.collection.work"
    _description = "Work of today"
    _auto = False
    _order = "points desc, id"
    _rec_name = "partner_id"
    _depends = {
        "debt.collection.account": ["amount_credit", "amount_open", "blockers"],
        "debt.collection.action": ["date_done", "partner_id", "state"],
        "debt.collection.portfolio": [
            "amount_overdue",
            "date_oldest",
            "team_id",
            "user_id",
        ],
        "debt.collection.case": ["date_closed", "date_limitation", "partner_id"],
        "debt.collection.contact": ["moment", "state"],
        "debt.collection.delivery": ["channel", "state"],
        "debt.collection.dispute": ["partner_id", "state"],
        "debt.collection.plan": ["date_ended", "partner_id", "state"],
        "debt.collection.weight": [*WEIGHTS, *FULLS],
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
        selection=[
            ("dispute", "Answer the dispute"),
            ("limitation", "Save the claim from its limitation"),
            ("broken", "Call: the promise was broken"),
            ("answer", "Answer the proposed plan"),
            ("failed", "Mend what failed"),
            ("call", "Call or visit"),
            ("stuck", "Decide what comes next"),
            ("review", "Review the letter"),
            ("credit", "Match the credit"),
        ],
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
                self.env._("%(number)s promises broken", number=self.broken),
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
            "answer": ("debt.collection.plan", [("state", "in", WAITING)]),
            "failed": ("debt.collection.action", [("state", "=", "failed")]),
            "call": cases,
            "stuck": (account, [("next_date", "=", False)]),
            "review": ("debt.collection.action", [("state", "=", "planned")]),
            "credit": (account, [("amount_credit", ">", 0)]),
        }

    # === QUERY === #

    @property
    def _table_query(self):
        day = self.env.company._get_collection_today()
        return SQL(
            """SELECT r.*, r.points_stake + r.points_age + r.points_habit
                         + r.points_broken + r.points_urgency AS points
                 FROM (
                   SELECT b.id, b.company_id, co.currency_id, b.partner_id, b.user_id,
                          b.team_id, s.next_action, s.tasks, b.amount_overdue,
                          b.days_late, b.broken,
                          GREATEST(%(day)s - b.date_oldest, 0) AS days_oldest,
                          %(points)s
                     FROM (%(tasks)s) s
                     JOIN debt_collection_portfolio b
                          ON (b.company_id, b.partner_id)
                           = (s.company_id, s.partner_id)
                     JOIN res_company co ON co.id = b.company_id
                     LEFT JOIN debt_collection_weight w
                          ON w.company_id = b.company_id) r""",
            day=day,
            points=SQL(", ").join(self._get_points_sql(day)),
            tasks=self._get_tasks_sql(day),
        )

    @api.model
    def _get_points_sql(self, day):
        """The points of each measure: its share of the weight, rounded."""
        parts = {
            "stake": SQL("b.amount_overdue / %s", self._given_sql(FULLS, "stake_full")),
            "age": SQL(
                "(%s - b.date_oldest)::numeric / %s",
                day,
                self._given_sql(FULLS, "age_full"),
            ),
            "habit": SQL(
                "b.days_late::numeric / %s", self._given_sql(FULLS, "habit_full")
            ),
            "broken": SQL("LEAST(b.broken, 1)"),
            "urgency": SQL("s.urgency / 100.0"),
        }
        return [
            SQL(
                "round(%s * LEAST(1, GREATEST(0, COALESCE(%s, 0))))::int AS %s",
                self._given_sql(WEIGHTS, f"weight_{key}"),
                part,
                SQL.identifier(f"points_{key}"),
            )
            for key, part in parts.items()
        ]

    @api.model
    def _given_sql(self, defaults, name):
        """A weight of the company's row w, its default where there is no row."""
        return SQL("COALESCE(w.%s, %s)", SQL.identifier(name), defaults[name])

    @api.model
    def _get_tasks_sql(self, day):
        """One row a debtor with something to do: the most urgent, and how many."""
        # one number orders kinds, ties by name: the largest tells both, without a sort
        kinds = sorted(URGENCY, reverse=True)
        kinds.sort(key=URGENCY.get)
        rank = SQL(" ").join(
            SQL("WHEN %s THEN %s", kind, URGENCY[kind] * 100 + index)
            for index, kind in enumerate(kinds)
        )
        return SQL(
            """SELECT company_id, partner_id, tasks, rank / 100 AS urgency,
                      (%s::text[])[rank %% 100 + 1] AS next_action
                 FROM (SELECT t.company_id, t.partner_id, count(*)::int AS tasks,
                              max(CASE t.kind %s ELSE -1 END) AS rank
                         FROM (%s) t
                        GROUP BY t.company_id, t.partner_id) u""",
            kinds,
            rank,
            SQL(" UNION ALL ").join(self._get_sources(day)),
        )

    @api.model
    def _get_sources(self, day):
        """What asks for a hand: queries of company, partner and kind of task.

        Extend by `super()`; each must be answered by an index on what waits.
        """
        return [
            SQL(
                """SELECT company_id, partner_id,
                          CASE state WHEN 'planned' THEN 'review' ELSE 'failed' END
                              AS kind
                     FROM debt_collection_action WHERE state IN ('planned', 'failed')"""
            ),
            SQL(
                """SELECT a.company_id, a.partner_id, 'call'
                     FROM debt_collection_delivery d
                     JOIN debt_collection_action a ON a.id = d.action_id
                    WHERE d.state = 'to_send' AND d.channel = ANY(%s)
                      AND COALESCE(d.date_planned, %s) <= %s
                      AND a.state = 'released'""",
                list(MEETINGS),
                day,
                day,
            ),
            SQL(
                """SELECT company_id, partner_id, 'dispute'
                     FROM debt_collection_dispute WHERE state = 'open'"""
            ),
            SQL(
                """SELECT company_id, partner_id, 'answer'
                     FROM debt_collection_plan WHERE state = ANY(%s)""",
                ["proposed", "to_approve"],
            ),
            # past it too: somebody closes the case, or proves an interruption
            SQL(
                """SELECT company_id, partner_id, 'limitation'
                     FROM debt_collection_case
                    WHERE date_closed IS NULL AND date_limitation <= %s""",
                day + timedelta(days=WARN_DAYS),
            ),
            self._get_broken_sql(),
            SQL(
                """SELECT company_id, partner_id, 'stuck'
                     FROM debt_collection_account
                    WHERE next_date IS NULL AND item_count > 0
                      AND (blockers @> '[["ladder_done"]]'
                           OR blockers @> '[["no_policy"]]')"""
            ),
            SQL(
                """SELECT company_id, partner_id, 'credit'
                     FROM debt_collection_account
                    WHERE amount_credit > 0 AND amount_open > 0"""
            ),
        ]

    @api.model
    def _get_broken_sql(self):
        """Broken promises of open cases that nobody reacted to since."""
        return SQL(
            """SELECT company_id, partner_id, 'broken'
                 FROM debt_collection_plan WHERE id IN (%s)""",
            self.env["debt.collection.plan"]._get_unanswered_sql(),
        )
