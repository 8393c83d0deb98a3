from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date, format_datetime

from ..tools import withdrawal
from ..tools.plans import LIVE, WAITING
from .debt_collection_assignment_fee import ACTIVE
from .debt_collection_case_solvency import APPROVER
from .debt_collection_weight import READY

# How a person may end a case, and whether an approver has to
ENDINGS = {
    "withdrawn": False,
    "waived": True,
    "uneconomic": True,
    "irrecoverable": True,
    "bankrupt": True,
    "prescribed": True,
    "lost": True,
}
# What the ladder says of itself; anything else it says holds the case back
LADDER = (
    "acted",
    "below_minimum",
    "ladder_done",
    "no_policy",
    "not_yet",
    "nothing_open",
    "regime_never",
    "regime_term",
)


class DebtCollectionCaseAssignment(models.AbstractModel):
    """A case in the hands of partners: its file, and what it costs to stop."""

    _name = "debt.collection.case.assignment"
    _description = "Hand-over and end of a case"

    assignment_ids = fields.One2many(
        comodel_name="debt.collection.assignment",
        inverse_name="case_id",
        string="Handed to",
    )
    evidence_ids = fields.One2many(
        comodel_name="debt.collection.evidence", inverse_name="case_id"
    )
    is_ready = fields.Boolean(
        string="Ready to hand over",
        compute="_compute_is_ready",
        search="_search_is_ready",
        help="The formal notice left and the days after it are over; no dispute, plan, "
        "hold or finding holds it, and nobody has it.",
    )
    checklist_html = fields.Html(
        string="Is the file complete?",
        compute="_compute_checklist_html",
        sanitize=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("evidence_ids", "action_ids.state", "partner_id")
    @api.depends_context("lang")
    def _compute_checklist_html(self):
        day = fields.Date.context_today(self)
        for case in self:
            case.checklist_html = case._render_checklist(day)

    @api.depends("phase", "date_noticed", "amount_residual", "assignment_ids.state")
    def _compute_is_ready(self):
        found = self.search([("id", "in", self.ids), ("is_ready", "=", True)])
        for case in self:
            case.is_ready = case._origin in found

    @api.model
    def _search_is_ready(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        self.env.flush_all()
        ready = [
            self._get_ready_sql(company, company._get_collection_today())
            for company in self.env.companies
        ]
        return [("id", "in", SQL("(%s)", SQL(" UNION ALL ").join(ready)))]

    @api.model
    def _get_ready_sql(self, company, day):
        """Ids of the cases of a company that a partner could get on a day."""
        return SQL(
            """SELECT c.id
                 FROM debt_collection_case c
                 JOIN debt_collection_account a ON a.id = c.account_id
                 LEFT JOIN debt_collection_weight w ON w.company_id = c.company_id
                WHERE c.company_id = %(company)s AND c.phase IN ('notice', 'legal')
                  AND c.date_noticed + COALESCE(w.ready_days, %(days)s) <= %(day)s
                  AND c.amount_residual > 0
                  AND NOT EXISTS (
                      SELECT FROM jsonb_array_elements(
                             CASE jsonb_typeof(a.blockers) WHEN 'array'
                             THEN a.blockers ELSE '[]' END) b
                       WHERE b->>0 <> ALL(%(ladder)s))
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_assignment s
                       WHERE s.case_id = c.id AND s.state = ANY(%(active)s))
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_legal_step s
                       WHERE s.case_id = c.id AND s.state <> 'cancelled')
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_dispute d
                       WHERE d.case_id = c.id AND d.state = 'open')
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_plan n
                       WHERE n.case_id = c.id AND n.state = ANY(%(agreed)s))""",
            company=company.id,
            day=day,
            days=READY["ready_days"],
            ladder=list(LADDER),
            active=["prepared", *ACTIVE],
            agreed=[*WAITING, *LIVE],
        )

    def _render_checklist(self, day):
        """The ticks of the file as a list, with what to do for each that is red."""
        self.ensure_one()
        ticks = self.env["debt.collection.dossier"]._get_ticks(self, day)
        rows = [
            Markup('<li><i class="fa %s"/> <b>%s</b> %s</li>')
            % (
                "fa-check text-success" if tick.ok else "fa-times text-danger",
                tick.label,
                tick.todo,
            )
            for tick in ticks
        ]
        return Markup('<ul class="list-unstyled mb-0">%s</ul>') % Markup("").join(rows)

    # === ACTION METHODS === #

    def action_hand_over(self):
        """Choose a partner for the cases and hand them over."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over"),
            "res_model": "debt.collection.handover",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_end(self):
        """Ask how the case ends, and show what that costs now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End the case"),
            "res_model": "debt.collection.case.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_print_certificate(self):
        """The declaration that the claim cannot be recovered, as a PDF."""
        report = self.env.ref("debt_collection.report_certificate")
        return report.report_action(self, config=False)

    # === WHAT A STOP COSTS === #

    def _get_stop_price(self, outcome, moment):
        """What it costs to end the case in one way at a moment.

        :rtype: list[tools.withdrawal.Line]
        """
        self.ensure_one()
        active = self.assignment_ids.filtered(lambda a: a.state == "handed_over")
        handed = [assignment._get_handed(outcome) for assignment in active]
        return withdrawal.price(handed, self._get_engaged_prices(), moment)

    def _get_stop_total(self, outcome, moment):
        """:rtype: Decimal"""
        return withdrawal.total(self._get_stop_price(outcome, moment))

    def _word_stop_price(self, lines):
        """(sentence, amount) of each line of a price, in the user's language."""
        sentences = {
            "nothing": self.env._("Nobody has the case and nothing is engaged: free."),
            "free_window": self.env._("%(name)s: free until %(until)s."),
            "first_free": self.env._("%(name)s: the first case is free."),
            "no_fee": self.env._("%(name)s asks nothing for it."),
            "fee": self.env._("%(name)s: his fee; the free window ended on %(until)s."),
            "engaged": self.env._("Engaged already: %(name)s."),
        }
        words = []
        for line in lines:
            params = dict(line.params)
            if "until" in params:
                params["until"] = format_datetime(self.env, params["until"])
            text = sentences[line.code] % {"name": line.name, **params}
            words.append((text, line.amount))
        return words

    # === ENDINGS === #

    def _get_end_refusal(self, outcome, day):
        """Say why the case cannot end in one way; empty when it can.

        :rtype: str
        """
        self.ensure_one()
        check = self.partner_id._get_solvency(self.company_id, day)
        if self.date_closed:
            return self.env._("The case is closed already.")
        if outcome not in ENDINGS:
            return self.env._("The ledger alone closes a case in this way.")
        if ENDINGS[outcome] and not self.env.user.has_group(APPROVER):
            return self.env._("Only an approver may give up what a debtor owes.")
        if outcome == "bankrupt" and not check._is_collective():
            return self.env._(
                "No finding says so: record the notice as a solvency check first."
            )
        if outcome == "irrecoverable" and not check._get_severity():
            return self.env._(
                "No finding says that he cannot pay: record a solvency check first."
            )
        return self._get_end_contradiction(outcome, day)

    def _get_end_contradiction(self, outcome, day):
        """Say which fact of the case speaks against an ending; empty when none does."""
        self.ensure_one()
        currency = self.currency_id
        if outcome == "waived" and not currency.compare_amounts(
            self.amount_residual, self.amount_claimed
        ):
            return self.env._(
                "Nothing was paid: withdraw the case, or say that it is not worth "
                "going on."
            )
        if outcome == "prescribed" and (self.date_limitation or day) > day:
            return self.env._(
                "The claims may be brought to court until %(day)s.",
                day=format_date(self.env, self.date_limitation),
            )
        acts = self.legal_step_ids.filtered(lambda step: step.state == "done")
        if outcome == "lost" and not acts:
            return self.env._(
                "No act of a procedure is recorded: record the judgment as a legal "
                "step first."
            )
        return ""

    def _end(self, outcome, reason, moment):
        """End the case as a person decided; partners are recalled.

        :param str outcome: a key of `ENDINGS`
        :param str reason: why, kept in the log
        :param datetime moment: now
        :raises UserError: it cannot end so, or nobody said why
        """
        self.ensure_one()
        self.check_access("write")
        day = self.company_id._get_collection_day(moment)
        if refusal := self._get_end_refusal(outcome, day):
            message = f"{self.name}: {refusal}"
            raise UserError(message)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept as evidence."))
        lines = self._word_stop_price(self._get_stop_price(outcome, moment))
        self._log_event(
            "ended",
            {
                "outcome": outcome,
                "reason": reason,
                "price": [f"{text} {amount:.2f}" for text, amount in lines],
            },
        )
        self._close(outcome, day)

    def _stop_partners(self, outcome):
        """Recall the cases from whoever has them: they close."""
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        reason = labels.get(outcome, outcome)
        self.assignment_ids._recall(fields.Datetime.now(), reason)

    def _stop_partners_for(self, reason):
        """Recall what partners have or were ordered to do, while the cases go on.

        Their answer says what it costs. An order to a court or a bailiff cannot be
        taken back by a mail: whoever has the case does it today.
        """
        self.assignment_ids._recall(fields.Datetime.now(), reason)
        for step in self.legal_step_ids.filtered(lambda s: s.state == "ordered"):
            if step.type_id.is_after_insolvency:
                continue
            step.case_id.activity_schedule(
                "debt_collection.mail_activity_type_task",
                summary=self.env._(
                    "Stop %(step)s with %(partner)s: %(reason)s",
                    step=step.type_id.name,
                    partner=step.partner_id.name or "?",
                    reason=reason,
                ),
                user_id=(step.case_id.user_id or self.env.user).id,
            )

    def _get_free_withdrawal_refusal(self, moment):
        """Say that a stop costs money and so has to be looked at first."""
        for case in self:
            total = case._get_stop_total("withdrawn", moment)
            if total:
                return self.env._(
                    "Withdrawing %(case)s costs %(amount)s now: use “End the case”, "
                    "which shows what for.",
                    case=case.name,
                    amount=case.company_currency_id.format(float(total)),
                )
        return ""

    def _ask_checks(self):
        """While the term of a notice runs: look up the means, complete the file."""
        for case in self:
            user = case.user_id or case._get_decider()
            case.activity_schedule(
                "debt_collection.mail_activity_type_task",
                summary=self.env._("Check the solvency and complete the file"),
                user_id=(user or self.env.user).id,
            )
