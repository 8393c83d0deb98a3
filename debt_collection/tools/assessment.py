"""Whether a payment plan is realistic: an opinion with its reasons, never a decision.

Frozen facts in, a frozen :class:`Assessment` out. Each check gives one reason: a stable
code, the values its sentence shows, and how it speaks: ``good``, ``weak`` or ``bad``,
``none`` where there is nothing to go by.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .terms import add_months
from .values import ZERO, Rhythm, exact

# Below so many comparable closed cases a share says nothing
LEAST_CASES = 30
# So far beyond a limit is no longer a matter of opinion
FAR = 2
# Of what somebody can spare in a month: up to a half is sound, all of it is the end
SOUND_SHARE = Decimal("0.5")
FULL_SHARE = Decimal(1)
# Of earlier promises, or of comparable plans, that were kept
GOOD_RECORD = Decimal("0.8")
WEAK_RECORD = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a creditor agrees to without asking anybody; None: no limit.

    :param max_months: from the day of the plan to its last instalment
    :param min_instalment: the smallest one, the last may be less
    :param max_first_delay: days until the first payment
    """

    max_months: int | None = None
    min_instalment: Decimal | None = None
    max_first_delay: int | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan as it is judged.

    :param lines: (day, amount), oldest first
    :param day: the day it is judged on
    :param rhythm: how often an instalment falls due
    :param means: what the debtor says he can spare in a month; None: not told
    :param interest: what the debt grows by in a month while the plan runs
    :param past: earlier promises and plans of this debtor that ended: (kept, all)
    :param comparable: closed plans of the same sort: (kept, all)
    """

    lines: tuple[tuple[date, Decimal], ...]
    day: date
    limits: Limits = Limits()
    rhythm: Rhythm = Rhythm()
    means: Decimal | None = None
    interest: Decimal = ZERO
    past: tuple[int, int] = (0, 0)
    comparable: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Reason:
    """One check and what it found; ``params`` are what the sentence shows."""

    code: str
    level: str
    params: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict (``realistic``, ``doubtful`` or ``not``) and what it rests on."""

    verdict: str
    reasons: tuple[Reason, ...]


def assess(facts):
    """Judge a plan: one bad reason makes it unrealistic, one weak one doubtful.

    :param PlanFacts facts: the plan and what is known about its debtor
    :rtype: Assessment
    """
    checks = (
        _duration,
        _smallest,
        _first_payment,
        _share_of_means,
        _interest,
        _past_promises,
        _comparable_cases,
    )
    reasons = tuple(filter(None, (check(facts) for check in checks)))
    levels = {reason.level for reason in reasons}
    verdict = "not" if "bad" in levels else "doubtful" if "weak" in levels else ""
    return Assessment(verdict or "realistic", reasons)


def excesses(lines, limits, day):
    """The limits that a plan goes beyond: codes of :class:`Limits`.

    :param lines: (day, amount), oldest first
    :rtype: list[str]
    """
    found = []
    if limits.max_months is not None and months(day, lines[-1][0]) > limits.max_months:
        found.append("max_months")
    if limits.min_instalment is not None and smallest(lines) < limits.min_instalment:
        found.append("min_instalment")
    delay = (lines[0][0] - day).days
    if limits.max_first_delay is not None and delay > limits.max_first_delay:
        found.append("max_first_delay")
    return found


def months(first, last):
    """The months that a span takes, the last one begun counted whole."""
    count = max((last.year - first.year) * 12 + last.month - first.month, 0)
    return count if add_months(first, count) >= last else count + 1


def smallest(lines):
    """The smallest instalment; the last one of several takes the rounding."""
    amounts = [exact(amount) for _day, amount in lines]
    return min(amounts[:-1] or amounts)


def monthly(amount, rhythm):
    """What an amount paid at a rhythm makes in a month."""
    days = {"days": 1, "weeks": 7}
    if rhythm.unit in days:
        return amount * Decimal(365) / 12 / (days[rhythm.unit] * rhythm.n)
    return amount / (rhythm.n * (12 if rhythm.unit == "years" else 1))


# === THE CHECKS === #


def _above(value, limit):
    """How far a value is beyond the most it should be."""
    if limit is None or value <= limit:
        return "good"
    return "bad" if value > limit * FAR else "weak"


def _duration(facts):
    count = months(facts.day, facts.lines[-1][0])
    limit = facts.limits.max_months
    return Reason(
        "duration",
        _above(count, limit),
        (("months", count), ("limit", limit)),
    )


def _smallest(facts):
    amount, limit = smallest(facts.lines), facts.limits.min_instalment
    level = "good"
    if limit is not None and amount < limit:
        level = "bad" if amount * FAR < limit else "weak"
    return Reason("smallest", level, (("amount", amount), ("limit", limit)))


def _first_payment(facts):
    days, limit = (facts.lines[0][0] - facts.day).days, facts.limits.max_first_delay
    return Reason(
        "first_payment", _above(days, limit), (("days", days), ("limit", limit))
    )


def _share_of_means(facts):
    if facts.means is None:
        return Reason("no_means", "none")
    part = monthly(smallest(facts.lines), facts.rhythm)
    if not facts.means:
        return Reason("nothing_to_spare", "bad")
    share = part / facts.means
    level = "good" if share <= SOUND_SHARE else "weak"
    return Reason(
        "means",
        "bad" if share > FULL_SHARE else level,
        (("percent", int(share * 100)), ("amount", facts.means)),
    )


def _interest(facts):
    if not facts.interest:
        return Reason("no_interest", "good")
    part = monthly(smallest(facts.lines), facts.rhythm)
    level = "bad" if facts.interest >= part else "good"
    return Reason("interest", level, (("amount", facts.interest),))


def _past_promises(facts):
    kept, number = facts.past
    if not number:
        return Reason("no_past", "none")
    return Reason(
        "past",
        _record(Decimal(kept) / number),
        (("kept", kept), ("number", number)),
    )


def _comparable_cases(facts):
    kept, number = facts.comparable
    if number < LEAST_CASES:
        return Reason("no_basis", "none", (("number", number), ("least", LEAST_CASES)))
    share = Decimal(kept) / number
    return Reason(
        "comparable",
        "weak" if share < WEAK_RECORD else "good",
        (("percent", int(share * 100)), ("number", number)),
    )


def _record(share):
    if share >= GOOD_RECORD:
        return "good"
    return "weak" if share >= WEAK_RECORD else "bad"
