"""The date jumps: a month forward, a day back; clocks change; two time zones."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from faults_checks import Checks

DUE = "2026-03-06"
MARCH, APRIL = "2026-03-16T10:00:00", "2026-04-16T10:00:00"


def _seed(arena, **values):
    return arena.do(
        "seed", **{"company": arena.company, "debtors": 2, "due": DUE, **values}
    )


def test_a_month_forward_is_one_letter_not_two(arena, mail):
    _seed(arena)
    arena.do("run", MARCH)
    arena.do("send_mails", MARCH)
    checks = Checks(arena)
    for _turn in range(2):
        arena.do("run", APRIL)
        assert checks.count_actions() == {"done": 2, "released": 2}
    arena.do("send_mails", APRIL)
    arena.do("run", APRIL)
    assert checks.count_actions() == {"done": 4}
    steps = arena.sql(
        """SELECT s.sequence, a.date::text, count(*) FROM debt_collection_action a
             JOIN debt_collection_policy_step s ON s.id = a.step_id
            GROUP BY 1, 2 ORDER BY 1"""
    )
    assert steps == [(10, "2026-03-16", 2), (20, "2026-04-16", 2)]
    checks.assert_mails(mail)
    checks.assert_sound()


def test_a_day_back_changes_nothing(arena, mail):
    _seed(arena)
    arena.do("run", MARCH)
    arena.do("send_mails", MARCH)
    checks = Checks(arena)
    arena.sql("UPDATE debt_collection_account SET is_stale = TRUE")
    for day in ("2026-03-15T10:00:00", "2026-02-16T10:00:00", MARCH):
        arena.do("run", day)
        assert checks.count_actions() == {"done": 2}
    arena.do("run", "2026-03-23T10:00:00")  # 15 days after the due date, 7 of rest
    assert checks.count_actions() == {"done": 2, "released": 2}
    assert checks.get_errors() == {}
    checks.assert_sound()


# (moment in UTC, day in Brussels, day in Auckland); clocks change on 29 March and
# 25 October in Brussels, on 5 April and 27 September in Auckland
MOMENTS = [
    ("2026-03-28T22:30:00", "2026-03-28", "2026-03-29"),
    ("2026-03-28T23:30:00", "2026-03-29", "2026-03-29"),
    ("2026-03-29T21:30:00", "2026-03-29", "2026-03-30"),
    ("2026-03-29T22:30:00", "2026-03-30", "2026-03-30"),
    ("2026-04-04T11:30:00", "2026-04-04", "2026-04-05"),
    ("2026-04-05T11:30:00", "2026-04-05", "2026-04-05"),
    ("2026-09-26T12:30:00", "2026-09-26", "2026-09-27"),
    ("2026-09-27T11:30:00", "2026-09-27", "2026-09-28"),
    ("2026-10-24T22:30:00", "2026-10-25", "2026-10-25"),
    ("2026-10-25T22:30:00", "2026-10-25", "2026-10-26"),
    ("2026-10-25T23:30:00", "2026-10-26", "2026-10-26"),
]


def test_each_company_lives_in_its_own_day(arena):
    zones = {"B": arena.company, "A": arena.other_company}
    arena.let_work(*zones.values())
    arena.sql("UPDATE debt_collection_policy_step SET by_email = FALSE, by_post = TRUE")
    for number, (moment, *_days) in enumerate(MOMENTS):
        for zone, company in zones.items():
            prefix = f"{zone}{number:02d}-"
            _seed(arena, company=company, debtors=1, mode="review", prefix=prefix)
        arena.do("run", moment)
        arena.do("post_by_hand", moment)
    rows = arena.sql(
        """SELECT left(p.ref, 3), a.date::text, a.date_done::text, d.date::text
             FROM debt_collection_action a
             JOIN res_partner p ON p.id = a.partner_id
             JOIN debt_collection_delivery d ON d.action_id = a.id
             JOIN debt_collection_policy_step s ON s.id = a.step_id
            WHERE s.sequence = 10"""
    )
    expected = {
        (f"{zone}{number:02d}", day, day, day)
        for number, (_moment, brussels, auckland) in enumerate(MOMENTS)
        for zone, day in (("B", brussels), ("A", auckland))
    }
    assert set(rows) == expected
    assert len(rows) == len(expected)
    Checks(arena).assert_sound(pdfs=False)


@pytest.mark.parametrize("due", ["2026-03-05", "2026-03-24"])
def test_a_letter_comes_on_its_day_in_the_zone_of_the_company(arena, due):
    """Step one comes 5 days after the due date, from midnight in Brussels on."""
    day = datetime.fromisoformat(due).date() + timedelta(days=5)
    start = datetime.combine(day, time(), ZoneInfo("Europe/Brussels"))
    start = start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    _seed(arena, due=due, mode="review")
    checks = Checks(arena)
    arena.do("run", (start - timedelta(minutes=1)).isoformat())
    assert checks.count_actions() == {}
    arena.do("run", (start + timedelta(minutes=1)).isoformat())
    assert checks.count_actions() == {"planned": 2}
