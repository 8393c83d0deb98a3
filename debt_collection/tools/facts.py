"""Frozen facts that the engine hands to a regime, and the frozen answers it gets.

A regime never reads records: the engine reads them set-based, once, and asks with
these values. Money is `Decimal` in the currency of the item, days are `date`,
rates are percent a year.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A letter that provably left: the day and the channel decide when terms start.

    ``channel`` is the key of a delivery channel (``email``, ``post``, ...), ``kind``
    the notice kind of its step (``none``, ``first``, ``formal``). ``letter`` is the
    same for the channels of one letter; 0: a letter of its own.
    """

    day: date
    channel: str
    kind: str = "none"
    letter: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """What the accepted terms let the creditor claim; empty means no such clause.

    :param interest_percent: contractual late interest, percent a year
    :param penalty_percent: lump sum as percent of the principal
    :param penalty_minimum: lump sum, smallest amount
    :param penalty_maximum: lump sum, largest amount
    :param interest_at_cap: the clause asks what the law allows at most, or its own
        rate where that is lower: it never oversteps a ceiling
    :param penalty_at_cap: the same for the lump sum
    """

    interest_percent: Decimal | None = None
    penalty_percent: Decimal | None = None
    penalty_minimum: Decimal | None = None
    penalty_maximum: Decimal | None = None
    interest_at_cap: bool = False
    penalty_at_cap: bool = False


INTERRUPTION_KINDS = (
    "acknowledgement",
    "writing",
    "summons",
    "seizure",
    "lawyer_notice",
    "judgment",
)


@dataclass(frozen=True, slots=True)
class Interruption:
    """What made the term of limitation run again, and the day it did.

    ``kind``: ``acknowledgement`` (a part payment, a request for time), ``writing``
    (a signed acknowledgement), ``summons``, ``seizure``, ``lawyer_notice``,
    ``judgment`` (a title was given: a term of its own starts).
    """

    day: date
    kind: str


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One item as a regime sees it.

    :param service_date: the day of delivery or care; the invoice date when unknown
    :param receipt_date: the day the debtor got the invoice, when known
    :param instalments: number of instalments of the invoice
    :param movements: (day, amount) that lowered the principal, oldest first;
        empty: only ``residual`` is known
    :param interruptions: what made the term of limitation run again
    :param frozen: (first, last) days on which no interest runs, as a payment plan
        says; None: no last day yet
    :param lacking: what a letter cannot tell because nobody entered it:
        ``creditor_name``, ``creditor_number``, ``description``
    :param regular_supply: one of the regular deliveries of a subscription
    :param due_rank: how many unpaid due dates of that contract this calendar year
        counts up to this one
    :param postage: price of the stamp of one letter
    """

    key: int
    regime: str
    principal: Decimal
    residual: Decimal
    invoice_date: date
    due_date: date
    contract_date: date | None = None
    contested: Decimal = Decimal(0)
    nature: str = "goods_services"
    currency: str = "EUR"
    clause: Clause = Clause()
    creditor_small: bool = True
    creditor_country: str = ""
    debtor_country: str = ""
    notices: tuple[Dispatch, ...] = field(default=())
    service_date: date | None = None
    receipt_date: date | None = None
    instalments: int = 1
    movements: tuple[tuple[date, Decimal], ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    frozen: tuple[tuple[date, date | None], ...] = ()
    lacking: tuple[str, ...] = ()
    regular_supply: bool = False
    due_rank: int = 1
    postage: Decimal = Decimal(0)

    def balance_on(self, day):
        """What was open at the end of `day`, without the contested part.

        :rtype: Decimal
        """
        balance = self.residual
        if self.movements:
            balance = self.principal - sum(
                amount for moved, amount in self.movements if moved <= day
            )
        return max(balance - self.contested, Decimal(0))

    def get_shape(self, with_amounts):
        """What its interest and fixed charges depend on: equal shapes, one answer.

        Neither looks at what interrupts the limitation, nor at days on which a plan
        lets interest stand still: those are put on the answer.

        :param bool with_amounts: whether they look at how much is owed
        :rtype: ClaimFacts
        """
        shape = replace(self, key=0, interruptions=(), frozen=())
        if with_amounts:
            return shape
        zero = Decimal(0)
        return replace(
            shape, principal=zero, residual=zero, contested=zero, movements=()
        )


@dataclass(frozen=True, slots=True)
class PlannedContact:
    """A call or a visit, from when to when on the clock of the creditor.

    :param channel: ``call`` or ``visit``
    :param start: naive local time it begins
    :param end: naive local time it is over; never before ``start``
    """

    channel: str
    start: datetime
    end: datetime

    def overlaps(self, opening, closing):
        """Whether a part of it lies outside those hours of the day.

        :param opening: first hour of the day it may take place, as a number
        :param closing: the hour it has to be over
        :rtype: bool
        """
        if self.start.date() != self.end.date():
            return True
        hours = [
            Decimal(moment.hour) + Decimal(moment.minute) / 60
            for moment in (self.start, self.end)
        ]
        return hours[0] < opening or hours[1] > closing


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why nothing happens to a subject.

    ``code`` is stable and machine-readable, ``params`` are the values that the
    sentence shows, ``until`` the first day it no longer holds (None: open end).
    """

    code: str
    params: tuple[tuple[str, str], ...] = ()
    until: date | None = None
