from odoo import api, fields, models
from odoo.tools import SQL

# What is missing on the debtor is said once, not for each of his invoices
OF_DEBTOR = ("address", "email", "number")
# States of an electronic invoice that the network took
NETWORK_TOOK = ("processing", "done")


class DebtCollectionQuality(models.Model):
    """What is missing on open invoices before they can be claimed well.

    A query, nothing is stored: a row leaves when what is missing is there. What the
    debtor or the company itself misses has one row, without an invoice.
    """

    _name = "debt.collection.quality"
    _description = "Invoice to mend"
    _auto = False
    _order = "amount desc, id"
    _rec_name = "move_id"
    _depends = {
        "account.journal": ["debt_collection_terms_id"],
        "account.move": [
            "amount_residual_signed",
            "commercial_partner_id",
            "debt_collection_receipt_date",
            "debt_collection_terms_id",
            "invoice_date",
            "invoice_date_due",
            "invoice_payment_term_id",
            "is_collection_charge",
            "is_move_sent",
            "payment_state",
            "ref",
            "sending_data",
            "state",
        ],
        "debt.collection.portfolio": ["user_id"],
        "debt.collection.terms.acceptance": ["company_id", "date", "partner_id"],
        "mail.message": ["attachment_ids", "date", "model", "res_id"],
        "mail.notification": ["notification_status", "notification_type"],
        "res.company": [
            "debt_collection_sent_days",
            "debt_collection_terms_id",
            "debt_collection_terms_tacit",
        ],
        "res.partner": [
            "active",
            "city",
            "company_registry",
            "complete_name",
            "debt_collection_channel",
            "debt_collection_contact_id",
            "debt_collection_kind",
            "debt_collection_needs_reference",
            "email_normalized",
            "parent_id",
            "street",
            "type",
            "vat",
        ],
        "res.partner.bank": ["active", "partner_id"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(
        comodel_name="res.currency", readonly=True, string="Company currency"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Debtor", readonly=True
    )
    recipient_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        help="Who would get the letters.",
    )
    move_id = fields.Many2one(
        comodel_name="account.move", string="Invoice", readonly=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Collector", readonly=True
    )
    defect = fields.Selection(
        selection=[
            ("bank", "No bank account"),
            ("terms", "No accepted terms"),
            ("address", "No address"),
            ("email", "No e-mail address"),
            ("number", "No enterprise number"),
            ("reference", "No customer reference"),
            ("due", "No payment term"),
            ("unsent", "Never sent"),
            ("late", "Sent late"),
            ("untraced", "Sent without a trace"),
        ],
        string="What is missing",
        readonly=True,
    )
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    amount = fields.Monetary(string="Open", readonly=True)
    invoices = fields.Integer(
        readonly=True, help="How many open invoices it is missing for."
    )
    mend = fields.Char(string="What mends it", compute="_compute_mend")

    # === COMPUTE METHODS === #

    @api.depends("defect", "move_id")
    @api.depends_context("lang")
    def _compute_mend(self):
        words = self._get_mends()
        ours = self.env._("Choose the general terms of your company.")
        for row in self:
            row.mend = words.get(row.defect)
            if row.defect == "terms" and not row.move_id:
                row.mend = ours

    @api.model
    def _get_mends(self):
        """What is missing -> what mends it, as a sentence."""
        return {
            "bank": self.env._("Enter the account of your company."),
            "terms": self.env._(
                "Record who accepted which terms: without, their clauses do not count."
            ),
            "address": self.env._("Enter street and city of who gets the letters."),
            "email": self.env._("Enter an address, or say that letters go by post."),
            "number": self.env._(
                "Enter the VAT or company number, or say that he is no enterprise."
            ),
            "reference": self.env._("Ask for it and enter it on the invoice."),
            "due": self.env._("It was due the day it was made: agree a term."),
            "unsent": self.env._(
                "Send it, or enter the day on which the debtor received it."
            ),
            "late": self.env._("Enter the day on which the debtor received it."),
            "untraced": self.env._(
                "Nothing shows when it left: enter the day the debtor received it."
            ),
        }

    # === ACTION METHODS === #

    def action_mend(self):
        """Open what mends the row.

        :rtype: dict
        """
        self.ensure_one()
        record = self._get_place()
        window = {"type": "ir.actions.act_window", "name": record.display_name or ""}
        if self.defect == "terms" and self.move_id:
            return {
                **window,
                "name": self.env._("Accepted terms"),
                "res_model": "debt.collection.terms.acceptance",
                "views": [[False, "list"], [False, "form"]],
                "domain": [("partner_id", "child_of", self.partner_id.ids)],
                "context": {"default_partner_id": self.partner_id.id},
            }
        if self.defect == "terms":
            return self.env["ir.actions.actions"]._for_xml_id(
                "debt_collection.debt_collection_terms_action"
            )
        return {
            **window,
            "res_model": record._name,
            "res_id": record.id,
            "views": [[False, "form"]],
        }

    def _get_place(self):
        """The record that is changed to mend the row."""
        self.ensure_one()
        if self.defect in ("address", "email"):
            return self.recipient_id
        if self.defect in ("number", "bank"):
            return self.partner_id
        return self.move_id

    # === QUERY === #

    @property
    def _table_query(self):
        mine, his = {}, {}
        for key, holds in self._get_defects_sql().items():
            (his if key in OF_DEBTOR else mine)[key] = holds
        ours = self._get_company_defects_sql()
        # an id tells what the row is of, and which defect it is about
        count = len(self._fields["defect"].selection)
        return SQL(
            "%s UNION ALL %s UNION ALL %s",
            self._of_invoices_sql(self._list_sql(mine, 0), 3 * count),
            self._of_debtors_sql(self._list_sql(his, count), 3 * count),
            self._of_companies_sql(self._list_sql(ours, 2 * count), 3 * count),
        )

    @api.model
    def _of_invoices_sql(self, defects, size):
        """A row an invoice and defect."""
        return SQL(
            """SELECT o.id * %(size)s + d.number AS id, o.company_id, o.currency_id,
                      o.partner_id, o.recipient_id, o.id AS move_id, o.user_id,
                      d.defect, o.invoice_date, o.date_due, o.amount, 1 AS invoices
                 FROM (%(invoices)s) o
                 CROSS JOIN LATERAL (%(left)s) s
                 JOIN LATERAL (%(defects)s) d ON d.holds""",
            size=size,
            invoices=self._get_invoices_sql(),
            left=self._get_left_sql(),
            defects=defects,
        )

    @api.model
    def _of_debtors_sql(self, defects, size):
        """A row a debtor and defect; his first invoice is nobody else's."""
        return SQL(
            """SELECT min(o.id) * %(size)s + d.number, o.company_id, o.currency_id,
                      o.partner_id, o.recipient_id, NULL, o.user_id, d.defect, NULL,
                      min(o.date_due), sum(o.amount), count(*)
                 FROM (%(invoices)s) o
                 JOIN LATERAL (%(defects)s) d ON d.holds
                GROUP BY o.company_id, o.currency_id, o.partner_id, o.recipient_id,
                         o.user_id, d.number, d.defect""",
            size=size,
            invoices=self._get_invoices_sql(),
            defects=defects,
        )

    @api.model
    def _of_companies_sql(self, defects, size):
        """A row a company with open invoices and defect."""
        return SQL(
            """SELECT c.id * %(size)s + d.number, c.id, c.currency_id, c.partner_id,
                      c.partner_id, NULL, NULL, d.defect, NULL, NULL, x.amount,
                      x.invoices
                 FROM res_company c
                 JOIN (SELECT m.company_id, count(*) AS invoices,
                              sum(m.amount_residual_signed) AS amount
                         FROM account_move m WHERE %(is_open)s
                        GROUP BY m.company_id) x ON x.company_id = c.id
                 JOIN LATERAL (%(defects)s) d ON d.holds""",
            size=size,
            is_open=self._is_open_sql(),
            defects=defects,
        )

    @api.model
    def _list_sql(self, defects, first):
        """The defects as rows: number, key, whether it holds.

        :param int first: what the numbers of these rows begin with
        """
        keys = list(dict(self._fields["defect"].selection))
        return SQL(
            "SELECT * FROM (VALUES %s) v (number, defect, holds)",
            SQL(", ").join(
                SQL("(%s, %s, %s)", first + keys.index(key), key, holds)
                for key, holds in defects.items()
            ),
        )

    @api.model
    def _get_company_defects_sql(self):
        """Key of each defect of a company -> condition on its row `c`."""
        return {
            "bank": SQL(
                """NOT EXISTS (SELECT FROM res_partner_bank b
                                WHERE b.partner_id = c.partner_id AND b.active)"""
            ),
            "terms": SQL("c.debt_collection_terms_id IS NULL"),
        }

    @api.model
    def _is_open_sql(self):
        """Whether `m` is an open invoice that can be claimed."""
        return SQL(
            """m.move_type IN ('out_invoice', 'out_receipt') AND m.state = 'posted'
               AND m.payment_state IN ('not_paid', 'partial')
               AND m.is_collection_charge IS NOT TRUE"""
        )

    @api.model
    def _get_invoices_sql(self):
        """The open invoices, with what the defects ask of them.

        ``r`` gets the letters, as `res.partner._get_collection_recipient` says.
        """
        return SQL(
            """SELECT m.id, m.company_id, co.currency_id, p.id AS partner_id,
                      r.id AS recipient_id, f.user_id, m.invoice_date,
                      m.invoice_date_due AS date_due,
                      m.amount_residual_signed AS amount, m.is_move_sent, m.ref,
                      m.invoice_payment_term_id, m.debt_collection_terms_id,
                      m.debt_collection_receipt_date AS received,
                      m.sending_data IS NOT NULL AS is_leaving,
                      %(is_networked)s AS is_networked,
                      p.debt_collection_kind AS kind, p.vat, p.company_registry,
                      p.debt_collection_channel AS channel,
                      p.debt_collection_needs_reference AS needs_reference,
                      r.street, r.city, r.email_normalized AS email,
                      j.debt_collection_terms_id AS journal_terms_id,
                      co.debt_collection_terms_id AS company_terms_id,
                      co.debt_collection_terms_tacit AS is_tacit,
                      COALESCE(co.debt_collection_sent_days, 0) AS sent_days
                 FROM account_move m
                 JOIN res_company co ON co.id = m.company_id
                 JOIN account_journal j ON j.id = m.journal_id
                 JOIN res_partner p ON p.id = m.commercial_partner_id
                 JOIN LATERAL (
                      SELECT c.* FROM res_partner c
                       WHERE c.active AND (c.id = p.debt_collection_contact_id
                             OR c.parent_id = p.id AND c.type = 'invoice')
                          OR c.id = p.id
                       ORDER BY c.id IS DISTINCT FROM p.debt_collection_contact_id,
                                c.id = p.id, c.complete_name, c.id
                       LIMIT 1) r ON TRUE
                 LEFT JOIN debt_collection_portfolio f
                      ON f.company_id = m.company_id AND f.partner_id = p.id
                WHERE %(is_open)s""",
            is_networked=self._is_networked_sql(),
            is_open=self._is_open_sql(),
        )

    @api.model
    def _is_networked_sql(self):
        """Whether an electronic network took the invoice, where one is installed."""
        if "peppol_move_state" not in self.env["account.move"]._fields:
            return SQL("FALSE")
        return SQL("COALESCE(m.peppol_move_state = ANY(%s), FALSE)", list(NETWORK_TOOK))

    @api.model
    def _get_defects_sql(self):
        """Key of each defect -> condition on the row `o` of an invoice.

        ``s.day`` is the day it left; a condition on the debtor does not know it.
        Extend by `super()`, with a key of the selection; what is missing on the debtor
        (`OF_DEBTOR`) is listed once for all his invoices.

        :rtype: dict[str, SQL]
        """
        return {
            "address": SQL("COALESCE(o.street, '') = '' OR COALESCE(o.city, '') = ''"),
            "email": SQL("o.email IS NULL AND o.channel IS DISTINCT FROM 'post'"),
            "number": SQL(
                """o.kind = 'enterprise' AND COALESCE(o.vat, '') IN ('', '/')
                   AND COALESCE(o.company_registry, '') = ''"""
            ),
            "reference": SQL(
                """(o.needs_reference OR o.kind = 'public')
                   AND COALESCE(o.ref, '') = ''"""
            ),
            "terms": self._lacks_terms_sql(),
            "due": SQL(
                """o.invoice_payment_term_id IS NULL
                   AND COALESCE(o.date_due, o.invoice_date) <= o.invoice_date"""
            ),
            "unsent": SQL(
                """o.received IS NULL AND NOT o.is_leaving AND NOT o.is_networked
                   AND o.is_move_sent IS NOT TRUE AND s.day IS NULL"""
            ),
            "untraced": SQL(
                """o.received IS NULL AND NOT o.is_networked AND o.is_move_sent
                   AND s.day IS NULL"""
            ),
            "late": SQL("o.received IS NULL AND s.day > o.invoice_date + o.sent_days"),
        }

    @api.model
    def _get_left_sql(self):
        """The day `o` first left by mail, as far as the mail was not refused.

        Only mails with a file count: a question about an invoice is none.
        """
        return SQL(
            """SELECT min(e.date)::date AS day FROM mail_message e
                 WHERE e.model = 'account.move' AND e.res_id = o.id
                   AND EXISTS (SELECT FROM mail_notification n
                                WHERE n.mail_message_id = e.id
                                  AND n.notification_type = 'email'
                                  AND n.notification_status
                                      NOT IN ('bounce', 'exception', 'canceled'))
                   AND EXISTS (SELECT FROM message_attachment_rel a
                                WHERE a.message_id = e.id)"""
        )

    @api.model
    def _lacks_terms_sql(self):
        """Whether terms hold for the invoice `o`, and their clauses do not count.

        That none hold is said once, of the company, not for each invoice.
        """
        return SQL(
            """COALESCE(o.debt_collection_terms_id, o.journal_terms_id,
                        o.company_terms_id) IS NOT NULL
               AND (o.kind = 'consumer' OR o.is_tacit IS NOT TRUE)
               AND NOT EXISTS (
                   SELECT FROM debt_collection_terms_acceptance a
                     JOIN res_partner q ON q.id = a.partner_id
                    WHERE a.company_id = o.company_id
                      AND q.commercial_partner_id = o.partner_id
                      AND (a.move_id = o.id
                           OR a.move_id IS NULL AND a.date <= o.invoice_date))"""
        )
