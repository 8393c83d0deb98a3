from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .debt_collection_case import OUTCOMES

# What the ledger settled: no limitation keeps these files
SETTLED = ("paid", "credited", "joined")


class DebtCollectionRetention(models.Model):
    """How long the file of a case is kept after it closed, by its outcome.

    Without a rule a file is kept. What was not paid is kept until the claim is
    prescribed, whatever the rule says.
    """

    _name = "debt.collection.retention"
    _description = "How long files are kept"
    _order = "outcome, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    outcome = fields.Selection(
        selection=OUTCOMES, help="Empty: every outcome without a rule of its own."
    )
    months = fields.Integer(
        string="Months after closing",
        required=True,
        default=120,
        help="Then the file is erased: letters, words, proofs, names in the log. "
        "Invoices and payments stay as long as accounting wants them.",
    )
    note = fields.Char(string="Why so long", help="The ground, for who asks.")
    active = fields.Boolean(default=True)

    _outcome_unique = models.UniqueIndex(
        "(company_id, COALESCE(outcome, '')) WHERE active",
        "This outcome has a rule already.",
    )
    _months_positive = models.Constraint(
        "CHECK (months >= 0)", "A file cannot be erased before it is closed."
    )

    # === DEFAULT AND COMPUTE METHODS === #

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.depends("outcome", "months")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for rule in self:
            name = labels.get(rule.outcome) or self.env._("Every other outcome")
            rule.display_name = self.env._(
                "%(outcome)s: %(months)s months", outcome=name, months=rule.months
            )

    # === BUSINESS METHODS === #

    @api.model
    def _find_due(self, company, day):
        """The closed files of a company whose time has passed on a day.

        :rtype: debt.collection.case
        """
        rules = self.search([("company_id", "=", company.id)])
        months = {rule.outcome: rule.months for rule in rules}
        cases = self.env["debt.collection.case"].search(
            [
                ("company_id", "=", company.id),
                ("date_closed", "!=", False),
                ("date_erased", "=", False),
            ]
        )
        return cases.filtered(
            lambda case: (end := self._get_end(case, months)) and end <= day
        )

    @api.model
    def _get_end(self, case, months):
        """The first day on which a closed file may be erased; None: it is kept.

        :param dict months: outcome -> months; False for every other outcome
        """
        kept = months.get(case.outcome, months.get(False))
        if kept is None:
            return None
        end = case.date_closed + relativedelta(months=kept)
        if case.outcome not in SETTLED and case.date_limitation:
            end = max(end, case.date_limitation)
        return end
