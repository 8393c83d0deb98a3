from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools.assessment import months
from ..tools.facts import Blocker, Interruption
from ..tools.instalments import change, schedule
from ..tools.values import BadSplit, Rhythm, ToolsError
from .debt_collection_facts import to_decimal

KINDS = [
    ("promise", "Promise to pay"),
    ("plan", "Payment plan"),
    ("paid", "Says he paid"),
]
STATES = [
    ("draft", "Draft"),
    ("proposed", "Proposed"),
    ("to_approve", "To approve"),
    ("offered", "Offered"),
    ("accepted", "Accepted"),
    ("running", "Running"),
    ("kept", "Kept"),
    ("broken", "Broken"),
    ("refused", "Refused"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
]
RHYTHMS = {
    "weekly": Rhythm(1, "weeks"),
    "fortnightly": Rhythm(2, "weeks"),
    "monthly": Rhythm(1, "months"),
    "quarterly": Rhythm(3, "months"),
}
SITUATIONS = [
    ("salaried", "Salaried"),
    ("self_employed", "Self-employed"),
    ("benefit", "Lives on a benefit"),
    ("retired", "Retired"),
    ("none", "Without income"),
    ("enterprise", "An enterprise"),
]
VERDICTS = [
    ("realistic", "Realistic"),
    ("doubtful", "Doubtful"),
    ("not", "Not realistic"),
]
# It waits for an answer; what it is about rests until the answer is due
WAITING = ("proposed", "to_approve", "offered")
# It holds: money fills it, and what it is about rests
LIVE = ("accepted", "running")
OVER = ("kept", "broken", "refused", "expired", "cancelled")
# What a button may do, from which states
VERBS = {
    "split": ("draft", "proposed"),
    "assess": ("draft", "proposed", "to_approve"),
    "propose": ("draft",),
    "offer": ("proposed",),
    "approve": ("to_approve",),
    "refuse": WAITING,
    "accept": ("offered",),
    "cancel": ("draft", *WAITING, *LIVE),
}
# Written by what happens, never by hand
PROTECTED = {
    "state",
    "date_proposed",
    "origin",
    "requester_id",
    "approver_id",
    "date_start",
    "date_ended",
    "matched_before",
    "signed_on",
    "signature",
    "signature_ip",
    "signed_words",
    "amount_acknowledged",
    "acknowledged_ids",
    "verdict",
    "assessment",
}
# What was agreed; only a draft or a proposal may change it
TERMS = {
    "kind",
    "case_id",
    "amount",
    "line_ids",
    "claim_ids",
    "grace_days",
    "interest",
    "with_charges",
    "with_acknowledgement",
}
# What the debtor says of himself: gone when the case closes
MEANS = ("means_monthly", "means_situation", "assessment")


class DebtCollectionPlan(models.Model):
    """A promise to pay, a payment plan, or "I paid": judged on real payments.

    What it covers rests from the proposal on. Money matched to it since its start
    fills its instalments in order, whatever the dates say; the daily run alone says
    that it was kept or broken.
    """

    _name = "debt.collection.plan"
    _description = "Promise or payment plan"
    _order = "id desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        related="case_id.account_id",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="case_id.company_id",
        store=True,
        index=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        related="case_id.partner_id",
        store=True,
        index=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", related="case_id.currency_id"
    )
    claim_ids = fields.Many2many(
        comodel_name="debt.collection.claim",
        string="Covers",
        domain="[('case_id', '=', case_id), ('is_open', '=', True)]",
        check_company=True,
        help="The invoices it is about: they rest while it runs. Invoices that fall "
        "due later go their own way.",
    )
    kind = fields.Selection(selection=KINDS, required=True, default="plan", index=True)
    state = fields.Selection(
        selection=STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    origin = fields.Selection(
        selection=[
            ("debtor", "Debtor"),
            ("collector", "Collector"),
            ("partner", "Partner"),
        ],
        string="Proposed by",
        default="collector",
        required=True,
        readonly=True,
        copy=False,
    )
    # What is paid, and when
    amount = fields.Monetary(required=True)
    amount_filled = fields.Monetary(
        string="Paid", compute="_compute_amount_filled", store=True
    )
    amount_left = fields.Monetary(
        string="Left", compute="_compute_amount_filled", store=True
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.plan.line",
        inverse_name="plan_id",
        string="Instalments",
    )
    date_end = fields.Date(string="Last day", compute="_compute_date_end", store=True)
    next_line_date = fields.Date(
        string="Next on", compute="_compute_next_line_date", store=True
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    grace_days = fields.Integer(
        default=lambda self: self._default_grace_days(),
        help="Days after its date before an instalment that was not paid breaks it.",
    )
    with_charges = fields.Boolean(
        string="Charges in",
        default=True,
        help="Interest, indemnities and costs are part of the sum; else it is about "
        "the invoices alone.",
    )
    interest = fields.Selection(
        selection=[("frozen", "Stands still"), ("running", "Runs on")],
        default="frozen",
        required=True,
        help="Interest that stands still is picked up again when the plan is broken.",
    )
    # The editor
    instalment_count = fields.Integer(string="Instalments of", default=6)
    rhythm = fields.Selection(
        selection=[
            ("weekly", "Every week"),
            ("fortnightly", "Every two weeks"),
            ("monthly", "Every month"),
            ("quarterly", "Every three months"),
        ],
        default="monthly",
        required=True,
    )
    date_first = fields.Date(string="First on")
    down_payment = fields.Monetary()
    date_down = fields.Date(string="Down payment on")
    # What one thinks of it
    verdict = fields.Selection(selection=VERDICTS, readonly=True, copy=False)
    assessment = fields.Json(
        string="Reasons",
        readonly=True,
        copy=False,
        groups="debt_collection.debt_collection_group_collector",
    )
    assessment_text = fields.Text(
        string="Assessment",
        compute="_compute_assessment_text",
        groups="debt_collection.debt_collection_group_collector",
    )
    excess_text = fields.Text(
        string="Beyond the limits", compute="_compute_excess_text"
    )
    means_monthly = fields.Monetary(
        string="Can spare in a month",
        groups="debt_collection.debt_collection_group_collector",
        help="As the debtor says; erased when the case closes.",
    )
    means_situation = fields.Selection(
        selection=SITUATIONS,
        string="Situation",
        groups="debt_collection.debt_collection_group_collector",
        help="As the debtor says; erased when the case closes.",
    )
    # "I paid"
    date_paid = fields.Date(string="Paid on", help="The day the debtor says he paid.")
    proof = fields.Binary(attachment=True, copy=False)
    proof_name = fields.Char(copy=False)
    # Its life
    date_expiry = fields.Date(
        string="Answer until",
        copy=False,
        help="Until then it rests without an answer; an offer falls on the day after.",
    )
    date_start = fields.Date(string="Started", readonly=True, copy=False)
    date_ended = fields.Date(string="Ended", readonly=True, copy=False)
    matched_before = fields.Json(readonly=True, copy=False)
    reason = fields.Char(string="Why", copy=False, help="Why it was refused or ended.")
    requester_id = fields.Many2one(
        comodel_name="res.users", string="Asked by", readonly=True, copy=False
    )
    approver_id = fields.Many2one(
        comodel_name="res.users", string="Approved by", readonly=True, copy=False
    )
    date_proposed = fields.Date(string="Proposed on", readonly=True, copy=False)
    # The signature, and the debt acknowledged by it
    with_acknowledgement = fields.Boolean(
        string="Acknowledges the debt",
        default=True,
        help="Who signs acknowledges the debt and starts its limitation anew. Never "
        "asked for what is contested or prescribed.",
    )
    amount_acknowledged = fields.Monetary(
        string="Acknowledged", readonly=True, copy=False
    )
    acknowledged_ids = fields.Many2many(
        comodel_name="debt.collection.claim",
        relation="debt_collection_plan_acknowledged_rel",
        string="Acknowledged invoices",
        readonly=True,
        copy=False,
    )
    signed_words = fields.Char(string="Sum in words", readonly=True, copy=False)
    signed_by = fields.Char(copy=False)
    signed_on = fields.Datetime(readonly=True, copy=False)
    signature = fields.Binary(readonly=True, copy=False)
    signature_ip = fields.Char(string="Address", readonly=True, copy=False)

    _live_unique = models.UniqueIndex(
        "(case_id, kind) WHERE state IN ('accepted', 'running')",
        "This case has one of the kind that runs already: cancel it first.",
    )

    # === DEFAULTS === #

    def _default_grace_days(self):
        return self.env.company.debt_collection_plan_grace_days

    # === COMPUTE METHODS === #

    @api.depends("case_id.name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for plan in self:
            plan.display_name = f"{plan.case_id.name}: {kinds.get(plan.kind)}"

    @api.depends("amount", "line_ids.amount_filled")
    def _compute_amount_filled(self):
        for plan in self:
            filled = sum(plan.line_ids.mapped("amount_filled"))
            plan.amount_filled = plan.currency_id.round(filled)
            plan.amount_left = plan.currency_id.round(plan.amount - filled)

    @api.depends("line_ids.date")
    def _compute_date_end(self):
        for plan in self:
            plan.date_end = max(
                filter(None, plan.line_ids.mapped("date")), default=False
            )

    @api.depends("line_ids.date", "line_ids.amount_left", "state")
    def _compute_next_line_date(self):
        for plan in self:
            lines = plan.line_ids.filtered(lambda line: line.amount_left > 0)
            days = lines.mapped("date") if plan.state not in OVER else []
            plan.next_line_date = min(filter(None, days), default=False)

    @api.depends("state", "next_line_date")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for plan in self:
            day = plan.next_line_date
            plan.is_late = plan.state == "running" and bool(day) and day < today

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        late = Domain("state", "=", "running") & Domain("next_line_date", "<", today)
        return late if True in value else ~late

    @api.depends("assessment")
    @api.depends_context("lang")
    def _compute_assessment_text(self):
        Opinion = self.env["debt.collection.plan.opinion"]
        for plan in self:
            plan.assessment_text = "\n".join(Opinion._get_sentences(plan))

    @api.depends("line_ids.date", "line_ids.amount", "date_proposed", "state")
    @api.depends_context("lang")
    def _compute_excess_text(self):
        Opinion = self.env["debt.collection.plan.opinion"]
        for plan in self:
            found = []
            if plan.line_ids and plan.state in ("draft", *WAITING):
                day = plan.date_proposed or plan._get_today()
                found = Opinion._get_excesses(plan, day)
            plan.excess_text = "\n".join(found)

    # === ONCHANGE METHODS === #

    @api.onchange("case_id", "with_charges")
    def _onchange_case_id(self):
        """What is due, with its charges or without, until somebody enters a sum."""
        if self.case_id and self.state == "draft":
            day = self._get_today()
            self.amount = self.case_id._get_plan_amount(day, self.with_charges)

    @api.onchange("line_ids")
    def _onchange_line_ids(self):
        """Change one instalment and the last other open one takes the difference."""
        lines = self.line_ids.sorted(lambda line: (line.date or date.max, line.id))
        known = {line.id: line.amount for line in self._origin.line_ids}
        changed = [
            rank
            for rank, line in enumerate(lines)
            if line._origin and line.amount != known.get(line._origin.id)
        ]
        others = set(range(len(lines))) - set(changed[:1])
        if not changed or not others:
            return
        target = lines[max(others)]
        left = self.amount - sum((lines - target).mapped("amount"))
        if self.currency_id.compare_amounts(left, 0) > 0:
            target.amount = self.currency_id.round(left)

    # === CONSTRAINTS === #

    @api.constrains("state", "amount", "line_ids")
    def _check_lines(self):
        for plan in self.filtered(lambda p: p.state != "draft"):
            total = sum(plan.line_ids.mapped("amount"))
            if plan.currency_id.compare_amounts(total, plan.amount):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: the instalments make %(total)s, not %(amount)s.",
                        plan=plan.display_name,
                        total=plan.currency_id.format(total),
                        amount=plan.currency_id.format(plan.amount),
                    )
                )

    @api.constrains("amount", "kind", "line_ids")
    def _check_amount(self):
        for plan in self:
            if plan.currency_id.compare_amounts(plan.amount, 0) <= 0:
                raise ValidationError(self.env._("Nothing would be paid: enter a sum."))
            if plan.kind != "plan" and len(plan.line_ids) > 1:
                raise ValidationError(
                    self.env._("A promise has one day: make a payment plan of it.")
                )

    @api.constrains("state", "signed_on", "signed_by")
    def _check_signed(self):
        for plan in self:
            needs = plan.kind == "plan" and plan.state in (*LIVE, "kept", "broken")
            if needs and not (plan.signed_on and plan.signed_by):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: enter who accepted it.", plan=plan.display_name
                    )
                )

    @api.constrains("claim_ids", "case_id")
    def _check_claims(self):
        for plan in self:
            if plan.state == "draft" and plan.claim_ids.case_id - plan.case_id:
                raise ValidationError(
                    self.env._("It can only cover invoices of its own case.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_by_hand(vals)
        plans = super().create(vals_list)
        for plan in plans.filtered(lambda p: not p.claim_ids):
            plan.claim_ids = plan.case_id.claim_ids.filtered("is_open")
        return plans

    def write(self, vals):
        self._check_by_hand(vals)
        given = set(vals)
        fixed = self.filtered(
            lambda plan: (
                TERMS & given
                and plan.state not in ("draft", "proposed")
                or "signed_by" in given
                and plan.state not in ("draft", *WAITING)
            )
        )
        if fixed:
            raise UserError(
                self.env._(
                    "%(plan)s: what was agreed stays. Cancel it and make a new one.",
                    plan=fixed[0].display_name,
                )
            )
        result = super().write(vals)
        self.account_id._mark_stale()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proposed(self):
        if self.filtered(lambda plan: plan.state != "draft"):
            raise UserError(
                self.env._("What was proposed is part of the file: cancel it instead.")
            )

    @api.model
    def _check_by_hand(self, vals):
        """What happens to a plan is written by its buttons and the run alone."""
        if touched := PROTECTED & set(vals):
            names = ", ".join(sorted(self._fields[name].string for name in touched))
            raise UserError(
                self.env._("%(fields)s: written by what happens.", fields=names)
            )

    def _set(self, vals):
        """Write what a transition changes, past the guard against writing by hand."""
        result = super().write(vals)
        self.account_id._mark_stale()
        return result

    # === ACTION METHODS === #

    def action_split(self):
        """Divide the sum as the editor says: down payment, start, rhythm, number."""
        self._begin("split")
        for plan in self:
            plan._split(plan._get_today())

    def action_assess(self):
        """Say what one thinks of the draft or proposal, with the reasons."""
        self._begin("assess")
        for plan in self:
            plan._assess(plan._get_today())

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

    # === GUARDS === #

    def _get_today(self):
        self.ensure_one()
        company = self.company_id or self.env.company
        return company._get_collection_today()

    def _begin(self, verb):
        """Take the plans for oneself and make sure that the verb still fits them.

        :raises UserError: another user was quicker, or the button does not fit
        """
        self.check_access("write")
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "%(plan)s: somebody else is acting on it at this moment. Look "
                    "again in a while.",
                    plan=self[:1].display_name,
                )
            ) from error
        self.invalidate_recordset(["state"])
        states = dict(self._fields["state"]._description_selection(self.env))
        for plan in self.filtered(lambda p: p.state not in VERBS[verb]):
            raise UserError(
                self.env._(
                    "%(plan)s is in the state “%(state)s”: this can no longer be done.",
                    plan=plan.display_name,
                    state=states[plan.state],
                )
            )

    def _check_approver(self):
        if not self.env.user.has_group(
            "debt_collection.debt_collection_group_approver"
        ):
            raise UserError(
                self.env._("Beyond the limits an approver decides: ask one.")
            )
        if self.filtered(lambda plan: plan.requester_id == self.env.user):
            raise UserError(
                self.env._("You asked for it yourself: another approver decides.")
            )

    # === THE EDITOR === #

    def _split(self, day):
        """Divide the sum evenly; the last instalment takes the rounding."""
        self.ensure_one()
        currency = self.currency_id
        down = to_decimal(self.down_payment, currency)
        try:
            rows = schedule(
                to_decimal(self.amount, currency),
                self.instalment_count,
                self.date_first or day + timedelta(days=14),
                self._get_rhythm(),
                down_payment=down,
                down_day=(self.date_down or day) if down else None,
                rounding=Decimal(str(currency.rounding)),
            )
        except ToolsError as error:
            raise UserError(
                self.env._(
                    "%(amount)s cannot be divided so: choose fewer instalments, a "
                    "smaller down payment, and its day before the first instalment.",
                    amount=currency.format(self.amount),
                )
            ) from error
        lines = [
            Command.create({"date": r.day, "amount": float(r.amount)}) for r in rows
        ]
        self.write({"line_ids": [Command.clear(), *lines]})

    def _change_line(self, line, amount):
        """Give an instalment another amount; the last other one evens it out.

        :raises UserError: nothing would be left for that one
        """
        self.ensure_one()
        lines = self.line_ids.sorted(lambda row: (row.date, row.id))
        parts = [to_decimal(row.amount, self.currency_id) for row in lines]
        try:
            parts = change(
                parts, lines.ids.index(line.id), to_decimal(amount, self.currency_id)
            )
        except BadSplit as error:
            raise UserError(
                self.env._("Nothing would be left for the last instalment.")
            ) from error
        for row, part in zip(lines, parts, strict=True):
            row.amount = float(part)

    def _assess(self, day):
        """Keep what one thinks of the plan on a day, with the reasons."""
        self.ensure_one()
        Opinion = self.env["debt.collection.plan.opinion"]
        found = Opinion._assess(self, day)
        self._set(
            {
                "verdict": found.verdict,
                "assessment": Opinion._to_json(found),
            }
        )

    # === LIFE === #

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

    def _end(self, state, day, reason=None):
        """Refused, cancelled, expired, kept or broken: the case may go on."""
        for plan in self:
            vals = {"state": state, "date_ended": day}
            plan._set(vals | ({"reason": reason} if reason else {}))
            plan._log(f"plan_{state}", reason=plan.reason or "")
        self.case_id.activity_unlink(["debt_collection.mail_activity_type_plan"])

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

    def _resume(self):
        """A payment that kept it was undone: it runs again."""
        for plan in self:
            plan._set({"state": "running", "date_ended": False, "reason": False})
            plan._log("plan_resumed")

    def _erase_means(self):
        """What the debtor told of himself goes with the end of the case."""
        # whoever closes a case erases what he may not read
        plans_sudo = self.sudo().filtered(lambda p: any(p[name] for name in MEANS))
        plans_sudo._set(dict.fromkeys(MEANS, False))

    def _log(self, event, **data):
        """Tell the case's log what happened to the plan."""
        self.ensure_one()
        self.case_id._log_event(
            event,
            {
                "kind": self.kind,
                "amount": str(to_decimal(self.amount, self.currency_id)),
                "until": str(self.date_end or ""),
                **data,
            },
        )

    def _check_law(self, day):
        """Refuse what the law does not let a plan of these claims be.

        :raises UserError: too long, too many instalments, interest that runs
        """
        for plan in self.filtered(lambda p: p.kind == "plan"):
            law = self.env["debt.collection.plan.opinion"]._get_law(plan)
            lines = plan._get_schedule()
            if plan.interest == "running" and not law.interest_allowed:
                raise UserError(
                    self.env._(
                        "The law lets no interest run while this debtor pays by "
                        "instalments: let it stand still."
                    )
                )
            if law.max_instalments and len(lines) > law.max_instalments:
                raise UserError(
                    self.env._(
                        "The law allows %(number)s instalments at most.",
                        number=law.max_instalments,
                    )
                )
            if law.max_months and months(day, lines[-1][0]) > law.max_months:
                raise UserError(
                    self.env._(
                        "The law allows %(number)s months at most.",
                        number=law.max_months,
                    )
                )

    def _get_rhythm(self):
        """How often an instalment falls due.

        :rtype: tools.values.Rhythm
        """
        self.ensure_one()
        return RHYTHMS[self.rhythm]

    def _get_schedule(self):
        """The instalments as the arithmetic takes them: ((day, Decimal), ...)."""
        self.ensure_one()
        return tuple(
            (line.date, to_decimal(line.amount, self.currency_id))
            for line in self.line_ids.sorted(lambda row: (row.date, row.id))
        )

    # === FILLING === #

    def _get_money(self):
        """What was matched to each plan's items since it started: id -> Decimal.

        :rtype: dict[int, Decimal]
        """
        return {
            plan_id: sum(
                (
                    max(amount - Decimal(before.get(key, "0")), Decimal(0))
                    for key, amount in matched.items()
                ),
                Decimal(0),
            )
            for plan_id, matched in self._read_matched().items()
            for before in [self.browse(plan_id).matched_before or {}]
        }

    def _read_matched(self):
        """Money matched to the plans' items and booked charges, by item and source.

        :return: plan id -> {"item:source": Decimal}
        """
        items = {plan.id: plan._get_items().ids for plan in self}
        matches = self.env["debt.collection.facts"]._read_matches(
            {item for ids in items.values() for item in ids}
        )
        found = {}
        for plan_id, ids in items.items():
            sums = found[plan_id] = defaultdict(Decimal)
            for item in ids:
                for match in matches.get(item, ()):
                    if match.is_money:
                        sums[f"{item}:{match.source}"] += match.amount
        return found

    def _get_items(self):
        """The receivable lines whose payments fill the plan."""
        self.ensure_one()
        charges = self.case_id.charge_ids.filtered(lambda c: c.state == "booked")
        documents = charges.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return self.claim_ids.move_line_id | documents

    # === LIMITATION === #

    @api.model
    def _read_interruptions(self, ids):
        """What plans did to the limitation of items: item id -> [Interruption].

        The debtor who asks for time acknowledges the debt; who signs an
        acknowledgement does it in writing, for the claims it names.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.move_line_id, p.date_proposed AS day, 'acknowledgement'
                     FROM debt_collection_plan p
                     JOIN %(covers)s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE c.move_line_id = ANY(%(ids)s) AND p.origin = 'debtor'
                      AND p.kind <> 'paid' AND p.date_proposed IS NOT NULL
                UNION ALL
                   SELECT c.move_line_id, p.date_start, 'writing'
                     FROM debt_collection_plan p
                     JOIN %(acknowledged)s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE c.move_line_id = ANY(%(ids)s) AND p.date_start IS NOT NULL
                    ORDER BY day""",
                covers=SQL.identifier(self._fields["claim_ids"].relation),
                acknowledged=SQL.identifier(self._fields["acknowledged_ids"].relation),
                ids=list(ids),
            )
        )
        found = defaultdict(list)
        for item, day, kind in rows:
            found[item].append(Interruption(day, kind))
        return found

    # === RESTS === #

    @api.model
    def _read_rests(self, accounts, day):
        """What the plans say of their items on a day, see `_get_rest_models`.

        A plan that ended rests one day more, so that its end fires nothing at once.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.move_line_id, p.kind, p.state, p.date_expiry, p.date_ended,
                          p.date_end + COALESCE(p.grace_days, 0)
                     FROM debt_collection_plan p
                     JOIN %s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE p.account_id = ANY(%s)
                      AND (p.state = ANY(%s) OR p.date_ended >= %s
                           OR p.state = ANY(%s) AND p.date_expiry >= %s)
                    ORDER BY p.id""",
                SQL.identifier(self._fields["claim_ids"].relation),
                accounts.ids,
                list(LIVE),
                day - timedelta(days=1),
                list(WAITING),
                day,
            )
        )
        rests, next_day = defaultdict(list), day + timedelta(days=1)
        for item, kind, state, expiry, ended, last in rows:
            code, end = f"plan_{kind}", last
            if ended:
                code, end = "plan_over", ended + timedelta(days=1)
            elif state in WAITING:
                code, end = "plan_waiting", expiry
            until = max(end + timedelta(days=1), next_day)
            blocker = Blocker(code, (("last", str(end)),), until)
            rests["item", item].append(blocker)
        return rests
