import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..report import letter_pdf


class AccountMove(models.Model):
    _inherit = "account.move"

    debt_collection_policy_id = fields.Many2one(
        comodel_name="debt.collection.policy",
        string="Collection policy",
        copy=False,
        help="Replaces the policy that the rules would choose for this invoice.",
    )
    debt_collection_terms_id = fields.Many2one(
        comodel_name="debt.collection.terms",
        string="General terms",
        copy=False,
        check_company=True,
        help="The terms of this contract; else those the debtor accepted, those of "
        "the journal, those of the company.",
    )
    debt_collection_contract = fields.Char(
        string="Contract",
        help="Number of the contract or supply. What the law grants once a contract, "
        "as free letters of a regular supply, is counted apart for each number; "
        "empty: by general terms.",
    )
    debt_collection_receipt_date = fields.Date(
        string="Received by the debtor on",
        copy=False,
        help="Some laws count the term of payment from that day; else from the date "
        "of the invoice.",
    )
    is_collection_charge = fields.Boolean(
        string="Collection charge",
        readonly=True,
        copy=False,
        help="Interest, indemnities or costs booked for a case. Bears no interest and "
        "is followed by its case alone.",
    )
    debt_collection_charge_ids = fields.One2many(
        comodel_name="debt.collection.charge",
        inverse_name="move_id",
        string="Charges",
        export_string_translation=False,
    )
    debt_collection_case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        string="Collection case",
        compute="_compute_debt_collection_case_id",
        search="_search_debt_collection_case_id",
    )
    debt_collection_phase = fields.Selection(
        related="debt_collection_case_id.phase", string="Collection"
    )
    debt_collection_why_not = fields.Char(
        string="Collection: what comes next",
        compute="_compute_debt_collection_why_not",
    )
    debt_collection_days_late = fields.Float(
        string="Usually late by",
        compute="_compute_debt_collection_days_late",
        digits=(16, 0),
        help="Days, on average over what the debtor paid in the last year.",
    )
    is_collection_early = fields.Boolean(
        string="Worth an early call",
        compute="_compute_is_collection_early",
        search="_search_is_collection_early",
    )
    debt_collection_early_why = fields.Char(
        string="Why early", compute="_compute_debt_collection_early_why"
    )
    debt_collection_phone = fields.Char(
        string="Phone of the debtor", compute="_compute_debt_collection_phone"
    )
    debt_collection_cost_more = fields.Boolean(
        string="Beyond an approved cost", compute="_compute_debt_collection_cost_more"
    )
    can_flag_for_collection = fields.Boolean(compute="_compute_can_flag_for_collection")

    debt_collection_dispute_line_ids = fields.One2many(
        comodel_name="debt.collection.dispute.line",
        inverse_name="credit_id",
        string="Credited disputes",
        export_string_translation=False,
    )

    debt_collection_write_off_id = fields.Many2one(
        comodel_name="debt.collection.write.off",
        string="Write-off",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_collection_recovery = fields.Boolean(
        string="Recovery after a write-off", readonly=True, copy=False
    )

    _collection_charge_idx = models.Index("(id) WHERE is_collection_charge")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.debt_collection_claim_ids.is_open")
    def _compute_debt_collection_case_id(self):
        claims = self.env["debt.collection.claim"].search(
            [("move_id", "in", self.ids)], order="is_open, id"
        )
        latest = {claim.move_id.id: claim.case_id for claim in claims}
        charges = self.filtered("is_collection_charge").debt_collection_charge_ids
        latest |= {charge.move_id.id: charge.case_id for charge in charges}
        for move in self:
            move.debt_collection_case_id = latest.get(move._origin.id, False)

    def _search_debt_collection_case_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = Domain("line_ids.debt_collection_claim_ids.case_id", "in", value)
        if False in value:
            wanted |= Domain("line_ids.debt_collection_claim_ids", "=", False)
        return wanted

    def _compute_debt_collection_why_not(self):
        accounts = self._get_collection_accounts()
        for move in self:
            refusal = move._get_collection_refusal() if move.is_sale_document() else ""
            account = accounts.get(move.id)
            if move.debt_collection_case_id.phase == "closed":
                move.debt_collection_why_not = self.env._("The case is closed.")
            else:
                move.debt_collection_why_not = refusal or (
                    account.why_not if account else self.env._("The next run decides.")
                )

    @api.depends("state", "move_type", "payment_state", "invoice_date_due")
    def _compute_can_flag_for_collection(self):
        for move in self:
            move.can_flag_for_collection = not move._get_collection_refusal()

    def _compute_debt_collection_days_late(self):
        late = {}
        for company, moves in self.grouped("company_id").items():
            partners = moves.commercial_partner_id.with_company(company)
            found = partners._get_days_late(company._get_collection_today())
            late |= {(company.id, partner): days for partner, days in found.items()}
        for move in self:
            key = (move.company_id.id, move.commercial_partner_id.id)
            move.debt_collection_days_late = late.get(key, 0.0)

    def _compute_is_collection_early(self):
        company = self.env.company
        early = self._get_early_contacts(company, company._get_collection_today())
        for move in self:
            move.is_collection_early = move in early

    def _search_is_collection_early(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        company = self.env.company
        early = self._get_early_contacts(company, company._get_collection_today())
        return Domain("id", "in", early.ids)

    @api.depends_context("lang")
    def _compute_debt_collection_early_why(self):
        for move in self:
            company, words = move.company_id, []
            if move.debt_collection_days_late >= company.debt_collection_early_late:
                words.append(
                    self.env._(
                        "usually %(days)s days late",
                        days=round(move.debt_collection_days_late),
                    )
                )
            if move._is_early_large():
                words.append(self.env._("a large amount"))
            move.debt_collection_early_why = ", ".join(words)

    @api.depends("commercial_partner_id")
    def _compute_debt_collection_phone(self):
        for move in self:
            debtor = move.commercial_partner_id
            recipient = debtor._get_collection_recipient()
            move.debt_collection_phone = recipient.phone or debtor.phone

    @api.depends("line_ids.debt_collection_cost_id", "line_ids.balance", "state")
    def _compute_debt_collection_cost_more(self):
        for move in self:
            # who books the bill need not work cases
            costs_sudo = move.line_ids.debt_collection_cost_id.sudo()
            is_open = move.state == "draft"
            move.debt_collection_cost_more = is_open and any(
                cost._get_more() for cost in costs_sudo
            )

    # === ACTION METHODS === #

    @api.model
    def action_collection_early(self):
        """Open the invoices that are worth a call before they fall due."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.account_move_action_early"
        )
        return {**action, "domain": [("is_collection_early", "=", True)]}

    def action_collection_plan_call(self):
        """Plan a call before the due date; the invoices leave the list."""
        self._plan_early("debt_collection.mail_activity_type_early_call")

    def action_collection_plan_mail(self):
        """The same for a mail."""
        self._plan_early("debt_collection.mail_activity_type_early_mail")

    def action_collection_flag(self):
        """Open a case for the overdue invoices among these; name the others.

        :raises UserError: none of them can be flagged, with each one's reason
        """
        refusals = {move: move._get_collection_refusal() for move in self}
        good = self.browse(move.id for move, why in refusals.items() if not why)
        lines = [
            f"{m._get_collection_label()}: {why}" for m, why in refusals.items() if why
        ]
        if not good:
            raise UserError(
                self.env._(
                    "Nothing was flagged for collection:\n%(lines)s",
                    lines="\n".join(lines) or self.env._("no invoice was selected."),
                )
            )
        cases = self.env["debt.collection.case"]
        for company, moves in good.grouped("company_id").items():
            cases |= (
                cases.with_company(company)
                ._open_for_items(
                    moves._get_collection_items(),
                    company._get_collection_today(),
                    "flag",
                )
                .with_env(self.env)
            )
        self.env["debt.collection.run"]._trigger()
        return self._get_flag_answer(good, lines, cases)

    def _get_flag_answer(self, good, lines, cases):
        """The case alone, or a message naming what was left out and the cases next."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_case_action"
        )
        if len(cases) == 1:
            action.update(views=[(False, "form")], res_id=cases.id)
        else:
            action.update(domain=[("id", "in", cases.ids)], context={})
        if not lines:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._(
                    "%(count)s flagged for collection", count=len(good)
                ),
                "message": self.env._("Left out: %(lines)s", lines="; ".join(lines)),
                "next": action,
            },
        }

    def action_view_collection_case(self):
        """Open the case of the invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.debt_collection_case_id.name,
            "res_model": "debt.collection.case",
            "view_mode": "form",
            "res_id": self.debt_collection_case_id.id,
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_early_contacts(self, company, day):
        """Open invoices not yet due that are worth a call nobody made yet.

        Those of debtors who usually pay late, and large ones.

        :param date day: the day asked for
        :rtype: account.move
        """
        moves = self.with_company(company).search(
            self._get_early_domain(company, day), order="invoice_date_due, id"
        )
        late = moves.commercial_partner_id._get_days_late(day)
        moves = moves.filtered(
            lambda move: (
                late.get(move.commercial_partner_id.id, 0)
                >= company.debt_collection_early_late
                or move._is_early_large()
            )
        )
        return moves - moves._filter_early_contacted()

    def _is_early_large(self):
        """Whether so much is open that an early call is worth it for anybody."""
        least = self.company_id.debt_collection_early_amount
        return bool(least) and self.amount_residual_signed >= least

    @api.model
    def _get_early_types(self):
        """The activities that count as an early contact, planned or done."""
        return (
            self.env.ref("debt_collection.mail_activity_type_early_call")
            | self.env.ref("debt_collection.mail_activity_type_early_mail")
            | self.env.ref("mail.mail_activity_data_call")
            | self.env.ref("mail.mail_activity_data_email")
        )

    def _filter_early_contacted(self):
        """Those about which somebody planned or made a call, or a letter left.

        A planned call that is cancelled counts no more.

        :rtype: account.move
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT res_id FROM mail_activity
                    WHERE res_model = 'account.move' AND res_id = ANY(%(ids)s)
                      AND activity_type_id = ANY(%(types)s)
                    UNION
                   SELECT res_id FROM mail_message
                    WHERE model = 'account.move' AND res_id = ANY(%(ids)s)
                      AND mail_activity_type_id = ANY(%(types)s)
                    UNION
                   SELECT l.move_id FROM account_move_line l
                     JOIN debt_collection_action_line x ON x.move_line_id = l.id
                     JOIN debt_collection_action a ON a.id = x.action_id
                    WHERE l.move_id = ANY(%(ids)s)
                      AND a.state IN ('planned', 'released', 'done')""",
                ids=self.ids,
                types=self._get_early_types().ids,
            )
        )
        return self.browse(row[0] for row in rows)

    def _plan_early(self, xmlid):
        """An activity for today, for whoever has the debtor in his portfolio.

        :param str xmlid: of the type of activity
        :raises AccessError: the user does not collect
        """
        Portfolio = self.env["debt.collection.portfolio"]
        Portfolio.check_access("read")
        self.check_access("read")
        for company, moves in self.grouped("company_id").items():
            debtors = moves.commercial_partner_id
            rows = Portfolio.search(
                [("company_id", "=", company.id), ("partner_id", "in", debtors.ids)]
            )
            owners = {row.partner_id: row.user_id for row in rows}
            today = company._get_collection_today()
            by_owner = moves.grouped(
                lambda move, owners=owners: (
                    owners.get(move.commercial_partner_id) or self.env.user
                )
            )
            for user, group in by_owner.items():
                # whoever gets it follows the invoice; a collector changes no invoice
                group.sudo().activity_schedule(
                    xmlid, date_deadline=today, user_id=user.id
                )

    @api.model
    def _get_early_domain(self, company, day):
        last = day + timedelta(days=company.debt_collection_early_days)
        return [
            ("company_id", "=", company.id),
            ("move_type", "in", ("out_invoice", "out_receipt")),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("is_collection_charge", "=", False),
            (
                "line_ids",
                "any",
                [
                    ("account_type", "=", "asset_receivable"),
                    ("no_followup", "=", False),
                ],
            ),
            ("invoice_date_due", ">=", day),
            ("invoice_date_due", "<=", last),
            ("commercial_partner_id.debt_collection_written_only", "=", False),
            ("commercial_partner_id.debt_collection_excluded", "=", False),
        ]

    def _need_ubl_cii_xml(self, ubl_cii_format):
        """A document of charges is outside VAT: it is no electronic invoice.

        Called where `account_edi_ubl_cii` is installed, and nowhere else.
        """
        # EXTENDS account_edi_ubl_cii
        return not self.is_collection_charge and super()._need_ubl_cii_xml(
            ubl_cii_format
        )

    def _post(self, soft=True):
        # EXTENDS account
        posted = super()._post(soft)
        # an accountant posts; disputes belong to collectors
        lines_sudo = posted.sudo().debt_collection_dispute_line_ids
        lines_sudo._match_credit()
        lines_sudo.dispute_id.account_id._mark_stale()
        return posted

    def _get_collection_label(self):
        self.ensure_one()
        return self.name if self.name and self.name != "/" else self.display_name

    def _get_collection_items(self):
        """The open receivable lines that are overdue today."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.amount_residual_currency > 0
                and not line.no_followup
                and line.date_maturity
                and line.date_maturity < line.company_id._get_collection_today()
            )
        )

    def _get_collection_refusal(self):
        """Why this document cannot be flagged for collection, or an empty text."""
        self.ensure_one()
        checks = (
            self._get_refusal_by_kind,
            self._get_refusal_by_state,
            self._get_refusal_by_data,
            self._get_refusal_by_date,
        )
        return next((why for why in (check() for check in checks) if why), "")

    def _get_refusal_by_kind(self):
        if self.move_type == "out_refund":
            return self.env._("a credit note is not collected.")
        if self.is_collection_charge:
            return self.env._("it is a charge of a case and followed there.")
        if not self.is_sale_document(include_receipts=True):
            return self.env._("only customer invoices are collected.")
        return ""

    def _get_refusal_by_state(self):
        if self.state == "draft":
            return self.env._("it is a draft: post it first.")
        if self.state == "cancel":
            return self.env._("it is cancelled.")
        if self.payment_state == "blocked":
            return self.env._("its payment is blocked: unblock it first.")
        if self.payment_state in ("paid", "in_payment", "reversed"):
            return self.env._("it is paid.")
        if self.no_followup:
            return self.env._("it is marked “No Follow-Up”: clear the mark first.")
        return ""

    def _get_refusal_by_data(self):
        receivable = self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        if not receivable.filtered("date_maturity"):
            return self.env._("it has no due date: set one on its journal item.")
        company = self.company_id
        if self.currency_id != company.currency_id and not self.currency_id.rate_ids:
            return self.env._(
                "%(currency)s has no exchange rate: add one.",
                currency=self.currency_id.name,
            )
        return ""

    def _get_refusal_by_date(self):
        if not self._get_collection_items():
            return self.env._(
                "it is not yet due (%(day)s).",
                day=self.env["debt.collection.run"]._format_day(self.invoice_date_due),
            )
        return ""

    def _get_collection_accounts(self):
        """The debtor's account of each invoice: move id -> account."""
        accounts = self.env["debt.collection.account"].search(
            [("partner_id", "in", self.commercial_partner_id.ids)]
        )
        by_key = {
            (a.company_id.id, a.partner_id.id, a.currency_id.id): a for a in accounts
        }
        return {
            move.id: by_key.get(
                (move.company_id.id, move.commercial_partner_id.id, move.currency_id.id)
            )
            for move in self
        }

    # === COSTS === #

    def _post(self, soft=True):
        # EXTENDS account: no path posts a bill beyond what was approved
        self._check_costs()
        return super()._post(soft)

    def action_match_costs(self):
        """Propose costs for the lines of draft bills by the order numbers on them.

        :raises UserError: no line and no reference names an order
        """
        found = 0
        for move in self.filtered(lambda move: move.state == "draft"):
            found += move._match_costs()
        if not found:
            raise UserError(
                self.env._(
                    "No order number stands in the reference, the notes or the lines "
                    "of the bill. Choose the cost on each line by hand."
                )
            )

    def action_approve_costs(self):
        """Say yes to what these bills go beyond the approval of their costs."""
        for cost in self.line_ids.debt_collection_cost_id:
            if cost._get_more():
                cost._approve_more()

    def action_request_costs(self):
        """Ask a new yes for what these bills go beyond the approval of their costs."""
        for cost in self.line_ids.debt_collection_cost_id.filtered(
            lambda cost: cost._get_more()
        ):
            cost._request_more()

    def _get_paid_share(self):
        """How much of the document is paid, 0 to 1; an entry counts as paid."""
        self.ensure_one()
        if self.move_type == "entry" or self.currency_id.is_zero(self.amount_total):
            return 1.0
        return 1 - self.amount_residual / self.amount_total

    def _check_costs(self):
        """Refuse to post what bills costs otherwise than they were approved.

        :raises UserError: names the cost and the way out
        """
        lines = self.line_ids.filtered("debt_collection_cost_id")
        for line in lines:
            line.move_id._check_cost_line(line)
        # who posts a bill need not work cases
        for cost_sudo, group in lines.grouped(
            lambda line: line.debt_collection_cost_id.sudo()
        ).items():
            cost_sudo._check_bill(group)
        for move in self.filtered(lambda move: move.is_purchase_document()):
            move._check_named_costs()

    def _check_cost_line(self, line):
        """The bill must be of the company, the partner and the order of the cost."""
        cost = line.debt_collection_cost_id.sudo()  # as above
        if self.is_sale_document(include_receipts=True):
            raise UserError(
                self.env._(
                    "%(cost)s: only a vendor bill can bill a cost.",
                    cost=cost.display_name,
                )
            )
        if cost.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(cost)s is a cost of %(company)s: its bill belongs there.",
                    cost=cost.display_name,
                    company=cost.company_id.name,
                )
            )
        partner = cost.partner_id.commercial_partner_id
        biller = self.commercial_partner_id
        if partner and biller and biller != partner:
            raise UserError(
                self.env._(
                    "%(cost)s was ordered from %(partner)s, not from %(other)s.",
                    cost=cost.display_name,
                    partner=partner.name,
                    other=biller.name,
                )
            )
        named = self._find_named_costs(line.name)
        if named and cost not in named:
            raise UserError(
                self.env._(
                    "The line “%(line)s” names order %(named)s, but is linked to "
                    "%(cost)s of another case: link it to the cost it names.",
                    line=line.name,
                    named=named[0].order_number,
                    cost=cost.display_name,
                )
            )

    def _check_named_costs(self):
        """A bill that names an order is linked to it: else nothing would be checked."""
        named = self._find_named_costs(self._get_cost_text())
        missing = named - self.line_ids.debt_collection_cost_id
        if missing and self.move_type != "in_refund":
            raise UserError(
                self.env._(
                    "The bill names order %(orders)s, but no line is linked to it: "
                    "press “Match costs”, or choose the cost on the line.",
                    orders=", ".join(missing.mapped("order_number")),
                )
            )

    def _get_cost_text(self):
        """Where the partner may have put an order number."""
        lines = self.invoice_line_ids.mapped("name")
        texts = (self.ref, self.payment_reference, self.narration, *lines)
        return "\n".join(str(text) for text in texts if text)

    @api.model
    def _find_named_costs(self, text):
        """The ordered costs of this company whose order number stands in a text."""
        # who posts a bill need not work cases
        Cost_sudo = self.env["debt.collection.cost"].sudo()
        if not text:
            return Cost_sudo.browse()
        Cost_sudo.flush_model(["order_number", "company_id", "stage"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, order_number FROM debt_collection_cost
                    WHERE company_id = %s AND stage = 'engaged'
                      AND strpos(lower(%s), lower(order_number)) > 0""",
                self.company_id.id,
                text,
            )
        )
        return Cost_sudo.browse(
            key
            for key, number in rows
            if re.search(rf"(?<!\w){re.escape(number)}(?!\w)", text, re.IGNORECASE)
        )

    def _match_costs(self):
        """Link lines that have no cost yet; how many were found.

        A line is linked by the number in its own text; the others by that of the bill,
        where it names one order only.
        """
        self.ensure_one()
        general = self._find_named_costs(self._get_cost_text())
        lines = self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product" and not line.debt_collection_cost_id
            )
        )
        found = 0
        for line in lines:
            own = self._find_named_costs(line.name) or general
            if len(own) == 1:
                line.debt_collection_cost_id = own.with_env(self.env)
                found += 1
        return found

    # === LETTERS === #

    def _get_collection_note(self):
        """What the invoice itself says on late payment, where its company wants it.

        :returns: intro (a sentence), clauses (what it introduces) and qr_code (a data
            URI, or False); an empty dict where nothing is to be said
        :rtype: dict
        """
        self.ensure_one()
        company = self.company_id
        if self.move_type != "out_invoice" or not company.debt_collection_invoice_note:
            return {}
        if self.is_collection_charge:
            return {}
        terms = (
            self.debt_collection_terms_id
            or self.journal_id.debt_collection_terms_id
            or company.debt_collection_terms_id
        )
        terms_sudo = terms.sudo()  # who prints an invoice prints its terms too
        return {
            "intro": self.env._(
                "Our general terms (%(terms)s) provide for late payment, within the "
                "limits of the law:",
                terms=terms_sudo.display_name,
            ),
            "clauses": terms_sudo._get_clause_words() if terms_sudo else [],
            "qr_code": self._get_collection_code(),
        }

    def _get_collection_code(self):
        """The EPC code for what is left, where the invoice shows none of its own."""
        bank = self.partner_bank_id or self.company_id._get_collection_bank()
        if self.display_qr_code or not bank or self.amount_residual <= 0:
            return False
        debtor, currency = self.partner_id, self.currency_id
        if bank._get_error_messages_for_qr("sct_qr", debtor, currency):
            return False
        reference = self.payment_reference or self.name
        lines = bank._get_qr_vals(
            "sct_qr",
            f"{self.amount_residual:.2f}",
            currency,
            debtor,
            reference,
            reference,
        )
        return letter_pdf.qr_code("\n".join(lines))

    def _get_collection_enclosure(self):
        """The file of the invoice, made where the one that was sent was not kept.

        :rtype: ir.attachment
        """
        self.ensure_one()
        move_sudo = self.sudo()  # a collector need not own the files of invoices
        if move_sudo.invoice_pdf_report_id:
            return move_sudo.invoice_pdf_report_id
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()  # as above
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.account_invoices", self.ids)
        )
        return move_sudo.env["ir.attachment"].create(
            {
                "name": f"{self.name}.pdf".replace("/", "-"),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
