import json
from collections.abc import Callable
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools import dossier

MANAGER = "debt_collection.debt_collection_group_manager"
# What the debtor may have of himself: never notes on others, never the house's own
EXPORTED = ("answer", "plan", "dispute")


@dataclass(frozen=True, slots=True)
class Eraser:
    """One kind of personal data on closed cases.

    :param label: what it is, for the preview
    :param find: cases -> the records that hold it, as superuser
    :param erase: records -> None; leaves numbers, days and seals as they are
    """

    label: str
    find: Callable
    erase: Callable


class DebtCollectionPrivacy(models.AbstractModel):
    """Erases the files of closed cases, and gives a debtor his data.

    Invoices, payments and the debtor's own card belong to accounting and stay. The log
    keeps its seals: personal data stand in it as salted digests.
    """

    _name = "debt.collection.privacy"
    _description = "Data protection"

    # === WHAT IS ERASED === #

    @api.model
    def _get_erasers(self):
        """Every place with personal data of a case; extend by `super()`.

        :rtype: list[Eraser]
        """
        return [
            Eraser(
                self.env._("Letters"),
                lambda cases: cases.action_ids.filtered("attachment_id"),
                self._erase_letters,
            ),
            Eraser(
                self.env._("Addresses of letters"),
                lambda cases: cases.action_ids.delivery_ids.filtered("address"),
                self._blank("address", "message_ref", "error"),
            ),
            Eraser(
                self.env._("Messages"),
                lambda cases: cases.message_ids.filtered("body"),
                self._erase_messages,
            ),
            Eraser(
                self.env._("Calls and visits"),
                lambda cases: cases.contact_ids,
                self._blank("person", "note", "signed_by", "signature"),
            ),
            Eraser(
                self.env._("Promises and plans"),
                lambda cases: cases.plan_ids,
                self._erase_plans,
            ),
            *self._get_paper_erasers(),
            Eraser(
                self.env._("Personal data in the log"),
                lambda cases: cases.event_ids.filtered("personal"),
                lambda events: events._erase_personal(),
            ),
        ]

    def _get_paper_erasers(self):
        return [
            Eraser(
                self.env._("Disputes"),
                lambda cases: cases.dispute_ids,
                self._erase_disputes,
            ),
            Eraser(
                self.env._("Reasons of rests"),
                lambda cases: cases.hold_ids,
                lambda holds: holds.write({"reason": self.env._("Erased")}),
            ),
            Eraser(
                self.env._("Evidence"),
                lambda cases: cases.evidence_ids,
                lambda rows: rows.unlink(),
            ),
            Eraser(
                self.env._("Documents of legal steps"),
                lambda cases: cases.legal_document_ids.filtered("file"),
                self._blank("file", "file_name"),
            ),
            Eraser(
                self.env._("Files of partners"),
                lambda cases: cases.assignment_ids,
                self._erase_assignments,
            ),
            Eraser(
                self.env._("Evidence book"),
                lambda cases: cases.filtered("book_id"),
                lambda cases: cases.book_id.unlink(),
            ),
            Eraser(
                self.env._("Co-debtors and guarantors"),
                lambda cases: cases.party_ids.filtered("note"),
                self._blank("note"),
            ),
        ]

    @api.model
    def _preview(self, cases):
        """What would be erased: (what, how many) of each kind that is there.

        :rtype: list[tuple[str, int]]
        """
        cases_sudo = cases.sudo()  # counted whatever the manager may read
        counts = [(e.label, len(e.find(cases_sudo))) for e in self._get_erasers()]
        return [(label, count) for label, count in counts if count]

    @api.model
    def _erase(self, cases, day):
        """Erase the personal data of closed cases; twice does no harm.

        :param date day: the day it is done
        :raises UserError: a case is open
        """
        self._check_manager()
        cases.check_access("write")
        if open_cases := cases.filtered(lambda case: not case.date_closed):
            raise UserError(self.env._("%(case)s is open.", case=open_cases[0].name))
        cases.lock_for_update(allow_referencing=True)
        cases = cases.filtered(lambda case: not case.date_erased)
        counts = self._preview(cases)
        cases_sudo = cases.sudo()  # the file of a case has rights of many kinds
        for eraser in self._get_erasers():
            if found := eraser.find(cases_sudo):
                eraser.erase(found)
        cases_sudo.write({"date_erased": day})
        cases_sudo.activity_ids.unlink()
        words = [label for label, _count in counts]
        cases._log_event("erased", {"day": str(day), "what": words})

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a manager may erase files or give out data.")
            )

    # === HOW === #

    def _blank(self, *names):
        """A function that empties these fields, and nothing else."""
        return lambda records: records.write(dict.fromkeys(names, False))

    def _erase_letters(self, actions):
        files = actions.attachment_id
        actions.write({"attachment_id": False})
        files.unlink()

    def _erase_messages(self, messages):
        messages.attachment_ids.unlink()
        gone = self.env._("Erased")
        messages.write({"body": gone, "subject": False, "email_from": False})

    def _erase_plans(self, plans):
        names = ("signature", "signature_ip", "signed_by", "signed_words", "proof")
        names += ("proof_name", "reason", "means_monthly", "means_situation")
        plans._set(dict.fromkeys(names, False))

    def _erase_disputes(self, disputes):
        self._find_files(disputes).unlink()
        names = ("description", "answer", "opinion", "opinion_name")
        disputes.write(dict.fromkeys(names, False))
        self._erase_messages(disputes.message_ids)

    def _erase_assignments(self, assignments):
        files = assignments.file_id | self._find_files(assignments.line_ids)
        assignments._store({"file_id": False, "gaps": False})
        files.unlink()
        assignments.line_ids.write({"text": False})
        self._erase_messages(assignments.message_ids)

    def _find_files(self, records):
        # files of records that were passed as superuser
        files_sudo = self.env["ir.attachment"].sudo()
        return files_sudo.search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        )

    # === THE DATA OF A DEBTOR === #

    @api.model
    def _export(self, partner, moment):
        """What the house knows of a debtor, as a ZIP with JSON for machines.

        Every case the manager may read; never the data of co-debtors or guarantors.

        :raises UserError: there is nothing
        :rtype: bytes
        """
        self._check_manager()
        partner = partner.commercial_partner_id
        cases = self.env["debt.collection.case"].search(
            [("partner_id", "=", partner.id)], order="id"
        )
        if not cases:
            raise UserError(
                self.env._("%(name)s has no case.", name=partner.display_name)
            )
        papers = [paper for case in cases for paper in self._get_papers(case)]
        manifest = {
            "format": "debt-collection-export",
            "made_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "subject": self.env["debt.collection.dossier"]._describe(partner),
        }
        cases._log_event("exported", {})
        return dossier.pack(papers, manifest, moment)

    def _get_papers(self, case):
        """The data of one case, its letters, and the files that came from him."""
        folder = dossier.safe_name(case.name)
        data = json.dumps(
            self._describe_case(case), ensure_ascii=False, indent=2, default=str
        )
        yield dossier.Paper(f"{folder}/data.json", "data", data.encode())
        for one in self.env["debt.collection.dossier"]._get_letter_papers(case):
            yield dossier.Paper(f"{folder}/{one.path}", one.kind, one.content)
        for found in self.env["debt.collection.evidence.finder"]._find(case, EXPORTED):
            name = dossier.safe_name(found.name)
            yield dossier.Paper(
                f"{folder}/{found.kind}/{name}", found.kind, found.read(), found.title
            )

    def _describe_case(self, case):
        """The data of a case as plain values; extend by `super()`.

        :rtype: dict
        """
        Sheets = self.env["debt.collection.book.sheet"]
        sheets = [
            Sheets._sheet_terms(case),
            Sheets._sheet_sending(case),
            Sheets._sheet_calls(case),
            Sheets._sheet_answers(case),
            Sheets._sheet_plans(case),
            Sheets._sheet_disputes(case),
        ]
        checks = self.env["debt.collection.solvency.check"].search(
            [
                ("partner_id", "=", case.partner_id.id),
                ("company_id", "=", case.company_id.id),
            ]
        )
        return {
            "case": case.name,
            "creditor": case.company_id.name,
            "opened": case.date_opened,
            "closed": case.date_closed or None,
            "outcome": case.outcome or None,
            "claims": [
                {
                    "invoice": claim.move_name,
                    "due": claim.date_due,
                    "amount": claim.amount,
                    "left": claim.amount_residual,
                    "currency": claim.currency_id.name,
                }
                for claim in case.claim_ids
            ],
            "solvency": [
                {"date": row.date, "finding": row.finding, "source": row.source}
                for row in checks
            ],
            "sheets": {
                sheet.kind: [
                    dict(zip(sheet.heads, row, strict=True)) for row in sheet.rows
                ]
                for sheet in sheets
            },
            "log": [
                {"time": event.moment, "what": event.summary}
                for event in case.event_ids.sorted("seq")
            ],
        }
