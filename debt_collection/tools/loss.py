"""A loss in the books: the shares of what was written off, and of what came back.

Money is an exact `Decimal`. Shares are taken of the whole, less what was taken before:
however many parts come back, together they are never more than the whole.
"""

from dataclasses import dataclass
from decimal import Decimal

from .imputation import pro_rata
from .values import round_to

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The tax in a lost amount, of one tax.

    :param tax: id of the tax
    :param base: what it was computed on, in the currency of the item
    :param amount: the tax, in the currency of the item
    :param worth: the tax, in the currency of the company
    """

    tax: int
    base: Decimal
    amount: Decimal
    worth: Decimal


@dataclass(frozen=True, slots=True)
class Loss:
    """A lost amount of one item, split.

    :param gross: taxes included, in the currency of the item
    :param worth: the same in the books, in the currency of the company
    :param taxes: one part a tax
    :param bases: (analytic distribution, net amount) pairs in the item's currency
    """

    gross: Decimal
    worth: Decimal
    taxes: tuple[TaxPart, ...] = ()
    bases: tuple = ()

    @property
    def tax(self):
        """The taxes in the currency of the item."""
        return sum((part.amount for part in self.taxes), ZERO)

    @property
    def tax_worth(self):
        """The taxes in the currency of the company."""
        return sum((part.worth for part in self.taxes), ZERO)


def spread(total, weights, rounding):
    """Split an amount by weights; the largest remainders get the odd cents.

    :param Decimal total: at least zero
    :param weights: numbers, at least one above zero
    :rtype: list[Decimal]
    """
    return pro_rata(total, list(weights), rounding)


def share(whole, before, part, total, rounding):
    """How much of `whole` goes with a part of `total` that comes after another.

    :param Decimal whole: what is shared, for example the VAT of a write-off
    :param Decimal before: what came of the total so far
    :param Decimal part: what comes now
    :param Decimal total: what was written off
    :rtype: Decimal
    """
    return _reach(whole, before + part, total, rounding) - _reach(
        whole, before, total, rounding
    )


def _reach(whole, part, total, rounding):
    """What goes with the first `part` of the total: all of it with the last cent."""
    return whole if part >= total else round_to(whole * part / total, rounding)
