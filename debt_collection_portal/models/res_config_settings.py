from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    debt_collection_link_days = fields.Integer(
        related="company_id.debt_collection_link_days", readonly=False
    )
