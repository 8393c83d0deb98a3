from odoo import api, fields, models
from odoo.exceptions import UserError


class DebtCollectionClaimRegime(models.TransientModel):
    """A person puts claims under another regime and says why."""

    _name = "debt.collection.claim.regime"
    _description = "Change the regime of claims"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    claim_ids = fields.Many2many(
        comodel_name="debt.collection.claim",
        string="Claims",
        compute="_compute_claim_ids",
        store=True,
        readonly=False,
        domain="[('case_id', '=', case_id), ('is_open', '=', True)]",
    )
    regime = fields.Selection(
        selection="_selection_regime", string="New regime", required=True
    )
    reason = fields.Char(
        required=True, help="Kept in the log of the case: it is evidence."
    )

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()

    @api.depends("case_id")
    def _compute_claim_ids(self):
        for wizard in self:
            wizard.claim_ids = wizard.case_id.claim_ids.filtered("is_open")

    def action_apply(self):
        """Change the regime and open the case the claims are on now.

        :raises UserError: no reason, or nothing to change
        """
        self.ensure_one()
        self.case_id.check_access("write")
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: the reason is kept as evidence."))
        claims = self.claim_ids.filtered(lambda c: c.regime != self.regime)
        if not claims:
            raise UserError(self.env._("These claims are under that regime already."))
        day = self.case_id.company_id._get_collection_today()
        case = claims._set_regime(self.regime, reason, day)
        return {
            "type": "ir.actions.act_window",
            "res_model": "debt.collection.case",
            "view_mode": "form",
            "res_id": case[:1].id,
        }
