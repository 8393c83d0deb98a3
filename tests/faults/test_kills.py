"""kill -9 in the middle of the daily run, at any point: the next run completes it."""

import os
from datetime import date, datetime, timedelta
from random import Random

import pytest
from faults_checks import Checks

#: one a day; DC_FAULTS=quick for a look in between
KILLS = 4 if os.environ.get("DC_FAULTS") == "quick" else 20
A_DAY = 1  # debtors that fall due each day
START = datetime(2026, 3, 16, 10)
SEED = 19

pytestmark = pytest.mark.long


def _day(number):
    return (START + timedelta(days=number)).isoformat()


@pytest.fixture
def debtors(arena):
    """One debtor more each day; how many statements a day's run takes."""
    for number in range(KILLS + 1):
        due = date(2026, 3, 11) + timedelta(days=number)
        arena.do(
            "seed",
            company=arena.company,
            debtors=A_DAY,
            due=str(due),
            prefix=f"K{number:02d}",
        )
    quiet = arena.begin("run", _day(0)).result()
    assert "error" not in quiet, quiet
    assert Checks(arena).count_actions() == {"released": A_DAY}
    return quiet["statements"]


def test_killed_twenty_times(arena, mail, debtors):
    rng, killed = Random(SEED), 0
    for number in range(1, KILLS + 1):
        runners = [
            arena.begin(
                "run",
                _day(number),
                {"die_at": rng.randint(1, debtors)},
                batch_size=rng.choice((1, 500)),
            )
            for _runner in range(1 + number % 2)
        ]
        killed += sum(runner.result() is None for runner in runners)
        Checks(arena).assert_sound()
    assert killed >= KILLS
    arena.do("run", _day(KILLS))
    checks = Checks(arena)
    assert checks.count_actions() == {"released": A_DAY * (KILLS + 1)}
    assert checks.get_errors() == {}
    arena.do("send_mails", _day(KILLS))
    assert checks.count_actions() == {"done": A_DAY * (KILLS + 1)}
    assert len(mail.mails) == A_DAY * (KILLS + 1)
    checks.assert_mails(mail)
    checks.assert_sound()
