from odoo import api, fields, models

from .debt_collection_action_back import WAITING


class DebtCollectionActionWait(models.AbstractModel):
    """Why a letter waits: for a person, or before the contact gate.

    The gate is asked when a letter is planned, when it is made, and when its mail or
    its pile leaves: what moved in between keeps it waiting, and it says why.
    """

    _name = "debt.collection.action.wait"
    _description = "Waiting of a letter"

    # Rows of code, values, first day it no longer holds, regime; as on the account
    waits = fields.Json(readonly=True, copy=False, export_string_translation=False)
    why_waits = fields.Char(string="Why it waits", compute="_compute_why_waits")

    @api.depends("state", "waits")
    @api.depends_context("lang")
    def _compute_why_waits(self):
        run = self.env["debt.collection.run"]
        for action in self:
            waits = action.waits if action.state in WAITING else ()
            action.why_waits = " ".join(run._word_stored(row) for row in waits or ())

    def _ask_gate(self):
        """Ask the contact gate once more, for today.

        :return: those that may leave; of the others the reason is kept
        """
        found = {}
        for company, group in self.grouped("company_id").items():
            gate = self.env["debt.collection.gate"].with_company(company)
            found |= gate._get_waits(group, company._get_collection_today())
        self._keep_waits(found)
        return self.filtered(lambda action: not found.get(action.id))

    def _date_today(self):
        """A letter of the ladder that waited is one of the day it is made.

        Its figures and the term it announces would not be true any more.
        """
        for company, group in self.grouped("company_id").items():
            today = company._get_collection_today()
            group.filtered(
                lambda a, today=today: a.step_id
                and not a.attachment_id
                and a.date < today
            ).write({"date": today})

    def _unmake(self):
        """Letters that may not leave now are made again on the day they may.

        Not where a channel took one already, or its paper lies in a pile.
        """
        for action in self:
            deliveries = action.delivery_ids
            waiting = deliveries.filtered(lambda d: d.state == "to_send")
            waiting._hand_over_again()
            if action._has_begun_to_leave() or deliveries.batch_id:
                continue
            waiting.write({"handed_over": False, "letter_id": False})
            action.attachment_id = False

    def _keep_waits(self, found):
        """Write down why released letters wait, where that changed.

        :param dict found: id of an action -> tuple of blockers
        """
        released = self.filtered(lambda action: action.state == "released")
        changed = self.browse()
        for action in released:
            rows = [
                [b.code, dict(b.params), str(b.until or ""), ""]
                for b in found.get(action.id, ())
            ]
            if (action.waits or []) != rows:
                action.waits = rows or False
                changed |= action
        changed.account_id._mark_stale()
