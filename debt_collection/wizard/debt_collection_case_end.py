from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.debt_collection_case_write_off import LOSSES


class DebtCollectionCaseEnd(models.TransientModel):
    """How a case ends, and what that costs: shown before anybody confirms."""

    _name = "debt.collection.case.end"
    _description = "End a case"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    outcome = fields.Selection(
        selection=[
            ("withdrawn", "Withdraw it"),
            ("waived", "Waive the rest of what he owes"),
            ("uneconomic", "Not worth going on"),
            ("irrecoverable", "He cannot pay"),
            ("bankrupt", "Bankrupt"),
            ("prescribed", "Too late: prescribed"),
            ("lost", "Lost in court"),
        ],
        required=True,
        default="withdrawn",
    )
    reason = fields.Char(required=True, help="Kept in the log of the case.")
    currency_id = fields.Many2one(related="case_id.company_currency_id")
    amount = fields.Monetary(
        string="Costs now", compute="_compute_price", store=True, readonly=False
    )
    price_html = fields.Html(
        string="What for", compute="_compute_price_html", sanitize=False
    )
    legal_timeline = fields.Html(related="case_id.legal_timeline")
    legal_step_count = fields.Integer(related="case_id.legal_step_count")
    refusal = fields.Char(string="Why not", compute="_compute_refusal")
    is_seen = fields.Boolean(string="I have seen what it costs")
    is_loss = fields.Boolean(compute="_compute_is_loss")
    asks_write_off = fields.Boolean(
        string="Ask for the write-off",
        default=True,
        help="Of what is open, with its VAT; another approver decides on it.",
    )

    @api.depends("case_id", "outcome")
    def _compute_price(self):
        """The price as it was shown: held against the price when it is confirmed."""
        for wizard in self:
            total = wizard.case_id and wizard._get_total()
            wizard.amount = float(total or 0)

    @api.depends("case_id", "outcome")
    def _compute_price_html(self):
        for wizard in self:
            case = wizard.case_id
            if not case:
                wizard.price_html = False
                continue
            lines = case._get_stop_price(wizard.outcome, fields.Datetime.now())
            rows = [
                Markup("<tr><td>%s</td><td class='text-end ps-4'>%s</td></tr>")
                % (text, case.company_currency_id.format(float(amount)))
                for text, amount in case._word_stop_price(lines)
            ]
            wizard.price_html = Markup("<table>%s</table>") % Markup("").join(rows)

    @api.depends("case_id", "outcome")
    def _compute_is_loss(self):
        for wizard in self:
            wizard.is_loss = wizard.outcome in LOSSES and wizard.case_id.can_write_off

    @api.depends("case_id", "outcome")
    def _compute_refusal(self):
        for wizard in self:
            case = wizard.case_id
            day = case.company_id._get_collection_today() if case else None
            wizard.refusal = case and case._get_end_refusal(wizard.outcome, day)

    def _get_total(self):
        return self.case_id._get_stop_total(self.outcome, fields.Datetime.now())

    def action_apply(self):
        """End the case at the price that was shown.

        :raises UserError: the price changed since, or nobody said that he saw it
        """
        self.ensure_one()
        currency = self.currency_id
        total = float(self._get_total())
        if currency.compare_amounts(total, self.amount):
            raise UserError(
                self.env._(
                    "It costs %(now)s by now, not %(shown)s as shown: close this "
                    "window and look again.",
                    now=currency.format(total),
                    shown=currency.format(self.amount),
                )
            )
        if not currency.is_zero(total) and not self.is_seen:
            raise UserError(
                self.env._(
                    "This costs %(amount)s: tick that you have seen it.",
                    amount=currency.format(total),
                )
            )
        self.case_id._end(self.outcome, self.reason, fields.Datetime.now())
        if self.is_loss and self.asks_write_off:
            self.case_id._propose_write_off(self.reason)
        if self.outcome == "irrecoverable":
            return self.case_id.action_print_certificate()
        return {"type": "ir.actions.act_window_close"}
