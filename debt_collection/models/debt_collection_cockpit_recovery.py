from odoo import api, models
from odoo.tools import SQL

from ..tools import figures
from .debt_collection_facts import to_decimal

# What letters and calls are looked at by, and what is done with a case by
BY_ACTION = ("step", "letter", "policy")
BY_CASE = ("route", "partner")


class DebtCollectionCockpitRecovery(models.AbstractModel):
    """What brings money: steps, letters, policies, legal routes and partners.

    Each reaches items on a day. What was open then is listed; money matched afterwards
    is recovered, until the next one of the same kind reaches the item.
    """

    _name = "debt.collection.cockpit.recovery"
    _description = "What brings money"

    # === THE FIGURES === #

    @api.model
    def _read_recovery(self, scope, by):
        """What was listed and what it brought, by one of BY_ACTION or BY_CASE.

        A step, a letter, a route and a partner are credited until the next one on the
        item; a policy with all that came since its first step, which counts alone.

        :return: dicts of id (a letter's is its key), number, listed, recovered
        :rtype: list[dict]
        """
        group = BY_ACTION if by in BY_ACTION else BY_CASE
        return self._read_recoveries(scope, group)[by]

    @api.model
    def _read_recoveries(self, scope, group):
        """The figures of a whole group by one query: by -> rows.

        :param tuple group: BY_ACTION or BY_CASE
        """
        by_action = group == BY_ACTION
        touches = self._get_touches_sql if by_action else self._get_hands_sql
        rows = self._read(
            SQL(
                """SELECT k.by, z.keys[k.by], count(*), sum(z.listed),
                          sum(CASE WHEN k.by = %(policy)s
                                   THEN z.got_since ELSE z.got END)
                     FROM (%(judged)s) z
                     JOIN generate_series(1, %(number)s) AS k(by)
                          ON z.keys[k.by] IS NOT NULL
                             AND (k.by <> %(policy)s OR z.nth = 1)
                    GROUP BY k.by, z.keys[k.by]""",
                judged=self._get_judged_sql(scope, touches(scope)),
                number=len(group),
                policy=group.index("policy") + 1 if by_action else 0,
            )
        )
        found = {by: [] for by in group}
        for index, key, number, listed, recovered in rows:
            by = group[index - 1]
            found[by].append(
                {
                    "id": key if by == "letter" else int(key),
                    "number": number,
                    "listed": to_decimal(listed, scope.currency),
                    "recovered": to_decimal(recovered, scope.currency),
                }
            )
        return found

    @api.model
    def _get_judged_sql(self, scope, touches):
        """Each touch of the period: what was listed, and what came until its stop.

        ``got_since`` is what came until the last day.
        """
        return SQL(
            """WITH items AS (%(items)s), touched AS (%(touches)s),
               matched AS (
                   SELECT r.debit_move_id AS id, r.max_date AS day, r.amount,
                          %(is_money)s AS is_money
                     FROM account_partial_reconcile r
                     JOIN account_move_line l ON l.id = r.credit_move_id
                     JOIN account_move m ON m.id = l.move_id
                     JOIN account_journal j ON j.id = l.journal_id
                    WHERE r.debit_move_id IN (SELECT move_line_id FROM touched))
               SELECT t.id, t.keys, t.nth, i.balance - COALESCE(sum(r.amount)
                          FILTER (WHERE r.day <= t.day), 0) AS listed,
                      COALESCE(sum(r.amount) FILTER (
                          WHERE r.day > t.day AND r.day <= t.stop
                            AND r.is_money), 0) AS got,
                      COALESCE(sum(r.amount) FILTER (
                          WHERE r.day > t.day AND r.day <= %(end)s
                            AND r.is_money), 0) AS got_since
                 FROM touched t
                 JOIN items i ON i.id = t.move_line_id AND i.date <= t.day
                 LEFT JOIN matched r ON r.id = i.id
                WHERE t.day >= %(start)s
                GROUP BY t.id, t.keys, t.nth, i.balance""",
            is_money=self._get_money_sql(),
            items=self._get_items_sql(scope),
            touches=touches,
            start=scope.start,
            end=scope.end,
        )

    @api.model
    def _get_touches_sql(self, scope):
        """Every item on every action of a ladder done up to the last day.

        What is matched after it and until the next action on the same item, the day of
        that one included, is what it brought. `keys` are those of BY_ACTION.
        """
        return SQL(
            """SELECT y.id, y.move_line_id, a.date_done AS day,
                      COALESCE(lead(a.date_done) OVER w, %(end)s) AS stop,
                      row_number() OVER (
                          PARTITION BY y.move_line_id, s.policy_id
                              ORDER BY a.date_done, a.id) AS nth,
                      ARRAY[a.step_id::text,
                            a.notice_kind || ':' || COALESCE(v.channels, ''),
                            s.policy_id::text] AS keys
                 FROM debt_collection_action_line y
                 JOIN debt_collection_action a ON a.id = y.action_id
                 JOIN debt_collection_policy_step s ON s.id = a.step_id
                 LEFT JOIN (SELECT action_id,
                                   string_agg(DISTINCT channel, ',' ORDER BY channel)
                                       AS channels
                              FROM debt_collection_delivery
                             WHERE state = 'sent' AND copy_id IS NULL
                               AND company_id = ANY(%(companies)s)
                             GROUP BY action_id) v ON v.action_id = a.id
                WHERE a.company_id = ANY(%(companies)s) AND a.state = 'done'
                  AND a.date_done <= %(end)s AND a.is_test IS NOT TRUE
               WINDOW w AS (PARTITION BY y.move_line_id ORDER BY a.date_done, a.id)""",
            companies=list(scope.company_ids),
            end=scope.end,
        )

    @api.model
    def _get_hands_sql(self, scope):
        """Every item of a case in the hands of a court or of a partner.

        A route from its first step that was ordered, until the next route of the case;
        a partner from the day he got the case, or was ordered a step, until he gave it
        back or the next one got it. `keys` are those of BY_CASE.
        """
        return SQL(
            """SELECT row_number() OVER () AS id, c.move_line_id, x.day,
                      LEAST(COALESCE(x.back, %(end)s), COALESCE(lead(x.day) OVER (
                          PARTITION BY x.route_id IS NULL, c.move_line_id
                              ORDER BY x.day, x.route_id, x.partner_id), %(end)s))
                          AS stop,
                      1 AS nth, ARRAY[x.route_id::text, x.partner_id::text] AS keys
                 FROM (
                   SELECT case_id, route_id, NULL::int AS partner_id,
                          min(COALESCE(date_ordered, date_done)) AS day,
                          NULL::date AS back
                     FROM debt_collection_legal_step
                    WHERE state IN ('ordered', 'done')
                      AND company_id = ANY(%(companies)s)
                    GROUP BY case_id, route_id
                    UNION ALL
                   SELECT case_id, NULL, partner_id, min(day),
                          CASE WHEN bool_and(back IS NOT NULL) THEN max(back) END
                     FROM (%(partners)s) p
                    GROUP BY case_id, partner_id) x
                 JOIN debt_collection_claim c ON c.case_id = x.case_id
                WHERE x.day <= %(end)s""",
            companies=list(scope.company_ids),
            end=scope.end,
            partners=self._get_partner_hands_sql(scope),
        )

    @api.model
    def _get_partner_hands_sql(self, scope):
        """Who had which case from which day to which: hand-overs and legal steps."""
        local = SQL(
            "AT TIME ZONE 'UTC' AT TIME ZONE "
            "COALESCE(o.debt_collection_tz, z.tz, 'UTC')"
        )
        return SQL(
            """SELECT a.case_id, a.partner_id, (a.moment_handed %(local)s)::date AS day,
                      (a.moment_answered %(local)s)::date AS back
                 FROM debt_collection_assignment a
                 JOIN res_company o ON o.id = a.company_id
                 JOIN res_partner z ON z.id = o.partner_id
                WHERE a.company_id = ANY(%(companies)s)
                  AND a.moment_handed IS NOT NULL
                UNION ALL
               SELECT case_id, partner_id, COALESCE(date_ordered, date_done), NULL
                 FROM debt_collection_legal_step
                WHERE company_id = ANY(%(companies)s) AND partner_id IS NOT NULL
                  AND state IN ('ordered', 'done')""",
            companies=list(scope.company_ids),
            local=local,
        )

    # === THE SCREEN === #

    @api.model
    def _show_recoveries(self, scope):
        """The tables of what brings money, each with its name and its rows."""
        found = self._read_recoveries(scope, BY_ACTION)
        found |= self._read_recoveries(scope, BY_CASE)
        names = {
            "step": self.env._("Step"),
            "letter": self.env._("Letter"),
            "policy": self.env._("Policy"),
            "route": self.env._("Route"),
            "partner": self.env._("Partner"),
        }
        return [
            {"key": by, "name": name, "rows": self._show_recovery(by, found[by])}
            for by, name in names.items()
        ]

    @api.model
    def _show_recovery(self, by, rows):
        """The rows of a table, in the order of their records."""
        found = {row["id"]: row for row in rows}
        return [
            {
                "id": key,
                "name": name,
                "number": found[key]["number"],
                "listed": float(found[key]["listed"]),
                "recovered": float(found[key]["recovered"]),
                "percent": float(
                    figures.percent(found[key]["recovered"], found[key]["listed"]) or 0
                ),
            }
            for key, name in self._name_recovery(by, list(found))
        ]

    @api.model
    def _name_recovery(self, by, keys):
        """(key, name) of what brought money, sorted."""
        if by == "letter":
            names = {key: self._name_letter(key) for key in keys}
            return sorted(names.items(), key=lambda pair: pair[1])
        models = {
            "step": "debt.collection.policy.step",
            "policy": "debt.collection.policy",
            "route": "debt.collection.legal.route",
            "partner": "res.partner",
        }
        model = self.env[models[by]].with_context(active_test=False)
        records = model.search([("id", "in", keys)])
        if by != "step" or len(records.policy_id) < 2:
            return [(record.id, record.display_name) for record in records]
        return [(step.id, f"{step.policy_id.name} · {step.name}") for step in records]

    @api.model
    def _name_letter(self, key):
        """A kind of letter in words: what it says, and by which ways it went."""
        kind, _sep, channels = key.partition(":")
        action = self.env["debt.collection.action"]._fields["notice_kind"]
        ways = dict(
            self.env["debt.collection.delivery"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        names = [ways[way] for way in channels.split(",") if way]
        parts = [dict(action._description_selection(self.env))[kind]]
        return " · ".join([*parts, " + ".join(names)] if names else parts)
