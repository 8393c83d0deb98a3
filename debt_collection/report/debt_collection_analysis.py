from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.figures import Scope


class DebtCollectionAnalysis(models.Model):
    """One row an item: invoices, and what else is open on receivable accounts.

    Rows and their standing come from the cockpit's own query, so that what a figure
    counts is what its list shows.
    """

    _name = "debt.collection.analysis"
    _description = "Analysis of receivables"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["move_type", "is_collection_charge", "state"],
        "account.move.line": [
            "amount_residual",
            "balance",
            "date",
            "date_maturity",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.partial.reconcile": ["amount", "max_date"],
        "debt.collection.case": ["phase", "user_id"],
        "debt.collection.claim": ["case_id", "is_open", "move_line_id"],
        "debt.collection.dispute.line": ["amount_contested", "move_line_id"],
        "debt.collection.portfolio": ["days_late", "number_due"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(
        comodel_name="res.currency", readonly=True, string="Company currency"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Debtor", readonly=True
    )
    move_id = fields.Many2one(
        comodel_name="account.move", string="Invoice", readonly=True
    )
    journal_id = fields.Many2one(comodel_name="account.journal", readonly=True)
    case_id = fields.Many2one(
        comodel_name="debt.collection.case", string="Case", readonly=True
    )
    phase = fields.Selection(
        selection=lambda self: self._selection_phase(), readonly=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Collector", readonly=True
    )
    date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    bucket = fields.Selection(
        selection=lambda self: self._selection_bucket(), string="Age", readonly=True
    )
    standing = fields.Selection(
        selection=lambda self: self._selection_standing(), readonly=True
    )
    is_open = fields.Boolean(readonly=True)
    is_credit = fields.Boolean(readonly=True)
    is_sale = fields.Boolean(string="Invoice or credit note", readonly=True)
    is_expected = fields.Boolean(
        string="Expected at the usual pace",
        readonly=True,
        help="Nothing is agreed and not all of it is disputed.",
    )
    date_settled = fields.Date(string="Settled", readonly=True)
    date_expected = fields.Date(
        string="Expected",
        readonly=True,
        help="At the debtor's usual pace; empty where he is late beyond it.",
    )
    days_late = fields.Integer(
        aggregator="avg", readonly=True, help="Up to today, or to the last match."
    )
    amount = fields.Monetary(string="Booked", readonly=True)
    amount_residual = fields.Monetary(string="Left", readonly=True)
    amount_disputed = fields.Monetary(string="Disputed", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)

    # === SELECTION METHODS === #

    @api.model
    def _selection_phase(self):
        phase = self.env["debt.collection.case"]._fields["phase"]
        return phase._description_selection(self.env)

    @api.model
    def _selection_bucket(self):
        names = self.env["debt.collection.cockpit"]._get_bucket_names()
        return list(names.items())

    @api.model
    def _selection_standing(self):
        return list(self.env["debt.collection.cockpit"]._get_standing_names().items())

    # === ACTION METHODS === #

    def action_open(self):
        """Open the case of the item, else its invoice."""
        self.ensure_one()
        record = self.case_id or self.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [[False, "form"]],
        }

    # === QUERY === #

    @property
    def _table_query(self):
        """The items of the companies that are switched on, as they stand today."""
        cockpit = self.env["debt.collection.cockpit"]
        day = self.env.company._get_collection_today()
        scope = Scope(tuple(self.env.companies.ids), None, day, day)
        return SQL(
            """SELECT o.id, o.company_id, co.currency_id, o.partner_id, o.move_id,
                      o.journal_id, o.case_id, o.phase, o.user_id, o.date,
                      o.due AS date_due, o.standing, o.residual <> 0 AS is_open,
                      o.residual < 0 AS is_credit, o.late AS days_late,
                      o.balance AS amount, o.residual AS amount_residual,
                      o.disputed AS amount_disputed, o.is_sale,
                      o.settled AS date_settled,
                      COALESCE(o.standing = 'open' AND o.residual > o.disputed, FALSE)
                          AS is_expected,
                      CASE WHEN o.standing = 'open' AND o.residual > o.disputed
                                AND o.due + h.days >= %(day)s
                           THEN o.due + h.days END AS date_expected,
                      CASE WHEN o.due < %(day)s AND o.residual > 0
                           THEN o.residual ELSE 0 END AS amount_overdue,
                      (%(keys)s::text[])[
                          width_bucket(GREATEST(o.late, 0), %(bounds)s) + 1] AS bucket
                 FROM (%(rows)s) o JOIN res_company co ON co.id = o.company_id
                 %(habit)s""",
            day=day,
            habit=cockpit._get_habit_join(),
            keys=cockpit._get_bucket_keys(),
            bounds=cockpit._get_bounds(),
            rows=self._get_rows_sql(cockpit, scope),
        )

    @api.model
    def _get_rows_sql(self, cockpit, scope):
        """What is open, and the invoices that were settled, with their days late."""
        return SQL(
            """SELECT o.id, o.company_id, o.partner_id, o.move_id, o.journal_id,
                      o.case_id, o.phase, o.user_id, o.date, o.due, o.standing,
                      o.balance, o.residual, o.disputed, o.days_late AS late,
                      o.is_sale, NULL::date AS settled
                 FROM (%(open)s) o
                UNION ALL
               SELECT i.id, i.company_id, i.partner_id, i.move_id, i.journal_id,
                      NULL, NULL, NULL, i.date, i.due, NULL, i.balance, 0, 0,
                      f.last - i.due, TRUE, f.last
                 FROM (%(items)s) i
                 JOIN (SELECT debit_move_id, max(max_date) AS last
                         FROM account_partial_reconcile GROUP BY 1) f
                      ON f.debit_move_id = i.id
                WHERE i.reconciled AND f.last <= %(day)s AND i.is_sale
                  AND i.balance > 0""",
            open=cockpit._get_open_sql(scope),
            items=cockpit._get_items_sql(scope),
            day=scope.end,
        )
