from odoo import fields, models


class DebtCollectionRunPreviewLine(models.TransientModel):
    """One answer of the preview: a letter to make, or the reason for none."""

    _name = "debt.collection.run.preview.line"
    _description = "Line of the preview"
    _order = "step_id, account_id"

    preview_id = fields.Many2one(
        comodel_name="debt.collection.run.preview", ondelete="cascade", index=True
    )
    account_id = fields.Many2one(comodel_name="debt.collection.account")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Debtor")
    case_id = fields.Many2one(comodel_name="debt.collection.case")
    step_id = fields.Many2one(comodel_name="debt.collection.policy.step")
    item_count = fields.Integer(string="Items")
    amount = fields.Monetary()
    currency_id = fields.Many2one(related="account_id.currency_id")
    why_not = fields.Char(string="Why nothing")
    next_date = fields.Date(string="Next date")
