"""Frozen values of the way to court: what a claim looks like, which ways are open.

Money is `Decimal` in the currency of the case, days are `date`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .facts import Blocker

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Matter:
    """A case as the law of a route sees it on a day.

    :param nature: nature of the debts, as on the general terms
    :param finding: latest solvency finding about the debtor, empty when there is none
    :param limitation: last day before the first of the claims is prescribed
    :param reached: what legal steps gave the case already (``title``, ...)
    :param evidence: codes of the evidence that is there
    :param traits: what an addon knows of the parties, as stable codes
    """

    day: date
    regime: str
    currency: str
    principal: Decimal
    interest: Decimal = ZERO
    indemnity: Decimal = ZERO
    contested: Decimal = ZERO
    due: Decimal = ZERO
    nature: str = "goods_services"
    creditor_country: str = ""
    debtor_country: str = ""
    finding: str = ""
    limitation: date | None = None
    reached: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()

    @property
    def claim(self):
        """Principal and interest: what tariffs and courts go by."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a cost is expected to be, with its ground; ``verified`` as everywhere."""

    amount: Decimal
    ground: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """One route for a case: open or not, and why; what it costs and how long.

    :param route: id of the route
    :param obstacles: why it is closed; empty: it is open
    :param needs: what is wanted before its first step can be ordered
    :param notes: what the law says besides (the court, a ceiling)
    :param costs: (name, Estimate) of the costs on its usual way
    :param unknown: names of the costs on it that no tariff knows
    :param days: the usual days to its end
    """

    route: int
    obstacles: tuple[Blocker, ...] = ()
    needs: tuple[Blocker, ...] = ()
    notes: tuple[str, ...] = ()
    costs: tuple[tuple[str, Estimate], ...] = ()
    unknown: tuple[str, ...] = ()
    days: int = 0

    @property
    def is_open(self):
        """Whether the law lets the creditor go that way today."""
        return not self.obstacles

    @property
    def cost(self):
        """What the usual way is expected to cost, as far as it is known."""
        return sum((estimate.amount for _name, estimate in self.costs), ZERO)

    @property
    def verified(self):
        """Whether every number behind the cost is verified."""
        return all(estimate.verified for _name, estimate in self.costs)
