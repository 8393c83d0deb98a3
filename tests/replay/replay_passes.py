"""The two ways the ledger is lived through.

*tame*: the ledger as it is, under the ladder that the engine ships. It reaches the
first steps only: nobody in that ledger is more than 45 days late.

*steep*: the same ledger with amounts a hundred times as high and a ladder of seven
steps with compressed delays, so that every step, channel, threshold and charge is
reached, before a case (courtesy) and on one.
"""

from dataclasses import dataclass, field

import replay_histories
from replay_oracle import Rule


@dataclass(frozen=True)
class Pass:
    """One way to play: the ladder, and what is done to the ledger before."""

    name: str
    rule: Rule
    steps: tuple[dict, ...]
    factor: int = 1
    # steps that must have been taken at least once, by name
    must_reach: tuple[str, ...] = field(default=())

    def prepare(self, bills):
        """The bills of this pass."""
        return replay_histories.scaled(bills, self.factor)


def _step(name, delay, **vals):
    step = {"name": name, "delay": delay, "wait": 0, "by_email": False, **vals}
    return {"sequence": delay * 10, **step}


_STEEP = (
    _step("1 courtesy", 1, by_email=True, charges="waived"),
    _step("2 first letter", 4, by_post=True, notice_kind="first", opens_case=True),
    _step("3 call", 7, by_call=True),
    _step("4 second letter", 10, by_email=True, charges="booked"),
    _step("5 formal notice", 14, by_post=True, by_email=True, notice_kind="formal"),
    _step("6 visit", 18, by_visit=True, minimum=5000.0),
    _step("7 last letter", 24, by_post=True, charges="memo", minimum=1000.0),
)

PASSES = {
    "tame": Pass(
        name="tame",
        rule=Rule(first_delay=7, open_delay=7),
        steps=(),  # the ladder that the engine ships
        must_reach=("First letter", "Second letter", "Formal notice"),
    ),
    "steep": Pass(
        name="steep",
        rule=Rule(first_delay=1, open_delay=4),
        steps=_STEEP,
        factor=100,
        must_reach=tuple(step["name"] for step in _STEEP),
    ),
}
