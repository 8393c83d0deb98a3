from odoo import api, models


class LegalReport(models.AbstractModel):
    """The document of a legal step, in the language of its procedure."""

    _name = "report.debt_collection.legal_list"
    _description = "Document of a legal step"

    @api.model
    def _get_report_values(self, docids, data=None):
        steps = self.env["debt.collection.legal.step"].browse(docids)
        return {
            "doc_ids": steps.ids,
            "doc_model": steps._name,
            "docs": steps,
            "pages": [step._render_document() for step in steps],
        }
