"""The worked example of docs/add_a_country.md: it installs, and its tests pass.

`tests/country` is an addons folder of its own, on nobody's path but this test's.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ADDON = "debt_collection_lilliput"

pytestmark = pytest.mark.long


def test_the_example_installs_and_keeps_the_contract(tmp_path):
    template, conf = os.environ.get("DC_TEMPLATE"), os.environ.get("DC_CONF")
    if not template or not conf:
        pytest.skip("./run test names the database to begin from")
    name = f"{template}_country_{os.getpid()}"
    config = ConfigParser()
    config.read(conf)
    store = Path(config["options"]["data_dir"]) / "filestore"
    config["options"]["addons_path"] += f",{HERE / 'country'}"
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        config["options"]["http_port"] = str(one.getsockname()[1])
    path = tmp_path / "odoo.conf"
    with path.open("w") as file:
        config.write(file)
    subprocess.run(["createdb", "-T", template, name], check=True)
    try:
        shutil.copytree(store / template, store / name)
        odoo = Path(sys.executable).with_name("odoo")
        command = [odoo, "-c", path, "-d", name, "-i", ADDON, "--stop-after-init"]
        done = subprocess.run(
            [*command, "--test-tags", f"/{ADDON}"],
            capture_output=True,
            text=True,
            timeout=600,
        )
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
        shutil.rmtree(store / name, ignore_errors=True)
    bad = [
        line for line in done.stderr.splitlines() if re.search(" (ERROR|FAIL)", line)
    ]
    assert done.returncode == 0 and not bad, "\n".join(bad) + done.stderr[-4000:]
    for test in ("TestContractLilliput.test_contract", "TestLilliput.test_the_way"):
        assert test in done.stderr
