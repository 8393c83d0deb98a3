from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.facts import Blocker


class DebtCollectionHold(models.Model):
    """Why an account, a case or a claim rests, until when, by whom."""

    _name = "debt.collection.hold"
    _description = "Hold of a collection"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company", related="account_id.company_id", store=True
    )
    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        required=True,
        index=True,
        ondelete="cascade",
    )
    case_id = fields.Many2one(
        comodel_name="debt.collection.case", index="btree_not_null", ondelete="cascade"
    )
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        index="btree_not_null",
        ondelete="cascade",
    )
    reason = fields.Char(required=True)
    date_start = fields.Date(required=True, default=fields.Date.context_today)
    date_end = fields.Date(help="Last day of the rest; empty: until somebody ends it.")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_ended = fields.Date(string="Ended", readonly=True, copy=False)

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for hold in self:
            if hold.date_end and hold.date_end < hold.date_start:
                raise ValidationError(self.env._("A hold cannot end before it starts."))

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds.account_id._mark_stale()
        for hold in holds.filtered("case_id"):
            hold.case_id._log_event(
                "hold", {"reason": hold.reason, "until": str(hold.date_end or "")}
            )
        return holds

    def write(self, vals):
        result = super().write(vals)
        self.account_id._mark_stale()
        return result

    def unlink(self):
        accounts = self.account_id
        result = super().unlink()
        accounts._mark_stale()
        return result

    def action_end(self):
        """End the rest today. A day passes before the clock acts again."""
        for company, holds in self.grouped("company_id").items():
            holds.write({"date_ended": company._get_collection_today()})
        for case in self.case_id:
            case._log_event("hold_ended", {})

    # === RESTS === #

    @api.model
    def _read_rests(self, accounts, day):
        """The holds of accounts, cases and items on a day, see `_get_rest_models`.

        A hold that ended rests one day more, so that ending it fires nothing at once.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT h.account_id, h.case_id, c.move_line_id, h.reason,
                          LEAST(h.date_ended, h.date_end)
                     FROM debt_collection_hold h
                     LEFT JOIN debt_collection_claim c ON c.id = h.claim_id
                    WHERE h.account_id = ANY(%s) AND h.date_start <= %s
                      AND COALESCE(LEAST(h.date_ended, h.date_end), %s) >= %s""",
                accounts.ids,
                day,
                day,
                day - timedelta(days=1),
            )
        )
        rests = defaultdict(list)
        for account, case, item, reason, last in rows:
            until = last + timedelta(days=2) if last else None
            params = (("reason", reason), ("last", str(last or "")))
            key = ("item", item) if item else ("case", case) if case else None
            rests[key or ("account", account)].append(Blocker("hold", params, until))
        return rests
