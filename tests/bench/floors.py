"""The floors: the same rows by one SQL statement, and by the ORM set-based."""

from floors_sql import advance, insert, select  # noqa: F401 - the bench asks here

from odoo import api, fields, models
from odoo.orm.model_classes import add_to_registry
from odoo.tools import split_every

QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}

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
