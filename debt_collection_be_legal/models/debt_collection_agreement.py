from odoo import models


class DebtCollectionAgreement(models.Model):
    _inherit = "debt.collection.agreement"

    def _get_refusals(self, case, day):
        # EXTENDS debt_collection: consumers only to registered collectors
        refusals = list(super()._get_refusals(case, day))
        law = self.env["debt.collection.be.agency"]
        refusal = law._get_agency_obstacle(
            case.regime == "be_b2c",
            self.registration_number,
            exempt=self.kind in ("lawyer", "bailiff"),
        )
        return [*refusals, refusal] if refusal else refusals
