"""Fills a database with overdue invoices, quickly: the benchmarks' world.

`seed(env, n, today)` makes n posted customer invoices on n/5 debtors, due over the
200 days before `today`, of 20 to 20,000 EUR: 15 % of them paid or part paid, 5 %
blocked for payment, so that some 0.84 n are open and may be chased. With `disputes`
2 % of those are contested, as a whole or in half, on a case of their debtor.

Each kind of document is made once by the ORM and then copied as rows in SQL, with
other amounts, dates and debtors. `check_sample` shows that the ORM agrees with the
copies: it computes the stored values of some of them anew and compares.

Money is `Decimal` in the company's currency.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from odoo import Command
from odoo.tools import SQL

CENT = Decimal("0.01")
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}
SHARE_PAID, SHARE_PART, SHARE_BLOCKED = 0.11, 0.04, 0.05
SHARE_CONTESTED = 0.02
INVOICES_PER_DEBTOR = 5
DUE_DAYS, TERM = 200, 30
MOULD_AMOUNT = Decimal("100.00")


@dataclass(frozen=True, slots=True)
class Draft:
    """One invoice to copy: `paid` is what was matched with it."""

    debtor: int
    due_date: date
    amount: Decimal
    paid: Decimal
    blocked: bool

    @property
    def residual(self):
        return self.amount - self.paid


def draw(n, today, seed=19):
    """The invoices to make, amounts log-uniform; the same for the same seed.

    :rtype: list[Draft]
    """
    rng, debtors = Random(seed), max(1, n // INVOICES_PER_DEBTOR)
    return [_draw_one(rng, rng.randrange(debtors), today) for _n in range(n)]


def _draw_one(rng, debtor, today):
    amount = Decimal(20 * 1000 ** rng.random()).quantize(CENT)
    fate, paid = rng.random(), Decimal(0)
    if fate < SHARE_PAID:
        paid = amount
    elif fate < SHARE_PAID + SHARE_PART:
        paid = (amount * Decimal(rng.randint(10, 90)) / 100).quantize(CENT)
    return Draft(
        debtor=debtor,
        due_date=today - timedelta(days=rng.randint(1, DUE_DAYS)),
        amount=amount,
        paid=paid,
        blocked=fate > 1 - SHARE_BLOCKED,
    )


def create_company(env, name):
    """A company in EUR with the generic chart, the default one of the user."""
    company = env["res.company"].create({"name": name, "debt_collection_paused": False})
    env["account.chart.template"].try_loading("generic_coa", company)
    company.currency_id = env.ref("base.EUR")
    company.currency_id.active = True
    return company


def seed(env, n, today, rng_seed=19, company=None, disputes=False):
    """Make n overdue invoices in `company` (a new one when None).

    :param bool disputes: contest some of them
    :return: the figures of what was made; `company` is its id
    :rtype: dict
    """
    company = company or create_company(env, f"Bench Creditor {n}")
    context = {**env.context, **QUIET, "allowed_company_ids": company.ids}
    env = env(context=context)
    drafts = draw(n, today, rng_seed)
    moulds = _make_moulds(env, today)
    env.flush_all()
    debtors = _copy_debtors(env, moulds["debtor"], max(1, n // INVOICES_PER_DEBTOR))
    moves, items = _copy_invoices(env, moulds["invoice"], drafts, debtors)
    _copy_payments(env, moulds, drafts, debtors, items)
    env.invalidate_all(flush=False)
    env.cr.execute("ANALYZE res_partner, account_move, account_move_line")
    chaseable = [draft for draft in drafts if draft.residual and not draft.blocked]
    contested = 0
    if disputes:
        contested = _contest(env, drafts, items, today, rng_seed)
    return {
        "contested": contested,
        "company": company.id,
        "invoices": len(moves),
        "debtors": len(debtors),
        "open": len(chaseable),
        "amount": sum(draft.residual for draft in chaseable),
        "moves": moves,
    }


# -- the moulds: one of each, made by the ORM ------------------------------------------


def _make_moulds(env, today):
    debtor = env["res.partner"].create(
        {
            "name": "Bench Debtor",
            "is_company": True,
            "email": "debtor@example.com",
            "street": "1 Main Street",
            "city": "Town",
        }
    )
    invoice = _create_invoice(env, debtor, today - timedelta(days=1), MOULD_AMOUNT)
    paid = _create_invoice(env, debtor, today - timedelta(days=1), MOULD_AMOUNT)
    line = _create_payment(env, paid, today)
    return {"debtor": debtor, "invoice": invoice, "paid": paid, "line": line}


def _create_invoice(env, debtor, due_date, amount):
    line = {
        "name": "Goods",
        "price_unit": float(amount),
        "tax_ids": [Command.clear()],
    }
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": debtor.id,
            "invoice_date": due_date - timedelta(days=TERM),
            "invoice_date_due": due_date,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [Command.create(line)],
        }
    )
    move.action_post()
    return move


def _create_payment(env, move, day):
    item = receivable(move)
    journal = env["account.journal"].search(
        [("company_id", "=", env.company.id), ("type", "=", "bank")], limit=1
    )
    line = env["account.bank.statement.line"].create(
        {
            "journal_id": journal.id,
            "date": day,
            "partner_id": move.partner_id.id,
            "payment_ref": move.name,
            "amount": move.amount_total,
            "counterpart_account_id": item.account_id.id,
        }
    )
    (item + receivable(line.move_id)).reconcile()
    return line


def receivable(moves):
    """The receivable lines of moves."""
    return moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")


# -- the copies ------------------------------------------------------------------------


def _copy_debtors(env, mould, n):
    ids = _new_ids(env, "res_partner", n)
    names = [f"Bench Debtor {number:06d}" for number in range(n)]
    emails = [f"debtor{number:06d}@example.com" for number in range(n)]
    _copy(
        env,
        "res_partner",
        mould.id,
        {
            "id": ids,
            "name": names,
            "complete_name": names,
            "email": emails,
            "email_normalized": emails,
            "commercial_partner_id": ids,
        },
    )
    return ids


def _copy_invoices(env, mould, drafts, debtors):
    """Copy the mould for each draft.

    :return: (ids of the moves, ids of their receivable lines)
    """
    ids = _new_ids(env, "account_move", len(drafts))
    columns = _invoice_columns(mould, drafts, debtors, ids)
    _copy(env, "account_move", mould.id, {"id": ids, **columns})
    item = receivable(mould)
    items = _copy_lines(env, item, ids, columns, _item_columns(columns, drafts))
    amounts = [draft.amount for draft in drafts]
    priced = dict.fromkeys(("price_unit", "price_subtotal", "price_total"), amounts)
    balances = _balance_columns([-amount for amount in amounts])
    _copy_lines(env, mould.line_ids - item, ids, columns, {**balances, **priced})
    return ids, items


def _item_columns(columns, drafts):
    residuals = [draft.residual for draft in drafts]
    return {
        **_balance_columns([draft.amount for draft in drafts]),
        "name": columns["payment_reference"],
        "date_maturity": columns["invoice_date_due"],
        "amount_residual": residuals,
        "amount_residual_currency": residuals,
        "reconciled": [not residual for residual in residuals],
    }


def _copy_lines(env, mould, moves, move_columns, columns):
    """One copy of a move line for each copied move; returns the new ids."""
    ids = _new_ids(env, "account_move_line", len(moves))
    common = {
        name: move_columns[name]
        for name in ("partner_id", "date", "invoice_date")
        if name in move_columns
    }
    common |= {"id": ids, "move_id": moves, "move_name": move_columns["name"]}
    _copy(env, "account_move_line", mould.id, {**common, **columns})
    return ids


def _invoice_columns(mould, drafts, debtors, ids):
    prefix = f"BENCH/{mould.id:07d}/"  # two digits would be a year
    names = [f"{prefix}{number + 1:07d}" for number in range(len(ids))]
    partners = [debtors[draft.debtor] for draft in drafts]
    amounts = [draft.amount for draft in drafts]
    residuals = [draft.residual for draft in drafts]
    dates = [draft.due_date - timedelta(days=TERM) for draft in drafts]
    return {
        "name": names,
        "payment_reference": names,
        "sequence_prefix": [prefix] * len(ids),
        "sequence_number": list(range(1, len(ids) + 1)),
        "partner_id": partners,
        "commercial_partner_id": partners,
        "partner_shipping_id": partners,
        "invoice_partner_display_name": [f"Bench {partner}" for partner in partners],
        "date": dates,
        "invoice_date": dates,
        "invoice_date_due": [draft.due_date for draft in drafts],
        **dict.fromkeys(_AMOUNTS, amounts),
        **dict.fromkeys(_RESIDUALS, residuals),
        "payment_state": [_payment_state(draft) for draft in drafts],
        "access_token": [None] * len(ids),
    }


_AMOUNTS = (
    "amount_untaxed",
    "amount_total",
    "amount_untaxed_signed",
    "amount_untaxed_in_currency_signed",
    "amount_total_signed",
    "amount_total_in_currency_signed",
)
_RESIDUALS = ("amount_residual", "amount_residual_signed")


def _payment_state(draft):
    if not draft.residual:
        return "paid"
    if draft.blocked:
        return "blocked"
    return "partial" if draft.paid else "not_paid"


def _balance_columns(balances):
    return {
        "balance": balances,
        "amount_currency": balances,
        "debit": [max(balance, Decimal(0)) for balance in balances],
        "credit": [max(-balance, Decimal(0)) for balance in balances],
    }


def _copy_payments(env, moulds, drafts, debtors, items):
    """A bank line for each paid draft, matched with its invoice."""
    paid = [(d, item) for d, item in zip(drafts, items, strict=True) if d.paid]
    if not paid:
        return
    mould = moulds["line"]
    amounts = [draft.paid for draft, _item in paid]
    columns = _payment_columns(mould, amounts, [debtors[d.debtor] for d, _i in paid])
    moves = _copy_bank_moves(env, mould, columns)
    item = receivable(mould.move_id)
    bank = _balance_columns(amounts)
    bank |= dict.fromkeys(("amount_residual", "amount_residual_currency"), amounts)
    bank["statement_line_id"] = columns["statement_line_id"]
    _copy_lines(env, mould.move_id.line_ids - item, moves, columns, bank)
    matched = _balance_columns([-amount for amount in amounts])
    matched["statement_line_id"] = columns["statement_line_id"]
    matched = _copy_lines(env, item, moves, columns, matched)
    _match(env, moulds, paid, matched, amounts)


def _payment_columns(mould, amounts, partners):
    prefix, n = f"BENCHP/{mould.id:07d}/", len(amounts)
    return {
        "name": [f"{prefix}{number + 1:07d}" for number in range(n)],
        "sequence_prefix": [prefix] * n,
        "sequence_number": list(range(1, n + 1)),
        "partner_id": partners,
        "commercial_partner_id": partners,
        "amount_total": amounts,
        "amount_total_signed": amounts,
        "amount_total_in_currency_signed": amounts,
    }


def _copy_bank_moves(env, mould, columns):
    """The bank lines and their moves, which point at each other."""
    n = len(columns["name"])
    moves = _new_ids(env, "account_move", n)
    lines = _new_ids(env, "account_bank_statement_line", n)
    pending = {"id": moves, **columns, "statement_line_id": [None] * n}
    _copy(env, "account_move", mould.move_id.id, pending)
    own = {"id": lines, "move_id": moves, "partner_id": columns["partner_id"]}
    own["amount"] = columns["amount_total"]
    _copy(env, "account_bank_statement_line", mould.id, own)
    env.cr.execute(
        """UPDATE account_move m SET statement_line_id = l.id
             FROM account_bank_statement_line l
            WHERE l.move_id = m.id AND l.id = ANY(%s)""",
        [lines],
    )
    columns["statement_line_id"] = lines
    return moves


def _match(env, moulds, paid, matched, amounts):
    """Partial matches of all, full ones of what is settled."""
    items = [item for _draft, item in paid]
    partials = _new_ids(env, "account_partial_reconcile", len(paid))
    settled = [not draft.residual for draft, _item in paid]
    fulls = iter(_new_ids(env, "account_full_reconcile", sum(settled)))
    full_ids = [next(fulls) if done else None for done in settled]
    mould = receivable(moulds["paid"]).matched_credit_ids
    _copy(
        env,
        "account_full_reconcile",
        mould.full_reconcile_id.id,
        {"id": [full for full in full_ids if full]},
    )
    _copy(
        env,
        "account_partial_reconcile",
        mould.id,
        {
            "id": partials,
            "debit_move_id": items,
            "credit_move_id": matched,
            "full_reconcile_id": full_ids,
            "amount": amounts,
            "debit_amount_currency": amounts,
            "credit_amount_currency": amounts,
        },
    )
    numbers = [
        str(full) if full else f"P{partial}"
        for full, partial in zip(full_ids, partials, strict=True)
    ]
    env.cr.execute(
        SQL(
            """UPDATE account_move_line l
                  SET matching_number = v.number, full_reconcile_id = v.full_id
                 FROM unnest(%s::int[], %s::text[], %s::int[]) AS v(id, number, full_id)
                WHERE l.id = v.id""",
            items + matched,
            numbers * 2,
            full_ids * 2,
        )
    )


# -- what debtors contest --------------------------------------------------------------


def _contest(env, drafts, items, today, rng_seed):
    """Contest some of what is open: by the ORM, each on the case of its debtor.

    Every other one as a whole, the others in half; all were acknowledged.

    :return: how many invoices are contested
    """
    rng = Random(rng_seed)
    ids = [
        item
        for draft, item in zip(drafts, items, strict=True)
        if draft.residual and not draft.blocked and rng.random() < SHARE_CONTESTED
    ]
    lines = env["account.move.line"].browse(ids)
    Case = env["debt.collection.case"]
    Case._open_for_items(lines, today, "flag")
    reason = env["debt.collection.dispute.reason"].search([], limit=1)
    claims = env["debt.collection.claim"].search([("move_line_id", "in", ids)])
    disputes = env["debt.collection.dispute"].create(
        [
            {
                "case_id": claim.case_id.id,
                "reason_id": reason.id,
                "date": today,
                "date_acknowledged": today,
                "description": "Contested",
                "line_ids": [
                    Command.create(
                        {
                            "claim_id": claim.id,
                            "amount": claim.currency_id.round(
                                claim.amount_residual / (1 + number % 2)
                            ),
                        }
                    )
                ],
            }
            for number, claim in enumerate(claims)
        ]
    )
    env.flush_all()
    return len(disputes)


# -- rows ------------------------------------------------------------------------------


def _new_ids(env, table, n):
    env.cr.execute(
        SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", n)
    )
    return [row[0] for row in env.cr.fetchall()]


def _copy(env, table, mould_id, columns):
    """Copy one row as often as the lists of `columns` are long, with their values."""
    types = _column_types(env, table)
    changed = {name: values for name, values in columns.items() if name in types}
    kept = [name for name in types if name not in changed]
    arrays = SQL(", ").join(
        SQL("%s::%s[]", list(values), SQL(types[name]))
        for name, values in changed.items()
    )
    env.cr.execute(
        SQL(
            """INSERT INTO %(table)s (%(changed)s, %(kept)s)
               SELECT v.*, %(mould)s FROM unnest(%(arrays)s) AS v, %(table)s m
                WHERE m.id = %(id)s""",
            table=SQL.identifier(table),
            changed=SQL(", ").join(map(SQL.identifier, changed)),
            kept=SQL(", ").join(map(SQL.identifier, kept)),
            mould=SQL(", ").join(SQL.identifier("m", name) for name in kept),
            arrays=arrays,
            id=mould_id,
        )
    )


def _column_types(env, table):
    env.cr.execute(
        """SELECT column_name, udt_name FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = %s
              AND is_generated = 'NEVER'""",
        [table],
    )
    return dict(env.cr.fetchall())


# -- the proof -------------------------------------------------------------------------

CHECKED = {
    "account.move": (
        "amount_untaxed",
        "amount_total",
        "amount_residual",
        "amount_total_signed",
        "amount_residual_signed",
        "payment_state",
        "commercial_partner_id",
        "invoice_date_due",
    ),
    "account.move.line": (
        "debit",
        "credit",
        "balance",
        "amount_currency",
        "price_subtotal",
        "price_total",
        "amount_residual",
        "amount_residual_currency",
        "reconciled",
        "date_maturity",
        "partner_id",
    ),
    "res.partner": ("complete_name", "email_normalized", "commercial_partner_id"),
}


def check_sample(env, made, size=200):
    """Compute stored values of some copies anew; return the differences, as texts.

    Nothing of it stays in the database.
    """
    step = max(1, len(made["moves"]) // size)
    env = env(context={**env.context, "allowed_company_ids": [made["company"]]})
    moves = env["account.move"].browse(made["moves"][::step])
    records = (moves.line_ids, moves, moves.partner_id)
    with env.cr.savepoint(flush=False) as savepoint:
        wrong = [text for batch in records for text in _check_records(batch)]
        env.flush_all()
        env.invalidate_all()
        savepoint.rollback()
    return wrong


def _check_records(records):
    names = CHECKED[records._name]
    before = {record.id: [record[name] for name in names] for record in records}
    for name in names:
        # a value that users may edit is not computed anew, it is what was entered
        if records._fields[name].compute and records._fields[name].readonly:
            records.env.add_to_compute(records._fields[name], records)
    for record in records:
        for name, old in zip(names, before[record.id], strict=True):
            if record[name] != old:
                yield f"{record}: {name} is {old!r}, the ORM says {record[name]!r}"
