from odoo import api, models


class DebtCollectionLetterMention(models.AbstractModel):
    """Names of what the letters outside the ladder must say."""

    _name = "debt.collection.letter.mention"
    _description = "Mentions of the letters outside the ladder"

    @api.model
    def _get_document_mentions(self):
        """code of a mention -> its name.

        :rtype: dict[str, str]
        """
        return {
            "plan_instalments": self.env._("the instalments with their days"),
            "plan_end": self.env._("what ends the plan"),
            "plan_acceptance": self.env._("how, and until when, it is accepted"),
            "plan_signature": self.env._("who signed, and when"),
            "plan_missed": self.env._("the instalment that is missing"),
            "debt_acknowledged": self.env._("the sum acknowledged, in words"),
            "dispute_contested": self.env._("what is contested"),
            "dispute_deadline": self.env._("until when we answer"),
            "dispute_outcome": self.env._("what became of the objection"),
        }
