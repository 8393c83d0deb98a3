from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    followup_line_id = fields.Many2one(
        comodel_name="account_followup.followup.line", copy=False
    )
    last_followup_date = fields.Date(copy=False)
