from odoo import models


class DebtCollectionDisputeLetter(models.AbstractModel):
    """The debtor is told by letter, in his language, by what reaches him."""

    _name = "debt.collection.dispute.letter"
    _description = "Letters about a dispute"

    def _tell(self, what):
        """Write to the debtors, once for each dispute and matter.

        :param str what: ``received`` or ``answer``
        :return: those who are told at once, by mail; a letter by post is told of when
            it was posted, see
            `debt.collection.document._letter_left`
        :rtype: debt.collection.dispute
        """
        told = self.browse()
        for dispute in self:
            day = dispute.company_id._get_collection_today()
            # who settles a dispute need not be the one who writes letters
            Action = self.env["debt.collection.action"].sudo()
            letter_sudo = Action._make_subject_letters(f"dispute_{what}", day, dispute)
            if "email" in letter_sudo.delivery_ids.mapped("channel"):
                told |= dispute
        if self:
            self.env["debt.collection.run"]._trigger()
        return told.filtered("recipient_id.email_normalized")
