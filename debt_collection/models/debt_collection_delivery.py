from odoo import api, fields, models
from odoo.exceptions import UserError

from .debt_collection_policy_step import CHANNELS, MEETINGS


class DebtCollectionDelivery(models.Model):
    """One attempt of an action on one channel: address, time, proof, state.

    A mail is committed as *sending* before the server sees it. Cut short there it
    shows *uncertain* and is never sent again by itself.
    """

    _name = "debt.collection.delivery"
    _description = "Delivery"
    _inherit = ["debt.collection.bulk"]
    _order = "id desc"
    _check_company_auto = True

    action_id = fields.Many2one(
        comodel_name="debt.collection.action",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    case_id = fields.Many2one(related="action_id.case_id")
    account_id = fields.Many2one(related="action_id.account_id")
    partner_id = fields.Many2one(related="action_id.partner_id")
    channel = fields.Selection(selection=CHANNELS, required=True, readonly=True)
    state = fields.Selection(
        selection=[
            ("to_send", "To send"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("unreached", "Not reached"),
            ("bounced", "Bounced"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("withdrawn", "Withdrawn"),
        ],
        default="to_send",
        required=True,
        readonly=True,
        index=True,
    )
    handed_over = fields.Boolean(
        readonly=True,
        copy=False,
        help="The mail is queued or the letter can be printed.",
    )
    address = fields.Char(readonly=True)
    mail_id = fields.Many2one(
        comodel_name="mail.mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    message_ref = fields.Char(string="Message-Id", readonly=True)
    sent_at = fields.Datetime(readonly=True)
    date = fields.Date(
        readonly=True, help="The day it counts as sent, in the company's zone."
    )
    error = fields.Char(readonly=True)
    is_test = fields.Boolean(
        string="Test",
        readonly=True,
        help="Went to the internal address: starts no term and is no contact.",
    )
    # Calls and visits
    phone = fields.Char(compute="_compute_phone")
    date_action = fields.Date(related="action_id.date", string="Planned for")
    amount = fields.Monetary(related="action_id.amount")
    currency_id = fields.Many2one(related="action_id.currency_id")
    user_id = fields.Many2one(related="case_id.user_id")
    date_planned = fields.Date(
        string="Not before", readonly=True, help="The day of the next try."
    )
    activity_id = fields.Many2one(
        comodel_name="mail.activity", readonly=True, ondelete="set null"
    )

    _channel_unique = models.UniqueIndex(
        "(action_id, channel) WHERE state IN ('to_send', 'sending')",
        "This letter is on its way by this channel already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id.phone")
    def _compute_phone(self):
        for delivery in self:
            recipient = delivery.partner_id._get_collection_recipient()
            delivery.phone = recipient.phone or delivery.partner_id.phone

    # === ACTION METHODS === #

    def action_mark_sent(self):
        """A person says that it went out: printed and posted, done.

        :raises UserError: a call or a visit is among them: its outcome is recorded
        """
        self.check_access("write")
        if self.filtered(lambda d: d.channel in MEETINGS and d.state == "to_send"):
            raise UserError(
                self.env._(
                    "Say what came of a call or a visit: record its outcome instead."
                )
            )
        self.filtered(
            lambda d: d.state in ("to_send", "uncertain")
            and d.channel != "email"
            or d.state == "uncertain"
        )._set_sent(fields.Datetime.now())

    def action_record_outcome(self):
        """Ask what came of the call or the visit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record the outcome"),
            "res_model": "debt.collection.contact.record",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_case_id": self.case_id.id,
                "default_delivery_id": self.id,
                "default_channel": self.channel,
            },
        }

    # === BUSINESS METHODS === #

    def _hand_over(self):
        """Give each delivery to its channel; what cannot be given fails alone.

        In test mode the letters go to the internal address, whatever their channel.
        """
        written = self.filtered(lambda d: d.channel not in (*MEETINGS, "task"))
        tests = written.filtered("is_test")
        tests._hand_over_email()
        for channel, deliveries in (self - tests).grouped("channel").items():
            getattr(deliveries, f"_hand_over_{channel}")()

    def _hand_over_email(self):
        for delivery in self:
            recipient = delivery.action_id.recipient_id
            address = delivery._get_mail_address(recipient)
            if not address:
                delivery._set_failed(
                    self.env._(
                        "%(partner)s has no e-mail address. Add one to the contact, "
                        "then retry.",
                        partner=recipient.display_name,
                    )
                )
                continue
            mail = delivery._create_mail(recipient)
            delivery.write(
                {
                    "mail_id": mail.id,
                    "address": address,
                    "handed_over": True,
                }
            )
        # the mail queue is the system's: it is only asked to look again
        queue_sudo = self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()
        for company in self.company_id:
            queue_sudo._trigger(company._get_collection_undo_end())

    def _hand_over_post(self):
        for delivery in self:
            recipient = delivery.action_id.recipient_id
            if not (recipient.street and recipient.city):
                delivery._set_failed(
                    self.env._(
                        "%(partner)s has no postal address. Add street and city, "
                        "then retry.",
                        partner=recipient.display_name,
                    )
                )
                continue
            address = recipient._display_address(without_company=True)
            delivery.write(
                {
                    "address": " · ".join(filter(None, address.split("\n"))),
                    "handed_over": True,
                }
            )

    def _hand_over_call(self):
        self._schedule("debt_collection.mail_activity_type_call")

    def _hand_over_visit(self):
        self._schedule("debt_collection.mail_activity_type_visit")

    def _hand_over_task(self):
        self._schedule("debt_collection.mail_activity_type_task")

    def _schedule(self, activity_type):
        for delivery in self:
            action = delivery.action_id
            if not action.case_id:
                delivery._set_failed(
                    self.env._("Calls and visits need a case: let the step open one.")
                )
                continue
            delivery.activity_id = action.case_id.activity_schedule(
                activity_type,
                date_deadline=delivery.date_planned or action.date,
                summary=delivery._get_summary(),
                user_id=action.case_id.user_id.id or self.env.uid,
            )
            delivery.handed_over = True

    def _get_summary(self):
        name = self.action_id.step_id.name
        if self.is_test:
            return self.env._("Test, do not contact: %(step)s", step=name)
        return name

    def _create_mail(self, recipient):
        """The mail with the frozen letter, in the queue after the undo window."""
        self.ensure_one()
        action = self.action_id
        Letter = self.env["debt.collection.letter"]
        template = Letter._get_mail_template(action)
        files = action.attachment_id + Letter._get_enclosures(action)
        values = template.with_context(lang=action.lang)._generate_template(
            action.ids,
            ["subject", "body_html", "email_from", "reply_to", "email_layout_xmlid"],
        )[action.id]
        thread = action.case_id or action.account_id
        return (
            self.env["mail.mail"]
            .sudo()  # the queue belongs to the system; the action was checked
            .create(
                {
                    "subject": self._get_subject(
                        action.draft_subject or values["subject"]
                    ),
                    "body_html": action.draft_mail or values["body_html"],
                    "email_from": values["email_from"]
                    or action.company_id.email_formatted,
                    "reply_to": values.get("reply_to"),
                    **self._prepare_recipient(recipient),
                    "attachment_ids": [(6, 0, files.ids)],
                    "model": thread._name,
                    "res_id": thread.id,
                    "message_type": "email_outgoing",
                    "auto_delete": False,
                    "scheduled_date": action.company_id._get_collection_undo_end(),
                }
            )
        )

    def _get_mail_address(self, recipient):
        """Where the mail goes: to the debtor, in test mode to the creditor himself."""
        self.ensure_one()
        if self.is_test:
            return self.company_id._get_collection_test_address()
        return recipient.email_normalized

    def _get_subject(self, subject):
        if not self.is_test:
            return subject
        labels = dict(self._fields["channel"]._description_selection(self.env))
        return self.env._(
            "[Test, by %(channel)s to %(debtor)s] %(subject)s",
            channel=labels[self.channel],
            debtor=self.partner_id.display_name,
            subject=subject,
        )

    def _prepare_recipient(self, recipient):
        self.ensure_one()
        if self.is_test:
            return {"email_to": self._get_mail_address(recipient)}
        return {"recipient_ids": [(6, 0, recipient.ids)]}

    def _retry(self, day=False):
        """A new attempt on the same channel; the old one stays as it ended.

        :param date day: not before that day
        :return: the new deliveries
        """
        return self._bulk_insert(
            [
                {
                    "action_id": delivery.action_id.id,
                    "company_id": delivery.company_id.id,
                    "channel": delivery.channel,
                    "state": "to_send",
                    "date_planned": day,
                }
                for delivery in self
            ]
        )

    def _set_attempted(self, moment, reached):
        """A person tried to reach the debtor; the action is not settled yet."""
        for delivery in self:
            delivery.write(
                {
                    "state": "sent" if reached else "unreached",
                    "sent_at": moment,
                    "date": delivery.company_id._get_collection_day(moment),
                    "error": False,
                }
            )
        self.flush_recordset()  # the next try may take the place

    def _reopen_attempt(self):
        """The attempt is to be made after all; its action goes on with it."""
        self.write({"state": "to_send", "sent_at": False, "date": False})
        actions = self.action_id.filtered(lambda a: a.state in ("done", "failed"))
        actions.write({"state": "released", "date_done": False, "error": False})
        self.account_id._mark_stale()

    def _hand_over_again(self):
        """Take queued mails back: the next run hands them over as the mode says."""
        waiting = self.filtered(lambda d: d.state == "to_send" and d.mail_id)
        waiting.mail_id.sudo().filtered(  # the queue belongs to the system
            lambda mail: mail.state == "outgoing"
        ).cancel()
        waiting.write({"handed_over": False, "mail_id": False})

    def _withdraw(self):
        """Take back what did not leave yet, its queued mail too."""
        waiting = self.filtered(lambda delivery: delivery.state == "to_send")
        waiting.mail_id.sudo().filtered(  # the queue belongs to the system
            lambda mail: mail.state == "outgoing"
        ).cancel()
        waiting.write({"state": "withdrawn"})

    def _set_sent(self, moment, message_ref=False):
        """The delivery left at that moment (UTC): its day starts the terms."""
        for delivery in self:
            delivery.write(
                {
                    "state": "sent",
                    "sent_at": moment,
                    "date": delivery.company_id._get_collection_day(moment),
                    "message_ref": message_ref or delivery.message_ref,
                    "error": False,
                }
            )
        self.action_id._settle()

    def _set_uncertain(self):
        """A runner died while the mail server had it: a person decides, not the job."""
        self._set_failed(
            self.env._(
                "Cut short while sending: the mail may have left. Ask the debtor or "
                "look at the mail server, then mark it as sent or retry."
            ),
            "uncertain",
        )
        self.action_id._settle()

    def _set_failed(self, message, state="failed"):
        self.write({"state": state, "error": message})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("A delivery is evidence and is never deleted."))
