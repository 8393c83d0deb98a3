"""The server ends the connection of a runner: the next start finishes its work."""

import pytest
from faults_arena import MailServer
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 6


def _seed(arena, mode="automatic"):
    arena.do("seed", company=arena.company, debtors=DEBTORS, due=DUE, mode=mode)


def _cut(arena):
    """End every connection to the database but our own."""
    arena.sql(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = %s AND pid <> pg_backend_pid()""",
        arena.database,
    )


def _read_log(arena, start):
    return arena.log.read_text(encoding="utf-8")[start:]


@pytest.mark.parametrize(
    "place",
    [
        "INSERT INTO .?debt_collection_action",  # a batch that decides
        pytest.param(  # letters just made
            'UPDATE "debt_collection_action".*attachment_id', marks=pytest.mark.slow
        ),
    ],
)
def test_in_the_middle_of_the_run(arena, mail, place):
    _seed(arena)
    start = arena.log.stat().st_size
    with arena.held("run", place, batch_size=2) as runner:
        _cut(arena)
    assert "error" in runner.result()
    told = _read_log(arena, start)
    assert told.count("lost its connection to the database") == 1
    assert "go one by one" not in told
    checks = Checks(arena)
    assert checks.get_errors() == {}  # no account keeps what a server said
    assert arena.sql("SELECT 1 FROM debt_collection_action WHERE error <> ''") == []
    checks.assert_sound()
    arena.do("run")
    assert checks.count_actions() == {"released": DEBTORS}
    arena.do("send_mails")
    assert checks.count_actions() == {"done": DEBTORS}
    checks.assert_mails(mail)
    checks.assert_sound()


def test_while_the_mail_server_has_a_letter(arena):
    """It left and nobody could write that down: uncertain, never sent again."""
    _seed(arena)
    arena.do("run")
    with MailServer(arena.mail_port, "wait", at=2) as server:
        sender = arena.begin("send_mails")
        assert server.reached.wait(60)
        _cut(arena)
        server.let_go()
        sender.result()
        for _turn in range(2):
            arena.do("send_mails")
    checks = Checks(arena)
    assert checks.count_deliveries() == {"sent": DEBTORS - 1, "uncertain": 1}
    assert len(server.mails) == DEBTORS
    assert set(server.count_by_debtor().values()) == {1}
    checks.assert_sound()
