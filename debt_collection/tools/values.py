"""Frozen values and named errors shared by the arithmetic of this package.

Money is an exact ``Decimal`` in the currency of the item, days are ``date``, rates
are percent a year. No value knows a country, a record or the current day.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
ONE = Decimal(1)
KINDS = ("cost", "interest", "indemnity", "principal")

# === ERRORS === #


class ToolsError(ValueError):
    """A refused computation; its values are attributes, and ``params`` as a dict."""

    message = "%(reason)s"

    def __init__(self, **params):
        self.params = params
        self.__dict__.update(params)
        super().__init__(self.message % params)


class BadAmount(ToolsError):
    """An amount that is no exact, finite, allowed number."""

    message = "%(what)s: %(value)s is not an amount that can be used (%(reason)s)"


class BadDate(ToolsError):
    """Dates that contradict each other, or lie outside the calendar."""


class BadTerm(ToolsError):
    """A term, vacation or rhythm that cannot be counted."""


class BadOrder(ToolsError):
    """An order of imputation that does not rank every kind once."""


class BadSplit(ToolsError):
    """A sum that cannot be divided as asked."""


class MissingRate(ToolsError):
    """No dated row gives the rate ``code`` on ``day`` (the first missing one)."""

    message = "no rate %(code)r for %(day)s"


class OverlappingRates(ToolsError):
    """Two dated rows give a rate for the same day."""

    message = "two rates %(code)r for %(day)s"


class MissingScale(ToolsError):
    """A scale has no bracket for the amount."""

    message = "no bracket in scale %(code)r for %(amount)s"


class MissingHolidays(ToolsError):
    """A calendar does not know the holidays of ``year``."""

    message = "no holidays known for %(year)s"


class RefundTooLarge(ToolsError):
    """Credit notes of a claim exceed what was ever invoiced on it."""

    message = "claim %(claim)r: credit of %(amount)s on a principal of %(principal)s"


class UnknownTarget(ToolsError):
    """A payment, credit or charge names a claim or charge that is not there."""

    message = "%(what)s names %(key)r, which is not in the statement"


class DuplicateKey(ToolsError):
    """Two values of one list carry the same key."""

    message = "%(what)s: the key %(key)r is used twice"


# === HELPERS === #


def exact(value, what="amount", *, signed=False):
    """Return ``value`` as a finite Decimal; refuse floats and, unless signed, < 0."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise BadAmount(what=what, value=repr(value), reason="not a Decimal")
    value = Decimal(value)
    if not value.is_finite():
        raise BadAmount(what=what, value=value, reason="not finite")
    if value < 0 and not signed:
        raise BadAmount(what=what, value=value, reason="negative")
    return value


def check_step(value, rounding, what="amount"):
    """Refuse an amount finer than the smallest unit of its currency."""
    if value % rounding:
        raise BadAmount(what=what, value=value, reason=f"not a multiple of {rounding}")


def round_to(value, rounding=CENT):
    """Round once, half-up, to a multiple of ``rounding`` (0.01, 1, 0.05...)."""
    if rounding <= 0:
        raise BadAmount(what="rounding", value=rounding, reason="not positive")
    for unit in (CENT, ONE):
        if rounding == unit:  # also when it is written 1.0 or 0.010
            return value.quantize(unit, ROUND_HALF_UP)
    return (value / rounding).quantize(ONE, ROUND_HALF_UP) * rounding


def _freeze(record, *names, signed=False):
    for name in names:
        value = getattr(record, name)
        if value is not None:
            value = exact(value, f"{type(record).__name__}.{name}", signed=signed)
            object.__setattr__(record, name, value)


def _check_choice(error, value, choices):
    if value not in choices:
        raise error(reason=f"{value!r} is none of {', '.join(choices)}")


# === INTEREST === #


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A dated rate: ``percent`` a year from ``start`` to ``end``, both included.

    :param end: last day, or None while no end is known
    :param ground: where the number comes from, as shown to the debtor
    :param verified: a person compared the number with its source
    :param code: name of the series, used to name a missing row
    """

    start: date
    end: date | None
    percent: Decimal
    ground: str = ""
    verified: bool = True
    code: str = ""

    def __post_init__(self):
        _freeze(self, "percent")
        if self.end and self.end < self.start:
            raise BadDate(reason=f"rate {self.code!r} ends before {self.start}")


@dataclass(frozen=True, slots=True)
class Movement:
    """A signed change of the interest-bearing base, felt from the day after."""

    day: date
    amount: Decimal

    def __post_init__(self):
        _freeze(self, "amount", signed=True)


@dataclass(frozen=True, slots=True)
class InterestLine:
    """Interest on one base at one rate, both days included.

    ``amount`` is not rounded; ``shown`` is, and the shown lines add up to the total.
    """

    start: date
    end: date
    days: int
    base: Decimal
    percent: Decimal
    amount: Decimal
    shown: Decimal
    ground: str = ""
    verified: bool = True
    code: str = ""


# === BRACKETS === #


@dataclass(frozen=True, slots=True)
class Bracket:
    """Above ``over``: ``fixed`` plus ``percent`` of the part above ``over``."""

    over: Decimal
    fixed: Decimal = ZERO
    percent: Decimal = ZERO

    def __post_init__(self):
        _freeze(self, "over", "fixed", "percent")


@dataclass(frozen=True, slots=True)
class Scale:
    """Brackets of one dated scale, with an optional ceiling on the result."""

    brackets: tuple[Bracket, ...]
    ceiling: Decimal | None = None
    rounding: Decimal = CENT
    code: str = ""
    ground: str = ""

    def __post_init__(self):
        _freeze(self, "ceiling", "rounding")
        rows = tuple(sorted(self.brackets, key=lambda row: row.over))
        if len({row.over for row in rows}) < len(rows):
            raise DuplicateKey(what=f"scale {self.code!r}", key="over")
        object.__setattr__(self, "brackets", rows)


# === IMPUTATION === #


@dataclass(frozen=True, slots=True)
class Order:
    """How a payment is spread.

    :param kinds: every kind of debt, first paid first
    :param by: ``claim`` (finish a claim before the next) or ``kind``
    :param between: which claim first: ``oldest`` due date (equal age: in proportion),
        ``pro_rata`` (all in proportion, age ignored) or ``given`` (as listed)
    :param spill: what a payment aimed at one claim leaves over pays the others
    """

    kinds: tuple[str, ...] = KINDS
    by: str = "claim"
    between: str = "oldest"
    spill: bool = True

    def __post_init__(self):
        if sorted(self.kinds) != sorted(KINDS):
            raise BadOrder(reason=f"{self.kinds!r} does not rank each kind once")
        _check_choice(BadOrder, self.by, ("claim", "kind"))
        _check_choice(BadOrder, self.between, ("oldest", "pro_rata", "given"))


def as_order(order):
    """Return an :class:`Order`; a plain tuple of kinds is one too."""
    return order if isinstance(order, Order) else Order(kinds=tuple(order))


PRINCIPAL_FIRST = Order(kinds=("principal", "interest", "indemnity", "cost"))


@dataclass(frozen=True, slots=True)
class Debt:
    """One thing owed: it exists, and takes payments, from ``day`` on."""

    key: Hashable
    kind: str
    amount: Decimal
    day: date
    claim: Hashable | None = None

    def __post_init__(self):
        _freeze(self, "amount")
        _check_choice(BadOrder, self.kind, KINDS)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received on ``day``; aimed at a claim or a charge when matched to it.

    A transfer matched to several items is several payments with one key. ``order``
    replaces the general one for this payment (a plan that pays principal first).
    ``waived``: no money came, the creditor gave the amount up.
    """

    key: Hashable
    day: date
    amount: Decimal
    claim: Hashable | None = None
    charge: Hashable | None = None
    order: Order | None = None
    waived: bool = False

    def __post_init__(self):
        _freeze(self, "amount")


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note: lowers the principal of ``claim``, never pays interest."""

    key: Hashable
    day: date
    amount: Decimal
    claim: Hashable
    ground: str = ""

    def __post_init__(self):
        _freeze(self, "amount")


@dataclass(frozen=True, slots=True)
class Allocation:
    """Part of a payment that settled ``debt`` (a claim's or a charge's key)."""

    payment: Hashable
    day: date
    kind: str
    amount: Decimal
    debt: Hashable
    claim: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Imputation:
    """Result of ``impute``; ``left`` holds every debt with what stays open."""

    allocations: tuple[Allocation, ...]
    left: tuple[Debt, ...]
    overpayment: Decimal


# === TERMS AND INSTALMENTS === #

UNITS = ("days", "working_days", "weeks", "months", "years")


@dataclass(frozen=True, slots=True)
class Vacation:
    """A recess, as (month, day): a term inside it ends on ``until`` instead."""

    first: tuple[int, int]
    last: tuple[int, int]
    until: tuple[int, int]

    def __post_init__(self):
        if not self.first <= self.last <= self.until:
            raise BadTerm(reason="a recess must lie within one calendar year")


@dataclass(frozen=True, slots=True)
class Term:
    """A lapse of time: ``n`` units.

    :param count_from: ``after`` (the day after the act is day 1) or ``same``
    :param roll: ``none``, or ``forward`` to the next working day when the last is off
    :param clear: clear days: neither the first nor the last day counts
    :param vacation: recess that extends a term starting and ending inside it
    """

    n: int
    unit: str = "days"
    count_from: str = "after"
    roll: str = "none"
    clear: bool = False
    vacation: Vacation | None = None

    def __post_init__(self):
        _check_choice(BadTerm, self.unit, UNITS)
        _check_choice(BadTerm, self.count_from, ("after", "same"))
        _check_choice(BadTerm, self.roll, ("none", "forward"))
        if isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 0:
            raise BadTerm(reason=f"{self.n!r} is not a whole number of {self.unit}")
        if not self.n and self.count_from == "same":
            raise BadTerm(reason="a term that counts its first day needs one day")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every ``n`` days, weeks, months or years."""

    n: int = 1
    unit: str = "months"

    def __post_init__(self):
        _check_choice(BadTerm, self.unit, ("days", "weeks", "months", "years"))
        if not isinstance(self.n, int) or self.n < 1:
            raise BadTerm(reason=f"{self.n!r} is not a rhythm")


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan; the down payment has sequence 0."""

    sequence: int
    day: date
    amount: Decimal


# === STATEMENT === #


@dataclass(frozen=True, slots=True)
class Claim:
    """One item as the statement replays it.

    :param principal: what was invoiced, before any payment or credit note
    :param rate: key of its rate periods; empty: the claim bears no interest
    :param interest_from: first day that bears interest (None: the day after due)
    :param claimable_from: first day on which interest may be claimed (None: as it
        accrues). What is paid before that day bears no interest at all; what is open
        then bears interest from ``interest_from``
    :param contested: disputed part of the principal
    :param residual: what the ledger shows as open, for the bridge (None: not asked)
    :param warnings: codes that tell where the law set the contract aside
    """

    key: Hashable
    principal: Decimal
    due_date: date
    invoice_date: date | None = None
    rate: Hashable = ""
    interest_from: date | None = None
    claimable_from: date | None = None
    contested: Decimal = ZERO
    residual: Decimal | None = None
    label: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self):
        _freeze(self, "principal", "contested")
        _freeze(self, "residual", signed=True)
        if self.invoice_date and self.due_date < self.invoice_date:
            raise BadDate(
                reason=f"claim {self.key!r} is due on {self.due_date}, before "
                f"its invoice date {self.invoice_date}"
            )
        if self.interest_from and self.interest_from <= self.due_date:
            raise BadDate(
                reason=f"claim {self.key!r} bears interest from "
                f"{self.interest_from}, not after its due date {self.due_date}"
            )


@dataclass(frozen=True, slots=True)
class Charge:
    """An indemnity or cost claimed, from ``day`` on (None: not claimable yet).

    :param claim: the claim it belongs to; None: the case as a whole
    :param needs_open: comes to exist only if its claim is still open on that day
    :param cap: scale that limits the amount, read on the principal open that day
    """

    key: Hashable
    kind: str
    amount: Decimal
    day: date | None
    ground: str = ""
    claim: Hashable | None = None
    verified: bool = True
    needs_open: bool = False
    cap: Scale | None = None

    def __post_init__(self):
        _freeze(self, "amount")
        _check_choice(BadOrder, self.kind, KINDS[:-1])
        if self.claim is None and (self.needs_open or self.cap):
            raise UnknownTarget(what=f"charge {self.key!r}", key=None)


@dataclass(frozen=True, slots=True)
class NotYet:
    """Something not claimable on the day of the statement, from when it will be."""

    kind: str
    key: Hashable
    claim: Hashable | None
    amount: Decimal
    claimable_from: date | None
    ground: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A charge in the statement: ``amount`` is what exists (0 when it lapsed)."""

    charge: Charge
    amount: Decimal
    paid: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment in the statement and where it went; ``surplus`` found no debt."""

    payment: Payment
    allocations: tuple[Allocation, ...]
    surplus: Decimal


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim in the statement: what was owed, what stays, and why.

    ``balance`` is everything open and claimable, ``due`` the same without the
    contested part of principal and interest.
    """

    claim: Claim
    principal: Decimal
    credited: Decimal
    principal_paid: Decimal
    principal_left: Decimal
    interest_lines: tuple[InterestLine, ...]
    interest: Decimal
    interest_paid: Decimal
    interest_left: Decimal
    indemnity_left: Decimal
    cost_left: Decimal
    balance: Decimal
    contested: Decimal
    contested_interest: Decimal
    due: Decimal
    reserved_from: date | None
    verified: bool


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """From the ledger's residual of a claim to its principal left.

    ``principal_left = residual + accessories + elsewhere - received + unexplained``

    :param accessories: matched payments that went to costs, interest, indemnities
    :param elsewhere: matched payments or credits that went to other claims or nowhere
    :param received: payments not matched to the claim that lowered its principal
    """

    claim: Hashable | None
    residual: Decimal
    accessories: Decimal
    elsewhere: Decimal
    received: Decimal
    unexplained: Decimal
    principal_left: Decimal

    @property
    def difference(self):
        return self.principal_left - self.residual


@dataclass(frozen=True, slots=True)
class Bridge:
    """The bridge of every claim, and their total."""

    lines: tuple[BridgeLine, ...]
    total: BridgeLine


@dataclass(frozen=True, slots=True)
class Statement:
    """The settlement on a day: the single source of every figure shown.

    ``balance = principal_left + interest_left + indemnity_left + cost_left``, without
    what is in ``not_yet``; ``due = balance - contested - contested_interest``.

    :param interest_reserved_from: first day whose interest is kept in reserve
    :param verified: no unverified rate or charge went into a figure
    """

    at: date
    claims: tuple[ClaimLine, ...]
    charges: tuple[ChargeLine, ...]
    costs: tuple[ChargeLine, ...]
    payments: tuple[PaymentLine, ...]
    credits: tuple[Credit, ...]
    not_yet: tuple[NotYet, ...]
    principal_left: Decimal
    interest_left: Decimal
    indemnity_left: Decimal
    cost_left: Decimal
    balance: Decimal
    contested: Decimal
    contested_interest: Decimal
    due: Decimal
    paid: Decimal
    overpayment: Decimal
    interest_reserved_from: date | None
    verified: bool
    bridge: Bridge
