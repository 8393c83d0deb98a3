from odoo import Command, api, fields, models


class DebtCollectionRunPreview(models.TransientModel):
    """What the run of a day would do: who gets what, who gets nothing and why."""

    _name = "debt.collection.run.preview"
    _description = "Preview of the daily run"

    date = fields.Date(required=True, default=lambda self: self._default_date())
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.run.preview.line", inverse_name="preview_id"
    )

    @api.model
    def _default_date(self):
        return self.env.company._get_collection_today()

    def action_preview(self):
        """Decide for the day and list the answers; nothing else is written."""
        self.ensure_one()
        self.check_access("write")
        run_sudo = self.env["debt.collection.run"].sudo()  # reads every item as the run
        decisions = run_sudo._preview(self.company_id, self.date)
        self.line_ids = [Command.clear()] + [
            Command.create(vals)
            for account_id, subjects in decisions.items()
            for key, decision in subjects
            for vals in self._prepare_lines(account_id, key, decision)
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Preview of %(day)s",
                day=self.env["debt.collection.run"]._format_day(self.date),
            ),
            "res_model": "debt.collection.run.preview.line",
            "view_mode": "list",
            "domain": [("preview_id", "=", self.id)],
            "context": {"search_default_letters": 1},
        }

    def _prepare_lines(self, account_id, key, decision):
        Run = self.env["debt.collection.run"]
        common = {"account_id": account_id, "case_id": key[3] or False}
        if not decision.letters:
            why = " ".join(Run._word(b, key[2]) for b in decision.blockers)
            return [{**common, "why_not": why, "next_date": decision.next_day}]
        return [
            {
                **common,
                "step_id": letter.step.id,
                "item_count": len(letter.item_ids),
                "amount": sum(
                    self.env["account.move.line"]
                    .browse(letter.item_ids)
                    .mapped("amount_residual_currency")
                ),
            }
            for letter in decision.letters
        ]
