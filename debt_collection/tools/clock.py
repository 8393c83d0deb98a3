"""The clock: what happens next to a debtor's items, when, and if nothing: why.

Pure: frozen values in, a `Decision` out. The daily run, its preview and the
sentence that screens show all ask here, so they cannot disagree.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .facts import Blocker

# A regime answers it for a step that may not come before something else happened.
NEVER = date.max


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder.

    :param base: ``due`` counts from the due date, ``previous`` from the previous
        step of the same item (from the due date when there is none)
    :param delay: days after the base; negative means before
    :param wait: least days after the last letter to the same subject
    :param minimum: least total of the letter, in the items' currency
    """

    id: int
    sequence: int
    name: str = ""
    base: str = "due"
    delay: int = 0
    working_days: bool = False
    wait: int = 0
    notice_kind: str = "none"
    opens_case: bool = False
    minimum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """One open receivable line as the clock sees it.

    ``done_sequence`` and ``done_day`` tell the last step that reached it, in the
    current cycle; `blockers` hold for this item only and leave the others free.
    """

    id: int
    due: date
    residual: Decimal
    done_sequence: int | None = None
    done_day: date | None = None
    earliest: tuple[tuple[str, date], ...] = ()
    blockers: tuple[Blocker, ...] = ()

    def earliest_for(self, notice_kind):
        """The first day the regime allows a step of that kind, or None."""
        return dict(self.earliest).get(notice_kind)


@dataclass(frozen=True, slots=True)
class Subject:
    """What decides together: the courtesy items of an account, or a case."""

    ladder: tuple[Step, ...]
    items: tuple[Item, ...]
    last_day: date | None = None
    sweeps: bool = True
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One action to take: a step and the items it lists, each with its step."""

    step: Step
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Letters to make today, or the reasons and the next day to look again."""

    letters: tuple[Letter, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    next_day: date | None = None


def add_days(start, delay, working_days=False, is_holiday=None):
    """The day `delay` days after `start`.

    With `working_days` only Monday to Friday that are no holiday count, and the
    result is one of them; a negative delay counts backwards.

    :param callable is_holiday: day -> bool; no holidays when None
    :rtype: date
    """
    if not working_days:
        return start + timedelta(days=delay)
    one, day, left = timedelta(days=1 if delay >= 0 else -1), start, abs(delay)
    while left or day.weekday() >= 5 or (is_holiday and is_holiday(day)):
        day += one
        if day.weekday() < 5 and not (is_holiday and is_holiday(day)):
            left = max(left - 1, 0)
    return day


def next_step(ladder, item):
    """The first step of the ladder that has not reached the item, or None."""
    done = item.done_sequence
    return next((s for s in ladder if done is None or s.sequence > done), None)


def step_day(step, item, last_day=None, is_holiday=None):
    """The first day the step may reach the item.

    The latest of base plus delay, last letter plus wait, and the regime's
    earliest day (design: one clock).
    """
    base = item.due
    if step.base == "previous" and item.done_day:
        base = item.done_day
    day = add_days(base, step.delay, step.working_days, is_holiday)
    if last_day is not None:
        day = max(day, last_day + timedelta(days=max(step.wait, 1)))
    earliest = item.earliest_for(step.notice_kind)
    if earliest and earliest > day:
        return earliest
    return add_days(day, 0, step.working_days, is_holiday)


def decide(subject, today, is_holiday=None):
    """What the subject gets today, or why it gets nothing and when to look again.

    :param Subject subject: items, ladder and what holds it back
    :param date today: the day decided for
    :rtype: Decision
    """
    if subject.blockers:
        return Decision(
            blockers=subject.blockers, next_day=_first_end(subject.blockers, today)
        )
    due, later, held = [], [], []
    for item in subject.items:
        live = tuple(b for b in item.blockers if b.until is None or b.until > today)
        if live:
            held.extend(live)
            continue
        step = next_step(subject.ladder, item)
        if step is None:
            held.append(Blocker("ladder_done"))
            continue
        day = step_day(step, item, subject.last_day, is_holiday)
        if day == NEVER:
            held.append(Blocker("regime_never"))
        else:
            (due if day <= today else later).append((day, step, item))
    if due:
        return _letters(subject, due, today)
    if later:
        day, step, item = min(later, key=lambda row: (row[0], row[1].sequence))
        by_law = item.earliest_for(step.notice_kind) == day
        code = "regime_term" if by_law else "not_yet"
        params = (("step", step.name), ("day", str(day)))
        return Decision(blockers=(Blocker(code, params, day),), next_day=day)
    held = tuple(dict.fromkeys(held)) or (Blocker("nothing_open"),)
    return Decision(blockers=held, next_day=_first_end(held, today))


def _first_end(blockers, today):
    ends = [b.until for b in blockers if b.until and b.until > today]
    return min(ends) if ends else None


def _letters(subject, due, today):
    """One letter at the highest level; one a step where nothing may be swept."""
    by_step = {}
    for _day, step, item in due:
        by_step.setdefault(step, []).append(item)
    if subject.sweeps:
        top = max(by_step, key=lambda step: step.sequence)
        by_step = {top: [item for items in by_step.values() for item in items]}
    letters, small = [], []
    for step, items in sorted(by_step.items(), key=lambda pair: -pair[0].sequence):
        if sum(item.residual for item in items) < step.minimum:
            small.append(Blocker("below_minimum", (("minimum", str(step.minimum)),)))
        else:
            letters.append(Letter(step, tuple(sorted(item.id for item in items))))
    return Decision(
        tuple(letters),
        () if letters else tuple(small),
        today + timedelta(days=1) if letters else None,
    )
