from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools.date_utils import end_of

from odoo.addons.debt_collection.tools.answers import LossRelief

# Where the loss is booked in the Belgian chart: field of the write-off -> its account
ACCOUNTS = {
    "loss": {
        "account_id": "a642",
        "vat_account_id": "a411",
        "recovery_vat_account_id": "a451830",
    },
    "doubtful": {"account_id": "a407"},
    "write_down": {"account_id": "a6340", "contra_account_id": "a409"},
}
GRIDS = {"tag_ids": "loss", "recovery_tag_ids": "recovery"}


class DebtCollectionBeLoss(models.AbstractModel):
    """A bad debt in Belgium: its VAT, the grids of the return, the accounts."""

    _name = "debt.collection.be.loss"
    _description = "Bad debts in Belgium"
    _inherit = "debt.collection.be.law"

    # === VAT === #

    @api.model
    def _get_relief(self, cause, day):
        """What art. 77 § 1, 7° of the VAT Code says on a cause.

        None where the creditor does not account for his VAT in Belgium.

        :rtype: LossRelief | None
        """
        if self.env.company.account_fiscal_country_id.code != "BE":
            return None
        code = "be.vat.refund_cause"
        row = self._find_row(code, day, cause)
        if not row or not row.number:
            ground = self._full_ground(code, row) if row else self._unknown()
            return LossRelief(False, ground, verified=bool(row and row.verified))
        years = self._row("be.vat.refund_years", day)
        return LossRelief(
            is_allowed=True,
            ground=self._full_ground(code, row),
            last_day=end_of(day + relativedelta(years=int(years.number)), "year"),
            evidence=self._get_evidence(cause),
            notice=self._get_notice(),
            verified=row.verified and years.verified,
        )

    @api.model
    def _unknown(self):
        return self.env._("The VAT Code names no such cause")

    @api.model
    def _get_evidence(self, cause):
        """What proves it, a sentence each."""
        own = {
            "bankrupt": self.env._("The judgment of bankruptcy, or its publication"),
            "reorganisation": self.env._("The plan and its approval by the court"),
            "debt_settlement": self.env._("The plan of the mediator, or the judgment"),
            "irrecoverable": self.env._(
                "Any proof that the loss is certain: a bailiff's report that there is "
                "nothing to seize, an enforcement that failed, a debtor who cannot be "
                "found"
            ),
            "uneconomic": self.env._(
                "What was tried, and why its costs are out of proportion"
            ),
        }
        common = (
            self.env._("The invoice, and the return in which its VAT was paid"),
            self.env._("The loss in the books: a provision alone is not enough"),
        )
        return (own[cause], *common) if cause in own else common

    @api.model
    def _get_notice(self):
        """The formula of the corrective document, in the language of the letter."""
        return (
            self.env._(
                "VAT to be paid back to the State as far as it was first deducted."
            ),
        )

    # === ACCOUNTS === #

    @api.model
    def _propose_accounts(self, company, kind, day):
        """The accounts and grids of `l10n_be`, where the company has that chart.

        Found by the names its chart gives them: elsewhere nothing is proposed.

        :param date day: the day the grids are asked for
        :rtype: dict
        """
        if company.account_fiscal_country_id.code != "BE":
            return {}
        Chart = self.env["account.chart.template"].with_company(company)
        found = {
            name: Chart.ref(code, raise_if_not_found=False)
            for name, code in ACCOUNTS[kind].items()
        }
        if kind == "loss":
            found |= {name: self._find_grid(key, day) for name, key in GRIDS.items()}
        return {name: records for name, records in found.items() if records}

    @api.model
    def _find_grid(self, key, day):
        row = self._find_row("be.vat.refund_grid", day, key)
        return self.env["account.account.tag"].search(
            [
                ("applicability", "=", "taxes"),
                ("country_id.code", "=", "BE"),
                ("name", "=", row.text if row else False),
            ]
        )
