from odoo import SUPERUSER_ID, models


class DebtCollectionCost(models.Model):
    _inherit = "debt.collection.cost"

    def _plan_activity(self, user, summary, note=""):
        # EXTENDS debt_collection: what a partner asked for is answered by the collector
        if user.id == SUPERUSER_ID:
            user = self.case_id.user_id or self.case_id._get_decider() or user
        return super()._plan_activity(user, summary, note)
