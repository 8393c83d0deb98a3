from odoo import api, fields, models
from odoo.exceptions import UserError

# Books made by one click: each takes seconds, and a request has its limit
MAX_BOOKS = 40


class DebtCollectionCaseEvidence(models.AbstractModel):
    """What proves a case: its answers, its accepted terms, its evidence book."""

    _name = "debt.collection.case.evidence"
    _description = "Evidence of a case"

    book_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="Evidence book",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    moment_book = fields.Datetime(
        string="Evidence book made", readonly=True, copy=False
    )
    book_sha256 = fields.Char(
        string="SHA-256 of the evidence book", readonly=True, copy=False
    )

    # === ACTION METHODS === #

    def action_make_book(self):
        """Make the evidence book of each case and download it, or all in one ZIP.

        :raises UserError: too many at once
        """
        if len(self) > MAX_BOOKS:
            raise UserError(
                self.env._(
                    "At most %(number)s evidence books are made at once: choose fewer "
                    "cases.",
                    number=MAX_BOOKS,
                )
            )
        self.check_access("write")
        self._check_not_erased()
        Book, now = self.env["debt.collection.book"], fields.Datetime.now()
        books = [Book._make(case, now) for case in self]
        file = books[0] if len(books) == 1 else Book._pack_many(self, now)
        return self._download(file)

    def action_open_book(self):
        """Download the evidence book that was made last."""
        self.ensure_one()
        if not self.book_id:
            return self.action_make_book()
        return self._download(self.book_id)

    @api.model
    def _download(self, attachment):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "new",
        }

    # === WHAT PROVES IT === #

    def _read_all_facts(self):
        """The facts of every claim of the case, those of closed ones too."""
        self.ensure_one()
        regimes = {claim.move_line_id.id: claim.regime for claim in self.claim_ids}
        if not regimes:
            return []
        return list(self.env["debt.collection.facts"]._read(regimes).values())

    def _get_acceptances(self):
        """The acceptances of terms by the debtor, or by one of his contacts.

        :rtype: debt.collection.terms.acceptance
        """
        self.ensure_one()
        return self.env["debt.collection.terms.acceptance"].search(
            [
                ("partner_id", "child_of", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("move_id", "in", [False, *self.claim_ids.move_id.ids]),
            ]
        )

    def _get_answers(self):
        """What the debtor wrote on the case, oldest first.

        :rtype: mail.message
        """
        self.ensure_one()
        debtors = self.partner_id + self.partner_id.child_ids
        written = self.message_ids.filtered(
            lambda m: (
                m.author_id in debtors
                or m.message_type == "email"
                and (not m.author_id or m.author_id.partner_share)
            )
        )
        return written.sorted("id")

    def _get_log_head(self):
        """The last seal of the log; what is printed elsewhere anchors the chain.

        :rtype: str
        """
        self.ensure_one()
        return self.event_ids.sorted("seq")[-1:].digest or "0" * 64

    def _keep_book(self, attachment, digest, moment):
        """Remember the evidence book made last, and seal its digest into the log."""
        self.ensure_one()
        self.write(
            {"book_id": attachment.id, "moment_book": moment, "book_sha256": digest}
        )
        self._log_event("book", {"sha256": digest, "file": attachment.name})
