from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    debt_collection_link_days = fields.Integer(
        string="Debtor's link",
        default=90,
        help="Days that the link in a letter works; it ends earlier with its case.",
    )

    _debt_collection_link_days_positive = models.Constraint(
        "CHECK (debt_collection_link_days > 0)",
        "The link in a letter must work for a day at least.",
    )
