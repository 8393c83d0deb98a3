from odoo import fields, models


class DebtCollectionStop(models.TransientModel):
    """Asks what was reported of a debtor before everything stops."""

    _name = "debt.collection.stop"
    _description = "Stop everything towards a debtor"

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Debtor", required=True, readonly=True
    )
    kind = fields.Selection(
        selection=[("hardship", "Hardship"), ("death", "Death")],
        string="What was reported",
        required=True,
        default="hardship",
    )
    words = fields.Text(
        string="Details", help="Read by Managers and Approvers only. No medical data."
    )

    def action_stop(self):
        """Stop everything, in every company."""
        self.ensure_one()
        self.env["debt.collection.case"].check_access("write")
        self.env["debt.collection.hold"]._stop(
            self.partner_id.commercial_partner_id,
            self.kind,
            self.words,
            self.env.company._get_collection_today(),
        )
        self.env["debt.collection.run"]._trigger()
        return {"type": "ir.actions.act_window_close"}
