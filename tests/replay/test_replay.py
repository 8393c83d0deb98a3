"""A real ledger of two years, lived through day by day by the real scheduled action.

Twice (see `replay_passes`), each in a process and a database of its own, a copy of
the one under test. What had to happen is worked out from the ledger alone
(`replay_oracle`). The first 340 days are lived through in every run of the tests;
`DC_REPLAY_DAYS=0` takes the whole ledger (some twenty minutes on two cores),
`DC_REPLAY_DAYS=60` is for a quick look.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import replay_figures
import replay_histories
from replay_oracle import Case, Chase, Seen, judge
from replay_passes import PASSES

HERE = Path(__file__).resolve().parent
TIME_LIMIT = 3000  # seconds for both passes together, on a slow and busy machine
LEFT = ("released", "done")
DAYS = int(os.environ.get("DC_REPLAY_DAYS", "340"))
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Both passes, played at the same time: name -> what was seen."""
    config = pytest.importorskip("odoo.tools").config
    if not config["db_name"]:
        pytest.skip("needs a database with the addons")
    out, file = tmp_path_factory.mktemp("replay"), replay_histories.find_file()
    with _mail_sink() as port:
        runs = {name: _start(config, name, file, port, out) for name in PASSES}
        try:
            for name, process in runs.items():
                code = process.wait(timeout=TIME_LIMIT)
                log = (out / f"{name}.log").read_text(encoding="utf-8")
                assert code == 0, f"pass {name} broke off:\n{log[-3000:]}"
        finally:
            for name, process in runs.items():
                process.kill()
                process.wait()
                _drop(config, _database(config, name))
    return {name: json.loads((out / f"{name}.json").read_text()) for name in PASSES}


def _database(config, name):
    return f"{config['db_name'][0]}_replay_{name}"


def _filestore(config, database):
    """The files of a database of ours.

    Not what Odoo's configuration says: to each process of a run it names the one store
    that all share, whatever the database.
    """
    return Path(config["data_dir"]) / "filestore" / database


def _start(config, name, file, port, out):
    database = _database(config, name)
    _drop(config, database)
    _copy_database(config["db_name"][0], database)
    source = Path(config.filestore(config["db_name"][0]))
    if source.is_dir():
        shutil.copytree(source, _filestore(config, database), copy_function=os.link)
    command = [sys.executable, str(HERE / "replay_play.py"), "--pass", name]
    command += ["--out", str(out / f"{name}.json")]
    command += ["--file", str(file)] if file else []
    command += ["--days", str(DAYS)] if DAYS else []
    command += ["--", f"--database={database}", "--no-http", "--log-level=warn"]
    command += [f"--data-dir={config['data_dir']}", "--smtp=127.0.0.1"]
    command += [f"--smtp-port={port}", f"--addons-path={_addons_path(config)}"]
    log = (out / f"{name}.log").open("w", encoding="utf-8")
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _addons_path(config):
    return ",".join(config["addons_path"])


def _copy_database(source, target):
    """A copy that does not mind the connections of the running tests."""
    subprocess.run(["createdb", target], check=True)
    dump = subprocess.Popen(["pg_dump", "-Fc", "-Z0", source], stdout=subprocess.PIPE)
    restore = ["pg_restore", "--no-owner", "--dbname", target]
    subprocess.run(restore, stdin=dump.stdout, check=True)
    assert dump.wait() == 0, "pg_dump failed"


def _drop(config, database):
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
    shutil.rmtree(_filestore(config, database), ignore_errors=True)


@contextmanager
def _mail_sink():
    """A mail server that takes everything and keeps nothing; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    sink = subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Sink"])
    try:
        yield port
    finally:
        sink.kill()
        sink.wait()


def _day(text):
    return date.fromisoformat(text) if text else None


def _seen(raw):
    """What the process wrote, as the judge wants it."""
    failed = [f"action {row[4]} is {row[5]}" for row in raw["chases"]]
    failed = [text for text in failed if not text.endswith((*LEFT, "skipped"))]
    return Seen(
        chases=[
            Chase(ref, step, _day(day), Decimal(amount), action)
            for ref, step, day, amount, action, state, _done in raw["chases"]
            if state in LEFT
        ],
        cases=[
            Case(
                key=key,
                debtor=debtor,
                opened_on=_day(opened),
                closed_on=_day(closed),
                bills={bill: _day(joined) for bill, joined in bills.items()},
                principal=Decimal(principal),
            )
            for key, debtor, opened, closed, principal, bills in raw["cases"]
        ],
        open_principal={_day(d): Decimal(x) for d, x in raw["open_principal"].items()},
        residual=Decimal(raw["residual"]),
        errors=[
            *(" ".join(row) for row in raw["errors"] + raw["broken_chains"]),
            *sorted(set(failed)),
        ],
    )


@pytest.mark.parametrize("name", PASSES)
def test_replay(played, name, capsys):
    chosen = PASSES[name]
    source, bills = replay_histories.load(replay_histories.find_file())
    bills = replay_histories.first_days(bills, DAYS) if DAYS else bills
    verdict = judge(chosen.prepare(bills), chosen.rule, _seen(played[name]))
    verdict.counts["days"] = played[name]["days"]
    with capsys.disabled():
        spent = ", ".join(f"{k} {v:.0f} s" for k, v in played[name]["seconds"].items())
        print(f"\n\n{verdict.table(f'replay, {name}: {source}')}\n({spent})")
    assert verdict.wrong == []
    if 0 < DAYS < 300:
        return  # a quick look
    assert played[name]["days"] >= 300
    if DAYS and name == "tame":
        return  # the last of its steps is reached in the second year only
    steps = {chase[1] for chase in played[name]["chases"]}
    assert set(chosen.must_reach) <= steps, "a step of the ladder was never reached"


@pytest.mark.parametrize("name", PASSES)
def test_every_letter_left_on_the_day_it_was_decided(played, name):
    late = [row for row in played[name]["chases"] if row[5] == "done"]
    assert late
    assert [row for row in late if row[6] != row[2]] == []


@pytest.mark.parametrize("name", PASSES)
def test_every_figure_of_the_cockpit(played, name, capsys):
    """Worked out again from rows of journal items and matches alone, to the cent."""
    wrong, count = replay_figures.judge(played[name]["cockpit"])
    days = len(played[name]["cockpit"]["figures"])
    with capsys.disabled():
        print(f"\ncockpit, {name}: {count} figures of {days} days and all debtors")
    assert wrong == []
    assert count > 100
