from odoo import models

from odoo.addons.debt_collection.tools.facts import Blocker

from ..tools.communication import structured_communication


class DebtCollectionCase(models.Model):
    _inherit = "debt.collection.case"

    def _get_structured_reference(self, number):
        """The structured communication (OGM-VCS) for Belgian creditors.

        Its ten digits start with a 9, so that it is no number of an invoice.
        """
        if self.company_id.country_id.code != "BE" or not number:
            return super()._get_structured_reference(number)
        return structured_communication(f"9{number[-9:]:0>9}")

    # === LEGAL ROUTES === #

    def _get_matter_traits(self, day):
        # EXTENDS debt_collection: what Belgian routes want to know of the parties
        traits = super()._get_matter_traits(day)
        debtor, creditor = self.partner_id, self.company_id.partner_id
        moves = self.claim_ids.filtered("is_open").move_id
        found = {
            "consumer": self.regime in ("be_b2c", "be_b2c_abroad"),
            "enterprises": self.regime == "be_b2b",
            "public_body": self.regime == "be_b2g",
            "private": any(moves.mapped("l10n_be_private_purpose")),
            "debtor_number": debtor._l10n_be_has_enterprise_number(),
            "creditor_number": creditor._l10n_be_has_enterprise_number(),
        }
        return traits | {code for code, holds in found.items() if holds}

    def _get_l10n_be_retention_obstacles(self):
        """Why goods cannot be reclaimed: the clause has to be older than the delivery.

        Pledge Act of 11 July 2013: in writing no later than the delivery; so it binds
        the receiver of an insolvency too.

        :rtype: list[Blocker]
        """
        self.ensure_one()
        clauses = self.legal_document_ids.filtered(
            lambda proof: proof.evidence_id.code == "retention_clause"
        )
        if not clauses:
            return []  # the engine says that it is missing
        written = min(clauses.filtered("date").mapped("date"), default=None)
        if not written:
            return [Blocker("be_clause_undated")]
        moves = self.claim_ids.filtered("is_open").move_id
        late = moves.filtered(
            lambda move: (move.delivery_date or move.invoice_date) < written
        )
        judgment = self.env["debt.collection.insolvency"]._find(self).date
        found = [
            Blocker(
                "be_clause_late",
                (
                    ("clause", str(written)),
                    ("delivery", str(move.delivery_date or move.invoice_date)),
                    ("invoice", move.name),
                ),
            )
            for move in late
        ]
        if judgment and written >= judgment:
            days = (("clause", str(written)), ("judgment", str(judgment)))
            found.append(Blocker("be_clause_after_judgment", days))
        return found

    def _get_court_lang(self):
        """The region of the debtor decides; in Brussels and abroad the creditor does.

        Act of 15 June 1935 on the use of languages in judicial matters.
        """
        # EXTENDS debt_collection
        if self.company_id.country_id.code != "BE":
            return super()._get_court_lang()
        law = self.env["debt.collection.be.law"].with_company(self.company_id)
        return law._get_court_lang(self) or super()._get_court_lang()
