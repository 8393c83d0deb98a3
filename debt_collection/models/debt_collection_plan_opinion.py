from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..tools.answers import PlanLimits
from ..tools.assessment import Limits, PlanFacts, assess, excesses
from ..tools.values import ToolsError
from .debt_collection_facts import to_decimal

MONTH = timedelta(days=30)


class DebtCollectionPlanOpinion(models.AbstractModel):
    """What one may think of a plan: law, limits, assessment, each in sentences.

    It reads and words; the arithmetic is in `tools.assessment`, the decision is
    always somebody's.
    """

    _name = "debt.collection.plan.opinion"
    _description = "Opinion on a payment plan"

    # === LAW === #

    @api.model
    def _get_law(self, plan):
        """The strictest answer of the regimes of what the plan covers.

        Each is asked with one of its claims: the law limits plans by regime.

        :rtype: tools.answers.PlanLimits
        """
        samples = {claim.regime: claim.move_line_id.id for claim in plan.claim_ids}
        Facts = self.env["debt.collection.facts"].with_company(plan.company_id)
        facts = Facts._read({item: regime for regime, item in samples.items()})
        answers = [
            self.env["debt.collection.regime"]
            ._get_regime(fact.regime, plan.company_id)
            ._get_plan_limits(fact)
            for fact in facts.values()
        ]
        return PlanLimits(
            max_months=self._get_least(answers, "max_months"),
            max_instalments=self._get_least(answers, "max_instalments"),
            fee_allowed=all(answer.fee_allowed for answer in answers),
            interest_allowed=all(answer.interest_allowed for answer in answers),
        )

    @api.model
    def _get_least(self, answers, name):
        found = [getattr(answer, name) for answer in answers]
        return min((limit for limit in found if limit is not None), default=None)

    @api.model
    def _read_facts(self, plan):
        regimes = {claim.move_line_id.id: claim.regime for claim in plan.claim_ids}
        facts = self.env["debt.collection.facts"].with_company(plan.company_id)
        return facts._read(regimes)

    # === LIMITS === #

    @api.model
    def _get_limits(self, plan, day):
        """The limits of the policy for the sum; None where it sets none.

        :rtype: tools.assessment.Limits | None
        """
        bands = self._get_policy(plan).plan_limit_ids
        company = plan.company_id
        worth = plan.currency_id._convert(
            plan.amount, company.currency_id, company, day
        )
        bands = bands.filtered(lambda band: band.amount_from <= worth)
        if not bands:
            return None
        limits = bands.sorted("amount_from")[-1]._get_limits()
        if plan.currency_id == company.currency_id or not limits.min_instalment:
            return limits
        least = company.currency_id._convert(
            float(limits.min_instalment), plan.currency_id, company, day
        )
        return replace(limits, min_instalment=to_decimal(least, plan.currency_id))

    @api.model
    def _get_policy(self, plan):
        case_sudo = plan.case_id.sudo()  # limits count whoever proposes
        return case_sudo._get_charge_policy() or case_sudo._get_policy()

    @api.model
    def _get_excesses(self, plan, day):
        """Why a plan goes beyond what a collector agrees to alone, as sentences.

        :rtype: list[str]
        """
        if plan.kind == "paid":
            return []
        limits = self._get_limits(plan, day)
        if limits is None:
            return [self.env._("The policy sets no limits for such a sum.")]
        if plan.kind == "promise":
            limits = Limits(max_first_delay=limits.max_first_delay)
        found = excesses(plan._get_schedule(), limits, day)
        texts = self._get_excess_sentences()
        values = {
            "months": limits.max_months,
            "amount": self._format(limits.min_instalment or 0, plan),
            "days": limits.max_first_delay,
        }
        return [texts[code] % values for code in found]

    @api.model
    def _get_excess_sentences(self):
        """Limit that is exceeded -> sentence; see `tools.assessment.excesses`."""
        return {
            "max_months": self.env._("It takes longer than %(months)s months."),
            "min_instalment": self.env._("An instalment is below %(amount)s."),
            "max_first_delay": self.env._(
                "The first payment comes later than %(days)s days from now."
            ),
        }

    # === ASSESSMENT === #

    @api.model
    def _assess(self, plan, day):
        """Judge a plan on what is known on a day.

        :rtype: tools.assessment.Assessment
        """
        if not plan.line_ids:
            raise UserError(self.env._("Enter the instalments first."))
        return assess(
            PlanFacts(
                lines=plan._get_schedule(),
                day=day,
                limits=self._get_limits(plan, day) or Limits(),
                rhythm=plan._get_rhythm(),
                means=self._get_means(plan),
                interest=self._get_interest(plan, day),
                past=self._count_past(plan),
                comparable=self._count_comparable(plan),
            )
        )

    @api.model
    def _get_means(self, plan):
        plan_sudo = plan.sudo()  # the verdict is shown, the means are not
        if not plan_sudo.means_situation:
            return None
        return to_decimal(plan_sudo.means_monthly, plan.currency_id)

    @api.model
    def _get_interest(self, plan, day):
        """What the debt grew by in the last thirty days, where interest runs on."""
        if plan.kind != "plan" or plan.interest == "frozen":
            return Decimal(0)
        try:
            now, before = (
                plan.case_id._get_statements(at)[plan.case_id.id]
                for at in (day, day - MONTH)
            )
        except (UserError, ToolsError):
            return Decimal(0)  # the statement itself says what is missing
        grown = sum(row.interest for row in now.claims)
        return max(grown - sum(row.interest for row in before.claims), Decimal(0))

    @api.model
    def _count_past(self, plan):
        """Earlier promises and plans of the debtor with this creditor: (kept, all)."""
        return self._count([("partner_id", "=", plan.partner_id.id)], plan)

    @api.model
    def _count_comparable(self, plan):
        """Plans of the same sort whose cases are closed: (kept, all)."""
        return self._count(
            [
                ("kind", "=", plan.kind),
                ("case_id.phase", "=", "closed"),
                ("case_id.regime", "=", plan.case_id.regime),
                ("amount", ">=", plan.amount / 2),
                ("amount", "<=", plan.amount * 2),
                ("currency_id", "=", plan.currency_id.id),
            ],
            plan,
        )

    @api.model
    def _count(self, domain, plan):
        plans = self.env["debt.collection.plan"].sudo()  # numbers, whoever asks
        counts = dict(
            plans._read_group(
                [
                    *domain,
                    ("company_id", "=", plan.company_id.id),
                    ("state", "in", ("kept", "broken")),
                    ("kind", "!=", "paid"),
                    ("id", "!=", plan.id),
                ],
                ["state"],
                ["__count"],
            )
        )
        return counts.get("kept", 0), sum(counts.values())

    # === WORDS === #

    @api.model
    def _to_json(self, found):
        return [
            {
                "code": reason.code,
                "level": reason.level,
                "params": {
                    key: str(value) if isinstance(value, Decimal) else value
                    for key, value in reason.params
                },
            }
            for reason in found.reasons
        ]

    @api.model
    def _get_sentences(self, plan):
        """The reasons of an assessment, a sentence each, in the user's language.

        :rtype: list[str]
        """
        return [
            self._word(row["code"], row["level"], dict(row["params"]), plan)
            for row in plan.assessment or ()
        ]

    @api.model
    def _word(self, code, level, params, plan):
        for name in ("amount", "limit"):
            if isinstance(params.get(name), str):
                params[name] = self._format(params[name], plan)
        text = self._get_reason_sentences()[code]
        if level in ("weak", "bad") and params.get("limit") is not None:
            text = self._get_beyond_sentences().get(code, text)
        return text % params

    @api.model
    def _format(self, amount, plan):
        return format_amount(self.env, float(amount), plan.currency_id)

    @api.model
    def _get_reason_sentences(self):
        """code of a reason -> sentence; see `tools.assessment`."""
        return {
            "duration": self.env._("It takes %(months)s months."),
            "smallest": self.env._("The smallest instalment is %(amount)s."),
            "first_payment": self.env._("The first payment comes in %(days)s days."),
            "no_means": self.env._("Nothing is known of what the debtor can spare."),
            "nothing_to_spare": self.env._("The debtor says he can spare nothing."),
            "means": self.env._(
                "It takes %(percent)s %% of the %(amount)s the debtor can spare in a "
                "month."
            ),
            "no_interest": self.env._("The debt does not grow meanwhile."),
            "interest": self.env._(
                "The debt grows by %(amount)s a month while it is paid down."
            ),
            "no_past": self.env._("The debtor has not promised anything before."),
            "past": self.env._(
                "The debtor kept %(kept)s of %(number)s earlier promises."
            ),
            "no_basis": self.env._(
                "No basis for a comparison: %(number)s comparable closed cases, "
                "%(least)s are needed."
            ),
            "comparable": self.env._(
                "%(percent)s %% of %(number)s comparable closed cases were kept."
            ),
        }

    @api.model
    def _get_beyond_sentences(self):
        """code of a reason beyond its limit -> sentence."""
        return {
            "duration": self.env._(
                "It takes %(months)s months, the limit is %(limit)s."
            ),
            "smallest": self.env._(
                "The smallest instalment is %(amount)s, the limit is %(limit)s."
            ),
            "first_payment": self.env._(
                "The first payment comes in %(days)s days, the limit is %(limit)s."
            ),
        }
