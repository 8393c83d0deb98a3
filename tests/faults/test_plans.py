"""Two users act on one payment plan at the same moment, as the web would let them."""

import pytest

COUNT = "SELECT count(*) FROM debt_collection_event WHERE kind = %s"


@pytest.fixture
def offered(arena):
    """An offered plan, its answer still open."""
    arena.do("seed", company=arena.company, debtors=1, due="2026-03-06")
    arena.do("run")
    [[case]] = arena.sql("SELECT id FROM debt_collection_case")
    return arena.do("offer_plan", case=case, days=["2026-03-30", "2026-04-30"])


@pytest.mark.parametrize("verbs", [("accept", "refuse"), ("refuse", "accept")])
def test_the_second_is_told_to_wait_then_that_it_is_done(arena, offered, verbs):
    first, second = verbs
    pattern = 'UPDATE "debt_collection_plan"'
    with arena.held("act_on_plan", pattern, plan=offered, verb=first) as quick:
        slow = arena.do("act_on_plan", plan=offered, verb=second)
        assert "somebody else is acting on it" in slow
    assert quick.answer() == ""
    late = arena.do("act_on_plan", plan=offered, verb=second)
    assert "this can no longer be done" in late
    _assert_one_answer(arena, first)


def test_many_at_once_do_it_once(arena, offered):
    jobs = [("act_on_plan", {"plan": offered, "verb": "accept"})] * 4
    errors = arena.do_all(jobs)
    assert errors.count("") == 1
    _assert_one_answer(arena, "accept")


def _assert_one_answer(arena, verb):
    state = {"accept": "accepted", "refuse": "refused"}[verb]
    assert arena.sql("SELECT state FROM debt_collection_plan") == [(state,)]
    answers = [arena.sql(COUNT, f"plan_{s}")[0][0] for s in ("accepted", "refused")]
    assert sum(answers) == 1


def test_one_mail_for_an_instalment_whoever_runs(arena, offered):
    arena.do("act_on_plan", plan=offered, verb="accept")
    arena.do("run")
    soon = "2026-03-27T10:00:00"
    arena.do_all([("run", {}), ("run", {}), ("run", {})], now=soon)
    rows = "SELECT kind, count(*), count(mail_id) FROM debt_collection_plan_notice"
    assert arena.sql(f"{rows} GROUP BY kind") == [("announced", 1, 1)]
