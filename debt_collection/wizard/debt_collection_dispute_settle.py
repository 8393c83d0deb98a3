from odoo import Command, api, fields, models


class DebtCollectionDisputeSettle(models.TransientModel):
    """Asks how a dispute ends, and what the debtor is told."""

    _name = "debt.collection.dispute.settle"
    _description = "Settle a dispute"

    dispute_id = fields.Many2one(
        comodel_name="debt.collection.dispute", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    outcome = fields.Selection(
        selection=[
            ("accept", "He is right: draft the credit note"),
            ("part", "He is right in part"),
            ("reject", "He is wrong"),
            ("withdraw", "He gives it up"),
        ],
        required=True,
        default="accept",
    )
    answer = fields.Text(
        string="Our answer",
        compute="_compute_answer",
        store=True,
        readonly=False,
        help="Told to the debtor as it stands here.",
    )
    is_told = fields.Boolean(
        string="Send the answer by e-mail",
        default=True,
        help="In the debtor's language, where he has an address.",
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.dispute.settle.line",
        inverse_name="settle_id",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("dispute_id")
    def _compute_answer(self):
        for wizard in self:
            wizard.answer = wizard.dispute_id.answer

    @api.depends("dispute_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create({"line_id": line.id, "amount": line.amount})
                    for line in wizard.dispute_id.line_ids
                ),
            ]

    # === ACTION METHODS === #

    def action_settle(self):
        """Settle it; a credit note that was drafted is shown."""
        self.ensure_one()
        dispute = self.dispute_id
        dispute.check_access("write")
        day = dispute.company_id._get_collection_today()
        if self.outcome == "reject":
            dispute._reject(self.answer, day)
        elif self.outcome == "withdraw":
            dispute._withdraw(self.answer, day)
        else:
            dispute._accept(self._get_amounts(), self.answer, day)
        if self.is_told:
            dispute._tell("answer")
        return {"type": "ir.actions.act_window_close"}

    def _get_amounts(self):
        if self.outcome == "accept":
            return {line.id: line.amount for line in self.dispute_id.line_ids}
        return {row.line_id.id: row.amount for row in self.line_ids}
