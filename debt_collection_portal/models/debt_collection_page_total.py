import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

# With more claims than this the sums of a case are kept between two visits
MANY = 200
AMOUNTS = (
    "principal_left",
    "interest_left",
    "indemnity_left",
    "cost_left",
    "balance",
    "contested",
    "contested_interest",
    "due",
    "paid",
    "overpayment",
)
# What stands beside the claims of a case: table -> an expression over its rows
BESIDE = {
    "debt_collection_charge": "string_agg(state, ',' ORDER BY id)",
    "debt_collection_cost": "string_agg(stage, ',' ORDER BY id)",
    "debt_collection_plan": "string_agg(state, ',' ORDER BY id)",
    "debt_collection_legal_step": "string_agg(state, ',' ORDER BY id)",
    "debt_collection_action": "string_agg(state, ',' ORDER BY id)",
}
# Numbers of the law and terms of the creditor, whoever the debtor is
EVERYWHERE = (
    "debt_collection_parameter_value",
    "debt_collection_terms",
)


class DebtCollectionPageTotal(models.Model):
    """The sums of a case with very many invoices, kept until something changes.

    A page shows fifty invoices, its sums are those of all of them. The statement alone
    makes them; this table spares replaying thousands of invoices for each page. The
    stamp is a digest of the day and of all that a statement reads, made by one query:
    a stamp that differs means that the statement is asked again.
    """

    _name = "debt.collection.page.total"
    _description = "Sums of a large case"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    is_principal_only = fields.Boolean(required=True, readonly=True)
    stamp = fields.Char(required=True, readonly=True)
    totals = fields.Text(required=True, readonly=True)

    _case_unique = models.UniqueIndex(
        "(case_id, is_principal_only)", "The sums of a case are kept once."
    )

    # === BUSINESS METHODS === #

    @api.model
    def _is_needed(self, case):
        """Whether a case has so many claims that its sums are kept."""
        return case.claim_count > MANY

    @api.model
    def _fill(self, statement, case, day, bare):
        """A statement of some claims of a case, with the sums of all of them.

        :param tools.values.Statement statement: what is shown
        :param bool bare: the principal alone
        :rtype: tools.values.Statement
        """
        return replace(statement, **self._get(case, day, bare))

    @api.model
    def _get(self, case, day, bare):
        """The sums of a case on a day: names of `Statement` -> values.

        :param debt.collection.case case: as superuser
        :rtype: dict
        """
        stamp = self._get_stamp(case, day)
        found = self.search(
            [("case_id", "=", case.id), ("is_principal_only", "=", bare)]
        )
        if found.stamp == stamp:
            return self._decode(found.totals)
        Statement = self.env["debt.collection.statement"]
        Statement = Statement.with_company(case.company_id)
        statement = Statement._for_cases(
            case, day, verified_only=True, principal_only=bare
        )[case.id]
        totals = self._encode(statement)
        self._keep(case, bare, stamp, totals)
        return self._decode(totals)

    def _keep(self, case, bare, stamp, totals):
        """Put the sums in the place of earlier ones."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO debt_collection_page_total
                          (case_id, is_principal_only, stamp, totals)
                   VALUES (%s, %s, %s, %s)
                   ON CONFLICT (case_id, is_principal_only)
                   DO UPDATE SET stamp = excluded.stamp, totals = excluded.totals""",
                case.id,
                bare,
                stamp,
                totals,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _encode(self, statement):
        reserved = statement.interest_reserved_from
        return json.dumps(
            {
                **{name: str(getattr(statement, name)) for name in AMOUNTS},
                "verified": statement.verified,
                "interest_reserved_from": reserved and str(reserved),
            }
        )

    @api.model
    def _decode(self, totals):
        values = json.loads(totals)
        reserved = values["interest_reserved_from"]
        return {
            **values,
            **{name: Decimal(values[name]) for name in AMOUNTS},
            "interest_reserved_from": reserved and date.fromisoformat(reserved),
        }

    # === WHAT MAY CHANGE === #

    def _get_stamp(self, case, day):
        self.env.flush_all()
        marks = SQL(", ").join(SQL("(%s)", mark) for mark in self._get_marks(case))
        [row] = self.env.execute_query(SQL("SELECT %s", marks))
        return hashlib.sha256(f"{day} {row}".encode()).hexdigest()

    @api.model
    def _get_marks(self, case):
        """Queries of one text each: it differs when what a statement reads differs.

        Extend with what your addon lets a statement read.

        :rtype: list[SQL]
        """
        return [
            *self._get_ledger_marks(case),
            *(
                SQL(
                    "SELECT concat_ws(' ', count(*), max(write_date), %s) FROM %s "
                    "WHERE case_id = %s",
                    SQL(more),
                    SQL.identifier(table),
                    case.id,
                )
                for table, more in BESIDE.items()
            ),
            *(
                SQL(
                    "SELECT concat_ws(' ', count(*), max(write_date)) FROM %s",
                    SQL.identifier(table),
                )
                for table in EVERYWHERE
            ),
            *self._get_people_marks(case.company_id, case.partner_id),
        ]

    def _get_people_marks(self, company, debtor):
        """The creditor and the debtor, their settings and what was accepted."""
        return [
            SQL("SELECT write_date FROM res_company WHERE id = %s", company.id),
            SQL(
                "SELECT max(write_date) FROM account_journal WHERE company_id = %s",
                company.id,
            ),
            SQL("SELECT write_date FROM res_partner WHERE id = %s", debtor.id),
            SQL(
                """SELECT concat_ws(' ', count(*), max(write_date))
                     FROM debt_collection_terms_acceptance WHERE partner_id = %s""",
                debtor.id,
            ),
        ]

    def _get_ledger_marks(self, case):
        """The claims, their items and invoices, what was matched, contested, sent."""
        return [
            SQL(
                """SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE x.is_open),
                          max(x.write_date), min(x.regime), max(x.regime),
                          sum(l.amount_currency), sum(l.amount_residual_currency),
                          sum(l.date_maturity - DATE '2000-01-01'),
                          max(l.write_date), max(m.write_date))
                     FROM debt_collection_claim x
                     JOIN account_move_line l ON l.id = x.move_line_id
                     JOIN account_move m ON m.id = l.move_id
                    WHERE x.case_id = %s""",
                case.id,
            ),
            SQL(
                """SELECT concat_ws(' ', count(*), max(r.id), sum(r.id),
                          sum(r.debit_amount_currency),
                          sum(k.date - DATE '2000-01-01'))
                     FROM debt_collection_claim x
                     JOIN account_partial_reconcile r
                          ON r.debit_move_id = x.move_line_id
                     JOIN account_move_line k ON k.id = r.credit_move_id
                    WHERE x.case_id = %s""",
                case.id,
            ),
            SQL(
                """SELECT concat_ws(' ', count(*), sum(d.amount_contested),
                          sum(d.id * d.amount_contested))
                     FROM debt_collection_claim x
                     JOIN debt_collection_dispute_line d
                          ON d.move_line_id = x.move_line_id
                    WHERE x.case_id = %s""",
                case.id,
            ),
            SQL(
                """SELECT concat_ws(' ', count(*), max(d.date), max(d.write_date))
                     FROM debt_collection_action a
                     JOIN debt_collection_delivery d ON d.action_id = a.id
                    WHERE a.case_id = %s AND d.state = 'sent'""",
                case.id,
            ),
        ]
