"""A mail server that does not answer: Odoo's patience ends, nothing is sent twice."""

import socket
from contextlib import contextmanager

import pytest
from faults_arena import MailServer
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 4
SOON = 1  # seconds that Odoo waits for an answer


@contextmanager
def _mute_server(port):
    """Accepts, and never says a word."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen(16)
        yield


@pytest.fixture
def letters(arena):
    arena.do("seed", company=arena.company, debtors=DEBTORS, due=DUE, mode="automatic")
    arena.do("run")
    return Checks(arena)


def test_it_never_greets(arena, letters):
    """Nothing left, so each letter failed, says why, and leaves when asked again."""
    with _mute_server(arena.mail_port):
        arena.do("send_mails", patience=SOON)
    assert letters.count_deliveries() == {"failed": DEBTORS}
    assert letters.count_actions() == {"failed": DEBTORS}
    errors = letters.get_errors()
    assert len(errors) == DEBTORS
    assert "Traceback" not in "".join(errors.values())
    failed = arena.sql("SELECT id FROM debt_collection_action")
    arena.do("retry_action", actions=[row[0] for row in failed])
    arena.do("run")
    with MailServer(arena.mail_port) as server:
        arena.do("send_mails")
    assert letters.count_actions() == {"done": DEBTORS}
    assert len(server.mails) == DEBTORS
    letters.assert_mails(server)
    letters.assert_sound()


@pytest.mark.parametrize(
    "mood", ["hang_after", pytest.param("hang", marks=pytest.mark.slow)]
)
def test_it_stops_answering_in_the_middle_of_a_letter(arena, letters, mood):
    with MailServer(arena.mail_port, mood, at=2) as server:
        arena.do("send_mails", patience=SOON)
        assert letters.count_deliveries().get("sending", 0) == 0
        for _turn in range(2):
            arena.do("send_mails", patience=SOON)
    assert letters.count_deliveries() == {"sent": DEBTORS - 1, "uncertain": 1}
    assert max(server.count_by_debtor().values()) == 1
    rows = arena.sql(
        "SELECT address FROM debt_collection_delivery WHERE state = 'uncertain'"
    )
    letters.assert_mails(server, [address for [address] in rows])
    letters.assert_sound()


@pytest.mark.slow
def test_slow_but_alive(arena, letters):
    """Every letter answered late, within Odoo's patience: each leaves once."""
    with MailServer(arena.mail_port, pause=0.2) as server:
        arena.do_all([("send_mails", {"patience": SOON * 5})] * 2)
        arena.do("send_mails", patience=SOON * 5)
    assert letters.count_deliveries() == {"sent": DEBTORS}
    assert len(server.mails) == DEBTORS
    letters.assert_sound()
