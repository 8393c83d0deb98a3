from dataclasses import dataclass

from odoo import api, models
from odoo.tools import html2plaintext
from odoo.tools.misc import format_date, format_datetime, formatLang

# a mail of pages is in its own file; the sheet shows how it begins
TEXT_LENGTH = 1500


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of what happened: a chapter of the book without a document of its own."""

    kind: str
    title: str
    heads: tuple
    rows: list
    intro: str = ""


class DebtCollectionBookSheet(models.AbstractModel):
    """The pages of an evidence book that no document shows: calls, answers, the log."""

    _name = "debt.collection.book.sheet"
    _description = "Sheet of an evidence book"

    # === THE SHEETS === #

    @api.model
    def _get_sheets(self, case):
        """What happened on the case, by chapter; extend by `super()`.

        :rtype: list[Sheet]
        """
        return [
            self._sheet_terms(case),
            self._sheet_mails(case),
            self._sheet_sending(case),
            self._sheet_calls(case),
            self._sheet_answers(case),
            self._sheet_plans(case),
            self._sheet_disputes(case),
            self._sheet_steps(case),
            self._sheet_log(case),
        ]

    def _day(self, value):
        return format_date(self.env, value) if value else ""

    def _moment(self, case, value):
        zone = str(case.company_id._get_collection_zone())
        return format_datetime(self.env, value, tz=zone) if value else ""

    def _money(self, case, amount):
        return formatLang(self.env, amount, currency_obj=case.currency_id)

    def _word(self, record, name):
        """The label of a selection, in the language of the book."""
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name], "")

    def _text(self, html):
        return html2plaintext(html or "").strip()[:TEXT_LENGTH]

    def _sheet_terms(self, case):
        return Sheet(
            "terms",
            self.env._("Who accepted which terms"),
            (
                self.env._("Terms"),
                self.env._("By"),
                self.env._("On"),
                self.env._("How"),
            ),
            [
                (
                    row.terms_id.display_name,
                    row.partner_id.display_name,
                    self._day(row.date),
                    ", ".join(filter(None, (self._word(row, "way"), row.note))),
                )
                for row in case._get_acceptances().sorted("date")
            ],
        )

    def _sheet_mails(self, case):
        """What was written on the invoices: notes of colleagues are left out."""
        # whoever works a case reads what his company wrote about its invoices
        messages_sudo = case.claim_ids.move_id.sudo().message_ids.filtered(
            lambda m: (
                m.message_type in ("email", "email_outgoing", "comment")
                and not m.is_internal
                and m.subtype_id != self.env.ref("mail.mt_note")
                and m.body
            )
        )
        return self._sheet_messages(
            case, "mail", self.env._("Mails with the invoices"), messages_sudo
        )

    def _sheet_answers(self, case):
        return self._sheet_messages(
            case, "answer", self.env._("Answers of the debtor"), case._get_answers()
        )

    def _sheet_messages(self, case, kind, title, messages):
        heads = (
            self.env._("When"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Text"),
        )
        return Sheet(
            kind,
            title,
            heads,
            [
                (
                    self._moment(case, message.date),
                    message.author_id.display_name or message.email_from or "",
                    ", ".join(message.partner_ids.mapped("display_name")),
                    "\n".join(
                        filter(None, (message.subject, self._text(message.body)))
                    ),
                )
                for message in messages.sorted("id")
            ],
        )

    def _sheet_sending(self, case):
        heads = (
            self.env._("Letter"),
            self.env._("Channel"),
            self.env._("When"),
            self.env._("To"),
            self.env._("What became of it"),
        )
        deliveries = case.action_ids.delivery_ids.filtered(
            lambda d: d.channel in ("email", "post") and d.state != "withdrawn"
        )
        return Sheet(
            "proof",
            self.env._("How each letter left"),
            heads,
            [
                (
                    delivery.action_id._get_name(),
                    self._word(delivery, "channel"),
                    self._moment(case, delivery.sent_at) or self._day(delivery.date),
                    delivery.address or "",
                    self._word_proof(delivery),
                )
                for delivery in deliveries.sorted("id")
            ],
        )

    def _word_proof(self, delivery):
        """The state of a delivery, and what proves it."""
        parts = [
            self._word(delivery, "state"),
            delivery.message_ref and f"Message-ID {delivery.message_ref}",
            delivery.registered_number
            and self.env._("registered: %(number)s", number=delivery.registered_number),
            delivery.error,
        ]
        return "\n".join(filter(None, parts))

    def _sheet_calls(self, case):
        heads = (
            self.env._("When"),
            self.env._("Channel"),
            self.env._("By"),
            self.env._("With"),
            self.env._("What came of it"),
        )
        contacts = case.contact_ids.filtered(lambda c: c.state == "recorded")
        return Sheet(
            "call",
            self.env._("Calls and visits"),
            heads,
            [
                (
                    self._moment(case, contact.moment),
                    self._word(contact, "channel"),
                    contact.user_id.name,
                    contact.person or "",
                    "\n".join(filter(None, (contact.outcome_id.name, contact.note))),
                )
                for contact in contacts.sorted("moment")
            ],
        )

    def _sheet_plans(self, case):
        heads = (
            self.env._("What"),
            self.env._("Amount"),
            self.env._("Instalments and what was paid of them"),
            self.env._("Accepted by"),
        )
        return Sheet(
            "plan",
            self.env._("Promises and plans"),
            heads,
            [
                (
                    f"{self._word(plan, 'kind')}: {self._word(plan, 'state')}",
                    self._money(case, plan.amount),
                    "\n".join(
                        f"{self._day(line.date)}: {self._money(case, line.amount)} "
                        f"({self._money(case, line.amount_filled)})"
                        for line in plan.line_ids
                    ),
                    "\n".join(
                        filter(
                            None,
                            (
                                plan.signed_by,
                                self._moment(case, plan.signed_on),
                                plan.signature_ip,
                                plan.signed_words,
                            ),
                        )
                    ),
                )
                for plan in case.plan_ids.sorted("id")
                if plan.state != "draft"
            ],
        )

    def _sheet_disputes(self, case):
        heads = (
            self.env._("Received"),
            self.env._("Invoices"),
            self.env._("Contested"),
            self.env._("In his words"),
            self.env._("Our answer"),
        )
        return Sheet(
            "dispute",
            self.env._("Disputes"),
            heads,
            [
                (
                    self._day(dispute.date),
                    ", ".join(dispute.line_ids.move_id.mapped("name")),
                    self._money(case, dispute.amount),
                    "\n".join(
                        filter(None, (dispute.reason_id.name, dispute.description))
                    ),
                    "\n".join(
                        filter(None, (self._word(dispute, "state"), dispute.answer))
                    ),
                )
                for dispute in case.dispute_ids.sorted("id")
            ],
        )

    def _sheet_steps(self, case):
        heads = (
            self.env._("Done on"),
            self.env._("Step"),
            self.env._("By"),
            self.env._("Result"),
        )
        steps = case.legal_step_ids.filtered("date_done")
        return Sheet(
            "legal",
            self.env._("Legal steps"),
            heads,
            [
                (
                    self._day(step.date_done),
                    step.type_id.name,
                    step.partner_id.name or "",
                    step.result_id.name or "",
                )
                for step in steps.sorted("date_done")
            ],
        )

    def _sheet_log(self, case):
        heads = (
            self.env._("No."),
            self.env._("Time (UTC)"),
            self.env._("By"),
            self.env._("What happened"),
            self.env._("Seal"),
        )
        return Sheet(
            "log",
            self.env._("Log of the case"),
            heads,
            [
                (event.seq, event.moment, event.author, event.summary, event.digest)
                for event in case.event_ids.sorted("seq")
            ],
            self.env._(
                "Each seal is the SHA-256 of the event and of the seal before it: "
                "nothing can be changed, added or taken out without breaking it."
            ),
        )
