from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from .debt_collection_solvency_check import FINDINGS

APPROVER = "debt_collection.debt_collection_group_approver"


class DebtCollectionCaseSolvency(models.AbstractModel):
    """What a case knows of its debtor's means, and what that stops."""

    _name = "debt.collection.case.solvency"
    _description = "Means of the debtor of a case"

    solvency_id = fields.Many2one(
        comodel_name="debt.collection.solvency.check",
        string="Finding that counts",
        compute="_compute_solvency",
    )
    solvency_finding = fields.Selection(
        selection=FINDINGS, string="Solvency", compute="_compute_solvency"
    )
    spending_stop = fields.Char(
        string="Why nothing is spent", compute="_compute_spending_stop"
    )
    behaviour_html = fields.Html(
        string="Payment behaviour", compute="_compute_behaviour_html", sanitize=False
    )
    # The creditor goes on at his own risk
    risk_check_id = fields.Many2one(
        comodel_name="debt.collection.solvency.check",
        string="Goes on in spite of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    risk_user_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True, copy=False
    )
    risk_date = fields.Date(string="Decided on", readonly=True, copy=False)
    risk_reason = fields.Char(string="Why go on", readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id")
    def _compute_solvency(self):
        Check = self.env["debt.collection.solvency.check"]
        for company, cases in self.grouped("company_id").items():
            day = fields.Date.context_today(self)
            latest = Check._read_latest(cases.partner_id, company, day)
            for case in cases:
                check = latest.get(case.partner_id.id, Check)
                case.solvency_id, case.solvency_finding = check, check.finding

    @api.depends("partner_id", "company_id", "risk_check_id")
    @api.depends_context("lang")
    def _compute_spending_stop(self):
        day = fields.Date.context_today(self)
        for case in self:
            case.spending_stop = case._get_spending_stop(day)

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_behaviour_html(self):
        day = fields.Date.context_today(self)
        Behaviour = self.env["debt.collection.behaviour"]
        for company, cases in self.grouped("company_id").items():
            scores = Behaviour._get_scores(cases.partner_id, company, day)
            for case in cases:
                words = Behaviour._word(scores[case.partner_id.id])
                case.behaviour_html = Markup("<br/>").join(words)

    # === ACTION METHODS === #

    def action_check_solvency(self):
        """Record a finding about the debtor."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Solvency check"),
            "res_model": "debt.collection.solvency.check",
            "view_mode": "form",
            "target": "current",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_record_behaviour(self):
        """Record what the debtor's payment history says as a finding."""
        self.check_access("write")
        for case in self:
            day = case.company_id._get_collection_today()
            Behaviour = self.env["debt.collection.behaviour"]
            if not Behaviour._make_checks(case.partner_id, case.company_id, day):
                raise UserError(
                    self.env._(
                        "The payment history gives no clear finding: look at the "
                        "reasons and record a check yourself."
                    )
                )

    def action_decide_risk(self):
        """Ask the creditor: stop, or go on at his risk."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stop, or go on?"),
            "res_model": "debt.collection.risk",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _accepts_risk(self, check):
        """Whether the creditor decided to go on in spite of a finding so bad.

        A later finding that is no worse needs no new decision.
        """
        self.ensure_one()
        accepted = self.risk_check_id
        return bool(accepted) and accepted._get_severity() >= check._get_severity()

    def _get_spending_stop(self, day):
        """Say why no money may be spent on the case because of the debtor's means.

        Asked before a cost is approved and again before it is engaged. Must not write.

        :param date day: of the approval or of the order
        :return: a sentence for the user, empty when nothing stands in the way
        :rtype: str
        """
        self.ensure_one()
        check = self.partner_id._get_solvency(self.company_id, day)
        if check._is_collective():
            return self.env._(
                "%(finding)s: a court serves all creditors together. Declare the claim "
                "and close the case.",
                finding=check.display_name,
            )
        if check._get_severity() and not self._accepts_risk(check):
            return self.env._(
                "%(finding)s: decide first whether to stop or to go on at your risk.",
                finding=check.display_name,
            )
        return self._get_unconfirmed_stop()

    def _get_unconfirmed_stop(self):
        open_question = self.env["debt.collection.solvency.check"].search_count(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "to_confirm"),
            ],
            limit=1,
        )
        if not open_question:
            return ""
        return self.env._(
            "A notice of insolvency may be about him: confirm or annul it first."
        )

    def _check_spending(self, day):
        """Refuse to spend money on cases whose debtor may not be able to pay it back.

        :raises UserError: says which finding, and what to do
        """
        for case in self:
            if stop := case._get_spending_stop(day):
                message = f"{case.name}: {stop}"
                raise UserError(message)

    def _accept_risk(self, reason, day):
        """The creditor goes on in spite of what was found; recorded.

        :raises UserError: he may not, or gives no reason
        """
        self.ensure_one()
        check = self.partner_id._get_solvency(self.company_id, day)
        if not self.env.user.has_group(APPROVER):
            raise UserError(
                self.env._(
                    "Only an approver may decide to go on at the creditor's risk."
                )
            )
        if check._is_collective():
            raise UserError(self._get_spending_stop(day))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why you go on: it is kept as evidence."))
        risk = {
            "risk_check_id": check,
            "risk_user_id": self.env.user,
            "risk_date": day,
            "risk_reason": reason,
        }
        if all(self[name] == value for name, value in risk.items()):
            return  # pressed again: his answer was lost on the way
        self.write({**risk, "risk_check_id": check.id, "risk_user_id": self.env.uid})
        self._log_event("risk", {**check._prepare_event(), "reason": reason})
        self.account_id._mark_stale()

    def _ask_decision(self, summary):
        """Put a question on the case, once, before whoever approves.

        :param str summary: the question
        """
        for case in self:
            if summary in case.activity_ids.mapped("summary"):
                continue
            case.activity_schedule(
                "debt_collection.mail_activity_type_task",
                summary=summary,
                user_id=(case._get_decider() or case.user_id or self.env.user).id,
            )

    def _get_decider(self):
        """Who says yes or no for the creditor: an approver of the company."""
        self.ensure_one()
        # whoever reports a fact need not read the users of the company
        users_sudo = self.env["res.users"].sudo()
        return users_sudo.search(
            [
                ("all_group_ids", "in", self.env.ref(APPROVER).ids),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
            ],
            limit=1,
        )
