from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools.facts import Blocker, Interruption
from ..tools.plans import LIVE, WAITING


class DebtCollectionPlanFilling(models.AbstractModel):
    """What fills a plan, and what it does to its items: money, rests, limitation."""

    _name = "debt.collection.plan.filling"
    _description = "Filling of a plan"

    # === MONEY === #

    def _get_money(self):
        """What was matched to each plan's items since it started: id -> Decimal.

        :rtype: dict[int, Decimal]
        """
        return {
            plan_id: sum(
                (
                    max(amount - Decimal(before.get(key, "0")), Decimal(0))
                    for key, amount in matched.items()
                ),
                Decimal(0),
            )
            for plan_id, matched in self._read_matched().items()
            for before in [self.browse(plan_id).matched_before or {}]
        }

    def _read_matched(self):
        """Money matched to the plans' items and booked charges, by item and source.

        :return: plan id -> {"item:source": Decimal}
        """
        items = {plan.id: plan._get_items().ids for plan in self}
        matches = self.env["debt.collection.facts"]._read_matches(
            {item for ids in items.values() for item in ids}
        )
        found = {}
        for plan_id, ids in items.items():
            sums = found[plan_id] = defaultdict(Decimal)
            for item in ids:
                for match in matches.get(item, ()):
                    if match.is_money:
                        sums[f"{item}:{match.source}"] += match.amount
        return found

    def _get_items(self):
        """The receivable lines whose payments fill the plan."""
        self.ensure_one()
        charges = self.case_id.charge_ids.filtered(lambda c: c.state == "booked")
        documents = charges.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return self.claim_ids.move_line_id | documents

    # === LIMITATION === #

    @api.model
    def _read_interruptions(self, ids):
        """What plans did to the limitation of items: item id -> [Interruption].

        The debtor who asks for time acknowledges the debt; who signs an
        acknowledgement does it in writing, for the claims it names.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.move_line_id, p.date_proposed AS day, 'acknowledgement'
                     FROM debt_collection_plan p
                     JOIN %(covers)s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE c.move_line_id = ANY(%(ids)s) AND p.origin = 'debtor'
                      AND p.kind <> 'paid' AND p.date_proposed IS NOT NULL
                UNION ALL
                   SELECT c.move_line_id, p.date_start, 'writing'
                     FROM debt_collection_plan p
                     JOIN %(acknowledged)s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE c.move_line_id = ANY(%(ids)s) AND p.date_start IS NOT NULL
                    ORDER BY day""",
                covers=SQL.identifier(self._fields["claim_ids"].relation),
                acknowledged=SQL.identifier(self._fields["acknowledged_ids"].relation),
                ids=list(ids),
            )
        )
        found = defaultdict(list)
        for item, day, kind in rows:
            found[item].append(Interruption(day, kind))
        return found

    # === RESTS === #

    @api.model
    def _read_rests(self, accounts, day):
        """What the plans say of their items on a day, see `_get_rest_models`.

        A plan that ended rests one day more, so that its end fires nothing at once.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.move_line_id, p.kind, p.state, p.date_expiry, p.date_ended,
                          p.date_end + COALESCE(p.grace_days, 0)
                     FROM debt_collection_plan p
                     JOIN %s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE p.account_id = ANY(%s)
                      AND (p.state = ANY(%s) OR p.date_ended >= %s
                           OR p.state = ANY(%s) AND p.date_expiry >= %s)
                    ORDER BY p.id""",
                SQL.identifier(self._fields["claim_ids"].relation),
                accounts.ids,
                list(LIVE),
                day - timedelta(days=1),
                list(WAITING),
                day,
            )
        )
        rests, next_day = defaultdict(list), day + timedelta(days=1)
        for item, kind, state, expiry, ended, last in rows:
            code, end = f"plan_{kind}", last
            if ended:
                code, end = "plan_over", ended + timedelta(days=1)
            elif state in WAITING:
                code, end = "plan_waiting", expiry
            elif end and end < day:
                code = "plan_unjudged"  # the bank or unmatched money is waited for
            until = max(end + timedelta(days=1), next_day)
            blocker = Blocker(code, (("last", str(end)),), until)
            rests["item", item].append(blocker)
        return rests
