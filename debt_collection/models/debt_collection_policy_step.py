from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import clock

CHANNELS = [
    ("email", "E-mail"),
    ("post", "Post"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("task", "Task"),
]
# Channels that reach the debtor; a task is for the collector alone.
CONTACTS = ("email", "post", "call", "visit")
# Channels a person has to use himself: what came of it is recorded.
MEETINGS = ("call", "visit")
NOTICE_KINDS = [
    ("none", "No notice"),
    ("first", "First letter"),
    ("formal", "Formal notice"),
]


class DebtCollectionPolicyStep(models.Model):
    """One rung of the ladder: when it comes, by which channels, saying what."""

    _name = "debt.collection.policy.step"
    _description = "Step of a collection policy"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        comodel_name="debt.collection.policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, required=True)
    # When
    base = fields.Selection(
        selection=[("due", "the due date"), ("previous", "the previous step")],
        default="due",
        required=True,
        string="Counted from",
    )
    delay = fields.Integer(string="Days", help="Negative: before the due date.")
    working_days = fields.Boolean(help="Count Monday to Friday without holidays only.")
    wait = fields.Integer(
        string="Rest",
        default=1,
        help="Least days since the last letter to the same debtor.",
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    minimum = fields.Monetary(
        string="Least amount",
        help="Below this total nothing is sent; in the currency of the company.",
    )
    # What
    notice_kind = fields.Selection(
        selection=NOTICE_KINDS,
        default="none",
        required=True,
        help="Only a first letter or a formal notice starts a term of the law.",
    )
    opens_case = fields.Boolean(help="The items it reaches become claims of a case.")
    by_email = fields.Boolean(string="E-mail", default=True)
    by_post = fields.Boolean(string="Post")
    registered = fields.Boolean(
        help="What goes by post is registered: its number is asked when it is posted."
    )
    by_call = fields.Boolean(string="Call")
    by_visit = fields.Boolean(string="Visit")
    by_task = fields.Boolean(string="Task", help="A task for the collector only.")
    next_channel = fields.Selection(
        selection=CHANNELS,
        string="If it does not arrive",
        help="By which channel it goes where the debtor has no address, refuses mails, "
        "or the mail comes back. Empty: somebody decides.",
    )
    phase = fields.Selection(
        selection=[("notice", "Notice"), ("legal", "Legal")],
        string="Brings the case to",
        help="Empty: the case stays where it is. A formal notice brings it to Notice.",
    )
    charges = fields.Selection(
        selection=[
            ("waived", "Not claimed"),
            ("memo", "Shown, not booked"),
            ("booked", "Booked"),
        ],
        default="memo",
        required=True,
        help="What happens with interest and indemnity when this step goes out.",
    )
    review = fields.Boolean(help="Wait for a person even when the policy releases.")
    enclose_invoices = fields.Boolean(
        help="The invoices go out with the letter, which names them."
    )
    mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        domain=[("model", "=", "debt.collection.action")],
        string="Mail",
    )

    _sequence_unique = models.UniqueIndex(
        "(policy_id, sequence)",
        "Two steps of a policy may not stand at the same place.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("by_email", "by_post", "by_call", "by_visit", "by_task")
    def _check_channel(self):
        for step in self:
            if not step._get_channels():
                raise ValidationError(
                    self.env._(
                        "Step “%(step)s” has no channel: tick at least one.",
                        step=step.name,
                    )
                )

    @api.constrains("next_channel", "by_email", "by_post")
    def _check_next_channel(self):
        for step in self:
            if step.next_channel and step.next_channel in step._get_channels():
                raise ValidationError(
                    self.env._(
                        "Step “%(step)s” uses that channel already: choose another one "
                        "for what does not arrive.",
                        step=step.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.policy_id._changed()
        return steps

    def write(self, vals):
        result = super().write(vals)
        self.policy_id._changed()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["debt.collection.action"].search([("step_id", "in", self.ids)])
        if used:
            raise ValidationError(
                self.env._(
                    "“%(step)s” was already used: archive its policy instead.",
                    step=used[0].step_id.name,
                )
            )

    # === BUSINESS METHODS === #

    def _get_channels(self):
        """Keys of the channels the step uses, in a fixed order."""
        self.ensure_one()
        return [key for key, _label in CHANNELS if self[f"by_{key}"]]

    def _get_clock_step(self):
        self.ensure_one()
        return clock.Step(
            id=self.id,
            name=self.name,
            sequence=self.sequence,
            base=self.base,
            delay=self.delay,
            working_days=self.working_days,
            wait=self.wait,
            notice_kind=self.notice_kind,
            opens_case=self.opens_case,
            minimum=Decimal(str(self.minimum)),
        )
