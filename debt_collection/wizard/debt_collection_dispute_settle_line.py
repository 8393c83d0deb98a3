from odoo import fields, models


class DebtCollectionDisputeSettleLine(models.TransientModel):
    """How much of one contested invoice is accepted."""

    _name = "debt.collection.dispute.settle.line"
    _description = "Accepted part of a contested invoice"

    settle_id = fields.Many2one(
        comodel_name="debt.collection.dispute.settle",
        required=True,
        index=True,
        ondelete="cascade",
    )
    line_id = fields.Many2one(
        comodel_name="debt.collection.dispute.line", required=True
    )
    currency_id = fields.Many2one(related="line_id.currency_id")
    move_id = fields.Many2one(related="line_id.move_id")
    amount_contested = fields.Monetary(related="line_id.amount", string="Contested")
    amount = fields.Monetary(string="Accepted")
