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
    :param minimum: least total of the letter, in the company's currency
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

    ``worth`` is the residual in the company's currency (None: the same currency).
    ``flagged`` is the day a person asked to collect it: its first letter does not wait
    for the delay of the step. ``done_sequence`` and ``done_day`` tell the last step
    that reached it, in the current cycle; `blockers` hold for this item only and leave
    the others free.
    """

    id: int
    due: date
    residual: Decimal
    done_sequence: int | None = None
    done_day: date | None = None
    earliest: tuple[tuple[str, date], ...] = ()
    blockers: tuple[Blocker, ...] = ()
    worth: Decimal | None = None
    flagged: date | None = None

    @property
    def weight(self):
        """What the item counts for against the least amount of a step."""
        return self.residual if self.worth is None else self.worth

    def earliest_for(self, notice_kind):
        """The first day the regime allows a step of that kind, or None."""
        return dict(self.earliest).get(notice_kind)


@dataclass(frozen=True, slots=True)
class Subject:
    """What decides together: the courtesy items of an account, or a case.

    :param last_day: the day of the last letter to the debtor
    :param sweeps: one letter at the highest level lists all that is due; otherwise
        each item climbs by itself, and one letter a day leaves
    """

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


def next_step(ladder, item, today):
    """The first step of the ladder that may still reach the item, or None.

    Passed over: steps behind it, steps before the due date once it is late, and for
    an item that a person flagged the courtesy steps, which belong before a case.
    """
    done = item.done_sequence
    for step in ladder:
        behind = done is not None and step.sequence <= done
        missed = step.base == "due" and step.delay < 0 and today > item.due
        courtesy = not step.opens_case and step.notice_kind == "none"
        if not (behind or missed or (item.flagged and done is None and courtesy)):
            return step
    return None


def step_day(step, item, last_day=None, is_holiday=None, sweeps=True):
    """The first day the step may reach the item.

    The latest of base plus delay, last letter plus wait, and the regime's earliest
    day. Where nothing is swept the rest counts from the item's own last letter.
    """
    base = item.due
    if step.base == "previous" and item.done_day:
        base = item.done_day
    day = add_days(base, step.delay, step.working_days, is_holiday)
    if item.flagged and item.done_sequence is None:
        day = min(day, max(item.flagged, item.due + timedelta(days=1)))
    if last_day is not None:
        day = max(day, last_day + timedelta(days=1))
    rested = last_day if sweeps else item.done_day
    if rested is not None:
        day = max(day, rested + timedelta(days=step.wait))
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
        step = next_step(subject.ladder, item, today)
        if step is None:
            held.append(Blocker("ladder_done"))
            continue
        day = step_day(step, item, subject.last_day, is_holiday, subject.sweeps)
        if day == NEVER:
            held.append(Blocker("regime_never"))
        else:
            (due if day <= today else later).append((day, step, item))
    letters, small = _letters(subject, due)
    if letters:
        return Decision(letters, (), today + timedelta(days=1))
    held.extend(small)
    if later:
        day, step, item = min(later, key=lambda row: (row[0], row[1].sequence))
        by_law = item.earliest_for(step.notice_kind) == day
        code = "regime_term" if by_law else "not_yet"
        params = (("step", step.name), ("day", str(day)))
        ends = [_first_end(held, today) or day, day]
        return Decision(blockers=(Blocker(code, params, day),), next_day=min(ends))
    held = tuple(dict.fromkeys(held)) or (Blocker("nothing_open"),)
    return Decision(blockers=held, next_day=_first_end(held, today))


def _first_end(blockers, today):
    ends = [b.until for b in blockers if b.until and b.until > today]
    return min(ends) if ends else None


def _letters(subject, due):
    """The letter of the day, and a blocker for each step whose total is too small.

    One letter at the highest level; one a step where nothing may be swept. Items
    that are too little for their step do not hold back those of the steps below.
    """
    by_step = {}
    for _day, step, item in due:
        by_step.setdefault(step, []).append(item)
    letters, small = [], []
    for step in sorted(by_step, key=lambda step: -step.sequence):
        if letters:
            break  # one letter a day; where nothing is swept the others come next
        lower = by_step if subject.sweeps else (step,)
        items = [i for s in lower if s.sequence <= step.sequence for i in by_step[s]]
        if sum(item.weight for item in items) < step.minimum:
            small.append(Blocker("below_minimum", (("minimum", str(step.minimum)),)))
        else:
            letters.append(Letter(step, tuple(sorted(item.id for item in items))))
    return tuple(letters), tuple(small)
