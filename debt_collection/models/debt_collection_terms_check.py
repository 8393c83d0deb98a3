from odoo import api, fields, models


class DebtCollectionTermsCheck(models.Model):
    """One question to general terms: a clause they need, or one that harms them."""

    _name = "debt.collection.terms.check"
    _description = "Question to general terms"
    _order = "kind desc, topic, sequence, id"

    name = fields.Char(string="Clause", required=True, translate=True)
    code = fields.Char(
        required=True, help="Stable key; some codes are answered by the terms alone."
    )
    kind = fields.Selection(
        selection=[("needed", "Should be there"), ("abusive", "May not be there")],
        required=True,
        default="needed",
    )
    topic = fields.Selection(
        selection=[
            ("payment", "Payment"),
            ("sanctions", "Sanctions"),
            ("precedence", "Whose terms prevail"),
            ("law", "Law and court"),
            ("dispute", "How to dispute"),
            ("balance", "Balance"),
        ],
        required=True,
    )
    regime = fields.Selection(
        selection="_selection_regime",
        string="Only for",
        help="Empty: whoever the debtor is.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    ground = fields.Char(string="Source", translate=True)
    advice = fields.Char(
        string="Why, and what to write",
        translate=True,
        help="For who drafts the terms.",
    )

    _code_unique = models.UniqueIndex("(code)", "A question has one code.")

    # === SELECTION METHODS === #

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()
