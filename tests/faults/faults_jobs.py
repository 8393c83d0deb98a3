"""What the forked processes do: each job gets the registry, and opens cursors itself.

Everything is committed; a job returns what JSON can carry.
"""

from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.service.model import retrying

from odoo.addons.base.models import ir_mail_server

QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


@contextmanager
def transaction(registry, uid=SUPERUSER_ID, **context):
    """A transaction of its own, committed at the end."""
    with registry.cursor() as cr:
        yield api.Environment(cr, uid, context)


# -- the world ---------------------------------------------------------------------


def make_world(registry, companies):
    """Creditors with a ladder each; every other company rests.

    :param dict companies: name -> time zone
    """
    with transaction(registry) as env:
        env["res.company"].search([]).debt_collection_paused = True
        env["ir.cron"].search([]).active = False
        env["ir.mail_server"].search([]).active = False
        return {
            name: _make_company(env, name, zone) for name, zone in companies.items()
        }


def _make_company(env, name, zone):
    company = env["res.company"].create(
        {
            "name": name,
            # no country: Odoo would install what it wants there
            "currency_id": env.ref("base.EUR").id,
            "street": "1 Market Square",
            "zip": "1000",
            "city": "Townsend",
            "email": "billing@creditor.example",
            "debt_collection_tz": zone,
            "debt_collection_paused": False,
            "debt_collection_undo_minutes": 0,
            "debt_collection_quiet_from": 0,
            "debt_collection_quiet_to": 0,
            "debt_collection_quiet_days": False,
            "debt_collection_contact_limit": 0,
        }
    )
    env.ref("base.EUR").active = True
    env["account.chart.template"].try_loading("generic_coa", company)
    company.currency_id = env.ref("base.EUR")
    env["res.partner.bank"].create(
        {
            "partner_id": company.partner_id.id,
            "acc_number": "LU280019400644750000",
            "company_id": company.id,
        }
    )
    _make_policy(env, company)
    return company.id


def _make_policy(env, company):
    step = {"notice_kind": "none", "charges": "waived", "wait": 7}
    env["debt.collection.policy"].create(
        {
            "name": f"Ladder of {company.name}",
            "sequence": -1,
            "company_id": company.id,
            "step_ids": [
                Command.create(
                    {
                        **step,
                        "name": "One",
                        "sequence": 10,
                        "delay": 5,
                        "notice_kind": "first",
                        "opens_case": True,
                    }
                ),
                Command.create({**step, "name": "Two", "sequence": 20, "delay": 15}),
                Command.create(
                    {
                        **step,
                        "name": "Three",
                        "sequence": 30,
                        "delay": 30,
                        "notice_kind": "formal",
                    }
                ),
            ],
        }
    )


def seed(registry, company, debtors, due, mode="automatic", invoices=1, prefix="D"):
    """Debtors of a company with overdue invoices; the debtors' ids."""
    with transaction(registry, allowed_company_ids=[company], **QUIET) as env:
        policies = env["debt.collection.policy"].search([("company_id", "=", company)])
        policies.mode = mode
        partners = env["res.partner"].create(
            [_prepare_debtor(env, f"{prefix}{n:03d}") for n in range(debtors)]
        )
        _make_invoices(env, partners, date.fromisoformat(due), invoices)
        return partners.ids


def invoice(registry, company, partners, due):
    """Overdue invoices of a company to debtors that are there already."""
    with transaction(registry, allowed_company_ids=[company], **QUIET) as env:
        debtors = env["res.partner"].browse(partners)
        _make_invoices(env, debtors, date.fromisoformat(due), 1)


def post_by_hand(registry):
    """A person releases what waits for review and posts it; no PDF is made."""
    with transaction(registry) as env:
        actions = env["debt.collection.action"].search([("state", "=", "planned")])
        actions._release()
        actions.delivery_ids.action_mark_sent()


def _prepare_debtor(env, name):
    return {
        "name": f"Debtor {name}",
        "ref": name,
        "is_company": True,
        "email": f"{name.lower()}@debtor.example",
        "street": "5 Long Street",
        "zip": "2000",
        "city": "Farville",
        "country_id": env.ref("base.lu").id,
    }


def _make_invoices(env, partners, due, number):
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": due - timedelta(days=30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": 100 + n,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for partner in partners
            for n in range(number)
        ]
    )
    moves.action_post()
    return moves


# -- what runners do -----------------------------------------------------------------


def run(registry, batch_size=500):
    """The daily run, as the scheduled action calls it."""
    with transaction(registry) as env:
        env["debt.collection.run"]._cron_run(batch_size=batch_size)


def run_scheduler(registry, crons):
    """What a cron worker does with these scheduled actions."""
    cron = registry["ir.cron"]
    with registry.cursor() as cr:
        cron._process_jobs_loop(cr, job_ids=crons)


def run_out_of_time(registry, cron, batch_size=500):
    """One turn of the scheduled action whose time is over before it starts.

    :return: what it left to do, as the scheduler would read it
    """
    with transaction(registry) as env:
        record, progress = env["ir.cron"].browse(cron)._add_progress()
        env.cr.commit()
        context = {"cron_id": cron, "cron_end_time": 0.0}
        run_env = record.with_context(**context).env
        run_env["debt.collection.run"]._cron_run(batch_size=batch_size)
        env.flush_all()
        env.cr.commit()
        progress.invalidate_recordset()
        return progress.remaining


def send_mails(registry, patience=None):
    """The mail queue, as its scheduled action calls it.

    :param patience: seconds that it waits for the server; None for Odoo's own minute
    """
    if patience:
        ir_mail_server.SMTP_TIMEOUT = patience
    with transaction(registry) as env:
        env["mail.mail"].process_email_queue()


# -- what people do meanwhile ----------------------------------------------------------


def _retrying(env, function):
    """As a request does: again when another transaction was in the way."""
    result = retrying(function, env)
    env.cr.commit()
    return result


def pay(registry, company, partners):
    """Bank lines that settle all the debtors owe."""
    with transaction(registry, allowed_company_ids=[company], **QUIET) as env:
        return _retrying(env, partial(_pay, env, company, partners))


def _pay(env, company, partners):
    domain = [
        ("company_id", "=", company),
        ("partner_id", "in", partners),
        ("account_type", "=", "asset_receivable"),
        ("parent_state", "=", "posted"),
        ("reconciled", "=", False),
    ]
    journal = env["account.journal"].search(
        [("company_id", "=", company), ("type", "=", "bank")], limit=1
    )
    for item in env["account.move.line"].search(domain):
        line = env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": item.date_maturity,
                "partner_id": item.partner_id.id,
                "payment_ref": item.move_name,
                "amount": item.amount_residual,
                "counterpart_account_id": item.account_id.id,
            }
        )
        paid = line.move_id.line_ids.filtered(
            lambda x, a=item.account_id: x.account_id == a
        )
        (item + paid).reconcile()


def merge(registry, source, target):
    """Two debtors become one."""
    with transaction(registry, **QUIET) as env:
        return _retrying(env, partial(_merge, env, source, target))


def _merge(env, source, target):
    partners = env["res.partner"].browse([source, target])
    partners.email = "merged@debtor.example"
    wizard = env["base.partner.merge.automatic.wizard"].create({})
    wizard._merge(partners.ids, partners[1])


def log_note(registry, cases):
    """Something a person does that the log of the cases keeps."""
    with transaction(registry) as env:
        return _retrying(env, partial(_log_note, env, cases))


def _log_note(env, cases):
    records = env["debt.collection.case"].browse(cases)
    note = f"seen: {', '.join(records.mapped('name'))}"  # read before it is logged
    return records._log_event("hold", {"reason": note}).ids


def retry_action(registry, actions):
    """A person lets failed actions go again."""
    with transaction(registry) as env:
        env["debt.collection.action"].browse(actions).action_retry()


def call(registry, model, ids, method, args=(), company=None):
    """Any method on records, as the system."""
    context = {"allowed_company_ids": [company]} if company else {}
    with transaction(registry, **context) as env:
        result = getattr(env[model].browse(ids), method)(*args)
        return getattr(result, "ids", result)


def write(registry, model, ids, values):
    with transaction(registry) as env:
        env[model].browse(ids).write(values)


def offer_plan(registry, case, days):
    """A payment plan that waits for the debtor's answer; its id."""
    with transaction(registry) as env:
        record = env["debt.collection.case"].browse(case)
        part = record.amount_residual / len(days)
        lines = [(date.fromisoformat(day), part) for day in days]
        plan = record._propose_plan({"kind": "plan", "lines": lines}, "debtor")
        plan.signed_by = "Ann Other"
        return plan.id


def act_on_plan(registry, plan, verb):
    """Somebody presses a button, as the web does it; the message he gets."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        button = getattr(env["debt.collection.plan"].browse(plan), f"action_{verb}")
        try:
            retrying(button, env)
        except UserError as error:
            cr.rollback()
            return str(error)
        return ""


def request_cost(registry, case):
    """A cost that waits for its yes, and two who may give it: cost id, user ids."""
    with transaction(registry) as env:
        record = env["debt.collection.case"].browse(case)
        company = record.company_id
        group = env.ref("debt_collection.debt_collection_group_approver")
        users = env["res.users"].create(
            [
                {
                    "name": login,
                    "login": login,
                    "email": f"{login}@creditor.example",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(group.ids)],
                }
                for login in ("first_approver", "second_approver")
            ]
        )
        cost = record.with_context(tracking_disable=True)._request_cost(
            {
                "type_id": env.ref("debt_collection.cost_type_inquiry").id,
                "partner_id": company.partner_id.id,
                "amount_net": 10,
            }
        )
        return [cost.id, users.ids]


def act_on_cost(registry, cost, verb, user):
    """An approver presses a button, as the web does it; the message he gets."""
    with registry.cursor() as cr:
        env = api.Environment(cr, user, {})
        record = env["debt.collection.cost"].browse(cost)
        buttons = {
            "approve": record.action_approve,
            "refuse": lambda: record._refuse("not now"),
        }
        try:
            retrying(buttons[verb], env)
        except UserError as error:
            cr.rollback()
            return str(error)
        return ""


def copy_cron(registry, number, batch_size=None):
    """More runners: copies of the scheduled action, active and due.

    :param batch_size: accounts of a batch; None for that of the product
    """
    with transaction(registry) as env:
        first = env.ref("debt_collection.ir_cron_run")
        if batch_size:
            first.code = f"model._cron_run(batch_size={batch_size})"
        crons = first + env["ir.cron"].concat(
            *(first.copy() for _n in range(number - 1))
        )
        crons.write({"active": True, "nextcall": "2020-01-01 00:00:00"})
        return crons.ids


def verify_chains(registry):
    """Every event chain of the database that does not hold."""
    with transaction(registry) as env:
        cases = env["debt.collection.case"].search([])
        return [
            [case.name, seq, reason]
            for case, seq, reason in env["debt.collection.event"]._verify(cases)
        ]


# -- files -----------------------------------------------------------------------------


def store_file(registry, name, text):
    with transaction(registry) as env:
        env["ir.attachment"].create({"name": name, "raw": text.encode()})


def leave_half(registry, name, text):
    """What is in the store when a writer of that file was killed half-way."""
    with transaction(registry) as env:
        files = env["ir.attachment"]
        checksum = files._compute_checksum(text.encode())
        _name, path = files._get_path(text.encode(), checksum)
        with open(path, "wb") as file:
            file.write(text.encode()[: len(text) // 2])


def read_file(registry, name):
    with transaction(registry) as env:
        return env["ir.attachment"].search([("name", "=", name)]).raw.decode()
