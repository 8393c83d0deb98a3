from odoo import api, models

from odoo.addons.debt_collection.tools.answers import InterestTerms


class DebtCollectionRegimeBeB2CAbroad(models.AbstractModel):
    """A consumer abroad whose law nobody stated: the principal, behind the lock."""

    _name = "debt.collection.regime.be.b2c.abroad"
    _description = "Belgium: consumer abroad"
    _inherit = "debt.collection.regime.be.b2c"

    @api.model
    def _get_interest(self, facts, until):
        return InterestTerms()

    @api.model
    def _get_fixed_charges(self, facts, on_date):
        return ()
