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
    debt_collection_contact_limit = fields.Integer(
        related="company_id.debt_collection_contact_limit", readonly=False
    )
    debt_collection_quiet_days = fields.Boolean(
        related="company_id.debt_collection_quiet_days", readonly=False
    )
    debt_collection_quiet_from = fields.Float(
        related="company_id.debt_collection_quiet_from", readonly=False
    )
    debt_collection_quiet_to = fields.Float(
        related="company_id.debt_collection_quiet_to", readonly=False
    )
    debt_collection_bank_days = fields.Integer(
        related="company_id.debt_collection_bank_days", readonly=False
    )
    debt_collection_bank_fresh_until = fields.Date(
        related="company_id.debt_collection_bank_fresh_until"
    )
