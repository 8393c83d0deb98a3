from odoo import api, fields, models
from odoo.exceptions import UserError


class DebtCollectionWriteOffRecover(models.TransientModel):
    """Which money of the debtor came after his debt was written off."""

    _name = "debt.collection.write.off.recover"
    _description = "Money that came after a write-off"

    write_off_id = fields.Many2one(
        comodel_name="debt.collection.write.off", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="write_off_id.partner_id")
    company_id = fields.Many2one(related="write_off_id.company_id")
    currency_id = fields.Many2one(related="write_off_id.currency_id")
    payment_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Money received",
        required=True,
        compute="_compute_payment_line_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('company_id', '=', company_id), ('reconciled', '=', False), "
        "('partner_id', 'child_of', partner_id), ('parent_state', '=', 'posted'), "
        "('account_type', '=', 'asset_receivable'), "
        "('amount_residual_currency', '<', 0), ('currency_id', '=', currency_id)]",
        help="A payment of the debtor that is not matched yet.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )

    @api.depends("write_off_id")
    def _compute_payment_line_id(self):
        for wizard in self:
            wizard.payment_line_id = wizard.write_off_id._find_payments()[:1]

    @api.depends("payment_line_id")
    def _compute_amount(self):
        for wizard in self:
            off = wizard.write_off_id
            room = off.amount - off.amount_recovered
            came = -wizard.payment_line_id.amount_residual_currency
            wizard.amount = max(min(room, came), 0.0)

    def action_apply(self):
        """Take its share of the loss back, VAT included."""
        self.ensure_one()
        off = self.write_off_id
        off.check_access("write")
        off._check_approver()
        if not self.payment_line_id:
            raise UserError(
                self.env._("Record the payment of the debtor first, without matching.")
            )
        day = off.company_id._get_collection_today()
        off._recover(self.payment_line_id, self.amount, day)
        return {"type": "ir.actions.act_window_close"}
