"""Frozen answers of a regime: what the law lets the creditor claim, and when.

Money is `Decimal` in the currency named beside it, days are `date`. ``verified``
is False as soon as one number behind the answer is marked *to verify*.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .values import RatePeriod


@dataclass(frozen=True, slots=True)
class DueDate:
    """The day after which the law calls the item late.

    ``warning`` is a stable code when the agreed day was replaced, else empty.
    """

    day: date
    warning: str = ""


@dataclass(frozen=True, slots=True)
class NoticeTerm:
    """The term that a letter gives: first and last day, then what it opens.

    ``claimable_from`` is the first day an amount that waited may be claimed.
    """

    start: date
    last_day: date
    claimable_from: date


@dataclass(frozen=True, slots=True)
class InterestTerms:
    """Late interest: its first day, its rates, and when it may be asked for.

    ``start`` None: no interest. Interest that runs from ``start`` is shown apart
    until ``claimable_from``; ``divisor`` is the days of a year or ``actual``;
    ``warning`` tells why a clause was set aside.
    """

    start: date | None = None
    claimable_from: date | None = None
    periods: tuple[RatePeriod, ...] = ()
    divisor: int | str = 365
    warning: str = ""

    @property
    def verified(self):
        """Whether every rate is verified."""
        return all(period.verified for period in self.periods)


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """A fixed amount on top of the principal, with its ground in law or contract.

    :param code: stable, one charge of a code per item
    :param kind: ``indemnity`` or ``cost``
    :param claimable_from: never asked for before that day
    """

    code: str
    kind: str
    amount: Decimal
    currency: str
    ground: str
    claimable_from: date
    verified: bool = True
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Which letter the law wants: a key for its template, what it must say."""

    key: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What a payment plan may not go beyond; None: the law sets no limit.

    :param fee_allowed: the plan itself may cost the debtor something
    :param interest_allowed: interest may run on while he pays by instalments
    """

    max_months: int | None = None
    max_instalments: int | None = None
    fee_allowed: bool = True
    interest_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Limitation:
    """The last day before the claim is prescribed.

    :param blocks: past it nothing may be sent; else it is only shown
    :param caution: the last day under the strictest reading, when it is earlier
    """

    last_day: date
    ground: str
    blocks: bool = False
    verified: bool = True
    caution: date | None = None


@dataclass(frozen=True, slots=True)
class LossRelief:
    """What a law says on the VAT in a claim that is lost.

    :param is_allowed: the VAT may be asked back for this cause
    :param ground: the law, in words
    :param last_day: of asking it back; None: no such day is known
    :param evidence: what proves the loss, in words, one sentence each
    :param notice: what the document to the customer has to say
    :param verified: no number behind it is still to be verified
    """

    is_allowed: bool
    ground: str
    last_day: date | None = None
    evidence: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class LegalDay:
    """A day the law sets for the creditor, in words, with its ground."""

    label: str
    day: date
    ground: str
    verified: bool = True
