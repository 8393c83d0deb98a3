"""What a partner earned on a case so far: a pure function over his terms.

Amounts are `Decimal` in one currency; percent is out of a hundred. Each line is rounded
once, to the smallest coin given.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a partner asks for his work on one case.

    :param case: his fee for the case in the way it stands or ended
    :param success: percent of what was recovered
    :param on_all: the share counts interest, compensation and costs too, not only the
        principal; never what he keeps anyhow
    :param keeps: kinds of recovered money that are his: interest, indemnity
    :param is_first: a first case that he takes for nothing
    """

    case: Decimal = ZERO
    success: Decimal = ZERO
    on_all: bool = False
    keeps: frozenset = frozenset()
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """One part of what he earned: case, share, interest, indemnity or first_free."""

    code: str
    amount: Decimal
    base: Decimal = ZERO


def earned(terms, recovered, coin):
    """The fees of one case.

    :param dict recovered: kind of money (principal, interest, indemnity, cost) ->
        amount that came in while the partner had the case
    :param Decimal coin: the smallest amount of the currency, 0.01 for EUR
    :rtype: list[Fee]
    """
    if terms.is_first:
        return [Fee("first_free", ZERO)]
    found = [Fee("case", _round(terms.case, coin))]
    base = sum(
        (
            amount
            for kind, amount in recovered.items()
            if kind == "principal" or terms.on_all and kind not in terms.keeps
        ),
        ZERO,
    )
    found.append(Fee("share", _round(base * terms.success / HUNDRED, coin), base))
    found += [
        Fee(kind, _round(recovered.get(kind, ZERO), coin))
        for kind in ("interest", "indemnity")
        if kind in terms.keeps
    ]
    return [fee for fee in found if fee.amount]


def total(fees):
    """The sum of fees.

    :rtype: Decimal
    """
    return sum((fee.amount for fee in fees), ZERO)


def _round(amount, coin):
    return (amount / coin).quantize(Decimal(1), ROUND_HALF_UP) * coin
