from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools.facts import ClaimFacts, Dispatch


def to_decimal(amount, currency):
    """The exact decimal of a stored amount, at the precision of its currency."""
    return Decimal(f"{amount or 0:.{currency.decimal_places}f}")


class DebtCollectionFacts(models.AbstractModel):
    """Reads items set-based into the frozen facts that regimes are asked with."""

    _name = "debt.collection.facts"
    _description = "Facts of claims"

    @api.model
    def _read(self, regimes):
        """The facts of items.

        :param dict[int, str] regimes: item id -> regime key
        :rtype: dict[int, ClaimFacts]
        """
        if not regimes:
            return {}
        self.env.flush_all()
        ids = list(regimes)
        notices = self._read_notices(ids)
        return {
            row["id"]: self._build(row, regimes[row["id"]], notices[row["id"]])
            for row in self.env.execute_query_dict(self._get_query(ids))
        }

    @api.model
    def _get_query(self, ids):
        """One row an item; extend by joining onto it for facts of your own."""
        return SQL(
            """SELECT l.id, l.currency_id, l.amount_currency AS principal,
                      l.amount_residual_currency AS residual,
                      COALESCE(m.invoice_date, l.date) AS invoice_date,
                      COALESCE(l.date_maturity, l.date) AS due_date,
                      dc.code AS debtor_country, cc.code AS creditor_country
                 FROM account_move_line l
                 JOIN account_move m ON m.id = l.move_id
                 JOIN res_company co ON co.id = l.company_id
                 JOIN res_partner cp ON cp.id = co.partner_id
                 LEFT JOIN res_partner dp ON dp.id = l.partner_id
                 LEFT JOIN res_country dc ON dc.id = dp.country_id
                 LEFT JOIN res_country cc ON cc.id = cp.country_id
                WHERE l.id = ANY(%s)""",
            ids,
        )

    @api.model
    def _build(self, row, regime, notices):
        currency = self.env["res.currency"].browse(row["currency_id"])
        return ClaimFacts(
            key=row["id"],
            regime=regime,
            principal=abs(to_decimal(row["principal"], currency)),
            residual=to_decimal(row["residual"], currency),
            invoice_date=row["invoice_date"],
            due_date=max(row["due_date"], row["invoice_date"]),
            currency=currency.name,
            creditor_country=row["creditor_country"] or "",
            debtor_country=row["debtor_country"] or "",
            notices=tuple(notices),
        )

    @api.model
    def _read_notices(self, ids):
        """The letters that provably left for each item, oldest first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT y.move_line_id, d.date, d.channel, x.notice_kind
                     FROM debt_collection_action_line y
                     JOIN debt_collection_action x ON x.id = y.action_id
                     JOIN debt_collection_delivery d ON d.action_id = x.id
                    WHERE y.move_line_id = ANY(%s) AND d.state = 'sent'
                    ORDER BY d.date, d.id""",
                ids,
            )
        )
        notices = defaultdict(list)
        for item, day, channel, kind in rows:
            notices[item].append(Dispatch(day, channel, kind))
        return notices
