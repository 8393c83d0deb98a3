"""No room for files: the letter says so, the others go on, a retry makes it."""

from hashlib import sha1
from pathlib import Path

import pytest
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 4


@pytest.fixture
def letters(arena):
    arena.do("seed", company=arena.company, debtors=DEBTORS, due=DUE, mode="automatic")
    return Checks(arena)


def _list_cut(arena):
    """Files of the store whose name is not the digest of what is in them."""
    store = Path(arena.config.filestore(arena.database))
    return [
        path.name
        for path in store.glob("[0-9a-f][0-9a-f]/*")
        if sha1(path.read_bytes(), usedforsecurity=False).hexdigest() != path.name
    ]


def _read_failures(arena):
    rows = arena.sql("SELECT error FROM debt_collection_action WHERE state = 'failed'")
    return [error for [error] in rows]


def _retry(arena):
    rows = arena.sql("SELECT id FROM debt_collection_action WHERE state = 'failed'")
    arena.do("retry_action", actions=[row[0] for row in rows])
    arena.do("run")


def _assert_told(errors, number):
    assert len(errors) == number
    for error in errors:
        assert "disk" in error and "then retry" in error, error
        assert "Traceback" not in error


def test_the_file_store_is_full_after_two_letters(arena, letters, mail):
    arena.begin("run", faults={"store_full_after": 2}).answer()
    assert letters.count_actions() == {"released": 2, "failed": DEBTORS - 2}
    _assert_told(_read_failures(arena), DEBTORS - 2)
    assert len(letters.get_errors()) == DEBTORS - 2
    assert _list_cut(arena) == []
    letters.assert_sound()
    _retry(arena)
    assert letters.count_actions() == {"released": DEBTORS}
    assert letters.get_errors() == {}
    arena.do("send_mails")
    assert len(mail.mails) == DEBTORS
    letters.assert_mails(mail)
    letters.assert_sound()


def test_no_room_for_the_engine_either(arena, letters):
    arena.begin("run", faults={"full_at": 4096}).answer()
    assert letters.count_actions() == {"failed": DEBTORS}
    _assert_told(_read_failures(arena), DEBTORS)
    assert _list_cut(arena) == []
    assert (
        arena.sql(
            "SELECT 1 FROM debt_collection_action WHERE attachment_id IS NOT NULL"
        )
        == []
    )
    _retry(arena)
    assert letters.count_actions() == {"released": DEBTORS}
    letters.assert_sound()


def test_what_a_dead_writer_left_is_written_again(arena):
    """The same content comes again: neither refused nor taken for whole."""
    content = {"name": "a", "text": "a hundred words " * 100}
    arena.begin("store_file", faults={"store_full_after": 0}, **content).result()
    arena.do("leave_half", **content)
    arena.do("store_file", **content)
    assert arena.do("read_file", name="a") == content["text"]
    assert _list_cut(arena) == []
