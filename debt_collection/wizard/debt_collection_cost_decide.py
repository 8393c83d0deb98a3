from odoo import fields, models
from odoo.exceptions import UserError


class DebtCollectionCostDecide(models.TransientModel):
    """Words that go with a decision on costs: a reason, a question, an answer."""

    _name = "debt.collection.cost.decide"
    _description = "Decide on costs"

    verb = fields.Selection(
        selection=[
            ("refuse", "Refuse"),
            ("overrule", "Approve nevertheless"),
            ("ask", "Ask a question"),
            ("answer", "Answer"),
            ("give_up", "Give up"),
        ],
        required=True,
        readonly=True,
    )
    cost_ids = fields.Many2many(
        comodel_name="debt.collection.cost", string="Costs", readonly=True
    )
    question = fields.Text(compute="_compute_question")
    words = fields.Text(string="In your words")

    def _compute_question(self):
        for wizard in self:
            wizard.question = wizard.cost_ids[:1].question

    def action_done(self):
        """Do it for each of the costs, with the same words."""
        self.ensure_one()
        words = (self.words or "").strip()
        if not words:
            raise UserError(
                self.env._("Write a few words first: they are kept in the log.")
            )
        for cost in self.cost_ids:
            self._do(cost, words)
        return {"type": "ir.actions.act_window_close"}

    def _do(self, cost, words):
        """One decision on one cost.

        :raises UserError: why it may not be, in a sentence
        """
        cost.check_access("write")
        if self.verb == "overrule":
            cost._approve(cost.company_id._get_collection_today(), overrule=words)
        elif self.verb == "refuse":
            cost._refuse(words)
        elif self.verb == "ask":
            cost._ask(words)
        elif self.verb == "answer":
            cost._answer(words)
        else:
            cost._give_up(words)
