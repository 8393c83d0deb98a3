from odoo import api, models


class DebtCollectionLetter(models.AbstractModel):
    _inherit = "debt.collection.letter"

    @api.model
    def _get_text_templates(self):
        # EXTENDS debt_collection
        words = "debt_collection_lilliput.letter_text_xl_first"
        return super()._get_text_templates() | {"xl_first": words}
