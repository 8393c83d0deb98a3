from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    debt_collection_terms_id = fields.Many2one(
        comodel_name="debt.collection.terms",
        string="General terms",
        check_company=True,
        help="Hold for the invoices of this journal, unless the invoice or the debtor "
        "says otherwise.",
    )
