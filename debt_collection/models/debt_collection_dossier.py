import hashlib
import json
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError

from ..tools import dossier


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing a complete file has; ``todo`` says what to do, or what there is."""

    code: str
    label: str
    ok: bool
    todo: str = ""


class DebtCollectionDossier(models.AbstractModel):
    """The file of a case: what makes it complete, and the ZIP a partner gets."""

    _name = "debt.collection.dossier"
    _description = "File of a case"

    # === IS IT COMPLETE? === #

    @api.model
    def _get_ticks(self, case, day):
        """What a complete file has, each with a tick or with what to do.

        Override to add what a procedure of your country wants; must not write.

        :rtype: list[Tick]
        """
        case.ensure_one()
        needs = self.env["debt.collection.evidence.need"]._get_for_case(case)
        found = self.env["debt.collection.evidence.finder"]._find(case)
        return [
            self._tick_invoices(case),
            *(self._tick_evidence(case, n.kind, n.name, found) for n in needs),
            self._tick_terms(case, found),
            self._tick_letters(case),
            self._tick_answers(case, found),
            self._tick_identity(case.partner_id),
            self._tick_phone(case.partner_id),
            self._tick_contacts(case.partner_id),
        ]

    @api.model
    def _tick_invoices(self, case):
        moves = case.claim_ids.move_id
        return Tick(
            "invoices",
            self.env._("Invoices"),
            bool(moves),
            ", ".join(moves.mapped("name"))
            if moves
            else self.env._("put an invoice on the case"),
        )

    @api.model
    def _tick_evidence(self, case, kind, label, found):
        """A document found or added, or the word why there is none."""
        found = [one for one in found if one.kind == kind]
        rows = case.evidence_ids.filtered(lambda row: row.kind == kind)
        words = [*(one.title for one in found), *filter(None, rows.mapped("absence"))]
        todo = self.env._("add the document, or say why there is none")
        return Tick(kind, label, bool(words), ", ".join(words) or todo)

    @api.model
    def _tick_terms(self, case, found):
        rows = case._get_acceptances()
        label = self.env._("Accepted terms")
        own = self._tick_evidence(case, "terms", label, found)
        return Tick(own.code, label, True, rows[0]._get_words()) if rows else own

    @api.model
    def _tick_letters(self, case):
        letters = self._get_letters(case)
        proved = letters.delivery_ids.filtered(lambda d: d.state == "sent")
        return Tick(
            "letters",
            self.env._("Letters with proof of sending"),
            bool(proved),
            self.env._("%(number)s letters", number=len(letters))
            if proved
            else self.env._("send a letter first, and note how it left"),
        )

    @api.model
    def _get_letters(self, case):
        return case.action_ids.filtered(lambda a: a.state == "done" and a.attachment_id)

    @api.model
    def _tick_answers(self, case, found):
        """The debtor's answers, or the word that there is none, after a letter."""
        label = self.env._("Answers of the debtor")
        own = self._tick_evidence(case, "answer", label, found)
        written = case._get_answers()
        if not written:
            return own
        text = self.env._("%(number)s messages", number=len(written))
        return Tick(own.code, own.label, True, text)

    @api.model
    def _tick_identity(self, debtor):
        number = debtor.vat or debtor.company_registry
        ok = bool(number) or not debtor.is_company
        todo = self.env._("fill in his number")
        return Tick(
            "identity", self.env._("Identity"), ok, (number or "") if ok else todo
        )

    @api.model
    def _tick_phone(self, debtor):
        phone = debtor.phone or next(filter(None, debtor.child_ids.mapped("phone")), "")
        todo = self.env._("fill in a phone number")
        return Tick("phone", self.env._("Phone"), bool(phone), phone or todo)

    @api.model
    def _tick_contacts(self, debtor):
        ok = bool(debtor.street and debtor.city and debtor.country_id)
        todo = self.env._("complete the street, the town and the country")
        return Tick(
            "contacts", self.env._("Address"), ok, debtor.email or "" if ok else todo
        )

    # === THE ZIP === #

    @api.model
    def _make(self, assignment, moment):
        """Make the file of a hand-over and keep it as it goes out.

        :return: the attachment, and its SHA-256
        """
        content = self._build(assignment, moment)
        # whoever hands over need not own the file store; rights on the case are asked
        attachment_sudo = self.env["ir.attachment"].sudo()
        attachment = attachment_sudo.create(
            {
                "name": f"{dossier.safe_name(assignment.case_id.name)}.zip",
                "raw": content,
                "mimetype": "application/zip",
                "res_model": assignment._name,
                "res_id": assignment.id,
            }
        )
        return attachment.with_env(self.env), hashlib.sha256(content).hexdigest()

    @api.model
    def _build(self, assignment, moment):
        """The ZIP of a hand-over, in the format of `docs/formats.md`.

        :rtype: bytes
        """
        case = assignment.case_id
        day = case.company_id._get_collection_day(moment)
        agreement = assignment.agreement_id
        manifest = self._get_manifest(case, moment, day) | {
            "agreement": {
                "name": agreement.name,
                "partner": assignment.partner_id.name,
                "free_hours": agreement.free_hours,
            }
        }
        return dossier.pack(self._get_papers(case, day), manifest, moment)

    @api.model
    def _get_papers(self, case, day):
        """Every document of a case, and what verifies them.

        :rtype: list[dossier.Paper]
        """
        return [
            *self._get_invoice_papers(case),
            *self._get_letter_papers(case),
            *self.env["debt.collection.evidence.finder"]._get_papers(case),
            *self._get_statement_papers(case, day),
            *self._get_sheets(case),
            *self._get_log_papers(case),
        ]

    @api.model
    def _get_invoice_papers(self, case):
        for move in case.claim_ids.move_id:
            made = move._get_invoice_legal_documents("pdf", allow_fallback=True)
            if not (made and made.get("content")):
                raise UserError(
                    self.env._("The PDF of %(name)s cannot be made.", name=move.name)
                )
            name = dossier.safe_name(f"{move.name}.pdf")
            yield dossier.Paper(
                f"invoices/{name}", "invoice", made["content"], move.name
            )

    @api.model
    def _get_letter_papers(self, case):
        for action in self._get_letters(case).sorted("id"):
            # the frozen letter, whoever hands over
            raw = action.attachment_id.sudo().raw
            title = f"{action.date} {action._get_name()}"
            name = dossier.safe_name(f"{title}.pdf")
            yield dossier.Paper(f"letters/{name}", "letter", raw, title)

    @api.model
    def _get_statement_papers(self, case, day):
        data = case._get_statement_data(day)
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        title = self.env._("Settlement statement")
        yield dossier.Paper("statement.json", "statement", text.encode())
        report = self.env["ir.actions.report"]
        pdf = report._render_qweb_pdf("debt_collection.report_statement", case.ids)[0]
        yield dossier.Paper("statement.pdf", "statement", pdf, title)

    @api.model
    def _get_sheets(self, case):
        claims = dossier.sheet(
            ("invoice", "date", "due", "currency", "principal", "left"),
            [
                (
                    claim.move_name,
                    claim.date_invoice,
                    claim.date_due,
                    claim.currency_id.name,
                    f"{claim.amount:.2f}",
                    f"{claim.amount_residual:.2f}",
                )
                for claim in case.claim_ids
            ],
        )
        sent = self._get_letters(case).delivery_ids.filtered(
            lambda d: d.state == "sent"
        )
        letters = dossier.sheet(
            ("letter", "channel", "sent_on", "address"),
            [
                (d.action_id._get_name(), d.channel, d.date, d.address or "")
                for d in sent.sorted("id")
            ],
        )
        events = dossier.sheet(
            ("number", "moment_utc", "kind", "data", "digest"),
            [(e.seq, e.moment, e.kind, e.data, e.digest) for e in case.event_ids[::-1]],
        )
        yield dossier.Paper("claims.csv", "sheet", claims)
        yield dossier.Paper("letters.csv", "sheet", letters)
        yield dossier.Paper("events.csv", "sheet", events)

    # === WHAT VERIFIES IT === #

    @api.model
    def _get_log_papers(self, case):
        """The sealed log, and the program that verifies file and log without us."""
        content = dossier.log(case.name, self._get_events(case))
        yield dossier.Paper("events.json", "log", content)
        yield dossier.Paper("verify.py", "tool", dossier.script(self._get_words()))

    @api.model
    def _get_events(self, case):
        """The events of a case as they were sealed, oldest first."""
        names = ("seq", "moment", "kind", "author", "data", "personal", "salt")
        names += ("personal_digest", "previous_digest", "digest")
        rows = case.event_ids.sorted("seq").read(names)
        return [{name: row[name] or "" for name in names} for row in rows]

    @api.model
    def _get_words(self):
        """What the program says, in the language of the file: key -> sentence.

        Left unformatted here: the program fills in the values.
        """
        return {
            "unreadable": self.env._("%(name)s cannot be read: %(reason)s"),
            "usage": self.env._(
                "Give one ZIP or one folder, and after it --head or "
                "--sha256 with a digest."
            ),
            "missing": self.env._("%(name)s is missing"),
            "stranger": self.env._("%(name)s is not in the list of the file"),
            "changed": self.env._("%(name)s was changed"),
            "seal": self.env._("the list of the file was changed (manifest.json)"),
            "number": self.env._("event %(number)s: a number is missing before it"),
            "link": self.env._("event %(number)s: the link to the event before is cut"),
            "personal": self.env._("event %(number)s: its personal data were changed"),
            "text": self.env._("event %(number)s: its text was changed"),
            "head": self.env._(
                "the last seal of the log is not the one that was given or listed"
            ),
            "zip": self.env._("the ZIP is not the one whose digest was given"),
            "file": self.env._("File of the case %(name)s, made on %(moment)s (UTC)"),
            "files": self.env._("%(number)s documents compared with their digest"),
            "events": self.env._("%(number)s events verified, last seal %(head)s"),
            "digest": self.env._("SHA-256 of the ZIP: %(digest)s"),
            "good": self.env._(
                "EVERYTHING HOLDS: nothing was changed since the file was made."
            ),
            "bad": self.env._("REFUSED: the file was changed."),
        }

    # === THE MANIFEST === #

    @api.model
    def _get_manifest(self, case, moment, day):
        """What is said of a case, beside the list of its documents.

        :rtype: dict
        """
        return {
            "made_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "case": {
                "name": case.name,
                "payment_reference": case._get_payment_reference(),
                "regime": case.regime,
                "opened": str(case.date_opened),
                "formal_notice": str(case.date_noticed or ""),
                "currency": case.currency_id.name,
                "principal": f"{case.amount_claimed:.2f}",
                "principal_left": f"{case.amount_residual:.2f}",
            },
            "creditor": self._describe(case.company_id.partner_id),
            "debtor": self._describe(case.partner_id),
            "contacts": [self._describe(c) for c in case.partner_id.child_ids],
            "log_head": case._get_log_head(),
            "checklist": [
                {"code": t.code, "label": t.label, "ok": t.ok, "note": t.todo}
                for t in self._get_ticks(case, day)
            ],
            "not_in_writing": [
                {"kind": row.kind, "reason": row.absence}
                for row in case.evidence_ids.filtered("absence")
            ],
        }

    @api.model
    def _describe(self, partner):
        return {
            "name": partner.name or "",
            "number": partner.vat or partner.company_registry or "",
            "street": ", ".join(filter(None, (partner.street, partner.street2))),
            "zip": partner.zip or "",
            "city": partner.city or "",
            "country": partner.country_id.code or "",
            "email": partner.email or "",
            "phone": partner.phone or "",
            "language": partner.lang or "",
        }
