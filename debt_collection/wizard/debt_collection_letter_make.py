from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class DebtCollectionLetterMake(models.TransientModel):
    """Writes a letter that no step asks for on the cases selected."""

    _name = "debt.collection.letter.make"
    _description = "Write a letter"

    case_ids = fields.Many2many(
        comodel_name="debt.collection.case",
        string="Cases",
        required=True,
        default=lambda self: self._default_case_ids(),
    )
    letter_key = fields.Selection(
        selection="_selection_letter_key",
        string="Kind of letter",
        required=True,
        default="statement",
    )
    day = fields.Date(
        string="Figures of", required=True, default=lambda self: self._default_day()
    )
    channel = fields.Selection(
        selection=[("email", "E-mail"), ("post", "Post")],
        help="Empty: how the debtor wants to be reached.",
    )
    release = fields.Boolean(
        string="Without review", help="It leaves after the undo window."
    )

    @api.model
    def _default_case_ids(self):
        is_case = self.env.context.get("active_model") == "debt.collection.case"
        keys = self.env.context.get("active_ids") if is_case else ()
        return [Command.set(keys)] if keys else []

    @api.model
    def _default_day(self):
        return self.env.company._get_collection_today()

    @api.model
    def _selection_letter_key(self):
        documents = self.env["debt.collection.document"]._get_documents()
        return [(key, doc.label) for key, doc in documents.items() if doc.by_hand]

    def action_make(self):
        """Make the letters and open them, those made before included."""
        self.ensure_one()
        self.case_ids.check_access("write")
        if self.day > self._default_day():
            raise UserError(
                self.env._("A letter cannot state what is due on a day to come.")
            )
        actions = self.case_ids._make_letter(
            self.letter_key,
            self.day,
            channels=[self.channel] if self.channel else (),
            release=self.release,
        )
        if self.release:
            self.env["debt.collection.run"]._trigger()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letters"),
            "res_model": "debt.collection.action",
            "view_mode": "form" if len(actions) == 1 else "list,form",
            "res_id": actions.id if len(actions) == 1 else False,
            "domain": [("id", "in", actions.ids)],
        }
