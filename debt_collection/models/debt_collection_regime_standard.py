from odoo import api, models


class DebtCollectionRegimeStandard(models.AbstractModel):
    """The neutral regime: claims nothing extra and blocks nothing.

    Every answer is the neutral one of the contract.
    """

    _name = "debt.collection.regime.standard"
    _description = "Standard regime"
    _inherit = "debt.collection.regime"

    @api.model
    def _holds_letters(self):
        return False

    @api.model
    def _depends_on_amount(self, facts):
        return False
