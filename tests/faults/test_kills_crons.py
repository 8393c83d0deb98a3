"""kill -9 in any scheduled action: the next start ends as if nobody had been killed."""

from itertools import pairwise
from random import Random

import pytest
from faults_arena import MailServer
from faults_checks import Checks
from faults_crons import CRONS
from faults_picture import compare, look

DUE = "2026-03-06"
pytestmark = pytest.mark.long

NEW = 4  # debtors who get a letter by the run that is killed


@pytest.fixture(scope="module")
def crons(stage):
    """Something to do for each of them, and what is there when they did it."""
    company = stage.companies["Creditor SA"]
    stage.reset()
    stage.let_work(company)
    stage.do("seed", company=company, debtors=5, due=DUE, mode="review")
    users = stage.do("make_people", company=company)
    stage.do("run")
    rows = stage.sql("SELECT id, partner_id FROM debt_collection_case ORDER BY id")
    people = {"user": users["boss"], "other": users["colleague"]}
    cases = [row[0] for row in rows]
    stage.do("make_work_for_crons", cases=cases[:4], **people)
    stage.do("pay", company=company, partners=[rows[4][1]])
    seed = {"company": company, "debtors": NEW, "due": DUE, "prefix": "N"}
    stage.do("seed", **seed, mode="automatic")
    stage.save("crons")
    stage.looks, stage.told = [look(stage)], {}
    for name in CRONS:
        child = _begin(stage, name)
        child.answer()
        stage.told[name] = child.result()
        stage.looks.append(look(stage))
    return stage


def _begin(arena, name, **faults):
    cron = arena.do("wake_cron", name=name)
    return arena.begin("run_scheduler", faults=faults, crons=[cron])


def test_every_scheduled_action_is_killed(crons):
    """A new one comes with work to be killed in."""
    rows = crons.sql(
        """SELECT module || '.' || name FROM ir_model_data
            WHERE model = 'ir.cron' AND module LIKE 'debt\\_collection%'"""
    )
    assert {name for [name] in rows} == set(CRONS)
    steps = zip(CRONS, pairwise(crons.looks), strict=True)
    for name, (before, after) in steps:
        assert compare(before, after), f"{name} had nothing to do"


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 7))]
)
def test_killed_and_started_again(crons, seed):
    """Each is killed twice, in the middle and before a commit."""
    rng = Random(seed)
    crons.reset("crons")
    for name in CRONS:
        told = crons.told[name]
        moment = rng.randint(1, told["statements"] * 4 // 5)
        commit = rng.randint(1, told["commits"] // 2)
        for faults in ({"die_at": moment}, {"die_at_commit": commit}):
            assert _begin(crons, name, **faults).result() is None, (name, faults)
        Checks(crons).assert_sound()
        _begin(crons, name).answer()
    assert compare(crons.looks[-1], look(crons)) == {}
    checks = Checks(crons)
    assert checks.get_errors() == {}
    with MailServer(crons.mail_port) as server:
        crons.do("send_mails")
    assert sum(server.count_by_debtor().values()) == NEW
    checks.assert_mails(server)
    checks.assert_sound()
