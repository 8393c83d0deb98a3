from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.tools import format_date, formatLang

STAGES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("engaged", "Engaged"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]
# What became of an engaged cost follows from its bills
STATES = [*STAGES[:4], ("billed", "Billed"), ("settled", "Settled"), *STAGES[4:]]
ENGAGED = ("engaged", "billed", "settled")
# What was asked for: may change as long as nobody was asked
REQUEST = {
    "case_id",
    "legal_step_id",
    "type_id",
    "partner_id",
    "amount_net",
    "vat_percent",
    "recoverable",
    "recover_from",
    "bearer",
    "estimate_ground",
}
# Free words and what the chatter and activities write
FREE = {"note", "reason_uneconomic"}
# Only the transitions of this class hold it: no call from outside can make one
TOKEN = object()
ACTIVITY = "debt_collection.mail_activity_type_cost"


class DebtCollectionCost(models.Model):
    """Money the creditor would spend on a case, and somebody's yes to it.

    `stage` is what people decided, `state` adds what the bills say. Both, and every
    amount and name behind them, change by the transitions below alone: any other write
    or creation that touches them is refused, whoever asks. The database holds that
    nobody approves his own request and that no bill goes beyond the approval.
    """

    _name = "debt.collection.cost"
    _description = "Cost of a case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_requested desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="case_id.company_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", related="company_id.currency_id", store=True
    )
    debtor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        related="case_id.partner_id",
        store=True,
        index=True,
    )
    user_id = fields.Many2one(related="case_id.user_id", string="Collector")
    legal_step_id = fields.Many2one(
        comodel_name="debt.collection.legal.step",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    type_id = fields.Many2one(
        comodel_name="debt.collection.cost.type",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Partner",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Who performs it and sends the bill.",
    )
    note = fields.Text(help="What the approver should know.")
    # The estimate
    amount_net = fields.Monetary(
        string="Estimate without VAT",
        compute="_compute_estimate",
        store=True,
        readonly=False,
        precompute=True,
    )
    vat_percent = fields.Float(
        string="VAT %",
        compute="_compute_estimate",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
    )
    estimate_ground = fields.Char(
        string="Source of the estimate",
        compute="_compute_estimate",
        store=True,
        readonly=False,
        precompute=True,
    )
    estimate_verified = fields.Boolean(
        string="Tariff verified",
        compute="_compute_estimate",
        store=True,
        precompute=True,
        default=True,
    )
    with_vat = fields.Boolean(
        string="VAT is a cost",
        compute="_compute_with_vat",
        store=True,
        precompute=True,
        help="The company cannot deduct it: every amount here includes it.",
    )
    amount_vat = fields.Monetary(string="VAT", compute="_compute_amount_vat")
    amount_estimate = fields.Monetary(
        string="Estimate",
        compute="_compute_amount_estimate",
        store=True,
        help="What the company loses if nothing comes back.",
    )
    # Who bears it
    recoverable = fields.Boolean(
        compute="_compute_recoverable", store=True, readonly=False, precompute=True
    )
    recover_from = fields.Selection(
        selection=[
            ("debtor", "The debtor"),
            ("partner", "The partner"),
            ("other", "A third party"),
        ],
        default="debtor",
        required=True,
    )
    bearer = fields.Selection(
        selection=[
            ("creditor", "The creditor"),
            ("partner", "The partner"),
            ("other", "A third party"),
        ],
        string="Who bears it if it fails",
        default="creditor",
        required=True,
    )
    # The decision
    stage = fields.Selection(
        selection=STAGES,
        string="Decision",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    state = fields.Selection(
        selection=STATES,
        compute="_compute_state",
        store=True,
        copy=False,
        index=True,
    )
    editor_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    requester_id = fields.Many2one(
        comodel_name="res.users",
        string="Requested by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    date_requested = fields.Date(string="Requested on", readonly=True, copy=False)
    asked_id = fields.Many2one(
        comodel_name="res.users",
        string="To be approved by",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    first_approver_id = fields.Many2one(
        comodel_name="res.users", string="First yes by", readonly=True, copy=False
    )
    approver_id = fields.Many2one(
        comodel_name="res.users",
        string="Approved by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    standing_id = fields.Many2one(
        comodel_name="debt.collection.cost.standing",
        string="By standing approval",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date_approved = fields.Date(string="Approved on", readonly=True, copy=False)
    date_expiry = fields.Date(
        string="Approval ends",
        readonly=True,
        copy=False,
        help="Last day on which it may still be ordered.",
    )
    reason_uneconomic = fields.Char(
        string="Why nevertheless",
        copy=False,
        help="Asked for where the cost is more than the case can bring.",
    )
    reason_overrule = fields.Char(
        string="Approved without a solvency check, because", readonly=True, copy=False
    )
    answer = fields.Text(string="Reason and instruction", readonly=True, copy=False)
    question = fields.Text(readonly=True, copy=False)
    questioner_id = fields.Many2one(
        comodel_name="res.users", string="Question of", readonly=True, copy=False
    )
    # What happened
    order_number = fields.Char(
        readonly=True, copy=False, help="The partner puts it on his bill."
    )
    date_engaged = fields.Date(string="Ordered on", readonly=True, copy=False)
    date_performed = fields.Date(string="Performed on", readonly=True, copy=False)
    is_given_up = fields.Boolean(string="Given up", readonly=True, copy=False)
    # The difference with a bill that somebody asks another yes for
    more_requester_id = fields.Many2one(
        comodel_name="res.users", string="More asked by", readonly=True, copy=False
    )
    amount_more = fields.Monetary(string="More asked", readonly=True, copy=False)
    line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="debt_collection_cost_id",
        string="Bill lines",
        export_string_translation=False,
    )
    # The ledger
    amount_approved = fields.Monetary(string="Approved", readonly=True, copy=False)
    amount_limit = fields.Monetary(
        string="May be billed up to",
        readonly=True,
        copy=False,
        help="What was approved, with the margin that needs no new yes.",
    )
    amount_engaged = fields.Monetary(
        string="Engaged",
        compute="_compute_amount_engaged",
        store=True,
    )
    amount_billed = fields.Monetary(
        string="Billed",
        compute="_compute_amount_billed",
        store=True,
        help="On posted bills, less credit notes.",
    )
    amount_paid = fields.Monetary(
        string="Paid", compute="_compute_amount_billed", store=True
    )
    amount_claimed = fields.Monetary(
        string="Claimed",
        compute="_compute_amount_claimed",
        store=True,
        help="In the statement of the debtor.",
    )
    amount_recovered = fields.Monetary(
        string="Recovered",
        compute="_compute_amount_recovered",
        store=True,
        help="By the payments of the debtor, in the order of his regime.",
    )
    amount_lost = fields.Monetary(
        string="Lost",
        compute="_compute_amount_lost",
        store=True,
        help="What nobody pays back: the case is closed, or it cannot be claimed.",
    )

    page = fields.Html(compute="_compute_page", sanitize=False)
    has_more = fields.Boolean(
        string="Bills beyond the approval", compute="_compute_has_more"
    )
    solvency_blocks = fields.Boolean(
        string="Without a good solvency check", compute="_compute_solvency_blocks"
    )

    _order_unique = models.UniqueIndex(
        "(order_number) WHERE order_number IS NOT NULL",
        "Two costs cannot have one order number.",
    )
    _estimate_positive = models.Constraint(
        "CHECK (amount_net >= 0)", "A cost cannot be below zero."
    )
    _yes_of_another = models.Constraint(
        """CHECK (stage NOT IN ('approved', 'engaged') OR (
            approver_id IS NOT NULL AND requester_id IS NOT NULL
            AND approver_id <> requester_id AND amount_approved > 0))""",
        "Nothing is approved or ordered without the yes of somebody else than the "
        "one who asked.",
    )
    _ordered_after_yes = models.Constraint(
        "CHECK (order_number IS NULL OR stage IN ('engaged', 'cancelled'))",
        "An order number exists only after the yes.",
    )
    _billed_within_limit = models.Constraint(
        "CHECK (COALESCE(amount_billed, 0) <= COALESCE(amount_limit, 0))",
        "A bill goes beyond what was approved: ask for a new yes for the difference.",
    )

    # === COMPUTE METHODS === #

    @api.depends("type_id")
    def _compute_partner_id(self):
        for cost in self:
            usual = cost.type_id.with_company(cost.company_id).partner_id
            cost.partner_id = cost.partner_id or usual

    @api.depends("type_id", "case_id")
    def _compute_estimate(self):
        for cost in self:
            company = cost.company_id or cost.case_id.company_id
            kind = cost.type_id.with_company(company)
            day = company._get_collection_today() if company else None
            found = kind._get_estimate(cost.case_id, day) if day else None
            cost.amount_net = float(found.net) if found else 0.0
            cost.vat_percent = float(found.vat) if found else 0.0
            cost.estimate_ground = (found.error or found.ground) if found else False
            cost.estimate_verified = found.verified if found else True

    @api.depends("case_id")
    def _compute_with_vat(self):
        for cost in self:
            cost.with_vat = cost.case_id.company_id.debt_collection_cost_vat

    @api.depends("amount_net", "vat_percent", "currency_id")
    def _compute_amount_vat(self):
        for cost in self:
            vat = cost.amount_net * cost.vat_percent / 100
            cost.amount_vat = cost.currency_id.round(vat) if cost.currency_id else vat

    @api.depends("amount_net", "vat_percent", "with_vat", "case_id")
    def _compute_amount_estimate(self):
        for cost in self:
            currency = cost.case_id.company_id.currency_id
            vat = cost.amount_net * cost.vat_percent / 100 if cost.with_vat else 0
            amount = cost.amount_net + vat
            cost.amount_estimate = currency.round(amount) if currency else amount

    @api.depends("type_id")
    def _compute_recoverable(self):
        for cost in self:
            cost.recoverable = cost.type_id.recoverable

    @api.depends("stage", "amount_billed", "amount_paid", "line_ids.parent_state")
    def _compute_state(self):
        for cost in self:
            bills = cost.line_ids.filtered(lambda line: line.parent_state == "posted")
            if cost.stage != "engaged" or not bills:
                cost.state = cost.stage
                continue
            rest = cost.amount_billed - cost.amount_paid
            is_paid = cost.currency_id.is_zero(rest)
            cost.state = "settled" if is_paid else "billed"

    @api.depends("stage", "amount_approved")
    def _compute_amount_engaged(self):
        for cost in self:
            engaged = cost.stage == "engaged"
            cost.amount_engaged = cost.amount_approved if engaged else 0.0

    @api.depends(
        "with_vat",
        "line_ids.parent_state",
        "line_ids.balance",
        "line_ids.price_total",
        "line_ids.move_id.amount_residual",
    )
    def _compute_amount_billed(self):
        for cost in self:
            lines = cost.line_ids.filtered(lambda line: line.parent_state == "posted")
            billed = {line: line._get_cost_amount(cost.with_vat) for line in lines}
            cost.amount_billed = cost.currency_id.round(sum(billed.values()))
            cost.amount_paid = cost.currency_id.round(
                sum(n * line.move_id._get_paid_share() for line, n in billed.items())
            )

    @api.depends(
        "stage",
        "recoverable",
        "recover_from",
        "is_given_up",
        "date_performed",
        "amount_billed",
        "amount_approved",
        "case_id.regime",
        "case_id.legal_step_ids.result_id",  # a title makes more of them the debtor's
    )
    def _compute_amount_claimed(self):
        claimable = self._filter_claimable()
        for cost in self:
            cost.amount_claimed = cost._get_spent() if cost in claimable else 0.0

    @api.depends(
        "amount_claimed",
        "case_id.claim_ids.amount_residual",
        "case_id.claim_ids.is_open",
        "case_id.charge_ids.state",
        "case_id.charge_ids.move_id.amount_residual",
    )
    def _compute_amount_recovered(self):
        claimed = self.filtered("amount_claimed")
        (self - claimed).amount_recovered = 0.0
        found = self.env["debt.collection.statement"]._read_recovered(claimed)
        for cost in claimed:
            # where the statement fails the last figure stands
            cost.amount_recovered = found.get(cost.id, cost.amount_recovered)

    @api.depends(
        "stage",
        "bearer",
        "amount_claimed",
        "amount_billed",
        "amount_approved",
        "amount_recovered",
        "date_performed",
        "case_id.date_closed",
    )
    def _compute_amount_lost(self):
        for cost in self:
            # what was not performed yet may still become a claim
            waits = cost.recoverable and not cost.is_given_up
            waits = waits and (cost.amount_claimed or not cost.date_performed)
            lost = cost.stage == "engaged" and cost.bearer == "creditor"
            lost = lost and (cost.case_id.date_closed or not waits)
            rest = cost._get_spent() - cost.amount_recovered
            cost.amount_lost = max(rest, 0.0) if lost else 0.0

    @api.depends("line_ids.balance", "line_ids.parent_state", "amount_limit")
    def _compute_has_more(self):
        for cost in self:
            cost.has_more = bool(cost._get_more())

    @api.depends("stage", "type_id", "case_id")
    def _compute_solvency_blocks(self):
        Rules = self.env["debt.collection.cost.rules"]
        for cost in self:
            waits = cost.stage == "requested"
            day = cost.company_id._get_collection_today() if waits else None
            cost.solvency_blocks = waits and bool(
                not Rules._refuse_collective(cost, day)
                and Rules._refuse_without_solvency(cost, day, "")
            )

    @api.depends("stage", "amount_net", "vat_percent", "type_id", "case_id")
    @api.depends_context("lang", "uid")
    def _compute_page(self):
        Page = self.env["debt.collection.cost.page"]
        for cost in self:
            # only what is stored is decided on
            cost.page = Page._render(cost._origin) if cost._origin else False

    @api.depends("name", "order_number", "type_id.name", "case_id.name")
    def _compute_display_name(self):
        for cost in self:
            number = cost.order_number or cost.name
            # who books the bill need not see the case
            case = cost.case_id.sudo().name
            parts = (number if number != "/" else "", cost.type_id.name, case)
            cost.display_name = ", ".join(filter(None, parts))

    # === CONSTRAINT METHODS === #

    @api.constrains("type_id", "case_id")
    def _check_type_company(self):
        for cost in self:
            company = cost.type_id.company_id
            if company and company != cost.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(type)s” belongs to another company.", type=cost.type_id.name
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_fields(vals, creating=True)
            vals["editor_id"] = self.env.uid
            if "amount_net" in vals:  # not by the tariff: somebody knows better
                vals.setdefault("estimate_ground", False)
            vals["name"] = self._next_number("debt.collection.cost")
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("debt_collection_token") is TOKEN:
            return super().write(vals)
        self._check_fields(vals)
        if REQUEST & vals.keys():
            self._check_draft()
            vals = {**vals, "editor_id": self.env.uid}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        if any(cost.stage != "draft" for cost in self):
            raise UserError(
                self.env._("A request is evidence: cancel it instead of deleting it.")
            )

    def _check_fields(self, vals, creating=False):
        """Refuse what only a decision may write, whoever asks."""
        allowed = REQUEST | FREE | self._get_free_fields()
        empty = {"stage": "draft", "name": "/"} if creating else {}
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field or name in allowed or (creating and value in (False, None)):
                continue
            if name in empty and value == empty[name]:
                continue
            if field.readonly or field.compute:
                raise UserError(
                    self.env._(
                        "“%(field)s” follows from a decision or a bill: use the "
                        "buttons of the cost.",
                        field=field._description_string(self.env),
                    )
                )

    @api.model
    def _get_free_fields(self):
        """Further fields that anybody may write at any time; extend by `super()`.

        Those of activities and of the chatter are among them.

        :rtype: set[str]
        """
        mixins = self.env["mail.activity.mixin"], self.env["mail.thread"]
        return {name for mixin in mixins for name in mixin._fields}

    def _check_draft(self):
        if any(cost.stage != "draft" for cost in self):
            raise UserError(
                self.env._(
                    "A request does not change while it is decided on: take it back "
                    "to draft first."
                )
            )

    @api.model
    def _next_number(self, code):
        # collectors have no rights on sequences
        return self.env["ir.sequence"].sudo().next_by_code(code)

    def _transition(self, vals):
        """The one door to the fields that a decision holds."""
        return self.with_context(debt_collection_token=TOKEN).write(vals)

    def _lock(self):
        """Hold the rows until the transaction ends, and read them anew.

        :raises UserError: somebody else holds one
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody else is deciding on this cost at this moment: open it "
                    "again to see what came of it."
                )
            ) from None
        self.invalidate_recordset()

    # === ACTION METHODS === #

    def action_request(self):
        """Ask for a yes."""
        self.check_access("write")
        for cost in self:
            cost._request(cost.company_id._get_collection_today())

    def action_draft(self):
        """Take a request back, to change it."""
        self.check_access("write")
        for cost in self:
            cost._take_back()

    def action_approve(self):
        """Say yes: to one, or to all of a list that one may say yes to."""
        self.env["debt.collection.cost.rules"]._check_role(self.env.user)
        if len(self) > 1:
            return self._approve_many()
        self._check_seen()
        self._approve(self.company_id._get_collection_today())
        return None

    def action_refuse(self):
        """Ask for the reason and an instruction, then say no."""
        return self._ask_words("refuse", self.env._("Refuse"))

    def action_overrule(self):
        """Ask why, then say yes without a valid solvency check."""
        return self._ask_words("overrule", self.env._("Approve nevertheless"))

    def action_ask(self):
        """Ask the requester a question; the request stays as it is."""
        return self._ask_words("ask", self.env._("Ask a question"))

    def action_answer(self):
        """Answer the question of the approver."""
        return self._ask_words("answer", self.env._("Answer"))

    def action_give_up(self):
        """Ask why, then claim this cost from nobody any more."""
        return self._ask_words("give_up", self.env._("Give up"))

    def action_engage(self):
        """Order what was approved: the order number is given now.

        :raises UserError: it belongs to a step that is not ordered: the step looks at
            its term and its evidence first, and orders its costs itself
        """
        self.check_access("write")
        for cost in self.filtered(lambda c: c.legal_step_id.state == "draft"):
            raise UserError(
                self.env._(
                    "%(cost)s belongs to “%(step)s”: order that step, which looks at "
                    "its term and its evidence and orders the cost.",
                    cost=cost.name,
                    step=cost.legal_step_id.display_name,
                )
            )
        return self._engage()

    def action_perform(self):
        """The act was performed today: from now on it may be claimed."""
        self.check_access("write")
        for cost in self:
            cost._perform(cost.company_id._get_collection_today())

    def action_cancel(self):
        """Drop a cost that was never billed."""
        self.check_access("write")
        for cost in self:
            cost._cancel(self.env._("Cancelled by hand"))

    def action_request_more(self):
        """Ask a new yes for what the draft bills go beyond the approval."""
        self.check_access("write")
        for cost in self:
            cost._request_more()

    def action_approve_more(self):
        """Say yes to what the draft bills go beyond the approval."""
        for cost in self:
            cost._approve_more()

    def action_view_bills(self):
        """Open the bills of the cost."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bills"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.line_ids.move_id.ids)],
        }

    def action_view_case(self):
        """Open the case of the cost."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "debt.collection.case",
            "view_mode": "form",
            "res_id": self.case_id.id,
        }

    def _ask_words(self, verb, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "debt.collection.cost.decide",
            "view_mode": "form",
            "target": "new",
            "context": {"default_verb": verb, "default_cost_ids": self.ids},
        }

    def _check_seen(self):
        """What is approved is what stood on the screen."""
        seen = self.env.context.get("debt_collection_seen")
        if seen is not None and self.currency_id.compare_amounts(
            float(seen), self.amount_estimate
        ):
            raise UserError(
                self.env._(
                    "The request has changed since you opened it: it is %(amount)s "
                    "now. Look at it again.",
                    amount=self._format(self.amount_estimate),
                )
            )

    # === ASKING === #

    def _request(self, day):
        """Draft -> requested, or straight to approved by a standing approval.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        self._lock()
        refusal = self.env["debt.collection.cost.rules"]._get_request_refusal(self, day)
        if refusal:
            raise UserError(refusal)
        self._transition(
            {
                "stage": "requested",
                "requester_id": self.env.uid,
                "date_requested": day,
                "first_approver_id": False,
                "answer": False,
                "question": False,
            }
        )
        self._log("cost_requested", {"reason": self.reason_uneconomic or ""})
        if not self._use_standing(day):
            self._ask_for_yes()

    def _ask_for_yes(self):
        """Tell the approver: an activity, and a mail that leads to the request."""
        self.ensure_one()
        asked = self.env["debt.collection.cost.rules"]._get_asked(self)
        self._transition({"asked_id": asked.id})
        if not asked:
            return
        self._plan_activity(asked, self.env._("Say yes or no to a cost"))
        template = self.env.ref(
            "debt_collection.mail_template_cost_request", raise_if_not_found=False
        )
        if template and asked.email:
            # collectors have no rights on mails; the address is that of a colleague
            template.sudo().send_mail(
                self.id, email_values={"email_to": asked.email_formatted}
            )
            # he is waited for: the queue, which is the system's, looks at once
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _plan_activity(self, user, summary, note=""):
        self.activity_schedule(ACTIVITY, user_id=user.id, summary=summary, note=note)

    def _take_back(self):
        self._lock()
        if self.stage == "draft":
            return
        if self.stage not in ("requested", "refused", "expired"):
            raise UserError(
                self.env._(
                    "%(cost)s is %(state)s: it can only be cancelled.",
                    cost=self.name,
                    state=self._get_state_label(),
                )
            )
        self._transition({"stage": "draft", "asked_id": False, "approver_id": False})
        self._log("cost_taken_back", {})
        self._end_activities()

    def _use_standing(self, day):
        """Approve by a standing approval of the case, where one covers it.

        :rtype: bool
        """
        standing = self.env["debt.collection.cost.standing"]._find_for(self, day)
        if not standing:
            return False
        approver = standing.user_id
        self._set_approved(approver, day, {"standing": standing.name})
        self._transition({"standing_id": standing.id})
        return True

    # === DECIDING === #

    def _approve(self, day, overrule=""):
        """Requested -> approved by the current user, or his first yes of two.

        :param str overrule: why it may go on without a valid solvency check
        :raises UserError: why he may not, in a sentence
        """
        self.ensure_one()
        self._lock()
        Rules = self.env["debt.collection.cost.rules"]
        user = self.env.user
        refusal = Rules._get_refusal(self, user, day, overrule)
        if refusal:
            raise UserError(refusal)
        if overrule:
            self._transition({"reason_overrule": overrule})
            self._log("cost_overruled", {"reason": overrule})
        if Rules._needs_second(self, user):
            self._transition({"first_approver_id": user.id})
            self._log("cost_first_yes", {})
            self._end_activities()
            self._ask_for_yes()
            return
        self._set_approved(user, day, {})

    def _set_approved(self, approver, day, data):
        """The yes itself: how much, how long, by whom."""
        company = self.company_id
        amount = self.amount_estimate
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            approver, company
        )
        margin = 1 + max(company.debt_collection_cost_margin, 0) / 100
        limit = self.currency_id.round(amount * margin)
        expiry = day + timedelta(days=max(company.debt_collection_approval_days, 0))
        self._transition(
            {
                "stage": "approved",
                "approver_id": approver.id,
                "date_approved": day,
                "date_expiry": expiry,
                "amount_approved": amount,
                # the margin does not lift anybody over his ceiling
                "amount_limit": max(min(limit, ceiling), amount),
                "question": False,
                "answer": False,
            }
        )
        self._log("cost_approved", {"by": approver.login, "until": str(expiry), **data})
        self._end_activities()
        self._tell_requester(self.env._("Approved: you may order it."))

    def _approve_many(self):
        """Say yes to those one may say yes to, and name the others with the reason."""
        left, done = [], 0
        for cost in self:
            try:
                with self.env.cr.savepoint():
                    cost._approve(cost.company_id._get_collection_today())
                    done += 1
            except UserError as error:
                left.append(f"{cost.name}: {error}")
        if not done:
            raise UserError("\n".join(left))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "sticky": bool(left),
                "title": self.env._("%(count)s approved", count=done),
                "message": "; ".join(left),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _refuse(self, words):
        """Requested -> refused, with an instruction that goes back to the requester."""
        self.ensure_one()
        self._lock()
        refusal = self.env["debt.collection.cost.rules"]._get_deciding_refusal(
            self, self.env.user
        )
        if refusal:
            raise UserError(refusal)
        self._transition({"stage": "refused", "answer": words, "question": False})
        self._log("cost_refused", {"reason": words})
        self._end_activities()
        self._tell_requester(self.env._("Refused: %(words)s", words=words))

    def _ask(self, words):
        """A question of the approver; the request stays requested."""
        self.ensure_one()
        self._lock()
        refusal = self.env["debt.collection.cost.rules"]._get_deciding_refusal(
            self, self.env.user
        )
        if refusal:
            raise UserError(refusal)
        self._transition({"question": words, "questioner_id": self.env.uid})
        self._log("cost_question", {"text": words})
        self.message_post(body=words, subtype_xmlid="mail.mt_note")
        self._plan_activity(self.requester_id, self.env._("Answer a question"), words)

    def _answer(self, words):
        """The answer to the question goes back to who asked."""
        self.ensure_one()
        self._lock()
        if self.stage != "requested" or not self.question:
            raise UserError(self.env._("No question is open on this cost."))
        asker = self.questioner_id
        self._transition({"question": False})
        self._log("cost_answer", {"text": words})
        self.message_post(body=words, subtype_xmlid="mail.mt_note")
        self._end_activities()
        self._plan_activity(asker, self.env._("Say yes or no to a cost"), words)

    def _end_activities(self):
        self.activity_feedback([ACTIVITY])

    def _tell_requester(self, text):
        user = self.requester_id
        if user.active and user != self.env.user:
            self.message_notify(
                partner_ids=user.partner_id.ids,
                body=text,
                subject=self.display_name,
            )

    # === SPENDING === #

    def _engage(self, day=None):
        """Approved -> engaged: the only way to spend. Gives the order number.

        :param date day: the day of the order; today in the company when None
        :raises UserError: not approved, expired, or another rule of spending
        """
        Rules = self.env["debt.collection.cost.rules"]
        for cost in self:
            cost._lock()
            today = day or cost.company_id._get_collection_today()
            refusal = Rules._get_engage_refusal(cost, today)
            if refusal:
                raise UserError(refusal)
            number = self._next_number("debt.collection.cost.order")
            cost._transition(
                {"stage": "engaged", "order_number": number, "date_engaged": today}
            )
            cost._log("cost_engaged", {"order": number, "day": str(today)})
        return self

    def _perform(self, day):
        """The act took place: from that day a recoverable cost is claimed."""
        self.ensure_one()
        self._lock()
        if self.stage != "engaged":
            raise UserError(
                self.env._(
                    "%(cost)s was not ordered: nothing can have been performed.",
                    cost=self.name,
                )
            )
        if self.date_performed:
            return
        self._transition({"date_performed": day})
        self._log("cost_performed", {"day": str(day)})
        self.case_id.account_id._mark_stale()

    def _cancel(self, reason):
        """Drop costs on which nothing was spent.

        An engaged one only where the partner stopped before he acted.

        :raises UserError: it was performed or billed
        """
        for cost in self.filtered(lambda c: c.stage != "cancelled"):
            cost._lock()
            if cost.date_performed or cost.line_ids.filtered(
                lambda line: line.parent_state == "posted"
            ):
                raise UserError(
                    self.env._(
                        "%(cost)s was performed or billed: it is spent. A credit note "
                        "of the partner lowers it.",
                        cost=cost.name,
                    )
                )
            cost._transition({"stage": "cancelled"})
            cost._log("cost_cancelled", {"reason": reason})
            cost._end_activities()

    def _give_up(self, words):
        """Claim an engaged cost from nobody any more: it is lost."""
        self.ensure_one()
        self.env["debt.collection.cost.rules"]._check_role(self.env.user)
        self._lock()
        if self.stage != "engaged":
            raise UserError(self.env._("%(cost)s was not ordered.", cost=self.name))
        if self.is_given_up:
            return
        self._transition({"is_given_up": True, "answer": words})
        self._log("cost_given_up", {"reason": words})
        self.case_id.account_id._mark_stale()

    @api.model
    def _cron_expire(self):
        """Approvals whose last day has passed end."""
        approved = self.search([("stage", "=", "approved")])
        # an approver may act on one at the same moment
        self.env["debt.collection.run"]._undisturbed(
            lambda: self._expire_all(approved.company_id)
        )

    @api.model
    def _expire_all(self, companies):
        for company in companies:
            self._expire(company, company._get_collection_today())
        self.env.flush_all()

    @api.model
    def _expire(self, company, day):
        """End the approvals of a company whose last day lies before a day."""
        costs = self.search(
            [
                ("company_id", "=", company.id),
                ("stage", "=", "approved"),
                ("date_expiry", "<", day),
            ]
        ).try_lock_for_update(allow_referencing=True)
        costs.invalidate_recordset(["stage"])
        for cost in costs.filtered(lambda cost: cost.stage == "approved"):
            cost._transition({"stage": "expired"})
            cost._log("cost_expired", {"day": str(cost.date_expiry)})
            cost._tell_requester(
                self.env._("The approval has ended: ask again if it is still needed.")
            )
        return costs

    def _move_to_case(self, case):
        """Follow the claims to another case of the same company."""
        for cost in self:
            cost._transition({"case_id": case.id})
        self.standing_id._move_to_case(case)

    # === MORE THAN APPROVED === #

    def _get_more(self):
        """What posted and draft bills together go beyond the limit.

        :rtype: float
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.parent_state != "cancel")
        total = sum(line._get_cost_amount(self.with_vat) for line in lines)
        more = self.currency_id.round(total) - self.amount_limit
        return max(self.currency_id.round(more), 0.0)

    def _request_more(self):
        self.ensure_one()
        self._lock()
        more = self._get_more()
        if not more or self.stage != "engaged":
            raise UserError(
                self.env._(
                    "No bill goes beyond what was approved for %(cost)s.",
                    cost=self.name,
                )
            )
        self._transition({"amount_more": more, "more_requester_id": self.env.uid})
        self._log("cost_more_requested", {"more": f"{more:.2f}"})
        self._ask_for_yes()

    def _approve_more(self):
        """A new yes: the limit rises to what the bills ask, not further."""
        self.ensure_one()
        self._lock()
        Rules = self.env["debt.collection.cost.rules"]
        more = self._get_more()
        refusal = Rules._get_more_refusal(self, self.env.user, more)
        if refusal:
            raise UserError(refusal)
        total = self.currency_id.round(self.amount_limit + more)
        self._transition(
            {
                "amount_approved": total,
                "amount_limit": total,
                "approver_id": self.env.uid,
                "amount_more": 0.0,
                "more_requester_id": False,
            }
        )
        self._log(
            "cost_more_approved", {"more": f"{more:.2f}", "by": self.env.user.login}
        )
        self._end_activities()

    # === BILLS === #

    def _check_bill(self, lines):
        """Refuse lines about to be posted that go beyond what was approved.

        :param account.move.line lines: of this cost, on moves not posted yet
        :raises UserError: names the cost, what was approved and billed, the way out
        """
        self.ensure_one()
        self._lock()
        if self.stage != "engaged":
            raise UserError(
                self.env._(
                    "%(cost)s is %(state)s: only what was ordered after a yes can be "
                    "billed. Dispute the bill, or have the cost approved and ordered.",
                    cost=self.display_name,
                    state=self._get_state_label(),
                )
            )
        amount = sum(line._get_cost_amount(self.with_vat) for line in lines)
        total = self.currency_id.round(self.amount_billed + amount)
        if self.currency_id.compare_amounts(total, self.amount_limit) <= 0:
            return
        raise UserError(
            self.env._(
                "%(cost)s: approved %(approved)s (up to %(limit)s), billed before "
                "%(billed)s, this bill %(amount)s. %(more)s too much.\n"
                "An approver presses “Approve the difference” on the bill; anybody "
                "else “Ask for the difference”. Or dispute the bill.",
                cost=self.display_name,
                approved=self._format(self.amount_approved),
                limit=self._format(self.amount_limit),
                billed=self._format(self.amount_billed),
                amount=self._format(amount),
                more=self._format(total - self.amount_limit),
            )
        )

    def _settle_bearer(self, bearer, outcome):
        """Let the agreement with its partner say who bears the cost.

        A cost the debtor bears stays claimed from him, so nothing changes on it.

        :param str bearer: creditor, partner or debtor
        :param str outcome: how the case ended
        """
        self.ensure_one()
        if bearer != "debtor":
            self._transition({"bearer": bearer})
        self._log("cost_settled", {"bearer": bearer, "outcome": outcome})

    # === READING === #

    def _get_spent(self):
        """What is spent, or bound to be: the bills, until one comes the approval."""
        self.ensure_one()
        if self.stage != "engaged":
            return 0.0
        is_billed = self.line_ids.filtered(lambda line: line.parent_state == "posted")
        return self.amount_billed if is_billed else self.amount_approved

    def _filter_claimable(self):
        """Those that the debtor owes: performed, recoverable, by his regime."""
        Regime = self.env["debt.collection.regime"]
        return self.filtered(
            lambda cost: cost.stage == "engaged"
            and cost.date_performed
            and cost.recoverable
            and cost.recover_from == "debtor"
            and not cost.is_given_up
            and Regime._get_regime(cost.case_id.regime)._claims_cost(
                cost.type_id.is_judicial, cost._is_under_title()
            )
        )

    def _get_ground(self):
        """The words behind the cost in a statement."""
        self.ensure_one()
        return self.env._(
            "%(type)s of %(day)s",
            type=self.type_id.name,
            day=self._format_day(self.date_performed),
        )

    def _is_under_title(self):
        """Whether the act was performed under a title against the debtor.

        Override to know titles of your own; must not write.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.case_id._get_reached() & {"title", "enforceable"})

    # === WORDS === #

    def _format(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _format_day(self, day):
        return format_date(self.env, day)

    def _get_link(self):
        """Where the mail leads: the request, after a login."""
        self.ensure_one()
        return f"{self.get_base_url()}/odoo/collection-costs/{self.id}"

    def _get_state_label(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state].lower()

    def _log(self, kind, data):
        """An event on the log of the case, with what every one of them tells."""
        self.ensure_one()
        return self.case_id._log_event(
            kind,
            {
                "cost": self.name,
                "type": self.type_id.code,
                "amount": f"{self.amount_approved or self.amount_estimate:.2f}",
                **data,
            },
        )
