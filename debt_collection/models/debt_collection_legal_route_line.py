from odoo import fields, models


class DebtCollectionLegalRouteLine(models.Model):
    """A step type on a route: whether it may start it, whether it is the usual way."""

    _name = "debt.collection.legal.route.line"
    _description = "Step of a legal route"
    _order = "sequence, id"

    route_id = fields.Many2one(
        comodel_name="debt.collection.legal.route",
        required=True,
        index=True,
        ondelete="cascade",
    )
    type_id = fields.Many2one(
        comodel_name="debt.collection.legal.step.type",
        string="Step",
        required=True,
        index=True,
        ondelete="restrict",
    )
    sequence = fields.Integer(default=10)
    is_start = fields.Boolean(string="May start it")
    is_usual = fields.Boolean(string="On the usual way", default=True)

    _type_unique = models.UniqueIndex(
        "(route_id, type_id)", "A step stands on a route once."
    )
