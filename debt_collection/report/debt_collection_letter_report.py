from odoo import api, models


class LetterPreview(models.AbstractModel):
    """Prints actions from the menu: each as its letter would be made now."""

    _name = "report.debt_collection.letter_list"
    _description = "Preview of collection letters"

    @api.model
    def _get_report_values(self, docids, data=None):
        Letter = self.env["debt.collection.letter"]
        actions = self.env["debt.collection.action"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": actions._name,
            "docs": actions,
            "pages": [Letter._render_body(action) for action in actions],
        }
