"""The floors: the same rows by one SQL statement, and by the ORM set-based."""

from odoo import api, fields, models
from odoo.orm.model_classes import add_to_registry
from odoo.tools import split_every

QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}
STAMP = "1, 1, now() at time zone 'UTC', now() at time zone 'UTC'"

DUE = """SELECT l.id, l.move_id, p.commercial_partner_id AS partner_id, l.company_id,
                l.currency_id, l.amount_currency AS amount, l.date_maturity,
                l.amount_residual_currency AS residual, l.amount_residual AS worth
           FROM account_move_line l
           JOIN account_account t ON t.id = l.account_id
           JOIN account_move m ON m.id = l.move_id
           JOIN res_partner p ON p.id = l.partner_id
          WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
            AND l.reconciled IS NOT TRUE AND l.amount_residual_currency > 0
            AND t.account_type = 'asset_receivable'
            AND m.payment_state NOT IN ('blocked', 'paid', 'in_payment')
            AND l.no_followup IS NOT TRUE AND l.date_maturity <= %(day)s"""


def select(env, company, day):
    """One SQL: the due items, read."""
    env.cr.execute(DUE, {"company": company.id, "day": day})
    return env.cr.fetchall()


def insert(env, company, day):
    """One SQL: an account and a case per debtor, a claim per item."""
    env.cr.execute(
        f"""WITH due AS MATERIALIZED ({DUE}),
                 made AS (
            INSERT INTO debt_collection_account (company_id, partner_id, currency_id,
                   item_count, amount_open, create_uid, write_uid, create_date,
                   write_date)
            SELECT company_id, partner_id, currency_id, count(*), sum(residual), {STAMP}
              FROM due GROUP BY company_id, partner_id, currency_id
         RETURNING id, company_id, partner_id, currency_id),
                 opened AS (
            INSERT INTO debt_collection_case (name, account_id, company_id, partner_id,
                   currency_id, regime, date_opened, phase, create_uid, write_uid,
                   create_date, write_date)
            SELECT 'DC/' || id, id, company_id, partner_id, currency_id, 'standard',
                   %(day)s, 'amicable', {STAMP} FROM made
         RETURNING id, partner_id)
            INSERT INTO debt_collection_claim (case_id, company_id, move_line_id,
                   move_id, date_due, amount, amount_residual, regime, is_open,
                   create_uid, write_uid, create_date, write_date)
            SELECT o.id, d.company_id, d.id, d.move_id, d.date_maturity, d.amount,
                   d.residual, 'standard', TRUE, {STAMP}
              FROM due d JOIN opened o USING (partner_id)""",
        {"company": company.id, "day": day},
    )


def advance(env, step, day):
    """One SQL: an action per case, its lines and delivery, the account's next day."""
    env.cr.execute(
        f"""WITH made AS (
            INSERT INTO debt_collection_action (account_id, case_id, company_id,
                   partner_id, currency_id, step_id, notice_kind, date, state, amount,
                   create_uid, write_uid, create_date, write_date)
            SELECT account_id, id, company_id, partner_id, currency_id, %(step)s,
                   'none', %(day)s, 'released', amount_residual, {STAMP}
              FROM debt_collection_case WHERE phase = 'amicable'
         RETURNING id, account_id, case_id, company_id),
                 listed AS (
            INSERT INTO debt_collection_action_line (action_id, company_id, step_id,
                   move_line_id, cycle, amount_residual, create_uid, write_uid,
                   create_date, write_date)
            SELECT m.id, m.company_id, %(step)s, l.id, 0, l.amount_residual_currency,
                   {STAMP}
              FROM made m JOIN debt_collection_claim c USING (case_id)
              JOIN account_move_line l ON l.id = c.move_line_id
             WHERE c.is_open AND l.reconciled IS NOT TRUE),
                 sent AS (
            INSERT INTO debt_collection_delivery (action_id, company_id, channel,
                   state, create_uid, write_uid, create_date, write_date)
            SELECT id, company_id, 'email', 'to_send', {STAMP} FROM made)
            UPDATE debt_collection_account a
               SET next_date = %(day)s, is_stale = FALSE, write_uid = 1,
                   write_date = now() at time zone 'UTC'
              FROM made WHERE a.id = made.account_id""",
        {"step": step.id, "day": day},
    )


# -- the ORM, set-based, on the smallest models that could do --------------------------


class BenchCase(models.Model):
    """The columns of a case, a chatter, and nothing computed."""

    _name = "bench.case"
    _description = "Bench case"
    _inherit = ["mail.thread"]
    _module = "debt_collection"

    name = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    user_id = fields.Many2one("res.users", index="btree_not_null")
    regime = fields.Char(required=True)
    phase = fields.Char(index=True)
    date_opened = fields.Date(required=True)
    amount_claimed = fields.Monetary()
    amount_residual = fields.Monetary()
    amount_residual_company = fields.Monetary()
    claim_count = fields.Integer()
    claim_ids = fields.One2many("bench.claim", "case_id")


class BenchClaim(models.Model):
    """The columns of a claim, and nothing computed."""

    _name = "bench.claim"
    _description = "Bench claim"
    _module = "debt_collection"

    case_id = fields.Many2one("bench.case", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency")
    move_line_id = fields.Many2one("account.move.line", required=True, index=True)
    move_id = fields.Many2one("account.move", index=True)
    date_due = fields.Date()
    amount = fields.Monetary()
    amount_residual = fields.Monetary()
    amount_residual_company = fields.Monetary()
    regime = fields.Char(required=True)
    regime_reason = fields.Char()
    is_open = fields.Boolean()


def add_models(env):
    """Make the two models known and their tables, until the rollback."""
    registry, names = env.registry, ["bench.case", "bench.claim"]
    for model in (BenchCase, BenchClaim):
        add_to_registry(registry, model)
    registry._setup_models__(env.cr, names)
    registry.init_models(env.cr, names, {"module": "debt_collection"})
    return api.Environment(env.cr, env.uid, {**env.context, **QUIET})


def create(env, company, day):
    """Select by one SQL, create a case per debtor and a claim per item by the ORM."""
    found = {}
    for row in select(env, company, day):
        found.setdefault(row[2], []).append(row)
    for chunk in split_every(1000, found.items()):
        env["bench.case"].create(
            [_prepare_case(partner, rows, day) for partner, rows in chunk]
        )
        env.flush_all()
        env.invalidate_all()


def _prepare_case(partner, rows, day):
    return {
        "name": f"DC/{partner}",
        "partner_id": partner,
        "company_id": rows[0][3],
        "currency_id": rows[0][4],
        "regime": "standard",
        "phase": "amicable",
        "date_opened": day,
        "amount_claimed": sum(row[5] for row in rows),
        "amount_residual": sum(row[7] for row in rows),
        "amount_residual_company": sum(row[8] for row in rows),
        "claim_count": len(rows),
        "claim_ids": [(0, 0, _prepare_claim(row)) for row in rows],
    }


def _prepare_claim(row):
    item, move, _partner, company, currency, amount, due, residual, worth = row
    return {
        "company_id": company,
        "currency_id": currency,
        "move_line_id": item,
        "move_id": move,
        "date_due": due,
        "amount": amount,
        "amount_residual": residual,
        "amount_residual_company": worth,
        "regime": "standard",
        "regime_reason": "No law of a country was found to apply.",
        "is_open": True,
    }
