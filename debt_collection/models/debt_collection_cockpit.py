from calendar import monthrange
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..tools import figures
from ..tools.figures import Scope
from .debt_collection_cockpit_window import MONTHS_SHOWN, WEEKS
from .debt_collection_facts import to_decimal
from .debt_collection_plan import LIVE

# The ways in which an item stands, the loudest last: one of them holds
STANDINGS = ("open", "promise", "plan", "disputed", "legal")
# Days of the periods that can be asked for
PERIODS = (30, 90, 180, 365)
# Months the count-back may go back
MONTHS_BACK = 24


class DebtCollectionCockpit(models.AbstractModel):
    """How well the collection works: one method a figure, each by one grouped query.

    Every figure is in the company's currency and comes from the ledger's own rows; what
    it means stands in `docs/cockpit.md`, its arithmetic in `tools/figures.py`.
    """

    _name = "debt.collection.cockpit"
    _description = "Figures of the collection"
    _inherit = [
        "debt.collection.cockpit.recovery",
        "debt.collection.cockpit.window",
    ]

    # === SCOPE === #

    @api.model
    def _get_scope(self, filters=None):
        """The scope of a screen's filters.

        Companies whose currency is another one than the current company's are left out:
        their figures cannot be added.

        :param dict filters: ``days`` (one of PERIODS), ``end`` (ISO day),
            ``company_id``, ``team_id``, ``user_id``, ``own`` (a collector's own
            portfolio, if he has one); all optional
        :rtype: Scope
        :raises UserError: a period, a day or a company that there is not
        """
        filters = filters or {}
        company = self.env.company
        days = filters.get("days") or 90
        if days not in PERIODS:
            raise UserError(
                self.env._(
                    "%(days)s days: choose one of the periods %(periods)s.",
                    days=days,
                    periods=", ".join(map(str, PERIODS)),
                )
            )
        end = self._get_scope_end(filters)
        companies = self._get_scope_companies(filters)
        user = self._get_own_user(companies) if filters.get("own") else 0
        return Scope(
            company_ids=tuple(companies.ids),
            currency=company.currency_id,
            start=end - timedelta(days=days - 1),
            end=end,
            user_id=user or int(filters.get("user_id") or 0),
            team_id=int(filters.get("team_id") or 0),
        )

    @api.model
    def _get_scope_companies(self, filters):
        """The companies that are switched on and can be added, or one of them."""
        money = self.env.company.currency_id
        same = self.env.companies.filtered(lambda c: c.currency_id == money)
        wanted = int(filters.get("company_id") or 0)
        if not wanted:
            return same
        if wanted not in same.ids:
            raise UserError(
                self.env._("Switch this company on first, or one in the same currency.")
            )
        return same.filtered(lambda c: c.id == wanted)

    @api.model
    def _get_own_user(self, companies):
        """Whose portfolio a user sees first: his own; a manager or one without: all.

        :rtype: int
        """
        if self.env.user.has_group("debt_collection.debt_collection_group_manager"):
            return 0
        own = [("company_id", "in", companies.ids), ("user_id", "=", self.env.uid)]
        found = self.env["debt.collection.portfolio"].search_count(own, limit=1)
        return self.env.uid if found else 0

    @api.model
    def _get_period(self, company, start, end):
        """The scope of one company from a day to another.

        :rtype: Scope
        """
        return Scope((company.id,), company.currency_id, start, end)

    @api.model
    def _get_scope_end(self, filters):
        if not filters.get("end"):
            return self.env.company._get_collection_today()
        try:
            return fields.Date.to_date(filters["end"])
        except ValueError as error:
            raise UserError(
                self.env._("“%(day)s” is no day.", day=filters["end"])
            ) from error

    # === THE LEDGER === #

    @api.model
    def _get_items_sql(self, scope):
        """Every posted receivable line up to the last day, charges left out.

        What it sums up to is the balance of the receivable accounts on that day, less
        the documents of booked charges.
        """
        return SQL(
            """SELECT l.id, l.company_id, l.move_id, l.journal_id, l.currency_id,
                      l.date, COALESCE(l.date_maturity, l.date) AS due,
                      l.balance + COALESCE(own.amount, 0) AS balance,
                      l.amount_residual, l.amount_residual_currency, l.reconciled,
                      p.commercial_partner_id AS partner_id,
                      m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                          AS is_sale, %(is_money)s AS is_money
                 FROM account_move_line l
                 JOIN account_account t ON t.id = l.account_id
                 JOIN account_move m ON m.id = l.move_id
                 JOIN account_journal j ON j.id = l.journal_id
                 LEFT JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN (%(own)s) own ON own.id = l.id
                WHERE l.company_id = ANY(%(companies)s) AND l.parent_state = 'posted'
                  AND t.account_type = 'asset_receivable' AND l.date <= %(end)s
                  AND m.is_collection_charge IS NOT TRUE AND %(portfolio)s""",
            is_money=self._get_money_sql(),
            own=self._get_own_sql(),
            companies=list(scope.company_ids),
            end=scope.end,
            portfolio=self._get_portfolio_sql(scope, "l"),
        )

    @api.model
    def _get_money_sql(self):
        """The condition that a line of move m in journal j is money, no credit."""
        return SQL(
            "j.type IN ('bank', 'cash', 'credit') OR m.origin_payment_id IS NOT NULL"
        )

    @api.model
    def _get_own_sql(self):
        """What of each credit went to booked charges: they are outside every figure."""
        return SQL(
            """SELECT r.credit_move_id AS id, sum(r.amount) AS amount
                 FROM account_move n
                 JOIN account_move_line d ON d.move_id = n.id
                 JOIN account_partial_reconcile r ON r.debit_move_id = d.id
                WHERE n.is_collection_charge GROUP BY r.credit_move_id"""
        )

    @api.model
    def _get_portfolio_sql(self, scope, alias):
        """The condition that the partner p is in the scope's portfolio or team.

        :param str alias: of the table whose company it is about
        """
        wanted = {"user_id": scope.user_id, "team_id": scope.team_id}
        if not any(wanted.values()):
            return SQL("TRUE")
        return SQL(
            """(%s, p.commercial_partner_id) IN (
                   SELECT company_id, partner_id FROM debt_collection_portfolio
                    WHERE company_id = ANY(%s) AND %s)""",
            SQL.identifier(alias, "company_id"),
            list(scope.company_ids),
            SQL(" AND ").join(
                SQL("%s = %s", SQL.identifier(name), key)
                for name, key in wanted.items()
                if key
            ),
        )

    @api.model
    def _get_open_sql(self, scope):
        """The items open on the last day, with what was open and how each stands.

        A match counts from the later of its two days on; those after the last day are
        undone.
        """
        return SQL(
            """SELECT i.*, c.id AS claim_id, k.id AS case_id, k.phase, k.user_id,
                      i.amount_residual + COALESCE(u.amount, 0) AS residual,
                      %(end)s - i.due AS days_late, %(contested)s AS disputed,
                      %(standing)s AS standing
                 FROM (%(items)s) i
                 LEFT JOIN (
                      SELECT x.id, sum(x.amount) AS amount
                        FROM (SELECT debit_move_id AS id, amount
                                FROM account_partial_reconcile
                               WHERE max_date > %(end)s
                               UNION ALL
                              SELECT credit_move_id, -amount
                                FROM account_partial_reconcile
                               WHERE max_date > %(end)s) x
                       GROUP BY x.id) u ON u.id = i.id
                 LEFT JOIN debt_collection_claim c
                      ON c.move_line_id = i.id AND c.is_open
                 LEFT JOIN debt_collection_case k ON k.id = c.case_id
                 %(joins)s
                WHERE i.reconciled IS NOT TRUE OR u.id IS NOT NULL""",
            items=self._get_items_sql(scope),
            end=scope.end,
            contested=self._get_contested_sql(scope),
            standing=self._get_standing_sql(),
            joins=SQL(" ").join(self._get_standing_joins(scope)),
        )

    @api.model
    def _get_standing_joins(self, scope):
        """What is joined to the open items `i` to know how they stand."""
        return [
            SQL(
                """LEFT JOIN (SELECT move_line_id, sum(amount_contested) AS amount
                                FROM debt_collection_dispute_line
                               WHERE amount_contested > 0
                               GROUP BY move_line_id) q ON q.move_line_id = i.id"""
            ),
            SQL(
                "LEFT JOIN (%s) n ON n.claim_id = c.id",
                self._get_agreed_sql(),
            ),
        ]

    @api.model
    def _get_agreed_sql(self):
        """The claims that a promise or a plan in force covers: a plan outweighs."""
        covers = self.env["debt.collection.plan"]._fields["claim_ids"]
        return SQL(
            """SELECT v.%(claim)s AS claim_id, bool_or(n.kind = 'plan') AS is_plan
                 FROM debt_collection_plan n
                 JOIN %(table)s v ON v.%(plan)s = n.id
                WHERE n.state = ANY(%(live)s) AND n.kind IN ('promise', 'plan')
                GROUP BY v.%(claim)s""",
            claim=SQL.identifier(covers.column2),
            plan=SQL.identifier(covers.column1),
            table=SQL.identifier(covers.relation),
            live=list(LIVE),
        )

    @api.model
    def _get_contested_sql(self, scope):
        """What of the item `i` stands apart under dispute, in company currency."""
        return SQL(
            """CASE WHEN q.amount > 0 AND i.amount_residual_currency > 0
                    THEN round((i.amount_residual + COALESCE(u.amount, 0))
                               * LEAST(1, q.amount / i.amount_residual_currency), %s)
                    ELSE 0 END""",
            self.env.company.currency_id.decimal_places,
        )

    @api.model
    def _get_standing_sql(self):
        """How the rest of the item `i` stands: one of STANDINGS but disputed."""
        return SQL(
            """CASE WHEN k.phase IN ('legal', 'enforcement') THEN 'legal'
                    WHEN n.is_plan THEN 'plan'
                    WHEN n.claim_id IS NOT NULL THEN 'promise'
                    ELSE 'open' END"""
        )

    def _read(self, query):
        """The rows of a figure; what the cache still holds is written first."""
        self.env.flush_all()
        return self.env.execute_query(query)

    # === AGEING === #

    @api.model
    def _read_open(self, scope):
        """The open items in groups, in one pass for all that looks at them.

        :return: is a credit, standing, bucket, week in which it is expected at the
            debtor's pace, number, open, disputed, number disputed, expected (None:
            nothing of it is)
        :rtype: list[tuple]
        """
        return self._read(
            SQL(
                """SELECT o.residual < 0, o.standing,
                          width_bucket(GREATEST(o.days_late, 0), %(bounds)s),
                          CASE WHEN %(expected)s AND o.due + h.days >= %(end)s
                               THEN (o.due + h.days - %(end)s) / 7 END,
                          count(*), sum(o.residual), sum(o.disputed),
                          count(*) FILTER (WHERE o.disputed > 0),
                          sum(o.residual - o.disputed) FILTER (WHERE %(expected)s)
                     FROM (%(open)s) o %(habit)s WHERE o.residual <> 0
                    GROUP BY 1, 2, 3, 4""",
                open=self._get_open_sql(scope),
                bounds=self._get_bounds(),
                end=scope.end,
                expected=SQL("(o.residual > o.disputed AND o.standing = 'open')"),
                habit=self._get_habit_join(),
            )
        )

    @api.model
    def _read_ageing(self, scope, groups=None):
        """What is open by days late and by how it stands; credits apart.

        :param groups: of `_read_open`, read when they are not given
        :return: amounts and numbers by (standing, bucket); ``credit``: what debtors
            have with us; ``total``: the balance of the receivable accounts
        :rtype: dict
        """
        keys = self._get_bucket_keys()
        amounts, numbers = defaultdict(lambda: figures.ZERO), defaultdict(int)
        credit = figures.ZERO
        for group in groups or self._read_open(scope):
            is_credit, standing, index, _week, count, *rest = group
            amount, disputed, contested, _expected = rest
            amount = to_decimal(amount, scope.currency)
            if is_credit:
                credit -= amount
                continue
            disputed = to_decimal(disputed, scope.currency)
            amounts[standing, keys[index]] += amount - disputed
            amounts["disputed", keys[index]] += disputed
            numbers[standing, keys[index]] += count
            numbers["disputed", keys[index]] += contested
        return {
            "amounts": dict(amounts),
            "numbers": dict(numbers),
            "credit": credit,
            "total": sum(amounts.values(), figures.ZERO) - credit,
        }

    @api.model
    def _get_bucket_keys(self):
        return [figures.NOT_DUE, *(key for key, _last in figures.BUCKETS)]

    @api.model
    def _get_bounds(self):
        """The first days late of each bucket but the first, as `width_bucket` wants."""
        return [1, *(last + 1 for _key, last in figures.BUCKETS if last)]

    # === SALES, COLLECTED, DAYS === #

    @api.model
    def _read_flows(self, scope):
        """The receivable before and after the period, and what moved it.

        :return: begin, sales, collected, end
        :rtype: dict[str, Decimal]
        """
        [row] = self._read(
            SQL(
                """SELECT sum(balance) FILTER (WHERE date < %(start)s),
                          sum(balance) FILTER (WHERE date >= %(start)s AND is_sale),
                          -sum(balance) FILTER (WHERE date >= %(start)s AND is_money),
                          sum(balance)
                     FROM (%(items)s) i""",
                start=scope.start,
                items=self._get_items_sql(scope),
            )
        )
        names = ("begin", "sales", "collected", "end")
        return {
            name: to_decimal(amount, scope.currency)
            for name, amount in zip(names, row, strict=True)
        }

    @api.model
    def _read_months(self, scope):
        """Month by month, the oldest first: what was sold, collected, open, overdue.

        The last month ends on the last day of the scope.

        :rtype: list[dict]
        """
        changes = self._read_changes(scope)
        months = self._get_months(scope, MONTHS_BACK)
        ends = [last for _first, last in months]
        receivable = figures.cumulate(changes["balance"], ends)
        overdue = figures.cumulate(changes["overdue"], ends)
        return [
            {
                "first": first,
                "last": last,
                "sales": changes["sales"].get(last, figures.ZERO),
                "collected": changes["collected"].get(last, figures.ZERO),
                "receivable": receivable[index],
                "overdue": overdue[index],
            }
            for index, (first, last) in enumerate(months)
        ]

    @api.model
    def _get_months(self, scope, number):
        """(first, last) day of the months up to the last day, the oldest first."""
        first, last, months = scope.end.replace(day=1), scope.end, []
        for _index in range(number):
            months.append((first, last))
            last = first - timedelta(days=1)
            first = last.replace(day=1)
        return months[::-1]

    @api.model
    def _read_changes(self, scope):
        """What changed in each month: kind -> last day of the month -> amount.

        An item becomes overdue the day after it is due; a match takes it out again.
        """
        rows = self._read(
            SQL(
                """WITH items AS MATERIALIZED (%(items)s),
                   moments AS (
                       SELECT date AS day, balance, is_sale, is_money,
                              NULL::numeric AS overdue
                         FROM items
                        UNION ALL
                       SELECT GREATEST(date, due + 1), NULL, NULL, NULL, balance
                         FROM items WHERE balance > 0
                        UNION ALL
                       SELECT GREATEST(r.max_date, i.due + 1), NULL, NULL, NULL,
                              -r.amount
                         FROM account_partial_reconcile r
                         JOIN items i ON i.id = r.debit_move_id AND i.balance > 0)
                   SELECT date_trunc('month', day)::date, sum(balance),
                          sum(balance) FILTER (WHERE is_sale),
                          -sum(balance) FILTER (WHERE is_money), sum(overdue)
                     FROM moments WHERE day <= %(end)s GROUP BY 1""",
                items=self._get_items_sql(scope),
                end=scope.end,
            )
        )
        changes = {kind: {} for kind in ("balance", "sales", "collected", "overdue")}
        for first, *amounts in rows:
            last = first.replace(day=monthrange(first.year, first.month)[1])
            for kind, amount in zip(changes, amounts, strict=True):
                changes[kind][min(last, scope.end)] = to_decimal(amount, scope.currency)
        return changes

    @api.model
    def _get_dso(self, scope, months, flows):
        """Days of sales outstanding, simple over the period and by counting back.

        :rtype: dict[str, Decimal | None]
        """
        windows = [
            ((month["last"] - month["first"]).days + 1, month["sales"])
            for month in reversed(months)
        ]
        return {
            "simple": figures.dso_simple(flows["end"], flows["sales"], scope.days),
            "count_back": figures.dso_count_back(flows["end"], windows),
        }

    @api.model
    def _get_effectiveness(self, flows, ageing):
        """Of what could be collected in the period, what was: percent or None."""
        current = sum(
            (
                amount
                for (_standing, bucket), amount in ageing["amounts"].items()
                if bucket == figures.NOT_DUE
            ),
            figures.ZERO,
        )
        return figures.effectiveness(
            flows["begin"], flows["sales"], flows["end"], current
        )

    @api.model
    def _get_lateness_sql(self, scope):
        """The invoices that fell due in the period, with their days late so far.

        One that is not settled on the last day counts with its days up to then.
        """
        return SQL(
            """SELECT i.*, i.reconciled AND s.last <= %(end)s AS is_settled,
                      GREATEST(0, CASE WHEN i.reconciled
                          THEN LEAST(s.last, %(end)s) ELSE %(end)s END - i.due) AS late
                 FROM (%(items)s) i
                 JOIN LATERAL (SELECT max(max_date) AS last
                                 FROM account_partial_reconcile
                                WHERE debit_move_id = i.id) s ON TRUE
                WHERE i.is_sale AND i.balance > 0
                  AND i.due BETWEEN %(start)s AND %(end)s""",
            items=self._get_items_sql(scope),
            start=scope.start,
            end=scope.end,
        )

    @api.model
    def _read_days_late(self, scope):
        """Average days late of what fell due in the period, unpaid invoices included.

        :return: number of invoices, settled ones, the plain average, that weighted by
            amount, and the average of the settled ones alone (None without any)
        :rtype: dict
        """
        [row] = self._read(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE is_settled),
                          avg(late), sum(late * balance) / NULLIF(sum(balance), 0),
                          avg(late) FILTER (WHERE is_settled)
                     FROM (%s) x""",
                self._get_lateness_sql(scope),
            )
        )
        days = [None if value is None else round(value, 1) for value in row[2:]]
        names = ("number", "settled", "days", "weighted", "settled_days")
        return dict(zip(names, (*row[:2], *days), strict=True))

    # === CASES === #

    @api.model
    def _read_phases(self, scope):
        """Open cases by phase: number, principal left, and days they are in it.

        :return: phase -> number, amount, median and longest days
        :rtype: dict[str, dict]
        """
        rows = self._read(
            SQL(
                """SELECT c.phase, count(*), sum(c.amount_residual_company),
                          percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days),
                          max(d.days)
                     FROM debt_collection_case c
                     JOIN res_partner p ON p.id = c.partner_id
                     JOIN LATERAL (SELECT %(end)s - CASE c.phase
                              WHEN 'legal' THEN c.date_legal
                              WHEN 'enforcement' THEN c.date_legal
                              WHEN 'notice' THEN c.date_noticed
                              ELSE c.date_opened END AS days) d ON TRUE
                    WHERE c.company_id = ANY(%(companies)s) AND c.phase <> 'closed'
                      AND %(portfolio)s
                    GROUP BY c.phase""",
                end=scope.end,
                companies=list(scope.company_ids),
                portfolio=self._get_portfolio_sql(scope, "c"),
            )
        )
        return {
            phase: {
                "number": number,
                "amount": to_decimal(amount, scope.currency),
                "median": round(median or 0),
                "longest": longest or 0,
            }
            for phase, number, amount, median, longest in rows
        }

    # === COSTS === #

    @api.model
    def _read_costs(self, scope):
        """What was ordered in the period and what became of it.

        :return: engaged, billed, recovered, lost
        :rtype: dict[str, Decimal]
        """
        [row] = self._read(
            SQL(
                """SELECT sum(c.amount_engaged), sum(c.amount_billed),
                          sum(c.amount_recovered), sum(c.amount_lost)
                     FROM debt_collection_cost c
                     JOIN res_partner p ON p.id = c.debtor_id
                    WHERE c.company_id = ANY(%(companies)s) AND %(portfolio)s
                      AND c.date_engaged BETWEEN %(start)s AND %(end)s""",
                start=scope.start,
                end=scope.end,
                companies=list(scope.company_ids),
                portfolio=self._get_portfolio_sql(scope, "c"),
            )
        )
        names = ("engaged", "billed", "recovered", "lost")
        amounts = (to_decimal(amount, scope.currency) for amount in row)
        return dict(zip(names, amounts, strict=True))

    @api.model
    def _read_approvals(self, scope):
        """What waits for somebody's yes, whenever it was asked for.

        What is in the money of a case is worth what the case's principal is worth.

        :return: kind (cost, plan, write_off) -> (number, amount)
        :rtype: dict[str, tuple[int, Decimal]]
        """
        rows = self._read(
            SQL(
                """SELECT 'cost', count(*), sum(c.amount_estimate)
                     FROM debt_collection_cost c
                     JOIN res_partner p ON p.id = c.debtor_id
                    WHERE c.company_id = ANY(%(companies)s) AND %(costs)s
                      AND c.state = 'requested'
                    UNION ALL
                   SELECT 'plan', count(*), sum(n.amount * %(worth)s)
                     FROM debt_collection_plan n
                     JOIN debt_collection_case c ON c.id = n.case_id
                     JOIN res_partner p ON p.id = n.partner_id
                    WHERE n.company_id = ANY(%(companies)s) AND %(plans)s
                      AND n.state = 'to_approve'
                    UNION ALL
                   SELECT 'write_off', count(*), sum(o.amount * %(worth)s)
                     FROM debt_collection_write_off o
                     JOIN debt_collection_case c ON c.id = o.case_id
                     JOIN res_partner p ON p.id = o.partner_id
                    WHERE o.company_id = ANY(%(companies)s) AND %(losses)s
                      AND o.state = 'draft'""",
                companies=list(scope.company_ids),
                worth=self._get_worth_sql(),
                costs=self._get_portfolio_sql(scope, "c"),
                plans=self._get_portfolio_sql(scope, "n"),
                losses=self._get_portfolio_sql(scope, "o"),
            )
        )
        return {
            kind: (number, to_decimal(amount, scope.currency))
            for kind, number, amount in rows
        }

    @api.model
    def _get_worth_sql(self):
        """What one unit of the money of the case c is worth to its company."""
        return SQL(
            """CASE WHEN c.amount_residual > 0
                    THEN c.amount_residual_company / c.amount_residual ELSE 1 END"""
        )

    @api.model
    def _read_case_money(self, scope):
        """Money matched in the period with items that were on a case by then.

        :rtype: Decimal
        """
        [[amount]] = self._read(
            SQL(
                """SELECT sum(x.amount) FROM (
                       SELECT DISTINCT r.id, r.amount
                         FROM debt_collection_claim c
                         JOIN debt_collection_case k ON k.id = c.case_id
                         JOIN res_partner p ON p.id = k.partner_id
                         JOIN account_partial_reconcile r
                              ON r.debit_move_id = c.move_line_id
                         JOIN account_move_line l ON l.id = r.credit_move_id
                         JOIN account_move m ON m.id = l.move_id
                         JOIN account_journal j ON j.id = l.journal_id
                        WHERE c.company_id = ANY(%(companies)s)
                          AND r.max_date BETWEEN %(start)s AND %(end)s
                          AND r.max_date >= k.date_opened
                          AND (%(is_money)s) AND %(portfolio)s) x""",
                companies=list(scope.company_ids),
                start=scope.start,
                end=scope.end,
                is_money=self._get_money_sql(),
                portfolio=self._get_portfolio_sql(scope, "c"),
            )
        )
        return to_decimal(amount, scope.currency)

    # === WORD AND MONEY === #

    @api.model
    def _read_promises(self, scope):
        """Promises and plans that ended in the period: kept and broken ones.

        :return: (kind, state) -> number
        :rtype: dict[tuple[str, str], int]
        """
        rows = self._read(
            SQL(
                """SELECT n.kind, n.state, count(*)
                     FROM debt_collection_plan n
                     JOIN res_partner p ON p.id = n.partner_id
                    WHERE n.company_id = ANY(%(companies)s)
                      AND n.state IN ('kept', 'broken')
                      AND n.kind IN ('promise', 'plan')
                      AND n.date_ended BETWEEN %(start)s AND %(end)s AND %(portfolio)s
                    GROUP BY n.kind, n.state""",
                companies=list(scope.company_ids),
                start=scope.start,
                end=scope.end,
                portfolio=self._get_portfolio_sql(scope, "n"),
            )
        )
        return {(kind, state): number for kind, state, number in rows}

    @api.model
    def _get_kept(self, promises, kind=None):
        """Kept of those judged, in percent; None when none was."""
        judged = {
            state: sum(
                number
                for (other, ended), number in promises.items()
                if ended == state and kind in (None, other)
            )
            for state in ("kept", "broken")
        }
        return figures.percent(Decimal(judged["kept"]), Decimal(sum(judged.values())))

    @api.model
    def _read_expected(self, scope, groups=None):
        """What should come in by week, and from what it is expected.

        Instalments of promises and plans count on their day; what is overdue of them,
        and other items at the pace of their debtor, in the first week. An item that is
        late beyond the debtor's habit, or whose debtor has none, has no day. What is
        disputed or in legal hands is not expected.

        :param groups: of `_read_open`, read when they are not given
        :return: (kind, week) -> amount; the week is None where there is no day
        :rtype: dict
        """
        rows = self._read(
            SQL(
                """SELECT kind, (GREATEST(day, %(end)s) - %(end)s) / 7, sum(amount)
                     FROM (%(agreed)s) x
                    GROUP BY 1, 2""",
                end=scope.end,
                agreed=self._get_instalments_sql(scope),
            )
        )
        for group in groups or self._read_open(scope):
            if group[-1] is not None:
                rows.append(("habit", group[3], group[-1]))
        expected = defaultdict(lambda: figures.ZERO)
        for kind, week, amount in rows:
            week = week if week is not None and week < WEEKS else None
            expected[kind, week] += to_decimal(amount, scope.currency)
        return dict(expected)

    @api.model
    def _get_instalments_sql(self, scope):
        """What is left of instalments, at what their case's money is worth today."""
        return SQL(
            """SELECT n.kind, y.date AS day, y.amount_left * %(worth)s AS amount
                 FROM debt_collection_plan_line y
                 JOIN debt_collection_plan n ON n.id = y.plan_id
                 JOIN debt_collection_case c ON c.id = n.case_id
                 JOIN res_partner p ON p.id = n.partner_id
                WHERE n.company_id = ANY(%(companies)s) AND n.state = ANY(%(live)s)
                  AND n.kind IN ('promise', 'plan') AND y.amount_left > 0
                  AND %(portfolio)s""",
            companies=list(scope.company_ids),
            live=list(LIVE),
            portfolio=self._get_portfolio_sql(scope, "n"),
            worth=self._get_worth_sql(),
        )

    @api.model
    def _get_habit_join(self):
        """The usual days late `h` of the debtor of the item `o`."""
        return SQL(
            """LEFT JOIN (SELECT company_id, partner_id, round(days_late)::int AS days
                            FROM debt_collection_portfolio WHERE number_due > 0) h
                    ON (h.company_id, h.partner_id) = (o.company_id, o.partner_id)"""
        )

    @api.model
    def _read_reasons(self, scope):
        """Why debtors do not pay: what they said in the period, and open disputes.

        :return: (``said``, reason) or (``dispute``, id of the reason) -> number
        :rtype: dict
        """
        rows = self._read(
            SQL(
                """SELECT 'said', t.reason, NULL, count(*)
                     FROM debt_collection_contact t
                     JOIN res_partner p ON p.id = t.partner_id
                    WHERE t.company_id = ANY(%(companies)s) AND t.state = 'recorded'
                      AND t.reason IS NOT NULL
                      AND t.moment >= %(start)s
                      AND t.moment < %(end)s::date + 1 AND %(said)s
                    GROUP BY t.reason
                    UNION ALL
                   SELECT 'dispute', NULL, d.reason_id, count(*)
                     FROM debt_collection_dispute d
                     JOIN res_partner p ON p.id = d.partner_id
                    WHERE d.company_id = ANY(%(companies)s)
                      AND d.date BETWEEN %(start)s AND %(end)s AND %(contested)s
                    GROUP BY d.reason_id""",
                companies=list(scope.company_ids),
                start=scope.start,
                end=scope.end,
                said=self._get_portfolio_sql(scope, "t"),
                contested=self._get_portfolio_sql(scope, "d"),
            )
        )
        return {(kind, said or reason): number for kind, said, reason, number in rows}

    # === THE SCREEN === #

    @api.model
    @api.readonly
    def get_dashboard(self, filters=None):
        """Everything the dashboard shows, in a fixed number of grouped queries.

        :param dict filters: see `_get_scope`
        :rtype: dict
        """
        self.env["debt.collection.case"].check_access("read")
        self.env["account.move.line"].check_access("read")
        scope = self._get_scope(filters)
        groups, flows = self._read_open(scope), self._read_flows(scope)
        ageing, months = self._read_ageing(scope, groups), self._read_months(scope)
        found = {
            "ageing": ageing,
            "flows": flows,
            "months": months,
            "dso": self._get_dso(scope, months, flows),
            "effectiveness": self._get_effectiveness(flows, ageing),
            "late": self._read_days_late(scope),
            "phases": self._read_phases(scope),
            "promises": self._read_promises(scope),
            "costs": self._read_costs(scope),
            "case_money": self._read_case_money(scope),
        }
        return {
            "currency_id": scope.currency.id,
            "start": str(scope.start),
            "end": str(scope.end),
            "periods": list(PERIODS),
            "filters": self._show_filters(scope),
            "period_label": self._word_period(scope),
            "left_out": self._word_left_out(scope),
            "is_empty": not months[-1]["receivable"] and not flows["sales"],
            "tiles": self._get_tiles(scope, found),
            "ageing": self._show_ageing(ageing),
            "trend": self._show_trend(months),
            "phases": self._show_phases(found["phases"]),
            "costs": {key: float(value) for key, value in found["costs"].items()},
            "approvals": self._show_approvals(scope),
            "expected": self._show_expected(scope, groups),
            "reasons": self._show_reasons(scope),
            "users": self._show_users(scope),
            "teams": self._show_teams(),
            "companies": self._show_companies(),
            "recovery": self._show_recoveries(scope),
        }

    @api.model
    def _word_period(self, scope):
        return self.env._(
            "%(start)s to %(end)s",
            start=format_date(self.env, scope.start),
            end=format_date(self.env, scope.end),
        )

    @api.model
    def _word_left_out(self, scope):
        """Companies that are switched on and cannot be added, as a sentence."""
        others = self.env.companies.filtered(lambda c: c.id not in scope.company_ids)
        if not others:
            return ""
        return self.env._(
            "Left out, since they keep their books in another currency: %(names)s.",
            names=", ".join(others.mapped("name")),
        )

    @api.model
    def _get_tiles(self, scope, found):
        """The figures on top; extend by `super()`.

        :return: dicts of key, name, value, kind (money, days, percent), help
        :rtype: list[dict]
        """
        overdue = found["months"][-1]["overdue"]
        dso, late = found["dso"], found["late"]
        tile = self._make_tile
        return [
            tile("overdue", self.env._("Overdue"), overdue, "money"),
            tile("open", self.env._("Receivable"), found["ageing"]["total"], "money"),
            tile(
                "collected",
                self.env._("Collected"),
                found["flows"]["collected"],
                "money",
            ),
            tile("dso", self.env._("DSO, counted back"), dso["count_back"], "days"),
            tile("dso_simple", self.env._("DSO, simple"), dso["simple"], "days"),
            tile(
                "effectiveness",
                self.env._("Collection effectiveness"),
                found["effectiveness"],
                "percent",
            ),
            tile("late", self.env._("Days late, unpaid too"), late["days"], "days"),
            tile(
                "kept",
                self.env._("Promises kept"),
                self._get_kept(found["promises"]),
                "percent",
            ),
            tile(
                "cost",
                self.env._("Cost of 100 collected"),
                figures.percent(found["costs"]["engaged"], found["case_money"]),
                "number",
            ),
        ]

    @api.model
    def _make_tile(self, key, name, value, kind):
        return {
            "key": key,
            "name": name,
            "value": None if value is None else float(value),
            "kind": kind,
            "help": self._get_tile_helps().get(key, ""),
        }

    @api.model
    def _get_tile_helps(self):
        """What each figure means, in a sentence."""
        return {
            "overdue": self.env._("Past its due date and not paid on the last day."),
            "open": self.env._(
                "Balance of the receivable accounts on the last day, unmatched credits "
                "deducted."
            ),
            "collected": self.env._("Money booked on customers in the period."),
            "dso": self.env._(
                "How many of the latest days' sales are still open: whole months are "
                "taken off the receivable, the youngest first."
            ),
            "dso_simple": self.env._(
                "Receivable ÷ sales of the period × days of the period."
            ),
            "effectiveness": self.env._(
                "Of all that could be collected in the period, the part that was."
            ),
            "late": self.env._(
                "Average of the invoices that fell due in the period; an unpaid one "
                "counts with its days so far."
            ),
            "cost": self.env._(
                "Costs ordered in the period for every 100 collected on cases in it."
            ),
            "kept": self.env._(
                "Of the promises and plans that ended in the period, those that were "
                "paid in time."
            ),
        }

    @api.model
    def _get_bucket_names(self):
        return {
            "d000": self.env._("Not due"),
            "d030": self.env._("1–30 days"),
            "d060": self.env._("31–60 days"),
            "d090": self.env._("61–90 days"),
            "d180": self.env._("91–180 days"),
            "d181": self.env._("Over 180 days"),
        }

    @api.model
    def _get_standing_names(self):
        return {
            "open": self.env._("Nothing agreed"),
            "promise": self.env._("Promised"),
            "plan": self.env._("In a plan"),
            "disputed": self.env._("Disputed"),
            "legal": self.env._("In legal hands"),
        }

    @api.model
    def _show_ageing(self, ageing):
        keys, names = self._get_bucket_keys(), self._get_bucket_names()
        labels = self._get_standing_names()
        return {
            "buckets": [{"key": key, "name": names[key]} for key in keys],
            "standings": [
                {
                    "key": standing,
                    "name": labels[standing],
                    "amounts": [
                        float(ageing["amounts"].get((standing, key), 0)) for key in keys
                    ],
                    "numbers": [
                        ageing["numbers"].get((standing, key), 0) for key in keys
                    ],
                }
                for standing in STANDINGS
            ],
            "credit": float(ageing["credit"]),
            "total": float(ageing["total"]),
        }

    @api.model
    def _show_trend(self, months):
        shown = months[-MONTHS_SHOWN:]
        names = ("sales", "collected", "receivable", "overdue")
        return [
            {
                "label": format_date(self.env, month["last"], date_format="MMM yy"),
                **{name: float(month[name]) for name in names},
            }
            for month in shown
        ]

    @api.model
    def _show_phases(self, phases):
        selection = self.env["debt.collection.case"]._fields["phase"]
        return [
            {
                "key": key,
                "name": name,
                **phases[key],
                "amount": float(phases[key]["amount"]),
            }
            for key, name in selection._description_selection(self.env)
            if key in phases
        ]

    @api.model
    def _show_expected(self, scope, groups):
        expected = self._read_expected(scope, groups)
        kinds = {
            "promise": self.env._("Promised"),
            "plan": self.env._("In a plan"),
            "habit": self.env._("Usual pace"),
        }
        return {
            "kinds": [{"key": key, "name": name} for key, name in kinds.items()],
            "weeks": [
                {
                    "label": format_date(
                        self.env, scope.end + timedelta(weeks=week), date_format="d MMM"
                    ),
                    **{kind: float(expected.get((kind, week), 0)) for kind in kinds},
                }
                for week in range(WEEKS)
            ],
            "later": float(sum(expected.get((kind, None), 0) for kind in kinds)),
        }

    @api.model
    def _show_reasons(self, scope):
        said = self.env["debt.collection.contact"]._fields["reason"]
        words = dict(said._description_selection(self.env))
        found = self._read_reasons(scope)
        reasons = self.env["debt.collection.dispute.reason"].browse(
            key for kind, key in found if kind == "dispute"
        )
        words |= {reason.id: reason.name for reason in reasons}
        rows = [
            {"part": [kind, key], "name": words.get(key, key), "number": number}
            for (kind, key), number in found.items()
        ]
        return sorted(rows, key=lambda row: (-row["number"], row["name"]))

    @api.model
    def _show_approvals(self, scope):
        """What waits for a yes, a row a kind; ``key`` opens its records."""
        names = {
            "cost": self.env._("Costs to approve"),
            "plan": self.env._("Plans to approve"),
            "write_off": self.env._("Write-offs to decide"),
        }
        found = self._read_approvals(scope)
        return [
            {
                "key": f"approvals_{kind}",
                "name": names[kind],
                "number": number,
                "amount": float(amount),
            }
            for kind, (number, amount) in found.items()
        ]

    @api.model
    def _show_filters(self, scope):
        """The filters that hold, as the screen sends them back."""
        shown = self._get_scope_companies({})
        one = scope.company_ids[0] if len(scope.company_ids) < len(shown) else 0
        return {
            "days": scope.days,
            "company_id": one,
            "team_id": scope.team_id,
            "user_id": scope.user_id,
        }

    @api.model
    def _show_companies(self):
        """The companies to choose from, where there are several."""
        companies = self._get_scope_companies({})
        if len(companies) < 2:
            return []
        return [{"id": company.id, "name": company.name} for company in companies]

    @api.model
    def _show_teams(self):
        # a handful: pylint: disable-next=no-search-all
        teams = self.env["debt.collection.team"].search([])
        return [{"id": team.id, "name": team.name} for team in teams]

    @api.model
    def _show_users(self, scope):
        """Who has a portfolio, for the filter."""
        groups = self.env["debt.collection.portfolio"]._read_group(
            [("company_id", "in", scope.company_ids), ("user_id", "!=", False)],
            ["user_id"],
        )
        return [{"id": user.id, "name": user.name} for (user,) in groups]
