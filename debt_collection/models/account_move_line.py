from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    debt_collection_claim_ids = fields.One2many(
        comodel_name="debt.collection.claim",
        inverse_name="move_line_id",
        string="Claims",
        export_string_translation=False,
    )

    debt_collection_why_not = fields.Char(
        related="move_id.debt_collection_why_not", string="Collection: what comes next"
    )

    def _get_open_claim(self):
        """The claim of the item on an open case, empty when there is none."""
        self.ensure_one()
        return self.debt_collection_claim_ids.filtered("is_open")

    def _get_collection_key(self):
        """Company, debtor and currency ids: the key of the item's account."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        return self.company_id.id, partner.id, self.currency_id.id
