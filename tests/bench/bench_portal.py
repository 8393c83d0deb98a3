"""The debtor's page with few and many invoices, beside Odoo's own list of invoices.

Whole requests through the server's own entry, logged in as the debtor: routing, session
and rendering count. The figure is the 95th percentile of a request; queries are those
of one.
"""

import re
import time
from datetime import date

from harness import case, prepares

SIZES = (1, 100, 10_000)
ROUNDS = 20
LOGIN = "bench_debtor"
# some of the invoices that the seed makes are paid or blocked
SPARE = 1.4


def _get_world():
    """The seeds; imported where Odoo runs, the table is made without it."""
    import seed as world

    return world


def seed(env, n):
    """One debtor with n open invoices on one case, and an account for him."""
    world = _get_world()
    company = world.create_company(env, f"Bench Page {n}")
    env = env(
        context={**env.context, **world.QUIET, "allowed_company_ids": company.ids}
    )
    number = int(n * SPARE) + 12
    world.INVOICES_PER_DEBTOR = number
    made = world.seed(env, number, date.today(), company=company)
    lines = env["account.move.line"].search(
        [
            ("move_id", "in", made["moves"]),
            ("account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
            ("move_id.payment_state", "!=", "blocked"),
        ],
        limit=n,
    )
    assert len(lines) == n, len(lines)
    day = company._get_collection_today()
    found = env["debt.collection.case"]._open_for_items(lines, day, "flag")
    _make_user(env, found.partner_id, company)


def _make_user(env, debtor, company):
    contact = env["res.partner"].create({"name": "Bench", "parent_id": debtor.id})
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Bench",
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": contact.id,
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )


def _log_in(env):
    """A browser of the debtor, in this process."""
    from werkzeug.test import Client

    from odoo.http import root
    from odoo.tools import config

    config["db_name"], config["dbfilter"] = [env.cr.dbname], f"^{env.cr.dbname}$"

    def server(environ, start_response):
        environ["REMOTE_ADDR"] = "127.0.0.1"  # as a socket would say
        return root(environ, start_response)

    client = Client(server)
    page = client.get("/web/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="(\w+)"', page).group(1)
    answer = client.post(
        "/web/login",
        data={"login": LOGIN, "password": LOGIN, "csrf_token": token},
    )
    assert answer.status_code == 303, answer.status_code
    return client


def _ask(env, path, expected):
    """What is measured: the same page some times; the first one does not count."""
    from odoo import sql_db

    client = _log_in(env)

    def work():
        first = client.get(path)
        assert first.status_code == 200, first.status_code
        assert expected in first.get_data(as_text=True)
        times, queries = [], sql_db.sql_counter
        for _round in range(ROUNDS):
            start = time.perf_counter()
            assert client.get(path).status_code == 200
            times.append(time.perf_counter() - start)
        return {
            "seconds": sorted(times)[int(ROUNDS * 0.95) - 1],
            "queries": (sql_db.sql_counter - queries) / ROUNDS,
        }

    return work


@case("Odoo's /my/invoices, p95", sizes=SIZES, repeat=1)
@prepares
def odoo_list(env, n):
    return _ask(env, "/my/invoices", "INV/")


@case(
    "debtor's page, p95", sizes=SIZES, compared_to="Odoo's /my/invoices, p95", repeat=1
)
@prepares
def page(env, n):
    found = env["debt.collection.case"].search([], limit=1)
    return _ask(env, f"/my/collection/{found.id}", found.name)


@case(
    "debtor's list of cases, p95",
    sizes=SIZES,
    compared_to="Odoo's /my/invoices, p95",
    repeat=1,
)
@prepares
def case_list(env, n):
    found = env["debt.collection.case"].search([], limit=1)
    return _ask(env, "/my/collection", found.name)
