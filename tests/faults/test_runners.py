"""Several runners at once: no duplicate, no loss, the work shared."""

import pytest
from faults_checks import Checks

DUE = "2026-03-06"
DEBTORS = 60


def _seed(arena, debtors, mode="automatic", **values):
    return arena.do(
        "seed", company=arena.company, debtors=debtors, due=DUE, mode=mode, **values
    )


@pytest.mark.parametrize("runners", [2, 4])
def test_runners_share_the_work(arena, runners):
    _seed(arena, DEBTORS, "review")
    arena.do_all([("run", {"batch_size": 5})] * runners)
    checks = Checks(arena)
    assert checks.count_actions() == {"planned": DEBTORS}
    assert checks.get_errors() == {}
    checks.assert_sound()


def test_a_runner_leaves_only_its_own_batch_to_a_slow_one(arena):
    _seed(arena, DEBTORS, "review")
    checks = Checks(arena)
    with arena.held(
        "run", "INSERT INTO .?debt_collection_action", batch_size=5
    ) as slow:
        arena.do("run", batch_size=5)
        assert checks.count_actions() == {"planned": DEBTORS - 5}
    slow.answer()
    assert checks.count_actions() == {"planned": DEBTORS}
    checks.assert_sound()


def test_letters_are_made_once(arena, mail):
    _seed(arena, 11)
    arena.do_all([("run", {"batch_size": 5})] * 2)
    arena.do("run")
    checks = Checks(arena)
    assert checks.count_actions() == {"released": 11}
    checks.assert_sound()
    arena.do_all([("send_mails", {})] * 2)
    arena.do("send_mails")
    assert checks.count_deliveries() == {"sent": 11}
    assert checks.count_actions() == {"done": 11}
    assert len(mail.mails) == 11
    checks.assert_mails(mail)
    checks.assert_sound()


def test_a_letter_that_another_made_meanwhile_is_not_made_again(arena):
    _seed(arena, 3, "review")
    arena.do("run")
    actions = [row[0] for row in arena.sql("SELECT id FROM debt_collection_action")]
    arena.do("call", model="debt.collection.action", ids=actions, method="_release")
    dispatch = {"model": "debt.collection.run", "ids": [], "method": "_dispatch"}
    with arena.held("call", "SKIP LOCKED", **dispatch) as late:
        arena.do("call", **dispatch)
    late.answer()
    checks = Checks(arena)
    assert checks.count_actions() == {"released": 3}
    checks.assert_sound()


def test_two_runners_close_a_settled_case_once(arena):
    partners = _seed(arena, 6, "review")
    arena.do("run")
    arena.do("pay", company=arena.company, partners=partners)
    with arena.held("run", 'UPDATE "?debt_collection_case"') as slow:
        arena.do("run")
    slow.answer()
    arena.do("run")
    closed = arena.sql(
        """SELECT count(*), count(DISTINCT case_id) FROM debt_collection_event
            WHERE kind = 'closed'"""
    )
    assert closed == [(6, 6)]
    checks = Checks(arena)
    assert checks.count_actions() == {"skipped": 6}
    checks.assert_sound()


def test_a_case_closed_since_the_runner_looked_is_not_closed_again(arena):
    partners = _seed(arena, 3, "review")
    arena.do("run")
    arena.do("pay", company=arena.company, partners=partners)
    with arena.held("run", "SKIP LOCKED") as late:
        arena.do("run")
    late.answer()
    assert arena.sql(
        "SELECT count(*) FROM debt_collection_event WHERE kind = 'closed'"
    ) == [(3,)]
    Checks(arena).assert_sound()


def test_two_write_in_the_log_of_one_case(arena):
    _seed(arena, 1, "review")
    arena.do("run")
    [case] = arena.sql("SELECT id FROM debt_collection_case")[0]
    note = {"cases": [case]}
    pattern = "debt_collection_event WHERE case_id"  # the case is locked by then
    with arena.held("log_note", pattern, **note) as first:
        second = arena.begin("log_note", **note)
        arena.wait_for_lock()
    first.answer()
    second.answer()
    checks = Checks(arena)
    assert checks.arena.sql("SELECT count(*) FROM debt_collection_event") == [(3,)]
    checks.assert_sound()


def test_a_log_that_grew_since_one_looked(arena):
    _seed(arena, 1, "review")
    arena.do("run")
    note = {"cases": arena.sql("SELECT id FROM debt_collection_case")[0]}
    with arena.held("log_note", "debt_collection_case.*FOR NO KEY", **note) as slow:
        arena.do("log_note", **note)
    slow.answer()
    kinds = arena.sql("SELECT kind FROM debt_collection_event ORDER BY seq")
    assert [kind for [kind] in kinds] == ["opened", "hold", "hold"]
    Checks(arena).assert_sound()


def test_merging_debtors_while_a_runner_has_them(arena):
    first, second, *_others = _seed(arena, 6, "review")
    with arena.held("run", "INSERT INTO .?debt_collection_action") as slow:
        merging = arena.begin("merge", source=first, target=second)
        arena.wait_for_lock()
    slow.answer()
    merging.answer()
    arena.do("run")
    checks = Checks(arena)
    assert checks.get_errors() == {}
    assert arena.sql(
        "SELECT count(*) FROM debt_collection_case WHERE date_closed IS NULL"
    ) == [(5,)]
    assert arena.sql("SELECT count(*) FROM debt_collection_account") == [(5,)]
    assert arena.sql("SELECT count(*) FROM debt_collection_claim WHERE is_open") == [
        (6,)
    ]
    assert checks.count_actions() == {"planned": 6}
    checks.assert_sound()


def test_two_debtors_with_open_cases_merged_between_runs(arena):
    first, second = _seed(arena, 2, "review", invoices=2)
    arena.do("run")
    arena.do_all(
        [("merge", {"source": first, "target": second}), ("run", {}), ("run", {})]
    )
    arena.do("run")
    checks = Checks(arena)
    assert arena.sql("SELECT count(*) FROM debt_collection_account") == [(1,)]
    assert arena.sql("SELECT count(*) FROM debt_collection_claim WHERE is_open") == [
        (4,)
    ]
    assert checks.count_actions() == {"planned": 2}
    assert checks.get_errors() == {}
    checks.assert_sound()


def test_two_companies_at_once_write_to_a_debtor_no_more_than_he_may_get(arena):
    """Each sees the other: the contact gate is one for all companies."""
    companies = [arena.company, arena.other_company]
    arena.sql("UPDATE res_company SET debt_collection_contact_limit = 1")
    partners = _seed(arena, 3)
    arena.do("invoice", company=arena.other_company, partners=partners, due=DUE)
    arena.let_work(*companies)
    with arena.held("run", "INSERT INTO .?debt_collection_action") as slow:
        arena.do("run")
    slow.answer()
    arena.do("run")
    checks = Checks(arena)
    assert checks.count_actions() == {"released": 3}
    contacts = arena.sql(
        "SELECT count(*) FROM debt_collection_action GROUP BY partner_id"
    )
    assert contacts == [(1,)] * 3
    assert checks.get_errors() == {}
    checks.assert_sound()


def test_several_scheduled_actions(arena):
    _seed(arena, DEBTORS, "review")
    crons = arena.do("copy_cron", number=3)
    arena.do_all([("run_scheduler", {"crons": crons})] * 3)
    checks = Checks(arena)
    assert checks.count_actions() == {"planned": DEBTORS}
    failures = arena.sql("SELECT sum(failure_count) FROM ir_cron WHERE active")
    assert failures == [(0,)]
    checks.assert_sound()


def test_time_over_comes_back_until_all_is_done(arena):
    _seed(arena, 11)
    [cron] = arena.do("copy_cron", number=1)
    turns = 1
    while arena.do("run_out_of_time", cron=cron, batch_size=5):
        turns += 1
        assert turns < 20
    assert turns > 3  # three batches decided, two made
    checks = Checks(arena)
    assert checks.count_actions() == {"released": 11}
    assert checks.arena.sql(
        "SELECT count(*) FROM debt_collection_action WHERE attachment_id IS NOT NULL"
    ) == [(11,)]
    checks.assert_sound()


def test_time_over_in_one_company_does_not_forget_the_next(arena):
    _seed(arena, 2, "review")
    other = arena.other_company
    arena.do("seed", company=other, debtors=2, due=DUE, mode="review", prefix="N")
    arena.let_work(arena.company, other)
    [cron] = arena.do("copy_cron", number=1)
    turns = 1
    while arena.do("run_out_of_time", cron=cron):
        turns += 1
        assert turns < 20
    assert Checks(arena).count_actions() == {"planned": 4}
