from odoo import api, fields, models
from odoo.exceptions import UserError

from .debt_collection_case_solvency import APPROVER

KINDS = [
    ("doubtful", "Doubtful claim"),
    ("write_down", "Write-down"),
    ("loss", "Write-off"),
]
CAUSES = [
    ("bankrupt", "Bankruptcy"),
    ("reorganisation", "Reduced in a reorganisation"),
    ("debt_settlement", "Collective debt settlement"),
    ("irrecoverable", "Irrecoverable"),
    ("uneconomic", "Not worth going on"),
    ("prescribed", "Prescribed"),
    ("lost", "Lost in court"),
    ("waived", "Waived"),
]
METHODS = [("entry", "Journal entry"), ("credit_note", "Credit notes")]
STATES = [("draft", "To decide"), ("posted", "Posted"), ("reversed", "Reversed")]
# What only the verbs may write, and the pass they carry: an object no call can send
GUARDED = {"state", "approver_id", "requester_id", "date_ended", "name"}
PASS = object()


class DebtCollectionWriteOff(models.Model):
    """A loss on a case, or an earlier stage of it: asked by one, decided by another.

    What it does in the books is `debt.collection.write.off.entry`; which law gives the
    VAT back, until when and on which evidence, is the answer of the regime.
    """

    _name = "debt.collection.write.off"
    _description = "Write-off"
    _inherit = [
        "debt.collection.lock",
        "mail.thread",
        "mail.activity.mixin",
        "debt.collection.write.off.recovery",
    ]
    _is_made_by_hand = True
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="case_id.partner_id", string="Debtor", store=True, index=True
    )
    currency_id = fields.Many2one(related="case_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    kind = fields.Selection(
        selection=KINDS,
        string="Stage",
        required=True,
        default="loss",
        help="A doubtful claim changes its account; a write-down expects the loss; a "
        "write-off takes the invoices out of the books.",
    )
    method = fields.Selection(
        selection=METHODS,
        compute="_compute_method",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    state = fields.Selection(
        selection=STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    # Why
    cause = fields.Selection(selection=CAUSES, required=True, default="irrecoverable")
    date_cause = fields.Date(
        string="Since",
        compute="_compute_cause_facts",
        store=True,
        readonly=False,
        precompute=True,
        help="The judgment, the approval of the plan, or the day the loss was certain.",
    )
    evidence = fields.Char(
        compute="_compute_cause_facts",
        store=True,
        readonly=False,
        precompute=True,
        help="What proves the loss: the judgment, a report, the certificate. Files "
        "are attached below.",
    )
    reason = fields.Char(required=True, help="In your words, for the tax return.")
    # How much
    line_ids = fields.One2many(
        comodel_name="debt.collection.write.off.line",
        inverse_name="write_off_id",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary(compute="_compute_amounts", store=True)
    amount_tax = fields.Monetary(
        string="Taxes in it", compute="_compute_amounts", store=True
    )
    amount_vat = fields.Monetary(
        string="VAT to ask back",
        currency_field="company_currency_id",
        compute="_compute_amounts",
        store=True,
    )
    amount_recovered = fields.Monetary(
        string="Came back", compute="_compute_amount_recovered"
    )
    # VAT
    is_vat_reclaimed = fields.Boolean(
        string="Ask the VAT back",
        compute="_compute_is_vat_reclaimed",
        store=True,
        readonly=False,
    )
    vat_page = fields.Html(
        string="What the law says", compute="_compute_vat_page", sanitize=False
    )
    date_deadline = fields.Date(
        string="VAT until", compute="_compute_date_deadline", store=True
    )
    # The books
    date = fields.Date(
        string="Booking day",
        required=True,
        default=lambda self: self.env.company._get_collection_today(),
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        domain="[('type', '=', 'general'), ('company_id', '=', company_id)]",
        check_company=True,
    )
    account_id = fields.Many2one(
        comodel_name="account.account",
        string="Account of the loss",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
    )
    contra_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Write-downs in the balance",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
    )
    vat_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Account of the VAT",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
    )
    tag_ids = fields.Many2many(
        comodel_name="account.account.tag",
        relation="debt_collection_write_off_tag_rel",
        string="Tax grids",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        domain="[('applicability', '=', 'taxes')]",
    )
    recovery_vat_account_id = fields.Many2one(
        comodel_name="account.account",
        string="VAT on what comes back",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
    )
    recovery_tag_ids = fields.Many2many(
        comodel_name="account.account.tag",
        relation="debt_collection_write_off_recovery_tag_rel",
        string="Tax grids of what comes back",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        domain="[('applicability', '=', 'taxes')]",
    )
    move_ids = fields.One2many(
        comodel_name="account.move",
        inverse_name="debt_collection_write_off_id",
        string="Entries",
        readonly=True,
    )
    move_count = fields.Integer(compute="_compute_move_count")
    # Who
    requester_id = fields.Many2one(
        comodel_name="res.users", string="Asked by", readonly=True, copy=False
    )
    approver_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True, copy=False
    )
    date_ended = fields.Date(string="Ended", readonly=True, copy=False)
    refusal = fields.Char(string="Why not", compute="_compute_refusal")

    _yes_of_another = models.Constraint(
        "CHECK (state = 'draft' OR (approver_id IS NOT NULL "
        "AND approver_id <> requester_id))",
        "Nobody decides on a write-off he asked for himself.",
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id", "kind")
    def _compute_method(self):
        for off in self:
            wanted = off.company_id.debt_collection_write_off_method
            off.method = wanted if off.kind == "loss" and wanted else "entry"

    @api.depends("case_id", "cause")
    def _compute_cause_facts(self):
        for off in self:
            found = self.env["debt.collection.insolvency"]._find(off.case_id)
            if found and found.kind == off.cause:
                off.date_cause, off.evidence = found.date, found._get_evidence()
                continue
            check = off.case_id.solvency_id
            off.date_cause = off.date_cause or off.case_id.date_closed or off.date
            if check and off.cause == "irrecoverable":
                off.evidence = off.evidence or check.display_name

    @api.depends("case_id", "kind")
    def _compute_line_ids(self):
        for off in self.filtered(lambda off: off.case_id and not off.line_ids):
            off.line_ids = off._prepare_lines()

    @api.depends("line_ids.amount", "line_ids.amount_tax", "is_vat_reclaimed")
    def _compute_amounts(self):
        for off in self:
            off.amount = sum(off.line_ids.mapped("amount"))
            off.amount_tax = sum(off.line_ids.mapped("amount_tax"))
            taxes = sum(off.line_ids.mapped("amount_tax_company"))
            off.amount_vat = taxes if off.is_vat_reclaimed else 0.0

    @api.depends("move_ids.state", "move_ids.is_collection_recovery")
    def _compute_amount_recovered(self):
        for off in self:
            moves = off.move_ids.filtered("is_collection_recovery")
            lines = moves.line_ids.filtered(
                lambda line: line.parent_state == "posted"
                and line.account_type == "asset_receivable"
            )
            off.amount_recovered = sum(lines.mapped("amount_currency"))

    @api.depends("cause", "date_cause", "kind", "case_id")
    def _compute_is_vat_reclaimed(self):
        for off in self:
            relief = off._get_relief()
            allowed = relief is not None and relief.is_allowed
            off.is_vat_reclaimed = off.kind == "loss" and allowed

    @api.depends("cause", "date_cause", "kind", "case_id")
    @api.depends_context("lang")
    def _compute_vat_page(self):
        for off in self:
            off.vat_page = self.env["ir.qweb"]._render(
                "debt_collection.write_off_relief", {"relief": off._get_relief()}
            )

    @api.depends("cause", "date_cause", "case_id")
    def _compute_date_deadline(self):
        for off in self:
            relief = off._get_relief()
            off.date_deadline = relief.last_day if relief else False

    @api.depends("kind", "company_id", "case_id")
    def _compute_accounts(self):
        for off in self:
            vals = off.company_id._get_write_off_defaults(off.kind)
            if not vals.get("vat_account_id"):
                vals["vat_account_id"] = off._get_invoiced_vat_account()
            off.update(vals)

    @api.depends("move_ids")
    def _compute_move_count(self):
        for off in self:
            off.move_count = len(off.move_ids)

    @api.depends("state", "requester_id", "line_ids.amount", "is_vat_reclaimed")
    @api.depends("account_id", "contra_account_id", "vat_account_id", "evidence")
    @api.depends("date", "cause", "date_cause")
    @api.depends_context("uid", "lang")
    def _compute_refusal(self):
        for off in self:
            off.refusal = off._get_refusal() if off.state == "draft" else ""

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name in GUARDED:
                vals.pop(name, None)
            vals["requester_id"] = self.env.uid  # nobody asks in another's name
        offs = super().create(vals_list)
        # collectors ask and have no rights on sequences
        sequence_sudo = self.env["ir.sequence"].sudo()
        for off in offs:
            number = sequence_sudo.next_by_code("debt.collection.write.off")
            off._set({"name": number})
            off.case_id._log_event("write_off_asked", off._prepare_event())
        offs._ask_approver()
        return offs

    def write(self, vals):
        if self.env.context.get("write_off_pass") is PASS:
            return super().write(vals)
        if GUARDED & vals.keys():
            raise UserError(
                self.env._("A write-off is decided by its buttons, not by editing it.")
            )
        decided = self.filtered(lambda off: off.state != "draft")
        changed = vals.keys() - self._get_free_fields()
        if decided and changed & self._get_decided_fields():
            raise UserError(
                self.env._(
                    "%(name)s is in the books: reverse it to change it.",
                    name=decided[0].name,
                )
            )
        return super().write(vals)

    def _get_free_fields(self):
        """What may be written on a decided one: notes, and what is only computed."""
        return {"recovery_tag_ids", "recovery_vat_account_id", "reason"}

    @api.model
    def _get_decided_fields(self):
        return {
            "case_id",
            "kind",
            "method",
            "cause",
            "date_cause",
            "evidence",
            "line_ids",
            "is_vat_reclaimed",
            "date",
            "journal_id",
            "account_id",
            "contra_account_id",
            "vat_account_id",
            "tag_ids",
        }

    def _set(self, vals):
        """What a verb writes, past the guard."""
        return self.with_context(write_off_pass=PASS).write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if any(off.state != "draft" for off in self):
            raise UserError(
                self.env._("What is in the books is reversed, never deleted.")
            )

    # === ACTION METHODS === #

    def action_post(self):
        """Say yes: the write-off goes into the books."""
        self.check_access("write")
        for off in self.sorted("id"):
            off._decide(off.company_id._get_collection_today())

    def action_reverse(self):
        """Take it out of the books again: the invoices are open as before."""
        self.check_access("write")
        for off in self:
            off._check_approver()
            off._reverse(off.company_id._get_collection_today())

    def action_recover(self):
        """Ask which money of the debtor came after all."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Money came after all"),
            "res_model": "debt.collection.write.off.recover",
            "view_mode": "form",
            "target": "new",
            "context": {"default_write_off_id": self.id},
        }

    def action_view_moves(self):
        """Open the entries."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entries"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("debt_collection_write_off_id", "=", self.id)],
        }

    def action_tell_customer(self):
        """Make the VAT correction document for the customer; it is reviewed first."""
        self.ensure_one()
        day = self.company_id._get_collection_today()
        letter = self.case_id._make_letter("vat_correction", day, subject=self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "debt.collection.action",
            "view_mode": "form",
            "res_id": letter[:1].id,
        }

    # === ASKING === #

    def _prepare_lines(self):
        """What is open of the case, each invoice whole; net where it is expected."""
        Line = self.env["debt.collection.write.off.line"]
        return [
            fields.Command.create(
                {"claim_id": claim.id, "amount": Line._get_proposed(claim, self.kind)}
            )
            for claim in self.case_id.claim_ids
            if claim.currency_id.compare_amounts(claim.amount_residual, 0) > 0
        ]

    def _ask_approver(self):
        """Somebody else decides; where VAT may be lost, before its last day."""
        for off in self:
            user = off._find_approver()
            if user:
                off.activity_schedule(
                    "debt_collection.mail_activity_type_write_off",
                    summary=self.env._("Decide on a write-off"),
                    date_deadline=off.date_deadline or False,
                    user_id=user.id,
                )

    def _find_approver(self):
        """An approver of the company who did not ask for it, maybe nobody."""
        self.ensure_one()
        # whoever asks need not read the users of the company
        users_sudo = self.env["res.users"].sudo()
        found_sudo = users_sudo.search(
            [
                ("all_group_ids", "in", self.env.ref(APPROVER).ids),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
                ("id", "!=", self.requester_id.id),
            ],
            limit=1,
        )
        return found_sudo.with_env(self.env)

    # === REFUSALS === #

    def _check_approver(self):
        if not self.env.user.has_group(APPROVER):
            raise UserError(self.env._("Only an approver decides what is written off."))

    def _get_refusal(self):
        """Say why the write-off cannot be posted by this user; empty when it can.

        :rtype: str
        """
        self.ensure_one()
        checks = (
            self._refuse_role,
            self._refuse_amounts,
            self._refuse_accounts,
            self._refuse_vat,
        )
        return next((why for why in (check() for check in checks) if why), "")

    def _refuse_role(self):
        if not self.env.user.has_group(APPROVER):
            return self.env._("Only an approver decides what is written off.")
        if self.requester_id == self.env.user:
            return self.env._(
                "You asked for it yourself: another approver has to say yes."
            )
        return ""

    def _refuse_amounts(self):
        if not self.line_ids or self.currency_id.is_zero(self.amount):
            return self.env._(
                "Nothing is to be written off: name invoices and amounts."
            )
        return next((why for why in map(self._refuse_line, self.line_ids) if why), "")

    def _refuse_line(self, line):
        room = line.move_line_id.amount_residual_currency
        if line.move_line_id.parent_state != "posted":
            room = 0.0
        if line.currency_id.compare_amounts(line.amount, room) <= 0:
            return ""
        return self.env._(
            "Of %(invoice)s only %(room)s is open: correct the amount.",
            invoice=line.move_id.name,
            room=line.currency_id.format(room),
        )

    def _refuse_accounts(self):
        needed = {"account_id"} if self.method == "entry" else set()
        if self.kind == "write_down":
            needed.add("contra_account_id")
        if self.method == "entry":
            needed.add("journal_id")
        if self.is_vat_reclaimed and self.method == "entry" and self.amount_tax:
            needed.add("vat_account_id")
        if self.vat_account_id and self.vat_account_id == self.account_id:
            return self.env._("The VAT and the loss need accounts of their own.")
        labels = self.fields_get(needed, ["string"])
        missing = [labels[name]["string"] for name in sorted(needed) if not self[name]]
        if not missing:
            return ""
        return self.env._(
            "Choose what to book on: %(accounts)s. A manager can set them once for the "
            "company in the settings.",
            accounts=", ".join(missing),
        )

    def _refuse_vat(self):
        """VAT comes back only where the law gives it, in time and proven."""
        if self.method == "credit_note" and self.amount_tax and self.kind == "loss":
            return self._refuse_vat_relief()
        return self._refuse_vat_relief() if self.is_vat_reclaimed else ""

    def _refuse_vat_relief(self):
        relief = self._get_relief()
        if relief and not relief.is_allowed:
            return self.env._(
                "No VAT comes back for this cause: %(ground)s. Book an entry without "
                "it.",
                ground=relief.ground,
            )
        if not (self.evidence or "").strip() or not self.date_cause:
            return self.env._(
                "Say since when and by what the loss is proven: the VAT is given back "
                "on evidence."
            )
        if relief and relief.last_day and self.date > relief.last_day:
            return self.env._(
                "The VAT could be asked back until %(day)s: book the loss with its "
                "VAT.",
                day=fields.Date.to_string(relief.last_day),
            )
        return ""

    def _get_relief(self):
        """What the law of the case says on the VAT in the loss; None where unknown.

        :rtype: tools.answers.LossRelief | None
        """
        self.ensure_one()
        if not (self.case_id and self.cause and self.date_cause):
            return None
        regime = self.case_id._get_regime()
        return regime._get_loss_relief(self.cause, self.date_cause)

    def _get_invoiced_vat_account(self):
        """Where the VAT of the invoices stands: proposed where nothing else is."""
        self.ensure_one()
        lines = self.case_id.claim_ids.move_id.line_ids
        return lines.filtered("tax_repartition_line_id").account_id[:1]

    # === DECIDING === #

    def _decide(self, day):
        """Post it: the yes of an approver who did not ask for it.

        :raises UserError: why not, with the way out
        """
        self.ensure_one()
        self.case_id.account_id.lock_for_update(allow_referencing=True)
        self.lock_for_update(allow_referencing=True)
        if self.state != "draft":
            return
        if refusal := self._get_refusal():
            message = f"{self.name}: {refusal}"
            raise UserError(message)
        self.line_ids._freeze()
        moves = self._book()
        self._set({"state": "posted", "approver_id": self.env.uid})
        self._match(moves)
        self.case_id._log_event(
            "written_off",
            {**self._prepare_event(), "entries": sorted(moves.mapped("name"))},
        )
        self._report_dates(moves)
        self.activity_unlink(["debt_collection.mail_activity_type_write_off"])
        if self.kind == "loss":
            self.case_id._end_stages(day)
        self.case_id.account_id._mark_stale()

    def _book(self):
        """The posted entries; the yes of an approver needs no right on invoices."""
        Entry = self.env["debt.collection.write.off.entry"].sudo()  # as just said
        off_sudo = self.sudo()  # as just said
        if self.kind != "loss":
            vals_list = [Entry._prepare_stage(off_sudo)]
        elif self.method == "credit_note":
            vals_list = Entry._prepare_refunds(off_sudo)
        else:
            vals_list = [Entry._prepare_loss(off_sudo)]
        moves_sudo = Entry.env["account.move"].with_company(self.company_id)
        moves_sudo = moves_sudo.create(vals_list)
        moves_sudo._post(soft=False)
        return moves_sudo.with_env(self.env)

    def _match(self, moves):
        """Match the items with what took them out of the books."""
        if self.kind != "loss":
            return
        # one line an invoice, in the order in which they were prepared; as in `_book`
        credits_sudo = self._get_credit_lines(moves)
        lines_sudo = self.line_ids.sudo()  # as just said
        for line_sudo, credit_sudo in zip(lines_sudo, credits_sudo, strict=True):
            pair = line_sudo.move_line_id + credit_sudo
            # posting a credit note of an invoice may have matched them already
            if not any(pair.mapped("reconciled")):
                pair.reconcile()

    def _get_credit_lines(self, moves=None):
        """The lines of the loss that took the items out of the books, in order."""
        # who decides need not read the books
        lines_sudo = (moves or self._get_loss_moves()).sudo().line_ids
        return lines_sudo.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")

    def _get_tax_lines(self):
        """The lines of the loss with the VAT that is asked back."""
        lines_sudo = self._get_loss_moves().sudo().line_ids  # as above
        own = self.vat_account_id if self.is_vat_reclaimed else None
        return lines_sudo.filtered(
            lambda line: line.tax_line_id or (own and line.account_id == own)
        )

    def _get_loss_lines(self):
        lines_sudo = self._get_loss_moves().sudo().line_ids  # as above
        return lines_sudo - self._get_credit_lines() - self._get_tax_lines()

    def _get_loss_moves(self):
        """The posted entries of the loss, without what came after or reversed it."""
        moves_sudo = self.sudo().move_ids  # who decides need not read the books
        return moves_sudo.filtered(
            lambda move: move.state == "posted"
            and not move.is_collection_recovery
            and move.reversed_entry_id.debt_collection_write_off_id != self
        )

    def _report_dates(self, moves):
        """Tell people when a lock date moved a booking."""
        moves_sudo = moves.sudo()  # as in `_book`
        for move in moves_sudo.filtered(lambda move: move.date != self.date):
            self.message_post(
                body=self.env._(
                    "%(entry)s of %(day)s was booked on %(date)s: the period before is "
                    "locked.",
                    entry=move.name,
                    day=self.date,
                    date=move.date,
                )
            )

    def _reverse(self, day):
        """Reverse the entries on a day.

        :raises UserError: it is not in the books, or money came after it
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if self.state != "posted":
            raise UserError(self.env._("%(name)s is not in the books.", name=self.name))
        if not self.currency_id.is_zero(self.amount_recovered):
            raise UserError(
                self.env._(
                    "Money came after %(name)s: reverse its recovery entries first.",
                    name=self.name,
                )
            )
        moves_sudo = self._get_loss_moves().sudo()  # as in `_book`
        label = self.env._("Reversal of %(name)s", name=self.name)
        made = moves_sudo._reverse_moves(
            [{"date": day, "invoice_date": day, "ref": label} for _move in moves_sudo],
            cancel=True,
        )
        self._set({"state": "reversed", "date_ended": day})
        self.case_id._log_event(
            "write_off_reversed",
            {"name": self.name, "day": str(day), "entries": made.mapped("name")},
        )
        self.case_id.account_id._mark_stale()

    # === WORDS === #

    def _get_tax_rows(self):
        """What the document to the customer shows, one row an invoice and a tax.

        :return: (invoice, tax, base, amount of the tax)
        :rtype: list[tuple]
        """
        self.ensure_one()
        # who makes the letter need not read invoices
        Tax_sudo = self.env["account.tax"].sudo()
        lines_sudo = self.line_ids.sudo()  # as just said
        return [
            (line.move_id, Tax_sudo.browse(part.tax), part.base, part.amount)
            for line in lines_sudo
            for part in line._get_split().taxes
            if part.amount
        ]

    def _get_label(self):
        """What stands on the lines of the entry."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return f"{labels[self.kind]} {self.case_id.name}"

    def _prepare_event(self):
        self.ensure_one()
        return {
            "name": self.name,
            "kind": self.kind,
            "cause": self.cause,
            "day": str(self.date),
            "amount": f"{self.amount:.2f}",
            "vat": f"{self.amount_vat:.2f}",
            "reason": self.reason or "",
        }
