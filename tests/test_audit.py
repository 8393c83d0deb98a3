"""The audit of the dependencies tells what is known, and what it could not look up."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "setup" / "dev"))
import audit  # noqa: E402

FLAWED = {"name": "Jinja2", "version": "2.10", "vulns": []}
FLAWED["vulns"] = [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": []}]
CLEAN = {"name": "polib", "version": "1.1.1", "vulns": []}
UNSEEN = {"name": "xlwt", "skip_reason": "Dependency not found: xlwt (1.3.0)"}
OURS = {"name": "odoo-addon-debt_collection", "skip_reason": "Dependency not found"}


def _tell(*found, standing=()):
    report = audit.read_pip(json.dumps({"dependencies": found, "fixes": []}))
    *lines, code = audit.tell([report], set(standing))
    return "\n".join(lines), code


def test_what_is_known_fails_and_says_who_pins_it():
    told, code = _tell(FLAWED, CLEAN)
    assert code == 1
    assert "KNOWN   jinja2 PYSEC-2019-217  mended in: 2.10.1" in told
    assert "(odoo-requirements.txt)" in told
    assert "2 looked up, 0 not; 1 known flaws to mend" in told


def test_what_may_stand_stands_and_what_is_mended_is_named():
    key = ("jinja2", "PYSEC-2019-217")
    told, code = _tell(FLAWED, CLEAN, standing=[key])
    assert (code, "stands  jinja2" in told) == (0, True)
    told, code = _tell(CLEAN, {**FLAWED, "vulns": []}, standing=[key])
    assert "jinja2 PYSEC-2019-217 is not known any more" in told


def test_silence_is_no_answer():
    told, code = _tell(CLEAN, UNSEEN, OURS)
    assert code == 2
    assert "not looked up: 1 (xlwt): Dependency not found\n" in told
    told, code = _tell(UNSEEN)
    assert code == 2
    assert "this says nothing about safety" in told


def test_npm_speaks_its_own_words():
    one = {"name": "axe", "via": [{"source": 7, "title": "Bad", "name": "axe"}, "x"]}
    found = {"vulnerabilities": {"axe": one}, "metadata": {"dependencies": {}}}
    found["metadata"]["dependencies"]["total"] = 12
    report = audit.read_npm(json.dumps(found))
    assert report.known == {("axe", "7"): "Bad"}
    with pytest.raises(ValueError, match="404"):
        audit.read_npm(json.dumps({"message": "404 Not Found"}))


def test_every_line_that_stands_has_two_words():
    lines = (ROOT / "setup" / "dev" / "audit-allowed.txt").read_text().splitlines()
    assert all(len(one.split()) == 2 for one in lines if one and one[0] != "#")


class _Service(BaseHTTPRequestHandler):
    """Speaks as the public service of vulnerabilities: one package has one."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"].lower()
        affected = {"package": asked["package"], "versions": ["2.10"]}
        affected["ranges"] = [
            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}
        ]
        flaw = {"id": "PYSEC-2019-217", "details": "Sandbox", "affected": [affected]}
        self.send_response(200)
        self.end_headers()
        answer = {"vulns": [flaw]} if name == "jinja2" else {}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_the_command_finds_a_flawed_pin(service, tmp_path):
    """With the real tool; the service of vulnerabilities is one of our own."""
    for name, version in (("Jinja2", "2.10"), ("polib", "1.1.1")):
        folder = tmp_path / "site" / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )

    def run(**more):
        command = [ROOT / "run", "audit", tmp_path / "site"]
        environment = {**os.environ, "OSV_URL": service, "NO_PROXY": "*", **more}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=600, env=environment
        )

    done = run()
    assert done.returncode == 1, done.stderr[-3000:]
    assert "KNOWN   jinja2 PYSEC-2019-217  mended in: 2.10.1" in done.stdout
    assert "2 looked up, 0 not" in done.stdout
    standing = tmp_path / "standing.txt"
    standing.write_text("# only for this test\njinja2 PYSEC-2019-217\n")
    assert run(AUDIT_ALLOWED=str(standing)).returncode == 0
    done = run(OSV_URL="http://127.0.0.1:9/v1/query")
    assert done.returncode == 2
    assert "this says nothing about safety" in done.stdout
