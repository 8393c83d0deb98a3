"""The dashboard and a page of the work list, on a seeded ledger that was collected.

The dashboard is compared with a plain grouped pass over the receivable items for each
of its figures; the work list with a page of Odoo's own list of invoices. All are read
as a collector reads them, through the methods that the screens call.

DC_BENCH_SIZES=1000,10000 leaves sizes out.
"""

import os
from datetime import date

from harness import case, prepares

DAY = date(2026, 11, 23)
SIZES = tuple(
    int(size)
    for size in os.environ.get("DC_BENCH_SIZES", "1000,10000,100000").split(",")
)
FIGURES = 10
PAGE = 80


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


@case("plain grouped pass, once a figure", sizes=SIZES)
def grouped(env, n):
    _env, company = creditor(env)
    for _figure in range(FIGURES):
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


@case(
    "dashboard", sizes=SIZES, compared_to="plain grouped pass, once a figure", repeat=5
)
@prepares
def dashboard(env, n):
    env, _company = creditor(env)
    cockpit = env["debt.collection.cockpit"]

    def read():
        cockpit.get_dashboard({"end": str(DAY)})

    read()
    env.invalidate_all()
    return read


def page(env, model, names, domain):
    """A page as the list view asks for it, its caches warm but for the records."""
    wanted = {name: {} for name in names}
    wanted["partner_id"] = {"fields": {"display_name": {}}}
    records = env[model]

    def read():
        records.web_search_read(domain, wanted, limit=PAGE)

    read()
    env.invalidate_all()
    return read


@case("list of invoices, a page", sizes=SIZES, repeat=5)
@prepares
def invoices(env, n):
    env, company = creditor(env)
    names = ["name", "invoice_date", "invoice_date_due", "amount_untaxed_signed"]
    names += ["amount_total_signed", "payment_state", "status_in_payment", "state"]
    domain = [("move_type", "=", "out_invoice"), ("company_id", "=", company.id)]
    return page(env, "account.move", names, domain)


@case(
    "work list, a page", sizes=SIZES, compared_to="list of invoices, a page", repeat=5
)
@prepares
def work(env, n):
    env, company = creditor(env)
    names = ["points", "amount_overdue", "next_action", "reasons", "user_id"]
    domain = [("company_id", "=", company.id)]
    return page(env, "debt.collection.work", names, domain)


@case("portfolios brought to the day", sizes=SIZES)
@prepares
def portfolio(env, n):
    env, company = creditor(env)
    env.cr.execute("DELETE FROM debt_collection_portfolio")
    return lambda: env["debt.collection.portfolio"]._refresh(company, DAY)
