"""The dashboard and a page of the work list, on a seeded ledger that was collected.

The dashboard is compared with a plain grouped pass over the receivable items for each
of its figures; the work list with a page of Odoo's own list of invoices. All are read
as a collector reads them, through the methods that the screens call, and lists by the
columns that their views show. The figure is the 95th percentile of a request; queries
are those of one.

DC_BENCH_SIZES=1000,10000 leaves sizes out, DC_BENCH_ROUNDS=50 more requests a row.
"""

import os
import time
from datetime import date
from itertools import repeat

from harness import case, prepares

DAY = date(2026, 11, 23)
SIZES = tuple(
    int(size)
    for size in os.environ.get("DC_BENCH_SIZES", "1000,10000,100000").split(",")
)
ROUNDS = int(os.environ.get("DC_BENCH_ROUNDS", "20"))
FIGURES = 10
PAGE = 80
PASSES = "plain grouped pass, once a figure, p95"
INVOICES = "list of invoices, a page, p95"


def creditor(env):
    import bench_run  # where it is used: its own cases are not ours

    return bench_run.creditor(env)


def seed(env, n):
    """n invoices, one run whose letters wait for review, the portfolios of the day."""
    import bench_run

    bench_run.seed(env, n)
    env, company = creditor(env)
    env["debt.collection.policy"].search([]).mode = "review"
    bench_run.collect(env, company, DAY)
    env["debt.collection.portfolio"]._refresh(company, DAY)
    env.flush_all()
    for name in ("account", "action", "case", "claim", "portfolio"):
        env.cr.execute(f"ANALYZE debt_collection_{name}")


def rounds(env, ask):
    """What is measured: the same request some times, nothing of it in the cache."""
    from odoo import sql_db

    def work():
        ask()
        times, queries = [], sql_db.sql_counter
        for _round in repeat(None, ROUNDS):
            env.invalidate_all()
            start = time.perf_counter()
            ask()
            times.append(time.perf_counter() - start)
        return {
            "seconds": sorted(times)[int(ROUNDS * 0.95) - 1],
            "queries": (sql_db.sql_counter - queries) / ROUNDS,
        }

    return work


@case(PASSES, sizes=SIZES, repeat=1)
@prepares
def grouped(env, n):
    env, company = creditor(env)

    def ask():
        for _figure in repeat(None, FIGURES):
            env.cr.execute(
                """SELECT width_bucket(GREATEST(%s - l.date_maturity, 0),
                                       ARRAY[1, 31, 61, 91, 181]),
                          count(*), sum(l.amount_residual)
                     FROM account_move_line l
                     JOIN account_account t ON t.id = l.account_id
                    WHERE l.company_id = %s AND l.parent_state = 'posted'
                      AND t.account_type = 'asset_receivable'
                    GROUP BY 1""",
                [DAY, company.id],
            )
            env.cr.fetchall()

    return rounds(env, ask)


@case("dashboard, p95", sizes=SIZES, compared_to=PASSES, repeat=1)
@prepares
def dashboard(env, n):
    env, _company = creditor(env)
    cockpit = env["debt.collection.cockpit"]
    return rounds(env, lambda: cockpit.get_dashboard({"end": str(DAY)}))


def get_columns(env, model, view):
    """What a list asks for: the columns that it shows when it was just installed."""
    from lxml import etree

    records = env[model]
    arch = etree.fromstring(records.get_view(env.ref(view).id, "list")["arch"])
    shown = arch.xpath("/list/field[not(@optional='hide')]/@name")
    names = {"fields": {"display_name": {}}}
    return {
        name: names if records._fields[name].type == "many2one" else {}
        for name in shown
    }


def page(env, model, view, domain):
    """The first page of a list, with its count, as the web client asks for it."""
    columns = get_columns(env, model, view)
    return rounds(env, lambda: env[model].web_search_read(domain, columns, limit=PAGE))


@case(INVOICES, sizes=SIZES, repeat=1)
@prepares
def invoices(env, n):
    env, company = creditor(env)
    domain = [("move_type", "=", "out_invoice"), ("company_id", "=", company.id)]
    return page(env, "account.move", "account.view_out_invoice_tree", domain)


@case("work list, a page, p95", sizes=SIZES, compared_to=INVOICES, repeat=1)
@prepares
def work(env, n):
    env, company = creditor(env)
    view = "debt_collection.debt_collection_work_view_list"
    domain = [("company_id", "=", company.id)]
    return page(env, "debt.collection.work", view, domain)


@case("portfolios brought to the day", sizes=SIZES)
@prepares
def portfolio(env, n):
    env, company = creditor(env)
    env.cr.execute("DELETE FROM debt_collection_portfolio")
    return lambda: env["debt.collection.portfolio"]._refresh(company, DAY)
