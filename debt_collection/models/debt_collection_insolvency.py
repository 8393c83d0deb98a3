from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("bankrupt", "Bankruptcy"),
    ("reorganisation", "Judicial reorganisation"),
    ("debt_settlement", "Collective debt settlement"),
]
FACTS = {"company_id", "partner_id", "kind", "date"}
ACTIVITY = "debt_collection.mail_activity_type_insolvency"


class DebtCollectionInsolvency(models.Model):
    """A procedure for all creditors of a debtor: it stops his cases, and sets days.

    Recording it makes the solvency finding that stops letters, steps and spending; the
    claim is that of the day of the judgment.
    """

    _name = "debt.collection.insolvency"
    _description = "Insolvency of a debtor"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    kind = fields.Selection(selection=KINDS, required=True, default="bankrupt")
    date = fields.Date(
        string="Judgment",
        required=True,
        default=lambda self: self.env.company._get_collection_today(),
        help="Day of the judgment; of a debt settlement the day its notice came. The "
        "claim is computed to this day.",
    )
    court = fields.Char()
    reference = fields.Char(help="Number of the procedure.")
    receiver_id = fields.Many2one(
        comodel_name="res.partner",
        string="Receiver or mediator",
        index="btree_not_null",
        check_company=True,
    )
    date_term = fields.Date(
        string="Declare until", help="Where the judgment gives a day of its own."
    )
    date_reminded = fields.Date(
        string="Registered letter of the mediator",
        help="After it, silence counts as giving up the claim.",
    )
    has_guarantor = fields.Boolean(
        string="There is another guarantor",
        help="One who is no party of a case yet. He is to be named in time, or he is "
        "free.",
    )
    guarantor_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Guarantors",
        compute="_compute_guarantor_ids",
        help="The parties of the open cases who stand guarantor.",
    )
    has_retention = fields.Boolean(
        string="Goods under retention of title",
        help="They are to be reclaimed in time.",
    )
    case_ids = fields.Many2many(
        comodel_name="debt.collection.case",
        string="Cases",
        compute="_compute_case_ids",
    )
    deadlines = fields.Html(compute="_compute_deadlines", sanitize=False)

    _procedure_unique = models.UniqueIndex(
        "(company_id, partner_id, kind, date)",
        "This insolvency of the debtor is recorded already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id")
    def _compute_case_ids(self):
        for insolvency in self:
            insolvency.case_ids = insolvency._get_cases()

    @api.depends("case_ids")
    def _compute_guarantor_ids(self):
        for insolvency in self:
            parties = insolvency.case_ids._get_guarantors()
            insolvency.guarantor_ids = parties.partner_id

    @api.depends("guarantor_ids")
    @api.depends("case_ids", "kind", "date", "date_term", "date_reminded")
    @api.depends("has_guarantor", "has_retention")
    @api.depends_context("lang")
    def _compute_deadlines(self):
        for insolvency in self:
            insolvency.deadlines = self.env["ir.qweb"]._render(
                "debt_collection.insolvency_deadlines",
                {"deadlines": insolvency._get_deadlines()},
            )

    @api.depends("kind", "partner_id", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for insolvency in self:
            parts = (
                insolvency.partner_id.name,
                labels.get(insolvency.kind),
                insolvency.date,
            )
            insolvency.display_name = ", ".join(str(part) for part in parts if part)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id
        records = super().create(vals_list)
        for insolvency in records:
            insolvency._stop_cases()
            insolvency._plan_activities()
        return records

    def write(self, vals):
        if FACTS & vals.keys():
            raise UserError(
                self.env._(
                    "Debtor, kind and day of an insolvency are evidence: record the "
                    "right one, and annul the finding of the wrong one."
                )
            )
        result = super().write(vals)
        for insolvency in self:
            insolvency._plan_activities()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("An insolvency is evidence and is never deleted."))

    # === ACTION METHODS === #

    def action_view_cases(self):
        """Open the cases of the debtor."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cases"),
            "res_model": "debt.collection.case",
            "view_mode": "list,form",
            "domain": [("id", "in", self.case_ids.ids)],
        }

    # === BUSINESS METHODS === #

    def _get_cases(self):
        """The cases of the debtor that are open."""
        self.ensure_one()
        return self.env["debt.collection.case"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("date_closed", "=", False),
            ]
        )

    def _stop_cases(self):
        """The finding that stops letters, steps and spending; an event on each case."""
        self.ensure_one()
        Check = self.env["debt.collection.solvency.check"]
        # whoever records an insolvency may record the finding it is
        Check.sudo().create(self._prepare_check_vals())
        cases = self._get_cases()
        for case in cases:
            case._log_event("insolvency", self._prepare_event())
        cases.account_id._mark_stale()
        cases._stop_partners_for(self._get_evidence())

    def _prepare_check_vals(self):
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "date": self.date,
            "finding": self.kind,
            "source": self.court or self.env._("Insolvency recorded by hand"),
            "reference": self.reference or False,
        }

    def _prepare_event(self):
        return {
            "kind": self.kind,
            "day": str(self.date),
            "court": self.court or "",
            "reference": self.reference or "",
        }

    def _get_evidence(self):
        """What proves it, in a few words: the kind, the court, the number."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return ", ".join(filter(None, (labels[self.kind], self.court, self.reference)))

    # === DAYS === #

    def _get_deadlines(self):
        """What is to be done by when, as the laws of the cases say.

        :rtype: list[LegalDay]
        """
        self.ensure_one()
        if not self.date:
            return []
        options = {
            "term": self.date_term or None,
            "retention": self.has_retention,
            "reminded": self.date_reminded or None,
        }
        found = {}
        for case in self._get_cases():
            guarantor = self.has_guarantor or bool(case._get_guarantors())
            for day in case._get_regime()._get_insolvency_days(
                self.kind, self.date, guarantor=guarantor, **options
            ):
                found.setdefault((day.label, day.day), day)
        return sorted(found.values(), key=lambda day: day.day)

    def _plan_activities(self):
        """The days go into the agenda of each case; those of before leave it."""
        self.ensure_one()
        kind = self.env.ref(ACTIVITY)
        deadlines = self._get_deadlines()
        for case in self._get_cases():
            stale = case.activity_ids.filtered(lambda a: a.activity_type_id == kind)
            # the agenda of whoever has the case
            stale.sudo().unlink()
            for deadline in deadlines:
                case.activity_schedule(
                    ACTIVITY,
                    date_deadline=deadline.day,
                    summary=deadline.label,
                    note=deadline.ground,
                    user_id=(case.user_id or self.env.user).id,
                )

    def _replan(self):
        """The days anew, where there is such a procedure."""
        self.invalidate_recordset(["guarantor_ids", "deadlines"])
        for insolvency in self:
            insolvency._plan_activities()

    @api.model
    def _find(self, case):
        """The latest insolvency of the debtor of a case."""
        return self.search(
            [
                ("partner_id", "=", case.partner_id.id),
                ("company_id", "=", case.company_id.id),
            ],
            limit=1,
        )
