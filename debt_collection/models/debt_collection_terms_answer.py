from odoo import api, fields, models


class DebtCollectionTermsAnswer(models.Model):
    """What one version of the general terms says to one question."""

    _name = "debt.collection.terms.answer"
    _description = "Answer of general terms"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "kind desc, topic, check_sequence, id"
    _check_company_auto = True

    terms_id = fields.Many2one(
        comodel_name="debt.collection.terms",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="terms_id.company_id", store=True, index=True)
    check_id = fields.Many2one(
        comodel_name="debt.collection.terms.check",
        string="Question",
        required=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(related="check_id.kind", store=True)
    topic = fields.Selection(related="check_id.topic", store=True)
    check_sequence = fields.Integer(related="check_id.sequence", store=True)
    regime = fields.Selection(related="check_id.regime")
    ground = fields.Char(related="check_id.ground")
    advice = fields.Char(related="check_id.advice")
    answer = fields.Selection(
        selection=[("yes", "Is there"), ("no", "Is not there")],
        help="Empty: nobody has read it yet.",
    )
    note = fields.Char(string="Where", help="The number of the article.")
    verdict = fields.Selection(
        selection=[
            ("good", "Good"),
            ("missing", "Missing"),
            ("abusive", "Abusive"),
            ("unread", "To read"),
        ],
        compute="_compute_verdict",
        store=True,
    )

    _check_unique = models.UniqueIndex(
        "(terms_id, check_id)", "These terms answer each question once."
    )

    # === COMPUTE METHODS === #

    @api.depends("answer", "kind")
    def _compute_verdict(self):
        flaws = {("needed", "no"): "missing", ("abusive", "yes"): "abusive"}
        for row in self:
            found = flaws.get((row.kind, row.answer), "good")
            row.verdict = found if row.answer else "unread"
