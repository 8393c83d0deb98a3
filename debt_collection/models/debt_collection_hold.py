from odoo import api, fields, models
from odoo.exceptions import ValidationError


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
