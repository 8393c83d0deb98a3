"""The statement: one long history, and what is due on many cases as of a day.

``DC_BENCH_CASES=2000`` measures many cases at another size.
"""

import os
import random
from datetime import date, timedelta

from harness import case, prepares

TODAY = date(2026, 6, 30)  # inside the rates that are known
LONG, MANY = 50, int(os.environ.get("DC_BENCH_CASES") or 20_000)
REPEAT = int(os.environ.get("DC_BENCH_REPEAT") or 5)
FLOOR, BALANCES = "rows of the cases by one SQL", "due on each case as of a day"
LIST = "the same as the column of a list"
#: what, against what, at most: processor seconds of the one by those of the other
TARGETS = ((BALANCES, FLOOR, 10),)
#: one pass and no query a case: so many for all; a list reads 1,000 at a time
QUERIES = {BALANCES: (40, None), LIST: (40, 1_000)}
# invoices made for each case wanted: some debtors get several, some are paid
SPARE = 2


def _get_world():
    """The seeds; imported where Odoo runs, the table is made without it."""
    import seed as world

    return world


def seed(env, n):
    if n == LONG:
        _seed_long(env)
    else:
        _seed_many(env, n)


def _make_company(env, name):
    company = _get_world().create_company(env, name)
    company.country_id = env.ref("base.be")
    return company


def _seed_long(env):
    """One enterprise, 50 invoices over ten years, 100 part payments."""
    world = _get_world()
    company = _make_company(env, "Bench Long")
    env = env(
        context={**env.context, **world.QUIET, "allowed_company_ids": company.ids}
    )
    debtor = env["res.partner"].create(
        {"name": "Bench Long Debtor", "is_company": True}
    )
    rng = random.Random(19)
    items = env["account.move.line"]
    for number in range(LONG):
        due = TODAY - timedelta(days=30 + number * 72)
        move = world._create_invoice(env, debtor, due, 1000 + number)
        item = world.receivable(move)
        items += item
        for part in (1, 2):
            day = due + timedelta(days=rng.randint(5, 25) * part)
            _pay(env, item, day, rng.randint(50, 400))
    env["debt.collection.case"]._open_for_items(items, TODAY, "flag")


def _pay(env, item, day, amount):
    world = _get_world()
    journal = env["account.journal"].search(
        [("company_id", "=", env.company.id), ("type", "=", "bank")], limit=1
    )
    line = env["account.bank.statement.line"].create(
        {
            "journal_id": journal.id,
            "date": day,
            "partner_id": item.partner_id.id,
            "payment_ref": "part",
            "amount": amount,
            "counterpart_account_id": item.account_id.id,
        }
    )
    (item + world.receivable(line.move_id)).reconcile()


def _seed_many(env, n):
    world = _get_world()
    company = _make_company(env, f"Bench Many {n}")
    env = env(
        context={**env.context, **world.QUIET, "allowed_company_ids": company.ids}
    )
    world.INVOICES_PER_DEBTOR = 1
    made = world.seed(env, SPARE * n, TODAY, company=company)
    lines = env["account.move.line"].search(
        [
            ("move_id", "in", made["moves"]),
            ("account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
        ]
    )
    cases = env["debt.collection.case"]._open_for_items(lines, TODAY, "flag")
    assert len(cases) >= n, len(cases)


def _cases(env, n):
    cases = env["debt.collection.case"].search([], order="id", limit=n)
    return cases.with_company(cases[:1].company_id)


@case(
    f"statement: {LONG} invoices, 10 years, 100 payments", sizes=(LONG,), repeat=REPEAT
)
@prepares
def long_statement(env, n):
    cases = _cases(env, 1)
    Statement = env["debt.collection.statement"].with_company(cases.company_id)

    def work():
        found = Statement._for_cases(cases, TODAY)[cases.id]
        assert len(found.payments) == 2 * LONG and found.interest_left

    return work


@case(FLOOR, sizes=(MANY,), repeat=REPEAT)
@prepares
def floor(env, n):
    from odoo.tools import SQL

    ids = _cases(env, n).ids

    def work():
        rows = env.execute_query(
            SQL(
                """SELECT c.id, c.name, x.regime, l.amount_currency,
                          l.amount_residual_currency, m.invoice_date, l.date_maturity
                     FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id AND x.is_open
                     JOIN account_move_line l ON l.id = x.move_line_id
                     JOIN account_move m ON m.id = l.move_id
                    WHERE c.id = ANY(%s)""",
                ids,
            )
        )
        assert len(rows) >= n

    return work


@case(BALANCES, sizes=(MANY,), compared_to=FLOOR, repeat=REPEAT)
@prepares
def many(env, n):
    cases = _cases(env, n)
    Balance = env["debt.collection.balance"].with_company(cases.company_id)

    def work():
        found = Balance._for_cases(cases, TODAY)
        assert len(found) == n
        assert not any(balance.error for balance in found.values())

    return work


@case(LIST, sizes=(MANY,), compared_to=FLOOR, repeat=REPEAT)
@prepares
def column(env, n):
    """The field itself, as an export or a report of all cases reads it."""
    cases = _cases(env, n)

    def work():
        assert len(cases.mapped("amount_due")) == n

    return work


@case("a page of the list: 80 cases", sizes=(MANY,), repeat=REPEAT)
@prepares
def page(env, n):
    cases = _cases(env, 80)

    def work():
        cases.mapped("amount_due")

    return work


def report(rows):
    """Print each figure against its target."""
    found = {row["name"]: row for row in rows}
    print(f"\n{'target':68} {'n':>8} {'figure':>8} {'aim':>6}  met")
    for work, against, aim in TARGETS:
        if work in found and against in found:
            # processor time: what others do on the machine does not move it
            ratio = found[work]["cpu"] / found[against]["cpu"]
            _say(f"{work} / {against}", found[work]["n"], ratio, aim)
    for work, (aim, batch) in QUERIES.items():
        if row := found.get(work):
            passes = max(row["n"] / batch, 1) if batch else 1
            what = f"{work}: queries a pass"
            _say(what, row["n"], row["queries"] / passes, aim)


def _say(what, n, figure, aim):
    met = "yes" if figure <= aim else "NO"
    print(f"{what:68} {n:>8} {figure:8.3f} {aim:6.3g}  {met}")
