from odoo import api, fields, models

# state of a letter of Odoo's Snailmail that never left
SNAILMAIL_LOST = ("error", "canceled")


class DebtCollectionDeliverySnailmail(models.AbstractModel):
    """Letters by post that Odoo's Snailmail carries, where it is installed.

    The engine does not depend on it: its letter is known by number alone, and what
    became of it is asked by the daily run.
    """

    _name = "debt.collection.delivery.snailmail"
    _description = "Post by Snailmail"

    snailmail_ref = fields.Integer(
        string="Snailmail", readonly=True, copy=False, export_string_translation=False
    )

    @api.model
    def _has_snailmail(self):
        return "snailmail.letter" in self.env

    def _offer_to_snailmail(self):
        """Letters that can be posted go there, where the creditor wants it."""
        if not self._has_snailmail():
            return
        for delivery in self.filtered(
            lambda d: (
                d.company_id.debt_collection_snailmail
                and d.handed_over
                and d.case_id
                and not (d.is_registered or d.is_test or d.copy_id)
            )
        ):
            delivery._give_to_snailmail()

    def _give_to_snailmail(self):
        """Queue the frozen letter at Snailmail; its own job prints and sends it."""
        self.ensure_one()
        letters = self.env["snailmail.letter"].sudo()  # the action was checked
        self.snailmail_ref = letters.create(
            {
                "model": "debt.collection.case",
                "res_id": self.case_id.id,
                "partner_id": self._get_recipient().id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                "attachment_id": self._get_letter_file().id,
            }
        ).id

    @api.model
    def _read_snailmail(self, company):
        """Ask Snailmail what became of its letters: sent, or to be tried otherwise."""
        if not self._has_snailmail():
            return
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "to_send"),
                ("snailmail_ref", "!=", 0),
            ]
        )
        letters_sudo = self.env["snailmail.letter"].sudo()  # the job only looks
        by_ref = {
            letter.id: letter
            for letter in letters_sudo.browse(waiting.mapped("snailmail_ref")).exists()
        }
        for delivery in waiting:
            letter = by_ref.get(delivery.snailmail_ref)
            if letter and letter.state == "sent":
                delivery._set_sent(fields.Datetime.now())
            elif not letter or letter.state in SNAILMAIL_LOST:
                delivery._set_undeliverable(
                    self.env._("Snailmail did not send it. Print it, or retry.")
                )
                delivery.action_id._settle()
