from odoo import api, models

from odoo.addons.debt_collection.tools.answers import Letter


class DebtCollectionRegimeBeB2G(models.AbstractModel):
    """A public authority owes: the Act of 2 August 2002, with its own terms."""

    _name = "debt.collection.regime.be.b2g"
    _description = "Belgium: public authority"
    _inherit = "debt.collection.regime.be.b2b"

    _l10n_be_term_code = "be.b2g.term"

    @api.model
    def _get_letter(self, facts, notice_kind):
        mentions = super()._get_letter(facts, notice_kind).mentions
        return Letter(key=f"be_b2g_{notice_kind}", mentions=mentions)
