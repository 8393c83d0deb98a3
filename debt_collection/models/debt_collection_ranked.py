from odoo import models
from odoo.tools import SQL


class DebtCollectionRanked(models.AbstractModel):
    """What can ask a person for a hand: its debtor is ranked anew when it changes.

    Every way of writing a row ends here: the ORM, its computed fields, deletion, and
    the statements of the daily run. Changes are gathered, and ranked together before
    the transaction ends or the work list is read.
    """

    _name = "debt.collection.ranked"
    _inherit = ["debt.collection.bulk"]
    _description = "What the work list is made of"

    #: the stored fields that say whether, and since when, a hand is needed
    _ranked_by = frozenset()

    def _create(self, data_list):
        records = super()._create(data_list)
        records._rank_later()
        return records

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        if any(not self._ranked_by.isdisjoint(vals) for vals in vals_list):
            self._rank_later()
        return result

    def unlink(self):
        keys = self.env.execute_query(self._get_ranked_sql(self.ids))
        result = super().unlink()
        if keys:
            self._note_change(None, keys)
        return result

    def _bulk_insert(self, vals_list, skip_existing=True):
        records = super()._bulk_insert(vals_list, skip_existing=skip_existing)
        records._rank_later()
        return records

    def _bulk_update(self, values_by_id, names):
        result = super()._bulk_update(values_by_id, names)
        if not self._ranked_by.isdisjoint(names):
            self.browse(values_by_id)._rank_later()
        return result

    # === RANKING === #

    def _rank_later(self):
        """The debtors of these records are ranked before the transaction ends."""
        if self:
            self._note_change(self._name, self.ids)

    def _note_change(self, model, keys):
        # of a debtor's own transaction too: he has no right on a portfolio
        portfolio_sudo = self.env["debt.collection.portfolio"].sudo()
        portfolio_sudo._note_change(model, keys)

    def _get_ranked_sql(self, ids):
        """Pairs of company and partner of rows of this model."""
        return SQL(
            "SELECT company_id, partner_id FROM %s WHERE id = ANY(%s)",
            SQL.identifier(self._table),
            list(ids),
        )
