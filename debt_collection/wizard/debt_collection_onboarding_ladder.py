from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class DebtCollectionOnboardingLadder(models.TransientModel):
    """A creditor's first choice: his ladders, who looks, whether it is a test."""

    _name = "debt.collection.onboarding.ladder"
    _description = "First choice of ladders"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    policy_ids = fields.Many2many(
        comodel_name="debt.collection.policy",
        string="Ladders",
        context={"active_test": False},
        domain="[('company_id', 'in', (False, company_id)), ('step_ids', '!=', False)]",
        default=lambda self: self._default_policy_ids(),
        help="The first one whose rules all hold serves an invoice.",
    )
    mode = fields.Selection(
        selection=[
            ("review", "Each waits for a look of ours"),
            ("automatic", "They leave by themselves"),
        ],
        string="Letters",
        required=True,
        default=lambda self: self._default_mode(),
    )
    is_test = fields.Boolean(
        string="Test mode",
        default=lambda self: self.env.company.debt_collection_test_mode,
        help="Everything goes to the internal address, nothing to debtors.",
    )
    test_email = fields.Char(
        string="Internal address",
        default=lambda self: (
            self.env.company.debt_collection_test_email or self.env.company.email
        ),
    )

    @api.model
    def _default_policy_ids(self):
        return [Command.set(self._find_policies(self.env.company).ids)]

    @api.model
    def _default_mode(self):
        """Wait for a look, until somebody chose otherwise."""
        company = self.env.company
        if not company.debt_collection_onboarding_ids.date_ladder:
            return "review"
        modes = set(self._find_policies(company).mapped("mode"))
        return "automatic" if modes == {"automatic"} else "review"

    @api.model
    def _find_policies(self, company):
        """The ladders that serve a company now."""
        return self.env["debt.collection.policy"].search(
            [("company_id", "in", (False, company.id)), ("step_ids", "!=", False)]
        )

    def action_save(self):
        """Use the chosen ladders, rest the others, and keep that somebody chose.

        :raises UserError: no ladder is chosen
        """
        self.ensure_one()
        chosen = self.policy_ids
        if not chosen:
            raise UserError(self.env._("Choose a ladder: without one nothing leaves."))
        row = self.env["debt.collection.onboarding"]._get_row()  # only a Manager may
        (self._find_policies(self.company_id) - chosen).action_archive()
        chosen.filtered(lambda policy: not policy.active).action_unarchive()
        chosen.filtered(lambda policy: policy.mode != self.mode).mode = self.mode
        # a Manager decides how letters leave, and need not manage companies
        self.company_id.sudo().write(
            {
                "debt_collection_test_mode": self.is_test,
                "debt_collection_test_email": self.test_email,
            }
        )
        row.date_ladder = fields.Datetime.now()
        return {"type": "ir.actions.act_window_close"}
