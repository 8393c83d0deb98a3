from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .debt_collection_policy_step import CHANNELS, MEETINGS

# of the report of a mail server, kept on the delivery and in the log
REPORT_LENGTH = 300


class DebtCollectionDelivery(models.Model):
    """One attempt of an action on one channel: address, time, proof, state.

    A mail is committed as *sending* before the server sees it. Cut short there it
    shows *uncertain* and is never sent again by itself.
    """

    _name = "debt.collection.delivery"
    _description = "Delivery"
    _rec_name = "action_id"
    _inherit = [
        "debt.collection.lock",
        "debt.collection.ranked",
        "debt.collection.delivery.party",
        "debt.collection.delivery.snailmail",
    ]
    _ranked_by = frozenset({"action_id", "channel", "date_planned", "state"})
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
    copy_id = fields.Many2one(
        comodel_name="res.partner",
        string="Copy for",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Somebody who gets the letter too; no term runs from a copy.",
    )
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
    message_ref = fields.Char(
        string="Message-Id", readonly=True, index="btree_not_null"
    )
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
    undeliverable = fields.Boolean(
        readonly=True,
        help="This channel cannot reach the debtor: no address, refused, or bounced.",
    )

    # By post
    is_registered = fields.Boolean(string="Registered", readonly=True)
    registered_number = fields.Char(
        copy=False, help="As on the receipt of the post: type it or scan it."
    )
    batch_id = fields.Many2one(
        comodel_name="debt.collection.post.batch",
        string="Post batch",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    batch_rank = fields.Integer(string="No.", readonly=True, copy=False)

    _channel_unique = models.UniqueIndex(
        "(action_id, channel, COALESCE(copy_id, 0)) "
        "WHERE state IN ('to_send', 'sending')",
        "This letter is on its way by this channel already.",
    )
    _number_unique = models.UniqueIndex(
        "(company_id, registered_number) WHERE registered_number IS NOT NULL",
        "This number is on another registered letter already.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("registered_number")
    def _check_registered_number(self):
        for delivery in self:
            if delivery.registered_number and not delivery.is_registered:
                raise ValidationError(
                    self.env._("Only a registered letter has a number of the post.")
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "registered_number" not in vals:
            return super().write(vals)
        # scanners and people set blanks where the post has none
        number = "".join((vals["registered_number"] or "").split()).upper()
        result = super().write(vals | {"registered_number": number or False})
        for delivery in self.filtered(lambda d: d.state == "sent"):
            delivery.case_id._log_event("registered", {"number": number})
        return result

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
        ready = self.filtered(
            lambda d: (
                d.state in ("to_send", "uncertain")
                and d.channel != "email"
                or d.state == "uncertain"
            )
        )
        ready._check_numbers()
        ready._set_sent(fields.Datetime.now())

    def action_print(self):
        """Print letters of the queue as one pile and open its batch.

        :raises UserError: none of them waits to be printed
        """
        self.check_access("write")
        # two people who print the queue at once must not post a letter twice
        self.lock_for_update()
        ready = self.filtered(
            lambda d: (
                d.channel == "post"
                and d.state == "to_send"
                and d.handed_over
                and not d.batch_id
                and not d.snailmail_ref
            )
        )
        if not ready:
            raise UserError(
                self.env._(
                    "Nothing to print: choose letters by post that were made and are "
                    "in no post batch yet."
                )
            )
        ready = ready._leave_out_waiting()
        batches = self.env["debt.collection.post.batch"]._create_for(ready)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Post batches"),
            "res_model": batches._name,
            "view_mode": "form" if len(batches) == 1 else "list,form",
            "res_id": batches.id if len(batches) == 1 else False,
            "domain": [("id", "in", batches.ids)],
        }

    def _leave_out_waiting(self):
        """Those that may leave now: the contact gate is asked once more.

        :raises UserError: none of them may, with the reasons
        """
        found = {}
        for company, deliveries in self.grouped("company_id").items():
            gate = self.env["debt.collection.gate"].with_company(company)
            found |= gate._get_waits(
                deliveries.action_id, company._get_collection_today(), quiet=False
            )
        free = self.filtered(lambda delivery: delivery.action_id.id not in found)
        if not free:
            run = self.env["debt.collection.run"]
            reasons = {run._word(b) for blockers in found.values() for b in blockers}
            raise UserError("\n".join(sorted(reasons)))
        return free

    def action_record_outcome(self):
        """Ask what came of the call or the visit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record the outcome"),
            "res_model": "debt.collection.contact.record",
            "views": [(False, "form")],  # the desk opens it past the web client
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
        self._freeze_copies()
        written = self.filtered(lambda d: d.channel not in (*MEETINGS, "task"))
        tests = written.filtered("is_test")
        tests._hand_over_email()
        for channel, deliveries in (self - tests).grouped("channel").items():
            getattr(deliveries, f"_hand_over_{channel}")()

    def _get_recipient(self):
        """Who gets it: the one the letter is addressed to, or the one of the copy."""
        self.ensure_one()
        return self.copy_id or self.action_id.recipient_id

    def _hand_over_email(self):
        ready = self.browse()
        for delivery in self:
            recipient = delivery._get_recipient()
            if reason := delivery._get_mail_gap(recipient):
                delivery._set_undeliverable(reason)
            else:
                ready += delivery
        for delivery, mail in zip(ready, ready._create_mails(), strict=True):
            recipient = delivery._get_recipient()
            delivery.write(
                {
                    "mail_id": mail.id,
                    "address": delivery._get_mail_address(recipient),
                    "handed_over": True,
                }
            )
        # the mail queue is the system's: it is only asked to look again
        queue_sudo = self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()
        places = {(each.company_id, each._get_country()) for each in self}
        for company, country in places:
            queue_sudo._trigger(company._get_collection_undo_end(country))

    def _get_country(self):
        """ISO code of where the debtor is, empty where nobody filled it in."""
        self.ensure_one()
        return self.action_id.partner_id.country_id.code or ""

    def _get_mail_gap(self, recipient):
        """Why no mail can be sent to the recipient: a sentence, or empty."""
        if not self._get_mail_address(recipient):
            return self.env._(
                "%(partner)s has no e-mail address. Add one to the contact, "
                "then retry.",
                partner=recipient.display_name,
            )
        if recipient.is_blacklisted and not self.is_test:
            return self.env._(
                "%(address)s of %(partner)s is on the blacklist: no mail may be sent "
                "to it. Write by post, or take it off the list, then retry.",
                address=recipient.email_normalized,
                partner=recipient.display_name,
            )
        return ""

    def _hand_over_post(self):
        for delivery in self:
            recipient = delivery._get_recipient()
            if not (recipient.street and recipient.city):
                delivery._set_undeliverable(
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
        self._offer_to_snailmail()

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
        name = self.action_id._get_name()
        if self.is_test:
            return self.env._("Test, do not contact: %(step)s", step=name)
        return name

    def _create_mails(self):
        """The mails with the frozen letters, in the queue after the undo window.

        :return: the mail of each delivery, in their order
        :rtype: mail.mail
        """
        words = self._render_mails()
        # the queue belongs to the system; the actions were checked
        mails_sudo = self.env["mail.mail"].sudo()
        return mails_sudo.create([d._prepare_mail(words[d.id]) for d in self])

    def _prepare_mail(self, words):
        self.ensure_one()
        action, body = self.action_id, words["body_html"]
        files = self._get_letter_file() + action.enclosure_ids
        thread = action.case_id or action.account_id
        return {
            "subject": self._get_subject(words["subject"]),
            "body": body,  # what the case shows of it
            "body_html": body,
            "email_from": words["email_from"] or action.company_id.email_formatted,
            **self._prepare_recipient(self._get_recipient()),
            "attachment_ids": [(6, 0, files.ids)],
            "message_type": "email_outgoing",
            "auto_delete": False,
            "scheduled_date": action.company_id._get_collection_undo_end(
                self._get_country()
            ),
            **self._prepare_thread_vals(thread, words.get("reply_to")),
        }

    def _get_letter_file(self):
        """The frozen letter that goes out with it.

        :rtype: ir.attachment
        """
        self.ensure_one()
        return self.letter_id or self.action_id.attachment_id

    def _render_mails(self):
        """The words of each mail, those of a person where he changed them.

        :return: delivery id -> subject, body_html, email_from, reply_to
        :rtype: dict[int, dict]
        """
        result = {d.id: d._render_party_mail() for d in self if d.party_id}
        own = self.filtered(lambda delivery: delivery.id not in result)
        words = self.env["debt.collection.letter"]._render_mails(own.action_id)
        for delivery in own:
            action = delivery.action_id
            edited = {"subject": action.draft_subject, "body_html": action.draft_mail}
            edited = {key: value for key, value in edited.items() if value}
            result[delivery.id] = words[action.id] | edited
        return result

    def _get_mail_address(self, recipient):
        """Where the mail goes: to the debtor, in test mode to the creditor himself."""
        self.ensure_one()
        if self.is_test:
            return self.company_id._get_collection_test_address()
        return recipient.email_normalized

    def _get_subject(self, subject):
        if self.copy_id and not self.party_id:
            lang = self.with_context(lang=self.action_id.lang)
            subject = lang.env._("Copy: %(subject)s", subject=subject)
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

    @api.model
    def _prepare_thread_vals(self, thread, reply_to):
        """What makes answers and bounces come back to the case or the account.

        Without an alias domain answers go to the sender's own mailbox.
        """
        company = thread.company_id
        vals = {
            "model": thread._name,
            "res_id": thread.id,
            "record_company_id": company.id,
            "record_alias_domain_id": company.alias_domain_id.id,
        }
        return vals | {"reply_to": reply_to} if reply_to else vals

    def _retry(self, day=False, channel=None):
        """A new attempt, on the same channel by default; the old one stays as it is.

        :param date day: not before that day
        :param str channel: another channel
        :return: the new deliveries
        """
        return self._bulk_insert(
            [
                {
                    "action_id": delivery.action_id.id,
                    "company_id": delivery.company_id.id,
                    "channel": channel or delivery.channel,
                    "copy_id": delivery.copy_id.id,
                    "party_id": delivery.party_id.id,
                    "letter_id": delivery.letter_id.id,
                    "is_registered": delivery.action_id._is_registered(
                        channel or delivery.channel
                    )
                    and not delivery.copy_id,
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
        waiting.activity_id.unlink()  # nobody calls for what was taken back
        waiting.write({"state": "withdrawn"})

    def _set_sent(self, moment, message_ref=False, day=None):
        """The delivery left at that moment (UTC): its day starts the terms.

        :param datetime moment: when the server or a person said so
        :param str message_ref: the Message-Id of a mail
        :param date day: the day the post took it, where that is not the moment's
        """
        for delivery in self:
            delivery.write(
                {
                    "state": "sent",
                    "sent_at": moment,
                    "date": day or delivery.company_id._get_collection_day(moment),
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

    def _set_undeliverable(self, message, state="failed"):
        """This channel cannot reach the debtor: the next one is tried, if any."""
        self._set_failed(message, state)
        self.undeliverable = True

    def _get_ranked_sql(self, ids):
        return SQL(
            """SELECT a.company_id, a.partner_id FROM debt_collection_delivery d
                 JOIN debt_collection_action a ON a.id = d.action_id
                WHERE d.id = ANY(%s)""",
            list(ids),
        )

    # === POST === #

    def _get_unnumbered(self):
        """Registered letters whose number nobody entered yet."""
        return self.filtered(lambda d: d.is_registered and not d.registered_number)

    def _check_numbers(self):
        """Refuse to call a registered letter posted without its number.

        :raises UserError: names the debtors
        """
        if gaps := self._get_unnumbered():
            raise UserError(
                self.env._(
                    "Enter the numbers of the registered letters to %(partners)s "
                    "first.",
                    partners=", ".join(gaps.partner_id.mapped("display_name")),
                )
            )

    def _sort_by_address(self):
        """In the order the post sorts: country, postal code, name."""
        return self.sorted(lambda delivery: (*delivery._get_address_key(), delivery.id))

    def _get_address_key(self):
        recipient = self._get_recipient()
        name = recipient.commercial_partner_id.name or recipient.name or ""
        return (recipient.country_id.name or "", recipient.zip or "", name.casefold())

    def _get_print_files(self):
        """What is printed of the delivery: a copy's address, letter, enclosures.

        :rtype: list[bytes]
        """
        self.ensure_one()
        action = self.action_id
        # the frozen letter and its enclosures, whoever prints
        files_sudo = (self._get_letter_file() + action.enclosure_ids).sudo()
        own = self._get_letter_file() != action.attachment_id
        cover = [self._render_copy_cover()] if self.copy_id and not own else []
        return cover + [file.raw for file in files_sudo]

    def _render_copy_cover(self):
        """The sheet with the address of who gets a copy."""
        lang = self.action_id.lang
        letter = self.env["debt.collection.letter"].with_context(lang=lang)
        action = self.action_id.with_context(lang=lang)
        values = letter._get_frame(
            action, self.copy_id.with_context(lang=lang), action.case_id
        )
        body = letter._render_words(
            "debt_collection.letter_copy_cover", values | {"date": action.date}
        )
        return letter._run_engine([body])

    # === WHAT COMES BACK === #

    @api.model
    def _find_bounced(self, message, references):
        """The deliveries whose mail came back.

        :param mail.message message: the mail that bounced, may be empty
        :param references: Message-Ids that the bounce names, may be None
        """
        if not (message or references):
            return self.browse()
        return self.search(
            [
                ("channel", "=", "email"),
                ("state", "in", ("sending", "sent", "uncertain")),
                "|",
                ("message_ref", "in", list(references or ())),
                ("mail_id.mail_message_id", "in", message.ids),
            ]
        )

    def _bounce(self, report):
        """The mail came back: it counts as never sent, so no term runs from it.

        :param str report: what the mail server wrote
        """
        report = " ".join(report.split())[:REPORT_LENGTH]
        for delivery in self:
            delivery._set_undeliverable(
                self.env._(
                    "The mail to %(address)s came back: %(report)s",
                    address=delivery.address,
                    report=report or self.env._("no reason given"),
                ),
                "bounced",
            )
            delivery.case_id._log_event("bounced", {"report": report})
        self.action_id._take_back()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("A delivery is evidence and is never deleted."))
