from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    l10n_be_private_purpose = fields.Boolean(
        string="Private debt",
        help="The debtor has an enterprise number, but bought for private use: "
        "Belgian consumer law holds for this invoice.",
    )
