from odoo import fields, models


class DebtCollectionLegalDocument(models.Model):
    """A document of a case that proves something, by its kind."""

    _name = "debt.collection.legal.document"
    _description = "Evidence of a case"
    _order = "evidence_id, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    evidence_id = fields.Many2one(
        comodel_name="debt.collection.legal.evidence",
        string="Proves",
        required=True,
        index=True,
        ondelete="restrict",
    )
    name = fields.Char(string="Description", required=True)
    date = fields.Date(string="Dated")
    file = fields.Binary(attachment=True)
    file_name = fields.Char(export_string_translation=False)
