from odoo import fields, models


class DebtCollectionDeliveryParty(models.AbstractModel):
    """A copy for a party carries a letter of its own, frozen as the debtor's is."""

    _name = "debt.collection.delivery.party"
    _description = "Copy for a party"

    party_id = fields.Many2one(
        comodel_name="debt.collection.party",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    letter_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="Own letter",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )

    def _freeze_copies(self):
        for delivery in self.filtered(lambda d: d.party_id and not d.letter_id):
            delivery._freeze_copy()

    def _freeze_copy(self):
        """The copy in the party's language, under his address."""
        self.ensure_one()
        pdf = self.env["debt.collection.letter"]._render_copy(self)
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()  # the file store is the system's; the action was checked
            .create(
                {
                    "name": self.env._(
                        "Copy %(file)s", file=self.action_id._get_letter_filename()
                    ),
                    "raw": pdf,
                    "mimetype": "application/pdf",
                    "res_model": "debt.collection.case",
                    "res_id": self.case_id.id,
                }
            )
        )
        self.letter_id = attachment_sudo.id

    def _render_party_mail(self):
        """The words of the mail of a party.

        :rtype: dict
        """
        self.ensure_one()
        # neither the debtor's link nor the words written for him
        template = self.env.ref("debt_collection.mail_template_party_copy")
        return template.with_context(lang=self.party_id._get_lang())._generate_template(
            self.ids, ["subject", "body_html", "email_from", "reply_to"]
        )[self.id]
