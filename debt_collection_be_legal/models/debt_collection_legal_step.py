from odoo import models


class DebtCollectionLegalStep(models.Model):
    _inherit = "debt.collection.legal.step"

    def _get_obstacles(self, day):
        # EXTENDS debt_collection: a clause of retention that came too late
        found = super()._get_obstacles(day)
        if self.type_id.code == "reclaim_goods":
            found += self.case_id._get_l10n_be_retention_obstacles()
        return found

    def _get_document_values(self):
        # EXTENDS debt_collection: the figures of a non-contested claim
        values = super()._get_document_values()
        own = {
            "sheet": self._get_l10n_be_sheet(values["statement"]),
            "is_noncontested": self._is_l10n_be_noncontested(),
        }
        if self.type_id.code == "so_notice":
            own["order"] = self._get_l10n_be_order(values["statement"].at)
        return {**values, **own}

    def _is_l10n_be_noncontested(self):
        """Whether the claim goes, or went, the non-contested way: its ceiling holds."""
        self.ensure_one()
        done = self.case_id.legal_step_ids.filtered(
            lambda step: step.type_id.code == "rci_enforceable"
            and step.result_id.gives == "enforceable"
        )
        return self.route_id.code == "be_rci" or bool(done)

    def _get_l10n_be_order(self, day):
        """What the notice before a summary order names: the term, the judge.

        :rtype: dict
        """
        self.ensure_one()
        law = self.env["debt.collection.be.route"].with_company(self.company_id)
        matter = self.case_id._get_legal_matter(day)
        court = law._get_court(matter)
        labels = self.env["debt.collection.be.court"]._get_court_labels()
        number = law._value("be.court.term.days", day, "summary_order_notice")
        return {"days": int(number), "court": labels[court.key]}

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
