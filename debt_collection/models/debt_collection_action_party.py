from odoo import models


class DebtCollectionActionParty(models.AbstractModel):
    """A formal notice goes to those who owe beside the debtor too."""

    _name = "debt.collection.action.party"
    _description = "Copies of a formal notice"

    def _create_party_copies(self):
        """A delivery for each co-debtor or guarantor who is to get a copy."""
        self.env["debt.collection.delivery"]._bulk_insert(
            [
                {
                    "action_id": action.id,
                    "company_id": action.company_id.id,
                    "channel": party._get_channel(),
                    "copy_id": party.partner_id.id,
                    "party_id": party.id,
                    "is_registered": False,
                    "state": "to_send",
                }
                for action in self.filtered(lambda a: a.notice_kind == "formal")
                for party in action.case_id.party_ids.filtered("gets_notice")
            ]
        )
