from odoo import Command, api, models

from ..tools.plans import LIVE

LEGAL_ACTIVITY = "debt_collection.mail_activity_type_legal"


class DebtCollectionLegalConsequence(models.AbstractModel):
    """What the result of a legal step sets going on its case, besides its terms.

    A title is read from the steps themselves (`case._get_reached`), and so is an
    acknowledgement (`facts._read_acts`).
    """

    _name = "debt.collection.legal.consequence"
    _description = "What a legal step sets going"

    @api.model
    def _follow(self, step):
        """Set going what the result of a step that was just recorded gives."""
        follow = self._get_followers().get(step.result_id.gives)
        if follow:
            follow(step)
        elif step.amount_proceeds:
            self._ask_to_match(step)

    @api.model
    def _get_followers(self):
        """What a result gives -> function of the step that sets it going.

        Extend by `super()`.
        """
        return {
            "contested": self._follow_contested,
            "acknowledged": self._follow_acknowledged,
            "paid": self._follow_paid,
        }

    # === CONTESTED === #

    @api.model
    def _follow_contested(self, step):
        """A dispute about what is not contested yet; the route ends with it."""
        lines = self._prepare_dispute_lines(step.case_id)
        if lines:
            reason = self.env.ref("debt_collection.dispute_reason_other")
            step.case_id._open_dispute(
                {
                    "reason_id": reason.id,
                    "date": step.date_done,
                    "description": step.note or step.display_name,
                    "line_ids": lines,
                },
                "debtor",
            )
        # what waited for a claim that nobody contests waits in vain
        step.case_id.legal_step_ids.filtered(
            lambda other: other.state == "draft"
            and other.route_id == step.route_id
            and not other.type_id.is_after_dispute
        ).action_cancel()

    @api.model
    def _prepare_dispute_lines(self, case):
        """What is left of each open claim and contested by nobody yet."""
        claims = case.claim_ids.filtered("is_open")
        contested = self.env["debt.collection.facts"]._read_contested(
            claims.move_line_id.ids
        )
        rooms = (
            (claim, claim.amount_residual - float(contested.get(item.id, 0)))
            for claim in claims
            for item in claim.move_line_id
        )
        return [
            Command.create({"claim_id": claim.id, "amount": room})
            for claim, room in rooms
            if claim.currency_id.compare_amounts(room, 0) > 0
        ]

    # === ACKNOWLEDGED, PAID === #

    @api.model
    def _follow_acknowledged(self, step):
        """He asks for time: somebody answers. The limitation is read from the step."""
        self._plan_activity(
            step,
            "debt_collection.mail_activity_type_plan",
            self.env._("He asks for time: propose a plan or refuse"),
        )

    @api.model
    def _follow_paid(self, step):
        """He is believed for some days; somebody matches what came in."""
        self._ask_to_match(step)
        case, today = step.case_id, step.company_id._get_collection_today()
        amount = step.amount_proceeds or float(case._get_statements(today)[case.id].due)
        is_known = case.plan_ids.filtered(
            lambda p: p.kind == "paid" and p.state in LIVE
        )
        if case.currency_id.compare_amounts(amount, 0) > 0 and not is_known:
            case._propose_plan(
                {"kind": "paid", "amount": amount, "date_paid": step.date_done},
                "debtor",
            )

    @api.model
    def _ask_to_match(self, step):
        self._plan_activity(
            step, LEGAL_ACTIVITY, self.env._("Match the payment with the bank")
        )

    @api.model
    def _plan_activity(self, step, kind, summary):
        case = step.case_id
        case.activity_schedule(
            kind,
            date_deadline=step.company_id._get_collection_today(),
            summary=summary,
            note=step.type_id.name,
            user_id=(case.user_id or self.env.user).id,
        )

    # === PLANS === #

    @api.model
    def _get_plan_obstacles(self, step):
        """A promise or a plan that runs holds back what is ours to order.

        :rtype: list[Blocker]
        """
        if step.type_id.is_during_plan:
            return []
        return step.case_id._get_plan_obstacles()

    @api.model
    def _suspend(self, plan):
        """A plan starts: whoever was given an order is told to wait."""
        steps = plan.case_id.legal_step_ids.filtered(
            lambda step: step.state == "ordered" and not step.type_id.is_during_plan
        )
        for step in steps:
            self._plan_activity(
                step,
                LEGAL_ACTIVITY,
                self.env._(
                    "A plan runs: ask %(who)s to suspend",
                    who=step.partner_id.name or step.type_id._get_performer_label(),
                ),
            )
