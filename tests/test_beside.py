"""Beside other reminder systems: in every order, and both at work on one ledger.

OCA's credit control is its published wheel. Odoo's own follow-ups are not to be had
freely: `tests/beside` has an invented addon with the names that it puts on partners and
items. How far the orders go: from every set of addons that may be installed, each step
to the next set is taken, forth and back (`setup_walk`).
"""

import json
import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ENGINE, LAW, PAGE = (
    "debt_collection",
    "debt_collection_be_legal",
    "debt_collection_portal",
)
OCA, LIKE = "account_credit_control", "account_followup_like"

pytestmark = pytest.mark.slow


# === THE WAYS === #


def _may_be(state):
    """Whether a set of groups may be installed: the plugs need the engine."""
    return "engine" in state or not state & {"law", "page"}


def every_step(groups):
    """Moves that take each step between two sets of groups, forth and back."""
    walked, moves = set(), []

    def visit(state):
        for group in sorted(groups):
            other = state ^ {group}
            edge = frozenset((state, other))
            if not _may_be(other) or edge in walked:
                continue
            walked.add(edge)
            moves.append(("install" if group in other else "uninstall", [group]))
            visit(other)
            moves.append(("uninstall" if group in other else "install", [group]))

    visit(frozenset())
    return moves


def test_every_step_is_taken_both_ways():
    """Ten sets, fifteen steps between them; the way ends where it began."""
    moves = every_step(("engine", "law", "page", "other"))
    state, taken = frozenset(), set()
    for verb, [group] in moves:
        assert (verb == "install") == (group not in state)
        before, state = state, state ^ {group}
        assert _may_be(state)
        taken.add((before, state))
    assert state == frozenset()
    assert len({one for pair in taken for one in pair}) == 10
    assert len(taken) == len(moves) == 30


# === THE DATABASES === #


@pytest.fixture(scope="module")
def oca():
    """The folder of OCA's addon; skipped where it cannot be fetched."""
    state = Path(os.environ["DC_CONF"]).parent
    os.environ.setdefault("DC_BENCH_OUT", str(state / "bench.json"))
    sys.path.insert(0, str(HERE / "bench"))
    try:
        import oca as peer
    finally:
        sys.path.pop(0)
    if not peer.fetch():
        pytest.skip("the wheel of OCA's credit control cannot be fetched here")
    return peer.place()


@pytest.fixture(scope="module")
def like():
    return HERE / "beside"


class Database:
    """A copy of the database of the dependencies, with more folders of addons."""

    def __init__(self, tmp_path, *folders):
        template, conf = os.environ["DC_TEMPLATE"], os.environ["DC_CONF"]
        self.name = f"{template}_beside_{os.getpid()}"
        config = ConfigParser()
        config.read(conf)
        self.store = Path(config["options"]["data_dir"]) / "filestore"
        config["options"]["addons_path"] += "".join(f",{one}" for one in folders)
        self.conf = tmp_path / "odoo.conf"
        with self.conf.open("w") as file:
            config.write(file)
        subprocess.run(["createdb", "-T", template, self.name], check=True)
        shutil.copytree(self.store / template, self.store / self.name)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        subprocess.run(["dropdb", "--if-exists", "--force", self.name], check=True)
        shutil.rmtree(self.store / self.name, ignore_errors=True)

    def odoo(self, *arguments, **options):
        odoo = Path(sys.executable).with_name("odoo")
        command = [odoo, *arguments, "-c", self.conf, "-d", self.name]
        options = {"capture_output": True, "text": True, "timeout": 5400} | options
        return subprocess.run([*command, "--log-level=warn"], **options)

    def walk(self, groups, moves):
        """Make the moves in one process; return its report with its log."""
        settings = json.dumps({"groups": groups, "moves": moves})
        with (HERE / "setup_walk.py").open() as script:
            done = self.odoo(
                *("shell", "--no-http"),
                stdin=script,
                env={**os.environ, "PYTHONPATH": str(HERE), "DC_WALK": settings},
            )
        lines = [one for one in done.stdout.splitlines() if one.startswith("REPORT ")]
        assert lines, done.stderr[-6000:]
        return json.loads(lines[0].removeprefix("REPORT ")) | {"log": done.stderr}

    def check(self, script):
        """Run the tests of a file of this folder there; return what pytest says."""
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", HERE / script),
                *(f"--odoo-config={self.conf}", f"--odoo-database={self.name}"),
            ],
            capture_output=True,
            text=True,
            timeout=900,
            cwd=HERE.parent,
        )


def _bad(log):
    sys.path.insert(0, str(HERE.parent / "setup" / "dev"))
    try:
        from check_log import allowed_patterns, bad_entries
    finally:
        sys.path.pop(0)
    return list(bad_entries(log.splitlines(), allowed_patterns()))


# === IN EVERY ORDER === #

OURS = {"engine": [ENGINE], "law": [LAW], "page": [PAGE]}
#: a plug brings the engine, the engine takes the plugs away, and each is upgraded
AT_ONCE = [
    ("install", ["law"]),
    ("uninstall", ["engine"]),
    ("install", ["page"]),
    ("install", ["other", "law"]),
    ("upgrade", ["engine"]),
    ("upgrade", ["law"]),
    ("upgrade", ["page"]),
    ("upgrade", ["other"]),
    ("upgrade", ["other", "engine"]),
    ("uninstall", ["engine"]),
    ("upgrade", ["other"]),
    ("uninstall", ["other"]),
]


def _is_sound(report):
    assert report["broken"] == []
    assert report["orphans"] == []
    assert report["left"] == []
    assert report["lost"] == []
    assert report["strange"] == []
    assert _bad(report["log"]) == []


def test_every_order_with_credit_control_of_oca(oca, tmp_path):
    """Every set of our addons, with and without OCA's: each reached in each way."""
    groups = {**OURS, "other": [OCA]}
    with Database(tmp_path, oca) as database:
        report = database.walk(groups, every_step(groups) + AT_ONCE)
    assert len(report["way"]) == 42
    _is_sound(report)


def test_every_order_with_follow_ups(like, tmp_path):
    """Our three together, before and after; each upgraded; each taken out first."""
    groups = {"engine": [ENGINE, LAW, PAGE], "other": [LIKE]}
    upgrades = [
        ("install", ["engine", "other"]),
        ("upgrade", ["engine"]),
        ("upgrade", ["other"]),
        ("uninstall", ["engine"]),
        ("uninstall", ["other"]),
    ]
    with Database(tmp_path, like) as database:
        report = database.walk(groups, every_step(groups) + upgrades)
    assert len(report["way"]) == 13
    _is_sound(report)


# === BOTH AT WORK === #


@pytest.mark.parametrize("first", ["ours", "other"])
def test_one_ledger_two_systems(oca, like, first, tmp_path):
    """Ours beside OCA's and the invented follow-ups; what each does to the other."""
    ours, others = ",".join((ENGINE, LAW, PAGE)), f"{OCA},{LIKE}"
    with Database(tmp_path, oca, like) as database:
        for addons in (ours, others) if first == "ours" else (others, ours):
            done = database.odoo("-i", addons, "--stop-after-init")
            assert done.returncode == 0, done.stderr[-6000:]
            assert _bad(done.stderr) == []
        done = database.check("beside_checks.py")
    assert done.returncode == 0, done.stdout[-8000:]
    assert "10 passed" in done.stdout
    assert "skipped" not in done.stdout
