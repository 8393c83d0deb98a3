from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

OUTCOMES = [
    ("paid", "Paid"),
    ("credited", "Credited"),
    ("withdrawn", "Withdrawn"),
    ("irrecoverable", "Irrecoverable"),
    ("bankrupt", "Bankrupt"),
    ("uneconomic", "Uneconomic"),
    ("prescribed", "Prescribed"),
    ("joined", "Joined to another case"),
]


class DebtCollectionCase(models.Model):
    """The file of one claim: one account, one regime, one or more items."""

    _name = "debt.collection.case"
    _description = "Collection case"
    _inherit = ["mail.thread", "mail.activity.mixin", "debt.collection.bulk"]
    _order = "date_opened desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Reference", required=True, readonly=True, copy=False)
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
    hold_ids = fields.One2many(
        comodel_name="debt.collection.hold", inverse_name="case_id", string="Holds"
    )
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
    amount_due = fields.Monetary(
        string="Due today",
        compute="_compute_amount_due",
        help="The statement of today: principal, interest, indemnities and costs, "
        "less what was paid.",
    )
    claim_count = fields.Integer(compute="_compute_amounts", store=True)
    # What comes next
    next_date = fields.Date(related="account_id.next_date")
    why_not = fields.Char(
        related="account_id.why_not", string="What comes next, or why nothing"
    )

    _amicable_unique = models.UniqueIndex(
        "(account_id, regime) WHERE phase IN ('amicable', 'notice')",
        "This debtor already has an amicable case: add the invoices to it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("date_closed", "date_legal", "date_noticed")
    def _compute_phase(self):
        for case in self:
            facts = {
                "closed": case.date_closed,
                "legal": case.date_legal,
                "notice": case.date_noticed,
            }
            reached = (phase for phase, day in facts.items() if day)
            case.phase = next(reached, "amicable")

    @api.depends("claim_ids.amount_residual", "claim_ids.amount", "claim_ids.is_open")
    def _compute_amounts(self):
        for case in self:
            claims = case.claim_ids
            case.claim_count = len(claims)
            case.amount_claimed = sum(claims.mapped("amount"))
            case.amount_residual = sum(
                claims.filtered("is_open").mapped("amount_residual")
            )

    @api.depends("claim_ids.amount_residual", "claim_ids.is_open")
    def _compute_amount_due(self):
        today = fields.Date.context_today(self)
        statements = self._get_statements(today)
        for case in self:
            statement = statements.get(case.id)
            case.amount_due = float(statement.balance) if statement else 0.0

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._(
                "A case is evidence and is never deleted: withdraw it instead."
            )
        )

    # === ACTION METHODS === #

    def action_withdraw(self):
        """Close the case because the creditor gives it up; the log keeps it."""
        self.check_access("write")
        self._close("withdrawn", fields.Date.context_today(self))

    def action_reopen(self):
        """Open a closed case again, its ladder where it stood."""
        self.check_access("write")
        self._reopen(self.env._("opened again by hand"))

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

    def action_print_statement(self):
        """The interim statement of today as a PDF."""
        return self.env.ref("debt_collection.report_statement").report_action(self)

    # === BUSINESS METHODS === #

    @api.model
    def _next_references(self, number):
        """That many case references, taken from the sequence at once."""
        sequence = self.env.ref("debt_collection.sequence_case").sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                number,
            )
        )
        return [sequence.get_next_char(row[0]) for row in rows]

    @api.model
    def _open_for_items(self, items, day, origin):
        """Put items on the amicable case of their account and regime.

        Cases are made where missing; items on an open case already are left there.

        :param account.move.line items: open receivable items, all claimable
        :param date day: the day the claim starts
        :param str origin: what opened it: ``flag`` or ``step``
        :return: the cases the items are on
        """
        items = items.filtered(lambda line: not line._get_open_claim())
        if not items:
            return self.browse()
        regimes = self.env["debt.collection.regime"]._determine(items)
        keys = {line.id: line._get_collection_key() for line in items}
        accounts = self.env["debt.collection.account"]._ensure(set(keys.values()))
        wanted = {(accounts[keys[i.id]].id, regimes[i.id][0]) for i in items}
        cases = self._ensure_amicable(wanted, day)
        claims = self.env["debt.collection.claim"]._bulk_insert(
            [
                self.env["debt.collection.claim"]._prepare_claim_vals(
                    line,
                    cases[accounts[keys[line.id]].id, regimes[line.id][0]],
                    regimes[line.id],
                )
                for line in items
            ]
        )
        touched = claims.case_id
        self.env["debt.collection.event"]._log(
            [
                (
                    case,
                    "opened",
                    {
                        "origin": origin,
                        "day": str(day),
                        "items": case_claims.mapped("move_name"),
                        "amount": f"{sum(case_claims.mapped('amount')):.2f}",
                    },
                )
                for case, case_claims in claims.grouped("case_id").items()
            ]
        )
        touched.account_id._mark_stale()
        return touched

    @api.model
    def _ensure_amicable(self, wanted, day):
        """The amicable cases of (account id, regime) pairs, made where missing."""
        accounts = self.env["debt.collection.account"].browse(a for a, _r in wanted)
        self._bulk_insert(
            [
                {
                    "name": name,
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "partner_id": account.partner_id.id,
                    "currency_id": account.currency_id.id,
                    "regime": regime,
                    "user_id": account.partner_id.user_id.id,
                    "date_opened": day,
                    "phase": "amicable",
                    "amount_claimed": 0.0,
                    "amount_residual": 0.0,
                    "claim_count": 0,
                }
                for name, account, regime in self._prepare_case_keys(wanted, accounts)
            ]
        )
        cases = self.search(
            [
                ("account_id", "in", accounts.ids),
                ("phase", "in", ("amicable", "notice")),
            ]
        )
        return {(case.account_id.id, case.regime): case for case in cases}

    @api.model
    def _prepare_case_keys(self, wanted, accounts):
        open_cases = self.search(
            [
                ("account_id", "in", accounts.ids),
                ("phase", "in", ("amicable", "notice")),
            ]
        )
        there = {(case.account_id.id, case.regime) for case in open_cases}
        missing = sorted(set(wanted) - there)
        names = self._next_references(len(missing)) if missing else []
        browse = self.env["debt.collection.account"].browse
        return [
            (name, browse(account), regime)
            for name, (account, regime) in zip(names, missing, strict=True)
        ]

    def _reach_phase(self, phase, day):
        """A step brought the case to a phase; the first day it did counts."""
        self.ensure_one()
        name = {"notice": "date_noticed", "legal": "date_legal"}.get(phase)
        if name and not self[name]:
            self[name] = day

    def _close(self, outcome, day):
        """Close the cases with that outcome; closed ones are left alone."""
        cases = self.filtered(lambda case: not case.date_closed)
        if not cases:
            return cases
        cases.action_ids._cancel(self.env._("The case was closed."))
        cases.claim_ids.write({"is_open": False})
        cases.write({"date_closed": day, "outcome": outcome})
        self.env["debt.collection.event"]._log(
            [(c, "closed", {"outcome": outcome, "day": str(day)}) for c in cases]
        )
        cases.activity_unlink(["debt_collection.mail_activity_type_call"])
        cases.account_id._mark_stale()
        return cases

    def _reopen(self, reason):
        """Open closed cases again; a claim that went to a newer case stays there."""
        cases = self.filtered("date_closed")
        for case in cases:
            claims = case.claim_ids.filtered(
                lambda c: not c.move_line_id._get_open_claim()
                and not c.currency_id.is_zero(c.amount_residual)
            )
            newer = self.search(
                [
                    ("account_id", "=", case.account_id.id),
                    ("regime", "=", case.regime),
                    ("phase", "in", ("amicable", "notice")),
                ],
                limit=1,
            )
            if newer:
                claims.write({"case_id": newer.id, "is_open": True})
                newer._log_event("joined", {"from": case.name, "reason": reason})
                continue
            case.write({"date_closed": False, "outcome": False})
            claims.write({"is_open": True})
            case._log_event("reopened", {"reason": reason})
        cases.account_id._mark_stale()
        return cases

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
            twin._log_event("joined", {"from": self.name, "reason": "merged debtors"})
            self._close("joined", fields.Date.context_today(self))
        self.write({"account_id": account.id, "partner_id": account.partner_id.id})

    def _get_ledger_outcome(self):
        """How the ledger settled the case: ``credited`` by credit notes alone."""
        self.ensure_one()
        credits = self.claim_ids.move_line_id.matched_credit_ids.credit_move_id
        refunds = credits.filtered(lambda line: line.move_id.move_type == "out_refund")
        return "credited" if credits and credits == refunds else "paid"

    def _log_event(self, kind, data):
        """Append one event to the chain of each case."""
        return self.env["debt.collection.event"]._log([(c, kind, data) for c in self])

    def _get_statements(self, day):
        """The statement of each case at a day; see `debt.collection.statement`."""
        return self.env["debt.collection.statement"]._for_cases(self, day)

    def _get_payment_reference(self):
        """The reference a debtor puts on a payment for this case."""
        self.ensure_one()
        moves = self.claim_ids.filtered("is_open").move_id
        return moves.payment_reference or moves.name if len(moves) == 1 else self.name
