from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class DebtCollectionActionLine(models.Model):
    """One item that an action lists. Unique by step, item and cycle: never twice."""

    _name = "debt.collection.action.line"
    _description = "Item of a collection action"
    _inherit = ["debt.collection.lock", "debt.collection.bulk"]
    _order = "action_id, id"

    action_id = fields.Many2one(
        comodel_name="debt.collection.action",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    step_id = fields.Many2one(
        comodel_name="debt.collection.policy.step",
        readonly=True,
        ondelete="restrict",
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Item",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    cycle = fields.Integer(default=0, required=True, readonly=True)
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    amount_residual = fields.Monetary(string="Left", readonly=True)

    # the item first: it is what the run looks lines up by
    _once = models.UniqueIndex(
        "(move_line_id, step_id, cycle)",
        "This step has reached this item already.",
    )

    def _leave_cycle(self):
        """These lines count as a step taken no longer: its place is free again."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_action_line SET cycle = -id
                    WHERE id = ANY(%s) AND cycle >= 0""",
                self.ids,
            )
        )
        self.invalidate_recordset(["cycle"], flush=False)

    def action_leave_out(self):
        """Leave the item out of a letter that waits for review; it rests a week.

        :raises UserError: the letter left already, or would list nothing
        """
        for action, lines in self.grouped("action_id").items():
            action.check_access("write")
            if action.state != "planned" or action.letter_key:
                raise UserError(
                    self.env._("Only a step of a ladder under review can be changed.")
                )
            if lines == action.line_ids:
                raise UserError(
                    self.env._("Nothing would be left: skip the whole letter instead.")
                )
            action._leave_out(lines)
