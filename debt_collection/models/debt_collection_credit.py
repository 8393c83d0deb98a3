from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL


class DebtCollectionCredit(models.AbstractModel):
    """Money of a debtor that is there and matched with nothing.

    Credits on the receivable account are open items, which the run reads with the
    others. Here stands the money that is on no receivable account yet: incoming bank
    lines that name the debtor or the reference of his case, and payments registered
    without an entry.
    """

    _name = "debt.collection.credit"
    _description = "Unmatched money of debtors"

    @api.model
    def _get_query(self, company, partner_ids=None):
        """(debtor, currency, amount) of what is on no receivable account yet.

        A registered payment and its bank line are the same money: of both the larger
        counts.

        :param partner_ids: of these debtors only; None for all of the company
        """
        some = SQL("TRUE")
        if partner_ids is not None:
            some = SQL("p.commercial_partner_id = ANY(%s)", partner_ids)
        return SQL(
            """SELECT partner_id, currency_id, max(amount) AS amount FROM (
                   SELECT kind, partner_id, currency_id, sum(amount) AS amount
                     FROM (%s UNION ALL %s) u GROUP BY 1, 2, 3) s
                GROUP BY partner_id, currency_id""",
            self._get_bank_query(company, some),
            self._get_payment_query(company, some),
        )

    @api.model
    def _get_bank_query(self, company, some):
        """Incoming bank lines with the debtor on them that are not reconciled."""
        return SQL(
            """SELECT 'bank' AS kind, p.commercial_partner_id AS partner_id,
                      COALESCE(s.foreign_currency_id, j.currency_id, %s) AS currency_id,
                      round(-s.amount_residual::numeric, 6) AS amount
                 FROM account_bank_statement_line s
                 JOIN account_move m ON m.id = s.move_id
                 JOIN account_journal j ON j.id = s.journal_id
                 JOIN res_partner p ON p.id = s.partner_id
                WHERE s.is_reconciled IS NOT TRUE AND s.company_id = %s
                  AND s.amount > 0 AND s.amount_residual < 0
                  AND m.state = 'posted' AND %s""",
            company.currency_id.id,
            company.id,
            some,
        )

    @api.model
    def _get_payment_query(self, company, some):
        """Incoming payments that are registered and have no entry yet."""
        return SQL(
            """SELECT 'payment', p.commercial_partner_id, y.currency_id, y.amount
                 FROM account_payment y
                 JOIN res_partner p ON p.id = y.partner_id
                WHERE y.company_id = %s AND y.payment_type = 'inbound'
                  AND y.move_id IS NULL AND y.state = 'in_process'
                  AND y.is_matched IS NOT TRUE AND %s""",
            company.id,
            some,
        )

    @api.model
    def _read(self, accounts):
        """What is on no receivable account yet, of each account that has any.

        :rtype: dict[int, Decimal]
        """
        if not accounts:
            return {}
        self.env["account.bank.statement.line"].flush_model()
        self.env["account.payment"].flush_model()
        company = self.env.company
        rows = self.env.execute_query(self._get_query(company, accounts.partner_id.ids))
        found = {(partner, currency): amount for partner, currency, amount in rows}
        money = {
            account.id: Decimal(found[key])
            for account in accounts
            if (key := (account.partner_id.id, account.currency_id.id)) in found
        }
        for key, amount in self._read_named(accounts).items():
            money[key] = money.get(key, Decimal(0)) + amount
        return money

    @api.model
    def _read_named(self, accounts):
        """Money without a debtor whose words name a case: account id -> amount.

        The bank did not know who paid; the reference does. A person matches it.

        :rtype: dict[int, Decimal]
        """
        rows = self.env.execute_query(self._get_nameless_query(self.env.company))
        amounts = {key: (currency, Decimal(amount)) for key, currency, amount in rows}
        # what bank lines say, read for whoever is shown why a letter waits
        lines_sudo = self.env["account.bank.statement.line"].browse(amounts).sudo()
        targets = lines_sudo._find_collection_targets(accounts) if amounts else {}
        cases = self.env["debt.collection.case"].browse(c for c, _i in targets.values())
        owners = {case.id: case.account_id for case in cases.sudo()}  # as above
        found = {}
        for key, (case_id, _item) in targets.items():
            account, (currency, amount) = owners[case_id], amounts[key]
            if account.currency_id.id == currency:
                found[account.id] = found.get(account.id, Decimal(0)) + amount
        return found

    @api.model
    def _get_nameless_query(self, company):
        """(line, currency, amount) of open incoming bank lines without a partner."""
        return SQL(
            """SELECT s.id,
                      COALESCE(s.foreign_currency_id, j.currency_id, %s),
                      round(-s.amount_residual::numeric, 6)::text
                 FROM account_bank_statement_line s
                 JOIN account_move m ON m.id = s.move_id
                 JOIN account_journal j ON j.id = s.journal_id
                WHERE s.is_reconciled IS NOT TRUE AND s.company_id = %s
                  AND s.amount > 0 AND s.amount_residual < 0
                  AND m.state = 'posted' AND s.partner_id IS NULL""",
            company.currency_id.id,
            company.id,
        )
