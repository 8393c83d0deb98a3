from odoo import models

# What a debt is by law decides on its ladder, where the debtor is several things
KINDS = {"be_b2c": "consumer", "be_b2c_abroad": "consumer", "be_b2g": "public"}


class DebtCollectionRun(models.AbstractModel):
    _inherit = "debt.collection.run"

    def _complete_regimes(self, rows):
        # EXTENDS debt_collection: the private debt of somebody with a number climbs
        # the ladder of consumers, his business debts that of enterprises
        result = super()._complete_regimes(rows)
        for row in rows:
            row["debtor_kind"] = KINDS.get(row["regime"], row["debtor_kind"])
        return result
