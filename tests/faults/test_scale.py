"""Real processes, one PostgreSQL, a scheduled action each: how the work divides."""

import pytest
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 96
BATCH = 4
#: who made what, written by the database itself
LEDGER = """
CREATE TABLE faults_shares (pid int, action_id int);
CREATE FUNCTION faults_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO faults_shares VALUES (pg_backend_pid(), NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER faults_share AFTER INSERT ON debt_collection_action
    FOR EACH ROW EXECUTE FUNCTION faults_share()
"""


@pytest.mark.parametrize("number", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_each_scheduled_action_takes_its_share(arena, number):
    """They begin at one moment; no debtor twice, none left out, nobody idle."""
    arena.do("seed", company=arena.company, debtors=DEBTORS, due=DUE, mode="review")
    crons = arena.do("copy_cron", number=number, batch_size=BATCH)
    arena.sql(LEDGER)
    runners = arena.begin_together(
        "run_scheduler", "debt_collection_account.*SKIP LOCKED", number, crons=crons
    )
    for runner in runners:
        runner.answer()
    checks = Checks(arena)
    assert checks.count_actions() == {"planned": DEBTORS}
    assert arena.sql(
        "SELECT count(DISTINCT partner_id) FROM debt_collection_action"
    ) == [(DEBTORS,)]
    shares = dict(arena.sql("SELECT pid, count(*) FROM faults_shares GROUP BY pid"))
    assert len(shares) == number
    assert sum(shares.values()) == DEBTORS
    assert arena.sql("SELECT sum(failure_count) FROM ir_cron WHERE active") == [(0,)]
    assert checks.get_errors() == {}
    checks.assert_sound()
