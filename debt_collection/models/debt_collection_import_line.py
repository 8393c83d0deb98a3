from odoo import fields, models

from ..tools.tabular import Row


class DebtCollectionImportLine(models.Model):
    """A line of a file that was not taken in, and why."""

    _name = "debt.collection.import.line"
    _description = "Line not taken in"
    _inherit = ["debt.collection.lock"]
    _order = "number, id"

    import_id = fields.Many2one(
        comodel_name="debt.collection.import",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    number = fields.Integer(string="Line", readonly=True)
    text = fields.Text(string="As it came", readonly=True)
    values = fields.Json(readonly=True)
    is_unreadable = fields.Boolean(readonly=True, export_string_translation=False)
    reason = fields.Char(readonly=True)

    def _get_row(self):
        """The line as it was read, to be tried again.

        :rtype: tools.tabular.Row
        """
        self.ensure_one()
        error = self.reason if self.is_unreadable else ""
        return Row(self.number, dict(self.values or {}), error, self.text or "")
