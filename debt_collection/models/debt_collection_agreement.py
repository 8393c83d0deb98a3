from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .debt_collection_case_closing import OUTCOMES

PARTNER_KINDS = [
    ("lawyer", "Lawyer"),
    ("bailiff", "Bailiff"),
    ("agency", "Collection agency"),
    ("other", "Other"),
]


class DebtCollectionAgreement(models.Model):
    """The terms of a lawyer, a bailiff or an agency, as data.

    What is agreed is asked here: what he earns, how long a case can be taken back for
    nothing, and who bears what in which outcome.
    """

    _name = "debt.collection.agreement"
    _description = "Agreement with a partner"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    kind = fields.Selection(selection=PARTNER_KINDS, required=True, default="lawyer")
    registration_number = fields.Char(
        help="Under which he is registered, where the law wants it for his work."
    )
    date_from = fields.Date(string="In force from")
    date_to = fields.Date(string="Until")
    document = fields.Binary(string="Signed agreement", attachment=True)
    document_name = fields.Char(export_string_translation=False)
    note = fields.Text()

    # What he earns
    fee_case = fields.Monetary(string="Fee for each case", tracking=True)
    fee_withdrawn = fields.Monetary(
        string="Fee for a case taken back",
        tracking=True,
        help="After the free window; nothing more is due for his own work.",
    )
    fee_year = fields.Monetary(string="Yearly fee", tracking=True)
    success_percent = fields.Float(string="Success share (%)", tracking=True)
    success_base = fields.Selection(
        selection=[("principal", "Recovered principal"), ("all", "All recovered")],
        default="principal",
        required=True,
    )
    is_first_free = fields.Boolean(string="First case free")
    keeps_interest = fields.Boolean(
        string="Keeps the interest", help="Recovered interest is his fee."
    )
    keeps_indemnity = fields.Boolean(
        string="Keeps the compensation", help="Recovered compensation is his fee."
    )
    # Stopping
    free_hours = fields.Integer(
        string="Free window",
        tracking=True,
        help="Hours after the hand-over in which a case is taken back for nothing.",
    )
    recall_days = fields.Integer(
        string="Answers a recall within",
        default=5,
        help="Days after which a recall without an answer is asked again.",
    )
    bearing_ids = fields.One2many(
        comodel_name="debt.collection.agreement.bearing",
        inverse_name="agreement_id",
        string="Who bears what",
        copy=True,
    )
    assignment_ids = fields.One2many(
        comodel_name="debt.collection.assignment", inverse_name="agreement_id"
    )
    assignment_count = fields.Integer(compute="_compute_assignment_count")
    amount_fees = fields.Monetary(
        string="Fees so far",
        compute="_compute_amount_fees",
        help="Of the cases he has or had, and the yearly fee for each year begun.",
    )

    _terms_sound = models.Constraint(
        """CHECK (free_hours >= 0 AND recall_days >= 0 AND fee_case >= 0
                  AND fee_withdrawn >= 0 AND fee_year >= 0
                  AND success_percent BETWEEN 0 AND 100)""",
        "Fees, hours and days cannot be negative, and a share is between 0 and 100 %.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "An agreement cannot end before it starts."
    )

    # === COMPUTE METHODS === #

    def _compute_assignment_count(self):
        groups = self.env["debt.collection.assignment"]._read_group(
            [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
        )
        counts = {agreement.id: count for agreement, count in groups}
        for agreement in self:
            agreement.assignment_count = counts.get(agreement.id, 0)

    @api.depends("assignment_ids.amount_fee", "fee_year", "date_from", "date_to")
    def _compute_amount_fees(self):
        for agreement in self:
            years = agreement._count_years(agreement.company_id._get_collection_today())
            agreement.amount_fees = (
                sum(agreement.assignment_ids.mapped("amount_fee"))
                + years * agreement.fee_year
            )

    # === ACTION METHODS === #

    def action_view_assignments(self):
        """Open the cases this partner got under the agreement."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_assignment_action"
        )
        action["domain"] = [("agreement_id", "=", self.id)]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _get_refusals(self, case, day):
        """Say why a case cannot be given to this partner on a day.

        Override with what the law of a country wants of him; must not write.

        :param debt.collection.case case: one case
        :param date day: of the hand-over
        :return: sentences for the user, none when he may have it
        :rtype: list[str]
        """
        self.ensure_one()
        found = []
        if case.company_id != self.company_id:
            found.append(self.env._("The agreement is one of another company."))
        if case.date_closed:
            found.append(self.env._("The case is closed: open it again first."))
        starts_later = self.date_from and self.date_from > day
        if not self.active or starts_later or (self.date_to and self.date_to < day):
            found.append(self.env._("The agreement is not in force on that day."))
        if case.partner_id._get_solvency(case.company_id, day)._is_collective():
            found.append(
                self.env._(
                    "A court serves all creditors of this debtor together: declare "
                    "the claim there instead."
                )
            )
        return found

    def _get_bearer(self, outcome, what="fee"):
        """Who bears a fee or a cost when a case ends that way.

        :param str outcome: as on the case
        :param str what: ``fee`` of the partner, or ``cost`` of an act
        :return: creditor (also where nothing is agreed), partner or debtor
        :rtype: str
        """
        self.ensure_one()
        rows = self.bearing_ids.filtered(
            lambda row: row.outcome == outcome and row.what == what
        )
        return rows[:1].bearer or "creditor"

    def _count_years(self, day):
        """Years of the agreement begun by a day; without a first day, its record's.

        :rtype: int
        """
        self.ensure_one()
        start = self.date_from or fields.Date.to_date(self.create_date) or day
        end = min(day, self.date_to or day)
        return relativedelta(end, start).years + 1 if start <= end else 0

    def _get_fee(self, outcome):
        """What he asks for his own work on a case that ends that way.

        :return: an amount in the currency of the company
        :rtype: float
        """
        self.ensure_one()
        is_paid = outcome in ("paid", "paid_costs")
        return self.fee_case if is_paid else self.fee_withdrawn

    @api.model
    def _get_outcomes(self):
        return [pair for pair in OUTCOMES if pair[0] != "joined"]
