"""The debtor's page with few and many invoices, beside Odoo's own list of invoices.

Whole requests through the server's own entry, logged in as the debtor: routing, session
and rendering count. The figure is the 95th percentile of a request; queries are those
of one. The first visit, which makes what a large case keeps until something changes,
has a row of its own.

DC_BENCH_SIZES=1,1000 gives other sizes, DC_BENCH_ROUNDS=50 more requests a row.
"""

import os
import re
import time
from datetime import date

from harness import case, prepares

SIZES = tuple(
    int(size) for size in os.environ.get("DC_BENCH_SIZES", "1,100,10000").split(",")
)
ROUNDS = int(os.environ.get("DC_BENCH_ROUNDS", "20"))
ODOO = "Odoo's /my/invoices, p95"
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
    company.country_id = env.ref("base.be")  # a law with interest and indemnities
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
    _write_letter(env, found, lines, day)
    _make_user(env, found.partner_id, company)


def _write_letter(env, found, lines, day):
    """The letter that claimed interest and indemnities: the page shows them."""
    policy = env["debt.collection.policy"].create(
        {
            "name": "Bench",
            "company_id": found.company_id.id,
            "step_ids": [(0, 0, {"name": "One", "delay": 5, "charges": "memo"})],
        }
    )
    letter = env["ir.attachment"].create({"name": "letter.pdf", "raw": b"%PDF-1.4"})
    env["debt.collection.action"].create(
        {
            "account_id": found.account_id.id,
            "case_id": found.id,
            "company_id": found.company_id.id,
            "partner_id": found.partner_id.id,
            "currency_id": found.currency_id.id,
            "step_id": policy.step_ids.id,
            "date": day,
            "date_done": day,
            "state": "done",
            "attachment_id": letter.id,
            "line_ids": [
                (0, 0, {"company_id": found.company_id.id, "move_line_id": line.id})
                for line in lines[:1]
            ],
        }
    )


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


def _get_case(env):
    return env["debt.collection.case"].search([], limit=1)


def _ask(env, path, expected):
    """What is measured: the same page some times; the first one does not count."""
    from odoo import sql_db

    client = _log_in(env)

    def work():
        """Measured by its own clock: the harness counts the first request too."""
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


@case(ODOO, sizes=SIZES, repeat=1)
@prepares
def odoo_list(env, n):
    return _ask(env, "/my/invoices", "BENCH/")


@case("debtor's page, p95", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def page(env, n):
    found = _get_case(env)
    return _ask(env, f"/my/collection/{found.id}", found.name)


@case("debtor's page, the first visit", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def first_visit(env, n):
    """After something changed: a large case is worked out anew."""
    found, client = _get_case(env), _log_in(env)
    assert client.get("/my/home").status_code == 200  # what a server loads once
    env["debt.collection.page.total"].search([]).unlink()
    env.cr.commit()

    def work():
        assert client.get(f"/my/collection/{found.id}").status_code == 200

    return work


@case("door: I pay, p95", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def door_pay(env, n):
    found = _get_case(env)
    return _ask(env, f"/my/collection/{found.id}/choose", "kind_amount")


@case("door: I do not agree, p95", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def door_dispute(env, n):
    found = _get_case(env)
    return _ask(env, f"/my/collection/{found.id}/dispute", "dispute_words")


@case("door: I need time, p95", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def door_time(env, n):
    found = _get_case(env)
    return _ask(env, f"/my/collection/{found.id}/time", "time_count")


@case("debtor's list of cases, p95", sizes=SIZES, compared_to=ODOO, repeat=1)
@prepares
def case_list(env, n):
    found = _get_case(env)
    return _ask(env, "/my/collection", found.name)


def report(rows):
    """What a page costs with the most invoices against one, in time and queries."""
    small, large = min(SIZES), max(SIZES)
    found = {(row["name"], row["n"]): row for row in rows if row["n"] in SIZES}
    print(f"\ngrowth from {small} to {large} invoices: seconds, queries")
    for name in dict.fromkeys(name for name, _n in found):
        few, many = found.get((name, small)), found.get((name, large))
        if few and many:
            print(
                f"{name[:44]:44} {many['seconds'] / few['seconds']:8.2f} "
                f"{many['queries'] / few['queries']:8.2f}"
            )
