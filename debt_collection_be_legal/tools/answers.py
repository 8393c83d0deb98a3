"""Frozen answers of the calculators: amounts, courts and days, each with its ground.

Money is `Decimal` in the currency of the row, days are `date`. ``verified`` is False
as soon as one number behind the answer is marked *to verify*.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount and what it is made of: ``parts`` are (code, amount) pairs."""

    amount: Decimal
    ground: str
    verified: bool = True
    parts: tuple[tuple[str, Decimal], ...] = ()

    def part(self, code):
        """One of the parts; zero when it is not there."""
        return dict(self.parts).get(code, Decimal(0))


@dataclass(frozen=True, slots=True)
class Indemnity:
    """A procedure indemnity: what is due by default, and the judge's room.

    ``due`` is the base amount, or what the course of the procedure makes of it.
    """

    base: Decimal
    minimum: Decimal
    maximum: Decimal
    due: Decimal
    ground: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Court:
    """The court that hears a claim: a stable key, and why in a sentence."""

    key: str
    reason: str
    ground: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day that the law sets; ``code`` is stable and tells which."""

    code: str
    day: date
    ground: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Size:
    """Whether a creditor is a large enterprise, which may claim interest later."""

    is_large: bool
    ground: str
    verified: bool = True
