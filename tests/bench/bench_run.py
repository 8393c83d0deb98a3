"""The daily run beside its floors and OCA's credit control, on the same rows.

A run is what `_cron_run` does for one company, nothing rendered or sent: every stage
of its watch, accounts made, selected, and decided in batches that are locked and set
in a savepoint. All in one transaction, rolled back, but for the runners, which commit
as the job does.

OCA is measured as often as the rest, its median counts.
DC_BENCH_LARGE=1 measures OCA at 100,000 as well (more than an hour), and
DC_BENCH_SIZES=1000,10000 leaves sizes out, DC_BENCH_REPEAT=1 is quicker and rougher.
"""

import math
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import harness
import oca
from harness import prepares
from pipeline import collect

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=28)
TABLES = ("account", "action", "action_line", "case", "claim", "delivery", "portfolio")
SIZES = tuple(
    int(size)
    for size in os.environ.get("DC_BENCH_SIZES", "1000,10000,100000").split(",")
)
LARGE = 100_000
HAS_OCA = oca.fetch()
REPEAT = int(os.environ.get("DC_BENCH_REPEAT", "3"))
OCA_SIZES = tuple(n for n in SIZES if n < LARGE or os.environ.get("DC_BENCH_LARGE"))
# Below it a run is too short to be shared; a twentieth of the debtors is a batch, as
# at 100,000 with the batches of the product
SHARED_SIZES = tuple(n for n in SIZES if n >= LARGE // 10)
SHARED_BATCHES = 20
OPEN_SHARE = 0.84


def case(name, repeat=REPEAT, **options):
    return harness.case(name, repeat=repeat, **options)


def seed(env, n):
    """n invoices, a ladder of two steps, OCA beside it."""
    import seed as world

    if HAS_OCA:
        oca.install(env)
        env = env(user=1)
        env.transaction.reset()
    made = world.seed(env, n, DAY, disputes=True)
    company = env["res.company"].browse(made["company"])
    env["debt.collection.policy"].search([]).action_archive()
    env["debt.collection.policy"].create(
        {
            "name": "Bench",
            "step_ids": [
                (0, 0, {"name": "One", "sequence": 10, "opens_case": True}),
                (
                    0,
                    0,
                    {"name": "Two", "sequence": 20, "delay": 10, "base": "previous"},
                ),
            ],
        }
    )
    if HAS_OCA:
        oca.prepare(env, company)


def creditor(env):
    """The seeded company and an environment that works for it."""
    company = env["res.company"].search([("name", "=like", "Bench Creditor%")])
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    company = company.with_env(env)
    company._get_collection_holidays()(DAY)  # a server imports them once
    return env, company


def settle(env, day):
    """Every letter as after its mail has left, portfolios and statistics of the day."""
    env.flush_all()
    env.cr.execute(
        "UPDATE debt_collection_action SET state = 'done', date_done = %s", [day]
    )
    env.cr.execute(
        "UPDATE debt_collection_delivery SET state = 'sent', date = %s", [day]
    )
    env.cr.execute("UPDATE debt_collection_account SET is_stale = TRUE")
    _env, company = creditor(env)
    env["debt.collection.portfolio"]._refresh(company, day)
    for table in TABLES:
        env.cr.execute(f"ANALYZE debt_collection_{table}")
    env.invalidate_all()


def forget_peak():
    """Let the memory measured start from what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


# -- floors ----------------------------------------------------------------------------


@case("one SQL: select the due items", sizes=SIZES)
def sql_select(env, n):
    import floors

    env, company = creditor(env)
    floors.select(env, company, DAY)


@case("one SQL: insert per debtor and item", sizes=SIZES)
def sql_insert(env, n):
    import floors

    env, company = creditor(env)
    floors.insert(env, company, DAY)


@case("set-based select, ORM create", sizes=SIZES)
@prepares
def orm_create(env, n):
    import floors

    env, company = creditor(env)
    env = floors.add_models(env)
    return lambda: floors.create(env, company, DAY)


@case("one SQL: advance every debtor", sizes=SIZES)
@prepares
def sql_advance(env, n):
    import floors

    env, company = creditor(env)
    collect(env, company, DAY)
    settle(env, DAY)
    step = env["debt.collection.policy.step"].search([("name", "=", "Two")])
    return lambda: floors.advance(env, step, NEXT)


# -- OCA -------------------------------------------------------------------------------

if HAS_OCA:
    oca.show_to_odoo()

    @case("OCA: first run", sizes=OCA_SIZES)
    @prepares
    def oca_first(env, n):
        env, company = creditor(env)
        return lambda: oca.run(env, company, DAY)

    @case("OCA: advance", sizes=OCA_SIZES)
    @prepares
    def oca_advance(env, n):
        env, company = creditor(env)
        oca.run(env, company, DAY)
        oca.settle(env)
        return lambda: oca.run(env, company, DAY + oca.NEXT_LEVEL)

    @case("OCA: again the same day", sizes=OCA_SIZES)
    @prepares
    def oca_again(env, n):
        env, company = creditor(env)
        oca.run(env, company, DAY)
        env.flush_all()
        return lambda: oca.run(env, company, DAY)


# -- the product -----------------------------------------------------------------------


@case(
    "run: first, opens cases", sizes=SIZES, compared_to="set-based select, ORM create"
)
@prepares
def run_first(env, n):
    env, company = creditor(env)
    return lambda: _expect(collect(env, company, DAY))


@case(
    "run: advances every debtor",
    sizes=SIZES,
    compared_to="one SQL: advance every debtor",
)
@prepares
def run_advance(env, n):
    env, company = creditor(env)
    collect(env, company, DAY)
    settle(env, DAY)
    forget_peak()

    def work():
        _expect(collect(env, company, NEXT))
        env.cr.execute(
            "SELECT count(*) FROM debt_collection_action WHERE state = 'released'"
        )
        _expect(env.cr.fetchone()[0])

    return work


@case("run: nothing due", sizes=SIZES, compared_to="one SQL: select the due items")
@prepares
def run_nothing(env, n):
    env, company = creditor(env)
    collect(env, company, DAY)
    settle(env, DAY)
    collect(env, company, DAY + timedelta(days=1))
    return lambda: _expect(not collect(env, company, DAY + timedelta(days=2)))


@case("run: again the same day", sizes=SIZES, compared_to="OCA: again the same day")
@prepares
def run_again(env, n):
    env, company = creditor(env)
    collect(env, company, DAY)

    def work():
        before = _count_writes(env)
        _expect(not collect(env, company, DAY))
        _expect(_count_writes(env) == before)

    return work


def _count_writes(env):
    """Rows inserted, changed or deleted in the engine's tables by this transaction."""
    env.cr.execute(
        """SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)
             FROM pg_stat_xact_user_tables WHERE relname LIKE 'debt_collection_%'"""
    )
    return env.cr.fetchone()[0]


def _expect(fact):
    if not fact:
        raise AssertionError("the bench does not measure what it says")


def _start_runners(env, number, n):
    """That many processes, ready to run; what lets them go and waits for them."""
    script = Path(__file__).with_name("runner.py")
    batch_size = n // 5 // SHARED_BATCHES
    command = [sys.executable, str(script), env.cr.dbname, str(DAY), str(batch_size)]
    env.cr.commit()
    runners = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _number in range(number)
    ]
    for runner in runners:
        _expect(runner.stdout.readline() == "ready\n")

    def go():
        for runner in runners:
            runner.stdin.write("\n")
            runner.stdin.flush()
        spent = [float(runner.stdout.readline()) for runner in runners]
        for runner in runners:
            runner.wait()
        return {"cpu": max(spent)}  # as long as it takes where each has a core

    return go


@case("one runner", sizes=SHARED_SIZES, commits=True)
@prepares
def one_runner(env, n):
    return _start_runners(env, 1, n)


@case("two runners", sizes=SHARED_SIZES, commits=True, compared_to="one runner")
@prepares
def two_runners(env, n):
    return _start_runners(env, 2, n)


@case("four runners", sizes=SHARED_SIZES, commits=True, compared_to="one runner")
@prepares
def four_runners(env, n):
    return _start_runners(env, 4, n)


# -- the targets -----------------------------------------------------------------------

FIRST, ADVANCE = "run: first, opens cases", "run: advances every debtor"
NOTHING, AGAIN = "run: nothing due", "run: again the same day"
# work, against, the ratio that is aimed at
TARGETS = (
    (FIRST, "OCA: first run", 0.15),
    (FIRST, "set-based select, ORM create", 1.3),
    (ADVANCE, "OCA: advance", 0.10),
    (ADVANCE, "one SQL: advance every debtor", 3),
    (NOTHING, "one SQL: select the due items", 2),
    (AGAIN, "OCA: again the same day", 0.02),
    ("two runners", "one runner", 1 / 1.6),
    ("four runners", "one runner", 1 / 2.5),
)


def report(rows):
    """Print each figure against its target."""
    found = {(row["name"], row["n"]): row for row in rows}
    print(f"\n{'target':68} {'n':>8} {'figure':>8} {'aim':>6}  met")
    for work, against, aim in TARGETS:
        for n in SIZES:
            row, other = found.get((work, n)), found.get((against, n))
            if row and other:
                # processor time: what others do on the machine does not move it
                ratio = row["cpu"] / other["cpu"]
                _say(f"{work} / {against}", n, ratio, aim)
    for work in (FIRST, ADVANCE, NOTHING, AGAIN):
        for n in SIZES:
            if row := found.get((work, n)):
                per = row["queries"] / (n * OPEN_SHARE / 1000)
                _say(f"{work}: queries per 1,000 items", n, per, 15)
        pair = [found.get((work, n)) for n in (LARGE // 10, LARGE)]
        if all(pair) and work in (FIRST, ADVANCE):
            growth = math.log10(pair[1]["cpu"] / pair[0]["cpu"])
            _say(f"{work}: grows as N to the power of", LARGE, growth, 1.05)
            peak = pair[1]["peak_mb"]
            _say(f"{work}: peak MB over idle", LARGE, peak, 200)


def _say(what, n, figure, aim):
    met = "yes" if figure <= aim else "NO"
    print(f"{what:68} {n:>8} {figure:8.3f} {aim:6.3g}  {met}")
