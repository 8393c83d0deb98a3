from decimal import Decimal

from odoo import models


class DebtCollectionCostType(models.Model):
    _inherit = "debt.collection.cost.type"

    def _get_key(self, case, day):
        """The class of an act: some natures of debts have theirs, whatever the amount.

        Royal Decree of 30 November 1976, as rebuilt by that of 18 May 2024.
        """
        # EXTENDS debt_collection: the amount alone decides there
        key = super()._get_key(case, day)
        # numbers of the law are no secret
        if self.tariff_scale_id.sudo().code != "be.bailiff.class":
            return key
        law = self.env["debt.collection.be.bailiff"]
        amount = Decimal(str(case.amount_residual_company))
        nature = case._get_nature()
        return law._get_class_row(amount, nature, day).text
