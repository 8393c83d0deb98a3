from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..tools import figures
from .debt_collection_facts import to_decimal
from .debt_collection_plan import LIVE

# The ways in which an item stands, the loudest last: one of them holds
STANDINGS = ("open", "promise", "plan", "disputed", "legal")
# Days of the periods that can be asked for
PERIODS = (30, 90, 180, 365)
# Weeks for which cash is expected
WEEKS = 12
# Months the count-back may go back, and those the trend shows
MONTHS_BACK, MONTHS_SHOWN = 24, 12


class Scope(NamedTuple):
    """What a figure is asked for: whose receivables, from which day to which.

    ``end`` is the last day and the day of every balance; ``start`` the first one.
    """

    company_ids: tuple
    currency: object
    start: date
    end: date
    user_id: int = 0

    @property
    def days(self):
        return (self.end - self.start).days + 1


class DebtCollectionCockpit(models.AbstractModel):
    """How well the collection works: one method a figure, each by one grouped query.

    Every figure is in the company's currency and comes from the ledger's own rows; what
    it means stands in `docs/cockpit.md`, its arithmetic in `tools/figures.py`.
    """

    _name = "debt.collection.cockpit"
    _description = "Figures of the collection"

    # === SCOPE === #

    @api.model
    def _get_scope(self, filters=None):
        """The scope of a screen's filters.

        Companies whose currency is another one than the current company's are left out:
        their figures cannot be added.

        :param dict filters: ``days`` (one of PERIODS), ``end`` (ISO day), ``user_id``;
            all optional
        :rtype: Scope
        :raises UserError: a period or a day that there is not
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
        same = self.env.companies.filtered(
            lambda c: c.currency_id == company.currency_id
        )
        return Scope(
            company_ids=tuple(same.ids),
            currency=company.currency_id,
            start=end - timedelta(days=days - 1),
            end=end,
            user_id=int(filters.get("user_id") or 0),
        )

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
            portfolio=self._get_portfolio_sql(scope),
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
    def _get_portfolio_sql(self, scope):
        """The condition that the partner p belongs to the scope's portfolio."""
        if not scope.user_id:
            return SQL("TRUE")
        return SQL(
            """p.commercial_partner_id IN (
                   SELECT partner_id FROM debt_collection_portfolio
                    WHERE company_id = ANY(%s) AND user_id = %s)""",
            list(scope.company_ids),
            scope.user_id,
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
    def _read_ageing(self, scope):
        """What is open by days late and by how it stands; credits apart.

        :return: amounts and numbers by (standing, bucket); ``credit``: what debtors
            have with us; ``total``: the balance of the receivable accounts
        :rtype: dict
        """
        rows = self._read(
            SQL(
                """SELECT o.residual < 0, o.standing,
                          width_bucket(GREATEST(o.days_late, 0), %(bounds)s),
                          count(*), sum(o.residual), sum(o.disputed),
                          count(*) FILTER (WHERE o.disputed > 0)
                     FROM (%(open)s) o WHERE o.residual <> 0
                    GROUP BY 1, 2, 3""",
                open=self._get_open_sql(scope),
                bounds=self._get_bounds(),
            )
        )
        keys = self._get_bucket_keys()
        amounts, numbers = defaultdict(lambda: figures.ZERO), defaultdict(int)
        credit = figures.ZERO
        for is_credit, standing, index, count, amount, disputed, contested in rows:
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

    # === WHAT LETTERS BRING === #

    @api.model
    def _get_touches_sql(self, scope):
        """Every item on every action done up to the last day.

        What is matched after it and until the next action on the same item, the day of
        that one included, is what it brought.
        """
        return SQL(
            """SELECT y.id, y.move_line_id, a.step_id, s.policy_id, a.date_done AS day,
                      COALESCE(lead(a.date_done) OVER w, %(end)s) AS stop,
                      row_number() OVER (
                          PARTITION BY y.move_line_id, s.policy_id
                              ORDER BY a.date_done, a.id) AS nth
                 FROM debt_collection_action_line y
                 JOIN debt_collection_action a ON a.id = y.action_id
                 JOIN debt_collection_policy_step s ON s.id = a.step_id
                WHERE a.company_id = ANY(%(companies)s) AND a.state = 'done'
                  AND a.date_done <= %(end)s
               WINDOW w AS (PARTITION BY y.move_line_id ORDER BY a.date_done, a.id)""",
            companies=list(scope.company_ids),
            end=scope.end,
        )

    @api.model
    def _read_recovery(self, scope, by):
        """What was listed and what it brought, by ``step`` or by ``policy``.

        A step is credited with the money that came until the next action on the item;
        a policy with all that came since its first one, which counts alone.

        :return: dicts of id, number, listed, recovered
        :rtype: list[dict]
        """
        is_step = by == "step"
        rows = self._read(
            SQL(
                """WITH items AS (%(items)s), touched AS (%(touches)s),
                   matched AS (
                       SELECT r.debit_move_id AS id, r.max_date AS day, r.amount,
                              %(is_money)s AS is_money
                         FROM account_partial_reconcile r
                         JOIN account_move_line l ON l.id = r.credit_move_id
                         JOIN account_move m ON m.id = l.move_id
                         JOIN account_journal j ON j.id = l.journal_id
                        WHERE r.debit_move_id IN (SELECT move_line_id FROM touched))
                   SELECT z.key, count(*), sum(z.listed), sum(z.got) FROM (
                       SELECT %(key)s AS key,
                              i.balance - COALESCE(sum(r.amount)
                                  FILTER (WHERE r.day <= t.day), 0) AS listed,
                              COALESCE(sum(r.amount) FILTER (
                                  WHERE r.day > t.day AND r.day <= %(stop)s
                                    AND r.is_money), 0) AS got
                         FROM touched t
                         JOIN items i ON i.id = t.move_line_id
                         LEFT JOIN matched r ON r.id = i.id
                        WHERE t.day >= %(start)s AND %(first)s
                        GROUP BY t.id, %(key)s, i.balance) z
                    GROUP BY z.key""",
                is_money=self._get_money_sql(),
                items=self._get_items_sql(scope),
                touches=self._get_touches_sql(scope),
                key=SQL("t.step_id") if is_step else SQL("t.policy_id"),
                stop=SQL("t.stop") if is_step else SQL("%s", scope.end),
                first=SQL("TRUE") if is_step else SQL("t.nth = 1"),
                start=scope.start,
            )
        )
        return [
            {
                "id": key,
                "number": number,
                "listed": to_decimal(listed, scope.currency),
                "recovered": to_decimal(recovered, scope.currency),
            }
            for key, number, listed, recovered in rows
        ]

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
                portfolio=self._get_portfolio_sql(scope),
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
        """What was ordered in the period and what became of it; what waits for a yes.

        :return: engaged, billed, recovered, lost (of costs ordered in the period),
            waiting (requested, whenever) and the ``number`` of those
        :rtype: dict
        """
        [row] = self._read(
            SQL(
                """SELECT sum(c.amount_engaged) FILTER (WHERE %(ordered)s),
                          sum(c.amount_billed) FILTER (WHERE %(ordered)s),
                          sum(c.amount_recovered) FILTER (WHERE %(ordered)s),
                          sum(c.amount_lost) FILTER (WHERE %(ordered)s),
                          sum(c.amount_estimate) FILTER (WHERE c.state = 'requested'),
                          count(*) FILTER (WHERE c.state = 'requested')
                     FROM debt_collection_cost c
                     JOIN res_partner p ON p.id = c.debtor_id
                    WHERE c.company_id = ANY(%(companies)s) AND %(portfolio)s""",
                ordered=SQL("c.date_engaged BETWEEN %s AND %s", scope.start, scope.end),
                companies=list(scope.company_ids),
                portfolio=self._get_portfolio_sql(scope),
            )
        )
        names = ("engaged", "billed", "recovered", "lost", "waiting")
        amounts = (to_decimal(amount, scope.currency) for amount in row[:5])
        return {**dict(zip(names, amounts, strict=True)), "number": row[5]}

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
                portfolio=self._get_portfolio_sql(scope),
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
                portfolio=self._get_portfolio_sql(scope),
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
    def _read_expected(self, scope):
        """What should come in by week, and from what it is expected.

        Instalments of promises and plans count on their day; what is overdue of them,
        and other items at the pace of their debtor, in the first week. An item that is
        late beyond the debtor's habit, or whose debtor has none, has no day. What is
        disputed or in legal hands is not expected.

        :return: (kind, week) -> amount; the week is None where there is no day
        :rtype: dict
        """
        rows = self._read(
            SQL(
                """SELECT kind, CASE WHEN day IS NOT NULL
                                    THEN (GREATEST(day, %(end)s) - %(end)s) / 7 END,
                          sum(amount)
                     FROM ((%(agreed)s) UNION ALL (%(habits)s)) x
                    GROUP BY 1, 2""",
                end=scope.end,
                agreed=self._get_instalments_sql(scope),
                habits=self._get_habits_sql(scope),
            )
        )
        expected = defaultdict(lambda: figures.ZERO)
        for kind, week, amount in rows:
            week = week if week is not None and week < WEEKS else None
            expected[kind, week] += to_decimal(amount, scope.currency)
        return dict(expected)

    @api.model
    def _get_instalments_sql(self, scope):
        """What is left of instalments, at what their case's money is worth today."""
        return SQL(
            """SELECT n.kind, y.date AS day, y.amount_left * CASE
                      WHEN c.amount_residual > 0
                      THEN c.amount_residual_company / c.amount_residual
                      ELSE 1 END AS amount
                 FROM debt_collection_plan_line y
                 JOIN debt_collection_plan n ON n.id = y.plan_id
                 JOIN debt_collection_case c ON c.id = n.case_id
                 JOIN res_partner p ON p.id = n.partner_id
                WHERE n.company_id = ANY(%(companies)s) AND n.state = ANY(%(live)s)
                  AND n.kind IN ('promise', 'plan') AND y.amount_left > 0
                  AND %(portfolio)s""",
            companies=list(scope.company_ids),
            live=list(LIVE),
            portfolio=self._get_portfolio_sql(scope),
        )

    @api.model
    def _get_habits_sql(self, scope):
        """Items that nothing is agreed about, on the day their debtor usually pays."""
        return SQL(
            """SELECT 'habit', CASE WHEN o.due + h.days >= %(end)s
                                    THEN o.due + h.days END, o.residual - o.disputed
                 FROM (%(open)s) o
                 LEFT JOIN (SELECT company_id, partner_id, round(days_late)::int AS days
                              FROM debt_collection_portfolio WHERE number_due > 0) h
                      ON (h.company_id, h.partner_id) = (o.company_id, o.partner_id)
                WHERE o.residual > o.disputed AND o.standing = 'open'""",
            end=scope.end,
            open=self._get_open_sql(scope),
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
                      AND t.moment < %(end)s::date + 1 AND %(portfolio)s
                    GROUP BY t.reason
                    UNION ALL
                   SELECT 'dispute', NULL, d.reason_id, count(*)
                     FROM debt_collection_dispute d
                     JOIN res_partner p ON p.id = d.partner_id
                    WHERE d.company_id = ANY(%(companies)s)
                      AND d.date BETWEEN %(start)s AND %(end)s AND %(portfolio)s
                    GROUP BY d.reason_id""",
                companies=list(scope.company_ids),
                start=scope.start,
                end=scope.end,
                portfolio=self._get_portfolio_sql(scope),
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
        ageing, flows = self._read_ageing(scope), self._read_flows(scope)
        months = self._read_months(scope)
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
            "period_label": self._word_period(scope),
            "left_out": self._word_left_out(scope),
            "is_empty": not months[-1]["receivable"] and not flows["sales"],
            "tiles": self._get_tiles(scope, found),
            "ageing": self._show_ageing(ageing),
            "trend": self._show_trend(months),
            "phases": self._show_phases(found["phases"]),
            "costs": {key: float(value) for key, value in found["costs"].items()},
            "expected": self._show_expected(scope),
            "reasons": self._show_reasons(scope),
            "users": self._show_users(scope),
            "recovery": {
                by: self._show_recovery(scope, by) for by in ("step", "policy")
            },
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
    def _show_recovery(self, scope, by):
        """The rows of a recovery table, in the order of the ladder."""
        found = {row["id"]: row for row in self._read_recovery(scope, by)}
        models = {"step": "debt.collection.policy.step"}
        model = self.env[models.get(by, "debt.collection.policy")]
        records = model.with_context(active_test=False).search([("id", "in", [*found])])
        return [
            {
                "id": record.id,
                "name": record.display_name,
                "number": row["number"],
                "listed": float(row["listed"]),
                "recovered": float(row["recovered"]),
                "percent": float(figures.percent(row["recovered"], row["listed"]) or 0),
            }
            for record in records
            if (row := found[record.id])
        ]

    @api.model
    def _show_expected(self, scope):
        expected = self._read_expected(scope)
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
            {"name": words.get(key, key), "number": number}
            for (_kind, key), number in found.items()
        ]
        return sorted(rows, key=lambda row: (-row["number"], row["name"]))

    @api.model
    def _show_users(self, scope):
        """Who has a portfolio, for the filter."""
        groups = self.env["debt.collection.portfolio"]._read_group(
            [("company_id", "in", scope.company_ids), ("user_id", "!=", False)],
            ["user_id"],
        )
        return [{"id": user.id, "name": user.name} for (user,) in groups]

    # === DRILL-DOWN === #

    @api.model
    def open_figure(self, key, filters=None, part=()):
        """The records behind a figure.

        :param str key: of a tile, a chart or a table
        :param list part: what of it: a bucket, a phase, the id of a step
        :rtype: dict
        :raises UserError: there is no such figure
        """
        self.env["debt.collection.case"].check_access("read")
        scope = self._get_scope(filters)
        windows = self._get_windows(scope, part[0] if part else None)
        if key not in windows:
            raise UserError(self.env._("There is no figure “%(key)s”.", key=key))
        name, model, views, domain = windows[key]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, view] for view in views],
            "domain": domain,
        }

    @api.model
    def _get_windows(self, scope, part):
        """Figure -> (name, model, views, domain) of its records, by `super()`."""
        own = [("company_id", "in", list(scope.company_ids))]
        return (
            self._get_item_windows(scope, part, own)
            | self._get_work_windows(scope, part, own)
            | {
                "collected": (
                    self.env._("Collected"),
                    "account.move.line",
                    ("list",),
                    [
                        *own,
                        *self._get_between("date", scope),
                        *self._get_collected_domain(),
                    ],
                )
            }
        )

    @api.model
    def _get_between(self, name, scope):
        return [(name, ">=", str(scope.start)), (name, "<=", str(scope.end))]

    @api.model
    def _get_item_windows(self, scope, part, own):
        """The figures whose records are items."""
        mine = [*own, ("user_id", "=", scope.user_id)] if scope.user_id else own
        left = [*mine, ("is_open", "=", True)]
        sold = [*mine, *self._get_between("date", scope), ("amount", ">", 0)]
        domains = {
            "open": left,
            "overdue": [*left, ("amount_overdue", ">", 0)],
            "ageing": [*left, ("is_credit", "=", False), ("bucket", "=", part)],
            "credit": [*left, ("is_credit", "=", True)],
            "dso": left,
            "dso_simple": sold,
            "effectiveness": left,
            "late": [*mine, *self._get_between("date_due", scope)],
        }
        model, views = "debt.collection.analysis", ("list", "pivot", "graph")
        name = self.env._("Receivables")
        return {key: (name, model, views, domain) for key, domain in domains.items()}

    @api.model
    def _get_work_windows(self, scope, part, own):
        """The figures whose records are cases, actions and plans."""
        acted = [*own, ("state", "=", "done"), *self._get_between("date_done", scope)]
        ended = [("state", "in", ("kept", "broken"))]
        ended += self._get_between("date_ended", scope)
        names = {
            "case": self.env._("Cases"),
            "action": self.env._("Actions"),
            "plan": self.env._("Promises and plans"),
            "cost": self.env._("Costs"),
        }
        domains = {
            "phase": ("case", [*own, ("phase", "=", part)]),
            "step": ("action", [*acted, ("step_id", "=", part)]),
            "policy": ("action", [*acted, ("step_id.policy_id", "=", part)]),
            "kept": ("plan", [*own, *ended]),
            "cost": ("cost", [*own, *self._get_between("date_engaged", scope)]),
            "approvals": ("cost", [*own, ("state", "=", "requested")]),
        }
        return {
            key: (names[model], f"debt.collection.{model}", ("list", "form"), domain)
            for key, (model, domain) in domains.items()
        }

    @api.model
    def _get_collected_domain(self):
        return [
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            "|",
            ("journal_id.type", "in", ("bank", "cash", "credit")),
            ("move_id.origin_payment_id", "!=", False),
        ]
