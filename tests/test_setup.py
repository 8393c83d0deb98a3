"""Each addon installs by itself on what it depends on, and leaves without a trace.

Runs in a process and on a database of its own, cloned from the one that ``./run test``
keeps with the dependencies only.
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
ORDER = ["debt_collection", "debt_collection_be_legal", "debt_collection_portal"]
ADDONS = [name for name in ORDER if (HERE.parent / name / "__manifest__.py").exists()]

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return what the way up and down left, as ``setup_cycle`` tells it."""
    template, conf = os.environ.get("DC_TEMPLATE"), os.environ.get("DC_CONF")
    if not template or not conf:
        pytest.skip("./run test names the database to begin from")
    name = f"{template}_cycle_{os.getpid()}"
    config = ConfigParser()
    config.read(conf)
    store = Path(config["options"]["data_dir"]) / "filestore"
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shutil.copytree(store / template, store / name)
        yield _run(conf, name)
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(store / name, ignore_errors=True)


def _run(conf, name):
    odoo = Path(sys.executable).with_name("odoo")
    command = [odoo, "shell", "-c", conf, "-d", name, "--no-http", "--log-level=warn"]
    with (HERE / "setup_cycle.py").open() as script:
        done = subprocess.run(
            command,
            stdin=script,
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("REPORT ")]
    assert lines, done.stderr[-4000:]
    return json.loads(lines[0].removeprefix("REPORT ")) | {"log": done.stderr}


def test_each_installs_alone_in_order(report):
    assert report["installed"] == [f"{name}: installed" for name in ADDONS]


def test_every_column_has_its_field(report):
    assert report["orphans"] == []


@pytest.mark.parametrize("addon", ADDONS)
def test_nothing_is_left_behind(report, addon):
    assert report["left"][addon] == {}


@pytest.mark.parametrize("addon", ADDONS)
def test_nothing_of_others_is_lost(report, addon):
    assert report["lost"][addon] == {}


def test_the_log_is_quiet(report):
    sys.path.insert(0, str(HERE.parent / "setup" / "dev"))
    try:
        from check_log import allowed_patterns, bad_entries
    finally:
        sys.path.pop(0)
    assert list(bad_entries(report["log"].splitlines(), allowed_patterns())) == []
