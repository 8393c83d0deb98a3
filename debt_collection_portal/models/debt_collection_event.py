from odoo import api, models


class DebtCollectionEvent(models.Model):
    _inherit = "debt.collection.event"

    @api.model
    def _get_kind_labels(self):
        # EXTENDS debt_collection
        return {
            **super()._get_kind_labels(),
            "opened_by_debtor": self.env._("Page opened by the debtor"),
            "downloaded": self.env._("Downloaded by the debtor"),
            "code_sent": self.env._("Code sent to the debtor"),
            "code_shown": self.env._("Debtor identified by a code"),
            "payment_started": self.env._("Online payment started"),
            "payment_confirmed": self.env._("Online payment confirmed"),
            "correction": self.env._("Correction asked for"),
            "correction_decided": self.env._("Correction looked at"),
        }
