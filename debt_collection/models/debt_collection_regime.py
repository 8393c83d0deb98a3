from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..tools.answers import DueDate, InterestTerms, Letter, PlanLimits
from ..tools.facts import Blocker
from ..tools.terms import term_end
from ..tools.values import Term


class DebtCollectionRegime(models.AbstractModel):
    """What the law lets a creditor claim, and when: the fifteen questions.

    A regime is a class of its own that inherits this one. It is asked with frozen
    facts and answers with frozen values: it reads no records but the numbers of the
    law, never writes, and never asks what day it is. Its numbers are those of
    `env.company` (`_get_regime(key, company)`).

    To add a regime: inherit, answer, and extend `_get_regime_models`. To add a
    question: give it a neutral answer here and a test in the contract case.
    """

    _name = "debt.collection.regime"
    _description = "Legal regime of a claim"

    # === THE REGISTRY === #

    @api.model
    def _get_regime_models(self):
        """Return the regimes: key -> (model name, label), extended by `super()`.

        :rtype: dict[str, tuple[str, str]]
        """
        return {
            "standard": ("debt.collection.regime.standard", self.env._("Standard")),
        }

    @api.model
    def _get_regime(self, key, company=None):
        """The one place that turns a key into code.

        :param str key: key stored on the claim
        :param company: res.company whose numbers are used; the current one if None
        :raises ValidationError: no installed addon knows the key
        """
        known = self._get_regime_models()
        if key not in known:
            raise ValidationError(
                self.env._("No installed addon knows the regime “%(key)s”.", key=key)
            )
        regime = self.env[known[key][0]]
        return regime.with_company(company) if company else regime

    @api.model
    def _selection_regime(self):
        return [(key, label) for key, (_m, label) in self._get_regime_models().items()]

    @api.model
    def _determine(self, items):
        """Say under which regime each item falls, and why.

        Override to refine the answer of `super()` for the items of your law; set
        based, must not write.

        :param items: account.move.line recordset
        :returns: {item id: (key, reason in a sentence)}
        :rtype: dict[int, tuple[str, str]]
        """
        reason = self.env._("No law of a country was found to apply.")
        return dict.fromkeys(items.ids, ("standard", reason))

    # === THE QUESTIONS === #

    @api.model
    def _get_blockers(self, facts, notice_kind, on_date, contact=None):
        """1. Why may no letter of that kind leave on that day?

        Asked with a contact: why may that call or visit not take place? Override to
        add what the law forbids; must not write.

        :param ClaimFacts facts: the claim
        :param str notice_kind: none, first or formal
        :param date on_date: the day the letter would leave
        :param PlannedContact contact: a call or a visit with its hours, else None
        :rtype: tuple[Blocker]
        """
        earliest = self._get_earliest_date(facts, notice_kind)
        if earliest and on_date < earliest:
            return (Blocker("regime_term", (("day", str(earliest)),), until=earliest),)
        return ()

    @api.model
    def _get_earliest_date(self, facts, notice_kind):
        """2. What is the first day a letter of that kind may leave?

        Override to hold letters back while a term runs; must not write.

        :returns: a day; `date.max` where it may not leave as things stand (the
            blockers say why); None where the law says nothing
        :rtype: date | None
        """
        return

    @api.model
    def _get_due_date(self, facts):
        """3. After which day is the item late, whatever the invoice says?

        Override where the law limits the terms of payment; must not write.

        :rtype: DueDate
        """
        return DueDate(facts.due_date)

    @api.model
    def _get_interest(self, facts, until):
        """4. From which day does interest run, at which rates up to `until`?

        Override to grant interest; must not write. No interest is a start of None.

        :raises MissingParameter: a rate between the start and `until` is not known
        :rtype: InterestTerms
        """
        return InterestTerms()

    @api.model
    def _get_fixed_charges(self, facts, on_date):
        """5. Which fixed amounts come on top, on which ground, claimable when?

        Override to grant indemnities; must not write. Amounts whose day has not
        come on `on_date` are given as well, with that day.

        :rtype: tuple[FixedCharge]
        """
        return ()

    @api.model
    def _get_imputation_order(self, facts):
        """6. What does a payment pay first?

        Override to change the order; must not write.

        :returns: some of cost, interest, indemnity, principal, each once
        :rtype: tuple[str]
        """
        return ("cost", "interest", "indemnity", "principal")

    @api.model
    def _get_notice_term(self, facts, dispatch):
        """7. Which term does a letter that left give the debtor?

        Override where the law gives time; must not write.

        :param Dispatch dispatch: day and channel of the letter
        :returns: the term, None where the law gives none
        :rtype: NoticeTerm | None
        """
        return

    @api.model
    def _get_term_end(self, start, count, unit, vacation=False):
        """8. When does a term that an act on `start` opens end?

        Override with the calendar and the counting of your law; must not write.

        :param date start: day of the act
        :param int count: length of the term
        :param str unit: days, working_days, months or years
        :param bool vacation: whether the vacation of the courts extends it
        :rtype: date
        """
        return term_end(start, Term(count, unit))

    @api.model
    def _get_letter(self, facts, notice_kind):
        """9. Which letter is it, and what must it say?

        Override with a key per letter of your law and the codes of the mentions it
        makes compulsory; must not write.

        :rtype: Letter
        """
        return Letter(key=f"standard_{notice_kind}")

    @api.model
    def _get_plan_limits(self, facts):
        """10. What may a payment plan not go beyond?

        Asked with one of the claims of the regime that the plan covers.

        Override where the law limits plans; must not write.

        :rtype: PlanLimits
        """
        return PlanLimits()

    @api.model
    def _get_limitation(self, facts):
        """11. Until when may the claim be brought to court?

        Override with the terms of your law; must not write.

        :returns: None where no law is known
        :rtype: Limitation | None
        """
        return

    @api.model
    def _get_debtor_notice(self, facts):
        """12. Which of his rights must the debtor be told?

        Override with sentences of your law; must not write.

        :returns: translated sentences, in the order they are shown
        :rtype: tuple[str]
        """
        return ()

    @api.model
    def _get_route_obstacles(self, route, matter):
        """13. Why is a legal route closed to a claim?

        Override with one method per route of your law; must not write.

        :param str route: code of the route
        :param Matter matter: the case on a day
        :returns: every reason; empty: the law opens the route
        :rtype: tuple[Blocker]
        """
        return (Blocker("route_unknown"),)

    @api.model
    def _get_route_notes(self, route, matter):
        """What the law says of an open route besides: the court, a ceiling.

        Override to add sentences; must not write.

        :rtype: tuple[str]
        """
        return ()

    @api.model
    def _get_insolvency_days(self, kind, day, **options):
        """14. What is to be done by when after an insolvency of the debtor?

        Override with the days of your law; must not write.

        :param str kind: ``bankrupt``, ``reorganisation`` or ``debt_settlement``
        :param date day: the judgment, or the notice that came
        :param options: ``term`` (day given by the judgment), ``guarantor``,
            ``retention``, ``reminded`` (day of the mediator's registered letter)
        :rtype: tuple[LegalDay]
        """
        return ()

    @api.model
    def _get_loss_relief(self, cause, day):
        """15. May the VAT in a claim that is lost be asked back, until when?

        Override with the causes and days of your law; must not write.

        :param str cause: see `debt.collection.write.off`
        :param date day: the judgment, the approval of a plan, or the day from which
            the loss is certain
        :returns: None where the law is not known: the user decides
        :rtype: LossRelief | None
        """
        return

    # === FIXED TRAITS === #

    @api.model
    def _sweeps_items(self):
        """Whether a younger item may ride along in a higher letter.

        Override to return False where each item has to climb by itself.
        """
        return True

    @api.model
    def _holds_letters(self):
        """Whether the law may hold a letter back: the run asks questions 1 and 2.

        Override to return False where they are never answered with anything; the
        daily run then spares reading the facts of the claims.
        """
        return True

    @api.model
    def _rests_on_dispute(self):
        """Whether a dispute with reasons stops the whole case until it is settled.

        Override to return True where the law forbids to go on with the rest.
        """
        return False

    @api.model
    def _requires_acceptance(self):
        """Whether a clause of the terms counts only where the debtor accepted it.

        Override to return True where silence is no acceptance.
        """
        return False

    @api.model
    def _claims_cost(self, is_judicial, under_title):
        """Whether a cost that was spent on the case may be claimed from the debtor.

        What belongs to question 5 for money that was really spent, after the act was
        performed. Override where the law keeps costs away from the debtor; must not
        write. A title never takes away what was claimable without one.

        :param bool is_judicial: an act of a procedure
        :param bool under_title: performed under a title against the debtor
        :rtype: bool
        """
        return True

    @api.model
    def _depends_on_amount(self, facts):
        """Whether interest, fixed charges or the due day depend on how much is owed.

        False lets one answer serve all claims that differ in amounts, payments and
        contested parts alone. Override where your answers look at none of them; must
        not write. No answer to those questions may depend on what interrupts the
        limitation or on the days that a plan lets interest stand still.

        :param ClaimFacts facts: any claim
        """
        return True

    @api.model
    def _get_blocker_sentence(self, blocker):
        """The sentence behind a blocker of this regime, None for another's.

        Override to word the codes that your `_get_blockers` gives; must not write.

        :rtype: str | None
        """
        if blocker.code == "regime_term":
            return self.env._(
                "The law gives the debtor time: nothing may leave before %(day)s.",
                day=format_date(self.env, blocker.until),
            )
        return None
