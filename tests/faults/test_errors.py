"""What goes wrong with one subject stays with that subject, and says so."""

from contextlib import suppress

import psycopg2
import pytest
from faults_arena import MailServer
from faults_checks import Checks

DUE = "2026-03-06"
TOMORROW = "2026-03-17T10:00:00"
BOOM = "D002"
OTHERS = {"D000", "D001", "D003", "D004"}

FUSE = """
CREATE FUNCTION faults_fuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT ref FROM res_partner WHERE id = NEW.partner_id) = '{boom}' THEN
        RAISE EXCEPTION 'the fuse blew' USING ERRCODE = '{code}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER faults_fuse BEFORE {event} ON {table}
    FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION faults_fuse()
"""


def _put_fuse(arena, event, table, code="P0001", when="TRUE"):
    """The database refuses what concerns one debtor, with an error of that kind."""
    arena.sql(FUSE.format(boom=BOOM, event=event, table=table, code=code, when=when))


def _take_fuse(arena):
    arena.sql("DROP FUNCTION faults_fuse CASCADE")


def _seed(arena, mode="review", debtors=5):
    return arena.do("seed", company=arena.company, debtors=debtors, due=DUE, mode=mode)


def _debtors(arena, state):
    rows = arena.sql(
        """SELECT p.ref FROM debt_collection_action a
             JOIN res_partner p ON p.id = a.partner_id WHERE a.state = %s""",
        state,
    )
    assert len(rows) == len(set(rows))
    return {ref for [ref] in rows}


# a refusal, a serialization failure and a deadlock that never end, a broken row
@pytest.mark.parametrize("code", ["P0001", "40001", "40P01", "23514"])
def test_one_subject_that_the_database_refuses(arena, code):
    _seed(arena)
    _put_fuse(arena, "INSERT", "debt_collection_action", code)
    arena.do("run")
    checks = Checks(arena)
    assert _debtors(arena, "planned") == OTHERS
    assert set(checks.get_errors()) == {BOOM}
    assert "the fuse blew" in checks.get_errors()[BOOM]
    _take_fuse(arena)
    arena.do("run", TOMORROW)
    assert _debtors(arena, "planned") == OTHERS | {BOOM}
    assert checks.get_errors() == {}
    checks.assert_sound()


def test_one_case_that_cannot_be_closed(arena):
    partners = _seed(arena)
    arena.do("run")
    arena.do("pay", company=arena.company, partners=partners)
    when = "NEW.date_closed IS NOT NULL"
    _put_fuse(arena, "UPDATE", "debt_collection_case", when=when)
    arena.do("run")
    open_cases = "SELECT count(*) FROM debt_collection_case WHERE date_closed IS NULL"
    checks = Checks(arena)
    assert arena.sql(open_cases) == [(1,)]
    assert "the fuse blew" in checks.get_errors()[BOOM]
    _take_fuse(arena)
    arena.do("run")
    assert arena.sql(open_cases) == [(0,)]
    assert checks.get_errors() == {}
    checks.assert_sound()


def test_one_claim_under_a_regime_that_nobody_knows(arena):
    _seed(arena)
    arena.do("run")
    arena.sql(
        """UPDATE debt_collection_claim x SET regime = 'nowhere' FROM account_move m
            WHERE m.id = x.move_id AND m.partner_id = (
                  SELECT id FROM res_partner WHERE ref = %s)""",
        BOOM,
    )
    arena.sql("UPDATE debt_collection_account SET is_stale = TRUE, blockers = NULL")
    arena.do("run")
    checks = Checks(arena)
    assert set(checks.get_errors()) == {BOOM}
    assert "nowhere" in checks.get_errors()[BOOM]
    assert arena.sql(
        "SELECT count(*) FROM debt_collection_account WHERE blockers IS NULL"
    ) == [(1,)]


def test_one_letter_whose_mail_cannot_be_written(arena, mail):
    _seed(arena, "automatic")
    [[template]] = arena.sql(
        """SELECT res_id FROM ir_model_data
            WHERE module = 'debt_collection' AND name = 'mail_template_first'"""
    )
    subject = f"{{{{ 1 / (object.partner_id.ref != '{BOOM}') }}}}"
    [[before]] = arena.sql(
        "SELECT subject ->> 'en_US' FROM mail_template WHERE id = %s", template
    )
    arena.do(
        "write", model="mail.template", ids=[template], values={"subject": subject}
    )
    arena.do("run")
    checks = Checks(arena)
    assert _debtors(arena, "released") == OTHERS
    assert _debtors(arena, "failed") == {BOOM}
    assert BOOM in checks.get_errors()
    arena.do("write", model="mail.template", ids=[template], values={"subject": before})
    [[failed]] = arena.sql(
        "SELECT id FROM debt_collection_action WHERE state = 'failed'"
    )
    arena.do("retry_action", actions=[failed])
    arena.do("run")
    arena.do("send_mails")
    assert _debtors(arena, "done") == OTHERS | {BOOM}
    checks.assert_mails(mail)
    checks.assert_sound()


@pytest.mark.parametrize("code", ["P0001", "40001"])
def test_one_letter_that_the_database_refuses(arena, code):
    _seed(arena, "review")
    arena.do("run")
    ids = [row[0] for row in arena.sql("SELECT id FROM debt_collection_action")]
    arena.do("call", model="debt.collection.action", ids=ids, method="_release")
    when = "NEW.attachment_id IS NOT NULL"
    _put_fuse(arena, "UPDATE", "debt_collection_action", code, when)
    arena.do("run")
    made = "SELECT count(*) FROM debt_collection_action WHERE attachment_id IS NOT NULL"
    assert arena.sql(made) == [(4,)]
    checks = Checks(arena)
    _take_fuse(arena)
    failed = arena.sql("SELECT id FROM debt_collection_action WHERE state = 'failed'")
    arena.do("retry_action", actions=[row[0] for row in failed])
    arena.do("run")
    assert arena.sql(made) == [(5,)]
    assert checks.count_actions() == {"released": 5}
    checks.assert_sound()


def test_a_real_deadlock(arena):
    """A person holds a case and wants its account; the runner the other way round."""
    _seed(arena)
    arena.do("run")
    rows = arena.sql(
        """SELECT c.id, c.account_id FROM debt_collection_case c
             JOIN res_partner p ON p.id = c.partner_id WHERE p.ref = %s""",
        BOOM,
    )
    [[case, account]] = rows
    arena.do(
        "seed", company=arena.company, debtors=3, due=DUE, mode="review", prefix="E"
    )
    partners = arena.sql("SELECT id FROM res_partner WHERE ref LIKE 'D%%'")
    arena.do("pay", company=arena.company, partners=[row[0] for row in partners])
    with arena.connection() as link, link.cursor() as person:
        link.autocommit = False
        person.execute(
            "SELECT 1 FROM debt_collection_case WHERE id = %s FOR UPDATE", [case]
        )
        runner = arena.begin("run")
        arena.wait_for_lock()
        update = "UPDATE debt_collection_account SET is_stale = TRUE WHERE id = %s"
        with suppress(psycopg2.errors.DeadlockDetected):  # one of the two, never both
            person.execute(update, [account])
        link.rollback()
    runner.answer()
    arena.do("run")
    checks = Checks(arena)
    assert checks.get_errors() == {}
    assert _debtors(arena, "planned") == {"E000", "E001", "E002"}
    assert arena.sql(
        "SELECT count(*) FROM debt_collection_case WHERE date_closed IS NULL"
    ) == [(3,)]
    checks.assert_sound()


def test_no_mail_server(arena):
    _seed(arena, "automatic")
    arena.do("run")
    arena.do("send_mails")  # nobody listens there
    checks = Checks(arena)
    assert checks.count_actions() == {"failed": 5}
    assert set(checks.get_errors()) == OTHERS | {BOOM}
    arena.do("run")
    assert checks.count_actions() == {"failed": 5}
    failed = arena.sql("SELECT id FROM debt_collection_action")
    arena.do("retry_action", actions=[row[0] for row in failed])
    arena.do("run")
    with MailServer(arena.mail_port) as server:
        arena.do("send_mails")
    assert checks.count_actions() == {"done": 5}
    assert len(server.mails) == 5
    checks.assert_mails(server)
    checks.assert_sound()
