from odoo import api, models


class DebtCollectionEvent(models.Model):
    _inherit = "debt.collection.event"

    @api.model
    def _get_kind_labels(self):
        # EXTENDS debt_collection
        return {
            **super()._get_kind_labels(),
            "opened_by_debtor": self.env._("Page opened by the debtor"),
        }
