import base64
from collections.abc import Callable
from dataclasses import dataclass

from odoo import api, models
from odoo.tools.misc import format_date

from ..tools import dossier

# What a document that a legal step asks for proves, as chapters of a file
LEGAL_KINDS = {"contract": "order", "delivery": "delivery", "terms": "terms"}


@dataclass(frozen=True, slots=True)
class Found:
    """A document that proves something: what of, its title, its name, its content.

    :param read: returns the bytes; called only when a file is made
    """

    kind: str
    title: str
    name: str
    read: Callable


class DebtCollectionEvidenceFinder(models.AbstractModel):
    """Picks up the documents of a case where they already are, asking nobody."""

    _name = "debt.collection.evidence.finder"
    _description = "Evidence found by itself"

    @api.model
    def _get_finders(self):
        """The methods that look, in the order of the file; extend by `super()`.

        Each takes a case, returns a list of `Found`, and must not write.
        """
        return [
            self._find_added,
            self._find_orders,
            self._find_terms,
            self._find_legal,
            self._find_reported,
            self._find_posting,
            self._find_signatures,
            self._find_answers,
            self._find_plans,
            self._find_disputes,
        ]

    @api.model
    def _find(self, case, kinds=()):
        """Every document of a case; of some kinds only, where they are named.

        :rtype: list[Found]
        """
        case.ensure_one()
        found = [one for finder in self._get_finders() for one in finder(case)]
        return [one for one in found if not kinds or one.kind in kinds]

    # === WHERE THEY ARE === #

    def _find_added(self, case):
        """What somebody put on the case by hand."""
        kinds = dict(case.evidence_ids._fields["kind"]._description_selection(self.env))
        rows = case.evidence_ids.with_context(bin_size=True).filtered("document")
        return [
            self._from_field(
                row,
                "document",
                row.kind,
                ": ".join(filter(None, (kinds[row.kind], row.document_name))),
            )
            for row in rows
        ]

    def _find_orders(self, case):
        """Signed orders of the invoices, where sales are kept in the same database."""
        if "sale_line_ids" not in self.env["account.move.line"]._fields:
            return []
        # whoever works a case has not to be a salesman
        lines_sudo = case.claim_ids.move_id.sudo().invoice_line_ids
        orders_sudo = lines_sudo.sale_line_ids.order_id.filtered("signature")
        return [
            Found(
                "order",
                self.env._(
                    "Order %(order)s, signed by %(name)s on %(day)s",
                    order=order.name,
                    name=order.signed_by or "",
                    day=format_date(self.env, order.signed_on),
                ),
                f"{order.name}.pdf",
                lambda order=order: self._print("sale.action_report_saleorder", order),
            )
            for order in orders_sudo
        ]

    def _find_terms(self, case):
        """The terms that hold for the invoices, and the proofs of their acceptance."""
        rows = case._get_acceptances().with_context(bin_size=True)
        found = [
            self._from_field(terms, "document", "terms", terms.display_name)
            for terms in rows.terms_id.filtered("document")
        ]
        return found + [
            self._from_field(row, "document", "terms", row._get_words())
            for row in rows.filtered("document")
        ]

    def _find_legal(self, case):
        rows = case.legal_document_ids.with_context(bin_size=True).filtered("file")
        return [
            self._from_field(
                row, "file", LEGAL_KINDS.get(row.evidence_id.code, "legal"), row.name
            )
            for row in rows
        ]

    def _find_reported(self, case):
        """The documents that partners sent with what they reported."""
        # files of messages of the case, whose rights were asked
        files_sudo = case.assignment_ids.line_ids.sudo().attachment_ids.sorted("id")
        title = self.env._("Document of the partner")
        return [self._from_attachment(one, "legal", title) for one in files_sudo]

    def _find_posting(self, case):
        """The receipts of the post for the letters that left on paper."""
        # attachments of batches, which hold the letters of other cases too
        proofs_sudo = case.action_ids.delivery_ids.sudo().batch_id.proof_ids
        title = self.env._("Receipt of the post")
        return [self._from_attachment(one, "proof", title) for one in proofs_sudo]

    def _find_signatures(self, case):
        rows = case.contact_ids.filtered(lambda c: c.state == "recorded")
        return [
            self._from_field(
                row,
                "signature",
                "call",
                self.env._("Signature of %(name)s", name=row.signed_by or ""),
            )
            for row in rows.with_context(bin_size=True).filtered("signature")
        ]

    def _find_answers(self, case):
        """The files that came with what the debtor wrote."""
        # files of messages on the case, whose rights were asked
        files_sudo = case._get_answers().sudo().attachment_ids
        title = self.env._("Answer of the debtor")
        return [self._from_attachment(one, "answer", title) for one in files_sudo]

    def _find_plans(self, case):
        found = []
        for plan in case.plan_ids.with_context(bin_size=True):
            for name in ("proof", "signature"):
                if plan[name]:
                    found.append(
                        self._from_field(plan, name, "plan", plan.display_name)
                    )
        return found

    def _find_disputes(self, case):
        # files of disputes of the case, whose rights were asked
        files_sudo = self.env["ir.attachment"].sudo()
        files_sudo = files_sudo.search(
            [
                ("res_model", "=", case.dispute_ids._name),
                ("res_id", "in", case.dispute_ids.ids),
                ("res_field", "=", False),
            ],
            order="id",
        )
        title = self.env._("Proof of a dispute")
        return [self._from_attachment(one, "dispute", title) for one in files_sudo]

    # === HOW THEY ARE READ === #

    def _from_field(self, record, name, kind, title):
        named = f"{name}_name"
        known = named in record._fields and record[named]
        whole = record.with_context(bin_size=False)
        return Found(kind, title, known or title, lambda: base64.b64decode(whole[name]))

    def _from_attachment(self, attachment, kind, title):
        return Found(
            kind,
            f"{title}: {attachment.name}",
            attachment.name,
            lambda: attachment.raw or b"",
        )

    def _print(self, report, record):
        # printed for whoever makes the file of the case
        return (
            self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, record.ids)[0]
        )

    @api.model
    def _get_papers(self, case):
        """Every document of the case as papers of a file.

        :rtype: list[tools.dossier.Paper]
        """
        return [
            dossier.Paper(
                f"evidence/{found.kind}/{dossier.safe_name(found.name)}",
                found.kind,
                found.read(),
                found.title,
            )
            for found in self._find(case)
        ]
