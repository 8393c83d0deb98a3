from odoo import models


class ClosingReport(models.AbstractModel):
    """The letter that tells the debtor that a case is closed."""

    _name = "report.debt_collection.closing_list"
    _description = "Closing letter"
    _inherit = "report.debt_collection.statement_list"

    _document = "closing"
