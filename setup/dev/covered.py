"""Lines of each addon that the tests ran: `./run coverage` makes the file it reads.

    covered.py FILE [--all | --page COMMIT]

Names the lines nobody ran, and the sum of each addon, marked below 95 %. ``--all``
names files that were run whole as well; ``--page`` gives docs/coverage.md. Ends with 0:
it measures.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

AIM = 95.0


def spans(lines):
    """Numbers as they are read: 3, 7-9."""
    found = []
    for line in sorted(lines):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def sums(files):
    """Return {addon: (lines run, lines)}."""
    total = defaultdict(lambda: [0, 0])
    for name, measured in files.items():
        addon = Path(name).parts[0]
        total[addon][0] += measured["summary"]["covered_lines"]
        total[addon][1] += measured["summary"]["num_statements"]
    return {addon: tuple(pair) for addon, pair in sorted(total.items())}


def report(files, whole=False):
    """Yield the lines of the report."""
    for name, measured in sorted(files.items()):
        missing = measured["missing_lines"]
        if missing or whole:
            yield f"{name}: {spans(missing) or 'all'}"
    for addon, (run, lines) in sums(files).items():
        percent = 100 * run / lines if lines else 100.0
        mark = "" if percent >= AIM else f" (aim: {AIM:.0f} %)"
        yield f"{addon}: {percent:.1f} % of {lines} lines{mark}"


PAGE = """\
# Coverage

Which lines of the addons the tests ran, and which they did not: the last whole run of
`./run coverage`, which is `./run test` with the lines counted. The slow tests, the
replay of a ledger, the walks with a browser and what runs in processes of its own
(kills, runners, the reader of evidence books) are not counted, so lines that only those
reach stand below too. The page is made by `setup/dev/covered.py FILE --page` from the
file that the command leaves; numbers are those of commit {commit}.

| Addon | Lines | Run |
| ----- | ----: | --: |
{sums}

## Lines that no counted test ran

{lines}
"""


def page(files, commit):
    """Return the report as a page of the documentation."""
    rows = [
        f"| `{addon}` | {lines:,} | {100 * run / lines:.1f} % |"
        for addon, (run, lines) in sums(files).items()
    ]
    left = [
        "- `{}`: {}".format(*line.split(": ", 1))
        for line in report(files)
        if ".py: " in line
    ]
    return PAGE.format(commit=commit, sums="\n".join(rows), lines="\n".join(left))


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text())
    if "--page" in sys.argv[2:]:
        print(page(found["files"], sys.argv[-1]), end="")
    else:
        print("\n".join(report(found["files"], "--all" in sys.argv[2:])))
