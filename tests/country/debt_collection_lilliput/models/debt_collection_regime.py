from odoo import api, models


class DebtCollectionRegime(models.AbstractModel):
    _inherit = "debt.collection.regime"

    @api.model
    def _get_regime_models(self):
        # EXTENDS debt_collection
        return super()._get_regime_models() | {
            "xl": ("debt.collection.regime.xl", self.env._("Lilliput")),
        }

    @api.model
    def _determine(self, items):
        """What a creditor of Lilliput claims follows the law of Lilliput."""
        # EXTENDS debt_collection
        answers = super()._determine(items)
        ours = items.filtered(lambda item: item.company_id.country_id.code == "XL")
        reason = self.env._("The creditor is established in Lilliput.")
        return answers | dict.fromkeys(ours.ids, ("xl", reason))
