from collections import namedtuple

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.debt_collection.models.debt_collection_facts import to_decimal

from .debt_collection_page import ROWS

MOST_WORDS = 4000

# What may be contested: of a claim, or of an item of a letter without a file
Row = namedtuple("Row", "key name due room")


class DebtCollectionPageDispute(models.AbstractModel):
    """What the debtor contests on his page, and what became of it."""

    _name = "debt.collection.page.dispute"
    _description = "Disputes on the debtor's page"

    @api.model
    def _get_rows(self, matter, number=1):
        """A part of what may still be contested, oldest due first.

        :return: the rows, the part that they are, and in how many the list comes
        :rtype: tuple[list[Row], int, int]
        """
        page = self.env["debt.collection.page"]
        if not page._may_answer(matter):
            return [], 1, 1
        contested = self._read_contested(matter)
        ids = [item for item in matter.items.ids if item not in contested["wholly"]]
        pages = page._count_parts(len(ids))
        number = min(max(number, 1), pages)
        # the items come oldest due first
        part = matter.items.browse(ids[(number - 1) * ROWS : number * ROWS])
        claims = self._read_claims(matter, part)
        rows = [
            Row(
                claims.get(item.id, item.id),
                item.move_id.name,
                item.date_maturity or item.date,
                self._get_room(item, contested["partly"]),
            )
            for item in part
        ]
        return [row for row in rows if row.room > 0], number, pages

    @api.model
    def _read_contested(self, matter):
        """What is contested of the items: wholly (ids), partly (id -> amount)."""
        found = self.env["debt.collection.facts"]._read_contested(matter.items.ids)
        items = matter.items.browse(found)
        wholly = {item.id for item in items if self._get_room(item, found) <= 0}
        return {"wholly": wholly, "partly": found}

    @api.model
    def _get_room(self, item, contested):
        left = to_decimal(item.amount_residual_currency, item.currency_id)
        return float(left - contested.get(item.id, 0))

    @api.model
    def _read_claims(self, matter, items):
        """item id -> id of its open claim, for some items of a case."""
        if not matter.case:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT move_line_id, id FROM debt_collection_claim
                    WHERE case_id = %s AND is_open AND move_line_id = ANY(%s)""",
                matter.case.id,
                items.ids,
            )
        )
        return dict(rows)

    @api.model
    def _get_wanted(self, matter, wanted):
        """What a form names, as claims of the case: claim -> amount, None for all.

        :param dict wanted: of keys of `Row`
        :rtype: dict
        """
        claims = matter.case.env["debt.collection.claim"].search(
            [
                ("id", "in", list(wanted)),
                ("case_id", "=", matter.case.id),
                ("is_open", "=", True),
            ]
        )
        return {claim: wanted[claim.id] for claim in claims}

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
    def _open(self, matter, wanted, reason_id, words, files, day, is_known=False):
        """Contest; all of it or nothing.

        :param dict wanted: key of a `Row` -> amount, None for all that is left of it
        :param list files: [(name, content)]
        :param bool is_known: see `debt.collection.page._open_file`
        :raises UserError: nothing chosen, no reason, or a file we do not keep
        :rtype: debt.collection.dispute
        """
        reason = self._get_reasons().filtered(lambda r: r.id == reason_id)
        words = (words or "").strip()
        if not wanted:
            raise UserError(self.env._("Choose at least one invoice."))
        if not reason:
            raise UserError(self.env._("Choose the reason."))
        if not words:
            raise UserError(self.env._("Tell us in a few words what is not right."))
        if not matter.case:
            items = matter.items.filtered(lambda item: item.id in wanted)
            matter = self.env["debt.collection.page"]._open_file(matter, day, is_known)
            claims = self._read_claims(matter, items)
            wanted = {claims[i.id]: wanted[i.id] for i in items if i.id in claims}
        lines = self._prepare_lines(matter, wanted)
        if not lines:
            raise UserError(self.env._("Choose at least one invoice."))
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

    @api.model
    def _prepare_lines(self, matter, wanted):
        """The lines of a dispute, of what may still be contested."""
        claims = self._get_wanted(matter, wanted)
        items = matter.items.browse(claim.move_line_id.id for claim in claims)
        found = self.env["debt.collection.facts"]._read_contested(items.ids)
        rooms = {claim: self._get_room(claim.move_line_id, found) for claim in claims}
        return [
            Command.create(
                {
                    "claim_id": claim.id,
                    "amount": rooms[claim] if given is None else given,
                }
            )
            for claim, given in claims.items()
            if rooms[claim] > 0
        ]
