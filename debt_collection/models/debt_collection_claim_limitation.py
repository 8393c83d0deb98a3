from odoo import fields, models
from odoo.tools import format_date

from ..tools.facts import INTERRUPTION_KINDS


class DebtCollectionClaimLimitation(models.AbstractModel):
    """Until when a claim may be brought to court, on which ground, and what moved it.

    Kept by `case._refresh_limitation`; the law is that of the claim's regime.
    """

    _name = "debt.collection.claim.limitation"
    _description = "Limitation of a claim"

    date_limitation = fields.Date(
        string="Prescribed after",
        readonly=True,
        copy=False,
        help="Last day before it is prescribed, interruptions counted.",
    )
    limitation_ground = fields.Char(
        string="Ground of the limitation", readonly=True, copy=False
    )
    limitation_to_verify = fields.Boolean(
        string="Limitation to verify", readonly=True, copy=False
    )
    interruptions = fields.Char(
        string="Interrupted by",
        readonly=True,
        copy=False,
        help="What made the term run again, with its day: an acknowledgement or a "
        "part payment, a summons, a seizure, the notice of a lawyer, a title.",
    )

    def _store_limitation(self, fact, limitation):
        """Keep the clock of one claim.

        :param ClaimFacts fact: the claim as its regime sees it
        :param Limitation limitation: what the regime answers, None where it knows none
        """
        self.ensure_one()
        vals = {
            "date_limitation": limitation.last_day if limitation else False,
            "limitation_ground": limitation.ground if limitation else False,
            "limitation_to_verify": bool(limitation) and not limitation.verified,
            "interruptions": self._word_interruptions(fact) if limitation else False,
        }
        if any(self[name] != value for name, value in vals.items()):
            self.write(vals)

    def _word_interruptions(self, fact):
        labels = self._get_interruption_labels()
        parts = [
            f"{format_date(self.env, event.day)}: {labels[event.kind]}"
            for event in fact.interruptions
        ]
        return "; ".join(parts) or False

    def _get_interruption_labels(self):
        """kind of an interruption -> its name."""
        labels = {
            "acknowledgement": self.env._("acknowledgement or part payment"),
            "writing": self.env._("signed acknowledgement"),
            "summons": self.env._("summons or payment order"),
            "seizure": self.env._("seizure"),
            "lawyer_notice": self.env._("notice of a lawyer or bailiff"),
            "judgment": self.env._("title"),
        }
        return {kind: labels[kind] for kind in INTERRUPTION_KINDS}
