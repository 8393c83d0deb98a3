from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .debt_collection_case_legal import WARN_DAYS
from .debt_collection_policy_step import MEETINGS
from .debt_collection_weight import FULLS, WEIGHTS

# What this transaction changed, until the debtors are ranked
KEY = "debt_collection.ranked"
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
NEXT_ACTIONS = [
    ("dispute", "Answer the dispute"),
    ("limitation", "Save the claim from its limitation"),
    ("broken", "Call: the promise was broken"),
    ("answer", "Answer the proposed plan"),
    ("failed", "Mend what failed"),
    ("call", "Call or visit"),
    ("stuck", "Decide what comes next"),
    ("review", "Review the letter"),
    ("credit", "Match the credit"),
]
# Plans that wait for the creditor
TO_ANSWER = ("proposed", "to_approve")
PARTS = ("stake", "age", "habit", "broken", "urgency")
# What ranking writes
RANKS = ("next_action", "tasks", "points", *(f"points_{part}" for part in PARTS))


class DebtCollectionPortfolioRank(models.AbstractModel):
    """Who needs a hand today, why, and in which order.

    Written by what changes it (`debt.collection.ranked`) and once a day for what only
    time brings: a page of the work list then reads an index, whatever waits. Points are
    shares of the company's weights.
    """

    _name = "debt.collection.portfolio.rank"
    _description = "Rank of a debtor"

    next_action = fields.Selection(
        selection=NEXT_ACTIONS, string="Next best action", readonly=True
    )
    tasks = fields.Integer(readonly=True, help="How many things wait.")
    points = fields.Integer(aggregator="max", readonly=True)
    points_stake = fields.Integer(readonly=True)
    points_age = fields.Integer(readonly=True)
    points_habit = fields.Integer(readonly=True)
    points_broken = fields.Integer(readonly=True)
    points_urgency = fields.Integer(readonly=True)

    _rank_idx = models.Index("(points DESC, id) WHERE next_action IS NOT NULL")

    # === RANKING === #

    @api.model
    def _note_change(self, model, keys):
        """Debtors are ranked before the transaction ends, those of all notes together.

        :param str model: of which the keys are ids; none: pairs of company and partner
        """
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = defaultdict(set)
            precommit.add(self._rank_changes)
        precommit.data[KEY][model].update(keys)

    @api.model
    def _rank_partner(self, partner):
        """Rank a debtor in every company before the transaction ends."""
        rows = self.search([("partner_id", "=", partner.commercial_partner_id.id)])
        keys = [(row.company_id.id, row.partner_id.id) for row in rows]
        self._note_change(None, keys)

    @api.model
    def _rank_changes(self):
        """Rank the debtors of all that this transaction changed."""
        self.env.flush_all()
        # taken out: what another hook changes after this one is a note of its own
        changes = self.env.cr.precommit.data.pop(KEY, None)
        if not changes:
            return
        partners = defaultdict(list)
        for company, partner in self._find_changed(changes):
            partners[company].append(partner)
        for company in self.env["res.company"].browse(partners):
            day = company._get_collection_today()
            self._rank(company, day, partners[company.id])

    @api.model
    def _find_changed(self, changes):
        """Pairs of company and partner of those who have a row to rank."""
        pairs = changes.pop(None, ())
        sources = [
            self.env[model]._get_ranked_sql(ids) for model, ids in changes.items()
        ]
        sources.append(
            SQL(
                "SELECT * FROM unnest(%s::int[], %s::int[])",
                [company for company, _partner in pairs],
                [partner for _company, partner in pairs],
            )
        )
        return self.env.execute_query(
            SQL(
                """SELECT k.* FROM (%s) k (company_id, partner_id)
                     JOIN debt_collection_portfolio b
                          ON (b.company_id, b.partner_id)
                           = (k.company_id, k.partner_id)""",
                SQL(" UNION ").join(sources),
            )
        )

    @api.model
    def _rank(self, company, day, partners=None):
        """Rank debtors of a company as of a day; equal rows stay untouched.

        :param list partners: ids of the debtors; all of the company when left out
        """
        names = [SQL.identifier(name) for name in RANKS]
        changed = self.env.execute_query(
            SQL(
                """UPDATE debt_collection_portfolio b SET %(sets)s
                     FROM (%(ranks)s) r
                    WHERE b.id = r.id AND (%(old)s) IS DISTINCT FROM (%(new)s)
                   RETURNING b.id""",
                sets=SQL(", ").join(SQL("%s = r.%s", name, name) for name in names),
                ranks=self._get_ranks_sql(company, day, partners),
                old=SQL(", ").join(SQL("b.%s", name) for name in names),
                new=SQL(", ").join(SQL("r.%s", name) for name in names),
            )
        )
        if changed:
            Portfolio = self.env["debt.collection.portfolio"]
            Portfolio.invalidate_model(RANKS, flush=False)
            self.env["debt.collection.work"].invalidate_model(flush=False)

    @api.model
    def _get_ranks_sql(self, company, day, partners=None):
        """The id of each debtor's row, with what ranking writes as of a day."""
        some = SQL()
        if partners is not None:
            some = SQL("AND partner_id = ANY(%s)", partners)
        # the conditions stand outside: the database brings them into each source
        return SQL(
            """SELECT r.*, %(sum)s AS points
                 FROM (SELECT b.id, s.next_action, COALESCE(s.tasks, 0) AS tasks,
                              %(points)s
                         FROM (SELECT * FROM debt_collection_portfolio
                                WHERE company_id = %(company)s %(some)s) b
                         LEFT JOIN (SELECT * FROM (%(tasks)s) t
                                     WHERE company_id = %(company)s %(some)s) s
                              ON s.partner_id = b.partner_id
                         LEFT JOIN debt_collection_weight w
                              ON w.company_id = b.company_id) r""",
            company=company.id,
            points=SQL(", ").join(self._get_points_sql(day)),
            some=some,
            sum=SQL(" + ").join(SQL.identifier(f"points_{part}") for part in PARTS),
            tasks=self._get_tasks_sql(day),
        )

    @api.model
    def _get_points_sql(self, day):
        """The points of each measure: its share of the weight, rounded; none idle."""
        shares = {
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
                """CASE WHEN s.tasks IS NOT NULL THEN round(
                            %s * LEAST(1, GREATEST(0, COALESCE(%s, 0))))::int
                   END AS %s""",
                self._given_sql(WEIGHTS, f"weight_{part}"),
                shares[part],
                SQL.identifier(f"points_{part}"),
            )
            for part in PARTS
        ]

    @api.model
    def _given_sql(self, defaults, name):
        """A weight of the company's row w, its default where there is no row."""
        return SQL("COALESCE(w.%s, %s)", SQL.identifier(name), defaults[name])

    # === WHAT ASKS FOR A HAND === #

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

        Extend by `super()`; each must be answered by an index on what waits, and what
        it reads be `debt.collection.ranked`.
        """
        return [
            *self._get_letter_sources(day),
            *self._get_account_sources(),
            SQL(
                """SELECT company_id, partner_id, 'dispute'
                     FROM debt_collection_dispute WHERE state = 'open'"""
            ),
            SQL(
                """SELECT company_id, partner_id, 'answer'
                     FROM debt_collection_plan WHERE state = ANY(%s)""",
                list(TO_ANSWER),
            ),
            # past it too: somebody closes the case, or proves an interruption
            SQL(
                """SELECT company_id, partner_id, 'limitation'
                     FROM debt_collection_case
                    WHERE date_closed IS NULL AND date_limitation <= %s""",
                day + timedelta(days=WARN_DAYS),
            ),
            # broken promises of open cases that nobody reacted to since
            SQL(
                """SELECT company_id, partner_id, 'broken'
                     FROM debt_collection_plan WHERE id IN (%s)""",
                self.env["debt.collection.plan"]._get_unanswered_sql(),
            ),
        ]

    @api.model
    def _get_letter_sources(self, day):
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
        ]

    @api.model
    def _get_account_sources(self):
        return [
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
