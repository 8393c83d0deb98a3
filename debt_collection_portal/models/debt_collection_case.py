from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL

from .debt_collection_page import Matter


class DebtCollectionCase(models.Model):
    _inherit = "debt.collection.case"

    link_ids = fields.One2many(
        comodel_name="debt.collection.link", inverse_name="case_id", string="Links"
    )

    # === ACTION METHODS === #

    def action_revoke_links(self):
        """Shut every link of the cases, for example after a letter went astray."""
        self.check_access("write")
        self._revoke_links()

    # === BUSINESS METHODS === #

    def _close(self, outcome, day):
        """A closed case has no page, unless another case goes on with its items."""
        # EXTENDS debt_collection
        closed = super()._close(outcome, day)
        if outcome != "joined":
            closed._revoke_links()
        return closed

    def _revoke_links(self):
        """Shut the links of the letters, and of earlier letters on the same items."""
        items = self.claim_ids.move_line_id
        links_sudo = self.env["debt.collection.link"].sudo()  # see the comment there
        found = links_sudo.search(
            [
                ("action_id.line_ids.move_line_id", "in", items.ids),
                ("revoked_on", "=", False),
                ("case_id", "=", False),
            ]
        ).filtered(lambda link: link.action_id.line_ids.move_line_id <= items)
        (found | self.sudo().link_ids)._revoke(fields.Datetime.now())  # as above

    def _as_system(self):
        """The case in the hands of the system, which acts for the debtor."""
        # debtors have no account or no rights; the page checked what they may do
        return self.with_user(SUPERUSER_ID).with_company(self.company_id)

    def _ask_reader(self, summary):
        """Have somebody read what the debtor sent: the collector of the case."""
        for case in self.filtered("user_id"):
            # the collector could not read an activity of the public user
            case._as_system().activity_schedule(
                "debt_collection.mail_activity_type_answer",
                summary=summary,
                date_deadline=case.company_id._get_collection_today(),
                user_id=case.user_id.id,
            )

    def _get_matter(self):
        """What the debtor's page of the case is about.

        :rtype: Matter
        """
        self.ensure_one()
        letters = self.action_ids.filtered("attachment_id")
        return Matter(self.account_id, self, self._read_items(), letters)

    def _read_items(self):
        """The items that the case claims, or claimed when it closed; none is loaded.

        :rtype: account.move.line
        """
        self.env["debt.collection.claim"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT move_line_id FROM debt_collection_claim
                    WHERE case_id = %s AND (is_open OR %s)
                    ORDER BY date_due, id""",
                self.id,
                bool(self.date_closed),
            )
        )
        return self.env["account.move.line"].browse(row[0] for row in rows)
