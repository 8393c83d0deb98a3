import base64
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
        return [
            self._tick_invoices(case),
            self._tick_evidence(case, "order", self.env._("Order")),
            self._tick_evidence(case, "delivery", self.env._("Delivery")),
            self._tick_terms(case),
            self._tick_letters(case),
            self._tick_answers(case),
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
    def _tick_evidence(self, case, kind, label):
        rows = case.evidence_ids.filtered(lambda row: row.kind == kind)
        told = ", ".join(filter(None, rows.mapped("absence")))
        todo = self.env._("add the document, or say why there is none")
        return Tick(kind, label, bool(rows), told if rows else todo)

    @api.model
    def _tick_terms(self, case):
        found = self._get_acceptances(case)
        own = self._tick_evidence(case, "terms", self.env._("Accepted terms"))
        if found:
            return Tick(own.code, own.label, True, found[0].display_name)
        return own

    @api.model
    def _get_acceptances(self, case):
        return self.env["debt.collection.terms.acceptance"].search(
            [
                ("partner_id", "child_of", case.partner_id.id),
                ("company_id", "=", case.company_id.id),
            ]
        )

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
    def _tick_answers(self, case):
        """The debtor's answers, or the word that there is none, after a letter."""
        own = self._tick_evidence(case, "answer", self.env._("Answers of the debtor"))
        debtors = case.partner_id + case.partner_id.child_ids
        written = case.message_ids.filtered(lambda m: m.author_id in debtors)
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
        papers = [
            *self._get_invoice_papers(case),
            *self._get_letter_papers(case),
            *self._get_evidence_papers(case),
            *self._get_statement_papers(case, day),
            *self._get_sheets(case),
        ]
        return dossier.pack(papers, self._get_manifest(assignment, moment, day), moment)

    @api.model
    def _get_invoice_papers(self, case):
        for move in case.claim_ids.move_id:
            made = move._get_invoice_legal_documents("pdf", allow_fallback=True)
            if not (made and made.get("content")):
                raise UserError(
                    self.env._("The PDF of %(name)s cannot be made.", name=move.name)
                )
            name = dossier.safe_name(f"{move.name}.pdf")
            yield dossier.Paper(f"invoices/{name}", "invoice", made["content"])

    @api.model
    def _get_letter_papers(self, case):
        for action in self._get_letters(case).sorted("id"):
            # the frozen letter, whoever hands over
            raw = action.attachment_id.sudo().raw
            name = dossier.safe_name(f"{action.date} {action.step_id.name or ''}.pdf")
            yield dossier.Paper(f"letters/{name}", "letter", raw)

    @api.model
    def _get_evidence_papers(self, case):
        rows = case.evidence_ids.with_context(bin_size=False)
        for row in rows.filtered("document"):
            name = dossier.safe_name(row.document_name or row.kind)
            content = base64.b64decode(row.document)
            yield dossier.Paper(f"evidence/{row.kind}/{name}", row.kind, content)

    @api.model
    def _get_statement_papers(self, case, day):
        data = case._get_statement_data(day)
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        yield dossier.Paper("statement.json", "statement", text.encode())
        report = self.env["ir.actions.report"]
        pdf = report._render_qweb_pdf("debt_collection.report_statement", case.ids)[0]
        yield dossier.Paper("statement.pdf", "statement", pdf)

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
                (d.action_id.step_id.name or "", d.channel, d.date, d.address or "")
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

    # === THE MANIFEST === #

    @api.model
    def _get_manifest(self, assignment, moment, day):
        case = assignment.case_id
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
            "agreement": {
                "name": assignment.agreement_id.name,
                "partner": assignment.partner_id.name,
                "free_hours": assignment.agreement_id.free_hours,
            },
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
