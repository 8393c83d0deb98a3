"""Simple interest over dated rates.

The day after a movement is the first that feels it: interest starts the day after the
due date and the day of payment still counts. Sums are kept as exact numerators and
divided once, so that cutting a period in pieces changes nothing.
"""

from bisect import bisect_right
from calendar import isleap
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps

from .values import (
    CENT,
    ZERO,
    BadAmount,
    InterestLine,
    MissingRate,
    Movement,
    OverlappingRates,
    RatePeriod,
    exact,
    round_to,
)

DIVISORS = (360, 365, 366)
LAST_ORDINAL = date.max.toordinal()
DAY = timedelta(days=1)


def exactly(function):
    """Run ``function`` with digits to spare, whatever the caller's decimal context."""

    @wraps(function)
    def run(*args, **kwargs):
        with localcontext(Context(prec=50, rounding=ROUND_HALF_UP)):
            return function(*args, **kwargs)

    return run


def freeze(periods, spans, ground=""):
    """The rates, with nothing on the days of the spans.

    :param periods: :class:`RatePeriod` values without overlap
    :param spans: (first, last) days, last None while no end is known
    :rtype: tuple[RatePeriod]
    """
    rows = list(periods)
    for first, last in spans:
        rows = [piece for row in rows for piece in _outside(row, first, last)]
        rows.append(RatePeriod(first, last, ZERO, ground, code="frozen"))
    return tuple(sorted(rows, key=lambda row: row.start))


def _outside(row, first, last):
    """What of a rate lies before and after some days."""
    if row.start < first:
        end = first - DAY
        yield replace(row, end=min(row.end, end) if row.end else end)
    if last and (row.end is None or row.end > last):
        yield replace(row, start=max(row.start, last + DAY))


def _leap_days(ordinal):
    """Number of days up to ``ordinal`` that lie in leap years."""
    if ordinal < 1:
        return 0
    day = date.fromordinal(ordinal)
    past = day.year - 1
    days = 366 * (past // 4 - past // 100 + past // 400)
    return days + (day.timetuple().tm_yday if isleap(day.year) else 0)


class RateTable:
    """Rate periods ready for many questions; days are ordinals inside.

    :param periods: :class:`RatePeriod` values in any order, without overlap
    :param divisor: days of a year (365, 360, 366) or ``actual`` (365 or 366 by year)
    :param code: name of the series, for the error that names a missing row
    """

    __slots__ = (
        "_before",
        "_ends",
        "_reached",
        "_starts",
        "code",
        "divisor",
        "periods",
        "unit",
    )

    def __init__(self, periods, divisor=365, code=""):
        if divisor != "actual" and divisor not in DIVISORS:
            raise BadAmount(what="divisor", value=divisor, reason="unknown")
        self.periods = tuple(sorted(periods, key=lambda period: period.start))
        self.divisor = divisor
        self.code = code or next((p.code for p in self.periods if p.code), "")
        # interest = base * weight / unit
        self.unit = Decimal(100 * (365 * 366 if divisor == "actual" else divisor))
        self._starts = [period.start.toordinal() for period in self.periods]
        self._ends = [
            period.end.toordinal() if period.end else LAST_ORDINAL
            for period in self.periods
        ]
        self._reached = {}
        self._before = []
        self._check_overlap()
        self._fill_before()

    def _check_overlap(self):
        for period, following in zip(self.periods, self.periods[1:], strict=False):
            if period.end is None or period.end >= following.start:
                code = following.code or self.code
                raise OverlappingRates(code=code, day=following.start)

    def _fill_before(self):
        days, weight = 0, ZERO
        rows = zip(self.periods, self._starts, self._ends, strict=True)
        for period, start, end in rows:
            self._before.append((days, weight))
            days += end - start + 1
            weight += period.percent * self.units(start, end)

    def units(self, first, last):
        """Days from ``first`` to ``last``, scaled so that ``unit`` divides them."""
        if self.divisor != "actual":
            return last - first + 1
        leap = _leap_days(last) - _leap_days(first - 1)
        return 365 * leap + 366 * (last - first + 1 - leap)

    def _reach(self, ordinal):
        """Days covered, and percent times days, up to ``ordinal`` included."""
        found = self._reached.get(ordinal)
        if found is None:
            found = self._reached[ordinal] = self._measure(ordinal)
        return found

    def _measure(self, ordinal):
        index = bisect_right(self._starts, ordinal) - 1
        if index < 0:
            return 0, ZERO
        period, start = self.periods[index], self._starts[index]
        last = min(ordinal, self._ends[index])
        days, weight = self._before[index]
        units = self.units(start, last)
        return days + last - start + 1, weight + period.percent * units

    def weight(self, first, last):
        """Percent times days from ``first`` to ``last`` (ordinals, both included).

        :raise MissingRate: a day in between has no rate
        """
        if last < first:
            return ZERO
        days_before, before = self._reach(first - 1)
        days, weight = self._reach(last)
        if days - days_before != last - first + 1:
            self._raise_missing(first, last)
        return weight - before

    def _raise_missing(self, first, last):
        day, code = first, self.code
        for _first, end, period in self.pieces(first, last):
            if _first > day:
                break
            day, code = end + 1, period.code or code
        raise MissingRate(code=code, day=date.fromordinal(day))

    def pieces(self, first, last):
        """Yield (first, last, period) for each rate that meets the days given."""
        index = max(bisect_right(self._starts, first) - 1, 0)
        for rank in range(index, len(self.periods)):
            start, end = self._starts[rank], self._ends[rank]
            if start > last:
                return
            if end >= first:
                yield max(first, start), min(last, end), self.periods[rank]

    def first_unverified(self, first):
        """First day (ordinal) from ``first`` on whose rate is not verified, or None."""
        for start, _end, period in self.pieces(first, LAST_ORDINAL):
            if not period.verified:
                return start
        return None

    def first_reserved(self, first):
        """First day (ordinal) from ``first`` on that no document counts, or None.

        Its rate is not verified, or the rates end before it. A hole between rates, or
        before the first of them, is no reserve: asking for such a day raises.
        """
        doubtful = self.first_unverified(first)
        last = self._ends[-1] if self._ends else first - 1
        after = None if last == LAST_ORDINAL else max(last + 1, first)
        return min(filter(None, (doubtful, after)), default=None)


def as_table(periods, divisor=365, code=""):
    """Return ``periods`` as a :class:`RateTable` (one is taken as it is)."""
    if isinstance(periods, RateTable):
        return periods
    return RateTable(periods, divisor, code)


@exactly
def accrue(movements, periods, divisor=365, until=None, rounding=CENT, code=""):
    """Return the interest lines on a base that moves.

    :param movements: :class:`Movement` values or (day, amount) pairs; the due date
        with the principal, then each payment with its amount below zero
    :param periods: :class:`RatePeriod` values or a :class:`RateTable`
    :param divisor: 365, 360, 366 or ``actual``
    :param until: last day that counts; None: the day of the last movement
    :raise MissingRate: a day with an open base has no rate
    :rtype: list[InterestLine]
    """
    spans = list(_spans(movements, until))
    return build_lines(as_table(periods, divisor, code), [spans], rounding)


def _spans(movements, until):
    """Yield (first, last, base): days as ordinals on which the base stood still."""
    moves = [m if isinstance(m, Movement) else Movement(*m) for m in movements]
    moves.sort(key=lambda move: (move.day, -move.amount))
    base, mark = ZERO, None
    for move in moves:
        if until is not None and move.day > until:
            break
        day = move.day.toordinal()
        if base and day > mark:
            yield mark + 1, day, base
        base, mark = base + move.amount, day
        if base < 0:
            reason = f"the base falls below zero on {move.day}"
            raise BadAmount(what="movements", value=base, reason=reason)
    if until is not None and base and until.toordinal() > mark:
        yield mark + 1, until.toordinal(), base


def build_lines(table, groups, rounding=CENT):
    """Turn groups of spans into lines; a group ends where interest was settled.

    The interest of all days to the end of a group is rounded once; the lines of the
    group are rounded for show and the last one takes the difference.
    """
    lines, total, shown = [], ZERO, ZERO
    for spans in groups:
        raw = [piece for span in spans for piece in _raw_lines(table, *span)]
        total += sum((numerator for *_rest, numerator in raw), ZERO)
        target = round_to(total / table.unit, rounding) - shown
        shown += target
        lines += _shown_lines(table, raw, target, rounding)
    return lines


def _raw_lines(table, first, last, base):
    table.weight(first, last)  # raises when a rate is missing
    for start, end, period in table.pieces(first, last):
        numerator = base * period.percent * table.units(start, end)
        yield start, end, base, period, numerator


def _shown_lines(table, raw, target, rounding):
    amounts = [numerator / table.unit for *_rest, numerator in raw]
    for row, amount, shown in zip(
        raw, amounts, _spread_rounding(amounts, target, rounding), strict=True
    ):
        start, end, base, period, _numerator = row
        yield InterestLine(
            date.fromordinal(start),
            date.fromordinal(end),
            end - start + 1,
            base,
            period.percent,
            amount,
            shown,
            period.ground,
            period.verified,
            period.code or table.code,
        )


def _spread_rounding(amounts, target, rounding):
    """Round each amount so that they add up to ``target``, none below zero."""
    if not amounts:
        return []
    shown = [round_to(amount, rounding) for amount in amounts[:-1]]
    last = target - sum(shown, ZERO)
    if last >= 0:
        return [*shown, last]
    return _running_rounding(amounts, target, rounding)


def _running_rounding(amounts, target, rounding):
    """Many lines below half a cent: round the running total instead."""
    shown, exact_sum, given = [], ZERO, ZERO
    for amount in amounts:
        exact_sum += amount
        step = min(round_to(exact_sum, rounding), target) - given
        shown.append(step)
        given += step
    shown[-1] += target - given
    return shown


def total_interest(lines):
    """Sum of interest lines, as shown."""
    return sum((line.shown for line in lines), ZERO)


@exactly
def interest_between(principal, first, last, periods, divisor=365, rounding=CENT):
    """Rounded interest on a fixed base, days ``first`` to ``last`` both included."""
    table = as_table(periods, divisor)
    principal = exact(principal, "principal")
    if not principal:
        return ZERO
    weight = table.weight(first.toordinal(), last.toordinal())
    return round_to(principal * weight / table.unit, rounding)
