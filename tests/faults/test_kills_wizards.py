"""kill -9 while somebody's button works: it did all of it or nothing of it."""

from random import Random

import pytest
from faults_picture import compare, look
from faults_wizards import MAKERS, READERS

SEED = 12
DUE = "2026-03-06"
#: models of our addons without a button of ours, and why no kill is needed
BUTTONLESS = {
    "debt.collection.dispute.settle.line": "rows of a wizard",
    "debt.collection.handover.line": "rows of a wizard",
    "debt.collection.run.preview.line": "rows of a wizard",
    "debt.collection.be.calculator": "reads only",
    "res.config.settings": "Odoo's own button, one transaction",
    "base.partner.merge.automatic.wizard": "killed by its own test below",
}
#: killed whenever the tests run; all of them eight times with the slow ones
OFTEN = (
    "debt.collection.contact.record.action_record",
    "debt.collection.write.off.recover.action_apply",
)
PRESSES = [(key, 1) for key in OFTEN] + [
    pytest.param(key, 8, marks=pytest.mark.slow) for key in MAKERS
]


@pytest.fixture(scope="module")
def people(stage):
    """Cases enough that each test has one of its own; made once for the file."""
    company = stage.companies["Creditor SA"]
    stage.reset()
    stage.let_work(company)
    number = len(PRESSES) + 2
    stage.do("seed", company=company, debtors=number, due=DUE, mode="review")
    stage.users = stage.do("make_people", company=company)
    stage.do("run")
    rows = stage.sql("SELECT id FROM debt_collection_case ORDER BY id")
    stage.spare = [row[0] for row in rows]
    return stage


class Button:
    """One button, pressed by processes that may die."""

    def __init__(self, arena, key):
        self.arena = arena
        who = {"case": arena.spare.pop(), "user": arena.users["boss"]}
        other = arena.users["colleague"]
        wizard = arena.do("open_wizard", key=key, other=other, **who)
        self.order = {"key": key, "wizard": wizard, **who}

    def rehearse(self):
        """What it would leave, and the statements it takes."""
        told = self.arena.begin("rehearse", **self.order).result()
        assert "error" not in told, told["error"]
        return told["answer"], told["statements"]

    def press(self, **faults):
        return self.arena.begin("press", faults=faults, **self.order)


@pytest.mark.parametrize(("key", "kills"), PRESSES)
def test_all_or_nothing(people, key, kills):
    """Killed that often, then pressed to the end: as if nobody had been killed."""
    button = Button(people, key)
    before = look(people)
    expected, statements = button.rehearse()
    assert compare(before, expected), "the button writes nothing"
    rng = Random(f"{SEED} {key}")
    moments = [{"die_at": rng.randint(1, statements)} for _n in range(kills)]
    for faults in [*moments, {"die_at_commit": 1}]:
        assert button.press(**faults).result() is None, faults
        assert compare(before, look(people)) == {}, faults
    assert button.press().answer() == ""
    assert compare(expected, look(people)) == {}
    # the answer never came, so somebody presses again: refused, or nothing more
    button.press().answer()
    assert compare(expected, look(people)) == {}
    assert people.do("verify_chains") == []


def test_every_wizard_is_killed(people):
    """A new wizard comes with what its button needs, or with a word why not."""
    found = set(people.do("list_wizards"))
    assert found == {*MAKERS, *READERS, *BUTTONLESS}


def test_merging_debtors_is_all_or_nothing(people):
    cases = [people.spare.pop(), people.spare.pop()]
    rows = people.sql(
        "SELECT partner_id FROM debt_collection_case WHERE id = ANY(%s)", cases
    )
    [[source], [target]] = rows
    order = {"source": source, "target": target}
    before = look(people)
    for faults in ({"die_at": 60}, {"die_at": 300}, {"die_at_commit": 1}):
        assert people.begin("merge", faults=faults, **order).result() is None
        assert compare(before, look(people)) == {}
    people.do("merge", **order)
    assert people.sql("SELECT id FROM res_partner WHERE id = %s", source) == []
    after = look(people)
    for kept in (
        "debt_collection_claim",
        "debt_collection_action_line",
        "account_move",
    ):
        assert after[kept][0] == before[kept][0], kept
    assert people.do("verify_chains") == []
