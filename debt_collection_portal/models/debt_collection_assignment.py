import re

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from odoo.addons.debt_collection.models.debt_collection_assignment import ACTIVE

# What a partner may write in his room, beside a step and a cost; the others answer a
# recall
WORDS = ("note", "notice", "payment", "returned")
ANSWERS = ("stopped", "too_late")
TEXT_LENGTH = 4000
NONCE = re.compile(r"[0-9a-f]{32}")


class DebtCollectionAssignment(models.Model):
    _inherit = "debt.collection.assignment"

    link_ids = fields.One2many(
        comodel_name="debt.collection.link",
        inverse_name="assignment_id",
        string="Links",
    )

    # === ACTION METHODS === #

    def action_send_room(self):
        """Send the partner a new link to his room; the earlier one ends.

        :raises UserError: he does not have the case, or has no address
        """
        self.check_access("write")
        for assignment in self:
            assignment._check_room_open()
            if not assignment.partner_id.email:
                raise UserError(
                    self.env._(
                        "%(partner)s has no e-mail address: fill it in first.",
                        partner=assignment.partner_id.name,
                    )
                )
            assignment._send_room()

    def action_revoke_room(self):
        """Shut the links of the partner, for example after a mail went astray."""
        self.check_access("write")
        # links are written by the system alone; the right on the case was asked
        self.sudo().link_ids._revoke(fields.Datetime.now())

    # === THE DOOR === #

    def _send_file(self):
        # EXTENDS debt_collection
        result = super()._send_file()
        if self.partner_id.email:
            self._send_room()
        return result

    def _send_room(self):
        """A mail with the way in, apart from the file: it stays in no chatter."""
        self.ensure_one()
        url = self._get_room_url()
        body = self.env["ir.qweb"]._render(
            "debt_collection_portal.room_mail",
            {"assignment": self, "url": url},
            lang=self.partner_id.lang or self.env.lang,
        )
        company = self.company_id
        # collectors own no mails; the mail goes to the partner and is not kept
        self.env["mail.mail"].sudo().create(
            {
                "subject": self.with_context(lang=self.partner_id.lang).env._(
                    "Case %(case)s: your room", case=self.case_id.name
                ),
                "body_html": body,
                "email_from": company.email_formatted or self.env.user.email_formatted,
                "email_to": self.partner_id.email_formatted,
                "auto_delete": True,
            }
        )
        # he waits for it: the queue, which is the system's, looks at once
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _get_room_url(self):
        """Where the partner gets in: his account, or a link that is a key."""
        self.ensure_one()
        # whether the partner has an account is no secret of the users' list
        users_sudo = self.partner_id.commercial_partner_id.sudo().child_ids.user_ids
        users_sudo |= self.partner_id.commercial_partner_id.sudo().user_ids  # as above
        if users_sudo.filtered(lambda user: user.active and user.share):
            return f"{self.get_base_url()}/my/assignments/{self.id}"
        return self.env["debt.collection.link"]._issue_room(self)

    def _is_room_open(self):
        self.ensure_one()
        return self.state in ACTIVE

    def _check_room_open(self):
        if not self._is_room_open():
            raise UserError(
                self.env._(
                    "%(partner)s does not have %(case)s now.",
                    partner=self.partner_id.name,
                    case=self.case_id.name,
                )
            )

    def _store(self, vals):
        # EXTENDS debt_collection
        result = super()._store(vals)
        if vals.get("state", "handed_over") not in ACTIVE:
            # his case no more: the system shuts his links
            self.sudo().link_ids._revoke(fields.Datetime.now())
        return result

    # === WHAT HE REPORTS === #

    def _room_report_step(self, day, text, files, nonce, step=None):
        """The partner says that an act took place, with its document.

        The collector records it on the step: no term of law starts by this alone.

        :param date day: when; None or a future day is refused
        :param str text: what was done
        :param list[tuple[str, bytes]] files: name and content
        :param str nonce: of the form; the same form never reports twice
        :param debt.collection.legal.step step: an ordered one of this case, or empty
        :raises UserError: what is wrong, in words for the partner
        """
        self.ensure_one()
        today = self.company_id._get_collection_today()
        if not day or day > today:
            raise UserError(
                self.env._("Say on which day it took place: today at the latest.")
            )
        words = (step and step.type_id.name, text)
        text = ": ".join(filter(None, words))
        self._check_words(text)
        message = self._room_take("step", day, text, files, nonce)
        if message:
            message._apply()
            self._room_ask(self.env._("%(partner)s reports a step: record it"))

    def _room_ask_cost(self, cost_type, amount, text, files, nonce):
        """The partner asks for a yes to spend money: it becomes a cost request.

        A request that the rules refuse (uneconomic, say) is put before whoever
        decides, and the partner is told no more than that it was passed on.

        :param debt.collection.cost.type cost_type: of what
        :param float amount: without VAT, in the currency of the company
        :raises UserError: no kind, no amount, no reason
        :rtype: debt.collection.cost
        """
        self.ensure_one()
        if not cost_type:
            raise UserError(self.env._("Choose what the cost is for."))
        if self.company_currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("Fill in the amount, without VAT."))
        self._check_words(text)
        day = self.company_id._get_collection_today()
        said = f"{cost_type.name}: {text}"
        message = self._room_take("cost", day, said, files, nonce, amount)
        if not message:
            return self.env["debt.collection.cost"]
        message._log()
        return self._room_request(message, cost_type, amount, text)

    def _room_request(self, message, cost_type, amount, text):
        # nobody of the house asks: the system does, in the name of the partner
        case = self.case_id.with_user(SUPERUSER_ID).with_company(self.company_id)
        words = self.env._(
            "Asked by %(partner)s: %(text)s", partner=self.partner_id.name, text=text
        )
        mine = self.with_env(case.env)
        cost, refusal = mine._ask_cost(cost_type, amount, words)
        if refusal:
            message._ask_person(refusal)
        return cost

    def _room_write(self, kind, day, text, files, nonce, amount=0.0):
        """A message of the partner, or his answer to a recall.

        :param str kind: of `WORDS`; of `ANSWERS` where the case was recalled
        :param float amount: of a payment he received, or of costs he could not stop
        :raises UserError: what is wrong, in words for the partner
        """
        self.ensure_one()
        allowed = WORDS + (ANSWERS if self.state == "recalled" else ())
        if kind not in allowed:
            raise UserError(self.env._("Choose what your message is about."))
        if amount < 0 or kind == "payment" and not amount:
            raise UserError(self.env._("Fill in the amount."))
        if kind not in ANSWERS:
            self._check_words(text)
        today = self.company_id._get_collection_today()
        message = self._room_take(kind, min(day or today, today), text, files, nonce)
        if message:
            message.amount = amount
            message._apply()
            if kind == "note":  # the others ask for themselves
                self._room_ask(self.env._("%(partner)s wrote: read it"))

    def _room_take(self, kind, day, text, files, nonce, amount=0.0):
        """Keep what came in, once: the form sent again gives nothing new.

        :rtype: debt.collection.assignment.message
        """
        self._check_room_open()
        self.lock_for_update(allow_referencing=True)
        if not NONCE.fullmatch(nonce or ""):
            raise UserError(self.env._("Reload the page, then send it again."))
        Messages = self.env["debt.collection.assignment.message"]
        if Messages.search_count(
            [("assignment_id", "=", self.id), ("reference", "=", nonce)], limit=1
        ):
            return Messages
        message = Messages.create(
            {
                "assignment_id": self.id,
                "kind": kind,
                "date": day,
                "text": (text or "").strip()[:TEXT_LENGTH],
                "amount": amount,
                "reference": nonce,
            }
        )
        message._attach_proofs(files)
        return message

    def _check_words(self, text):
        if not (text or "").strip():
            raise UserError(self.env._("Say it in words: the creditor reads them."))

    def _room_ask(self, summary):
        """The collector has to look, today."""
        # as the system: the collector could not read an activity of the public user
        self.case_id._as_system().activity_schedule(
            "debt_collection.mail_activity_type_task",
            summary=summary % {"partner": self.partner_id.name},
            date_deadline=self.company_id._get_collection_today(),
            user_id=(
                self.case_id.user_id or self.user_id or self.case_id._get_decider()
            ).id
            or SUPERUSER_ID,
        )
