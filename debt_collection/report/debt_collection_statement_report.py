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
        Letter = self.env["debt.collection.letter"]
        if self._document != "statement":
            return Letter._render_case_bodies(cases, self._document, day)
        return [self._render_statement(case, day) for case in cases]

    @api.model
    def _render_statement(self, case, day):
        recipient = case.partner_id._get_collection_recipient()
        lang = recipient.lang or case.partner_id.lang or case.company_id.partner_id.lang
        case = case.with_context(lang=lang)
        Page = self.env["debt.collection.statement.page"].with_context(lang=lang)
        Letter = self.env["debt.collection.letter"].with_context(lang=lang)
        values = {
            **Letter._get_frame(case, recipient, case),
            **Page._get_values(case, day, verified_only=True),
            "date": day,
        }
        template = "debt_collection.letter_statement"
        return self.env["ir.qweb"].with_context(lang=lang)._render(template, values)
