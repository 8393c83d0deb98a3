"""Counting time: calendar days, working days, months, rolling, recess.

A term in *judicial* days is one in calendar days or months with ``roll="forward"`` on
the calendar of the courts.
"""

from calendar import monthrange
from datetime import date, timedelta

from .values import BadDate, BadTerm, MissingHolidays

DAY = timedelta(days=1)


class Calendar:
    """Days off: the weekend and the holidays.

    :param holidays: a set of dates (asking about a year it does not hold raises
        :class:`MissingHolidays`), a callable ``date -> bool``, or None for none at all
    :param weekend: week days off, Monday is 0
    """

    __slots__ = ("_is_holiday", "_years", "weekend")

    def __init__(self, holidays=None, weekend=(5, 6)):
        self.weekend = frozenset(weekend)
        if len(self.weekend & set(range(7))) > 6:
            raise BadTerm(reason="a calendar without a working day")
        self._years = None
        if holidays is None:
            self._is_holiday = frozenset().__contains__
        elif callable(holidays):
            self._is_holiday = holidays
        else:
            days = frozenset(holidays)
            self._years = {day.year for day in days}
            self._is_holiday = days.__contains__

    def is_off(self, day):
        """Whether nothing is due on ``day``."""
        if day.weekday() in self.weekend:
            return True
        if self._years is not None and day.year not in self._years:
            raise MissingHolidays(year=day.year)
        return bool(self._is_holiday(day))


NO_CALENDAR = Calendar(weekend=())


def shift(day, days):
    """``day`` moved by a number of days, with a named error outside the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise BadDate(reason=f"{day} and {days} days leave the calendar") from None


def next_working_day(day, calendar, include=True):
    """First working day on ``day`` (or, unless included, after it)."""
    if not include:
        day = shift(day, 1)
    for _turn in range(366):
        if not calendar.is_off(day):
            return day
        day = shift(day, 1)
    raise BadTerm(reason=f"no working day in the year before {day}")


def add_working_days(day, n, calendar):
    """The ``n``-th working day after ``day``."""
    for _turn in range(n):
        day = next_working_day(day, calendar, include=False)
    return day


def _month(day, months):
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise BadDate(reason=f"{day} and {months} months leave the calendar")
    return year, month, monthrange(year, month)[1]


def add_months(day, months):
    """Same day number ``months`` later, or the last day of a shorter month."""
    year, month, last = _month(day, months)
    return date(year, month, min(day.day, last))


def _months_end(first, months):
    """Last day of a term of months that starts on ``first`` (itself counted)."""
    year, month, last = _month(first, months)
    if first.day > last:
        return date(year, month, last)
    return date(year, month, first.day) - DAY


def _raw_end(first, n, term, calendar):
    """Last day of ``n`` units, ``first`` being day 1."""
    if term.unit in ("months", "years"):
        return _months_end(first, n * (12 if term.unit == "years" else 1))
    if term.unit == "working_days":
        return add_working_days(shift(first, -1), n, calendar)
    return shift(first, n * (7 if term.unit == "weeks" else 1) - 1)


def _extend(first, end, vacation):
    opens, closes = date(end.year, *vacation.first), date(end.year, *vacation.last)
    if opens <= first and end <= closes:
        return date(end.year, *vacation.until)
    return end


def term_end(start, term, calendar=NO_CALENDAR):
    """Last day of ``term`` counted from the act on ``start``.

    Order: count, clear day, recess, then roll to a working day.

    :param date start: day of the act (or day 1 itself with ``count_from="same"``)
    :param Calendar calendar: needed for working days and rolling
    :rtype: date
    """
    first = shift(start, 1) if term.count_from == "after" else start
    end = _raw_end(first, term.n, term, calendar)
    if term.clear:
        end = shift(end, 1)
    if term.vacation:
        end = _extend(first, end, term.vacation)
    if term.roll == "forward":
        end = next_working_day(end, calendar)
    return end


def day_after(start, term, calendar=NO_CALENDAR):
    """First day on which ``term`` has run: the day after its last."""
    return shift(term_end(start, term, calendar), 1)
