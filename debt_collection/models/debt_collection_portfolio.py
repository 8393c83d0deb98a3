from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .debt_collection_weight import CLASSES, LEAST

# What the daily run writes; the rest is the collectors'
MEASURES = (
    "amount_open",
    "amount_overdue",
    "amount_sold",
    "date_oldest",
    "number_due",
    "days_late",
    "days_late_before",
    "kept",
    "broken",
    "disputes",
)


class DebtCollectionPortfolio(models.Model):
    """How a debtor pays one of our companies, as the daily run saw it last.

    Facts and a class with its reasons. It advises people and ranks their work; it never
    refuses a plan and never chooses a route.
    """

    _name = "debt.collection.portfolio"
    _inherit = ["debt.collection.portfolio.advice", "debt.collection.portfolio.rank"]
    _description = "Customer of a portfolio"
    _order = "amount_overdue desc, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Collector",
        index="btree_not_null",
        help="Whose portfolio the debtor is in; the run fills it only where it is "
        "empty: from the debtor's cases, else from the salesperson, else by the rules "
        "of the teams.",
    )
    team_id = fields.Many2one(
        comodel_name="debt.collection.team",
        readonly=True,
        index="btree_not_null",
        help="The first team whose rule holds for the debtor.",
    )
    amount_open = fields.Monetary(string="Open", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_sold = fields.Monetary(string="Invoiced in a year", readonly=True)
    date_oldest = fields.Date(string="Oldest due", readonly=True)
    number_due = fields.Integer(string="Invoices due in a year", readonly=True)
    days_late = fields.Float(
        aggregator="avg",
        digits=(8, 1),
        readonly=True,
        help="Average of the invoices due in the last year; an unpaid one counts with "
        "its days so far.",
    )
    days_late_before = fields.Float(
        string="Days late, a year before",
        aggregator="avg",
        digits=(8, 1),
        readonly=True,
    )
    kept = fields.Integer(string="Promises kept", readonly=True)
    broken = fields.Integer(string="Promises broken", readonly=True)
    disputes = fields.Integer(string="Disputes in a year", readonly=True)
    # What follows from them
    risk = fields.Selection(
        selection=[
            ("new", "No habit yet"),
            ("good", "Pays well"),
            ("fair", "Pays late"),
            ("poor", "Pays very late"),
            ("bad", "Hardly pays"),
        ],
        compute="_compute_risk",
        store=True,
    )
    reasons = fields.Char(compute="_compute_advice")
    advice = fields.Char(compute="_compute_advice")
    score = fields.Text(
        string="Solvency score",
        compute="_compute_score",
        help="Of what was paid in two years; see the solvency checks.",
    )
    limit_proposed = fields.Monetary(
        string="Proposed credit limit",
        compute="_compute_limit_proposed",
        help="Two average months of sales for who pays well, one for who pays late, "
        "what is open today for who pays very late, nothing for who hardly pays.",
    )

    _debtor_unique = models.UniqueIndex(
        "(company_id, partner_id)", "This debtor has a row in this company already."
    )

    # === COMPUTE METHODS === #

    @api.depends("number_due", "days_late", "broken", "kept")
    def _compute_risk(self):
        Weight = self.env["debt.collection.weight"]
        for company, rows in self.grouped("company_id").items():
            given = Weight._get_given(company, CLASSES | LEAST)
            for row in rows:
                row.risk = row._get_class(given)

    @api.depends("risk", "amount_sold", "amount_open")
    def _compute_limit_proposed(self):
        for row in self:
            month = row.amount_sold / 12
            limits = {"good": 2 * month, "fair": month, "poor": row.amount_open}
            row.limit_proposed = row.currency_id.round(limits.get(row.risk, 0.0))

    @api.depends("risk", *MEASURES)
    @api.depends_context("lang")
    def _compute_advice(self):
        words = self._get_advices()
        for row in self:
            row.reasons = ", ".join(row._get_reasons())
            row.advice = words[row.risk or "new"]

    @api.depends("risk")
    @api.depends_context("lang")
    def _compute_score(self):
        Behaviour = self.env["debt.collection.behaviour"]
        for company, rows in self.grouped("company_id").items():
            day = company._get_collection_today()
            scores = Behaviour._get_scores(rows.partner_id, company, day)
            for row in rows:
                words = Behaviour._word(scores[row.partner_id.id])
                row.score = "\n".join(words)

    # === CLASS AND WORDS === #

    def _get_class(self, given):
        """The class of the debtor; more broken promises than kept lower it by one.

        :param dict given: days of each class and the least number, of the company
        """
        self.ensure_one()
        if self.number_due < given["least_number"]:
            return "new"
        lasts = {name.removesuffix("_days"): given[name] for name in CLASSES}
        keys = [*lasts, "bad"]
        found = next((k for k, last in lasts.items() if self.days_late <= last), "bad")
        if self.broken > self.kept:
            return keys[min(keys.index(found) + 1, len(keys) - 1)]
        return found

    def _get_reasons(self):
        """Why the debtor is in his class, in short clauses.

        :rtype: list[str]
        """
        self.ensure_one()
        clauses = [
            self.env._(
                "%(days)s days late on average over %(number)s invoices due in a year",
                days=round(self.days_late),
                number=self.number_due,
            )
        ]
        if self.days_late_before and self.risk != "new":
            clauses.append(self._word_trend())
        if self.kept or self.broken:
            clauses.append(
                self.env._(
                    "%(kept)s of %(total)s promises kept",
                    kept=self.kept,
                    total=self.kept + self.broken,
                )
            )
        if self.disputes:
            clauses.append(self.env._("%(number)s disputes", number=self.disputes))
        return clauses

    def _word_trend(self):
        change = round(self.days_late - self.days_late_before)
        if change > 0:
            return self.env._("%(days)s days later than the year before", days=change)
        if change < 0:
            return self.env._("%(days)s days sooner than the year before", days=-change)
        return self.env._("as the year before")

    @api.model
    def _get_advices(self):
        """What is suggested for each class; a person decides."""
        return {
            "new": self.env._("Too few invoices to say: agree short terms at first."),
            "good": self.env._("Pays well: longer terms can be granted."),
            "fair": self.env._(
                "Pays late: call before the due date and keep the terms as they are."
            ),
            "poor": self.env._(
                "Pays very late: shorten the terms and ask for a deposit."
            ),
            "bad": self.env._(
                "Hardly pays: deliver against a deposit or with retention of title "
                "only."
            ),
        }

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and set(vals) - {"user_id"}:
            raise UserError(self.env._("What the ledger says is not changed by hand."))
        return super().write(vals)

    # === REFRESH === #

    @api.model
    def _cron_refresh(self):
        """Once a day: every company's debtors, a company a transaction."""
        # every creditor of the database: pylint: disable-next=no-search-all
        for company in self.env["res.company"].search([]):
            day = company._get_collection_today()
            self.env["debt.collection.run"]._undisturbed(
                lambda company=company, day=day: self._refresh(company, day)
            )
            if not self.env["ir.cron"]._commit_progress(1):
                return

    @api.model
    def _refresh(self, company, day):
        """Bring every row of a company to a day: one statement, equal rows untouched.

        :return: how many rows changed
        :rtype: int
        """
        self.env.flush_all()
        columns = [SQL.identifier(name) for name in MEASURES]
        names = SQL(", ").join(columns)
        self.env.cr.execute(
            SQL(
                """INSERT INTO debt_collection_portfolio AS b
                          (company_id, partner_id, user_id, %(names)s)
                   SELECT %(company)s, m.partner_id, m.user_id, %(measured)s
                     FROM (%(rows)s) m
                   ON CONFLICT (company_id, partner_id) DO UPDATE
                      SET user_id = COALESCE(b.user_id, EXCLUDED.user_id), %(sets)s
                    WHERE (COALESCE(b.user_id, EXCLUDED.user_id), %(new)s)
                          IS DISTINCT FROM (b.user_id, %(old)s)
                   RETURNING b.id""",
                names=names,
                company=company.id,
                measured=SQL(", ").join(SQL("m.%s", column) for column in columns),
                rows=self._get_measures_sql(company, day),
                sets=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", column, column) for column in columns
                ),
                new=SQL(", ").join(SQL("EXCLUDED.%s", column) for column in columns),
                old=SQL(", ").join(SQL("b.%s", column) for column in columns),
            )
        )
        changed = self.browse(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model(flush=False)
        self._classify(changed)
        self.env["debt.collection.team"]._share_out(company)
        self._rank(company, day)
        return len(changed)

    @api.model
    def _classify(self, rows):
        """The class of rows that changed, by what computes it for one."""
        self.env.add_to_compute(self._fields["risk"], rows)
        self.flush_model(["risk"])

    @api.model
    def _get_measures_sql(self, company, day):
        """One row a debtor of the company: what is open, and the habits of a year."""
        cockpit = self.env["debt.collection.cockpit"].with_company(company)
        scope = cockpit._get_period(company, day - timedelta(days=729), day)
        year = day - timedelta(days=364)
        return SQL(
            """SELECT x.partner_id, o.user_id,
                      COALESCE(x.open, 0) AS amount_open,
                      COALESCE(x.overdue, 0) AS amount_overdue,
                      COALESCE(x.sold, 0) AS amount_sold, x.oldest AS date_oldest,
                      COALESCE(l.number, 0) AS number_due,
                      COALESCE(l.late, 0) AS days_late,
                      COALESCE(l.before, 0) AS days_late_before,
                      COALESCE(n.kept, 0) AS kept, COALESCE(n.broken, 0) AS broken,
                      COALESCE(d.number, 0) AS disputes
                 FROM (SELECT partner_id, sum(amount_residual) AS open,
                              sum(amount_residual) FILTER (
                                  WHERE due < %(day)s AND amount_residual > 0)
                                  AS overdue,
                              sum(balance) FILTER (WHERE is_sale AND date >= %(year)s)
                                  AS sold,
                              min(due) FILTER (
                                  WHERE due < %(day)s AND amount_residual > 0) AS oldest
                         FROM (%(items)s) i WHERE partner_id IS NOT NULL
                        GROUP BY partner_id) x
                 LEFT JOIN (SELECT partner_id,
                              count(*) FILTER (WHERE due >= %(year)s) AS number,
                              round(avg(late) FILTER (WHERE due >= %(year)s), 1)
                                  AS late,
                              round(avg(late) FILTER (WHERE due < %(year)s), 1)
                                  AS before
                         FROM (%(lateness)s) z GROUP BY partner_id) l
                      ON l.partner_id = x.partner_id
                 %(counts)s
                 LEFT JOIN (%(owners)s) o ON o.partner_id = x.partner_id""",
            day=day,
            year=year,
            counts=self._get_counts_sql(company, year),
            items=cockpit._get_items_sql(scope),
            lateness=cockpit._get_lateness_sql(scope),
            owners=self._get_owners_sql(company),
        )

    @api.model
    def _get_counts_sql(self, company, since):
        """The promises `n` and disputes `d` of the debtors `x` since a day."""
        return SQL(
            """LEFT JOIN (SELECT partner_id,
                              count(*) FILTER (WHERE state = 'kept') AS kept,
                              count(*) FILTER (WHERE state = 'broken') AS broken
                         FROM debt_collection_plan
                        WHERE company_id = %(company)s AND date_ended >= %(since)s
                          AND kind IN ('promise', 'plan')
                        GROUP BY partner_id) n ON n.partner_id = x.partner_id
                 LEFT JOIN (SELECT partner_id, count(*) AS number
                         FROM debt_collection_dispute
                        WHERE company_id = %(company)s AND date >= %(since)s
                        GROUP BY partner_id) d ON d.partner_id = x.partner_id""",
            company=company.id,
            since=since,
        )

    @api.model
    def _get_owners_sql(self, company):
        """Whose debtor it is: the collector of his latest case, else the salesperson.

        Who is nobody's after that is handed out by `debt.collection.team`.
        """
        return SQL(
            """SELECT p.id AS partner_id, COALESCE(c.user_id, p.user_id) AS user_id
                 FROM res_partner p
                 LEFT JOIN (SELECT DISTINCT ON (partner_id) partner_id, user_id
                              FROM debt_collection_case
                             WHERE company_id = %s AND user_id IS NOT NULL
                             ORDER BY partner_id, id DESC) c ON c.partner_id = p.id
                WHERE p.commercial_partner_id = p.id""",
            company.id,
        )

    @api.model
    def _join_partners(self, sources, target):
        """One row a company for debtors about to be merged: the target's, if any.

        Its figures are those of one of them until the next refresh.
        """
        debtor = target.commercial_partner_id
        rows = self.search([("partner_id", "in", (sources | debtor).ids)])
        for group in rows.grouped("company_id").values():
            kept = group.filtered(lambda row: row.partner_id == debtor)[:1] or group[:1]
            kept.user_id = kept.user_id or (group - kept).user_id[:1]
            (group - kept).unlink()
        self.env.flush_all()

    # === WHOSE === #

    @api.model
    def _hand_out(self, pairs):
        """Put debtors into portfolios, a write for each collector.

        :param list pairs: (portfolio id, user id)
        """
        found = defaultdict(list)
        for key, user in pairs:
            found[user].append(key)
        for user, keys in found.items():
            self.browse(keys).user_id = user

    @api.model
    def _get_owners(self, accounts):
        """Who gets the cases of accounts: the debtor's collector, else his salesperson.

        :rtype: dict[int, int | None]
        """
        self.flush_model(["user_id"])
        self.env["res.partner"].flush_model(["user_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT a.id, COALESCE(b.user_id, p.user_id)
                         FROM debt_collection_account a
                         JOIN res_partner p ON p.id = a.partner_id
                         LEFT JOIN debt_collection_portfolio b
                              ON (b.company_id, b.partner_id)
                               = (a.company_id, a.partner_id)
                        WHERE a.id = ANY(%s)""",
                    accounts.ids,
                )
            )
        )

    @api.model
    def _get_whose_domain(self, whose, path="partner_id"):
        """The records of whose debtors: ``mine`` with nobody's, my ``team``, or all.

        :param str path: from the record to the debtor; it has a `company_id` too
        :rtype: Domain
        """
        path = f"{path}.debt_collection_portfolio_ids"
        if whose == "mine":
            others = [("user_id", "not in", [self.env.uid, False])]
            operator = "not any"
        elif whose == "team":
            others, operator = [("team_id.member_ids", "in", [self.env.uid])], "any"
        else:
            return Domain.TRUE
        return Domain.OR(
            Domain("company_id", "=", company)
            & Domain(path, operator, [("company_id", "=", company), *others])
            for company in self.env.companies.ids
        )
