"""Two approvers decide on one cost at the same moment, in two transactions."""

import pytest

COUNT = "SELECT count(*) FROM debt_collection_event WHERE kind = %s"


@pytest.fixture
def asked(arena):
    """A cost that waits for its yes: its id and those who may give it."""
    arena.do("seed", company=arena.company, debtors=1, due="2026-03-06")
    arena.do("run")
    [[case]] = arena.sql("SELECT id FROM debt_collection_case")
    return arena.do("request_cost", case=case)


@pytest.mark.parametrize(
    ("verbs", "result"),
    [(("approve", "refuse"), "approved"), (("refuse", "approve"), "refused")],
)
def test_the_second_is_told_to_wait_then_that_it_is_done(arena, asked, verbs, result):
    cost, (one, other) = asked
    pattern = 'UPDATE "debt_collection_cost"'
    with arena.held(
        "act_on_cost", pattern, cost=cost, verb=verbs[0], user=one
    ) as quick:
        slow = arena.do("act_on_cost", cost=cost, verb=verbs[1], user=other)
        assert "Somebody else is deciding" in slow
    assert quick.answer() == ""
    assert arena.do("act_on_cost", cost=cost, verb=verbs[1], user=other)
    assert arena.sql("SELECT stage FROM debt_collection_cost") == [(result,)]
    answers = [arena.sql(COUNT, f"cost_{s}")[0][0] for s in ("approved", "refused")]
    assert sorted(answers) == [0, 1]


def test_four_at_once_give_one_yes(arena, asked):
    cost, users = asked
    jobs = [
        ("act_on_cost", {"cost": cost, "verb": "approve", "user": user})
        for user in users * 2
    ]
    arena.do_all(jobs)
    assert arena.sql(COUNT, "cost_approved") == [(1,)]
    [[stage, approver]] = arena.sql(
        "SELECT stage, approver_id FROM debt_collection_cost"
    )
    assert (stage, approver in users) == ("approved", True)
