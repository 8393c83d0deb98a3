from odoo import api, fields, models


class ResPartner(models.Model):
    """Follow-ups of a customer: whom, when next, at which level, of how much."""

    _inherit = "res.partner"

    type = fields.Selection(
        selection_add=[("followup", "Follow-up Address")],
        ondelete={"followup": lambda partners: partners.write({"type": "contact"})},
    )
    followup_next_action_date = fields.Date(company_dependent=True, copy=False)
    followup_reminder_type = fields.Selection(
        selection=[("automatic", "Automatic"), ("manual", "Manual")],
        default="automatic",
    )
    followup_responsible_id = fields.Many2one(
        comodel_name="res.users", company_dependent=True, copy=False
    )
    followup_status = fields.Selection(
        selection=[
            ("in_need_of_action", "In need of action"),
            ("with_overdue_invoices", "With overdue invoices"),
            ("no_action_needed", "No action needed"),
        ],
        compute="_compute_followup_status",
    )
    followup_line_id = fields.Many2one(
        comodel_name="account_followup.followup.line",
        compute="_compute_followup_status",
    )
    unreconciled_aml_ids = fields.One2many(
        comodel_name="account.move.line", compute="_compute_total_due"
    )
    total_due = fields.Monetary(compute="_compute_total_due")
    total_overdue = fields.Monetary(compute="_compute_total_due")

    def _get_followup_items(self):
        return self.env["account.move.line"].search(
            [
                ("reconciled", "=", False),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("partner_id", "in", self.ids),
                ("company_id", "child_of", self.env.company.id),
            ]
        )

    @api.depends("invoice_ids")
    @api.depends_context("company", "allowed_company_ids")
    def _compute_total_due(self):
        today = fields.Date.context_today(self)
        items = self._get_followup_items()
        for partner in self:
            mine = items.filtered(lambda item, one=partner: item.partner_id == one)
            counted = mine.filtered(lambda item: not item.no_followup)
            late = counted.filtered(lambda item: item.date_maturity < today)
            partner.unreconciled_aml_ids = mine
            partner.total_due = sum(counted.mapped("amount_residual"))
            partner.total_overdue = sum(late.mapped("amount_residual"))

    @api.depends("unreconciled_aml_ids", "followup_next_action_date")
    @api.depends_context("company", "allowed_company_ids")
    def _compute_followup_status(self):
        today = fields.Date.context_today(self)
        for partner in self:
            waits = partner.followup_next_action_date
            status = "no_action_needed"
            if partner.total_overdue:
                status = "with_overdue_invoices"
                if not waits or waits <= today:
                    status = "in_need_of_action"
            levels = partner.unreconciled_aml_ids.followup_line_id
            partner.followup_status = status
            partner.followup_line_id = levels.sorted("delay")[-1:]

    def _remind(self, level, day):
        """Send nobody anything, but note it as a reminder would be.

        :return: the items that were reminded
        """
        items = self._get_followup_items().filtered(
            lambda item: not item.no_followup and item.date_maturity < day
        )
        items.write({"followup_line_id": level.id, "last_followup_date": day})
        self.followup_next_action_date = fields.Date.add(day, days=level.delay)
        return items
