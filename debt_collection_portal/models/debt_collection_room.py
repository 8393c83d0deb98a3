import secrets
from typing import NamedTuple

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

from .debt_collection_assignment import ANSWERS, WORDS


class Download(NamedTuple):
    """A document of the room: its file name and its bytes."""

    name: str
    content: bytes


class DebtCollectionRoom(models.AbstractModel):
    """What a partner sees of one case of his; it decides nothing and writes nothing.

    Who calls it has checked that the case is his, and passes the assignment as
    superuser: partners have no access rights on what it reads.
    """

    _name = "debt.collection.room"
    _description = "Partner's room"

    @api.model
    def _get_values(self, assignment, day):
        """Everything that the page shows.

        :param debt.collection.assignment assignment: as superuser
        :param date day: in the company's zone
        :rtype: dict
        """
        case, currency = assignment.case_id, assignment.currency_id
        Statement = case.env["debt.collection.statement"]
        Statement = Statement.with_company(case.company_id)
        statement = Statement._for_cases(case, day, verified_only=True)[case.id]
        return {
            "assignment": assignment,
            "case": case,
            "company": case.company_id,
            "res_company": case.company_id,  # the logo of the frame
            "debtor": case.partner_id,
            "address": self._get_address(case.partner_id),
            "statement": statement,
            "moves": case.claim_ids.move_id.sorted("invoice_date"),
            "letters": self._get_letters(case),
            "steps": self._get_steps(assignment),
            "costs": self._get_costs(assignment),
            "messages": assignment.line_ids,
            "kinds": self._get_kinds(assignment),
            "cost_types": self._get_cost_types(assignment),
            "nonce": secrets.token_hex(16),
            "today": day,
            "money": lambda amount: formatLang(
                self.env, float(amount), currency_obj=currency
            ),
            "own_money": lambda amount: formatLang(
                self.env, amount, currency_obj=assignment.company_currency_id
            ),
            "day": lambda value: format_date(self.env, value),
            "label": lambda record, name: dict(
                record._fields[name]._description_selection(self.env)
            ).get(record[name], ""),
        }

    def _get_address(self, debtor):
        """On one line, in the language of the reader, without the name."""
        lines = debtor._display_address(without_company=True).splitlines()
        return ", ".join(filter(None, map(str.strip, lines)))

    def _get_letters(self, case):
        return case.env["debt.collection.dossier"]._get_letters(case).sorted("id")

    def _get_partner_domain(self, assignment):
        partner = assignment.partner_id.commercial_partner_id
        return [("partner_id", "child_of", partner.id)]

    def _get_steps(self, assignment):
        """The acts that this partner was ordered to do, and did."""
        steps = assignment.case_id.legal_step_ids
        return steps.filtered_domain(
            [
                ("state", "in", ("ordered", "done")),
                *self._get_partner_domain(assignment),
            ]
        )

    def _get_costs(self, assignment):
        """The costs of this partner; what others ask is not his business."""
        costs = assignment.case_id.cost_ids
        return costs.filtered_domain(self._get_partner_domain(assignment))

    def _get_cost_types(self, assignment):
        company = assignment.company_id
        return assignment.env["debt.collection.cost.type"].search(
            [("company_id", "in", [False, company.id])]
        )

    def _get_kinds(self, assignment):
        """What a message can be about now: (key, words)."""
        field = assignment.line_ids._fields["kind"]
        labels = dict(field._description_selection(self.env))
        kinds = (ANSWERS if assignment.state == "recalled" else ()) + WORDS
        return [(kind, labels[kind]) for kind in kinds]

    # === DOCUMENTS === #

    @api.model
    def _get_document(self, assignment, kind, key):
        """One document of the case, or None for what is not of this case.

        :param str kind: zip, invoice or letter
        :param int key: of the invoice or the letter
        :rtype: Download | None
        """
        case = assignment.case_id
        if kind == "zip" and assignment.file_id:
            return Download(assignment.file_id.name, assignment.file_id.raw)
        if kind == "invoice":
            move = case.claim_ids.move_id.filtered(lambda m: m.id == key)
            return self._read_invoice(move)
        if kind == "letter":
            letter = self._get_letters(case).filtered(lambda a: a.id == key)
            if letter:
                return Download(letter._get_letter_filename(), letter.attachment_id.raw)
        return None

    def _read_invoice(self, move):
        if not move or move.state != "posted":
            return None
        made = move._get_invoice_legal_documents("pdf", allow_fallback=True)
        return made and Download(made["filename"], made["content"])
