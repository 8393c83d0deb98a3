from odoo import api, fields, models


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

    _term_unique = models.UniqueIndex(
        "(step_id, term_id)", "A step opens each of its terms once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        for row in rows:
            row._plan_activity()
        return rows

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
