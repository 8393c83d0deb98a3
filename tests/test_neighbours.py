"""The addons beside those of others, installed before and after them.

Each order in a database of its own; then `neighbours_checks` runs there.
"""

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
OURS = "debt_collection,debt_collection_be_legal,debt_collection_portal"
OTHERS = "sale,l10n_be,l10n_fr_account,sms,snailmail_account"

pytestmark = pytest.mark.slow


@pytest.fixture(params=[(OTHERS, OURS), (OURS, OTHERS)], ids=["before", "after"])
def database(request):
    """A database with our addons and the others', and the log of its making."""
    template, conf = os.environ["DC_TEMPLATE"], os.environ["DC_CONF"]
    name = f"{template}_beside_{os.getpid()}"
    config = ConfigParser()
    config.read(conf)
    store = Path(config["options"]["data_dir"]) / "filestore"
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shutil.copytree(store / template, store / name)
        logs = [_install(conf, name, modules) for modules in request.param]
        yield name, "\n".join(logs)
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(store / name, ignore_errors=True)


def _install(conf, name, modules):
    odoo = Path(sys.executable).with_name("odoo")
    command = [odoo, "-c", conf, "-d", name, "-i", modules, "--stop-after-init"]
    done = subprocess.run(
        [*command, "--log-level=warn"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


def _bad(log):
    sys.path.insert(0, str(HERE.parent / "setup" / "dev"))
    try:
        from check_log import allowed_patterns, bad_entries
    finally:
        sys.path.pop(0)
    return list(bad_entries(log.splitlines(), allowed_patterns()))


def test_beside_others(database):
    """Installed without a warning; every branch for a neighbour was taken."""
    name, log = database
    assert _bad(log) == []
    command = [sys.executable, "-m", "pytest", "-q", HERE / "neighbours_checks.py"]
    done = subprocess.run(
        [*command, f"--odoo-config={os.environ['DC_CONF']}", f"--odoo-database={name}"],
        capture_output=True,
        text=True,
        timeout=900,
        cwd=HERE.parent,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "7 passed" in done.stdout
    assert "skipped" not in done.stdout
