from odoo import fields, models


class DebtCollectionAction(models.Model):
    _inherit = "debt.collection.action"

    link_ids = fields.One2many(
        comodel_name="debt.collection.link", inverse_name="action_id", string="Links"
    )

    # === BUSINESS METHODS === #

    def _before_letters(self):
        # EXTENDS debt_collection
        # Letter and mail both ask for the URL; a mail tried again later finds the
        # link of its frozen letter, or a new one if that ended.
        self.env["debt.collection.link"]._issue(self)
        return super()._before_letters()

    def _get_portal_url(self):
        """The URL of the letter's link; a preview shows where it will stand.

        Nothing is written here: links are made when a letter leaves.
        """
        # EXTENDS debt_collection
        self.ensure_one()
        now = fields.Datetime.now()
        for link_sudo in self.sudo().link_ids:  # salts are the system's
            if link_sudo._is_live(now):
                return link_sudo._get_url()
        if self.state == "planned":
            return f"{self.get_base_url()}/collect/…"
        return super()._get_portal_url()
