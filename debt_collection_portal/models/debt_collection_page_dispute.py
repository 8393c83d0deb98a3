from odoo import Command, api, models
from odoo.exceptions import UserError

from odoo.addons.debt_collection.models.debt_collection_facts import to_decimal

MOST_WORDS = 4000


class DebtCollectionPageDispute(models.AbstractModel):
    """What the debtor contests on his page, and what became of it."""

    _name = "debt.collection.page.dispute"
    _description = "Disputes on the debtor's page"

    @api.model
    def _get_rows(self, matter):
        """(claim, how much of it may still be contested), oldest due first.

        :rtype: list[tuple[debt.collection.claim, float]]
        """
        if not matter.case or matter.case.date_closed:
            return []
        claims = matter.case.claim_ids.filtered("is_open")
        contested = self.env["debt.collection.facts"]._read_contested(
            claims.move_line_id.ids
        )
        rows = []
        for claim in claims:
            taken = contested.get(claim.move_line_id.id, 0)
            room = to_decimal(claim.amount_residual, claim.currency_id) - taken
            if room > 0:
                rows.append((claim, float(room)))
        return rows

    @api.model
    def _get_reasons(self):
        # words of the creditor that a visitor chooses from, a dozen rows of data:
        # pylint: disable-next=no-search-all
        return self.env["debt.collection.dispute.reason"].sudo().search([])

    @api.model
    def _get_disputes(self, matter):
        """What was contested so far, newest first, as the debtor may see it."""
        return matter.case.dispute_ids if matter.case else []

    @api.model
    def _open(self, matter, wanted, reason_id, words, files, day):
        """Contest; all of it or nothing.

        :param dict wanted: claim id -> amount, None for all that is left of it
        :param list files: [(name, content)]
        :raises UserError: nothing chosen, no reason, or a file we do not keep
        :rtype: debt.collection.dispute
        """
        rooms = {claim.id: room for claim, room in self._get_rows(matter)}
        lines = [
            Command.create(
                {"claim_id": key, "amount": rooms[key] if given is None else given}
            )
            for key, given in wanted.items()
            if key in rooms
        ]
        reason = self._get_reasons().filtered(lambda r: r.id == reason_id)
        if not lines:
            raise UserError(self.env._("Choose at least one invoice."))
        if not reason:
            raise UserError(self.env._("Choose the reason."))
        words = (words or "").strip()
        if not words:
            raise UserError(self.env._("Tell us in a few words what is not right."))
        case = matter.case._as_system()
        dispute = case._open_dispute(
            {
                "reason_id": reason.id,
                "date": day,
                "description": words[:MOST_WORDS],
                "line_ids": lines,
                "user_id": (case.user_id or case.env.user).id,
            },
            "debtor",
        )
        if files:
            dispute._attach_proofs(files)
        # the page tells him at once, with an address for mail or without
        if not dispute.date_acknowledged:
            dispute._acknowledge(day)
        return dispute
