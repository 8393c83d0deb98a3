"""Lines of each addon that the tests ran: `./run coverage` makes the file it reads.

    covered.py FILE [--all]

Names the lines nobody ran, the addons with less than 95 % first in the sum; ``--all``
names files that were run whole as well. Ends with 0: it measures.
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


if __name__ == "__main__":
    measured = json.loads(Path(sys.argv[1]).read_text())["files"]
    print("\n".join(report(measured, "--all" in sys.argv[2:])))
