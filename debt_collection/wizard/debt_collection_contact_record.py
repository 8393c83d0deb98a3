from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.debt_collection_outcome import REASONS


class DebtCollectionContactRecord(models.TransientModel):
    """A person says what came of a call or a visit, the figures at hand."""

    _name = "debt.collection.contact.record"
    _description = "Record the outcome of a call or a visit"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    delivery_id = fields.Many2one(
        comodel_name="debt.collection.delivery", string="Attempt", readonly=True
    )
    company_id = fields.Many2one(related="case_id.company_id")
    currency_id = fields.Many2one(related="case_id.currency_id")
    channel = fields.Selection(
        selection=[("call", "Call"), ("visit", "Visit")], default="call", required=True
    )
    is_incoming = fields.Boolean(
        string="The debtor called", help="It does not count as a contact of ours."
    )
    script = fields.Html(compute="_compute_script", sanitize=False)
    warning = fields.Text(compute="_compute_warning")
    person = fields.Char(string="Spoke with")
    outcome_id = fields.Many2one(
        comodel_name="debt.collection.outcome",
        domain="[('by_visit' if channel == 'visit' else 'by_call', '=', True)]",
        required=True,
    )
    next_kind = fields.Selection(related="outcome_id.next_kind")
    reason = fields.Selection(
        selection=REASONS,
        string="Reason for not paying",
        compute="_compute_from_outcome",
        store=True,
        readonly=False,
    )
    date_next = fields.Date(
        string="Until",
        compute="_compute_from_outcome",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary(
        compute="_compute_from_outcome", store=True, readonly=False
    )
    appointment = fields.Datetime()
    note = fields.Text()
    signed_by = fields.Char(string="Signed by")
    signature = fields.Binary()

    # === COMPUTE METHODS === #

    @api.depends("case_id")
    def _compute_script(self):
        for wizard in self:
            wizard.script = self.env["debt.collection.desk"]._render_script(
                wizard.case_id
            )

    @api.depends("case_id", "channel", "is_incoming")
    def _compute_warning(self):
        """Why the debtor should not be called or visited now."""
        gate = self.env["debt.collection.gate"]
        for wizard in self:
            contact = self.env["debt.collection.contact"].new(
                {"case_id": wizard.case_id.id, "channel": wizard.channel}
            )
            planned = contact._get_planned(fields.Datetime.now())
            asked = wizard.is_incoming or bool(wizard.delivery_id)
            reasons = gate._get_contact_reasons(wizard.case_id, planned, asked)
            wizard.warning = "" if wizard.is_incoming else "\n".join(reasons)

    @api.depends("outcome_id")
    def _compute_from_outcome(self):
        for wizard in self:
            outcome, case = wizard.outcome_id, wizard.case_id
            wizard.reason = outcome.reason
            wizard.amount = case.amount_due if outcome.next_kind == "promise" else False
            contact = self.env["debt.collection.contact"].new(
                {"case_id": case.id, "outcome_id": outcome.id}
            )
            day = False
            if outcome.next_kind == "retry":
                day = contact._get_next_try()
            elif outcome.next_kind in ("rest", "copy", "promise", "dispute"):
                day = contact._get_rest_end()
            wizard.date_next = day

    # === ACTION METHODS === #

    def action_record(self):
        """Record what came of it, and set going what follows.

        :raises UserError: see `debt.collection.contact._record`
        """
        self.ensure_one()
        self.case_id.check_access("write")
        if self.delivery_id and self.delivery_id.case_id != self.case_id:
            raise UserError(self.env._("The attempt belongs to another case."))
        contact = self.env["debt.collection.contact"]._record(self._prepare_vals())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": contact.display_name,
                "message": contact._get_answer(),
                "next": contact._get_next_screen(),
            },
        }

    def _prepare_vals(self):
        names = ("channel", "is_incoming", "person", "reason", "note", "date_next")
        names += ("amount", "appointment", "signed_by", "signature")
        return {
            "case_id": self.case_id.id,
            "delivery_id": self.delivery_id.id,
            "outcome_id": self.outcome_id.id,
            **{name: self[name] for name in names},
        }
