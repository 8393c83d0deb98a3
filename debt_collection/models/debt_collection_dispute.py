from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..tools.facts import Blocker

STATES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("partly", "Accepted in part"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
ORIGINS = [("debtor", "Debtor"), ("collector", "Collector"), ("partner", "Partner")]
CHOICES = [
    ("credit", "To credit"),
    ("stop", "To stop"),
    ("court", "To go on, at his risk"),
]
# What only the verbs of a dispute may write, and the pass they carry: an object no
# remote call can send
GUARDED = {"state", "case_id", "origin", "date_acknowledged", "date_settled"}
GUARDED |= {"date_wait_until", "settled_by_id", "choice", "chosen_by_id"}
PASS = object()


class DebtCollectionDispute(models.Model):
    """What a debtor contests: which items, how much, why, and until when we answer.

    The contested part stands apart, everywhere; the rest climbs on. A dispute is opened
    and settled by its verbs alone.
    """

    _name = "debt.collection.dispute"
    _description = "Dispute"
    _inherit = [
        "debt.collection.lock",
        "debt.collection.ranked",
        "mail.thread",
        "mail.activity.mixin",
        "debt.collection.proof",
        "debt.collection.dispute.letter",
    ]
    _is_made_by_hand = True
    _ranked_by = frozenset({"partner_id", "state"})
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        compute="_compute_case_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    # Stored copies of the case's key; they follow it when debtors are merged
    account_id = fields.Many2one(related="case_id.account_id", store=True, index=True)
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="case_id.partner_id", string="Debtor", store=True, index=True
    )
    currency_id = fields.Many2one(related="case_id.currency_id", store=True)
    # What is contested
    reason_id = fields.Many2one(
        comodel_name="debt.collection.dispute.reason",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    question = fields.Char(related="reason_id.question")
    origin = fields.Selection(
        selection=ORIGINS, string="Raised by", default="collector", required=True
    )
    date = fields.Date(
        string="Received", required=True, default=fields.Date.context_today
    )
    description = fields.Text(
        string="In his words", help="What the debtor says, as he said it."
    )
    is_reasoned = fields.Boolean(
        string="With reasons",
        default=True,
        help="The debtor says why: until he was answered nothing else is sent to him.",
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.dispute.line",
        inverse_name="dispute_id",
        string="Invoices",
    )
    amount = fields.Monetary(string="Contested", compute="_compute_amounts", store=True)
    amount_accepted = fields.Monetary(
        string="Accepted", compute="_compute_amounts", store=True
    )
    amount_contested = fields.Monetary(
        string="Stands apart", compute="_compute_amounts", store=True
    )
    recipient_id = fields.Many2one(
        comodel_name="res.partner", compute="_compute_recipient_id"
    )
    # Who looks after it
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
    )
    date_revisit = fields.Date(
        string="Answer before",
        compute="_compute_date_revisit",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
    )
    # What became of it
    state = fields.Selection(
        selection=STATES, default="open", required=True, copy=False, tracking=True
    )
    answer = fields.Text(
        string="Our answer", copy=False, help="Told to the debtor as it stands here."
    )
    date_acknowledged = fields.Date(string="Acknowledged", copy=False)
    date_settled = fields.Date(string="Settled", copy=False)
    date_wait_until = fields.Date(
        string="Next step from",
        copy=False,
        help="After a refusal the debtor has time until then.",
    )
    settled_by_id = fields.Many2one(
        comodel_name="res.users", string="Settled by", copy=False
    )
    # After the hand-over the creditor chooses
    phase = fields.Selection(related="case_id.phase")
    opinion = fields.Binary(string="Opinion of the lawyer", attachment=True, copy=False)
    opinion_name = fields.Char(copy=False, export_string_translation=False)
    choice = fields.Selection(
        selection=CHOICES, string="The creditor chose", copy=False, tracking=True
    )
    chosen_by_id = fields.Many2one(
        comodel_name="res.users", string="Chosen by", copy=False
    )

    _open_idx = models.Index("(partner_id) WHERE state = 'open'")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.claim_id.case_id")
    def _compute_case_id(self):
        for dispute in self:
            dispute.case_id = dispute.line_ids.claim_id.case_id[:1] or dispute.case_id

    @api.depends("case_id", "reason_id")
    def _compute_display_name(self):
        for dispute in self:
            names = (dispute.case_id.name, dispute.reason_id.name)
            dispute.display_name = ": ".join(filter(None, names))

    @api.depends(
        "line_ids.amount", "line_ids.amount_accepted", "line_ids.amount_contested"
    )
    def _compute_amounts(self):
        for dispute in self:
            lines = dispute.line_ids
            dispute.amount = sum(lines.mapped("amount"))
            dispute.amount_accepted = sum(lines.mapped("amount_accepted"))
            dispute.amount_contested = sum(lines.mapped("amount_contested"))

    @api.depends("partner_id")
    def _compute_recipient_id(self):
        for dispute in self:
            dispute.recipient_id = dispute.partner_id._get_collection_recipient()

    @api.depends("date", "case_id")
    def _compute_date_revisit(self):
        for dispute in self:
            days = dispute.case_id.company_id.debt_collection_dispute_days
            if dispute.date and not dispute.date_revisit:
                dispute.date_revisit = dispute.date + timedelta(days=days)

    # === CONSTRAINTS === #

    @api.constrains("date", "date_revisit")
    def _check_dates(self):
        for dispute in self:
            if dispute.date_revisit < dispute.date:
                raise ValidationError(
                    self.env._("A dispute cannot be looked at before it was received.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "open") != "open" or not vals.get("line_ids"):
                raise UserError(
                    self.env._("A dispute starts open, with at least one invoice.")
                )
        claims = self._get_claims(vals_list)
        # one at a time: the room left on an invoice is read under this lock
        claims.case_id.account_id.lock_for_update(allow_referencing=True)
        self._check_room(vals_list, claims)
        disputes = super().create(vals_list)
        disputes._check_opened()
        disputes._notice_opened()
        self.env["debt.collection.contact"]._yield_to_disputes(disputes.case_id)
        return disputes

    def write(self, vals):
        if GUARDED & vals.keys() and self.env.context.get("dispute_pass") is not PASS:
            raise UserError(
                self.env._("A dispute is settled by its buttons, not by editing it.")
            )
        settled = self.filtered(lambda dispute: dispute.state != "open")
        if settled and {"line_ids", "reason_id", "date"} & vals.keys():
            raise UserError(
                self.env._("%(dispute)s is settled.", dispute=settled[0].display_name)
            )
        result = super().write(vals)
        if {"date_revisit", "user_id"} & vals.keys():
            self.filtered(lambda dispute: dispute.state == "open")._plan_revisit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A dispute is evidence: withdraw it instead of deleting it.")
        )

    # === ACTION METHODS === #

    def action_settle(self):
        """Ask how the dispute ends: accepted, in part, rejected or withdrawn."""
        self.ensure_one()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle the dispute"),
            "res_model": "debt.collection.dispute.settle",
            "view_mode": "form",
            "target": "new",
            "context": {"default_dispute_id": self.id},
        }

    def action_acknowledge(self):
        """The debtor was told, by word of mouth or otherwise, that we got it."""
        self.check_access("write")
        for dispute in self.filtered(lambda d: not d.date_acknowledged):
            dispute._acknowledge(dispute.company_id._get_collection_today())

    def action_draft_credits(self):
        """Draft the credit notes that are missing, after one was deleted."""
        self.check_access("write")
        for dispute in self:
            dispute._draft_credits(dispute.company_id._get_collection_today())
        return self.action_view_credits()

    def action_view_credits(self):
        """Open the credit notes of the dispute."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit notes"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.line_ids.credit_id.ids)],
        }

    # === OPENING === #

    @api.model
    def _get_claims(self, vals_list):
        """The claims that new disputes name."""
        commands = [command for vals in vals_list for command in vals["line_ids"]]
        if any(command[0] != Command.CREATE for command in commands):
            raise UserError(self.env._("Name the invoices of a dispute one by one."))
        ids = [row["claim_id"] for _c, _i, row in commands if row.get("claim_id")]
        return self.env["debt.collection.claim"].browse(ids)

    @api.model
    def _check_room(self, vals_list, claims):
        """No more can be contested than what is left and not contested yet."""
        contested = self.env["debt.collection.facts"]._read_contested(
            claims.move_line_id.ids
        )
        for vals in vals_list:
            for _command, _id, row in vals["line_ids"]:
                claim = claims.browse(row.get("claim_id"))
                if claim.currency_id.compare_amounts(row.get("amount", 0), 0) <= 0:
                    raise UserError(
                        self.env._("Say how much of the invoice is contested.")
                    )
                room = claim.amount_residual - float(
                    contested.get(claim.move_line_id.id, 0)
                )
                if claim.currency_id.compare_amounts(row.get("amount", 0), room) > 0:
                    raise UserError(
                        self.env._(
                            "Of %(invoice)s at most %(amount)s can be contested: "
                            "the rest is paid, credited or contested already.",
                            invoice=claim.move_name,
                            amount=formatLang(
                                self.env, room, currency_obj=claim.currency_id
                            ),
                        )
                    )

    def _check_opened(self):
        for dispute in self:
            cases = dispute.line_ids.claim_id.case_id
            if dispute.case_id.date_closed or cases != dispute.case_id:
                raise UserError(
                    self.env._(
                        "A dispute is about open invoices of one case: %(case)s.",
                        case=dispute.case_id.name,
                    )
                )

    def _notice_opened(self):
        """Log new disputes, take back what waits, plan their answer, decide again."""
        self.env["debt.collection.event"]._log(
            [
                (
                    dispute.case_id,
                    "dispute",
                    {
                        "reason": dispute.reason_id.code,
                        "origin": dispute.origin,
                        "day": str(dispute.date),
                        "items": sorted(dispute.line_ids.move_id.mapped("name")),
                        "amount": f"{dispute.amount:.2f}",
                    },
                    {"words": dispute.description or ""},
                )
                for dispute in self
            ]
        )
        self.env["debt.collection.action"]._yield_to_disputes(self)
        self._plan_revisit()
        self.account_id._mark_stale()
        told = self.filtered(lambda d: not d.date_acknowledged)._tell("received")
        for company, disputes in told.grouped("company_id").items():
            disputes._acknowledge(company._get_collection_today())

    def _plan_revisit(self):
        """One activity for the owner, on the day he must have looked at it again."""
        kind = "debt_collection.mail_activity_type_dispute"
        self.activity_unlink([kind])
        for dispute in self:
            dispute.activity_schedule(
                kind, date_deadline=dispute.date_revisit, user_id=dispute.user_id.id
            )

    def _has_rest(self):
        """Whether something of the invoices it is about is not contested."""
        self.ensure_one()
        left = sum(self.line_ids.mapped("amount_residual"))
        return self.currency_id.compare_amounts(left, self.amount_contested) > 0

    def _acknowledge(self, day):
        """The debtor knows that we got his dispute: the gate opens again."""
        self.with_context(dispute_pass=PASS).write({"date_acknowledged": day})
        for dispute in self:
            data = {"reason": dispute.reason_id.code, "day": str(day)}
            dispute.case_id._log_event("dispute_acknowledged", data)
        # the gate is one for all companies of the debtor
        accounts_sudo = self.env["debt.collection.account"].sudo()
        accounts_sudo.search([("partner_id", "in", self.partner_id.ids)])._mark_stale()

    # === SETTLING === #

    def _accept(self, amounts, answer, day):
        """Give in, in whole or in part; draft the credit notes.

        :param dict amounts: id of a line -> how much of it is accepted, taxes included
        :param str answer: why, needed where a part is refused
        :raises UserError: nothing or too much is accepted, or no reason is given
        """
        self.ensure_one()
        self._check_open()
        for line in self.line_ids:
            line._set_accepted(amounts.get(line.id, 0.0))
        is_whole = not self.currency_id.compare_amounts(
            self.amount_accepted, self.amount
        )
        if self.currency_id.is_zero(self.amount_accepted):
            raise UserError(
                self.env._("Nothing is accepted: reject the dispute, with the reasons.")
            )
        values = {"answer": answer}
        if not is_whole:
            self._check_answer(answer)
            values["date_wait_until"] = self._get_wait_until(day)
        self._settle("accepted" if is_whole else "partly", day, **values)
        self._draft_credits(day)

    def _reject(self, answer, day):
        """Refuse the dispute, with reasons; the debtor has time before the next step.

        :raises UserError: no reason is given
        """
        for dispute in self:
            dispute._check_answer(answer)
            until = dispute._get_wait_until(day)
            dispute._settle("rejected", day, answer=answer, date_wait_until=until)

    def _withdraw(self, answer, day):
        """The debtor gives it up."""
        self._settle("withdrawn", day, answer=answer)

    def _end_with_case(self, day):
        """What is still open when its case closes is of no use any more."""
        live = self.filtered(lambda dispute: dispute.state == "open")
        if live:
            live._settle("withdrawn", day, answer=self.env._("The case was closed."))

    def _check_answer(self, answer):
        if not (answer or "").strip():
            raise UserError(
                self.env._("Give the reasons: the debtor is told why it is refused.")
            )

    def _get_wait_until(self, day):
        self.ensure_one()
        return day + timedelta(days=self.company_id.debt_collection_dispute_wait)

    def _draft_credits(self, day):
        """Draft what was accepted and is on no credit note yet."""
        lines = self.line_ids.filtered(
            lambda line: line.amount_accepted
            and line.credit_id.state not in ("draft", "posted")
        )
        for line in lines:
            line._draft_credit(day)
        if lines:
            self._ask_accountant(lines.credit_id, day)

    def _ask_accountant(self, credits, day):
        """Somebody who may post has to look at the drafts: the invoice's own people."""
        for credit_sudo in credits.sudo():  # a collector may not write invoices
            user = credit_sudo.invoice_user_id or self.env.user
            credit_sudo.activity_schedule(
                "debt_collection.mail_activity_type_credit",
                date_deadline=day,
                user_id=user.id,
                note=self.env._("Accepted by %(user)s.", user=self.env.user.name),
            )

    def _settle(self, state, day, **values):
        """Bring open disputes to their end; log it and let the clock decide again.

        :param str state: accepted, partly, rejected or withdrawn
        :param date day: the day of the decision
        """
        self._check_open()
        self.with_context(dispute_pass=PASS).write(
            {
                "state": state,
                "date_settled": day,
                "settled_by_id": self.env.uid,
                **values,
            }
        )
        self.activity_unlink(["debt_collection.mail_activity_type_dispute"])
        self.env["debt.collection.event"]._log(
            [dispute._prepare_settled_event() for dispute in self]
        )
        self.account_id._mark_stale()

    def _check_open(self):
        if settled := self.filtered(lambda dispute: dispute.state != "open"):
            raise UserError(
                self.env._(
                    "%(dispute)s is settled already.", dispute=settled[0].display_name
                )
            )

    def _is_live(self, day):
        """Whether it still stands between the claim and a court on a day."""
        self.ensure_one()
        if self.state == "rejected":
            return bool(self.date_wait_until and day < self.date_wait_until)
        return not self.currency_id.is_zero(self.amount_contested)

    def _prepare_settled_event(self):
        self.ensure_one()
        data = {
            "outcome": self.state,
            "day": str(self.date_settled),
            "amount": f"{self.amount:.2f}",
            "accepted": f"{self.amount_accepted:.2f}",
        }
        return self.case_id, "dispute_settled", data, {"words": self.answer or ""}

    # === RESTS === #

    @api.model
    def _read_rests(self, accounts, day):
        """What disputes hold back on a day, see `_get_rest_models` of the run.

        An item contested as a whole; a case while its law says so; a case whose dispute
        was just refused.
        """
        self.flush_model()
        self.env["debt.collection.dispute.line"].flush_model()
        rests = defaultdict(list)
        for item, name in self.env.execute_query(self._get_whole_query(accounts)):
            blocker = Blocker("item_contested", (("item", name or ""),))
            rests["item", item].append(blocker)
        rows = self.env.execute_query(self._get_resting_query(accounts, day))
        for case, regime, phase, state, wait_until in rows:
            blocker = self._get_rest(regime, phase, state, wait_until)
            if blocker and blocker not in rests["case", case]:
                rests["case", case].append(blocker)
        return rests

    @api.model
    def _get_rest(self, regime, phase, state, wait_until):
        """The blocker of one dispute with reasons, None where the rest climbs on."""
        if state != "open":
            return Blocker("dispute_refused", (), wait_until)
        if phase in ("legal", "enforcement"):
            return Blocker("dispute_choice")
        Regime = self.env["debt.collection.regime"]
        if Regime._get_regime(regime)._rests_on_dispute():
            return Blocker("case_contested")
        return None

    def _rests_case(self):
        """Whether it makes its whole case rest, not only what it contests."""
        self.ensure_one()
        case = self.case_id
        return self.is_reasoned and bool(
            self._get_rest(case.regime, case.phase, "open", None)
        )

    @api.model
    def _get_whole_query(self, accounts):
        """(item, its name) of what is contested as a whole."""
        return SQL(
            """SELECT i.id, i.move_name
                 FROM debt_collection_dispute d
                 JOIN debt_collection_dispute_line l ON l.dispute_id = d.id
                 JOIN account_move_line i ON i.id = l.move_line_id
                WHERE d.account_id = ANY(%s) AND l.amount_contested > 0
                GROUP BY i.id
               HAVING sum(l.amount_contested) >= i.amount_residual_currency""",
            accounts.ids,
        )

    @api.model
    def _get_resting_query(self, accounts, day):
        """(case, regime, phase, state, end of the wait) of disputes that may rest."""
        return SQL(
            """SELECT c.id, c.regime, c.phase, d.state, d.date_wait_until
                 FROM debt_collection_dispute d
                 JOIN debt_collection_case c ON c.id = d.case_id
                WHERE d.account_id = ANY(%s)
                  AND (d.state = 'open' AND d.is_reasoned
                       AND COALESCE(d.choice, '') <> 'court'
                       OR d.date_wait_until > %s)
                ORDER BY d.id""",
            accounts.ids,
            day,
        )

    # === AFTER THE HAND-OVER === #

    def action_choose_court(self):
        """The creditor goes on in court, at his risk, with the opinion of a lawyer."""
        self._choose("court")

    def _choose(self, choice):
        """What the creditor wants when a debtor contests after the hand-over.

        :param str choice: ``credit`` or ``stop`` (by their own verbs) or ``court``
        :raises UserError: the user is no Approver, or the opinion is lacking
        """
        self._check_open()
        if not self.env.user.has_group(
            "debt_collection.debt_collection_group_approver"
        ):
            raise UserError(
                self.env._("Only an Approver decides what becomes of a case in court.")
            )
        for dispute in self:
            if choice == "court" and not dispute.opinion:
                raise UserError(
                    self.env._(
                        "Attach the opinion of the lawyer first: going on is at the "
                        "risk of the creditor."
                    )
                )
            dispute.with_context(dispute_pass=PASS).write(
                {"choice": choice, "chosen_by_id": self.env.uid}
            )
            dispute.case_id._log_event("dispute_choice", {"choice": choice})
        self.account_id._mark_stale()
