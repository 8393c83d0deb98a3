import base64
import json

from odoo import api, fields, models


class DebtCollectionStatementShow(models.TransientModel):
    """The statement of a case on any day: on screen, as a PDF, as JSON."""

    _name = "debt.collection.statement.show"
    _description = "Statement on a day"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case", required=True, readonly=True
    )
    day = fields.Date(
        string="On",
        required=True,
        default=lambda self: self._default_day(),
        help="Past or coming: the debtor who pays on that day owes this amount.",
    )
    verified_only = fields.Boolean(
        string="As a document",
        help="Stop interest at the last verified rate and tell no cost that was only "
        "approved, as every document that reaches the debtor does.",
    )
    content = fields.Html(compute="_compute_content", sanitize=False)
    json_file = fields.Binary(string="JSON", compute="_compute_json_file")

    @api.model
    def _default_day(self):
        return fields.Date.context_today(self)

    @api.depends("case_id", "day", "verified_only")
    @api.depends_context("lang")
    def _compute_content(self):
        Page = self.env["debt.collection.statement.page"]
        for wizard in self:
            wizard.content = wizard.day and Page._render(
                wizard.case_id, wizard.day, verified_only=wizard.verified_only
            )

    @api.depends("case_id", "day", "verified_only")
    def _compute_json_file(self):
        for wizard in self:
            data = wizard.case_id._get_statement_data(
                wizard.day,
                internal=not wizard.verified_only,
                verified_only=wizard.verified_only,
            )
            text = json.dumps(data, indent=2, ensure_ascii=False)
            wizard.json_file = base64.b64encode(text.encode())

    def action_print(self):
        """The PDF of the statement on that day; always by verified rates."""
        self.ensure_one()
        return self.env.ref("debt_collection.report_statement").report_action(
            self.case_id,
            data={"day": str(self.day), "case_ids": self.case_id.ids},
            config=False,
        )

    def action_download(self):
        """The statement on that day as JSON; see `debt.collection.statement`."""
        self.ensure_one()
        name = f"{self.case_id.name} {self.day}.json".replace("/", "-")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content?model={self._name}&id={self.id}&field=json_file"
            f"&filename={name}&download=true",
            "target": "download",
        }
