from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    debt_collection_paused = fields.Boolean(
        related="company_id.debt_collection_paused", readonly=False
    )
    debt_collection_tz = fields.Selection(
        related="company_id.debt_collection_tz", readonly=False
    )
    debt_collection_undo_minutes = fields.Integer(
        related="company_id.debt_collection_undo_minutes", readonly=False
    )
