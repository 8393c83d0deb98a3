import base64
from collections import namedtuple
from dataclasses import dataclass
from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.debt_collection.models.debt_collection_facts import to_decimal
from odoo.addons.debt_collection.models.debt_collection_plan import (
    LIVE,
    SITUATIONS,
    WAITING,
)
from odoo.addons.debt_collection.tools.assessment import excesses, months
from odoo.addons.debt_collection.tools.instalments import schedule
from odoo.addons.debt_collection.tools.values import ToolsError

# Where neither law nor policy sets a limit the slider still ends somewhere
MOST_INSTALMENTS = 60
# What is asked for where the policy says nothing: somebody decides about it anyway
USUAL_INSTALMENTS = 12
USUAL_DELAY = 30
FIRST_AFTER = 14


# A claim that would be made: what the opinion on a plan reads of one
Claim = namedtuple("Claim", "move_line_id regime")


@dataclass(frozen=True)
class Sketch:
    """A plan that nobody proposed yet: what the opinion on a plan reads of one.

    :param policy: whose limits count where there is no case yet
    """

    case_id: object
    claim_ids: object
    company_id: object
    currency_id: object
    amount: float
    with_charges: bool
    policy: object = None
    lines: tuple = ()
    kind: str = "plan"

    def _get_schedule(self):
        return self.lines


@dataclass(frozen=True)
class Simulation:
    """The instalments of a choice, and between what one may choose.

    :param counts: numbers of instalments that fit, smallest first; may be empty
    :param lines: ((day, Decimal), ...) of the number chosen
    :param is_free: the policy sets no limits: somebody decides on every proposal
    """

    amount: float
    with_charges: bool
    counts: tuple[int, ...]
    count: int
    first: date
    first_from: date
    first_until: date
    lines: tuple
    is_free: bool


class DebtCollectionPagePlan(models.AbstractModel):
    """What the debtor may propose on his page, and how it is put forward.

    The limits are the engine's: those of the law and those of the policy. Who calls it
    has checked that the reader may see the matter, and passes it as superuser.
    """

    _name = "debt.collection.page.plan"
    _description = "Plans on the debtor's page"

    # === THE SIMULATOR === #

    @api.model
    def _simulate(self, matter, count, first, day):
        """The instalments of a number and a first day, moved inside the limits.

        :param Matter matter: of an open case, as superuser
        :param int count: how many instalments; 0: as many as fit, six at most
        :param date first: day of the first one, None: two weeks from now
        :rtype: Simulation
        """
        sketch = self._get_sketch(matter, day)
        limits = self._get_limits(sketch, day)
        until = day + timedelta(days=limits.max_first_delay if limits else USUAL_DELAY)
        first = first or day + timedelta(days=FIRST_AFTER)
        first = min(max(first, min(day + timedelta(days=1), until)), until)
        fitting = self._get_fitting(sketch, limits, first, day)
        wanted = min(max(count or min(6, max(fitting, default=0)), 0), MOST_INSTALMENTS)
        count = min(fitting, key=lambda n: abs(n - wanted), default=0)
        return Simulation(
            sketch.amount,
            sketch.with_charges,
            tuple(fitting),
            count,
            first,
            min(day + timedelta(days=1), until),
            until,
            fitting.get(count, ()),
            limits is None,
        )

    @api.model
    def _get_sketch(self, matter, day):
        """What a plan proposed now would be about: what the page asks for."""
        page, account = self.env["debt.collection.page"], matter.account
        return Sketch(
            matter.case,
            self._get_claims(matter),
            account.company_id,
            account.currency_id,
            float(page._get_statement(matter, day).due),
            not page._is_principal_only(matter.letters),
            None if matter.case else matter.letters.step_id.policy_id[:1],
        )

    @api.model
    def _get_claims(self, matter):
        """Claims that tell which law limits the plan: a case has one regime.

        Without a case: those that would be made.
        """
        if matter.case:
            return matter.case.claim_ids.search(
                [("case_id", "=", matter.case.id), ("is_open", "=", True)], limit=1
            )
        items = self.env["debt.collection.page"]._get_open_items(matter)
        answers = self.env["debt.collection.regime"]._determine(items)
        return [Claim(item, answers[item.id][0]) for item in items]

    @api.model
    def _get_limits(self, sketch, day):
        return self.env["debt.collection.plan.opinion"]._get_limits(sketch, day)

    @api.model
    def _get_fitting(self, sketch, limits, first, day):
        """The numbers of instalments inside law and policy, with their instalments.

        :rtype: dict[int, tuple]
        """
        Opinion = self.env["debt.collection.plan.opinion"]
        law = Opinion._get_law(sketch)
        most = law.max_instalments or MOST_INSTALMENTS
        if limits is None and not law.max_months:
            most = min(most, USUAL_INSTALMENTS)
        found = {}
        for count in range(2, most + 1):
            lines = self._divide(sketch, count, first)
            if not lines or limits and excesses(lines, limits, day):
                break
            if law.max_months and months(day, lines[-1][0]) > law.max_months:
                break
            found[count] = lines
        return found

    @api.model
    def _divide(self, sketch, count, first):
        """((day, Decimal), ...) of equal instalments, none where it cannot be."""
        currency = sketch.currency_id
        try:
            rows = schedule(
                to_decimal(sketch.amount, currency),
                count,
                first,
                rounding=to_decimal(currency.rounding, currency),
            )
        except ToolsError:
            return ()
        return tuple((row.day, row.amount) for row in rows)

    # === WHERE HE STANDS === #

    @api.model
    def _get_plans(self, case):
        """The plans that the page may show: none that is only being drafted."""
        return case.plan_ids.filtered(lambda plan: plan.state != "draft")

    @api.model
    def _get_current(self, matter, day):
        """What waits for an answer or holds now, newest first."""
        plans = self._get_plans(matter.case) if matter.case else ()
        return [
            plan
            for plan in plans
            if plan.state in LIVE
            or plan.state in WAITING
            and (not plan.date_expiry or plan.date_expiry >= day)
        ]

    @api.model
    def _may_ask(self, matter, day):
        """Whether time can be asked for: something is due, and no plan runs."""
        page = self.env["debt.collection.page"]
        if not page._may_answer(matter) or page._get_early_day(matter, day):
            return False
        current = self._get_current(matter, day)
        return not any(plan.kind == "plan" and plan.state in LIVE for plan in current)

    # === PROPOSING === #

    @api.model
    def _propose(self, matter, count, first, means, day, is_known=False):
        """Put a plan forward, as it was simulated.

        :param dict means: what the debtor says of himself, empty where he is not known
        :param bool is_known: see `debt.collection.page._open_file`
        :raises UserError: the choice does not fit
        :rtype: debt.collection.plan
        """
        self._check_may_ask(matter, day)
        found = self._simulate(matter, count, first, day)
        if not found.count or (found.count, found.first) != (count, first):
            raise UserError(
                self.env._("This choice is outside the limits: choose on the slider.")
            )
        lines = [(due, float(amount)) for due, amount in found.lines]
        return self._put(
            self._open_file(matter, day, is_known),
            {
                "kind": "plan",
                "lines": lines,
                "instalment_count": count,
                "date_first": first,
                "with_charges": found.with_charges,
                **self._prepare_means(means),
            },
            day,
        )

    @api.model
    def _promise(self, matter, until, day, is_known=False):
        """Promise to pay all that is due by one day.

        :param bool is_known: see `debt.collection.page._open_file`
        :raises UserError: the day is past, or too far
        """
        self._check_may_ask(matter, day)
        sketch = self._get_sketch(matter, day)
        limits = self._get_limits(sketch, day)
        last = day + timedelta(days=limits.max_first_delay if limits else USUAL_DELAY)
        if not until or not day <= until <= last:
            raise UserError(
                self.env._(
                    "Choose a day until %(day)s; for more time ask for instalments.",
                    day=self.env["debt.collection.page"]._format_day(last),
                )
            )
        vals = {"kind": "promise", "date": until, "amount": sketch.amount}
        matter = self._open_file(matter, day, is_known)
        return self._put(matter, {**vals, "with_charges": sketch.with_charges}, day)

    @api.model
    def _say_paid(self, matter, amount, paid_on, files, day, is_known=False):
        """Say that it was paid, with or without a proof.

        :param list files: [(name, content)], one at most
        :param bool is_known: see `debt.collection.page._open_file`
        :raises UserError: the figures cannot be, or the file is none we keep
        """
        self._check_open(matter)
        if amount <= 0 or not paid_on or paid_on > day:
            raise UserError(
                self.env._("Say how much you paid, and on which day in the past.")
            )
        vals = {"kind": "paid", "amount": amount, "date_paid": paid_on}
        if files:
            proofs = self.env["debt.collection.dispute"]  # one set of limits for all
            prepared = proofs._prepare_proof(*files[0])
            vals |= {"proof": prepared["raw"], "proof_name": prepared["name"]}
        matter = self.env["debt.collection.page"]._open_file(matter, day, is_known)
        return self._put(matter, vals, day)

    @api.model
    def _open_file(self, matter, day, is_known):
        """The matter with a file that is about the same sum, so that a plan fits.

        :raises UserError: the invoices would join a file with others
        :rtype: Matter
        """
        found = self.env["debt.collection.page"]._open_file(matter, day, is_known)
        if found.items - matter.items:
            raise UserError(
                self.env._(
                    "There is an open file with other invoices: please call us or "
                    "write to us, so that one plan covers all of it."
                )
            )
        return found

    @api.model
    def _put(self, matter, vals, day):
        """Propose in the debtor's name; his own earlier proposal makes room."""
        if vals["amount" if "amount" in vals else "lines"] in (0, []):
            raise UserError(self.env._("Nothing is due: there is nothing to put off."))
        case = matter.case._as_system()
        earlier = case.plan_ids.filtered(
            lambda plan: plan.kind == vals["kind"]
            and plan.origin == "debtor"
            and plan.state in WAITING
        )
        if earlier:
            earlier._begin("cancel")
            reason = self.env._("Replaced by a new proposal.")
            earlier._end("cancelled", day, reason=reason)
        return case._propose_plan(self._encode(vals), "debtor", day)

    @api.model
    def _encode(self, vals):
        if "proof" not in vals:
            return vals
        return {**vals, "proof": base64.b64encode(vals["proof"])}

    @api.model
    def _prepare_means(self, means):
        if means.get("situation") not in dict(SITUATIONS):
            return {}
        return {
            "means_situation": means["situation"],
            "means_monthly": means.get("monthly") or 0.0,
        }

    @api.model
    def _check_open(self, matter):
        if not self.env["debt.collection.page"]._may_answer(matter):
            raise UserError(
                self.env._("Nothing is asked of you now: there is nothing to answer.")
            )

    @api.model
    def _check_may_ask(self, matter, day):
        self._check_open(matter)
        if not self._may_ask(matter, day):
            raise UserError(
                self.env._("A payment plan runs already: write to us to change it.")
            )

    # === SIGNING === #

    @api.model
    def _find(self, matter, plan_id):
        """A plan of the matter's case that the page may show, else an empty set."""
        if not matter.case:
            return self.env["debt.collection.plan"]
        plans = self._get_plans(matter.case)
        return plans.filtered(lambda plan: plan.id == plan_id)

    @api.model
    def _get_status(self, plan, day):
        """Where a plan stands, as one word the page knows.

        :rtype: str
        """
        if plan.state == "offered" and plan.date_expiry and plan.date_expiry < day:
            return "expired"
        if plan.state in ("proposed", "to_approve"):
            return "waiting"
        return plan.state

    @api.model
    def _sign(self, plan, name, signature, address, words):
        """The debtor signs: the plan starts, the signed document goes to him.

        :raises UserError: see `debt.collection.plan._sign`
        """
        if not signature and not (name or "").strip():
            raise UserError(self.env._("Sign, and enter your name."))
        # the signed document, in the file and in his mail, comes from the plan itself
        plan._as_system()._sign(name, signature, address, words)

    @api.model
    def _refuse(self, plan, word, day):
        """The debtor says no to an offer, with a word."""
        plan = plan._as_system()
        plan._begin("refuse")
        reason = (word or "").strip()[:500] or self.env._("Refused by the debtor.")
        plan._end("refused", day, reason=reason)
