"""Fail when an Odoo log holds a warning that log-allowed.txt does not explain."""

import re
import sys
from pathlib import Path

ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ "
    r"(?P<logger>[\w.]+): (?P<text>.*)"
)
BAD = {"WARNING", "ERROR", "CRITICAL"}


ALLOWED = Path(__file__).with_name("log-allowed.txt")


def allowed_patterns():
    """Return the regular expressions of the warnings that may stand."""
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def entries(lines):
    """Yield each entry of a log with the lines that go on with it."""
    entry = ""
    for line in lines:
        if ENTRY.match(line) and entry:
            yield entry
            entry = ""
        entry += f"{line}\n" if entry or ENTRY.match(line) else ""
    if entry:
        yield entry


def bad_entries(lines, allowed):
    """Yield the warnings of a log, without those that may stand."""
    for text in entries(lines):
        entry = ENTRY.match(text)
        if entry["level"] not in BAD:
            continue
        said = f"{entry['logger']}: {text[entry.start('text') :]}"
        if not any(p.search(said) for p in allowed):
            yield text.rstrip()


if __name__ == "__main__":
    found = list(
        bad_entries(
            Path(sys.argv[1]).read_text(errors="replace").splitlines(),
            allowed_patterns(),
        )
    )
    sys.stderr.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))
