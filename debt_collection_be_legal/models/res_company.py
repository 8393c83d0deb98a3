from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_collection_holidays(self, country=""):
        # EXTENDS debt_collection: the public holidays of any country that is known;
        # those of Belgium with the dated exceptions
        known = super()._get_collection_holidays(country)
        code = country or self.country_id.code
        law = self.env["debt.collection.be.law"].with_company(self)
        is_holiday = law._get_is_holiday(code) if code else known
        return lambda day: known(day) or is_holiday(day)

    def _propose_write_off_accounts(self, kind):
        # EXTENDS debt_collection: those of the Belgian chart, where it is there
        Loss = self.env["debt.collection.be.loss"].with_company(self)
        found = Loss._propose_accounts(self, kind, self._get_collection_today())
        return {**super()._propose_write_off_accounts(kind), **found}
