from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.plans import LIVE, OVER, WAITING
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
    _inherit = [
        "debt.collection.lock",
        "debt.collection.ranked",
        "debt.collection.plan.letter",
        "debt.collection.plan.life",
        "debt.collection.plan.editor",
        "debt.collection.plan.filling",
        "debt.collection.plan.verdict",
    ]
    _is_made_by_hand = True
    _ranked_by = frozenset({"case_id", "date_ended", "state"})
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

    # === BUSINESS METHODS === #

    def _erase_means(self):
        """What the debtor told of himself goes with the end of the case."""
        # whoever closes a case erases what he may not read
        plans_sudo = self.sudo().filtered(lambda p: any(p[name] for name in MEANS))
        plans_sudo._set(dict.fromkeys(MEANS, False))

    def _log(self, event, **data):
        """Tell the cases' logs what happened to the plans.

        :param data: what is told beside, or a function of the plan for each value
        """
        self.env["debt.collection.event"]._log(
            [
                (
                    plan.case_id,
                    event,
                    {
                        "kind": plan.kind,
                        "amount": str(to_decimal(plan.amount, plan.currency_id)),
                        "until": str(plan.date_end or ""),
                        **{k: v(plan) if callable(v) else v for k, v in data.items()},
                    },
                )
                for plan in self
            ]
        )

    def _get_schedule(self):
        """The instalments as the arithmetic takes them: ((day, Decimal), ...)."""
        self.ensure_one()
        return tuple(
            (line.date, to_decimal(line.amount, self.currency_id))
            for line in self.line_ids.sorted(lambda row: (row.date, row.id))
        )
