from odoo import fields, models


class DebtCollectionLegalEvidence(models.Model):
    """A kind of evidence that legal steps ask for."""

    _name = "debt.collection.legal.evidence"
    _description = "Kind of evidence"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Stable key. What the engine finds by itself (an invoice, a letter with "
        "its proof) has a reader of that key; other kinds are documents somebody adds.",
    )
    sequence = fields.Integer(default=10)
    help_text = fields.Char(string="What it is", translate=True)

    _code_unique = models.UniqueIndex("(code)", "A kind of evidence has one code.")
