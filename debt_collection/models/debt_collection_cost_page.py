from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, format_date, formatLang

# Fewer cases than that say nothing about the next one
LEAST_CASES = 30
# Cases are comparable up to so many times larger or smaller
WIDTH = 3
LOOK_BACK = timedelta(days=3 * 365)


class DebtCollectionCostPage(models.AbstractModel):
    """One page for the one who says yes or no: what it costs, what it may bring."""

    _name = "debt.collection.cost.page"
    _description = "Page of a cost request"

    @api.model
    def _render(self, cost):
        """The page of a cost as of today, in HTML.

        :rtype: markupsafe.Markup
        """
        day = cost.company_id._get_collection_today()
        return self.env["ir.qweb"]._render(
            "debt_collection.cost_page", self._get_values(cost, day)
        )

    @api.model
    def _get_values(self, cost, day):
        """What the template shows; extend by `super()`.

        :param date day: the day the figures are of
        :rtype: dict
        """
        case = cost.case_id
        stake = case._get_stake(day, cost)
        spent = self._get_spent(cost)
        return {
            "cost": cost,
            "case": case,
            "day": day,
            "money": lambda amount: formatLang(
                self.env, float(amount), currency_obj=cost.currency_id
            ),
            "date": lambda value: format_date(self.env, value),
            "stake": stake,
            "stake_error": case.amount_due_error,
            "chance": self._get_chance(case, day),
            "least": LEAST_CASES,
            "spent": spent,
            "uneconomic": case._is_uneconomic(cost.amount_estimate, day, cost),
            "solvency": self._get_solvency(cost, day),
            "bears": self._word_bearer(cost),
            "refused": self._word_refusal(case),
            "second": self._word_second(cost),
        }

    @api.model
    def _get_chance(self, case, day):
        """How many comparable closed cases were paid: (paid, all).

        Those of the company under the same regime, closed in three years, of a
        principal up to three times larger or smaller, which had come as far; withdrawn
        and joined ones say nothing.

        :rtype: tuple[int, int]
        """
        self.env["debt.collection.case"].flush_model()
        amount = case.amount_claimed
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*) FILTER (WHERE outcome IN ('paid', 'paid_costs')),
                          count(*)
                     FROM debt_collection_case
                    WHERE company_id = %s AND regime = %s AND currency_id = %s
                      AND date_closed > %s AND date_closed <= %s AND id <> %s
                      AND outcome NOT IN ('withdrawn', 'joined', 'credited')
                      AND amount_claimed BETWEEN %s AND %s
                      AND (%s OR date_noticed IS NOT NULL)""",
                case.company_id.id,
                case.regime,
                case.currency_id.id,
                day - LOOK_BACK,
                day,
                case.id,
                amount / WIDTH,
                amount * WIDTH,
                not case.date_noticed,
            )
        )
        return row

    @api.model
    def _get_spent(self, cost):
        """What this case has cost so far beside this request, and what came back."""
        others = cost.case_id._get_engaged_costs() - cost
        return {
            "count": len(others),
            "engaged": sum(other._get_spent() for other in others),
            "recovered": sum(others.mapped("amount_recovered")),
            "lost": sum(others.mapped("amount_lost")),
        }

    @api.model
    def _get_solvency(self, cost, day):
        """The finding that counts, its age in days, and what it means for the yes."""
        rules = self.env["debt.collection.cost.rules"]
        check = rules._get_solvency(cost, day)
        labels = dict(check._fields["finding"]._description_selection(self.env))
        return {
            "check": check,
            "label": labels.get(check.finding, ""),
            "age": (day - check.date).days if check else 0,
            "refusal": rules._refuse_collective(cost, day)
            or rules._refuse_without_solvency(cost, day, cost.reason_overrule or ""),
        }

    @api.model
    def _word_bearer(self, cost):
        """From whom it comes back, and who bears it if it does not."""
        labels = {
            name: dict(cost._fields[name]._description_selection(self.env))
            for name in ("recover_from", "bearer")
        }
        bearer = labels["bearer"][cost.bearer]
        if not cost.recoverable:
            return self.env._("Nobody pays it back. Who bears it: %(who)s.", who=bearer)
        if cost.recover_from == "debtor" and not self._may_be_claimed(cost):
            return self.env._(
                "The law does not let the debtor pay it as things stand. Who bears "
                "it: %(who)s.",
                who=bearer,
            )
        return self.env._(
            "Claimed back from: %(whom)s, once performed. If it fails: %(who)s.",
            whom=labels["recover_from"][cost.recover_from],
            who=bearer,
        )

    @api.model
    def _may_be_claimed(self, cost):
        regime = self.env["debt.collection.regime"]._get_regime(cost.case_id.regime)
        return regime._claims_cost(cost.type_id.is_judicial, cost._is_under_title())

    @api.model
    def _word_refusal(self, case):
        """What becomes of the case when the answer is no."""
        phases = dict(case._fields["phase"]._description_selection(self.env))
        return self.env._(
            "Nothing is spent. The case stays where it is (%(phase)s) and its letters "
            "go on: %(next)s",
            phase=phases[case.phase].lower(),
            next=case.why_not or self.env._("the next run decides."),
        )

    @api.model
    def _word_second(self, cost):
        """Who has to say yes besides, or instead."""
        rules = self.env["debt.collection.cost.rules"]
        if cost.stage != "requested":
            return ""
        if cost.first_approver_id:
            return self.env._(
                "%(first)s said yes; the amount needs a second yes: %(names)s.",
                first=cost.first_approver_id.name,
                names=rules._name_approvers(cost, cost.amount_estimate),
            )
        if self.env.user.has_group(
            "debt_collection.debt_collection_group_approver"
        ) and rules._needs_second(cost, self.env.user):
            return self.env._(
                "Above your ceiling: after your yes a second approver is asked "
                "(%(names)s).",
                names=rules._name_approvers(cost, cost.amount_estimate),
            )
        return ""
