"""What it costs to stop now: a pure function over a partner's terms.

The answer is a list of lines, each with what is owed, to whom and why; a line of zero
says why it costs nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Handed:
    """One case in the hands of a partner.

    :param since: when it was handed over
    :param free_hours: hours from then on in which it can be taken back for nothing
    :param fee: what the partner asks for a case that is withdrawn
    :param bearer: who bears that fee in this outcome: creditor, partner or debtor
    :param is_first: a first case that the partner takes for nothing
    :param name: of the partner, as shown
    """

    since: datetime
    free_hours: int = 0
    fee: Decimal = ZERO
    bearer: str = "creditor"
    is_first: bool = False
    name: str = ""

    @property
    def free_until(self):
        """The last moment of the free window."""
        return self.since + timedelta(hours=self.free_hours)


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the price: a code, its amount, who gets it, and facts to show."""

    code: str
    amount: Decimal = ZERO
    name: str = ""
    params: tuple = ()


def price(handed, engaged, moment):
    """What it costs to stop at a moment.

    :param list[Handed] handed: with each partner who has the case
    :param list engaged: (name, amount) of costs already engaged and not paid by others
    :param datetime moment: now
    :rtype: list[Line]
    """
    lines = [_price_partner(one, moment) for one in handed]
    lines += [Line("engaged", amount, name) for name, amount in engaged if amount]
    return lines or [Line("nothing")]


def _price_partner(one, moment):
    if one.free_hours and moment <= one.free_until:
        return Line("free_window", name=one.name, params=(("until", one.free_until),))
    if one.is_first:
        return Line("first_free", name=one.name)
    if one.bearer != "creditor" or not one.fee:
        return Line("no_fee", name=one.name)
    return Line("fee", one.fee, one.name, (("until", one.free_until),))


def total(lines):
    """The sum of a price.

    :rtype: Decimal
    """
    return sum((line.amount for line in lines), ZERO)
