"""Letters: rendered, printed, frozen and queued as mails, beside Odoo's path and OCA's.

Each debtor gets one letter on his overdue invoices. The product makes them as the run
does, fifty by one start of the engine; *Odoo, one by one* prints the same letter by
`ir.actions.report._render_qweb_pdf` and queues a mail for each record; OCA's credit
control writes its communications and mails them with their report. Nothing is sent;
everything is rolled back. The engine's own processor seconds are in none of the
figures but the clock's: it is a process of its own.
"""

import os
from datetime import date

import harness
import oca
from harness import prepares

DAY = date(2026, 11, 23)
MANY, FEW = 500, 50
BATCH = 50
HAS_OCA = oca.fetch()
REPEAT = int(os.environ.get("DC_BENCH_REPEAT", "1"))
SINGLE = "Odoo, one by one: letter, file, mail"


def case(name, **options):
    return harness.case(name, repeat=REPEAT, **options)


def seed(env, n):
    """So many debtors with five invoices each, who can be written to."""
    import seed as world

    if HAS_OCA:
        oca.install(env)
        env = env(user=1)
        env.transaction.reset()
    made = world.seed(env, n * world.INVOICES_PER_DEBTOR, DAY)
    company = env["res.company"].browse(made["company"])
    company.write({"email": "creditor@creditor.example", "city": "Townsend"})
    env["res.partner.bank"].create(
        {
            "partner_id": company.partner_id.id,
            "acc_number": "LU280019400644750000",
            "company_id": company.id,
        }
    )
    env.cr.execute(
        """UPDATE res_partner p SET street = '5 Long Street', zip = '2000',
                  city = 'Farville', email = 'd' || p.id || '@debtor.example',
                  email_normalized = 'd' || p.id || '@debtor.example'
            WHERE p.id IN (SELECT partner_id FROM account_move WHERE company_id = %s)
              AND p.id <> %s""",
        [company.id, company.partner_id.id],
    )
    env["debt.collection.policy"].search([]).action_archive()
    env["debt.collection.policy"].create(
        {
            "name": "Bench",
            "company_id": company.id,
            "step_ids": [(0, 0, {"name": "One", "opens_case": True, "delay": 5})],
        }
    )
    if HAS_OCA:
        oca.prepare(env, company)


def creditor(env):
    company = env["res.company"].search([("name", "=like", "Bench Creditor%")])
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    return env, company.with_env(env)


def released(env, n):
    """The letters of the first run, released and not made yet; at most n."""
    env, company = creditor(env)
    run = env["debt.collection.run"].with_company(company)
    run._ensure_accounts(company)
    run._run_batch(run._select(company, DAY), DAY)
    env.flush_all()
    actions = env["debt.collection.action"].search([("company_id", "=", company.id)])
    actions._release()
    env.flush_all()
    env.invalidate_all()
    return actions[:n]


def check(actions):
    """Every letter is frozen and its mail waits in the queue."""
    if actions.filtered("error") or not all(actions.mapped("attachment_id.raw")):
        raise AssertionError(actions.filtered("error")[:1].error or "a file is missing")
    if len(actions.delivery_ids.mail_id) != len(actions):
        raise AssertionError("a mail is missing")


@case(SINGLE, sizes=(FEW,))
@prepares
def odoo_one_by_one(env, n):
    actions = released(env, n)
    report = env["ir.actions.report"].with_context(force_report_rendering=True)
    template = env.ref("debt_collection.mail_template_letter")

    def work():
        for action in actions:
            name = "debt_collection.report_letter"
            content, _kind = report._render_qweb_pdf(name, action.ids)
            file = env["ir.attachment"].create(
                {"name": f"{action.id}.pdf", "raw": content}
            )
            values = {"attachment_ids": file.ids, "email_to": "d@debtor.example"}
            template.send_mail(action.id, email_values=values)

    return work


if HAS_OCA:
    oca.show_to_odoo()

    @case("OCA: communication, report, mail", sizes=(FEW,), compared_to=SINGLE)
    @prepares
    def oca_letters(env, n):
        env, company = creditor(env)
        lines = oca.run(env, company, DAY)
        lines.write({"state": "to_be_sent"})
        env.flush_all()

        def work():
            Communication = env["credit.control.communication"]
            made = Communication._generate_comm_from_credit_lines(lines)
            made[:n]._generate_emails()

        return work


@case("letters, files and mails", sizes=(FEW, MANY), compared_to=SINGLE)
@prepares
def letters(env, n):
    actions = released(env, n)

    def work():
        for start in range(0, len(actions), BATCH):
            actions[start : start + BATCH]._dispatch()
        check(actions)

    return work


@case("the words alone (HTML), in bulk", sizes=(FEW, MANY))
@prepares
def words(env, n):
    actions = released(env, n)
    return lambda: env["debt.collection.letter"]._render_bodies(actions)


def report(rows):
    """Seconds a letter, side by side."""
    print("\nseconds a letter, by the clock")
    for row in rows:
        print(f"{row['name'][:44]:44} {row['n']:>5} {row['seconds'] / row['n']:8.3f}")
