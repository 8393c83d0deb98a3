from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..tools import clock
from ..tools.facts import PlannedContact
from .debt_collection_outcome import REASONS

# How long a recorded outcome can be taken back.
UNDO_MINUTES = 15
# A gate that stays closed longer than that is a setting to look at, not a wait.
FARTHEST_TRY = 60


class DebtCollectionContact(models.Model):
    """One call or visit, and what came of it.

    Recording it ends the attempt, sets going what its outcome says, and is written
    into the log of the case. For some minutes it can be taken back as a whole.
    """

    _name = "debt.collection.contact"
    _description = "Call or visit"
    _inherit = ["debt.collection.lock", "debt.collection.ranked"]
    _ranked_by = frozenset({"case_id", "moment", "state"})
    _order = "moment desc, id desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="case_id.partner_id", store=True, index=True, string="Debtor"
    )
    currency_id = fields.Many2one(related="case_id.currency_id")
    delivery_id = fields.Many2one(
        comodel_name="debt.collection.delivery",
        string="Attempt",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the debtor called himself.",
    )
    policy_id = fields.Many2one(
        comodel_name="debt.collection.policy", readonly=True, ondelete="set null"
    )
    channel = fields.Selection(
        selection=[("call", "Call"), ("visit", "Visit")], required=True, readonly=True
    )
    moment = fields.Datetime(
        string="When", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    person = fields.Char(string="Spoke with", readonly=True)
    outcome_id = fields.Many2one(
        comodel_name="debt.collection.outcome",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    reason = fields.Selection(
        selection=REASONS, string="Reason for not paying", readonly=True
    )
    note = fields.Text(readonly=True)
    state = fields.Selection(
        selection=[("recorded", "Recorded"), ("undone", "Taken back")],
        default="recorded",
        required=True,
        readonly=True,
        index=True,
    )
    # What it set going
    date_next = fields.Date(string="Next", readonly=True)
    appointment = fields.Datetime(readonly=True)
    amount = fields.Monetary(readonly=True)
    signed_by = fields.Char(readonly=True)
    signature = fields.Binary(readonly=True, attachment=True)
    hold_id = fields.Many2one(
        comodel_name="debt.collection.hold", readonly=True, ondelete="set null"
    )
    plan_id = fields.Many2one(
        comodel_name="debt.collection.plan", readonly=True, ondelete="set null"
    )
    next_delivery_id = fields.Many2one(
        comodel_name="debt.collection.delivery",
        string="Next attempt",
        readonly=True,
        ondelete="set null",
    )
    activity_id = fields.Many2one(
        comodel_name="mail.activity", readonly=True, ondelete="set null"
    )
    mail_id = fields.Many2one(
        comodel_name="mail.mail", readonly=True, ondelete="set null"
    )
    can_undo = fields.Boolean(compute="_compute_can_undo")

    # === COMPUTE METHODS === #

    @api.depends("case_id", "outcome_id")
    def _compute_display_name(self):
        for contact in self:
            contact.display_name = f"{contact.case_id.name}: {contact.outcome_id.name}"

    @api.depends("state", "moment")
    def _compute_can_undo(self):
        for contact in self:
            contact.can_undo = not contact._get_undo_refusal()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("What was said to a debtor is evidence and is never deleted.")
        )

    # === ACTION METHODS === #

    def action_undo(self):
        """Take back what was recorded: all it set going, too.

        :raises UserError: too late, or it cannot be taken back any more
        """
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        if refusal := self._get_undo_refusal():
            raise UserError(refusal)
        self._undo()

    # === RECORDING === #

    @api.model
    def _record(self, vals):
        """Keep what came of a call or a visit and set going what it says.

        :param dict vals: case_id, outcome_id, channel; delivery_id of the attempt or
            ``is_incoming``; and what the outcome asks for
        :raises UserError: somebody was faster, or something is missing
        :rtype: debt.collection.contact
        """
        is_incoming = vals.pop("is_incoming", False)
        contact = self.create(vals)
        contact._check_follow_up()
        if not (contact.delivery_id or is_incoming):
            contact.delivery_id = contact._make_attempt()
        contact.policy_id = (
            contact.delivery_id.action_id.policy_id
            or contact.case_id._get_charge_policy()
        )
        contact._close_attempt()
        getattr(contact, f"_follow_{contact.outcome_id.next_kind}")()
        contact.delivery_id.action_id._settle()
        contact._log("contact")
        contact.case_id.account_id._mark_stale()
        return contact

    def _check_follow_up(self):
        """What the outcome sets going has what it needs.

        :raises UserError: names what is missing or not allowed
        """
        self.ensure_one()
        if self.case_id.date_closed:
            raise UserError(self.env._("The case is closed: open it again first."))
        kind, today = self.outcome_id.next_kind, self._get_day()
        if kind in ("rest", "promise") and not self.date_next:
            raise UserError(self.env._("Say until which day."))
        if self.date_next and self.date_next < today:
            raise UserError(self.env._("The next day lies in the past."))
        if (
            kind == "promise"
            and not self.currency_id.compare_amounts(self.amount, 0) > 0
        ):
            raise UserError(self.env._("Say how much he promised to pay."))
        if kind == "appointment":
            self._check_appointment()

    def _check_appointment(self):
        if not self.appointment:
            raise UserError(self.env._("Say when the appointment is."))
        planned = self._get_planned(self.appointment)
        reasons = self.env["debt.collection.gate"]._get_contact_reasons(
            self.case_id, planned
        )
        if reasons:
            raise UserError("\n".join(reasons))

    def _get_planned(self, moment, minutes=30):
        """The call or visit as the gate and the regime are asked about it."""
        start = self.company_id._get_collection_local(moment)
        return PlannedContact(self.channel, start, start + timedelta(minutes=minutes))

    def _make_attempt(self):
        """The attempt of a call that no step asked for: a contact all the same."""
        self.ensure_one()
        case = self.case_id
        action = self.env["debt.collection.action"].create(
            {
                "account_id": case.account_id.id,
                "case_id": case.id,
                "company_id": case.company_id.id,
                "partner_id": case.partner_id.id,
                "currency_id": case.currency_id.id,
                "date": self._get_day(),
                "state": "released",
                "amount": case.amount_residual,
                "is_test": case.company_id.debt_collection_test_mode,
            }
        )
        return self.env["debt.collection.delivery"].create(
            {
                "action_id": action.id,
                "company_id": case.company_id.id,
                "channel": self.channel,
                "handed_over": True,
                "is_test": case.company_id.debt_collection_test_mode,
            }
        )

    def _close_attempt(self):
        """The attempt is over, whatever it came to; its activity is done."""
        delivery = self.delivery_id
        if not delivery:
            return
        delivery.lock_for_update()
        delivery.invalidate_recordset(["state"])
        if delivery.state != "to_send":
            raise UserError(
                self.env._("The outcome of this call or visit was recorded already.")
            )
        delivery._set_attempted(self.moment, self.outcome_id.is_reached)
        delivery.address = self._get_reached_at()
        activity = delivery.activity_id
        if activity.exists():
            activity.action_feedback(feedback=self._get_feedback())

    def _get_reached_at(self):
        """The number called or the address visited, as evidence."""
        recipient = self.partner_id._get_collection_recipient()
        if self.channel == "call":
            return recipient.phone or self.partner_id.phone
        address = recipient._display_address(without_company=True)
        return " · ".join(filter(None, address.split("\n")))

    def _get_feedback(self):
        return ": ".join(filter(None, (self.outcome_id.name, self.note)))

    def _get_day(self):
        return self.company_id._get_collection_day(self.moment)

    # === WHAT COMES NEXT === #

    def _follow_none(self):
        """Nothing: the ladder goes on with its next step."""

    def _follow_retry(self):
        """Another try, as long as there were not too many; then a letter."""
        attempts = self.delivery_id.action_id.delivery_ids.filtered(
            lambda d: d.channel == self.channel and d.state in ("sent", "unreached")
        )
        if not self.delivery_id:
            return
        if len(attempts) >= self.outcome_id.tries:
            self._follow_write()
            return
        self.date_next = self.date_next or self._get_next_try()
        self.next_delivery_id = self.delivery_id._retry(self.date_next)
        self.next_delivery_id._hand_over()

    def _get_next_try(self):
        """The day of the next try: working days, then whatever the gate says."""
        company, day = self.company_id, self._get_day()
        is_holiday = company._get_collection_holidays()
        day = clock.add_days(day, self.outcome_id.days, True, is_holiday)
        gate = self.env["debt.collection.gate"].with_company(company)
        account = self.case_id.account_id
        for _day in range(FARTHEST_TRY):
            ends = [b.until for b in gate._get_blockers(account, day)[account.id]]
            if not ends:
                break
            day = max(ends)
        return day

    def _follow_rest(self):
        self._rest(self.date_next)

    def _follow_copy(self):
        """The invoices once more by mail, and time to look at them."""
        self.mail_id = self._send_copies()
        self._rest(self.date_next or self._get_rest_end())

    def _follow_write(self):
        """The step goes on in writing, on the channel that reaches the debtor."""
        action = self.delivery_id.action_id
        if not action.step_id:
            return
        channel = self._get_written_channel()
        self.next_delivery_id = self.env["debt.collection.delivery"].create(
            {
                "action_id": action.id,
                "company_id": action.company_id.id,
                "channel": channel,
            }
        )
        self.env["debt.collection.run"]._trigger()

    def _get_written_channel(self):
        recipient = self.partner_id._get_collection_recipient()
        return "email" if recipient.email_normalized else "post"

    def _follow_promise(self):
        """A promise to pay by a day; the case rests until it is judged."""
        vals = {"kind": "promise", "date": self.date_next, "amount": self.amount}
        self.plan_id = self.case_id._propose_plan(vals, "collector")
        if self.signed_by:
            self.plan_id._keep_signature(self.signed_by, self.signature)

    def _word_promise(self):
        return self.env._(
            "%(amount)s promised by %(day)s",
            amount=formatLang(self.env, self.amount, currency_obj=self.currency_id),
            day=self.env["debt.collection.run"]._format_day(self.date_next),
        )

    def _follow_paid(self):
        """He is believed for some days, until the bank says so or not."""
        amount = self.amount or self.case_id.amount_due
        vals = {"kind": "paid", "amount": amount, "date_paid": self._get_day()}
        self.plan_id = self.case_id._propose_plan(vals, "debtor")
        self.date_next = self.plan_id.date_end

    def _follow_dispute(self):
        """Time to record the dispute, which then holds back what it contests."""
        self._rest(self.date_next or self._get_rest_end())

    @api.model
    def _yield_to_disputes(self, cases):
        """The rests of what was said on the phone end: disputes hold from now on."""
        said = cases.contact_ids.filtered(
            lambda c: c.state == "recorded" and c.outcome_id.next_kind == "dispute"
        )
        said.hold_id.filtered(lambda hold: not hold.date_ended).action_end()

    def _follow_appointment(self):
        """An activity at that hour; nothing else happens before it."""
        day = self.company_id._get_collection_day(self.appointment)
        hour = self.company_id._get_collection_local(self.appointment)
        self.activity_id = self.case_id.activity_schedule(
            f"debt_collection.mail_activity_type_{self.channel}",
            date_deadline=day,
            summary=self.env._("Appointment at %(hour)s", hour=f"{hour:%H:%M}"),
            note=self.note,
            user_id=self.user_id.id,
        )
        self.date_next = day
        self._rest(day)

    def _get_rest_end(self):
        return self._get_day() + timedelta(days=self.outcome_id.days)

    def _rest(self, end, reason=""):
        """Put the case on hold until a day, for the reason that was heard."""
        self.date_next = end
        self.hold_id = self.env["debt.collection.hold"].create(
            {
                "account_id": self.case_id.account_id.id,
                "case_id": self.case_id.id,
                "reason": reason or self.outcome_id.name,
                "date_start": self._get_day(),
                "date_end": end,
            }
        )

    def _send_copies(self):
        """A mail with the open invoices of the case, in the queue.

        :raises UserError: there is no address to send it to
        """
        recipient = self.partner_id._get_collection_recipient()
        if not recipient.email_normalized:
            raise UserError(
                self.env._(
                    "%(partner)s has no e-mail address: ask for it, add it to the "
                    "contact, then record the outcome.",
                    partner=recipient.display_name,
                )
            )
        lang = recipient.lang or self.company_id.partner_id.lang
        template = self.env.ref("debt_collection.mail_template_copies")
        values = template.with_context(lang=lang)._generate_template(
            self.ids, ["subject", "body_html", "email_from", "reply_to"]
        )[self.id]
        mails_sudo = self.env["mail.mail"].sudo()  # the queue belongs to the system
        return mails_sudo.create(
            {
                "subject": values["subject"],
                "body": values["body_html"],  # what the case shows of it
                "body_html": values["body_html"],
                "email_from": values["email_from"] or self.company_id.email_formatted,
                "reply_to": values.get("reply_to"),
                **self._prepare_recipient(recipient),
                "attachment_ids": [(6, 0, self._make_copies(lang).ids)],
                "model": self.case_id._name,
                "res_id": self.case_id.id,
                "message_type": "email_outgoing",
                "auto_delete": False,
                "scheduled_date": self._get_undo_end(),
            }
        )

    def _prepare_recipient(self, recipient):
        """The debtor; in test mode the creditor himself."""
        company = self.company_id
        if company.debt_collection_test_mode:
            return {"email_to": company._get_collection_test_address()}
        return {"recipient_ids": [(6, 0, recipient.ids)]}

    def _make_copies(self, lang):
        """The open invoices of the case as files."""
        moves = self.case_id.claim_ids.filtered("is_open").move_id
        # a collector reads invoices, but does not print them into the file store
        report_sudo = self.env["ir.actions.report"].sudo().with_context(lang=lang)
        files = []
        for move in moves:
            pdf, _kind = report_sudo._render_qweb_pdf(
                "account.account_invoices", move.ids
            )
            files.append(
                {
                    "name": f"{move.name}.pdf".replace("/", "-"),
                    "raw": pdf,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        # as above
        return self.env["ir.attachment"].sudo().create(files)

    # === TAKING IT BACK === #

    def _get_undo_end(self):
        return self.moment + timedelta(minutes=UNDO_MINUTES)

    def _get_undo_refusal(self):
        """Why it cannot be taken back, or an empty text."""
        self.ensure_one()
        if self.state == "undone":
            return self.env._("It was taken back already.")
        if fields.Datetime.now() > self.create_date + timedelta(minutes=UNDO_MINUTES):
            return self.env._(
                "It was recorded more than %(minutes)s minutes ago: record a new "
                "contact that puts it right.",
                minutes=UNDO_MINUTES,
            )
        step = self.delivery_id.action_id.step_id
        if step.phase or step.charges == "booked":
            return self.env._("It brought the case further: it cannot be taken back.")
        if self.next_delivery_id.state not in (False, "to_send"):
            return self.env._("The next attempt was made already.")
        return ""

    def _undo(self):
        """Everything it set going is taken back, then the attempt stands open again."""
        self.ensure_one()
        self.next_delivery_id.activity_id.unlink()
        self.next_delivery_id._withdraw()
        self.next_delivery_id.flush_recordset()
        self.activity_id.unlink()
        if self.plan_id:
            self.plan_id.action_cancel()
        # collectors end holds, they do not delete them: this one never was
        self.hold_id.sudo().unlink()
        self.mail_id.sudo().filtered(  # the queue belongs to the system
            lambda mail: mail.state == "outgoing"
        ).cancel()
        if self.delivery_id.action_id.step_id:
            self.delivery_id._reopen_attempt()
            self.delivery_id._hand_over()
        elif self.delivery_id:
            self.delivery_id.write({"state": "withdrawn"})
            self.delivery_id.action_id.write({"state": "skipped", "date_done": False})
        self.state = "undone"
        self._log("contact_undone")
        self.case_id.account_id._mark_stale()

    # === LOG === #

    def _get_next_screen(self):
        """What the collector is shown next: the form of what the debtor said."""
        self.ensure_one()
        if self.outcome_id.next_kind != "dispute":
            return {"type": "ir.actions.act_window_close"}
        action = self.case_id.action_dispute()
        words = {"default_origin": "debtor", "default_description": self.note}
        return {
            **action,
            "views": [(False, "form")],
            "context": {**action["context"], **words},
        }

    def _get_answer(self):
        """What follows, in a sentence for whoever recorded it."""
        self.ensure_one()
        day = self.env["debt.collection.run"]._format_day(self.date_next)
        if self.next_delivery_id.channel == self.channel:
            return self.env._("Next try on %(day)s.", day=day)
        if self.next_delivery_id:
            return self.env._("The debtor gets a letter instead.")
        if self.hold_id or self.plan_id:
            return self.env._("The case rests until %(day)s.", day=day)
        return self.env._("The ladder goes on.")

    def _log(self, kind):
        self.env["debt.collection.event"]._log(
            [(c.case_id, kind, c._prepare_event(), c._prepare_secret()) for c in self]
        )

    def _prepare_event(self):
        self.ensure_one()
        return {
            "channel": self.channel,
            "outcome": self.outcome_id.code,
            "reason": self.reason or "",
            "next": str(self.date_next or ""),
            "amount": f"{self.amount:.2f}" if self.amount else "",
        }

    def _prepare_secret(self):
        return {"person": self.person or "", "note": self.note or ""}
