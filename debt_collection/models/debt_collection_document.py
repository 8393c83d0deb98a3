from odoo import api, models
from odoo.exceptions import UserError

from ..report import letter_pdf
from ..tools.document import Document
from .debt_collection_case_closing import GIVEN_UP


class DebtCollectionDocument(models.AbstractModel):
    """Letters that no step of a ladder asks for: the registry, and what they show.

    A receipt or a closing letter is one, and so is what another model says to the
    debtor about a record of its own: it adds a key here and calls
    `case._make_letter(key, day, subject=record)`.
    """

    _name = "debt.collection.document"
    _description = "Letter outside the ladder"
    _inherit = ["debt.collection.document.plan", "debt.collection.document.dispute"]

    # === THE REGISTRY === #

    @api.model
    def _get_documents(self):
        """Key of a letter -> its `Document`; extend by `super()`.

        :rtype: dict[str, Document]
        """
        own = {
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
            "vat_correction": Document(
                self.env._("VAT correction"),
                "debt_collection.letter_vat_correction",
                by_hand=False,
            ),
            "release": Document(
                self.env._("Release and discharge"),
                "debt_collection.letter_case_release",
            ),
        }
        return own | self._get_plan_documents() | self._get_dispute_documents()

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
    def _get_answer_keys(self):
        """Keys of the letters that answer the debtor.

        :rtype: list[str]
        """
        documents = self._get_documents()
        return [key for key, document in documents.items() if document.is_answer]

    @api.model
    def _check_document(self, key, case, day, subject=None):
        """Refuse a letter that would not be true; extend by `super()`.

        :param str key: key of the letter
        :param date day: the day of its figures
        :param subject: the record it is about, or None
        :raises UserError: says why, and what to do instead
        """
        self._check_plan(key, subject)
        self._check_dispute(key, subject)
        if self._get_document(key).for_creditor:
            raise UserError(
                self.env._("This document is for the creditor's own books: print it.")
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
        if key == "vat_correction":
            self._check_vat_correction(subject)
        if key == "release":
            self._check_release(case)

    @api.model
    def _check_release(self, case):
        if not case.date_closed or case.outcome not in GIVEN_UP:
            raise UserError(
                self.env._(
                    "%(case)s is not settled: a release can be given once it is paid, "
                    "credited, waived or withdrawn.",
                    case=case.name,
                )
            )

    @api.model
    def _check_vat_correction(self, off):
        if not off or off._name != "debt.collection.write.off":
            raise UserError(
                self.env._("Make the VAT correction from the write-off it is about.")
            )
        if off.state != "posted" or off.kind != "loss" or not off.amount_vat:
            raise UserError(
                self.env._(
                    "%(name)s asks no VAT back: there is nothing to correct.",
                    name=off.name,
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
        if key == "vat_correction" and subject:
            values["relief"] = subject._get_relief()
            values["rows"] = subject._get_tax_rows()
        due = values["statement"].due
        if key == "receipt" and due > 0 and case.company_id._get_collection_bank():
            values |= self._get_way_to_pay(case, due)
        values |= {
            "claims": Letter._get_claim_rows(values["statement"]),
            "kinds": self._get_kind_labels(),
            "rights": Letter._get_case_rights(case),
            "subject": subject,
        }
        values = self._add_plan_values(key, case, subject, values)
        return self._add_dispute_values(key, case, subject, values)

    @api.model
    def _get_way_to_pay(self, case, amount):
        """What the box on paying shows: account, reference, code of the amount.

        :param amount: what is to be paid; without one the box has no code
        :raises UserError: the creditor has no bank account
        :rtype: dict
        """
        Letter = self.env["debt.collection.letter"]
        reference = case._get_payment_reference()
        draw = Letter._draw_payment_code
        return {
            "bank": Letter._get_bank(case),
            "reference": reference,
            "to_pay": amount,
            "qr_code": draw(case, amount, reference) if amount > 0 else False,
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
        recipient = recipient.with_context(lang=lang)  # the name of his country
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
        url = action._get_portal_url()
        values |= {
            "o": action,
            "url": url,
            "url_code": letter_pdf.qr_code(url) if url else False,
            "mentions": (*document.mentions, *values.get("own_mentions", ())),
        }
        Letter = self.env["debt.collection.letter"]
        body = Letter._render_words(document.template, values)
        Letter._check_mentions(action, values, body)
        return body

    @api.model
    def _letter_left(self, action):
        """A letter outside the ladder left; extend by `super()`. Not called for tests.

        :param debt.collection.action action: done, of one of the keys
        """
        self._acknowledge_dispute(action)

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
