from odoo import fields, models


class DebtCollectionDisputeReason(models.Model):
    """Why a debtor contests: a code that letters, lists and figures share."""

    _name = "debt.collection.dispute.reason"
    _description = "Reason of a dispute"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        export_string_translation=False,
        help="Stable key, the same in every language.",
    )
    sequence = fields.Integer(default=10, export_string_translation=False)
    active = fields.Boolean(default=True)
    question = fields.Char(
        string="What we ask",
        translate=True,
        help="Shown to whoever enters the dispute: what proves it.",
    )

    _code_unique = models.UniqueIndex("(code)", "There is a reason of that code.")
