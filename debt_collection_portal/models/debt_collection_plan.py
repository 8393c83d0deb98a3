from odoo import SUPERUSER_ID, models


class DebtCollectionPlan(models.Model):
    _inherit = "debt.collection.plan"

    def _as_system(self):
        """The plans in the hands of the system, which acts for the debtor."""
        # debtors have no account or no rights; the page checked what they may do
        return self.with_user(SUPERUSER_ID).with_company(self.company_id)
