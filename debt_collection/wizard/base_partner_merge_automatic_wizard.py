from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: merging is raw SQL that deletes what a unique index refuses,
        # so accounts and cases are joined first and nothing is lost
        accounts_sudo = self.env["debt.collection.account"].sudo()
        accounts_sudo._join_partners(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
