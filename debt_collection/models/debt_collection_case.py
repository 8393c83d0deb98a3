from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext

from .debt_collection_case_closing import OUTCOMES


class DebtCollectionCase(models.Model):
    """The file of one claim: one account, one regime, one or more items."""

    _name = "debt.collection.case"
    _description = "Collection case"
    _inherit = [
        "debt.collection.lock",
        "mail.thread",
        "mail.activity.mixin",
        "debt.collection.ranked",
        "debt.collection.case.solvency",
        "debt.collection.case.assignment",
        "debt.collection.case.cost",
        "debt.collection.case.legal",
        "debt.collection.case.evidence",
        "debt.collection.case.privacy",
        "debt.collection.case.write.off",
        "debt.collection.case.closing",
    ]
    _ranked_by = frozenset({"date_closed", "date_limitation", "partner_id", "phase"})
    _order = "date_opened desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Case number", required=True, readonly=True, copy=False)
    payment_reference = fields.Char(
        compute="_compute_payment_reference",
        store=True,
        help="What the debtor puts on a payment; bank lines that carry it are matched "
        "to this case.",
    )
    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    # Stored copies of the account's key: they never change and lists filter on them
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", required=True, readonly=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Collector",
        tracking=True,
        index="btree_not_null",
    )
    regime = fields.Selection(
        selection="_selection_regime", required=True, readonly=True
    )
    claim_ids = fields.One2many(
        comodel_name="debt.collection.claim", inverse_name="case_id", string="Claims"
    )
    action_ids = fields.One2many(
        comodel_name="debt.collection.action", inverse_name="case_id", string="Actions"
    )
    event_ids = fields.One2many(
        comodel_name="debt.collection.event", inverse_name="case_id", string="Events"
    )
    contact_ids = fields.One2many(
        comodel_name="debt.collection.contact",
        inverse_name="case_id",
        string="Calls and visits",
    )
    hold_ids = fields.One2many(
        comodel_name="debt.collection.hold", inverse_name="case_id", string="Holds"
    )
    party_ids = fields.One2many(
        comodel_name="debt.collection.party",
        inverse_name="case_id",
        string="Co-debtors and guarantors",
    )
    dispute_ids = fields.One2many(
        comodel_name="debt.collection.dispute",
        inverse_name="case_id",
        string="Disputes",
    )
    amount_contested = fields.Monetary(
        string="Contested", compute="_compute_amount_contested"
    )
    plan_ids = fields.One2many(
        comodel_name="debt.collection.plan",
        inverse_name="case_id",
        string="Promises and plans",
    )
    plan_count = fields.Integer(compute="_compute_plan_count")
    # The life of the case, from facts
    date_opened = fields.Date(string="Opened", required=True, readonly=True)
    date_noticed = fields.Date(string="Formal notice", readonly=True, copy=False)
    date_legal = fields.Date(string="Legal since", readonly=True, copy=False)
    date_closed = fields.Date(string="Closed", readonly=True, copy=False)
    outcome = fields.Selection(
        selection=OUTCOMES, readonly=True, copy=False, tracking=True
    )
    phase = fields.Selection(
        selection=[
            ("amicable", "Amicable"),
            ("notice", "Notice"),
            ("legal", "Legal"),
            ("enforcement", "Enforcement"),
            ("closed", "Closed"),
        ],
        compute="_compute_phase",
        store=True,
        default="amicable",
        tracking=True,
        index=True,
        group_expand=True,
    )
    # Amounts
    amount_claimed = fields.Monetary(
        string="Principal", compute="_compute_amounts", store=True
    )
    amount_residual = fields.Monetary(
        string="Principal left", compute="_compute_amounts", store=True
    )
    amount_residual_company = fields.Monetary(
        string="Principal left, company currency",
        currency_field="company_currency_id",
        compute="_compute_amounts",
        store=True,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    amount_due = fields.Monetary(
        string="Due today",
        compute="_compute_amount_due",
        help="The statement of today: principal, interest, indemnities and costs, "
        "less what was paid.",
    )
    amount_due_verified = fields.Boolean(
        string="Verified",
        compute="_compute_amount_due",
        help="No number of the law behind the amount is still to be verified.",
    )
    amount_due_error = fields.Char(
        string="Why no amount", compute="_compute_amount_due"
    )
    statement_html = fields.Html(
        string="Statement", compute="_compute_statement_html", sanitize=False
    )
    charge_ids = fields.One2many(
        comodel_name="debt.collection.charge", inverse_name="case_id", string="Charges"
    )
    claim_count = fields.Integer(compute="_compute_amounts", store=True)
    date_answered = fields.Datetime(
        string="Last answer",
        readonly=True,
        copy=False,
        help="When the debtor last wrote back.",
    )
    # What comes next
    ladder = fields.Html(compute="_compute_ladder", sanitize=False)
    next_date = fields.Date(related="account_id.next_date")
    is_test_mode = fields.Boolean(
        related="company_id.debt_collection_test_mode", string="Test mode"
    )
    why_not = fields.Char(
        string="What comes next, or why nothing", compute="_compute_why_not"
    )

    _amicable_unique = models.UniqueIndex(
        "(account_id, regime) WHERE phase IN ('amicable', 'notice')",
        "This debtor already has an amicable case: add the invoices to it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("account_id.why_not", "date_closed")
    @api.depends_context("lang")
    def _compute_why_not(self):
        """The sentence of the account; nothing comes on a closed case."""
        for case in self:
            case.why_not = not case.date_closed and case.account_id.why_not

    @api.depends("date_closed", "date_enforcement", "date_legal", "date_noticed")
    def _compute_phase(self):
        for case in self:
            facts = {
                "closed": case.date_closed,
                "enforcement": case.date_enforcement,
                "legal": case.date_legal,
                "notice": case.date_noticed,
            }
            reached = (phase for phase, day in facts.items() if day)
            case.phase = next(reached, "amicable")

    @api.depends("name", "company_id")
    def _compute_payment_reference(self):
        for case in self:
            case.payment_reference = case._make_payment_reference(case.name)

    @api.depends(
        "claim_ids.amount_residual",
        "claim_ids.amount_residual_company",
        "claim_ids.amount",
        "claim_ids.is_open",
    )
    def _compute_amounts(self):
        for case in self:
            claims = case.claim_ids
            case.claim_count = len(claims)
            case.amount_claimed = sum(claims.mapped("amount"))
            open_claims = claims.filtered("is_open")
            case.amount_residual = sum(open_claims.mapped("amount_residual"))
            case.amount_residual_company = sum(
                open_claims.mapped("amount_residual_company")
            )

    @api.depends("dispute_ids.amount_contested", "claim_ids.amount_residual")
    def _compute_amount_contested(self):
        Facts = self.env["debt.collection.facts"]
        contested = Facts._read_contested(self.claim_ids.move_line_id.ids)
        for case in self:
            claims = case.claim_ids.filtered("is_open")
            case.amount_contested = float(
                sum(contested.get(item, 0) for item in claims.move_line_id.ids)
            )

    @api.depends(
        "claim_ids.amount_residual", "claim_ids.is_open", "cost_ids.amount_claimed"
    )
    def _compute_amount_due(self):
        today = fields.Date.context_today(self)
        balances = self.env["debt.collection.balance"]._for_cases(self._origin, today)
        empty = self.env["debt.collection.balance"]._get_empty()
        for case in self:
            balance = balances.get(case._origin.id, empty)
            case.amount_due = float(balance.due)
            case.amount_due_verified = balance.verified
            case.amount_due_error = balance.error

    @api.depends(
        "claim_ids.amount_residual",
        "claim_ids.is_open",
        "charge_ids.state",
        "cost_ids.amount_claimed",
    )
    @api.depends_context("lang")
    def _compute_statement_html(self):
        today = fields.Date.context_today(self)
        Page = self.env["debt.collection.statement.page"]
        for case in self:
            case.statement_html = Page._render(case, today)

    @api.depends("name", "partner_id")
    @api.depends_context("collection_show_debtor")
    def _compute_display_name(self):
        """The number; with the debtor where cases stand side by side."""
        result = super()._compute_display_name()
        if self.env.context.get("collection_show_debtor"):
            for case in self.filtered("partner_id"):
                case.display_name = f"{case.name} · {case.partner_id.name}"
        return result

    @api.depends("action_ids.state", "claim_ids.is_open", "account_id.next_date")
    @api.depends_context("lang")
    def _compute_ladder(self):
        for case in self:
            case.ladder = self.env["ir.qweb"]._render(
                "debt_collection.case_ladder", {"rungs": case._get_rungs()}
            )

    @api.depends("plan_ids")
    def _compute_plan_count(self):
        for case in self:
            case.plan_count = len(case.plan_ids)

    def _get_rungs(self):
        """The steps of the ladder with what became of each, for the timeline.

        :return: dicts of name, state (done, now, next, later) and a day or text
        """
        self.ensure_one()
        testing = self.company_id.debt_collection_test_mode
        actions = self.action_ids.filtered(
            lambda a: a.step_id and a.state != "skipped" and (testing or not a.is_test)
        )
        by_step = {action.step_id: action for action in actions.sorted("id")}
        policy = actions[:1].policy_id or self._get_policy()
        rungs, reached = [], False
        for step in policy.step_ids:
            action = by_step.get(step)
            state = "later"
            if action:
                state = "done" if action.state == "done" else "now"
            elif not reached:
                state, reached = "next", True
            day = action and (action.date_done or action.date)
            day = day or (self.next_date if state == "next" else False)
            rungs.append(
                {"step": step, "state": state, "day": day, "wait": self._word_wait(day)}
            )
        return rungs

    def _word_wait(self, day):
        """How far a day of the ladder is from today; empty for the present and none."""
        days = (day - self.company_id._get_collection_today()).days if day else 0
        if days > 0:
            return self.env._("in %(days)s days", days=days)
        return self.env._("%(days)s days ago", days=-days) if days < 0 else ""

    def _get_policy(self):
        """The policy that the clock uses for the first open item of the case."""
        self.ensure_one()
        # reads items as the run does, whoever looks at the case
        run_sudo = self.env["debt.collection.run"].with_company(self.company_id).sudo()
        account_sudo = self.account_id.sudo()  # for the same reason
        today = self.company_id._get_collection_today()
        decided = run_sudo._decide(account_sudo, today)[0]
        keys = [
            key for key, _d in decided.get(self.account_id.id, ()) if key[3] == self.id
        ]
        return self.env["debt.collection.policy"].browse(keys[0][1] if keys else [])

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A case is evidence and is never deleted: withdraw it instead.")
        )

    # === MAIL METHODS === #

    @api.private  # the mail gateway brings answers, nobody else
    def message_update(self, msg_dict, update_vals=None):
        # EXTENDS mail: an answer is evidence, and somebody has to read it
        result = super().message_update(msg_dict, update_vals)
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        if not author or author.partner_share:
            self._receive_answer(msg_dict)
        return result

    def _receive_answer(self, msg_dict):
        """Keep what the debtor wrote in the log, and ask the collector to read it."""
        text = html2plaintext(msg_dict.get("body") or "").strip()
        files = [attachment[0] for attachment in msg_dict.get("attachments") or ()]
        data = {"message": msg_dict.get("message_id") or "", "files": sorted(files)}
        personal = {
            "from": msg_dict.get("email_from") or "",
            "subject": msg_dict.get("subject") or "",
            "text": text,
        }
        self.env["debt.collection.event"]._log(
            [(case, "answer", data, personal) for case in self]
        )
        self.date_answered = fields.Datetime.now()
        for case in self.filtered("user_id"):
            case.activity_schedule(
                "debt_collection.mail_activity_type_answer",
                date_deadline=case.company_id._get_collection_today(),
                user_id=case.user_id.id,
            )

    # === ACTION METHODS === #

    def action_withdraw(self):
        """Close the case because the creditor gives it up; the log keeps it.

        :raises UserError: it would cost money that nobody has seen
        """
        self.check_access("write")
        if refusal := self._get_free_withdrawal_refusal(fields.Datetime.now()):
            raise UserError(refusal)
        self._close("withdrawn", fields.Date.context_today(self))

    def action_view_moves(self):
        """Open the invoices of the case."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.claim_ids.move_id.ids)],
        }

    def action_verify_log(self):
        """Check the seals of the log and say what was found."""
        broken = self.env["debt.collection.event"]._verify(self)
        lines = [f"{case.name}, {number}: {reason}" for case, number, reason in broken]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if broken else "success",
                "sticky": bool(broken),
                "title": self.env._("Log of the case"),
                "message": "; ".join(lines) or self.env._("Every seal holds."),
            },
        }

    def action_hold(self):
        """Ask for the reason and the end of a rest of this case."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on hold"),
            "res_model": "debt.collection.hold",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_account_id": self.account_id.id,
                "default_case_id": self.id,
            },
        }

    def action_stop(self):
        """Ask why everything towards the debtor must stop."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stop everything"),
            "res_model": "debt.collection.stop",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.partner_id.id},
        }

    def action_dispute(self):
        """Ask what the debtor contests of this case."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a dispute"),
            "res_model": "debt.collection.dispute",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_record_contact(self):
        """Ask what came of a call or a visit that no step asked for."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a call or a visit"),
            "res_model": "debt.collection.contact.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_print_visit(self):
        """The sheet of the visitor, and the page he hands to the debtor."""
        report = self.env.ref("debt_collection.report_visit")
        return report.report_action(self, config=False)

    def action_plan(self):
        """Note a promise or make a payment plan for what is due."""
        self.ensure_one()
        day = self.company_id._get_collection_today()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise or plan"),
            "res_model": "debt.collection.plan",
            "view_mode": "form",
            "context": {
                "default_case_id": self.id,
                "default_claim_ids": self.claim_ids.filtered("is_open").ids,
                "default_amount": self._get_plan_amount(day),
            },
        }

    def action_view_plans(self):
        """Open the promises and plans of the case."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_plan_action"
        )
        return action | {"domain": [("case_id", "=", self.id)], "context": {}}

    def action_print_statement(self):
        """The interim statement of today as a PDF."""
        report = self.env.ref("debt_collection.report_statement")
        return report.report_action(self, config=False)

    def action_make_letter(self):
        """Ask which letter outside the ladder to make, and by which channel."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write a letter"),
            "res_model": "debt.collection.letter.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_open_statement(self):
        """Ask for a day: the statement then, on screen, as a PDF and as JSON."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement"),
            "res_model": "debt.collection.statement.show",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_change_regime(self):
        """Ask for another regime for claims of the case, and why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the regime"),
            "res_model": "debt.collection.claim.regime",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_book_charges(self):
        """Book interest and indemnities up to today, as far as they are not booked."""
        self.check_access("write")
        for case in self:
            self.env["debt.collection.charge"]._book(
                case, case.company_id._get_collection_today()
            )

    def action_drop_charges(self):
        """Give up interest and indemnities up to today; credit what is booked."""
        self.check_access("write")
        Charge = self.env["debt.collection.charge"]
        for case in self:
            Charge._waive_charges(case, case.company_id._get_collection_today())

    def action_view_charges(self):
        """Open the documents of the booked charges."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Booked charges"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.charge_ids.move_id.ids)],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _next_references(self, number):
        """That many case references, taken from the sequence at once."""
        # collectors open cases but have no rights on sequences
        sequence = self.env.ref("debt_collection.sequence_case").sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                number,
            )
        )
        prefix, suffix = sequence._get_prefix_suffix()
        return [f"{prefix}{row[0]:0{sequence.padding}d}{suffix}" for row in rows]

    @api.model
    def _open_for_items(self, items, day, origin):
        """Put items on the amicable case of their account and regime.

        Cases are made where missing; items on an open case already are left there.

        :param account.move.line items: open receivable items, all claimable
        :param date day: the day the claim starts
        :param str origin: what opened it: ``flag``, ``step``, or ``debtor`` who
            answers a letter before there is a case
        :return: the cases the items are on
        """
        rows = self.env["debt.collection.claim"]._read_unclaimed(items)
        if not rows:
            return self.browse()
        self._complete_rows(rows, items)
        touched = self._open_for_rows(rows, day, origin)
        touched.account_id._mark_stale()
        return touched

    @api.model
    def _open_for_rows(self, rows, day, origin):
        """The same for items that were read and have their account and regime.

        The caller decides their accounts again, or marks them for the next run.

        :param list[dict] rows: see `debt.collection.claim._read_unclaimed`
        """
        Claim = self.env["debt.collection.claim"]
        wanted = {(row["account_id"], row["regime"]) for row in rows}
        cases = self._ensure_amicable(wanted, day)
        flagged = day if origin == "flag" else False
        claims = Claim._bulk_insert(
            [
                Claim._prepare_claim_vals(
                    row, cases[row["account_id"], row["regime"]], flagged
                )
                for row in rows
            ]
        )
        made = claims._get_made(rows)
        touched = self.browse(case.id for case in made)
        touched._refresh_amounts()
        self._log_opened(made, day, origin)
        companies = self.env["res.company"].browse({row["company_id"] for row in rows})
        if any(companies.mapped("debt_collection_mark_items")):
            claims._mark_followup()
        return touched

    @api.model
    def _complete_rows(self, rows, items):
        """Give each row of an item its regime with the reason, and its account."""
        regimes = self.env["debt.collection.regime"]._determine(
            items.browse(row["id"] for row in rows)
        )
        keys = ("company_id", "debtor_id", "currency_id")
        accounts = self.env["debt.collection.account"]._ensure(
            {tuple(row[key] for key in keys) for row in rows}
        )
        for row in rows:
            row["account_id"] = accounts[tuple(row[key] for key in keys)].id
            row["regime"], row["regime_reason"] = regimes[row["id"]]

    @api.model
    def _log_opened(self, rows_by_case, day, origin):
        """Write into the log of each case, just written, which items it got."""
        self.env["debt.collection.event"]._log(
            [
                (
                    case,
                    "opened",
                    {
                        "origin": origin,
                        "day": str(day),
                        "items": [row["move_name"] for row in rows],
                        "amount": f"{sum(row['amount'] for row in rows):.2f}",
                    },
                )
                for case, rows in rows_by_case.items()
            ],
            written=True,
        )

    def _refresh_amounts(self):
        """What `_compute_amounts` gives, by one statement for any number of cases."""
        names = ["claim_count", "amount_claimed", "amount_residual"]
        names.append("amount_residual_company")
        self._bulk_given(names)
        self.env["debt.collection.claim"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_case c
                      SET claim_count = x.number, amount_claimed = x.claimed,
                          amount_residual = x.residual,
                          amount_residual_company = x.residual_company
                     FROM unnest(%s::int[]) AS k(id), LATERAL (
                           SELECT count(*) AS number,
                                  COALESCE(sum(amount), 0) AS claimed,
                                  COALESCE(sum(amount_residual)
                                           FILTER (WHERE is_open), 0) AS residual,
                                  COALESCE(sum(amount_residual_company)
                                           FILTER (WHERE is_open), 0)
                                      AS residual_company
                             FROM debt_collection_claim WHERE case_id = k.id) x
                    WHERE c.id = k.id""",
                self.ids,
            )
        )
        self.invalidate_recordset(names, flush=False)

    @api.model
    def _ensure_amicable(self, wanted, day):
        """The amicable cases of (account id, regime) pairs, made where missing."""
        accounts = self.env["debt.collection.account"].browse(a for a, _r in wanted)
        found = self._get_amicable(accounts)
        missing = sorted(set(wanted) - set(found))
        if not missing:
            return found
        owners = self.env["debt.collection.portfolio"]._get_owners(accounts)
        stubs = {c: self.new({"company_id": c.id}) for c in accounts.company_id}
        self._bulk_insert(
            [
                {
                    "name": name,
                    "payment_reference": stubs[
                        account.company_id
                    ]._make_payment_reference(name),
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "partner_id": account.partner_id.id,
                    "currency_id": account.currency_id.id,
                    "regime": regime,
                    "user_id": owners.get(account.id),
                    "date_opened": day,
                    "phase": "amicable",
                    "amount_claimed": 0.0,
                    "amount_residual": 0.0,
                    "amount_residual_company": 0.0,
                    "claim_count": 0,
                }
                for name, account, regime in self._prepare_case_keys(missing)
            ]
        )
        return self._get_amicable(accounts)

    @api.model
    def _get_amicable(self, accounts):
        """The amicable cases of accounts, by account id and regime."""
        self.flush_model(["account_id", "regime", "phase"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, account_id, regime FROM debt_collection_case
                    WHERE account_id = ANY(%s) AND phase IN ('amicable', 'notice')""",
                accounts.ids,
            )
        )
        cases = self.browse(row[0] for row in rows)
        return {row[1:]: case for row, case in zip(rows, cases, strict=True)}

    @api.model
    def _prepare_case_keys(self, missing):
        names = self._next_references(len(missing))
        accounts = self.env["debt.collection.account"].browse(a for a, _r in missing)
        return [
            (name, account, regime)
            for name, account, (_id, regime) in zip(
                names, accounts, missing, strict=True
            )
        ]

    def _reach_phase(self, phase, day):
        """A step brought the case to a phase; the first day it did counts."""
        self.ensure_one()
        names = {
            "notice": "date_noticed",
            "legal": "date_legal",
            "enforcement": "date_enforcement",
        }
        name = names.get(phase)
        if name and not self[name]:
            self[name] = day

    def _forget_notice(self):
        """No formal notice stands any more: the case is amicable as before."""
        for case in self.filtered(lambda c: c.date_noticed and not c.date_closed):
            standing = case.action_ids.filtered(
                lambda a: a.state == "done" and a._get_phase() == "notice"
            )
            if not standing:
                case.date_noticed = False

    def _move_to_account(self, account):
        """Follow a merged debtor; two amicable cases of one regime become one."""
        self.ensure_one()
        twin = account.case_ids.filtered(
            lambda c: c.regime == self.regime and c.phase in ("amicable", "notice")
        )
        if self.phase in ("amicable", "notice") and twin:
            self.claim_ids.filtered("is_open").write({"case_id": twin.id})
            self.action_ids.filtered(
                lambda a: a.state in ("planned", "released", "failed")
            ).write({"case_id": twin.id})
            self._hand_costs_to(twin)
            twin._log_event("joined", {"from": self.name, "reason": "merged debtors"})
            self._close("joined", fields.Date.context_today(self))
        self.write({"account_id": account.id, "partner_id": account.partner_id.id})

    def _make_letter(self, letter_key, day, subject=None, channels=(), release=False):
        """Plan a letter outside the ladder on each case; the same one never twice.

        It is reviewed, released, frozen, sent and undone as those of a step are.

        :param str letter_key: see `debt.collection.document._get_documents`
        :param date day: the day of its figures
        :param subject: the record it is about, which gets one letter of the kind;
            without one a case gets one of the kind a day
        :param channels: keys of channels; none: the debtor's own, see
            `action._get_letter_channels`
        :param bool release: it leaves without review
        :raises UserError: unknown key, or the letter would not be true
        :return: the letters, those that were there already included
        :rtype: debt.collection.action
        """
        return self.env["debt.collection.action"]._make_letters(
            self, letter_key, day, subject, channels, release
        )

    def _log_event(self, kind, data):
        """Append one event to the chain of each case."""
        return self.env["debt.collection.event"]._log([(c, kind, data) for c in self])

    def _get_statements(self, day, **options):
        """The statement of each case at a day; see `debt.collection.statement`."""
        return self.env["debt.collection.statement"]._for_cases(self, day, **options)

    def _get_statement_data(self, day, internal=False, **options):
        """The statement of the case on a day as plain data, see `_to_json`.

        :param bool internal: for the creditor's own people, with costs approved
        :rtype: dict
        """
        self.ensure_one()
        Statement = self.env["debt.collection.statement"].with_company(self.company_id)
        found = Statement._for_cases(self, day, **options)[self.id]
        return Statement._to_json(self, found, internal)

    def _get_payment_reference(self):
        """The reference a debtor puts on a payment for this case."""
        self.ensure_one()
        return self.payment_reference or self.name

    def _make_payment_reference(self, name):
        self.ensure_one()
        number = "".join(filter(str.isdigit, name or ""))
        return self._get_structured_reference(number) or name

    def _get_structured_reference(self, number):
        """The reference of the case in the form the banks of its country check.

        Override with a form of your country; must not write.

        :param str number: the digits of the case's own reference
        :return: a text, empty where the country knows no such form
        :rtype: str
        """
        self.ensure_one()
        return ""

    def _get_items_to_pay(self, first):
        """What money for the case pays, in order, booked charges after the invoices.

        The item the debtor named, then the oldest; what is not contested before what
        is. Override to refine the order; must not write.

        :param account.move.line first: the item the debtor named, may be empty
        :rtype: account.move.line
        """
        self.ensure_one()
        items = self.claim_ids.filtered("is_open").move_line_id.filtered(
            lambda item: item.amount_residual_currency > 0
        )
        contested = self.env["debt.collection.facts"]._read_contested(items.ids)
        items = items.sorted(
            lambda item: (
                item != first,
                bool(contested.get(item.id)),
                item.date_maturity or item.date,
                item.id,
            )
        )
        return items + self.env["debt.collection.charge"]._get_open_documents(self)

    # === DISPUTES === #

    def _open_dispute(self, vals, origin):
        """Record what the debtor contests.

        :param dict vals: of `debt.collection.dispute`; ``line_ids`` names the claims
            and how much of each
        :param str origin: debtor, collector or partner
        :raises UserError: nothing is left to contest of an invoice, or it is on
            another case
        :rtype: debt.collection.dispute
        """
        self.ensure_one()
        vals = {**vals, "case_id": self.id, "origin": origin}
        if origin != "collector" and self.user_id:
            # who writes it down for the debtor is not who looks after it
            vals.setdefault("user_id", self.user_id.id)
        return self.env["debt.collection.dispute"].create(vals)

    def _is_uncontested(self, day):
        """Whether nothing of the case is under dispute, as legal routes ask it.

        :param date day: the day it is asked for; a refusal still gives time then
        :rtype: bool
        """
        self.ensure_one()
        return not self.dispute_ids.filtered(lambda dispute: dispute._is_live(day))

    # === PROMISES AND PLANS === #

    def _propose_plan(self, vals, origin, day=None):
        """Put a promise, a payment plan or "I paid" forward on the case.

        :param dict vals: ``kind`` (promise, plan, paid) and what it needs: a promise
            ``date`` and ``amount``; a plan ``lines`` [(date, amount)], or what its
            editor takes: ``instalment_count``, ``date_first``, ``rhythm``,
            ``down_payment`` with ``date_down``, for what is due; "I paid" ``amount``,
            ``date_paid`` and perhaps ``proof``, ``proof_name``. Besides:
            ``means_situation`` with ``means_monthly``, other fields of the plan
        :param str origin: who proposes: debtor, collector or partner
        :param date day: the day it is made; None: today
        :raises UserError: the case is closed, or the values make no plan
        :return: the plan, in the state that the limits let it reach
        :rtype: debt.collection.plan
        """
        self.ensure_one()
        if self.phase == "closed":
            raise UserError(
                self.env._("%(case)s is closed: open it again first.", case=self.name)
            )
        day = day or self.company_id._get_collection_today()
        vals = dict(vals)
        lines = vals.pop("lines", None) or self._prepare_single_line(vals, day)
        vals["line_ids"] = [
            Command.create({"date": due, "amount": amount}) for due, amount in lines
        ]
        if not vals.get("amount"):
            vals["amount"] = sum(amount for _due, amount in lines)
            vals["amount"] = vals["amount"] or self._get_plan_amount(
                day, vals.get("with_charges", True)
            )
        plan = self.env["debt.collection.plan"].create({**vals, "case_id": self.id})
        plan._propose(origin, day)
        return plan

    def _get_plan_amount(self, day, with_charges=True):
        """What a plan made on a day is about, as its document may show it.

        :param bool with_charges: interest, indemnities and costs too
        :rtype: float
        """
        self.ensure_one()
        found = self._get_statements(
            day, verified_only=True, principal_only=not with_charges
        )[self.id]
        return float(found.due)

    def _prepare_single_line(self, vals, day):
        """The one day of a promise; that until which "I paid" is believed."""
        if vals.get("kind") == "plan":
            return []  # its editor divides the sum
        if vals.get("kind") == "paid":
            days = self.company_id.debt_collection_paid_hold_days
            vals["grace_days"] = 0  # the hold is short already
            return [(day + timedelta(days=days), vals["amount"])]
        return [(vals.pop("date"), vals["amount"])]
