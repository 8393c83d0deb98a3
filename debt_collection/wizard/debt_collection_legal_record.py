from odoo import api, fields, models


class DebtCollectionLegalRecord(models.TransientModel):
    """The day an act took place, as its performer says, and what came out of it."""

    _name = "debt.collection.legal.record"
    _description = "What a legal step came to"

    step_id = fields.Many2one(
        comodel_name="debt.collection.legal.step", required=True, readonly=True
    )
    type_id = fields.Many2one(related="step_id.type_id", string="Type")
    state = fields.Selection(related="step_id.state")
    has_proceeds = fields.Boolean(related="step_id.type_id.has_proceeds")
    currency_id = fields.Many2one(related="step_id.currency_id")
    date = fields.Date(
        string="Took place on",
        required=True,
        default=lambda self: self.env.company._get_collection_today(),
        help="Terms run from this day; another day moves them.",
    )
    result_id = fields.Many2one(
        comodel_name="debt.collection.legal.result",
        compute="_compute_result_id",
        store=True,
        readonly=False,
        domain="[('type_id', '=', type_id)]",
    )
    amount_proceeds = fields.Monetary(string="Proceeds")
    note = fields.Text()

    @api.depends("step_id")
    def _compute_result_id(self):
        for wizard in self:
            results = wizard.step_id.type_id.result_ids.sorted("sequence")
            wizard.result_id = wizard.step_id.result_id or results[:1]

    def action_record(self):
        """Record it; a step that is done already gets its right day."""
        self.ensure_one()
        step = self.step_id
        step.check_access("write")
        if step.state == "done":
            step._move(self.date)
        else:
            step._record(
                self.date, self.result_id, self.amount_proceeds, self.note or ""
            )
        return {"type": "ir.actions.act_window_close"}
