from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.document import Document

KEYS = ("dispute_received", "dispute_answer")


class DebtCollectionDocumentDispute(models.AbstractModel):
    """What the debtor is told of his dispute: it came in, and what became of it."""

    _name = "debt.collection.document.dispute"
    _description = "Letters about a dispute"

    @api.model
    def _get_dispute_documents(self):
        mail = "debt_collection.mail_template_dispute_letter"
        return {
            "dispute_received": Document(
                self.env._("Acknowledgement of an objection"),
                "debt_collection.letter_dispute_received",
                mail,
                mentions=("dispute_contested", "dispute_deadline"),
                by_hand=False,
                is_answer=True,
            ),
            "dispute_answer": Document(
                self.env._("Answer to an objection"),
                "debt_collection.letter_dispute_answer",
                mail,
                mentions=("dispute_contested", "dispute_outcome"),
                by_hand=False,
                is_answer=True,
            ),
        }

    @api.model
    def _check_dispute(self, key, subject):
        if key not in KEYS:
            return
        if not subject or (key == "dispute_answer" and subject.state == "open"):
            raise UserError(
                self.env._("There is no answer to tell yet: settle the dispute first.")
            )

    @api.model
    def _add_dispute_values(self, key, case, subject, values):
        if key not in KEYS or not subject:
            return values
        due, money = values["statement"].due, values["money"]
        stays = subject.state in ("partly", "rejected", "withdrawn")
        if key == "dispute_answer" and stays and due > 0:
            values |= self._get_way_to_pay(case, due)
        long_day = values["long_day"]
        accepted = subject.amount_accepted
        return values | {
            "dispute": subject,
            "marks": {
                "received": long_day(subject.date),
                "answer_by": Markup("<b>%s</b>") % long_day(subject.date_revisit),
                "wait_until": Markup("<b>%s</b>") % long_day(subject.date_wait_until),
                "accepted": Markup("<b>%s</b>") % money(accepted),
                "refused": Markup("<b>%s</b>") % money(subject.amount - accepted),
            },
        }

    @api.model
    def _acknowledge_dispute(self, action):
        if action.letter_key == "dispute_received":
            # whoever marks a letter as posted need not settle disputes
            dispute_sudo = action.sudo()._get_letter_subject()
            if dispute_sudo and not dispute_sudo.date_acknowledged:
                dispute_sudo._acknowledge(action.date_done)
