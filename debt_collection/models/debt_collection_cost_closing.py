from odoo import models


class DebtCollectionCost(models.Model):
    """What becomes of a cost that was ordered when its case closes."""

    _inherit = "debt.collection.cost"

    def _settle_bearer(self, bearer, outcome):
        """Let the agreement with its partner say who bears the cost.

        A cost the debtor bears stays claimed from him, so nothing changes on it.

        :param str bearer: creditor, partner or debtor
        :param str outcome: how the case ended
        """
        self.ensure_one()
        if bearer != "debtor":
            self._transition({"bearer": bearer})
        self._log("cost_settled", {"bearer": bearer, "outcome": outcome})
