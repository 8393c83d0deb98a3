from odoo import api, fields, models


class StatementReport(models.AbstractModel):
    """The settlement statement of cases, on paper, as of the day asked or today."""

    _name = "report.debt_collection.statement_list"
    _description = "Settlement statement"

    # the document on a case that this report prints
    _document = "statement"

    @api.model
    def _get_report_values(self, docids, data=None):
        data = data or {}
        cases = self.env["debt.collection.case"].browse(
            docids or data.get("case_ids") or ()
        )
        day = fields.Date.to_date(data.get("day")) or fields.Date.context_today(self)
        return {
            "doc_ids": cases.ids,
            "doc_model": cases._name,
            "docs": cases,
            "pages": self._get_pages(cases, day),
        }

    @api.model
    def _get_pages(self, cases, day):
        """The body of each document, in the language of its debtor."""
        Documents = self.env["debt.collection.document"]
        return Documents._render_cases(cases, self._document, day)
