from odoo import api, fields, models


class DebtCollectionLegalPropose(models.TransientModel):
    """Which routes are open to a case, which not and why; propose the next step."""

    _name = "debt.collection.legal.propose"
    _description = "Proposal of a legal step"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    previous_id = fields.Many2one(
        comodel_name="debt.collection.legal.step", string="After", readonly=True
    )
    content = fields.Html(compute="_compute_content", sanitize=False)
    open_route_ids = fields.Many2many(
        comodel_name="debt.collection.legal.route",
        compute="_compute_open_route_ids",
        relation="debt_collection_legal_propose_route_rel",
        column1="wizard_id",
        column2="route_id",
    )
    route_id = fields.Many2one(
        comodel_name="debt.collection.legal.route",
        compute="_compute_route_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', open_route_ids)]",
    )
    allowed_type_ids = fields.Many2many(
        comodel_name="debt.collection.legal.step.type",
        relation="debt_collection_legal_propose_type_rel",
        column1="wizard_id",
        column2="type_id",
        compute="_compute_allowed_type_ids",
    )
    type_id = fields.Many2one(
        comodel_name="debt.collection.legal.step.type",
        string="Step",
        compute="_compute_type_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', allowed_type_ids)]",
    )
    description = fields.Text(related="type_id.description")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Performed by",
        help="The lawyer or bailiff who is to be instructed.",
    )

    # === COMPUTE METHODS === #

    @api.depends("case_id", "previous_id")
    @api.depends_context("lang")
    def _compute_content(self):
        for wizard in self:
            wizard.content = False
            if wizard.case_id and not wizard.previous_id:
                rows = wizard.case_id._get_proposal_rows(wizard._get_today())
                wizard.content = self.env["ir.qweb"]._render(
                    "debt_collection.legal_proposals", {"rows": rows}
                )

    @api.depends("case_id", "previous_id")
    def _compute_open_route_ids(self):
        for wizard in self:
            if wizard.previous_id:
                wizard.open_route_ids = wizard.previous_id.route_id
                continue
            found = wizard.case_id and wizard.case_id._propose_routes(
                wizard._get_today()
            )
            wizard.open_route_ids = [
                proposal.route for proposal in found or () if proposal.is_open
            ]

    @api.depends("open_route_ids")
    def _compute_route_id(self):
        for wizard in self:
            main = wizard.open_route_ids.filtered(lambda route: not route.is_beside)
            wizard.route_id = (main or wizard.open_route_ids)[:1]._origin

    @api.depends("route_id", "previous_id")
    def _compute_allowed_type_ids(self):
        for wizard in self:
            route = wizard.route_id
            after = wizard.previous_id.result_id.next_ids & route._get_types()
            wizard.allowed_type_ids = (
                after if wizard.previous_id else route._get_starts()
            )

    @api.depends("allowed_type_ids")
    def _compute_type_id(self):
        for wizard in self:
            wizard.type_id = wizard.allowed_type_ids.sorted("sequence")[:1]._origin

    # === ACTION METHODS === #

    def action_propose(self):
        """Propose the step and ask for its cost; open it."""
        self.ensure_one()
        step = self.case_id._start_step(
            self.route_id, self.type_id, self.previous_id, self.partner_id
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": step._name,
            "res_id": step.id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    def _get_today(self):
        return self.case_id.company_id._get_collection_today()
