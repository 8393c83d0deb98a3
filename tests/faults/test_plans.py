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


def _both(arena, plan, *verbs):
    """Both wait for the row, then go on; the error of each, None where it did it."""
    with arena.connection() as link, link.cursor() as person:
        link.autocommit = False
        person.execute(
            "SELECT 1 FROM debt_collection_plan WHERE id = %s FOR UPDATE", [plan]
        )
        children = [arena.begin("act_on_plan", plan=plan, verb=verb) for verb in verbs]
        arena.wait_for_lock(len(verbs))
        link.rollback()
    return [child.answer() for child in children]


@pytest.mark.parametrize("verbs", [("accept", "refuse"), ("accept", "accept")])
def test_two_users_at_once(arena, offered, verbs):
    errors = _both(arena, offered, *verbs)
    assert errors.count("") == 1
    assert "this can no longer be done" in "".join(errors)
    [[state]] = arena.sql("SELECT state FROM debt_collection_plan")
    assert state == {"accept": "accepted", "refuse": "refused"}[verbs[errors.index("")]]
    assert (
        sum(arena.sql(COUNT, f"plan_{s}")[0][0] for s in ("accepted", "refused")) == 1
    )


def test_one_mail_for_an_instalment_whoever_runs(arena, offered):
    arena.do("act_on_plan", plan=offered, verb="accept")
    arena.do("run")
    soon = "2026-03-27T10:00:00"
    arena.do_all([("run", {}), ("run", {}), ("run", {})], now=soon)
    rows = "SELECT kind, count(*), count(mail_id) FROM debt_collection_plan_notice"
    assert arena.sql(f"{rows} GROUP BY kind") == [("announced", 1, 1)]
