from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_collection_holidays(self):
        # EXTENDS debt_collection: the legal holidays for creditors in Belgium
        if self.country_id.code != "BE":
            return super()._get_collection_holidays()
        regime = self.env["debt.collection.regime.be"].with_company(self)
        return regime._get_is_holiday()

    def _propose_write_off_accounts(self, kind):
        # EXTENDS debt_collection: those of the Belgian chart, where it is there
        Loss = self.env["debt.collection.be.loss"].with_company(self)
        found = Loss._propose_accounts(self, kind, self._get_collection_today())
        return {**super()._propose_write_off_accounts(kind), **found}
