from collections import defaultdict
from dataclasses import replace
from datetime import date

from odoo import api, models

from odoo.addons.debt_collection.tools.answers import (
    FixedCharge,
    InterestTerms,
    Letter,
    NoticeTerm,
    PlanLimits,
)
from odoo.addons.debt_collection.tools.brackets import bracket, capped, clause_amount
from odoo.addons.debt_collection.tools.facts import Blocker
from odoo.addons.debt_collection.tools.terms import add_working_days
from odoo.addons.debt_collection.tools.values import Bracket, Scale

from ..tools.answers import Size
from .debt_collection_be_law import ONE_DAY

ELECTRONIC = ("email", "sms")
# the durable media: a call or a visit is no first letter
DURABLE = (*ELECTRONIC, "post", "registered")


class DebtCollectionRegimeBeB2C(models.AbstractModel):
    """Consumers: Book XIX, Title 1, of the Code of Economic Law. A lock.

    A free first letter with four compulsory mentions, then a waiting time counted
    from proven dispatch. Before it has run nothing but the principal is claimable and
    the next letter may not leave; after it, what the accepted terms provide for, if
    they stay under the ceilings.
    """

    _name = "debt.collection.regime.be.b2c"
    _description = "Belgium: consumer"
    _inherit = "debt.collection.regime.be"

    # === THE LOCK === #

    @api.model
    def _get_in_force(self, facts):
        """First day Book XIX holds for the claim: older contracts came later."""
        contract = self._get_contract_date(facts)
        new = self._value("be.b2c.in_force", contract, "new")
        if contract >= new:
            return new
        return self._value("be.b2c.in_force", contract, "old")

    @api.model
    def _get_first_letters(self, facts):
        """Dispatches that count as the first letter of art. XIX.2."""
        in_force = self._get_in_force(facts)
        return [
            notice
            for notice in facts.notices
            if notice.kind == "first"
            and notice.channel in DURABLE
            and notice.day >= in_force
            and notice.day > facts.due_date
        ]

    @api.model
    def _group_letters(self, notices):
        """The dispatches of each letter: by two channels it is one letter.

        :rtype: list[list[Dispatch]]
        """
        letters = defaultdict(list)
        for notice in notices:
            letters[notice.letter or (notice.day, notice.channel)].append(notice)
        return list(letters.values())

    @api.model
    def _get_first_term(self, facts):
        """(first letter, its term) of the term that ends first, or (None, None).

        Of a letter that went by two channels the later term counts.
        """
        ends = [
            max(
                ((notice, self._get_notice_term(facts, notice)) for notice in letter),
                key=lambda pair: pair[1].claimable_from,
            )
            for letter in self._group_letters(self._get_first_letters(facts))
        ]
        return min(ends, key=lambda pair: pair[1].claimable_from, default=(None, None))

    @api.model
    def _get_notice_term(self, facts, dispatch):
        """Art. XIX.2 § 1: starts by channel, its first day counts."""
        start = self._get_notice_start(dispatch)
        days = self._value("be.b2c.term", dispatch.day)
        claimable = start + days * ONE_DAY
        return NoticeTerm(start, claimable - ONE_DAY, claimable)

    @api.model
    def _get_notice_start(self, dispatch):
        """The day a letter is deemed received."""
        if dispatch.channel in ELECTRONIC:
            days = self._value("be.b2c.start.electronic", dispatch.day)
            return dispatch.day + days * ONE_DAY
        days = self._value("be.b2c.start.post", dispatch.day)
        return add_working_days(dispatch.day, days, self._get_calendar())

    @api.model
    def _get_earliest_date(self, facts, notice_kind):
        """A formal notice: never (`date.max`) as long as no first letter left."""
        if notice_kind == "first":
            return facts.due_date + ONE_DAY
        _letter, term = self._get_first_term(facts)
        if not term:
            return date.max if notice_kind == "formal" else None
        return term.claimable_from + ONE_DAY * self._value(
            "be.b2c.margin", term.claimable_from
        )

    @api.model
    def _get_blockers(self, facts, notice_kind, on_date, contact=None):
        blockers = self._get_prescription_blockers(facts, on_date)
        if contact:
            blockers += self._get_visit_blockers(contact)
        if on_date < self._get_in_force(facts):
            return blockers
        if notice_kind == "formal" and not self._get_first_letters(facts):
            return (*blockers, Blocker("be_first_letter_missing"))
        if notice_kind == "first" and facts.lacking:
            mentions = (("mentions", ", ".join(facts.lacking)),)
            blockers += (Blocker("be_mention_missing", mentions),)
        return blockers + super()._get_blockers(facts, notice_kind, on_date, contact)

    @api.model
    def _get_visit_blockers(self, contact):
        """Art. XIX.10: no visit at night, not even the end of one.

        Written for those who collect for others; a creditor keeps the hours as well.
        """
        day = contact.start.date()
        opening = self._value("be.b2c.visit", day, "from")
        closing = self._value("be.b2c.visit", day, "to")
        if contact.channel != "visit" or not contact.overlaps(opening, closing):
            return ()
        hours = (("opening", f"{opening:.0f}:00"), ("closing", f"{closing:.0f}:00"))
        return (Blocker("be_visit_hours", hours),)

    @api.model
    def _get_prescription_blockers(self, facts, on_date):
        """Since art. 2223, 2nd paragraph, a judge may raise prescription himself."""
        limitation = self._get_limitation(facts)
        if on_date <= limitation.last_day:
            return ()
        if on_date < self._value("be.prescription.own_motion", facts.due_date):
            return ()
        return (Blocker("be_prescribed", (("day", str(limitation.last_day)),)),)

    @api.model
    def _rests_on_dispute(self):
        """A consumer who contests with reasons gets no further step (Book XIX)."""
        return True

    @api.model
    def _sweeps_items(self):
        """No: a newly late item gets a free first letter of its own."""
        return False

    @api.model
    def _requires_acceptance(self):
        """Yes: a consumer is bound by terms he knew and accepted."""
        return True

    # === AMOUNTS === #

    @api.model
    def _depends_on_amount(self, facts):
        """Without a letter nothing is claimed; with one the ceilings go by balance."""
        return bool(facts.notices)

    @api.model
    def _get_interest(self, facts, until):
        """Art. XIX.4, 1°: as agreed, at most the rate between enterprises."""
        letter, term = self._get_first_term(facts)
        if not term or not facts.balance_on(term.last_day):
            return InterestTerms()
        start = letter.day + ONE_DAY if facts.creditor_small else term.claimable_from
        clause = facts.clause
        agreed = clause.interest_at_cap or clause.interest_percent is not None
        is_void = self._is_clause_void(facts, term, start)
        if not agreed or is_void:
            warning = "clause_void" if is_void else ""
            return replace(
                self._get_civil_interest(facts, term, until), warning=warning
            )
        return InterestTerms(
            start=start,
            claimable_from=term.claimable_from,
            periods=self._get_capped_rates(facts, start, until),
            divisor=self._get_divisor(start),
        )

    @api.model
    def _get_capped_rates(self, facts, start, until):
        """The agreed rate under the ceiling, which changes each half-year."""
        rates = self._get_commercial_rates(facts, start, until)
        if facts.clause.interest_percent is None:
            return rates
        agreed = self._get_clause_rates(facts, start)[0]
        return tuple(
            rate
            if rate.percent < agreed.percent
            else replace(rate, percent=agreed.percent, ground=agreed.ground)
            for rate in rates
        )

    @api.model
    def _get_civil_interest(self, facts, term, until):
        """Without a valid clause: the civil rate, from a formal notice on.

        The notice counts from the day it is deemed received, and only after the
        waiting time of the first letter.
        """
        formal = [
            notice
            for notice in facts.notices
            if notice.kind == "formal"
            and notice.channel in DURABLE
            and notice.day >= term.claimable_from
        ]
        received = [
            max(self._get_notice_start(notice) for notice in letter)
            for letter in self._group_letters(formal)
        ]
        if not received:
            return InterestTerms()
        start = min(received) + ONE_DAY
        return InterestTerms(
            start=start,
            claimable_from=start,
            periods=self._get_civil_rates(start, until),
            divisor=self._get_divisor(start),
        )

    @api.model
    def _get_fixed_charges(self, facts, on_date):
        """Art. XIX.4, 2° (lump sum) and XIX.2 § 2 (regular supply)."""
        _letter, term = self._get_first_term(facts)
        if not term or not facts.balance_on(term.last_day):
            return ()
        charges = (
            self._get_lump_sum(facts, term),
            self._get_reminder_cost(facts, term),
        )
        return tuple(charge for charge in charges if charge.amount or charge.warning)

    @api.model
    def _get_lump_sum(self, facts, term):
        """The agreed lump sum; a clause above a ceiling counts as not written."""
        code, day = "be.b2c.cap_bracket", term.claimable_from
        balance = facts.balance_on(term.last_day)
        ceiling = self._get_lump_sum_ceiling(facts, balance, day)
        amount = self._get_clause_lump_sum(facts, balance, ceiling)
        is_void = self._is_clause_void(facts, term, day)
        row = self._scale_row(code, day, balance)
        judge = self._get_rate_ceiling(facts, day)
        return FixedCharge(
            code="lump_sum",
            kind="indemnity",
            amount=amount * 0 if is_void else capped(amount, ceiling),
            currency=facts.currency,
            ground=self._ground(code, row),
            claimable_from=day,
            verified=row.verified and (judge is None or judge.verified),
            warning="clause_void" if is_void else "",
        )

    @api.model
    def _get_clause_lump_sum(self, facts, balance, ceiling):
        clause = facts.clause
        agreed = clause_amount(
            balance,
            clause.penalty_percent,
            clause.penalty_minimum,
            clause.penalty_maximum,
        )
        if not clause.penalty_at_cap:
            return agreed
        has_amount = clause.penalty_percent is not None or clause.penalty_minimum
        return min(agreed, ceiling) if has_amount else ceiling

    @api.model
    def _is_clause_void(self, facts, term, start):
        """Art. XIX.4: above one of the ceilings the clause counts as not written.

        Judged on the figures of this claim, once, on the days they first apply.
        """
        clause, day = facts.clause, term.claimable_from
        balance = facts.balance_on(term.last_day)
        ceiling = self._get_lump_sum_ceiling(facts, balance, day)
        if self._get_clause_lump_sum(facts, balance, ceiling) > ceiling:
            return True
        judge = self._get_rate_ceiling(facts, start)
        return judge is not None and clause.interest_percent > judge.percent

    @api.model
    def _get_rate_ceiling(self, facts, day):
        """The rate that an agreed one may not pass on a day.

        :return: None where nothing of its own was agreed, or it bows to any ceiling
        :rtype: RatePeriod | None
        """
        clause = facts.clause
        if clause.interest_percent is None or clause.interest_at_cap:
            return None
        return self._get_commercial_rates(facts, day, day)[0]

    @api.model
    def _get_lump_sum_ceiling(self, facts, balance, day):
        """The highest lump sum on a balance; none in another currency than the law's.

        :rtype: Decimal
        """
        code = "be.b2c.cap_bracket"
        if facts.currency != self._currency(code):
            return balance * 0
        rows = self.env["debt.collection.parameter"]._get_scale(
            code, day, self.env.company
        )
        brackets = (
            Bracket(row.lower or 0, row.base or 0, row.percent or 0) for row in rows
        )
        ceilings = [row.maximum for row in rows if row.maximum]
        scale = Scale(tuple(brackets), min(ceilings, default=None), code=code)
        return bracket(balance, scale)

    @api.model
    def _claims_cost(self, is_judicial, under_title):
        """Art. XIX.4: nothing but the capped interest and lump sum, out of court.

        What agencies and lawyers ask stays with the creditor; what a judgment lets him
        recover, the acts of the procedure, is the debtor's.
        """
        return is_judicial and under_title

    @api.model
    def _get_reminder_cost(self, facts, term):
        """Regular supply: letters beyond the free due dates of a calendar year."""
        code = "be.b2c.reminder_cost"
        row = self._row(code, term.claimable_from)
        letters = self._group_letters(n for n in facts.notices if n.channel in DURABLE)
        posted = sum(
            any(notice.channel not in ELECTRONIC for notice in letter)
            for letter in letters
        )
        free = self._value("be.b2c.free_reminders", term.claimable_from)
        is_free = not facts.regular_supply or facts.due_rank <= free
        amount = len(letters) * row.number + posted * facts.postage
        return FixedCharge(
            code="reminder_cost",
            kind="cost",
            amount=amount * 0 if is_free else amount,
            currency=self._currency(code),
            ground=self._ground(code, row),
            claimable_from=term.claimable_from,
            verified=row.verified,
        )

    # === OTHER ANSWERS === #

    @api.model
    def _get_letter(self, facts, notice_kind):
        """Art. XIX.2 § 3: what the first letter must say."""
        mentions = ("creditor_identity", "origin_and_due_date", "balance")
        if notice_kind == "first":
            mentions = (
                "balance_and_penalty",
                "creditor_identity",
                "origin_and_due_date",
                "term_before_costs",
            )
        return Letter(key=f"be_b2c_{notice_kind}", mentions=mentions)

    @api.model
    def _get_plan_limits(self, facts):
        """Art. XIX.4: a plan may not cost the consumer anything.

        No fee and no interest while it runs: else it could be consumer credit.
        """
        return PlanLimits(fee_allowed=False, interest_allowed=False)

    @api.model
    def _get_prescription_key(self, facts):
        if facts.nature == "goods":
            return "goods_consumer"
        return super()._get_prescription_key(facts)

    @api.model
    def _get_limitation(self, facts):
        """Blocks; where goods or services is unknown the short term is a caution."""
        limitation = replace(super()._get_limitation(facts), blocks=True)
        if facts.nature != "goods_services":
            return limitation
        short = super()._get_limitation(replace(facts, nature="goods_consumer"))
        return replace(limitation, caution=short.last_day)

    @api.model
    def _get_debtor_notice(self, facts):
        return (
            self.env._(
                "On your first request you get the documents behind this claim."
            ),
            self.env._(
                "You may dispute it by telling us which part you contest, and why."
            ),
            self.env._("You may ask for a payment plan; it costs you nothing."),
            self.env._("You may call on a debt mediator."),
        )

    @api.model
    def _is_l10n_be_large(self, workers, turnover, balance, day):
        """Whether the creditor is large: enough of the three thresholds are reached.

        :param int workers: average of the year
        :param Decimal turnover: yearly, without VAT, in EUR
        :param Decimal balance: total of the balance sheet, in EUR
        """
        code = "be.b2c.sme"
        sizes = {"workers": workers, "turnover": turnover, "balance": balance}
        reached = sum(
            size >= self._value(code, day, key) for key, size in sizes.items()
        )
        return reached >= self._value(code, day, "needed")

    @api.model
    def _get_l10n_be_size(self, workers, turnover, balance, day):
        """The same with its ground, for who sets it for the company.

        :rtype: Size
        """
        code = "be.b2c.sme"
        keys = ("workers", "turnover", "balance", "needed")
        rows = [self._row(code, day, key) for key in keys]
        return Size(
            self._is_l10n_be_large(workers, turnover, balance, day),
            self._full_ground(code, rows[-1]),
            all(row.verified for row in rows),
        )
