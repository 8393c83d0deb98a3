from odoo import api, models
from odoo.tools import format_amount

# How each class looks
TONES = {"good": "success", "fair": "info", "poor": "warning", "bad": "danger"}
# Classes that a quotation or an invoice is told of
BAD = ("poor", "bad")
# Days later than the year before from which a customer is getting worse
WORSE = 10


class DebtCollectionBanner(models.AbstractModel):
    """How a customer pays, told to whoever is about to sell to him.

    It advises: nothing is refused and nothing is chosen by it.
    """

    _name = "debt.collection.banner"
    _description = "Banner on customers, quotations and invoices"

    @api.model
    def get_banner(self, partner_id, is_customer=False):
        """What stands above a form about a customer; None where nothing is to be said.

        :param int partner_id: the customer, or an address of his
        :param bool is_customer: on his own form also what is good is told
        :return: title, reasons, advice and tone
        :rtype: dict | None
        """
        partner = self.env["res.partner"].browse(partner_id).exists()
        partner.check_access("read")
        if not partner or not self.env.user._is_internal():
            return None
        row = self._find(partner.commercial_partner_id)
        if not row or row.risk in (False, "new"):
            return None
        warnings = self._get_warnings(row)
        if not is_customer and not warnings and row.risk not in BAD:
            return None
        labels = dict(row._fields["risk"]._description_selection(self.env))
        tone = TONES[row.risk]
        return {
            "tone": "warning" if warnings and row.risk not in BAD else tone,
            "title": labels[row.risk],
            "reasons": row.reasons,
            "warnings": warnings,
            "advice": self._get_advice(row),
        }

    @api.model
    def _find(self, debtor):
        """The row of the customer in the current company."""
        # who sells need not collect: he reads a class, its reasons and an advice
        rows_sudo = self.env["debt.collection.portfolio"].sudo()
        return rows_sudo.search(
            [("company_id", "=", self.env.company.id), ("partner_id", "=", debtor.id)]
        )

    @api.model
    def _get_advice(self, row):
        """What to agree: in figures, and on which terms to deliver to the worst."""
        return row.advice if row.risk == "bad" else row.term_advice or row.advice

    @api.model
    def _get_warnings(self, row):
        """What is to be told whatever the class: it gets worse, too much is open.

        :rtype: list[str]
        """
        found = []
        worse = round(row.days_late - row.days_late_before)
        if row.days_late_before and worse >= WORSE:
            found.append(
                self.env._("Pays %(days)s days later than the year before.", days=worse)
            )
        if row.amount_open > row.limit_proposed:
            found.append(
                self.env._(
                    "%(open)s open, the proposed credit limit is %(limit)s.",
                    open=format_amount(self.env, row.amount_open, row.currency_id),
                    limit=format_amount(self.env, row.limit_proposed, row.currency_id),
                )
            )
        return found
