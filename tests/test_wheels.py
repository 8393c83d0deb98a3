"""Installed from wheels alone, without this checkout, the addons work.

`./run wheels --into` makes the environment: Odoo, and the addons as somebody gets them
who takes them from an index. Our folder is on no path there.
"""

import os
import re
import shutil
import socket
import subprocess
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ADDONS = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")
#: what an installation does not need
LEFT_OUT = {"pyproject.toml"}
#: of each addon: run, letters and figures; the law; links and pages
TESTS = (
    "/debt_collection:TestRun",
    "/debt_collection:TestLetter",
    "/debt_collection:TestStatement",
    "/debt_collection_be_legal:TestContractB2c",
    "/debt_collection_be_legal:TestConsumer",
    "/debt_collection_portal:TestLink",
    "/debt_collection_portal:TestPortal",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of an environment with Odoo and the wheels."""
    folder = tmp_path_factory.mktemp("wheels") / "env"
    command = [ROOT / "run", "wheels", "--into", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def wheels(environment):
    """Addon -> the names in its wheel."""
    dist = Path(os.environ["DC_CONF"]).parent / "dist"
    found = {}
    for addon in ADDONS:
        [path] = dist.glob(f"odoo_addon_{addon}-*.whl")
        found[addon] = zipfile.ZipFile(path).namelist()
    return found


@pytest.mark.parametrize("addon", ADDONS)
def test_every_file_is_inside(wheels, addon):
    command = ["git", "-C", ROOT, "ls-files", addon]
    tracked = subprocess.run(command, capture_output=True, text=True, check=True)
    wanted = {
        f"odoo/addons/{path}"
        for path in tracked.stdout.splitlines()
        if Path(path).name not in LEFT_OUT
    }
    assert len(wanted) > 50
    assert wanted - set(wheels[addon]) == set()


@pytest.mark.parametrize("addon", ADDONS)
def test_nothing_else_is_inside(wheels, addon):
    for name in wheels[addon]:
        assert name.startswith((f"odoo/addons/{addon}/", f"odoo_addon_{addon}-")), name
        assert "__pycache__" not in name


def test_the_metapackage_asks_for_what_was_installed(environment):
    pip = [environment / "bin" / "python", "-m", "pip"]
    listed = subprocess.run([*pip, "freeze"], capture_output=True, text=True).stdout
    for addon in ADDONS:
        assert re.search(rf"^odoo-addon-{addon.replace('_', '[-_]')}[ =]", listed, re.M)
    assert re.search(r"^odoo-addons-debt-collection[ =]", listed, re.M)
    checked = subprocess.run([*pip, "check"], capture_output=True, text=True)
    ours = [line for line in checked.stdout.splitlines() if "debt" in line]
    assert ours == []


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def test_the_tests_pass_there(environment, tmp_path):
    """Installed and tested by Odoo itself, with no addons path of ours."""
    template, conf = os.environ["DC_TEMPLATE"], os.environ["DC_CONF"]
    name = f"{template}_wheels_{os.getpid()}"
    config = ConfigParser()
    config.read(conf)
    store = Path(config["options"]["data_dir"]) / "filestore"
    del config["options"]["addons_path"]
    config["options"]["http_port"] = _free_port()
    path = tmp_path / "odoo.conf"
    with path.open("w") as file:
        config.write(file)
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shutil.copytree(store / template, store / name)
        done = subprocess.run(
            [
                environment / "bin" / "odoo",
                *("-c", path, "-d", name, "-i", ",".join(ADDONS)),
                *("--test-tags", ",".join(TESTS), "--stop-after-init"),
            ],
            capture_output=True,
            text=True,
            timeout=1800,
            cwd=tmp_path,
            env={key: os.environ[key] for key in os.environ if key != "PYTHONPATH"},
        )
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(store / name, ignore_errors=True)
    assert done.returncode == 0, done.stderr[-6000:]
    assert str(ROOT) + "/debt" not in done.stderr
    for test in TESTS:
        addon, test_class = test[1:].split(":")
        assert re.search(rf"odoo\.addons\.{addon}\.tests.*{test_class}", done.stderr)
    [count] = re.findall(r"(\d+) failed, \d+ error\(s\) of (\d+) tests", done.stderr)[
        -1:
    ]
    assert count[0] == "0" and int(count[1]) > 40, count
