from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class DebtCollectionErasure(models.TransientModel):
    """Show the files whose time has passed, and erase them once a manager says so."""

    _name = "debt.collection.erasure"
    _description = "Files to erase"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(required=True, default=lambda self: self._default_date())
    case_ids = fields.Many2many(
        comodel_name="debt.collection.case",
        string="Files",
        compute="_compute_case_ids",
        store=True,
        readonly=False,
    )
    rule_count = fields.Integer(compute="_compute_rule_count")
    summary = fields.Text(string="Erased with them", compute="_compute_summary")

    @api.model
    def _default_date(self):
        return self.env.company._get_collection_today()

    # === COMPUTE METHODS === #

    @api.depends("company_id", "date")
    def _compute_case_ids(self):
        Retention = self.env["debt.collection.retention"]
        for wizard in self:
            due = Retention._find_due(wizard.company_id, wizard.date)
            wizard.case_ids = [Command.set(due.ids)]

    @api.depends("company_id")
    def _compute_rule_count(self):
        Retention = self.env["debt.collection.retention"]
        for wizard in self:
            wizard.rule_count = Retention.search_count(
                [("company_id", "=", wizard.company_id.id)]
            )

    @api.depends("case_ids")
    def _compute_summary(self):
        Privacy = self.env["debt.collection.privacy"]
        for wizard in self:
            counts = Privacy._preview(wizard.case_ids._origin)
            wizard.summary = "\n".join(f"{label}: {count}" for label, count in counts)

    # === ACTION METHODS === #

    def action_erase(self):
        """Erase what is listed; files that are not due any more are refused.

        :raises UserError: nothing is listed, or a file must still be kept
        """
        self.ensure_one()
        today = self.company_id._get_collection_today()
        if self.date > today:
            raise UserError(
                self.env._(
                    "A day to come is for looking only: erase what is due today."
                )
            )
        due = self.env["debt.collection.retention"]._find_due(self.company_id, today)
        if not self.case_ids:
            raise UserError(self.env._("No file is due to be erased."))
        if early := self.case_ids - due:
            raise UserError(
                self.env._("%(case)s must still be kept.", case=early[0].name)
            )
        count = len(self.case_ids)
        self.env["debt.collection.privacy"]._erase(self.case_ids, today)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(number)s files erased.", number=count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
