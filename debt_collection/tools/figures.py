"""The figures of the cockpit as pure arithmetic: what they mean stands in one place.

Sums come in exact, as `Decimal` in one currency; a figure without a basis is ``None``,
never zero: nothing was sold, nothing was late, nobody promised.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
# upper bounds of the days late of each bucket, the last one open
BUCKETS = (("d030", 30), ("d060", 60), ("d090", 90), ("d180", 180), ("d181", None))
NOT_DUE = "d000"


class Scope(NamedTuple):
    """What a figure is asked for: whose receivables, from which day to which.

    ``end`` is the last day and the day of every balance; ``start`` the first one.
    """

    company_ids: tuple
    currency: object
    start: date
    end: date
    user_id: int = 0
    team_id: int = 0

    @property
    def days(self):
        return (self.end - self.start).days + 1


def bucket(days_late):
    """The ageing bucket of an item that many days late; not positive: not due.

    :param int days_late: from the due date to the day looked at
    :rtype: str
    """
    if days_late <= 0:
        return NOT_DUE
    return next(key for key, last in BUCKETS if last is None or days_late <= last)


def share(part, whole):
    """A part of a whole, None when there is no whole.

    :rtype: Decimal | None
    """
    return part / whole if whole > 0 else None


def percent(part, whole):
    """A part of a whole in percent with one decimal, None without a whole."""
    found = share(part, whole)
    return None if found is None else round(100 * found, 1)


def dso_simple(receivable, sales, days):
    """Days of sales outstanding: what is open, in days of the period's sales.

    :param Decimal receivable: open at the end of the period
    :param Decimal sales: invoiced in the period, taxes included
    :param int days: length of the period
    :rtype: Decimal | None
    """
    found = share(receivable, sales)
    return None if found is None else round(max(found, ZERO) * days, 1)


def dso_count_back(receivable, months):
    """Days of sales outstanding by counting back: the latest sales are what is open.

    Whole months are taken off the receivable, the youngest first, until one is larger
    than what is left: of that one only its share counts.

    :param Decimal receivable: open at the end of the youngest month
    :param months: (days, sales) of each month, youngest first
    :rtype: Decimal | None
    """
    left, days = receivable, ZERO
    for length, sales in months:
        if left <= 0:
            break
        # a month of credit notes alone adds to what older sales must explain
        days += length * (min(left / sales, Decimal(1)) if sales > 0 else 1)
        left -= sales
    if not any(sales > 0 for _length, sales in months):
        return None
    return round(days, 1)


def effectiveness(begin, sales, end, end_current):
    """Collection effectiveness index: of what could be collected, what was.

    :param Decimal begin: open at the start of the period
    :param Decimal sales: invoiced in the period
    :param Decimal end: open at its end
    :param Decimal end_current: of that, what is not due yet
    :return: percent, None when nothing could be collected
    :rtype: Decimal | None
    """
    return percent(begin + sales - end, begin + sales - end_current)


def cumulate(changes, moments):
    """What a balance is at each moment, from its changes.

    :param changes: moment -> change, in any order
    :param moments: those asked for, ascending; a change counts from its moment on
    :rtype: list
    """
    pending = sorted(changes.items())
    total, found, index = ZERO, [], 0
    for moment in moments:
        while index < len(pending) and pending[index][0] <= moment:
            total += pending[index][1]
            index += 1
        found.append(total)
    return found
