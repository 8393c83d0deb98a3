from odoo import api, models
from odoo.tools.misc import format_date


class VisitReport(models.AbstractModel):
    """The visit sheet: what the visitor knows, and what he hands to the debtor."""

    _name = "report.debt_collection.visit_list"
    _description = "Visit sheet"
    _inherit = "report.debt_collection.statement_list"

    @api.model
    def _get_pages(self, cases, day):
        """For each case the sheet of the visitor, then the page for the debtor."""
        Documents = self.env["debt.collection.document"]
        pages = []
        for case in cases:
            pages.append(self._render_sheet(case, day))
            pages += Documents._render_cases(case, "visit", day)
        return pages

    @api.model
    def _render_sheet(self, case, day):
        """The visitor's own page, in his language: it stays with him."""
        Desk, Letter = (
            self.env["debt.collection.desk"],
            self.env["debt.collection.letter"],
        )
        recipient = case.partner_id._get_collection_recipient()
        outcomes = self.env["debt.collection.outcome"].search([("by_visit", "=", True)])
        values = {
            **Letter._get_frame(case, recipient, case),
            "date": format_date(self.env, day),
            "visitor": self.env.user,
            "lines": Desk._get_script(case),
            "phones": Desk._get_phones(case),
            "outcomes": outcomes.mapped("name"),
        }
        return self.env["ir.qweb"]._render("debt_collection.visit_sheet", values)
