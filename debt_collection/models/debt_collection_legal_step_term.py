from odoo import api, fields, models
from odoo.tools import SQL


class DebtCollectionLegalStepTerm(models.Model):
    """A term that runs on a case: its last day, its first free day, its activity."""

    _name = "debt.collection.legal.step.term"
    _description = "Running term"
    _inherit = ["debt.collection.lock"]
    _order = "date_end, id"
    _check_company_auto = True

    step_id = fields.Many2one(
        comodel_name="debt.collection.legal.step",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    case_id = fields.Many2one(related="step_id.case_id", store=True, index=True)
    company_id = fields.Many2one(related="step_id.company_id", store=True, index=True)
    term_id = fields.Many2one(
        comodel_name="debt.collection.legal.term",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(related="term_id.kind")
    date_end = fields.Date(string="Last day", required=True, readonly=True)
    date_free = fields.Date(string="Free from", required=True, readonly=True)
    is_verified = fields.Boolean(string="Verified", readonly=True, default=True)
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    is_pending = fields.Boolean(
        string="Somebody has to look",
        compute="_compute_is_pending",
        search="_search_is_pending",
        help="What it asks for stands in somebody's agenda and is not done.",
    )

    _term_unique = models.UniqueIndex(
        "(step_id, term_id)", "A step opens each of its terms once."
    )

    # === COMPUTE METHODS === #

    @api.depends("activity_id", "case_id.date_closed")
    def _compute_is_pending(self):
        found = self.search([("id", "in", self.ids), ("is_pending", "=", True)])
        for term in self:
            term.is_pending = term._origin in found

    @api.model
    def _search_is_pending(self, operator, value):
        """Read by SQL: who sees a term need not see whose agenda it stands in."""
        if operator != "in" or True not in value:
            return NotImplemented
        self.env.flush_all()
        pending = SQL(
            """(SELECT t.id FROM debt_collection_legal_step_term t
                 JOIN mail_activity a ON a.id = t.activity_id AND a.active
                 JOIN debt_collection_case c ON c.id = t.case_id
                WHERE c.date_closed IS NULL)"""
        )
        return [("id", "in", pending)]

    # === ACTION METHODS === #

    def action_open_step(self):
        """Open the legal step that opened the term."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "debt.collection.legal.step",
            "res_id": self.step_id.id,
            "views": [[False, "form"]],
        }

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        for row in rows:
            row._plan_activity()
        return rows

    # === BUSINESS METHODS === #

    def _get_day(self):
        """The day somebody has to look: the end of a deadline, else the free day."""
        self.ensure_one()
        return self.date_end if self.kind == "deadline" else self.date_free

    def _plan_activity(self):
        """Put the day into the agenda of the collector."""
        self.ensure_one()
        case = self.case_id
        activity = case.activity_schedule(
            "debt_collection.mail_activity_type_legal",
            date_deadline=self._get_day(),
            summary=self.term_id.name,
            note=self.step_id.type_id.name,
            user_id=(case.user_id or self.env.user).id,
        )
        self.activity_id = activity[:1]

    def _move(self, vals):
        """Other days: the activity follows."""
        self.ensure_one()
        self.write(vals)
        if self.activity_id:
            self.activity_id.date_deadline = self._get_day()
        else:
            self._plan_activity()

    def _close(self):
        """The term does not hold any more."""
        # the agenda of whoever has the case
        self.activity_id.sudo().unlink()
        self.unlink()

    def _close_for(self, steps):
        """What asked for these steps leaves the agenda; the terms stay on record."""
        types, before = steps.type_id, steps._get_ancestors()
        rows = self.filtered(
            lambda row: (
                row.step_id in before and row.term_id.next_ids & types
                if row.term_id.next_ids
                else row.step_id in steps.previous_id
            )
        )
        # the agenda of whoever has the case
        rows.activity_id.sudo().unlink()
