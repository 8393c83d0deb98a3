from collections import Counter
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..tools import fees
from .debt_collection_facts import to_decimal

# With the partner, and ended in a way that earns him the fee of the case
ACTIVE = ("handed_over", "recalled")
PAID = ("paid", "paid_costs")


class DebtCollectionAssignmentFee(models.AbstractModel):
    """What a partner earned on a case: its fee, his share, what he keeps."""

    _name = "debt.collection.assignment.fee"
    _description = "Fee of a partner on a case"

    # the assignment relates it to its company
    company_currency_id = fields.Many2one(comodel_name="res.currency")
    amount_fee = fields.Monetary(
        string="Fees so far",
        currency_field="company_currency_id",
        compute="_compute_fee",
        help="By the terms of the agreement, on what came in while he had the case. "
        "What stopping costs stands apart.",
    )
    fee_html = fields.Html(string="His fees", compute="_compute_fee", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends("state", "moment_handed", "moment_answered", "case_id.outcome")
    @api.depends("case_id.amount_residual", "agreement_id.fee_case")
    @api.depends("agreement_id.success_percent", "agreement_id.fee_withdrawn")
    @api.depends_context("lang")
    def _compute_fee(self):
        handed = self.filtered("moment_handed")
        recovered = handed._read_recovered()
        first = handed._filter_first_free()
        for assignment in self:
            if assignment not in handed:
                assignment.amount_fee = assignment.fee_html = False
                continue
            terms = assignment._get_fee_terms(is_first=assignment in first)
            coin = Decimal(str(assignment.company_currency_id.rounding))
            found = fees.earned(terms, recovered[assignment], coin)
            assignment.amount_fee = float(fees.total(found))
            assignment.fee_html = assignment._render_fees(found)

    def _render_fees(self, found):
        self.ensure_one()
        agreement = self.agreement_id
        labels = {
            "first_free": self.env._("The first case is free"),
            "case": self.env._("For the case"),
            "share": self.env._(
                "%(percent)s %% of what came in",
                percent=formatLang(self.env, agreement.success_percent, digits=2),
            ),
            "interest": self.env._("Interest that came in"),
            "indemnity": self.env._("Compensation that came in"),
        }
        rows = [
            Markup("<tr><td>%s</td><td class='text-end ps-4'>%s</td></tr>")
            % (labels[fee.code], self.company_currency_id.format(float(fee.amount)))
            for fee in found
        ]
        return Markup("<table>%s</table>") % Markup("").join(rows) if rows else False

    # === BUSINESS METHODS === #

    def _get_fee_terms(self, is_first):
        """The terms of the agreement for this case, as it stands or ended.

        :rtype: tools.fees.Terms
        """
        self.ensure_one()
        agreement, outcome = self.agreement_id, self.case_id.outcome
        is_earned = outcome in PAID or not outcome and self.state in ACTIVE
        money = self.company_currency_id
        keeps = {
            "interest": agreement.keeps_interest,
            "indemnity": agreement.keeps_indemnity,
        }
        # a case taken back has its price in the cost of stopping
        return fees.Terms(
            case=to_decimal(agreement.fee_case if is_earned else 0, money),
            success=Decimal(str(agreement.success_percent)),
            on_all=agreement.success_base == "all",
            keeps=frozenset(kind for kind, kept in keeps.items() if kept),
            is_first=is_first,
        )

    def _read_recovered(self):
        """What came in while each partner had the case, in the company's currency.

        :return: assignment -> kind of money -> amount
        :rtype: dict[debt.collection.assignment, Counter]
        """
        result = {assignment: Counter() for assignment in self}
        Charge = self.env["debt.collection.charge"]
        for company, assignments in self.grouped("company_id").items():
            today = company._get_collection_today()
            found = Charge._get_statements(assignments.case_id, today)
            for assignment in assignments:
                statement = found.get(assignment.case_id.id)
                if statement:
                    assignment._add_recovered(statement, result[assignment])
        return result

    def _add_recovered(self, statement, recovered):
        self.ensure_one()
        company = self.company_id
        first = company._get_collection_day(self.moment_handed)
        last = self.moment_answered and company._get_collection_day(
            self.moment_answered
        )
        for payment in statement.payments:
            for part in payment.allocations:
                if part.day < first or last and part.day > last:
                    continue
                amount = self.currency_id._convert(
                    float(part.amount), company.currency_id, company, part.day
                )
                recovered[part.kind] += to_decimal(amount, company.currency_id)

    def _filter_first_free(self):
        """Those that are the first case of a partner who takes one for nothing."""
        agreements = self.agreement_id.filtered("is_first_free")
        groups = self._read_group(
            [("agreement_id", "in", agreements.ids), ("moment_handed", "!=", False)],
            ["agreement_id"],
            ["id:min"],
        )
        first = dict(groups)
        return self.filtered(
            lambda a: a.agreement_id in agreements
            and first.get(a.agreement_id, a.id) >= a.id
        )
