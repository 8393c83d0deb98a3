from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError


@dataclass(frozen=True, slots=True)
class Document:
    """A letter outside the ladder: its name, its words, its mail.

    :param label: how it is called, in the language of whoever asks
    :param template: QWeb template of the whole letter
    :param mail: xml id of the mail that accompanies it
    :param mentions: codes of what it must say, see `debt.collection.letter`
    :param by_hand: a collector may ask for it without anything it is about
    :param for_creditor: it is printed for his own books and sent to nobody
    """

    label: str
    template: str
    mail: str = "debt_collection.mail_template_document"
    mentions: tuple = ()
    by_hand: bool = True
    for_creditor: bool = False


class DebtCollectionDocument(models.AbstractModel):
    """Letters that no step of a ladder asks for: the registry, and what they show.

    A receipt or a closing letter is one, and so is what another model says to the
    debtor about a record of its own: it adds a key here and calls
    `case._make_letter(key, day, subject=record)`.
    """

    _name = "debt.collection.document"
    _description = "Letter outside the ladder"

    # === THE REGISTRY === #

    @api.model
    def _get_documents(self):
        """Key of a letter -> its `Document`; extend by `super()`.

        :rtype: dict[str, Document]
        """
        return {
            "receipt": Document(
                self.env._("Receipt"), "debt_collection.letter_case_receipt"
            ),
            "closing": Document(
                self.env._("Closing letter"), "debt_collection.letter_case_closing"
            ),
            "statement": Document(
                self.env._("Settlement statement"), "debt_collection.letter_statement"
            ),
            "certificate": Document(
                self.env._("Declaration of irrecoverability"),
                "debt_collection.letter_case_certificate",
                by_hand=False,
                for_creditor=True,
            ),
            "visit": Document(
                self.env._("Visit"), "debt_collection.letter_case_visit", by_hand=False
            ),
            "plan": Document(
                self.env._("Payment plan"),
                "debt_collection.letter_case_plan",
                by_hand=False,
            ),
        }

    @api.model
    def _get_document(self, key):
        """The document of a key.

        :raises UserError: nobody knows the key
        :rtype: Document
        """
        document = self._get_documents().get(key)
        if not document:
            raise UserError(
                self.env._(
                    "There is no letter called “%(key)s”: the addon that words it is "
                    "not installed.",
                    key=key,
                )
            )
        return document

    @api.model
    def _check_document(self, key, case, day, subject=None):
        """Refuse a letter that would not be true; extend by `super()`.

        :param str key: key of the letter
        :param date day: the day of its figures
        :param subject: the record it is about, or None
        :raises UserError: says why, and what to do instead
        """
        if self._get_document(key).for_creditor:
            raise UserError(
                self.env._("This document is for the creditor's own books: print it.")
            )
        if key == "plan" and not (subject and subject.signed_on):
            raise UserError(
                self.env._("A plan is put on paper once the debtor signed it.")
            )
        if key == "closing" and not case.date_closed:
            raise UserError(
                self.env._(
                    "%(case)s is open: a closing letter can be made once it is closed.",
                    case=case.name,
                )
            )
        if key == "receipt" and not self._read_statement(case, day).payments:
            raise UserError(
                self.env._(
                    "No payment is matched on %(case)s: there is nothing to "
                    "acknowledge.",
                    case=case.name,
                )
            )

    # === THE PAGE === #

    @api.model
    def _get_values(self, key, case, day, recipient, subject=None):
        """What the template of a document shows; extend by `super()` for your keys.

        :param str key: key of the letter
        :param date day: the day of its figures
        :param subject: the record it is about, or None
        :rtype: dict
        """
        Letter = self.env["debt.collection.letter"]
        values = {**Letter._get_frame(case, recipient, case), "date": day}
        if key == "statement":
            Page = self.env["debt.collection.statement.page"]
            values |= Page._get_values(case, day, verified_only=True)
        else:
            values["statement"] = self._read_statement(case, day)
        if key == "plan":
            values |= self._get_plan_values(subject.with_env(self.env))
        return values | {
            "claims": Letter._get_claim_rows(values["statement"]),
            "kinds": self._get_kind_labels(),
            "rights": Letter._get_case_rights(case),
            "subject": subject,
        }

    @api.model
    def _get_plan_values(self, plan):
        """What the signed plan shows: what was agreed, and what was acknowledged."""
        Acknowledgement = self.env["debt.collection.plan.acknowledgement"]
        return {
            "plan": plan,
            "plan_lines": plan.line_ids.sorted(lambda row: (row.date, row.id)),
            "plan_items": plan.claim_ids.mapped("move_name"),
            "acknowledgement": Acknowledgement._get_text(plan),
        }

    @api.model
    def _read_statement(self, case, day):
        """What is due on the case at a day, as every document states it."""
        Statement = self.env["debt.collection.statement"].with_company(case.company_id)
        return Statement._for_cases(case, day, verified_only=True)[case.id]

    @api.model
    def _get_kind_labels(self):
        """What a payment pays: kind of debt -> its name."""
        return {
            "cost": self.env._("costs"),
            "interest": self.env._("interest"),
            "indemnity": self.env._("compensation"),
            "principal": self.env._("principal"),
        }

    @api.model
    def _render_cases(self, cases, key, day):
        """A document on each case, as of a day, in the language of its debtor.

        :rtype: list[markupsafe.Markup]
        """
        return [self._render_case(case, key, day) for case in cases]

    def _render_case(self, case, key, day):
        recipient = self._get_recipient(case, key)
        lang = recipient.lang or case.partner_id.lang or case.company_id.partner_id.lang
        Documents, case = self.with_context(lang=lang), case.with_context(lang=lang)
        document = Documents._get_document(key)
        values = Documents._get_values(key, case, day, recipient)
        Letter = Documents.env["debt.collection.letter"]
        return Letter._render_words(document.template, values)

    @api.model
    def _get_recipient(self, case, key):
        """Who a document on a case is addressed to.

        :rtype: res.partner
        """
        if self._get_document(key).for_creditor:
            return case.company_id.partner_id
        return case.partner_id._get_collection_recipient()

    # === THE LETTER OF AN ACTION === #

    @api.model
    def _render_action(self, action):
        """The checked HTML of a manual letter, in the language of the context."""
        document = self._get_document(action.letter_key)
        subject = action._get_letter_subject()
        self._check_document(action.letter_key, action.case_id, action.date, subject)
        values = self._get_values(
            action.letter_key,
            action.case_id,
            action.date,
            action.recipient_id,
            subject,
        )
        values |= {"o": action, "mentions": document.mentions}
        Letter = self.env["debt.collection.letter"]
        body = Letter._render_words(document.template, values)
        Letter._check_mentions(action, values, body)
        return body

    @api.model
    def _get_mail_values(self, action):
        """What the mail of a manual letter shows, in the language of the context."""
        statement = self._read_statement(action.case_id, action.date)
        frame = self.env["debt.collection.letter"]._get_frame(
            action, action.recipient_id, action.case_id
        )
        return {
            "title": self._get_document(action.letter_key).label,
            "due": frame["money"](statement.due),
            "url": action._get_portal_url(),
        }
