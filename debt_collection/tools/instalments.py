"""Dividing a debt into instalments, and giving them dates."""

from decimal import ROUND_CEILING, ROUND_DOWN

from .terms import add_months, next_working_day, shift
from .values import CENT, ONE, ZERO, BadSplit, Instalment, Rhythm, exact

MONTHLY = Rhythm()


def split(total, n, rounding=CENT):
    """Divide ``total`` in ``n`` equal parts; the last one takes the difference.

    :param rounding: parts are multiples of it (0.01; 5 for round instalments)
    :raise BadSplit: no part, or a part that would be nothing
    :rtype: list[Decimal]
    """
    total, rounding = exact(total, "total"), exact(rounding, "rounding")
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise BadSplit(reason=f"{n!r} is not a number of instalments")
    if not rounding:
        raise BadSplit(reason="rounding is zero")
    part = (total / n / rounding).quantize(ONE, ROUND_DOWN) * rounding
    if not total or (not part and n > 1):
        raise BadSplit(reason=f"{total} is too little for {n} parts of {rounding}")
    return [part] * (n - 1) + [total - part * (n - 1)]


def split_by_amount(total, amount):
    """Divide ``total`` in parts of ``amount``; the last one is what is left."""
    total, amount = exact(total, "total"), exact(amount)
    if not total or not amount:
        raise BadSplit(reason=f"{total} cannot be paid by {amount} at a time")
    n = int((total / amount).quantize(ONE, ROUND_CEILING))
    return [amount] * (n - 1) + [total - amount * (n - 1)]


def instalment_dates(first, n, rhythm=MONTHLY, calendar=None):
    """``n`` dates from ``first`` on; months keep the day number of the first one.

    :param Calendar calendar: when given, a date off moves to the next working day
    """
    if rhythm.unit in ("months", "years"):
        step = rhythm.n * (12 if rhythm.unit == "years" else 1)
        days = [add_months(first, index * step) for index in range(n)]
    else:
        step = rhythm.n * (7 if rhythm.unit == "weeks" else 1)
        days = [shift(first, index * step) for index in range(n)]
    if calendar is None:
        return days
    return [next_working_day(day, calendar) for day in days]


def schedule(
    total,
    n,
    first,
    rhythm=MONTHLY,
    *,
    down_payment=ZERO,
    down_day=None,
    rounding=CENT,
    calendar=None,
):
    """Plan ``total``: an optional down payment, then ``n`` instalments.

    :param date first: day of the first instalment
    :param date down_day: day of the down payment, needed with one
    :rtype: list[Instalment]
    """
    total, down = exact(total, "total"), exact(down_payment, "down payment")
    if down and (down_day is None or down_day > first):
        raise BadSplit(reason="a down payment needs a day before the first instalment")
    if down >= total:
        raise BadSplit(reason=f"a down payment of {down} on {total}")
    days = instalment_dates(first, n, rhythm, calendar)
    parts = split(total - down, n, rounding)
    plan = [Instalment(0, down_day, down)] if down else []
    rows = enumerate(zip(days, parts, strict=True), start=1)
    return plan + [Instalment(rank, day, part) for rank, (day, part) in rows]


def fill(amounts, money):
    """Pay instalments in order with the money there is.

    The one place that says which instalment money pays; what is left over pays none.

    :param amounts: of the instalments, in the order they fall due
    :param Decimal money: received since the plan started
    :return: what each instalment got; together ``min(money, sum(amounts))``
    :rtype: list[Decimal]
    """
    left, filled = exact(money, "money"), []
    for amount in amounts:
        part = min(exact(amount), left)
        filled.append(part)
        left -= part
    return filled


def change(amounts, index, amount, filled=None):
    """Give one instalment another amount; the last other open one evens it out.

    :param amounts: of the instalments, in order
    :param int index: of the one that changes
    :param filled: what each got already (None: nothing)
    :raise BadSplit: an instalment would be nothing, or less than it got
    :rtype: list[Decimal]
    """
    filled = filled or [ZERO] * len(amounts)
    parts = [exact(part) for part in amounts]
    others = [
        rank
        for rank in range(len(parts))
        if rank != index and filled[rank] < parts[rank]
    ]
    difference = parts[index] - exact(amount)
    parts[index] = exact(amount)
    if difference and not others:
        raise BadSplit(reason="no other open instalment takes the difference")
    if difference:
        parts[others[-1]] += difference
    for part, got in zip(parts, filled, strict=True):
        if part <= 0 or part < got:
            raise BadSplit(reason=f"an instalment of {part} after {got} was paid")
    return parts
