from odoo import api, fields, models


class DebtCollectionRisk(models.TransientModel):
    """The creditor is asked: stop here, or go on at his own risk."""

    _name = "debt.collection.risk"
    _description = "Stop, or go on at the creditor's risk"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    check_id = fields.Many2one(related="case_id.solvency_id", string="What was found")
    note = fields.Text(related="check_id.note", string="Reasons")
    behaviour_html = fields.Html(related="case_id.behaviour_html")
    currency_id = fields.Many2one(related="case_id.company_currency_id")
    amount = fields.Monetary(string="Stopping costs now", compute="_compute_amount")
    decision = fields.Selection(
        selection=[
            ("stop", "Stop: he cannot pay"),
            ("go_on", "Go on at our risk"),
        ],
        required=True,
        default="stop",
    )
    reason = fields.Char(required=True, help="Kept in the log of the case.")

    @api.depends("case_id")
    def _compute_amount(self):
        for wizard in self:
            moment = fields.Datetime.now()
            case = wizard.case_id
            total = case and case._get_stop_total("irrecoverable", moment)
            wizard.amount = float(total or 0)

    def action_apply(self):
        """Do what the creditor decided; a stop opens the end of the case."""
        self.ensure_one()
        if self.decision == "stop":
            action = self.case_id.action_end()
            action["context"].update(
                default_outcome="irrecoverable", default_reason=self.reason
            )
            return action
        self.case_id.check_access("write")
        day = self.case_id.company_id._get_collection_today()
        self.case_id._accept_risk(self.reason, day)
        return {"type": "ir.actions.act_window_close"}
