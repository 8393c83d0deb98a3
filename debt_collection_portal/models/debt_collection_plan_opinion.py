from odoo import api, models


class DebtCollectionPlanOpinion(models.AbstractModel):
    _inherit = "debt.collection.plan.opinion"

    @api.model
    def _get_policy(self, plan):
        """A plan that is only simulated on a courtesy letter: the letter's policy."""
        # EXTENDS debt_collection
        return getattr(plan, "policy", None) or super()._get_policy(plan)
