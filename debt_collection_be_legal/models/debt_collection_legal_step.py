from odoo import models


class DebtCollectionLegalStep(models.Model):
    _inherit = "debt.collection.legal.step"

    def _get_document_values(self):
        # EXTENDS debt_collection: the figures of a non-contested claim
        values = super()._get_document_values()
        return {**values, "sheet": self._get_l10n_be_sheet(values["statement"])}

    def _get_l10n_be_sheet(self, statement):
        """The data sheet: interest and penalties under their common ceiling.

        :param Statement statement: on the day of the document
        :rtype: dict
        """
        law = self.env["debt.collection.be.noncontested"].with_company(self.company_id)
        principal = statement.principal_left
        kept = law._get_accessories(
            principal, statement.interest_left, statement.indemnity_left, statement.at
        )
        percent = law._value("be.rci.cap", statement.at)
        asked = statement.interest_left + statement.indemnity_left
        return {
            "principal": principal,
            "interest": statement.interest_left,
            "penalty": statement.indemnity_left,
            "percent": f"{percent:f}",
            "ceiling": principal * percent / 100,
            "given_up": asked - kept.amount,
            "total": principal + kept.amount,
        }
