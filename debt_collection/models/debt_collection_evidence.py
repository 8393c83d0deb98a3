from odoo import api, fields, models
from odoo.exceptions import ValidationError

EVIDENCE_KINDS = [
    ("order", "Order"),
    ("delivery", "Proof of delivery"),
    ("terms", "Accepted terms"),
    ("proof", "Proof of sending"),
    ("answer", "Answer of the debtor"),
    ("identity", "Identity of the debtor"),
    ("other", "Other"),
]


class DebtCollectionEvidence(models.Model):
    """A document that proves something on a case, or the word why there is none."""

    _name = "debt.collection.evidence"
    _description = "Evidence"
    _order = "kind, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    kind = fields.Selection(selection=EVIDENCE_KINDS, required=True)
    document = fields.Binary(attachment=True)
    document_name = fields.Char(export_string_translation=False)
    absence = fields.Char(
        string="Why there is none",
        help="An honest word helps more in court than a gap: “ordered by phone”.",
    )

    @api.constrains("document", "absence")
    def _check_something(self):
        for row in self:
            if not row.document and not (row.absence or "").strip():
                raise ValidationError(
                    self.env._("Add the document, or say why there is none.")
                )
