from odoo import api, fields, models


class DebtCollectionClaim(models.Model):
    """One item on a case, with its regime, frozen with the reason."""

    _name = "debt.collection.claim"
    _description = "Claim"
    _inherit = ["debt.collection.bulk"]
    _order = "date_due, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        related="move_line_id.move_id",
        store=True,
        index=True,
    )
    move_name = fields.Char(related="move_id.name")
    currency_id = fields.Many2one(
        comodel_name="res.currency", related="move_line_id.currency_id"
    )
    date_invoice = fields.Date(related="move_id.invoice_date")
    date_due = fields.Date(related="move_line_id.date_maturity", store=True)
    amount = fields.Monetary(string="Principal", readonly=True)
    amount_residual = fields.Monetary(
        string="Left", compute="_compute_amount_residual", store=True
    )
    regime = fields.Selection(
        selection="_selection_regime", required=True, readonly=True
    )
    regime_reason = fields.Char(readonly=True)
    is_open = fields.Boolean(default=True, readonly=True)

    _open_unique = models.UniqueIndex(
        "(move_line_id) WHERE is_open",
        "This item is on an open case already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_line_id.amount_residual_currency", "move_line_id.parent_state")
    def _compute_amount_residual(self):
        for claim in self:
            line = claim.move_line_id
            posted = line.parent_state == "posted"
            claim.amount_residual = line.amount_residual_currency if posted else 0.0

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_claim_vals(self, line, case, regime):
        """The row of a claim for an item; `regime` is its key and the reason."""
        return {
            "case_id": case.id,
            "company_id": line.company_id.id,
            "move_line_id": line.id,
            "move_id": line.move_id.id,
            "date_due": line.date_maturity,
            "amount": line.amount_currency,
            "amount_residual": line.amount_residual_currency,
            "regime": regime[0],
            "regime_reason": regime[1],
            "is_open": True,
        }
