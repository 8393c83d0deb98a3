from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_collection_holidays(self):
        # EXTENDS debt_collection: the legal holidays for creditors in Belgium
        if self.country_id.code != "BE":
            return super()._get_collection_holidays()
        regime = self.env["debt.collection.regime.be"].with_company(self)
        return regime._get_is_holiday()
