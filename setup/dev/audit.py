"""Which packages of an environment have a known vulnerability.

    audit.py FOLDER...

A FOLDER is a site-packages folder, or one with a package-lock.json. pip-audit asks the
package index about each package, or the service at OSV_URL; npm asks its own registry.
Ends with 0 where every package was looked up and nothing is known, with 1 where
something is, with 2 where not every package could be looked up: silence is no answer.
What may stand with its reason is in audit-allowed.txt.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FILES = (
    HERE.parents[1] / "requirements.txt",
    HERE.parents[1] / "test-requirements.txt",
    HERE / "odoo-requirements.txt",
    HERE / "lint-requirements.txt",
)
#: what is on no index: Odoo itself, and what is built here
OWN = re.compile(r"odoo$|odoo[-_]addons?[-_]")


class Report(NamedTuple):
    """What was looked up: {name: version}, {(name, id): mended in}, {name: why not}."""

    seen: dict
    known: dict
    unseen: dict


def read_pip(text):
    """Read what pip-audit prints as JSON.

    :raises ValueError: it printed none
    :rtype: Report
    """
    seen, known, unseen = {}, {}, {}
    for one in json.loads(text)["dependencies"]:
        name = one["name"].lower()
        if "skip_reason" in one:
            if not OWN.match(name):
                unseen[name] = re.sub(r": \S+ \(.*\)$", "", one["skip_reason"])
            continue
        seen[name] = one["version"]
        for flaw in one["vulns"]:
            known[name, flaw["id"]] = ", ".join(flaw["fix_versions"])
    return Report(seen, known, unseen)


def read_npm(text):
    """Read what ``npm audit --json`` prints.

    :raises ValueError: it printed no report
    :rtype: Report
    """
    found = json.loads(text)
    if "vulnerabilities" not in found:
        raise ValueError(found.get("message") or found.get("error", {}).get("summary"))
    known = {
        (name, str(via["source"])): via["title"]
        for name, one in found["vulnerabilities"].items()
        for via in one["via"]
        if isinstance(via, dict)
    }
    total = found["metadata"]["dependencies"]["total"]
    return Report({f"npm packages ({total})": ""}, known, {})


def look(folder):
    """Ask about all that is installed in a folder.

    :rtype: Report
    """
    if (folder / "package-lock.json").exists():
        command, read = ["npm", "audit", "--json"], read_npm
    else:
        command = [sys.executable, "-m", "pip_audit", "--path", folder, "-f", "json"]
        command += ["--progress-spinner", "off"]
        if url := os.environ.get("OSV_URL"):
            command += ["--vulnerability-service", "osv", "--osv-url", url]
        read = read_pip
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    try:
        return read(done.stdout)
    except json.JSONDecodeError:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        return Report({}, {}, {str(folder): "".join(last)[:300]})
    except ValueError as error:
        return Report({}, {}, {str(folder): str(error)[:300]})


def allowed(path):
    """Return the (package, id) pairs that may stand."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {(name.lower(), code) for name, code in filter(None, lines)}


def origin(name):
    """The requirements file that names a package; else it was brought along."""
    for path in FILES:
        if re.search(rf"^{re.escape(name)}\b(?!-)", path.read_text(), re.M | re.I):
            return path.name
    return "brought along by another"


def tell(reports, standing):
    """Yield the lines of the answer, the exit code last."""
    known = {key: fix for one in reports for key, fix in one.known.items()}
    unseen = {name: why for one in reports for name, why in one.unseen.items()}
    seen = {name for one in reports for name in one.seen}
    for (name, code), fix in sorted(known.items()):
        mark = "stands" if (name, code) in standing else "KNOWN "
        yield f"{mark}  {name} {code}  mended in: {fix or '-'}  ({origin(name)})"
    for name, code in sorted(standing - set(known)):
        if name in seen:
            yield f"audit-allowed.txt: {name} {code} is not known any more"
    for why in sorted(set(unseen.values())):
        names = sorted(name for name, one in unseen.items() if one == why)
        more = ", ..." if len(names) > 3 else ""
        yield f"not looked up: {len(names)} ({', '.join(names[:3])}{more}): {why}"
    bad = set(known) - standing
    yield f"{len(seen)} looked up, {len(unseen)} not; {len(bad)} known flaws to mend"
    if unseen and not seen:
        yield "nothing could be looked up from here: this says nothing about safety"
    yield 1 if bad else 2 if unseen else 0


def main(folders):
    *lines, code = tell(
        [look(Path(folder)) for folder in folders],
        allowed(Path(os.environ.get("AUDIT_ALLOWED", HERE / "audit-allowed.txt"))),
    )
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
