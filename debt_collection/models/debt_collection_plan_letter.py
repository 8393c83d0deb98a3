from odoo import models


class DebtCollectionPlanLetter(models.AbstractModel):
    """What happens to a payment plan is told to the debtor by letter, once each."""

    _name = "debt.collection.plan.letter"
    _description = "Letters of a plan"

    def _agree(self, day):
        # an offer that nobody told the debtor of cannot be accepted
        result = super()._agree(day)
        if self.state == "offered":
            self._write_letters("plan_proposal", day)
        return result

    def _start(self, day, state):
        result = super()._start(day, state)
        self._drop_letters("plan_proposal", self.env._("It was accepted."))
        self._write_letters("plan_agreement", day)
        return result

    def _end(self, state, day, reason=None):
        result = super()._end(state, day, reason)
        self._drop_letters("plan_proposal", self.env._("It is over."))
        if state == "broken":
            self._write_letters("plan_broken", day)
        return result

    def _write_letters(self, key, day):
        """A letter on each payment plan; it leaves without review, both sides agreed.

        :param str key: see `debt.collection.document`
        """
        plans = self.filtered(lambda plan: plan.kind == "plan")
        if plans:
            # who proposes, signs or judges need not be the one who writes letters
            Action = self.env["debt.collection.action"].sudo()
            Action._make_subject_letters(key, day, plans.sudo())
            self.env["debt.collection.run"]._trigger()

    def _drop_letters(self, key, reason):
        """Take back what did not leave and would not be true any more."""
        refs = {f"{plan._name},{plan.id}" for plan in self}
        letters_sudo = self.case_id.action_ids.sudo()  # as for their writing
        letters_sudo.filtered(
            lambda action: action.letter_key == key and action.letter_ref in refs
        )._cancel(reason)
