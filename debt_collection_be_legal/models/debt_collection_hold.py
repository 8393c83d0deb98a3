from odoo import api, fields, models


class DebtCollectionHold(models.Model):
    _inherit = "debt.collection.hold"

    l10n_be_mediation_date = fields.Date(
        string="Debt mediation asked on",
        help="The rest starts on the next working day and lasts as long as the law "
        "gives, unless the request is decided before.",
    )

    @api.onchange("l10n_be_mediation_date")
    def _onchange_l10n_be_mediation_date(self):
        if self.l10n_be_mediation_date:
            vals = {
                "l10n_be_mediation_date": self.l10n_be_mediation_date,
                "reason": self.reason,
            }
            company = self.account_id.company_id
            self.update(self._prepare_l10n_be_mediation(vals, company))

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS debt_collection: the days of a rest for debt mediation are the law's
        Account = self.env["debt.collection.account"]
        for vals in vals_list:
            if vals.get("l10n_be_mediation_date"):
                company = Account.browse(vals["account_id"]).company_id
                vals.update(self._prepare_l10n_be_mediation(vals, company))
        return super().create(vals_list)

    @api.model
    def _prepare_l10n_be_mediation(self, vals, company):
        """First and last day of the rest, and its reason."""
        law = self.env["debt.collection.be.agency"].with_company(company)
        filed = fields.Date.to_date(vals["l10n_be_mediation_date"])
        start, end = law._get_mediation_rest(filed)
        return {
            "reason": vals.get("reason") or self.env._("Request for debt mediation"),
            "date_start": start.day,
            "date_end": end.day,
        }
