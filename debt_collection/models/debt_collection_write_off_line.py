from odoo import api, fields, models
from odoo.exceptions import UserError

from .debt_collection_facts import to_decimal


class DebtCollectionWriteOffLine(models.Model):
    """One invoice of a write-off: how much of it, and the taxes in that.

    The rows of the earlier stages that still stand are the list of doubtful claims
    that a tax return asks for: claim by claim, with the reason.
    """

    _name = "debt.collection.write.off.line"
    _description = "Invoice of a write-off"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "write_off_id desc, date_due, id"
    _check_company_auto = True

    write_off_id = fields.Many2one(
        comodel_name="debt.collection.write.off",
        required=True,
        index=True,
        ondelete="cascade",
    )
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        string="Invoice",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    move_line_id = fields.Many2one(related="claim_id.move_line_id")
    move_id = fields.Many2one(related="claim_id.move_id", string="Document")
    # Stored, so that the list can be searched and grouped
    company_id = fields.Many2one(
        related="write_off_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="write_off_id.partner_id", string="Debtor", store=True, index=True
    )
    kind = fields.Selection(related="write_off_id.kind", store=True)
    state = fields.Selection(related="write_off_id.state", store=True)
    date = fields.Date(related="write_off_id.date", store=True)
    date_ended = fields.Date(related="write_off_id.date_ended", store=True)
    cause = fields.Selection(related="write_off_id.cause", store=True)
    reason = fields.Char(related="write_off_id.reason")
    evidence = fields.Char(related="write_off_id.evidence")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    date_invoice = fields.Date(related="claim_id.date_invoice", string="Dated")
    date_due = fields.Date(related="claim_id.date_due", store=True)
    # For the tax return
    address = fields.Char(compute="_compute_address")
    vat = fields.Char(related="partner_id.vat", string="VAT number")
    amount_open = fields.Monetary(related="claim_id.amount_residual", string="Open")
    amount = fields.Monetary(required=True)
    amount_tax = fields.Monetary(
        string="Taxes in it", compute="_compute_taxes", store=True
    )
    amount_net = fields.Monetary(
        string="Without taxes", compute="_compute_taxes", store=True
    )
    amount_tax_company = fields.Monetary(
        string="Taxes, company currency",
        currency_field="company_currency_id",
        compute="_compute_taxes",
        store=True,
    )
    is_frozen = fields.Boolean(readonly=True, export_string_translation=False)

    _claim_unique = models.UniqueIndex(
        "(write_off_id, claim_id)", "An invoice stands once on a write-off."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "An amount to write off cannot be below zero."
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id.contact_address")
    def _compute_address(self):
        for line in self:
            partner = line.partner_id
            place = " ".join(filter(None, (partner.zip, partner.city)))
            parts = (partner.street, partner.street2, place, partner.country_id.name)
            line.address = ", ".join(filter(None, parts))

    @api.depends("amount", "claim_id", "write_off_id.kind")
    def _compute_taxes(self):
        for line in self.filtered(lambda line: not line.is_frozen):
            split = line._get_split()
            taxes = split if split and line.write_off_id.kind != "write_down" else None
            line.amount_tax = float(taxes.tax) if taxes else 0.0
            line.amount_net = line.amount - line.amount_tax
            line.amount_tax_company = float(taxes.tax_worth) if taxes else 0.0

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        if {"amount", "claim_id", "write_off_id", "is_frozen"} & vals.keys():
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self._check_draft()

    def _check_draft(self):
        if decided := self.write_off_id.filtered(lambda off: off.state != "draft"):
            raise UserError(
                self.env._(
                    "%(name)s is in the books: reverse it to change it.",
                    name=decided[0].name,
                )
            )

    # === BUSINESS METHODS === #

    def _get_split(self):
        """The amount by its taxes; None where there is nothing to split.

        :rtype: tools.loss.Loss | None
        """
        self.ensure_one()
        amount = to_decimal(self.amount, self.currency_id)
        if not self.claim_id or amount <= 0:
            return None
        # whoever asks for a write-off sees its taxes, without a right on invoices
        Entry_sudo = self.env["debt.collection.write.off.entry"].sudo()
        return Entry_sudo._split(self.move_line_id.sudo(), amount)  # as just said

    @api.model
    def _get_proposed(self, claim, kind):
        """What is proposed for a claim: all that is open; net where it is expected."""
        if kind != "write_down":
            return claim.amount_residual
        line = self.new({"claim_id": claim.id, "amount": claim.amount_residual})
        split = line._get_split()
        return claim.amount_residual - float(split.tax) if split else 0.0

    def _get_analytic(self):
        """The analytic account most of the invoice went to."""
        self.ensure_one()
        split = self._get_split()
        bases = sorted(split.bases, key=lambda base: -base[1]) if split else ()
        return bases[0][0] if bases else False

    def _freeze(self):
        """What was decided on is not computed anew when the invoice is paid."""
        self.flush_recordset()
        self.write({"is_frozen": True})
