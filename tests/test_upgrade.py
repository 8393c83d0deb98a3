"""An older installation with its history is upgraded, and nothing of it is lost.

The baselines are the commit of the first whole version (daily run, letters, Belgian
law, debtor's page) and, as soon as there is one, the tag of the release before this
commit, both taken out of the history of this checkout. `DC_BASELINE` names another.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from configparser import ConfigParser
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ADDONS = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")
sys.path.insert(0, str(ROOT / "setup" / "dev"))
from packages import previous_tag  # noqa: E402

FIRST = "f8ea3cd"  # 23 November 2026
BASELINES = [os.environ.get("DC_BASELINE", FIRST), previous_tag(ROOT)]
#: columns that an upgrade may fill anew, and why
FILLED = {
    "write_date": "when the row was written",
    "write_uid": "by whom",
}

pytestmark = pytest.mark.slow


def _git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True)


@pytest.fixture(scope="module", params=[one for one in BASELINES if one])
def upgraded(request, tmp_path_factory):
    """What the older rows were and are, the log of the upgrade, and what it answers."""
    if _git("cat-file", "-e", request.param).returncode:
        pytest.skip(f"the history of this checkout does not reach {request.param}")
    folder = tmp_path_factory.mktemp("older")
    archive = _git("archive", request.param, *ADDONS).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as older:
        older.extractall(folder / "addons", filter="data")
    template, conf = os.environ["DC_TEMPLATE"], os.environ["DC_CONF"]
    name = f"{template}_older_{os.getpid()}"
    config = ConfigParser()
    config.read(conf)
    store = Path(config["options"]["data_dir"]) / "filestore"
    older_conf = folder / "older.conf"
    config["options"]["addons_path"] = str(folder / "addons")
    with older_conf.open("w") as file:
        config.write(file)
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shutil.copytree(store / template, store / name)
        _odoo(older_conf, name, "-i", ",".join(ADDONS), "--stop-after-init")
        _shell(older_conf, name, "upgrade_history.py")
        before = _rows(name)
        log = _odoo(conf, name, "-u", ",".join(ADDONS), "--stop-after-init")
        after = _rows(name)
        report = _shell(conf, name, "upgrade_look.py")
        again = _odoo(conf, name, "-u", ",".join(ADDONS), "--stop-after-init")
        yield before, after, log, again, report
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(store / name, ignore_errors=True)


def _odoo(conf, name, *arguments):
    odoo = Path(sys.executable).with_name("odoo")
    command = [odoo, "-c", conf, "-d", name, "--log-level=warn", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-6000:]
    return done.stderr


def _shell(conf, name, script):
    odoo = Path(sys.executable).with_name("odoo")
    command = [odoo, "shell", "-c", conf, "-d", name, "--no-http", "--log-level=error"]
    with (HERE / script).open() as file:
        done = subprocess.run(
            command, stdin=file, capture_output=True, text=True, timeout=1200
        )
    assert done.returncode == 0, done.stderr[-6000:]
    for line in done.stdout.splitlines():
        if line.startswith("REPORT "):
            return json.loads(line.removeprefix("REPORT "))
    return {}


def _sql(name, query):
    command = ["psql", "-qAtX", "-d", name, "-c", query]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _rows(name):
    """Return {table: {id: row}} of the tables of the collection and of the ledger."""
    tables = _sql(
        name,
        """SELECT tablename FROM pg_tables WHERE schemaname = 'public'
           AND (tablename LIKE 'debt_collection%'
                OR tablename IN ('account_move', 'account_move_line', 'res_partner',
                                 'account_partial_reconcile', 'res_company'))""",
    )
    found = {}
    for table in tables:
        if "id" in _columns(name, table):
            lines = _sql(name, f'SELECT row_to_json(t) FROM "{table}" t')
            found[table] = {row["id"]: row for row in map(json.loads, lines)}
    return found


def _columns(name, table):
    return _sql(
        name,
        f"""SELECT column_name FROM information_schema.columns
            WHERE table_name = '{table}'""",
    )


def _bad(log):
    sys.path.insert(0, str(ROOT / "setup" / "dev"))
    try:
        from check_log import allowed_patterns, bad_entries
    finally:
        sys.path.pop(0)
    return list(bad_entries(log.splitlines(), allowed_patterns()))


def test_there_was_a_history(upgraded):
    before = upgraded[0]
    for table, least in (
        ("debt_collection_case", 10),
        ("debt_collection_event", 40),
        ("debt_collection_action", 20),
    ):
        assert len(before[table]) >= least, table


def test_no_row_is_lost(upgraded):
    before, after, *_rest = upgraded
    lost = {
        table: sorted(set(rows) - set(after.get(table, {})))
        for table, rows in before.items()
        if set(rows) - set(after.get(table, {}))
    }
    assert lost == {}


def test_no_value_is_changed(upgraded):
    before, after, *_rest = upgraded
    changed = [
        (table, key, column, rows[key][column], after[table][key][column])
        for table, rows in before.items()
        for key in rows
        for column in rows[key]
        if column not in FILLED
        and column in after[table][key]
        and not _is_kept(rows[key][column], after[table][key][column])
        and not _is_meant(table, rows[key], column)
    ]
    assert changed == [], {(table, column) for table, _key, column, *_ in changed}


def _is_kept(old, new):
    """Whether a value is the same; a term may have got more languages."""
    if isinstance(old, dict) and isinstance(new, dict) and "en_US" in old:
        return old.items() <= new.items()
    return old == new


def _is_meant(table, row, column):
    """What an upgrade is for.

    Numbers that are shipped are brought up to date (a company's own rows, verified ones
    among them, stay), and the sole trader becomes an enterprise.
    """
    if table == "debt_collection_parameter_value":
        return row["company_id"] is None
    if table == "debt_collection_parameter":
        return True
    if table == "res_partner":
        return column == "debt_collection_kind" and row["vat"]
    return False


def test_no_column_with_values_is_dropped(upgraded):
    before, after, *_rest = upgraded
    dropped = {
        (table, column)
        for table, rows in before.items()
        for key in rows
        for column in set(rows[key]) - set(after[table].get(key, rows[key]))
        if rows[key][column] is not None
    }
    assert dropped == set()


def test_the_logs_are_quiet(upgraded):
    _before, _after, log, again, _report = upgraded
    assert _bad(log) == []
    assert _bad(again) == []


def test_everything_can_be_read(upgraded):
    report = upgraded[-1]
    assert report["unreadable"] == []


def test_the_sealed_log_still_verifies(upgraded):
    report = upgraded[-1]
    assert report["cases"] >= 10
    assert report["broken"] == []


def test_the_run_goes_on_where_it_stood(upgraded):
    report = upgraded[-1]
    assert report["new_actions"] > 0
    assert report["twice"] == []


def test_what_a_manager_verified_stays_verified(upgraded):
    _before, after, *_rest = upgraded
    rows = after["debt_collection_parameter_value"].values()
    assert {row["state"] for row in rows if row["company_id"]} == {"verified"}


def test_a_sole_trader_counts_as_in_a_new_installation(upgraded):
    assert upgraded[-1]["trader"] == "enterprise"
