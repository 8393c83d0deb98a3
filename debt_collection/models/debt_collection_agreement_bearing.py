from odoo import api, fields, models


class DebtCollectionAgreementBearing(models.Model):
    """Who bears the fee or the costs when a case ends in one way."""

    _name = "debt.collection.agreement.bearing"
    _description = "Who bears what in which outcome"
    _order = "outcome, what"

    agreement_id = fields.Many2one(
        comodel_name="debt.collection.agreement",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    outcome = fields.Selection(selection="_selection_outcome", required=True)
    what = fields.Selection(
        selection=[("fee", "His fee"), ("cost", "Costs of acts")],
        required=True,
        default="fee",
    )
    bearer = fields.Selection(
        selection=[
            ("creditor", "Creditor"),
            ("partner", "Partner"),
            ("debtor", "Debtor"),
        ],
        required=True,
        default="creditor",
    )

    _outcome_unique = models.UniqueIndex(
        "(agreement_id, outcome, what)",
        "For each outcome one line says who bears the fee and one who bears the costs.",
    )

    @api.model
    def _selection_outcome(self):
        return self.env["debt.collection.agreement"]._get_outcomes()
