"""A mail cut short shows *uncertain*: never a second mail, none lost in silence."""

from random import Random

import pytest
from faults_arena import MailServer
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 6
KILLS = 8


@pytest.fixture(scope="module")
def queue(stage):
    """Letters in the queue, none of them sent; made once."""
    company = stage.companies["Creditor SA"]
    stage.reset()
    stage.let_work(company)
    stage.do("seed", company=company, debtors=DEBTORS, due=DUE, mode="automatic")
    stage.do("run")
    stage.save("letters")
    return stage


@pytest.fixture
def arena(queue):
    """The arena with a fresh copy of that queue."""
    queue.reset("letters")
    return queue


@pytest.fixture
def letters(arena):
    checks = Checks(arena)
    assert checks.count_deliveries() == {"to_send": DEBTORS}
    return checks


def _uncertain(arena):
    rows = arena.sql(
        "SELECT address FROM debt_collection_delivery WHERE state = 'uncertain'"
    )
    return [address for [address] in rows]


@pytest.mark.parametrize("mood", ["hang", "hang_after"])
def test_killed_in_the_dialogue(arena, letters, mood):
    with MailServer(arena.mail_port, mood, at=3) as server:
        child = arena.begin("send_mails")
        assert server.reached.wait(60)
        child.kill()
        for _turn in range(3):
            arena.do("send_mails")
    assert letters.count_deliveries() == {"sent": DEBTORS - 1, "uncertain": 1}
    assert letters.count_actions() == {"done": DEBTORS - 1, "failed": 1}
    assert len(server.mails) == DEBTORS - (mood == "hang")
    letters.assert_mails(server, _uncertain(arena))
    letters.assert_sound()


@pytest.mark.parametrize("mood", ["cut", "cut_after"])
def test_server_hangs_up_in_the_dialogue(arena, letters, mood):
    with MailServer(arena.mail_port, mood, at=3) as server:
        arena.do("send_mails")
        assert letters.count_deliveries().get("sending", 0) == 0
        arena.do("send_mails")
    assert letters.count_deliveries() == {"sent": DEBTORS - 1, "uncertain": 1}
    assert letters.count_actions() == {"done": DEBTORS - 1, "failed": 1}
    letters.assert_mails(server, _uncertain(arena))
    letters.assert_sound()


def test_server_refuses_one(arena, letters):
    with MailServer(arena.mail_port, "refuse", at=3) as server:
        arena.do("send_mails")
    assert letters.count_deliveries() == {"sent": DEBTORS - 1, "failed": 1}
    [error] = letters.get_errors().values()
    assert "not wanted" in error
    letters.assert_mails(server)
    letters.assert_sound()


def test_uncertain_stays_so_when_the_server_is_gone_afterwards(arena, letters):
    with MailServer(arena.mail_port, "hang_after", at=1) as server:
        child = arena.begin("send_mails")
        assert server.reached.wait(60)
        child.kill()
    arena.do("send_mails")  # nobody listens there
    assert letters.count_deliveries() == {"uncertain": 1, "failed": DEBTORS - 1}
    assert len(server.mails) == 1


def test_two_queues_at_once(arena, letters):
    with MailServer(arena.mail_port) as server:
        arena.do_all([("send_mails", {})] * 3)
        arena.do("send_mails")
    assert letters.count_deliveries() == {"sent": DEBTORS}
    assert len(server.mails) == DEBTORS
    letters.assert_sound()


def test_queue_that_read_before_another_sent(arena, letters):
    with MailServer(arena.mail_port) as server:
        with arena.held("send_mails", "debt_collection_delivery.*SKIP LOCKED") as late:
            arena.do("send_mails")
        late.answer()
    assert letters.count_deliveries() == {"sent": DEBTORS}
    assert len(server.mails) == DEBTORS
    letters.assert_sound()


def test_the_daily_run_and_people_work_while_a_mail_is_under_way(arena, letters):
    cases = arena.sql("SELECT id FROM debt_collection_case")
    with MailServer(arena.mail_port, "wait", at=1) as server:
        arena.sql("UPDATE debt_collection_account SET last_item_id = 0")
        sender = arena.begin("send_mails")
        assert server.reached.wait(60)
        arena.do("run")
        note = arena.begin("log_note", cases=[row[0] for row in cases])
        server.let_go()
        sender.answer()
        note.answer()
        arena.do("send_mails")
    assert letters.count_deliveries() == {"sent": DEBTORS}
    assert letters.count_actions() == {"done": DEBTORS}
    letters.assert_mails(server)
    letters.assert_sound()


def test_killed_anywhere_in_the_queue(arena, letters):
    rng = Random(19)
    with MailServer(arena.mail_port) as server:
        for _kill in range(KILLS):
            faults = {"die_at": rng.randint(1, 60)}
            arena.begin("send_mails", faults=faults).wait()
        for _turn in range(2):
            arena.do("send_mails")
    states = letters.count_deliveries()
    assert set(states) <= {"sent", "uncertain"}
    assert sum(states.values()) == DEBTORS
    letters.assert_mails(server, _uncertain(arena))
    letters.assert_sound()
