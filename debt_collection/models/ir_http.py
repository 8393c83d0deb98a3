from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        # EXTENDS web: a badge says it on every screen while nothing reaches debtors
        result = super().session_info()
        user = self.env.user
        if user.has_group("debt_collection.debt_collection_group_collector"):
            result["debt_collection_test_mode"] = {
                company.id: company._get_collection_test_sentence()
                for company in user.company_ids
                if company.debt_collection_test_mode
            }
        return result
