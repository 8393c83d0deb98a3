"""A seeded generator of payment histories: who was billed what, and who paid when.

Pure Python, no odoo import. The same ledgers feed the demo, the replay test (where
no real history is at hand) and the benchmarks. Same seed, same ledger: the order of
the draws is part of the contract.

Money is `Decimal` with two decimals, days are `date`, delays are in days.
"""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bill:
    """One invoice and its fate: settled in full, once, on `settled_on`."""

    number: str
    debtor: str
    group: str
    invoice_date: date
    due_date: date
    amount: Decimal
    disputed: bool
    settled_on: date
    electronic: bool = True

    @property
    def days_late(self):
        """Days from the due date to the settlement; negative when paid early."""
        return (self.settled_on - self.due_date).days


@dataclass(frozen=True, slots=True)
class Shape:
    """What a ledger looks like. The defaults are those of a real, tame one.

    Amounts are normal, cut at `amount_low` and `amount_high`, or log-normal around
    the mean when `heavy_tail` is true. The lateness of a bill is the habit of its
    debtor, plus a drift, plus what a dispute adds, cut at `late_low` and `late_high`.
    """

    bills: int = 1259
    debtors: int = 49
    first_day: date = date(2012, 1, 3)
    days: int = 700
    term: int = 30
    amount_mean: float = 57.7
    amount_spread: float = 20.7
    amount_low: float = 5.0
    amount_high: float = 130.0
    heavy_tail: bool = False
    habit_mean: float = -4.6
    habit_spread: float = 8.6
    drift: float = 5.7
    dispute_adds: float = 13.0
    dispute_share: float = 0.26
    late_low: int = -29
    late_high: int = 45
    electronic_share: float = 0.52
    # country groups and their weights, as in any ledger of a European creditor
    groups: tuple = (("A", 30), ("B", 28), ("C", 26), ("D", 24), ("E", 18))


@dataclass(frozen=True, slots=True)
class Habit:
    """How one debtor behaves: the days he usually is late, how often he objects."""

    name: str
    group: str
    late: float
    disputes: float
    electronic: bool
    weight: float


def generate(seed, shape=None):
    """Return a ledger: bills sorted by invoice date and number.

    :param int seed: the same seed gives the same ledger, whatever the machine
    :param Shape shape: what it looks like; None: like the real one
    :rtype: list[Bill]
    """
    shape = shape or Shape()
    rng = Random(seed)
    habits = _draw_habits(rng, shape)
    bounds = list(accumulate(habit.weight for habit in habits))
    numbers = rng.sample(range(10**6, 10**7), shape.bills)
    bills = []
    for number in numbers:
        habit = habits[bisect(bounds, rng.random() * bounds[-1], hi=len(bounds) - 1)]
        bills.append(_draw_bill(rng, shape, habit, number))
    return sorted(bills, key=lambda bill: (bill.invoice_date, bill.number))


def _draw_habits(rng, shape):
    keys = [key for key, weight in shape.groups for _unused in range(weight)]
    return [
        Habit(
            name=f"D{index + 1:04d}",
            group=rng.choice(keys),
            late=rng.gauss(shape.habit_mean, shape.habit_spread),
            disputes=_draw_share(rng, shape.dispute_share),
            electronic=rng.random() < shape.electronic_share,
            weight=rng.uniform(0.7, 1.3),
        )
        for index in range(shape.debtors)
    ]


def _draw_share(rng, mean):
    """A few debtors object to nearly everything, many to nothing."""
    if mean <= 0:
        return 0.0
    return rng.betavariate(2 * mean, 2 * (1 - mean))


def _draw_bill(rng, shape, habit, number):
    invoice_date = shape.first_day + timedelta(days=rng.randrange(shape.days))
    due_date = invoice_date + timedelta(days=shape.term)
    disputed = rng.random() < habit.disputes
    late = rng.gauss(habit.late + disputed * shape.dispute_adds, shape.drift)
    late = max(shape.late_low, min(shape.late_high, round(late)))
    return Bill(
        number=f"{number:010d}",
        debtor=habit.name,
        group=habit.group,
        invoice_date=invoice_date,
        due_date=due_date,
        amount=_draw_amount(rng, shape),
        disputed=disputed,
        settled_on=max(invoice_date, due_date + timedelta(days=late)),
        electronic=habit.electronic,
    )


def _draw_amount(rng, shape):
    if shape.heavy_tail:
        ratio = 1 + (shape.amount_spread / shape.amount_mean) ** 2
        sigma = _ln(ratio) ** 0.5
        value = rng.lognormvariate(_ln(shape.amount_mean) - sigma**2 / 2, sigma)
    else:
        value = rng.gauss(shape.amount_mean, shape.amount_spread)
    value = max(shape.amount_low, min(shape.amount_high, value))
    return Decimal(value).quantize(CENT)


def _ln(value):
    """Natural logarithm, through Decimal: correctly rounded on every machine."""
    return float(Decimal(value).ln())
