"""How a debtor pays, as a score that explains itself.

Each measure gives a share of its weight; the score is the sum, 100 at best. Below a
number of paid invoices there is no basis and no score. Nothing here is law and nothing
is secret: the weights are shown with the score.
"""

from dataclasses import dataclass
from decimal import Decimal

# below so many paid invoices there is nothing to go by
LEAST = 3
# measure -> points it gives at best
WEIGHTS = {"punctual": 40, "late": 30, "overdue": 20, "broken": 10}
# average days late at which a debtor has no point of "late" left
LATE_DAYS = 60
# a score from which on, and below which, the finding follows by itself
GOOD, BAD = 60, 35


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger says of one debtor in the months looked at.

    :param paid: invoices paid in full; punctual: of them, those within a week of the
        due date; days_late: average over them
    :param open: sum of what is open; overdue: the part of it past its due date
    :param promised: promises and plans judged; broken: of them, those not kept
    """

    paid: int = 0
    punctual: int = 0
    days_late: Decimal = Decimal(0)
    open: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    promised: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """One measure: its code, the points it gave of those it may, what was counted."""

    code: str
    points: int
    weight: int
    params: tuple = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The score with its reasons; ``points`` is None when there is no basis."""

    points: int | None
    number: int
    reasons: tuple[Reason, ...] = ()

    @property
    def finding(self):
        """solvent, doubtful, or "" where the score alone says neither."""
        if self.points is None or BAD <= self.points < GOOD:
            return ""
        return "solvent" if self.points >= GOOD else "doubtful"


def assess(history):
    """The score of a history.

    :param History history: counted on one day
    :rtype: Score
    """
    if history.paid < LEAST:
        return Score(None, history.paid)
    shares = {
        "punctual": Decimal(history.punctual) / history.paid,
        "late": 1 - min(max(history.days_late, 0) / LATE_DAYS, Decimal(1)),
        "overdue": 1 - _share(history.overdue, history.open),
        "broken": 1 - _share(history.broken, history.promised),
    }
    counted = {
        "punctual": (("number", history.punctual), ("total", history.paid)),
        "late": (("days", round(history.days_late)),),
        "overdue": (("percent", round(100 * _share(history.overdue, history.open))),),
        "broken": (("number", history.broken), ("total", history.promised)),
    }
    reasons = tuple(
        Reason(code, round(shares[code] * weight), weight, counted[code])
        for code, weight in WEIGHTS.items()
    )
    return Score(sum(reason.points for reason in reasons), history.paid, reasons)


def _share(part, whole):
    return min(Decimal(part) / whole, Decimal(1)) if whole > 0 else Decimal(0)
