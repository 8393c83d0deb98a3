from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.instalments import fill
from .debt_collection_facts import to_decimal

# An ended plan keeps what it was judged on
JUDGED = ("broken", "refused", "expired", "cancelled")


class DebtCollectionPlanLine(models.Model):
    """One instalment: a day, an amount, and what real payments filled of it."""

    _name = "debt.collection.plan.line"
    _description = "Instalment"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "plan_id, date, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        comodel_name="debt.collection.plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="plan_id.company_id",
        store=True,
        index=True,
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True, index=True)
    amount = fields.Monetary(required=True)
    amount_filled = fields.Monetary(
        string="Paid", compute="_compute_amount_filled", store=True
    )
    amount_left = fields.Monetary(
        string="Left", compute="_compute_amount_left", store=True
    )

    is_late = fields.Boolean(compute="_compute_is_late")
    notice_ids = fields.One2many(
        comodel_name="debt.collection.plan.notice",
        inverse_name="line_id",
        string="Notices",
    )
    notice_summary = fields.Char(string="Mails", compute="_compute_notice_summary")

    # === COMPUTE METHODS === #

    @api.depends(
        "date",
        "amount",
        "plan_id.line_ids",
        "plan_id.date_start",
        "plan_id.claim_ids.move_line_id.amount_residual_currency",
        "plan_id.case_id.charge_ids.move_id.amount_residual",
    )
    def _compute_amount_filled(self):
        plans = self.plan_id
        started = plans.filtered("date_start")._origin
        money = started._get_money() if started else {}
        for plan in plans.filtered(lambda p: p.state not in JUDGED):
            lines = plan.line_ids.sorted(
                lambda line: (line.date or date.max, line._origin.id)
            )
            filled = lines._get_filled(money.get(plan._origin.id, 0))
            for line, amount in zip(lines, filled, strict=True):
                if line in self:
                    line.amount_filled = float(amount)
        # what a plan ended with stays
        for line in self.filtered(lambda row: row.plan_id.state in JUDGED):
            line.amount_filled = line.amount_filled

    @api.depends("amount", "amount_filled")
    def _compute_amount_left(self):
        for line in self:
            left = line.amount - line.amount_filled
            line.amount_left = line.currency_id.round(left)

    @api.depends("date", "amount_left", "plan_id.state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for line in self:
            is_due = bool(line.date) and line.date < today and line.amount_left > 0
            line.is_late = is_due and line.plan_id.state == "running"

    @api.depends("notice_ids.date", "notice_ids.error")
    @api.depends_context("lang")
    def _compute_notice_summary(self):
        for line in self:
            line.notice_summary = ", ".join(
                notice.display_name for notice in line.notice_ids.sorted("id")
            )

    # === CONSTRAINTS === #

    @api.constrains("amount")
    def _check_amount(self):
        for line in self:
            if line.currency_id.compare_amounts(line.amount, 0) <= 0:
                raise ValidationError(
                    self.env._("An instalment is more than nothing: delete the line.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        return lines

    def write(self, vals):
        if {"date", "amount", "plan_id"} & set(vals):
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_open()

    def _check_open(self):
        """What was agreed stays."""
        if self.plan_id.filtered(lambda p: p.state not in ("draft", "proposed")):
            raise UserError(
                self.env._("What was agreed stays. Cancel it and make a new one.")
            )

    # === BUSINESS METHODS === #

    def _get_filled(self, money):
        """What each instalment gets of the money, in order.

        :rtype: list[Decimal]
        """
        amounts = [to_decimal(line.amount, line.currency_id) for line in self]
        return fill(amounts, money)
