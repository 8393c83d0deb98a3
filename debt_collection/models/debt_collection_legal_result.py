from odoo import fields, models


class DebtCollectionLegalResult(models.Model):
    """What a step may come to, and which steps may follow then."""

    _name = "debt.collection.legal.result"
    _description = "Result of a legal step"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    type_id = fields.Many2one(
        comodel_name="debt.collection.legal.step.type",
        string="Step",
        required=True,
        index=True,
        ondelete="cascade",
    )
    next_ids = fields.Many2many(
        comodel_name="debt.collection.legal.step.type",
        relation="debt_collection_legal_result_next_rel",
        column1="result_id",
        column2="type_id",
        string="May be followed by",
    )
    is_end = fields.Boolean(
        string="Ends the route", help="Nothing has to follow on this route."
    )
    is_failed = fields.Boolean(
        string="Did not succeed", help="It interrupts no term of limitation."
    )
    gives = fields.Selection(
        selection=[
            ("title", "A title"),
            ("enforceable", "A title that may be enforced at once"),
            ("contested", "A dispute"),
            ("acknowledged", "An acknowledgement"),
            ("paid", "Payment"),
            ("no_assets", "Nothing to seize"),
        ],
        help="What the case has from then on.",
    )

    _code_unique = models.UniqueIndex(
        "(type_id, code)", "A result of a step has one code."
    )

    def _get_arrow(self, after):
        """What stands on the arrow to the next step: the result, the terms between."""
        self.ensure_one()
        terms = self.type_id.term_ids.filtered(
            lambda term: term.kind == "wait" and term._holds_back(after, self)
        )
        parts = [self.name, *(term._get_words() for term in terms)]
        return "; ".join(parts).replace('"', "'")
