from odoo import api, models
from odoo.exceptions import UserError

from ..tools.assessment import months
from ..tools.plans import WAITING


class DebtCollectionPlanVerdict(models.AbstractModel):
    """What one thinks of a plan, what its policy allows, and what the law does."""

    _name = "debt.collection.plan.verdict"
    _description = "Verdict on a plan"

    # === COMPUTE METHODS === #

    @api.depends("assessment")
    @api.depends_context("lang")
    def _compute_assessment_text(self):
        Opinion = self.env["debt.collection.plan.opinion"]
        for plan in self:
            plan.assessment_text = "\n".join(Opinion._get_sentences(plan))

    @api.depends("line_ids.date", "line_ids.amount", "date_proposed", "state")
    @api.depends_context("lang")
    def _compute_excess_text(self):
        Opinion = self.env["debt.collection.plan.opinion"]
        for plan in self:
            found = []
            if plan.line_ids and plan.state in ("draft", *WAITING):
                day = plan.date_proposed or plan._get_today()
                found = Opinion._get_excesses(plan, day)
            plan.excess_text = "\n".join(found)

    # === ACTION METHODS === #

    def action_assess(self):
        """Say what one thinks of the draft or proposal, with the reasons."""
        self._begin("assess")
        for plan in self:
            plan._assess(plan._get_today())

    # === BUSINESS METHODS === #

    def _assess(self, day):
        """Keep what one thinks of the plan on a day, with the reasons."""
        self.ensure_one()
        Opinion = self.env["debt.collection.plan.opinion"]
        found = Opinion._assess(self, day)
        self._set(
            {
                "verdict": found.verdict,
                "assessment": Opinion._to_json(found),
            }
        )

    def _check_law(self, day):
        """Refuse what the law does not let a plan of these claims be.

        :raises UserError: too long, too many instalments, interest that runs
        """
        for plan in self.filtered(lambda p: p.kind == "plan"):
            law = self.env["debt.collection.plan.opinion"]._get_law(plan)
            lines = plan._get_schedule()
            if plan.interest == "running" and not law.interest_allowed:
                raise UserError(
                    self.env._(
                        "The law lets no interest run while this debtor pays by "
                        "instalments: let it stand still."
                    )
                )
            if law.max_instalments and len(lines) > law.max_instalments:
                raise UserError(
                    self.env._(
                        "The law allows %(number)s instalments at most.",
                        number=law.max_instalments,
                    )
                )
            if law.max_months and months(day, lines[-1][0]) > law.max_months:
                raise UserError(
                    self.env._(
                        "The law allows %(number)s months at most.",
                        number=law.max_months,
                    )
                )
