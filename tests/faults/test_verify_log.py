"""The command that verifies the sealed logs, on a database of its own."""

import subprocess
import sys

import pytest

LAUNCH = "import odoo.init; from odoo.cli.command import main; main()"


def _verify(arena):
    """The command as somebody types it: (exit code, what it wrote)."""
    addons = ",".join(arena.config["addons_path"])
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, f"--addons-path={addons}", "verify_log"]
        + ["-d", arena.database, "--log-level=error"]
        + [f"--data-dir={arena.config['data_dir']}"],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode in (0, 1), done.stderr[-3000:]
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def logs(arena):
    """Three cases with two events each."""
    arena.do("seed", company=arena.company, debtors=3, due="2026-03-06", mode="review")
    arena.do("run")
    cases = arena.sql("SELECT id, name FROM debt_collection_case ORDER BY id")
    arena.do("log_note", cases=[key for key, _name in cases])
    return dict(cases)


def test_sound_chains(arena, logs):
    assert _verify(arena) == (0, ["3 cases verified, 0 broken"])


@pytest.mark.parametrize(
    "tamper, number, reason",
    [
        (
            "UPDATE debt_collection_event SET data = '[]' WHERE case_id = %s AND seq=2",
            2,
            "its text was changed",
        ),
        (
            "DELETE FROM debt_collection_event WHERE case_id = %s AND seq = 1",
            2,
            "number 1 is missing",
        ),
        (
            "UPDATE debt_collection_event SET previous_digest = repeat('0', 64) "
            "WHERE case_id = %s AND seq = 2",
            2,
            "the link to the event before is cut",
        ),
    ],
)
def test_a_chain_that_somebody_broke_by_sql(arena, logs, tamper, number, reason):
    key, name = list(logs.items())[1]
    arena.sql(tamper, key)
    assert _verify(arena) == (
        1,
        [f"{name}: event {number}: {reason}", "3 cases verified, 1 broken"],
    )
