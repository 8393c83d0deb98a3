import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """:raises UserError: both have a row that may stand there once"""
        # EXTENDS base: merging is raw SQL that a unique index stops, so accounts,
        # cases and portfolios are joined first and nothing is lost
        for model in ("debt.collection.account", "debt.collection.portfolio"):
            rows_sudo = self.env[model].sudo()
            rows_sudo._join_partners(src_partners, dst_partner)
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                result = super()._update_foreign_keys(src_partners, dst_partner)
        except psycopg2.errors.UniqueViolation as error:
            raise UserError(self._get_twice_message(error.diag.table_name)) from error
        # every company's: who merges may work for one of them
        portfolio_sudo = self.env["debt.collection.portfolio"].sudo()
        portfolio_sudo._rank_partner(dst_partner)
        return result

    @api.model
    def _get_twice_message(self, table):
        """What both contacts have, of which one must go before they are merged."""
        names = {model._table: model._description for model in self.env.values()}
        return self.env._(
            "These contacts both have the same record (%(what)s), and a contact can "
            "have it once. Change or remove one of the two, then merge again; where "
            "that is not possible, keep both contacts.",
            what=names.get(table, table),
        )
