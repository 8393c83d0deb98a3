from odoo import api, fields, models
from odoo.tools.image import image_data_uri
from odoo.tools.misc import format_date, formatLang


class StatementReport(models.AbstractModel):
    """The interim statement of cases, as of the day asked or today."""

    _name = "report.debt_collection.statement_list"
    _description = "Interim statement"

    @api.model
    def _get_report_values(self, docids, data=None):
        cases = self.env["debt.collection.case"].browse(docids)
        day = fields.Date.to_date((data or {}).get("day")) or (
            fields.Date.context_today(self)
        )
        statements = self.env["debt.collection.statement"]._for_cases(
            cases, day, verified_only=True
        )
        return {
            "doc_ids": docids,
            "doc_model": cases._name,
            "docs": cases,
            "at": day,
            "statements": statements,
            "image_data_uri": image_data_uri,
            "money": lambda amount, currency: formatLang(
                self.env, float(amount), currency_obj=currency
            ),
            "day": lambda value: format_date(self.env, value),
        }
