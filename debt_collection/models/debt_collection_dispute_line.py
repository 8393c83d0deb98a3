from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


class DebtCollectionDisputeLine(models.Model):
    """One item that a dispute touches, and how much of it."""

    _name = "debt.collection.dispute.line"
    _description = "Contested item"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "dispute_id, id"
    _check_company_auto = True

    dispute_id = fields.Many2one(
        comodel_name="debt.collection.dispute",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="dispute_id.company_id", store=True)
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    # a copy of the claim's key: every figure is read by item
    move_line_id = fields.Many2one(
        related="claim_id.move_line_id", string="Item", store=True, index=True
    )
    move_id = fields.Many2one(related="claim_id.move_id", string="Invoice")
    amount_residual = fields.Monetary(related="claim_id.amount_residual")
    amount = fields.Monetary(string="Contested", help="Taxes included.")
    amount_accepted = fields.Monetary(string="Accepted", readonly=True, copy=False)
    credit_id = fields.Many2one(
        comodel_name="account.move",
        string="Credit note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    amount_contested = fields.Monetary(
        string="Stands apart",
        compute="_compute_amount_contested",
        store=True,
        help="Not asked for: under dispute, or accepted and not yet credited.",
    )

    _claim_unique = models.UniqueIndex(
        "(dispute_id, claim_id)", "An invoice stands on a dispute once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Say how much of the invoice is contested."
    )

    # === COMPUTE METHODS === #

    @api.depends("dispute_id.state", "amount", "amount_accepted", "credit_id.state")
    def _compute_amount_contested(self):
        for line in self:
            state = line.dispute_id.state
            if state == "open":
                line.amount_contested = line.amount
            elif state in ("accepted", "partly") and line.credit_id.state != "posted":
                line.amount_contested = line.amount_accepted
            else:
                line.amount_contested = 0.0

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A dispute is evidence: withdraw it instead of deleting it.")
        )

    # === BUSINESS METHODS === #

    def _set_accepted(self, amount):
        """Accept a part of what is contested."""
        self.ensure_one()
        currency = self.currency_id
        if amount < 0 or currency.compare_amounts(amount, self.amount) > 0:
            raise UserError(
                self.env._(
                    "Of %(invoice)s between 0 and %(amount)s can be accepted.",
                    invoice=self.move_id.name,
                    amount=formatLang(self.env, self.amount, currency_obj=currency),
                )
            )
        self.amount_accepted = currency.round(amount)

    def _draft_credit(self, day):
        """Draft the credit note of what was accepted; the accountant posts it.

        A collector settles disputes and owns no invoices: made for him, not posted.
        """
        self.ensure_one()
        line_sudo = self.sudo()  # as said above
        credit = line_sudo.env["account.move"].create(
            line_sudo._prepare_credit_vals(day)
        )
        if credit.currency_id.compare_amounts(
            credit.amount_total, self.amount_accepted
        ):
            raise UserError(
                self.env._(
                    "%(amount)s of %(invoice)s cannot be credited by its taxes: draft "
                    "the credit note by hand.",
                    amount=self.amount_accepted,
                    invoice=self.move_id.name,
                )
            )
        line_sudo.credit_id = credit

    def _prepare_credit_vals(self, day):
        invoice, dispute = self.move_id, self.dispute_id
        return {
            "move_type": "out_refund",
            "journal_id": invoice.journal_id.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_user_id": invoice.invoice_user_id.id,
            "invoice_date": day,
            "invoice_payment_term_id": False,
            "reversed_entry_id": invoice.id,
            "ref": self.env._(
                "Credit of %(invoice)s: %(reason)s",
                invoice=invoice.name,
                reason=dispute.reason_id.name,
            ),
            "invoice_line_ids": [
                Command.create(vals) for vals in self._prepare_credit_lines()
            ],
        }

    def _prepare_credit_lines(self):
        """One line for each account and set of taxes of the invoice.

        In proportion to the invoice, taxes included, to the cent: Odoo's own way to
        take a fixed part of a document.
        """
        Tax, invoice = self.env["account.tax"], self.move_id
        base_lines, _tax_lines = invoice._get_rounded_base_and_tax_lines()
        reduced = Tax._prepare_down_payment_lines(
            base_lines,
            invoice.company_id,
            "fixed",
            self.amount_accepted,
            computation_key=f"dispute,{self.id}",
            grouping_function=lambda line: {"account_id": line["account_id"]},
        )
        label = self.dispute_id.reason_id.name
        return [
            {
                "name": label,
                "quantity": line["quantity"],
                "price_unit": line["price_unit"],
                "account_id": line["account_id"].id,
                "tax_ids": [Command.set(line["tax_ids"].ids)],
                "analytic_distribution": line["analytic_distribution"],
                "extra_tax_data": Tax._export_base_line_extra_tax_data(line),
            }
            for line in reduced
        ]

    def _match_credit(self):
        """Match posted credit notes to the items they are about."""
        for line in self.filtered(lambda line: not line.move_line_id.reconciled):
            line._match_one()

    def _match_one(self):
        self.ensure_one()
        account = self.move_line_id.account_id
        items = self.credit_id.line_ids.filtered(
            lambda item: item.account_id == account and not item.reconciled
        )
        if items:
            (items + self.move_line_id).reconcile()
