from odoo import api, fields, models


class DebtCollectionHandoverLine(models.TransientModel):
    """One case of a batch to hand over, with its ticks."""

    _name = "debt.collection.handover.line"
    _description = "Case to hand over"

    handover_id = fields.Many2one(
        comodel_name="debt.collection.handover", required=True, ondelete="cascade"
    )
    case_id = fields.Many2one(comodel_name="debt.collection.case", required=True)
    debtor_id = fields.Many2one(related="case_id.partner_id")
    currency_id = fields.Many2one(related="case_id.currency_id")
    amount = fields.Monetary(related="case_id.amount_residual", string="Left")
    checklist_html = fields.Html(related="case_id.checklist_html", string="File")
    is_complete = fields.Boolean(string="Complete", compute="_compute_is_complete")

    @api.depends("case_id")
    def _compute_is_complete(self):
        Dossier = self.env["debt.collection.dossier"]
        for line in self:
            day = fields.Date.context_today(line)
            ticks = Dossier._get_ticks(line.case_id, day) if line.case_id else ()
            line.is_complete = all(tick.ok for tick in ticks)
