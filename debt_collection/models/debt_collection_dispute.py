from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import formatLang

STATES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("partly", "Accepted in part"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
ORIGINS = [("debtor", "Debtor"), ("collector", "Collector"), ("partner", "Partner")]
# What only the verbs of a dispute may write, and the pass they carry: an object no
# remote call can send
GUARDED = {"state", "case_id", "origin", "date_acknowledged", "date_settled"}
GUARDED |= {"date_wait_until", "settled_by_id"}
PASS = object()


class DebtCollectionDispute(models.Model):
    """What a debtor contests: which items, how much, why, and until when we answer.

    The contested part stands apart, everywhere; the rest climbs on. A dispute is opened
    and settled by its verbs alone.
    """

    _name = "debt.collection.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin", "debt.collection.proof"]
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
        """Log new disputes, plan their answer, let the clock decide again."""
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
        self._plan_revisit()
        self.account_id._mark_stale()

    def _plan_revisit(self):
        """One activity for the owner, on the day he must have looked at it again."""
        kind = "debt_collection.mail_activity_type_dispute"
        self.activity_unlink([kind])
        for dispute in self:
            dispute.activity_schedule(
                kind, date_deadline=dispute.date_revisit, user_id=dispute.user_id.id
            )

    # === SETTLING === #

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
