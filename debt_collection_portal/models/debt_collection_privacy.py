from odoo import api, models

from odoo.addons.debt_collection.models.debt_collection_privacy import Eraser


class DebtCollectionPrivacy(models.AbstractModel):
    _inherit = "debt.collection.privacy"

    @api.model
    def _get_erasers(self):
        # EXTENDS debt_collection
        return [
            *super()._get_erasers(),
            Eraser(
                self.env._("Corrections of details"),
                lambda cases: self.env["debt.collection.correction"]
                .sudo()  # found for whoever may erase the case
                .search([("case_id", "in", cases.ids)]),
                self._blank("name", "email", "phone", "address", "note"),
            ),
        ]
