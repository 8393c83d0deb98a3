from odoo import models


class CertificateReport(models.AbstractModel):
    """The creditor's declaration that a claim cannot be recovered, for his books."""

    _name = "report.debt_collection.certificate_list"
    _description = "Declaration of irrecoverability"
    _inherit = "report.debt_collection.statement_list"

    _document = "certificate"
