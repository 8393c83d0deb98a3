"""Lives a ledger through day by day, on a database of its own, with real commits.

A program, started by `test_replay.py` (or by hand) in a process of its own:

    python replay_play.py --pass tame --out seen.json -- ODOO-OPTIONS

Each morning the creditor's office posts the invoices of the day, takes in the bank
lines of the day and reconciles them, blocks what was contested and unblocks what was
answered. Then the scheduled action of the addon runs, as the scheduler would run it.
In the evening the mail queue runs against a mail sink, and a collector marks letters
as posted and calls as made. Two things are not as in real life: the clock, frozen to
each day, and the letters, which stay HTML by Odoo's own switch for tests, since a
thousand starts of the PDF engine show nothing that one does not (`--pdf` makes them).
"""

import argparse
import json
import sys
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import freezegun
from freezegun import api as unfrozen

sys.path.insert(0, str(Path(__file__).resolve().parent))
import replay_figures
import replay_histories
import replay_passes

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tools import config

import odoo.addons  # noqa: F401

CRON = "debt_collection.ir_cron_run"
IBAN = "BE49999000000171"  # valid digits, no such bank
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


class Office:
    """The creditor: bills, takes in payments, blocks what is contested, posts."""

    def __init__(self, env, bills, chosen):
        self.bills, self.moves = bills, {}
        self.by_day = self._plan(bills, chosen.rule)
        self.company_id = self._create_company(env)
        env = self.env(env)
        self.partners = self._create_debtors(env)
        self._create_policy(env, chosen.steps)

    @staticmethod
    def _plan(bills, rule):
        """Day -> what happens -> bills."""
        by_day = defaultdict(lambda: defaultdict(list))
        for bill in bills:
            by_day[bill.invoice_date]["post"].append(bill)
            by_day[bill.settled_on]["pay"].append(bill)
            answered = bill.due_date + timedelta(days=rule.dispute_days)
            if bill.disputed and bill.due_date < bill.settled_on:
                by_day[bill.due_date]["contest"].append(bill)
            if bill.disputed and answered < bill.settled_on:
                by_day[answered]["answer"].append(bill)
        return by_day

    def days(self):
        """Every day from the first bill to the day after the last payment."""
        first, last = min(self.by_day), max(self.by_day)
        return [first + timedelta(days=n) for n in range((last - first).days + 2)]

    # -- the company, made once --------------------------------------------------

    def _create_company(self, env):
        company = env["res.company"].create(
            {"name": "Replay Creditor", "debt_collection_paused": False}
        )
        env["account.chart.template"].try_loading("generic_coa", company)
        company.currency_id = env.ref("base.EUR")
        company.currency_id.active = True
        # the oracle knows Sundays, not the holidays of a country
        company.country_id = False
        company.partner_id.email = "office@creditor.example.com"
        # the ledger cannot tell how often a debtor was called: no limit on contacts
        company.debt_collection_contact_limit = 0
        admin = env.ref("base.user_admin")
        admin.write({"company_ids": [Command.link(company.id)]})
        admin.company_id = company
        env["res.partner.bank"].create(
            {"acc_number": IBAN, "partner_id": company.partner_id.id}
        )
        self.income_id = company.income_account_id.id
        domain = [("company_id", "=", company.id)]
        for journal in env["account.journal"].search(domain, order="id desc"):
            setattr(self, f"{journal.type}_id", journal.id)
        return company.id

    def env(self, env):
        """The same environment, in the creditor's company."""
        context = {**env.context, **QUIET, "allowed_company_ids": [self.company_id]}
        return env(context=context)

    def _create_debtors(self, env):
        names = sorted({bill.debtor for bill in self.bills})
        partners = env["res.partner"].create(
            [
                {
                    "name": f"Debtor {name}",
                    "is_company": True,
                    "email": f"{name.lower()}@debtor.example.com",
                    "street": "1 Main Street",
                    "city": "Town",
                }
                for name in names
            ]
        )
        return dict(zip(names, partners.ids, strict=True))

    def _create_policy(self, env, steps):
        """A ladder of its own; without steps the one that the engine ships serves."""
        if not steps:
            return
        env["debt.collection.policy"].create(
            {
                "name": "Replay",
                "sequence": -1,
                "company_id": self.company_id,
                "step_ids": [Command.create(vals) for vals in steps],
            }
        )

    # -- a day ---------------------------------------------------------------------

    def morning(self, env, day):
        """Everything the ledger says happens on `day`, before the run."""
        env, today = self.env(env), self.by_day.get(day, {})
        if today.get("post"):
            self._post(env, today["post"])
        contested = today.get("contest", []) + today.get("answer", [])
        self._toggle(self._browse(env, contested))
        if today.get("pay"):
            self._pay(env, today["pay"], day)

    def _browse(self, env, bills):
        return env["account.move"].browse(self.moves[bill.number] for bill in bills)

    def _post(self, env, bills):
        moves = env["account.move"].create([self._prepare_vals(b) for b in bills])
        moves.action_post()
        self.moves.update(zip((b.number for b in bills), moves.ids, strict=True))

    def _prepare_vals(self, bill):
        line = {
            "name": bill.number,
            "account_id": self.income_id,
            "price_unit": float(bill.amount),
            "tax_ids": [Command.clear()],
        }
        return {
            "move_type": "out_invoice",
            "journal_id": self.sale_id,
            "partner_id": self.partners[bill.debtor],
            "ref": bill.number,
            "invoice_date": bill.invoice_date,
            "invoice_date_due": bill.due_date,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [Command.create(line)],
        }

    @staticmethod
    def _toggle(moves):
        """Odoo's own payment block: set when contested, lifted when answered."""
        for move in moves:
            move.action_toggle_block_payment()

    def _pay(self, env, bills, day):
        """One bank line a bill, its counterpart matched with the invoice."""
        moves = self._browse(env, bills)
        self._toggle(moves.filtered(lambda move: move.payment_state == "blocked"))
        items = [self._receivable(move) for move in moves]
        lines = env["account.bank.statement.line"].create(
            [
                {
                    "journal_id": self.bank_id,
                    "date": day,
                    "partner_id": item.partner_id.id,
                    "payment_ref": item.move_name,
                    "amount": float(bill.amount),
                    "counterpart_account_id": item.account_id.id,
                }
                for bill, item in zip(bills, items, strict=True)
            ]
        )
        paid = [self._receivable(line.move_id) for line in lines]
        pairs = [item + payment for item, payment in zip(items, paid, strict=True)]
        env["account.move.line"]._reconcile_plan(pairs)

    @staticmethod
    def _receivable(move):
        return move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def evening(self, env, _day):
        """Letters are posted, calls are made, the mail queue runs."""
        env = self.env(env)
        waiting = env["debt.collection.delivery"].search(
            [
                ("company_id", "=", self.company_id),
                ("channel", "!=", "email"),
                ("state", "=", "to_send"),
                ("handed_over", "=", True),
            ]
        )
        spoken = waiting.filtered(lambda d: d.channel in ("call", "visit"))
        (waiting - spoken).action_mark_sent()
        spoken._set_sent(fields.Datetime.now())  # what a recorded outcome comes to
        env["mail.mail"].process_email_queue()


def run_scheduled_action(env, _day):
    """The scheduled action of the addon, as the button on it runs it."""
    answer = env.ref(CRON).method_direct_trigger()
    if answer is not True:
        raise RuntimeError(answer["params"]["data"]["debug"])


def play(registry, bills, chosen):
    """Live the whole ledger through; return what was seen, ready for JSON."""
    spent, open_principal, errors = defaultdict(float), {}, []
    with freezegun.freeze_time(f"{min(b.invoice_date for b in bills)} 07:00") as clock:
        with _transaction(registry) as env:
            office = Office(env, bills, chosen)
        parts = ((7, office.morning), (8, run_scheduled_action), (17, office.evening))
        for day in office.days():
            for hour, part in parts:
                clock.move_to(datetime(day.year, day.month, day.day, hour))
                start = unfrozen.real_perf_counter()
                with _transaction(registry) as env:
                    part(env, day)
                spent[part.__name__] += unfrozen.real_perf_counter() - start
            with _transaction(registry) as env:
                open_principal[str(day)] = _read_open_principal(env, office)
                errors += [[str(day), *row] for row in _read_errors(env, office)]
    with _transaction(registry) as env:
        seen = _read_seen(env, office)
        env = office.env(env)
        seen["cockpit"] = replay_figures.read(env, office.company_id, office.days())
    seen |= {"open_principal": open_principal, "errors": errors}
    return {**seen, "seconds": spent, "days": len(open_principal)}


@contextmanager
def _transaction(registry):
    """A transaction of its own, committed at the end, as a request would."""
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


# -- what is there afterwards, read by plain SQL ---------------------------------------


def _read_open_principal(env, office):
    env.cr.execute(
        """SELECT COALESCE(sum(x.amount_residual), 0)::numeric(16, 2)::text
             FROM debt_collection_claim x
            WHERE x.company_id = %s AND x.is_open""",
        [office.company_id],
    )
    return env.cr.fetchone()[0]


def _read_errors(env, office):
    """What the run could not do that day, by debtor."""
    return _rows(
        env,
        """SELECT p.name, a.last_error FROM debt_collection_account a
             JOIN res_partner p ON p.id = a.partner_id
            WHERE a.company_id = %s AND a.last_error IS NOT NULL""",
        office,
    )


def _rows(env, query, office):
    env.cr.execute(query, [office.company_id])
    return [list(row) for row in env.cr.fetchall()]


def _read_seen(env, office):
    """Chases, cases, what is left and what went wrong, as lists of texts."""
    return {
        "chases": _rows(
            env,
            """SELECT m.ref, s.name ->> 'en_US', a.date::text,
                      y.amount_residual::numeric(16, 2)::text, a.id, a.state,
                      a.date_done::text
                 FROM debt_collection_action_line y
                 JOIN debt_collection_action a ON a.id = y.action_id
                 JOIN debt_collection_policy_step s ON s.id = a.step_id
                 JOIN account_move_line l ON l.id = y.move_line_id
                 JOIN account_move m ON m.id = l.move_id
                WHERE a.company_id = %s ORDER BY y.id""",
            office,
        ),
        "cases": _rows(
            env,
            """SELECT c.name, substr(p.name, 8), c.date_opened::text,
                      c.date_closed::text, c.amount_claimed::numeric(16, 2)::text,
                      json_object_agg(m.ref, x.create_date::date::text)
                 FROM debt_collection_case c
                 JOIN res_partner p ON p.id = c.partner_id
                 JOIN debt_collection_claim x ON x.case_id = c.id
                 JOIN account_move m ON m.id = x.move_id
                WHERE c.company_id = %s GROUP BY c.id, p.name ORDER BY c.id""",
            office,
        ),
        "residual": _rows(
            env,
            """SELECT COALESCE(sum(amount_residual), 0)::numeric(16, 2)::text
                 FROM account_move_line l
                 JOIN account_account t ON t.id = l.account_id
                WHERE l.company_id = %s AND t.account_type = 'asset_receivable'
                  AND l.parent_state = 'posted'""",
            office,
        )[0][0],
        "broken_chains": _read_broken_chains(env, office),
    }


def _read_broken_chains(env, office):
    cases = env["debt.collection.case"].search([("company_id", "=", office.company_id)])
    broken = env["debt.collection.event"]._verify(cases)
    return [[case.name, str(seq), reason] for case, seq, reason in broken]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pass", dest="chosen", choices=replay_passes.PASSES)
    parser.add_argument("--file", help="the real ledger; none: a generated one")
    parser.add_argument("--out", required=True)
    parser.add_argument("--days", type=int, help="stop after so many days")
    parser.add_argument("--pdf", action="store_true", help="make each letter a PDF")
    parser.add_argument("odoo", nargs="*", help="options of Odoo, after --")
    args = parser.parse_args()
    config.parse_config(args.odoo, setup_logging=True)
    registry = Registry(config["db_name"][0])
    config["test_enable"] = not args.pdf
    chosen = replay_passes.PASSES[args.chosen]
    _source, bills = replay_histories.load(args.file)
    bills = chosen.prepare(bills)
    if args.days:
        bills = replay_histories.first_days(bills, args.days)
    seen = play(registry, bills, chosen)
    Path(args.out).write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
