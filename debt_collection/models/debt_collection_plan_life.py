from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools.plans import LIVE


class DebtCollectionPlanLife(models.AbstractModel):
    """The life of a plan: proposed, agreed, signed, running, over."""

    _name = "debt.collection.plan.life"
    _description = "Life of a plan"

    is_unanswered = fields.Boolean(
        string="Broken, nobody reacted",
        compute="_compute_is_unanswered",
        search="_search_is_unanswered",
        help="Since it was broken nothing left, nobody spoke with the debtor, and "
        "nothing else was agreed.",
    )

    # === COMPUTE METHODS === #

    @api.depends("state", "date_ended", "case_id.phase")
    def _compute_is_unanswered(self):
        found = self.search([("id", "in", self.ids), ("is_unanswered", "=", True)])
        for plan in self:
            plan.is_unanswered = plan._origin in found

    @api.model
    def _search_is_unanswered(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        self.env.flush_all()
        return [("id", "in", SQL("(%s)", self._get_unanswered_sql()))]

    @api.model
    def _get_unanswered_sql(self):
        """Ids of the broken ones of open cases that nobody reacted to since."""
        return SQL(
            """SELECT n.id
                 FROM debt_collection_plan n
                 JOIN debt_collection_case c ON c.id = n.case_id
                WHERE n.state = 'broken' AND c.phase <> 'closed'
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_action a
                       WHERE a.account_id = n.account_id AND a.state = 'done'
                         AND a.date_done > n.date_ended)
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_contact t
                       WHERE t.case_id = n.case_id AND t.state = 'recorded'
                         AND t.moment > n.date_ended)
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_plan m
                       WHERE m.case_id = n.case_id AND m.id > n.id
                         AND m.state NOT IN ('draft', 'refused', 'cancelled'))"""
        )

    # === ACTION METHODS === #

    def action_propose(self):
        """A collector proposes: offered at once inside the limits, else to approve."""
        self._begin("propose")
        for plan in self:
            plan._propose("collector", plan._get_today())

    def action_offer(self):
        """Say yes to what the debtor proposed, as far as the limits let a collector."""
        self._begin("offer")
        for plan in self:
            plan._decide(plan._get_today())

    def action_approve(self):
        """Say yes to what is beyond the limits; never to one's own request."""
        self._begin("approve")
        self._check_approver()
        for plan in self:
            plan._set({"approver_id": self.env.uid})
            plan._log("plan_approved", by=self.env.user.name)
            plan._agree(plan._get_today())

    def action_refuse(self):
        """Say no; the case goes on where it stood."""
        self._begin("refuse")
        for plan in self:
            plan._end("refused", plan._get_today())

    def action_accept(self):
        """Note that the debtor accepted by another way than his page."""
        self._begin("accept")
        for plan in self:
            plan._accept(plan._get_today())

    def action_cancel(self):
        """Give it up; the case goes on where it stood."""
        self._begin("cancel")
        for plan in self:
            plan._end("cancelled", plan._get_today())

    # === PROPOSAL === #

    def _propose(self, origin, day):
        """Put a draft forward, judge it, and agree at once where nobody is needed."""
        self.ensure_one()
        if self.kind == "plan" and not self.line_ids:
            self._split(day)
        self._check_law(day)
        if self.kind != "paid":
            self._assess(day)
        self._set(
            {
                "state": "proposed",
                "origin": origin,
                "date_proposed": day,
                "date_expiry": self._get_answer_day(origin, day),
            }
        )
        self._log("plan_proposed", by=origin)
        if origin == "collector" or self._agrees_by_itself(origin):
            self._decide(day)
        else:
            self._ask_person()

    def _get_answer_day(self, origin, day):
        """Until when a proposal rests: no longer than today where an earlier failed."""
        failed = self.case_id.plan_ids.filtered(
            lambda p: p.origin == origin and p.state in ("broken", "refused", "expired")
        )
        if origin == "debtor" and failed:
            return day
        days = self.company_id.debt_collection_plan_answer_days
        return self.date_expiry or day + timedelta(days=days)

    def _agrees_by_itself(self, origin):
        """Whether nobody need look at what the debtor proposes.

        Not when one thinks it cannot work, and not when he said before that he paid
        and no money was found: then a person decides.
        """
        self.ensure_one()
        if self.kind == "paid":
            return not self.case_id.plan_ids.filtered(
                lambda plan: plan.kind == "paid" and plan.state == "broken"
            )
        return self.verdict != "not"

    def _ask_person(self):
        """A person has to decide: an activity on the case."""
        self.ensure_one()
        self.case_id.activity_schedule(
            "debt_collection.mail_activity_type_plan",
            summary=self.display_name,
            user_id=self.case_id.user_id.id or self.env.uid,
        )

    def _decide(self, day):
        """Agree to a proposal inside the limits; beyond them ask an approver."""
        self.ensure_one()
        self._check_law(day)  # a person may have changed what was proposed
        if not self.env["debt.collection.plan.opinion"]._get_excesses(self, day):
            self._agree(day)
            return
        requester = False if self.env.su else self.env.uid
        self._set({"state": "to_approve", "requester_id": requester})
        self._log("plan_to_approve")
        self._ask_person()

    def _agree(self, day):
        """The creditor agrees: a plan waits for the signature, the others start."""
        self.ensure_one()
        self.case_id.activity_unlink(["debt_collection.mail_activity_type_plan"])
        if self.kind != "plan":
            self._start(day, "running")
            return
        days = self.company_id.debt_collection_plan_answer_days
        Acknowledgement = self.env["debt.collection.plan.acknowledgement"]
        self._set(
            {
                "state": "offered",
                "date_expiry": day + timedelta(days=days),
                **Acknowledgement._prepare_offer(self, day),
            }
        )
        self._log("plan_offered", answer=str(self.date_expiry))

    # === SIGNATURE === #

    def _accept(self, day):
        """The debtor accepted: from now on money fills the instalments."""
        self.ensure_one()
        if self.date_expiry < day:
            raise UserError(
                self.env._(
                    "%(plan)s: the offer has expired. Make a new one.",
                    plan=self.display_name,
                )
            )
        if not self.signed_by:
            raise UserError(
                self.env._("%(plan)s: enter who accepted it.", plan=self.display_name)
            )
        if not self.signed_on:
            self._set({"signed_on": fields.Datetime.now()})
        self._start(day, "accepted")
        self.env["debt.collection.run"]._trigger()

    def _sign(self, name, signature, ip, words=None):
        """The debtor signs an offer on his page.

        :param str name: who signs
        :param bytes signature: the drawing, base64; may be empty
        :param str ip: the address he came from
        :param str words: the sum in words, where he acknowledges the debt
        :raises UserError: nothing to sign any more, or something is missing
        """
        self.ensure_one()
        self._begin("accept")
        if not (name or "").strip():
            raise UserError(self.env._("Enter your name to sign."))
        self.env["debt.collection.plan.acknowledgement"]._check_words(self, words)
        self._set(
            {
                "signed_by": name.strip(),
                "signed_words": (words or "").strip() or False,
                "signature": signature or False,
                "signature_ip": ip or False,
            }
        )
        self._accept(self._get_today())

    def _keep_signature(self, name, signature):
        """What was signed before us, at a visit: the drawing goes with the promise.

        :param str name: who signed
        :param bytes signature: the drawing, base64; may be empty
        """
        self.ensure_one()
        self._set(
            {
                "signed_by": name.strip(),
                "signed_on": fields.Datetime.now(),
                "signature": signature or False,
            }
        )

    # === START AND END === #

    def _check_alone(self):
        """One of a kind at a time; a unique index holds it where two are quick."""
        twins = self.case_id.plan_ids.filtered(
            lambda plan: plan.kind == self.kind and plan.state in LIVE
        )
        if twins:
            raise UserError(
                self.env._(
                    "%(plan)s: another one runs already. Cancel it first.",
                    plan=self.display_name,
                )
            )

    def _start(self, day, state):
        """From now on money that is matched fills it."""
        self.ensure_one()
        self._check_alone()
        before = self._read_matched()[self.id]
        self._set(
            {
                "state": state,
                "date_start": day,
                "matched_before": {key: str(value) for key, value in before.items()},
            }
        )
        self._log("plan_accepted", by=self.signed_by or "")
        self.env["debt.collection.legal.consequence"]._suspend(self)

    def _end(self, state, day, reason=None):
        """Refused, cancelled, expired, kept or broken: the case may go on."""
        if not self:
            return
        vals = {"state": state, "date_ended": day}
        self._set(vals | ({"reason": reason} if reason else {}))
        self._log(f"plan_{state}", reason=lambda plan: plan.reason or "")
        self.case_id.activity_unlink(["debt_collection.mail_activity_type_plan"])

    def _break(self, day):
        """An instalment of each was not matched in time; each tells which one."""
        for plan in self:
            line = plan._get_late_lines(day, plan.grace_days)[:1]
            # differs from plan to plan: the ORM writes them together
            plan._set({"reason": plan._get_broken_reason(line)})
        self._end("broken", day)

    def _resume(self):
        """A payment that kept it was undone: it runs again."""
        if not self:
            return
        self._set({"state": "running", "date_ended": False, "reason": False})
        self._log("plan_resumed")

    def _get_joined_case(self):
        """The open case that the claims went to, if this one was joined to it."""
        self.ensure_one()
        target = self.claim_ids.case_id.filtered(lambda c: c.phase != "closed")[:1]
        twins = target.plan_ids.filtered(
            lambda plan: plan.kind == self.kind and plan.state in LIVE
        )
        return target if self.case_id.outcome == "joined" and not twins else False

    def _get_late_lines(self, day, grace=0):
        """The instalments that were not matched when their grace days were over."""
        self.ensure_one()
        last = day - timedelta(days=grace)
        return self.line_ids.filtered(
            lambda line: (
                line.date < last
                and self.currency_id.compare_amounts(line.amount_left, 0) > 0
            )
        ).sorted(lambda line: (line.date, line.id))

    def _get_broken_reason(self, line):
        """Why an instalment breaks it, in a sentence for the file."""
        self.ensure_one()
        return self.env._(
            "%(left)s of %(amount)s due on %(day)s was not matched.",
            left=self.currency_id.format(line.amount_left),
            amount=self.currency_id.format(line.amount),
            day=format_date(self.env, line.date),
        )
