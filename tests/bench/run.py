"""Run the benches on databases of their own; print a table and write bench.json.

Called by ``./run bench [NAME]``, which gives the database to clone and the places in
the environment. NAME is a bench file or part of a case's name.
"""

import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENV = os.environ
COLUMNS = ("name", "n", "seconds", "cpu", "queries", "peak_mb", "compared_to", "ratio")


def bench_names():
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def load(name):
    """Return the module and the cases of a bench file."""
    import harness

    harness.CASES.clear()
    sys.modules.pop(f"bench_{name}", None)
    module = importlib.import_module(f"bench_{name}")
    return module, list(harness.CASES)


# === DATABASES === #


def store(name):
    return Path(ENV["DC_DATA"]) / "filestore" / name


def drop(name):
    subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
    shutil.rmtree(store(name), ignore_errors=True)


def clone(source, name):
    drop(name)
    subprocess.run(["createdb", "-T", source, name], check=True)
    if store(source).exists():
        shutil.copytree(store(source), store(name))


# === ONE MEASURE, IN A PROCESS OF ITS OWN === #


def child(database, bench, work, n):
    """Run this file again for one measure; a fresh process shows its own memory."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", database, bench, work, str(n)],
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{bench}: {work}, n = {n}\n{done.stderr[-3000:]}")
    return json.loads(lines[-1])


def as_child(database, bench, work, n):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-c", ENV["DC_CONF"], "--log-level=warn"])
    module, cases = load(bench)
    import harness

    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        if work == "seed":
            module.seed(env, n)
            answer = {}
        else:
            found = next(each for each in cases if each.name == work)
            answer = harness.measure(env, found, n)
            if not found.commits:
                cr.rollback()
        cr.commit()
    if work == "seed":
        with odoo.sql_db.db_connect(database).cursor() as cr:
            cr._cnx.autocommit = True
            cr.execute("ANALYZE")
    print(json.dumps(answer))


# === THE TABLE === #


def seeded(bench, module, n):
    """Return the database of this size, filled once in this run."""
    name = f"{ENV['DC_BENCH_DB']}_{bench}_{n}"
    clone(ENV["DC_DB"], name)
    if hasattr(module, "seed"):
        child(name, bench, "seed", n)
    return name


def median_of(found, bench, database, n):
    """Return the median of each figure over the case's repetitions."""
    runs = []
    for _number in range(found.repeat):
        target = database
        if found.commits:
            target = f"{ENV['DC_BENCH_DB']}_run"
            clone(database, target)
        runs.append(child(target, bench, found.name, n))
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def rows_of(bench, only):
    """Yield the rows of a bench; a case is compared with one of the same size."""
    module, cases = load(bench)
    if only:
        cases = [each for each in cases if only in each.name]
    for n in sorted({size for each in cases for size in each.sizes}):
        database, seconds = seeded(bench, module, n), {}
        for found in (each for each in cases if n in each.sizes):
            figures = median_of(found, bench, database, n)
            seconds[found.name] = figures["seconds"]
            other = seconds.get(found.compared_to)
            row = {"name": found.name, "n": n, **figures}
            row["compared_to"] = found.compared_to
            row["ratio"] = figures["seconds"] / other if other else None
            yield row
        drop(database)
    drop(f"{ENV['DC_BENCH_DB']}_run")


def shown(row):
    ratio = "" if row["ratio"] is None else f"{row['ratio']:8.2f}"
    return (
        f"{row['name'][:40]:40} {row['n']:>8} {row['seconds']:>9.3f} "
        f"{row['cpu']:>9.3f} {row['queries']:>8.0f} {row['peak_mb']:>8.0f} {ratio:>8}  "
        f"{row['compared_to'] or ''}"
    )


def main(only):
    names = [only] if only in bench_names() else bench_names()
    if not names:
        sys.exit("there is no bench yet: tests/bench/bench_NAME.py")
    print(
        f"{'median of the runs':40} {'n':>8} {'seconds':>9} {'cpu':>9} {'queries':>8} "
        f"{'peak MB':>8} {'ratio':>8}  compared to"
    )
    rows = []
    for name in names:
        for row in rows_of(name, None if only in names else only):
            print(shown(row), flush=True)
            rows.append(row)
        module = sys.modules[f"bench_{name}"]
        if hasattr(module, "report"):  # the bench's own table of targets
            module.report(rows)
    out = Path(ENV["DC_BENCH_OUT"])
    part = out.with_suffix(".part")
    part.write_text(json.dumps([{key: row[key] for key in COLUMNS} for row in rows]))
    part.rename(out)


if __name__ == "__main__":
    ENV["PGOPTIONS"] = "-c client_min_messages=warning"
    sys.path.insert(0, str(HERE))
    if sys.argv[1:2] == ["--child"]:
        as_child(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
