from odoo import models
from odoo.exceptions import UserError

from .res_partner import MANAGER


class DebtCollectionClaim(models.Model):
    _inherit = "debt.collection.claim"

    def _check_regime_change(self, case):
        # EXTENDS debt_collection: out of the regime that waits for the law of the
        # contracts nobody gets but a Manager
        if "be_b2c_abroad" in self.mapped("regime"):
            self._check_l10n_be_law_stated(case)
        return super()._check_regime_change(case)

    def _check_l10n_be_law_stated(self, case):
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        raise UserError(
            self.env._(
                "%(debtor)s is a consumer abroad: only the principal is claimed until "
                "a Manager states the law of the contracts on the debtor.",
                debtor=case.partner_id.display_name,
            )
        )
