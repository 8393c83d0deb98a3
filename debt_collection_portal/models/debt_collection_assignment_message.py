from odoo import models


class DebtCollectionAssignmentMessage(models.Model):
    _inherit = "debt.collection.assignment.message"

    _proof_max_files = 5

    # === BUSINESS METHODS === #

    def _ask_person(self, reason):
        """The rules refused a cost that a partner asks for: a person decides.

        :param str reason: why, for the house alone
        """
        self.ensure_one()
        self.case_id._ask_decision(f"{self._get_question()} ({reason})")
