from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import tabular
from .debt_collection_import import BadRow

# What a partner may report; the words he uses for it
KINDS_IN = [
    ("received", "Received"),
    ("notice", "Formal notice sent"),
    ("step", "Act done"),
    ("cost", "Cost"),
    ("payment", "Payment received"),
    ("stopped", "Stopped"),
    ("too_late", "Too late to stop"),
    ("returned", "Given back"),
    ("note", "Note"),
]
KINDS_OUT = [("handed_over", "Handed over"), ("recall", "Recall"), ("paid", "Paid")]
# Messages after which a person has something to do
ASKING = ("payment", "returned")


class DebtCollectionAssignmentMessage(models.Model):
    """One message between the creditor and a partner about a case."""

    _name = "debt.collection.assignment.message"
    _description = "Message of a partner"
    _inherit = ["debt.collection.proof"]
    _order = "date desc, id desc"

    assignment_id = fields.Many2one(
        comodel_name="debt.collection.assignment",
        required=True,
        index=True,
        ondelete="cascade",
    )
    case_id = fields.Many2one(related="assignment_id.case_id", store=True, index=True)
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="assignment_id.partner_id", store=True, index=True
    )
    direction = fields.Selection(
        selection=[("in", "From the partner"), ("out", "To the partner")],
        required=True,
        default="in",
    )
    kind = fields.Selection(selection=KINDS_OUT + KINDS_IN, required=True)
    date = fields.Date(required=True)
    channel = fields.Selection(
        selection=[("email", "E-mail"), ("post", "Post")],
        string="Notice left by",
        help="Empty: by post, the later day.",
    )
    text = fields.Text()
    amount = fields.Monetary(currency_field="company_currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        string="Documents",
        domain=[("res_model", "=", "debt.collection.assignment.message")],
    )
    reference = fields.Char(string="Message number", help="As the partner counts them.")

    _reference_unique = models.UniqueIndex(
        "(company_id, partner_id, reference) WHERE reference IS NOT NULL",
        "This message was taken in already.",
    )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("What a partner wrote is evidence."))

    # === BUSINESS METHODS === #

    def _apply(self):
        """Do what incoming messages say: record answers, ask whoever has to act."""
        for message in self:
            assignment, text = message.assignment_id, message.text or ""
            moment = fields.Datetime.to_datetime(message.date)
            if message.kind in ("stopped", "too_late"):
                assignment._answer(message.kind, moment, message.amount, text)
            elif message.kind == "returned":
                assignment._return(moment, text)
            else:
                message._log()
            if message.kind in ASKING:
                message.case_id._ask_decision(message._get_question())
            elif message.kind == "cost":
                assignment._ask_reported_cost(message)

    def _log(self):
        self.ensure_one()
        self.case_id._log_event(
            "partner_message",
            {
                "partner": self.partner_id.name,
                "kind": self.kind,
                "day": str(self.date),
                "amount": f"{self.amount:.2f}" if self.amount else "",
                "text": self.text or "",
            },
        )

    def _get_question(self):
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(partner)s reports: %(kind)s %(amount)s",
            partner=self.partner_id.name,
            kind=kinds[self.kind],
            amount=self.company_currency_id.format(self.amount) if self.amount else "",
        ).strip()

    # === IMPORT === #

    @api.model
    def _import_prepare(self, rows, intake):
        """What the rows of a return file become; see `debt.collection.import`."""
        Assignment = self.env["debt.collection.assignment"]
        names = {row.get("case") for row in rows} - {""}
        assignments = Assignment.search(
            [("case_id.name", "in", list(names)), *intake._get_partner_domain()]
        )
        by_case = {a.case_id.name: a for a in assignments.sorted("id")}
        known = self._read_known(rows, intake)
        for row in rows:
            if row.get("message", "id") in known:
                yield row, None
            else:
                yield row, self._try_prepare(row, by_case, known)

    @api.model
    def _read_known(self, rows, intake):
        references = {row.get("message", "id") for row in rows} - {""}
        found = self.search(
            [
                ("reference", "in", list(references)),
                ("partner_id", "=", intake.partner_id.id),
                ("company_id", "=", intake.company_id.id),
            ]
        )
        return set(found.mapped("reference"))

    @api.model
    def _try_prepare(self, row, by_case, known):
        try:
            vals = self._prepare_imported(row, by_case)
        except BadRow as error:
            return error
        known.add(vals["reference"])
        return vals

    @api.model
    def _prepare_imported(self, row, by_case):
        """The values of one message.

        :raises BadRow: something in the line is missing or unknown
        """
        assignment = by_case.get(row.get("case"))
        if not assignment:
            raise BadRow(
                self.env._("This partner has no case “%(case)s”.", case=row.get("case"))
            )
        if assignment.state == "prepared":
            raise BadRow(self.env._("The case was not handed over yet."))
        reference = row.get("message", "id")
        if not reference:
            raise BadRow(self.env._("The message has no number (column “message”)."))
        return {
            "assignment_id": assignment.id,
            "kind": self._read_kind(row),
            "date": self._read_day(row),
            "amount": self._read_amount(row),
            "text": row.get("text"),
            "reference": reference,
            "channel": self._read_channel(row),
        }

    @api.model
    def _read_kind(self, row):
        kind = row.get("kind").lower().replace(" ", "_").replace("-", "_")
        kinds = [key for key, _label in KINDS_IN]
        if kind not in kinds:
            raise BadRow(
                self.env._(
                    "Unknown kind “%(kind)s”; known are: %(known)s.",
                    kind=row.get("kind"),
                    known=", ".join(kinds),
                )
            )
        return kind

    @api.model
    def _read_channel(self, row):
        """How a notice left; anything else counts as by post."""
        return "email" if row.get("channel").lower() in ("email", "e-mail") else False

    @api.model
    def _read_day(self, row):
        day = tabular.parse_day(row.get("date"))
        if not day:
            raise BadRow(
                self.env._(
                    "“%(text)s” is no date (column “date”).", text=row.get("date")
                )
            )
        return day

    @api.model
    def _read_amount(self, row):
        text = row.get("amount")
        amount = tabular.parse_amount(text) if text else 0
        if amount is None or amount < 0:
            raise BadRow(
                self.env._("“%(text)s” is no amount (column “amount”).", text=text)
            )
        return float(amount)

    @api.model
    def _import_make(self, vals_list):
        """Create messages of a file and do what they say."""
        self.create(vals_list)._apply()
