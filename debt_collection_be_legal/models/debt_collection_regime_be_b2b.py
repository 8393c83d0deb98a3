from datetime import date

from odoo import api, models

from odoo.addons.debt_collection.tools.answers import (
    DueDate,
    FixedCharge,
    InterestTerms,
    Letter,
)
from odoo.addons.debt_collection.tools.brackets import clause_amount

from .debt_collection_be_law import ONE_DAY


class DebtCollectionRegimeBeB2B(models.AbstractModel):
    """Between enterprises: Act of 2 August 2002 on late payment.

    Interest by operation of law from the day after the due date, a fixed
    compensation per invoice, and what the accepted terms add.
    """

    _name = "debt.collection.regime.be.b2b"
    _description = "Belgium: between enterprises"
    _inherit = "debt.collection.regime.be"

    # the code of the terms of payment
    _l10n_be_term_code = "be.b2b.term"

    @api.model
    def _get_due_date(self, facts):
        """Art. 4: a term beyond the maximum counts as not written.

        A schedule of instalments is a choice of the parties and stays as it is.
        """
        receipt = facts.receipt_date or facts.invoice_date
        maximum = self._value(self._l10n_be_term_code, receipt, "maximum")
        agreed = (facts.due_date - receipt).days
        if facts.instalments > 1 or not maximum or agreed <= maximum:
            return DueDate(facts.due_date)
        default = self._get_default_term(receipt)
        return DueDate(receipt + default, warning="term_too_long")

    @api.model
    def _get_default_term(self, day):
        return self._value(self._l10n_be_term_code, day, "default") * ONE_DAY

    @api.model
    def _get_interest(self, facts, until):
        """Art. 5 (statutory rate) and 7 (a contractual one prevails)."""
        due = self._get_due_date(facts)
        start = due.day + ONE_DAY
        if facts.clause.interest_percent is not None:
            periods = self._get_clause_rates(facts, start)
        else:
            periods = self._get_commercial_rates(facts, start, until)
        return InterestTerms(
            start=start,
            claimable_from=start,
            periods=periods,
            divisor=self._get_divisor(start),
            warning=due.warning,
        )

    @api.model
    def _get_fixed_charges(self, facts, on_date):
        """Art. 6, per unpaid invoice, and the penalty clause of the terms."""
        start = self._get_due_date(facts).day + ONE_DAY
        balance = facts.balance_on(start - ONE_DAY)
        if not balance:
            return ()
        charges = (
            self._get_fixed_compensation(facts, start),
            self._get_penalty(facts, balance, start),
        )
        return tuple(charge for charge in charges if charge.amount)

    @api.model
    def _get_fixed_compensation(self, facts, start):
        code = "be.b2b.fixed_compensation"
        row = self._row(code, start, self._get_cohort(facts, start))
        return FixedCharge(
            code="fixed_compensation",
            kind="indemnity",
            amount=row.number,
            currency=self._currency(code),
            ground=self._ground(code, row),
            claimable_from=start,
            verified=row.verified,
        )

    @api.model
    def _get_penalty(self, facts, balance, start):
        clause = facts.clause
        amount = clause_amount(
            balance,
            clause.penalty_percent,
            clause.penalty_minimum,
            clause.penalty_maximum,
        )
        return FixedCharge(
            code="penalty",
            kind="indemnity",
            amount=amount,
            currency=facts.currency,
            ground=self.env._("Accepted general terms"),
            claimable_from=start,
        )

    @api.model
    def _depends_on_amount(self, facts):
        """The penalty clause does; what art. 6 gives asks whether anything is left."""
        clause = facts.clause
        if clause.penalty_percent is not None or clause.penalty_minimum is not None:
            return True
        return not facts.balance_on(date.max)

    @api.model
    def _get_letter(self, facts, notice_kind):
        mentions = ("creditor_identity", "origin_and_due_date", "balance")
        if notice_kind == "formal":
            mentions += ("interest_and_ground", "fixed_compensation", "term_to_pay")
        return Letter(key=f"be_b2b_{notice_kind}", mentions=mentions)

    @api.model
    def _get_debtor_notice(self, facts):
        return (
            self.env._(
                "You may dispute an invoice by telling us which part you contest, "
                "and why; the other part stays due."
            ),
            self.env._("You may propose a payment plan."),
        )
