from collections import defaultdict
from datetime import timedelta

from odoo import Command

from .common import TODAY


class LossBooks:
    """Accounts and taxes for losses, and the trial balance before and after."""

    @classmethod
    def _make_books(cls):
        cls.loss = cls._make_account("Losses", "690001", "expense")
        cls.vat = cls._make_account("VAT to ask back", "190001", "asset_current")
        cls.doubtful = cls._make_account(
            "Doubtful", "190002", "asset_receivable", reconcile=True
        )
        cls.expense = cls._make_account("Write-downs", "690002", "expense")
        cls.contra = cls._make_account("Write-downs (-)", "190003", "asset_current")
        cls.company.write(
            {
                "debt_collection_loss_account_id": cls.loss.id,
                "debt_collection_loss_vat_account_id": cls.vat.id,
                "debt_collection_doubtful_account_id": cls.doubtful.id,
                "debt_collection_write_down_account_id": cls.expense.id,
                "debt_collection_write_down_contra_account_id": cls.contra.id,
            }
        )
        cls.tax21, cls.tax6 = (cls._make_tax(percent) for percent in (21, 6))

    @classmethod
    def _make_account(cls, name, code, account_type, **values):
        return cls.env["account.account"].create(
            {
                "name": name,
                "code": code,
                "account_type": account_type,
                "company_ids": [Command.set(cls.company.ids)],
                **values,
            }
        )

    @classmethod
    def _make_tax(cls, percent):
        country = cls.company.account_fiscal_country_id
        group = cls.env["account.tax.group"].create(
            {
                "name": f"VAT {percent}%",
                "company_id": cls.company.id,
                "country_id": country.id,
            }
        )
        return cls.env["account.tax"].create(
            {
                "name": f"{percent}%",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": country.id,
                "tax_group_id": group.id,
            }
        )

    @classmethod
    def _make_taxed(cls, *rows, partner=None, **values):
        """A posted invoice of (net amount, tax) rows, 40 days late."""
        due = TODAY - timedelta(days=40)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.debtor).id,
                "invoice_date": due - timedelta(days=30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "currency_id": cls.company.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": net,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for net, tax in rows
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def _read_balances(self):
        """The trial balance: account -> balance of everything posted."""
        self.env.flush_all()
        groups = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["balance:sum"],
        )
        return defaultdict(float, {account: balance for account, balance in groups})

    def _assert_moved(self, before, expected):
        """Every account of the trial balance stands but for the expected ones."""
        after = self._read_balances()
        moved = {
            account: round(after[account] - before[account], 2)
            for account in {*before, *after}
            if round(after[account] - before[account], 2)
        }
        self.assertEqual(moved, expected)
