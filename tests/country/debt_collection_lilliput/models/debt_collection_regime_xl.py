from datetime import date, timedelta

from odoo import api, models

from odoo.addons.debt_collection.tools.answers import (
    FixedCharge,
    InterestTerms,
    Letter,
    Limitation,
    NoticeTerm,
    PlanLimits,
)
from odoo.addons.debt_collection.tools.facts import Blocker
from odoo.addons.debt_collection.tools.terms import add_months

ONE_DAY = timedelta(days=1)


class DebtCollectionRegimeXl(models.AbstractModel):
    """The law of Lilliput: a free first letter, then ten days of peace."""

    _name = "debt.collection.regime.xl"
    _description = "Lilliput"
    _inherit = "debt.collection.regime"

    # === NUMBERS === #

    @api.model
    def _row(self, code, day):
        return self.env["debt.collection.parameter"]._get_row(
            code, day, self.env.company
        )

    @api.model
    def _ground(self, code, row):
        return self.env["debt.collection.parameter"]._get_ground(code, row)

    # === ART. 1: THE FREE LETTER AND ITS TERM === #

    @api.model
    def _get_first_term(self, facts):
        """The term of the first letter that left, None while there was none."""
        for notice in facts.notices:
            if notice.kind == "first":
                return self._get_notice_term(facts, notice)
        return None

    @api.model
    def _get_notice_term(self, facts, dispatch):
        """Question 7: ten days, counted from the day after the letter left."""
        if dispatch.kind != "first":
            return None
        start = dispatch.day + ONE_DAY
        days = int(self._row("xl.peace", dispatch.day).number)
        end = start + timedelta(days=days)
        return NoticeTerm(start=start, last_day=end - ONE_DAY, claimable_from=end)

    @api.model
    def _get_earliest_date(self, facts, notice_kind):
        """Question 2: a formal notice needs a first letter whose term is over."""
        term = self._get_first_term(facts)
        if term and notice_kind != "first":
            return term.claimable_from
        return date.max if notice_kind == "formal" else None

    @api.model
    def _get_blockers(self, facts, notice_kind, on_date, contact=None):
        """Question 1: the term of the base, and a sentence of our own without one."""
        earliest = self._get_earliest_date(facts, notice_kind)
        if earliest == date.max:
            return (Blocker("xl_no_first_letter"),)
        return super()._get_blockers(facts, notice_kind, on_date, contact)

    @api.model
    def _get_blocker_sentence(self, blocker):
        if blocker.code == "xl_no_first_letter":
            return self.env._("In Lilliput a free letter comes before a notice.")
        return super()._get_blocker_sentence(blocker)

    @api.model
    def _get_letter(self, facts, notice_kind):
        """Question 9: the first letter says that it is free."""
        mentions = ("xl_free",) if notice_kind == "first" else ()
        return Letter(key=f"xl_{notice_kind}", mentions=mentions)

    # === ART. 2 AND 3: INTEREST AND INDEMNITY === #

    @api.model
    def _get_interest(self, facts, until):
        """Question 4: from the day after the due date, asked for after the term."""
        term = self._get_first_term(facts)
        if not term:
            return InterestTerms()
        start = facts.due_date + ONE_DAY
        return InterestTerms(
            start=start,
            claimable_from=max(start, term.claimable_from),
            periods=self.env["debt.collection.parameter"]._get_rate_periods(
                "xl.rate", start, until, self.env.company
            ),
        )

    @api.model
    def _get_fixed_charges(self, facts, on_date):
        """Question 5: an indemnity for each invoice, once the term is over."""
        term = self._get_first_term(facts)
        if not term or not facts.balance_on(term.last_day):
            return ()
        row = self._row("xl.indemnity", term.claimable_from)
        return (
            FixedCharge(
                code="xl_indemnity",
                kind="indemnity",
                amount=row.number,
                currency="EUR",
                ground=self._ground("xl.indemnity", row),
                claimable_from=max(facts.due_date + ONE_DAY, term.claimable_from),
                verified=row.verified,
            ),
        )

    # === ART. 4 TO 6: PLANS, LIMITATION, RIGHTS === #

    @api.model
    def _get_plan_limits(self, facts):
        """Question 10."""
        return PlanLimits(max_months=12, fee_allowed=False)

    @api.model
    def _get_limitation(self, facts):
        """Question 11: past it nothing may be sent."""
        row = self._row("xl.limitation", facts.due_date)
        return Limitation(
            last_day=add_months(facts.due_date, int(row.number)),
            ground=self._ground("xl.limitation", row),
            blocks=True,
            verified=row.verified,
        )

    @api.model
    def _get_debtor_notice(self, facts):
        """Question 12."""
        return (self.env._("You may complain to the Emperor, free of charge."),)
