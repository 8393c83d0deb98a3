from odoo import models


class ReceiptReport(models.AbstractModel):
    """What was received on a case, where it went, and what is left."""

    _name = "report.debt_collection.receipt_list"
    _description = "Receipt"
    _inherit = "report.debt_collection.statement_list"

    _document = "receipt"
