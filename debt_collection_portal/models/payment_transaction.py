from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        # EXTENDS account_payment: what was paid online is evidence on its cases
        result = super()._post_process()
        done = self.filtered(lambda tx: tx.state == "done" and tx.invoice_ids)
        # read and logged by the system, whoever's browser asked for the status
        done.sudo()._log_on_cases("payment_confirmed")
        return result

    def _log_on_cases(self, kind):
        """Tell the log of each case that one of its invoices is paid online."""
        entries = []
        for transaction in self:
            claims = transaction.invoice_ids.line_ids.debt_collection_claim_ids
            data = {
                "reference": transaction.reference,
                "amount": f"{transaction.amount:.2f}",
                "currency": transaction.currency_id.name,
            }
            cases = claims.filtered("is_open").case_id
            entries += [(case, kind, data) for case in cases]
        self.env["debt.collection.event"]._log(entries)
