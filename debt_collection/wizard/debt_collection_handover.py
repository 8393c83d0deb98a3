from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class DebtCollectionHandover(models.TransientModel):
    """Hand one case or a batch of them to a partner, in one click."""

    _name = "debt.collection.handover"
    _description = "Hand cases to a partner"

    company_id = fields.Many2one(
        comodel_name="res.company", compute="_compute_company_id"
    )
    agreement_id = fields.Many2one(
        comodel_name="debt.collection.agreement",
        required=True,
        domain="[('company_id', '=', company_id)]",
    )
    case_ids = fields.Many2many(
        comodel_name="debt.collection.case", string="Cases", required=True
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.handover.line",
        inverse_name="handover_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    gap_count = fields.Integer(string="Not complete", compute="_compute_gap_count")
    reason = fields.Char(
        string="Why all the same",
        help="For cases that are not complete; without it they stay here.",
    )

    @api.depends("case_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.case_ids.company_id[:1]

    @api.depends("case_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create({"case_id": case.id}) for case in wizard.case_ids._origin
            ]

    @api.depends("line_ids")
    def _compute_gap_count(self):
        for wizard in self:
            complete = wizard.line_ids.filtered("is_complete")
            wizard.gap_count = len(wizard.line_ids) - len(complete)

    def action_apply(self):
        """Hand over what can be; say of the others why not.

        :raises UserError: none could be handed over
        """
        self.ensure_one()
        self.case_ids.check_access("write")
        done, refused = self._hand_over(fields.Datetime.now())
        if not done:
            raise UserError("\n".join(refused))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "title": self.env._("%(number)s handed over", number=len(done)),
                "message": "\n".join(refused),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _hand_over(self, moment):
        """Each case alone, so that one that is refused stops no other.

        :return: the hand-overs made, and the reasons of those refused
        """
        Assignment = self.env["debt.collection.assignment"]
        done, refused = Assignment, []
        for case in self.case_ids:
            try:
                with self.env.cr.savepoint():
                    assignment = Assignment._prepare_for(case, self.agreement_id)
                    assignment._hand_over(moment, self.reason or "")
                    done += assignment
            except UserError as error:
                refused.append(str(error))
        return done, refused
