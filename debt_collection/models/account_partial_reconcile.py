from odoo import api, models
from odoo.fields import Domain


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._trigger_collection()
        return partials

    def unlink(self):
        lines = self.debit_move_id
        touched = self._touches_collection()
        result = super().unlink()
        if touched and lines:
            self.env["debt.collection.run"]._trigger()
        return result

    def _trigger_collection(self):
        """Let the run follow at once; effects come from the job, not from here."""
        if self._touches_collection():
            self.env["debt.collection.run"]._trigger()

    def _touches_collection(self):
        claims = self.env["debt.collection.claim"].sudo()  # accountants lack claims
        return bool(
            claims.search_count(
                Domain("move_line_id", "in", self.debit_move_id.ids), limit=1
            )
        )
