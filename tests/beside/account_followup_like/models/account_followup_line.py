from odoo import fields, models


class AccountFollowupLine(models.Model):
    """A level: what is sent so many days after the due date."""

    _name = "account_followup.followup.line"
    _description = "Follow-up level"
    _order = "delay"

    name = fields.Char(required=True)
    delay = fields.Integer(help="Days after the due date.")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
