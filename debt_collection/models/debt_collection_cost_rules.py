from odoo import api, models
from odoo.exceptions import AccessError

from .debt_collection_cost_ceiling import APPROVER


class DebtCollectionCostRules(models.AbstractModel):
    """Who may say yes to which cost, and when it may be spent.

    Each rule is a method that answers with a sentence, or an empty text where it has
    nothing against it. `_get_*_refusal` asks the rules of one decision in order.
    """

    _name = "debt.collection.cost.rules"
    _description = "Rules of the cost desk"

    # === THE DECISIONS === #

    @api.model
    def _get_request_refusal(self, cost, day):
        """Why nobody can be asked for that cost.

        :param date day: the day of the request
        :rtype: str
        """
        if cost.stage != "draft":
            return self.env._(
                "%(cost)s was requested already: it is %(state)s.",
                cost=cost.name,
                state=cost._get_state_label(),
            )
        return (
            self._refuse_closed_case(cost)
            or self._refuse_without_amount(cost)
            or self._refuse_uneconomic(cost, day)
        )

    @api.model
    def _get_deciding_refusal(self, cost, user):
        """Why a user may not decide on a request at all: its state, or who he is."""
        self._check_role(user)
        return self._refuse_by_stage(cost) or self._refuse_own_request(cost, user)

    @api.model
    def _get_refusal(self, cost, user, day, overrule=""):
        """Why a user may not say yes to a request on a day.

        :param res.users user: who would say yes
        :param str overrule: why he goes on without a valid solvency check
        :raises AccessError: he is no approver
        :rtype: str
        """
        return (
            self._get_deciding_refusal(cost, user)
            or self._refuse_closed_case(cost)
            or self._refuse_second_by_same(cost, user)
            or self._refuse_without_ceiling(cost, user)
            or self._refuse_collective(cost, day)
            or self._refuse_without_solvency(cost, day, overrule)
        )

    @api.model
    def _get_more_refusal(self, cost, user, more):
        """Why a user may not say yes to `more` than was approved."""
        self._check_role(user)
        if cost.stage != "engaged" or not more:
            return self.env._(
                "Nothing goes beyond what was approved for %(cost)s any more.",
                cost=cost.name,
            )
        if user in cost.requester_id | cost.more_requester_id:
            return self._word_own_request(cost)
        total = cost.amount_limit + more
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            user, cost.company_id
        )
        if cost.currency_id.compare_amounts(total, ceiling) > 0:
            return self.env._(
                "With the difference it is %(total)s; your ceiling is %(ceiling)s. "
                "Somebody with a higher one has to say yes: %(names)s.",
                total=cost._format(total),
                ceiling=cost._format(ceiling),
                names=self._name_approvers(cost, total),
            )
        return ""

    @api.model
    def _get_engage_refusal(self, cost, day):
        """Why an approved cost may not be ordered on a day."""
        if cost.stage == "engaged":
            return self.env._(
                "%(cost)s was ordered on %(day)s: order %(order)s.",
                cost=cost.name,
                day=cost._format_day(cost.date_engaged),
                order=cost.order_number,
            )
        if cost.stage != "approved":
            return self.env._(
                "%(cost)s is %(state)s: nothing is ordered before the yes of an "
                "approver.",
                cost=cost.name,
                state=cost._get_state_label(),
            )
        return (
            self._refuse_expired(cost, day)
            or self._refuse_closed_case(cost)
            or self._refuse_collective(cost, day)
            or self._refuse_worse(cost, day)
        )

    # === WHO === #

    @api.model
    def _check_role(self, user):
        """:raises AccessError: the user has no say in costs"""
        if not user.has_group(APPROVER):
            raise AccessError(
                self.env._(
                    "Only an Approver of debt collection says yes or no to a cost."
                )
            )

    @api.model
    def _refuse_own_request(self, cost, user):
        if user in cost.requester_id | cost.editor_id:
            return self._word_own_request(cost)
        return ""

    @api.model
    def _word_own_request(self, cost):
        return self.env._(
            "%(cost)s is your own request: somebody else has to decide on it.",
            cost=cost.name,
        )

    @api.model
    def _needs_second(self, cost, user):
        """Whether the amount is above the ceiling of who says yes."""
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            user, cost.company_id
        )
        return cost.currency_id.compare_amounts(cost.amount_estimate, ceiling) > 0

    @api.model
    def _refuse_without_ceiling(self, cost, user):
        """An approver whose ceiling is zero has no say; nobody's may reach."""
        Ceiling = self.env["debt.collection.cost.ceiling"]
        if not Ceiling._get_ceiling(user, cost.company_id):
            return self.env._(
                "Your ceiling is %(ceiling)s: a manager has to raise it first.",
                ceiling=cost._format(0),
            )
        if self._needs_second(cost, user) and not self._get_able(
            cost, cost.amount_estimate
        ):
            return self.env._(
                "%(amount)s is above the ceiling of every approver: a manager has to "
                "raise one.",
                amount=cost._format(cost.amount_estimate),
            )
        return ""

    @api.model
    def _refuse_second_by_same(self, cost, user):
        if cost.first_approver_id == user and self._needs_second(cost, user):
            return self.env._(
                "You said yes already; %(amount)s is above your ceiling, so a second "
                "approver has to: %(names)s.",
                amount=cost._format(cost.amount_estimate),
                names=self._name_approvers(cost, cost.amount_estimate),
            )
        return ""

    @api.model
    def _get_able(self, cost, amount):
        """The approvers who may say yes to an amount of this cost, nearest first."""
        Ceiling = self.env["debt.collection.cost.ceiling"]
        users = Ceiling._get_approvers(cost.company_id)
        users -= cost.requester_id | cost.editor_id | cost.more_requester_id
        ceilings = Ceiling._get_ceilings(users, cost.company_id)
        compare = cost.currency_id.compare_amounts
        able = users.filtered(lambda user: compare(ceilings[user.id], amount) >= 0)
        return able.sorted(lambda user: (ceilings[user.id], user.id))

    @api.model
    def _get_asked(self, cost):
        """Who is asked: the lowest ceiling that is high enough.

        :rtype: res.users
        """
        amount = cost.amount_estimate
        if cost.amount_more:
            amount = cost.amount_limit + cost.amount_more
        return self._get_able(cost, amount)[:1]

    @api.model
    def _name_approvers(self, cost, amount):
        names = self._get_able(cost, amount).mapped("name")
        return ", ".join(names) or self.env._("nobody yet, ask a manager")

    # === WHAT === #

    @api.model
    def _refuse_by_stage(self, cost):
        if cost.stage == "requested":
            return ""
        who = cost.approver_id
        if who and cost.stage in ("approved", "engaged"):
            return self.env._(
                "%(cost)s was approved already, by %(user)s on %(day)s.",
                cost=cost.name,
                user=who.name,
                day=cost._format_day(cost.date_approved),
            )
        return self.env._(
            "Nothing is to be decided on %(cost)s any more: it is %(state)s.",
            cost=cost.name,
            state=cost._get_state_label(),
        )

    @api.model
    def _refuse_closed_case(self, cost):
        if cost.type_id.is_owed or not cost.case_id.date_closed:
            return ""
        return self.env._(
            "%(case)s is closed: nothing more is spent on it.", case=cost.case_id.name
        )

    @api.model
    def _refuse_without_amount(self, cost):
        if cost.amount_estimate > 0:
            return ""
        return self.env._(
            "Enter the estimate first: nobody can say yes to an unknown amount."
        )

    @api.model
    def _refuse_uneconomic(self, cost, day):
        is_free = cost.type_id.is_owed or cost.type_id.is_closing
        if cost.reason_uneconomic or is_free:
            return ""
        if not cost.case_id._is_uneconomic(cost.amount_estimate, day, cost):
            return ""
        return self.env._(
            "Uneconomic: %(amount)s and what was spent before are more than %(case)s "
            "can bring (%(due)s). Give a reason under “Why nevertheless” to ask all "
            "the same.",
            amount=cost._format(cost.amount_estimate),
            case=cost.case_id.name,
            due=cost._format(cost.case_id._get_stake(day, cost)),
        )

    @api.model
    def _refuse_expired(self, cost, day):
        if cost.date_expiry and day > cost.date_expiry:
            return self.env._(
                "The approval of %(cost)s ended on %(day)s: ask again.",
                cost=cost.name,
                day=cost._format_day(cost.date_expiry),
            )
        return ""

    # === SOLVENCY === #

    @api.model
    def _get_solvency(self, cost, day):
        """The finding about the debtor that counts on a day, maybe empty."""
        debtor = cost.case_id.partner_id
        return debtor._get_solvency(cost.company_id, day)

    @api.model
    def _refuse_collective(self, cost, day):
        """A procedure for all creditors together stops every spending."""
        if cost.type_id.in_insolvency:
            return ""
        check = self._get_solvency(cost, day)
        if not check._is_collective():
            return cost.case_id._get_unconfirmed_stop()
        return self.env._(
            "%(debtor)s: %(finding)s. Nothing more is spent on him alone.",
            debtor=cost.case_id.partner_id.name,
            finding=check.display_name,
        )

    @api.model
    def _refuse_without_solvency(self, cost, day, overrule):
        """No valid check, or a bad one: only with a reason."""
        if overrule or not cost.type_id.needs_solvency:
            return ""
        check = self._get_solvency(cost, day)
        if not check:
            return self.env._(
                "There is no valid solvency check of %(debtor)s: have one made, or "
                "approve nevertheless with a reason.",
                debtor=cost.case_id.partner_id.name,
            )
        if check._get_severity() and not cost.case_id._accepts_risk(check):
            return self.env._(
                "The solvency check says: %(finding)s. Approve nevertheless with a "
                "reason, or refuse.",
                finding=check.display_name,
            )
        return ""

    @api.model
    def _refuse_worse(self, cost, day):
        """Found since the yes: the debtor's means are bad, and nobody said go on."""
        check = self._get_solvency(cost, day)
        accepted = cost.reason_overrule or cost.case_id._accepts_risk(check)
        if not check._get_severity() or accepted or not cost.type_id.needs_solvency:
            return ""
        return self.env._(
            "Since the approval it was found: %(finding)s. Decide on the case whether "
            "to stop or to go on at your risk.",
            finding=check.display_name,
        )
