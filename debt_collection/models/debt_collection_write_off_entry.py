from decimal import Decimal

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..tools.loss import Loss, TaxPart, share, spread
from .debt_collection_facts import to_decimal

ZERO = Decimal(0)


class DebtCollectionWriteOffEntry(models.AbstractModel):
    """What a write-off is in the books: the split by taxes, and the entries.

    The taxes of a part of an invoice are taken as Odoo takes a fixed part of a
    document, rounded once; worths follow the day of the invoice, so that no exchange
    difference comes from writing off.
    """

    _name = "debt.collection.write.off.entry"
    _description = "Entries of a write-off"

    # === THE SPLIT === #

    @api.model
    def _split(self, item, amount):
        """A part of an item by its taxes and analytic accounts.

        :param account.move.line item: a receivable item
        :param Decimal amount: the part, taxes included, in the item's currency
        :rtype: Loss
        """
        worth = self._get_worth(item, amount)
        if not item.move_id.is_sale_document(include_receipts=True):
            return Loss(amount, worth, (), ((False, amount),))
        lines = self._reduce(item, amount)
        taxes = self._get_tax_parts(lines, item)
        bases = tuple(
            (
                line["analytic_distribution"] or False,
                to_decimal(self._get_base(line), item.currency_id),
            )
            for line in lines
        )
        found = Loss(amount, worth, taxes, bases)
        if found.tax + sum(base for _a, base in bases) != amount:
            raise UserError(
                self.env._(
                    "%(amount)s of %(invoice)s cannot be split by its taxes: write it "
                    "off by hand.",
                    amount=formatLang(
                        self.env, float(amount), currency_obj=item.currency_id
                    ),
                    invoice=item.move_id.name,
                )
            )
        return found

    @api.model
    def _get_worth(self, item, amount):
        """The part in the company's currency, at the rate of the item."""
        currency, company_currency = item.currency_id, item.company_currency_id
        if amount == to_decimal(item.amount_residual_currency, currency):
            return to_decimal(item.amount_residual, company_currency)
        whole = to_decimal(item.amount_currency, currency)
        worth = to_decimal(item.balance, company_currency) * amount / whole
        return to_decimal(float(worth), company_currency)

    @api.model
    def _reduce(self, item, amount):
        """The base lines of the invoice reduced to a part of it, one a set of taxes."""
        invoice = item.move_id
        base_lines, _tax_lines = invoice._get_rounded_base_and_tax_lines()
        return self.env["account.tax"]._prepare_down_payment_lines(
            base_lines,
            invoice.company_id,
            "fixed",
            float(amount),
            computation_key=f"write_off,{item.id}",
        )

    @api.model
    def _get_base(self, line):
        details = line["tax_details"]
        return (
            details["total_excluded_currency"]
            + details["delta_total_excluded_currency"]
        )

    @api.model
    def _get_tax_parts(self, lines, item):
        sums = {}
        for line in lines:
            for data in line["tax_details"]["taxes_data"]:
                row = sums.setdefault(data["tax"].id, [0.0, 0.0, 0.0])
                row[0] += data["base_amount_currency"]
                row[1] += data["tax_amount_currency"]
                row[2] += data["tax_amount"]
        currency, own = item.currency_id, item.company_currency_id
        return tuple(
            TaxPart(
                tax,
                to_decimal(base, currency),
                to_decimal(amount, currency),
                to_decimal(worth, own),
            )
            for tax, (base, amount, worth) in sums.items()
        )

    # === THE ENTRY OF A LOSS === #

    @api.model
    def _prepare_loss(self, off):
        """The journal entry: the items leave the books; VAT and loss take their place.

        :rtype: dict
        """
        splits = {line: line._get_split() for line in off.line_ids}
        lines = [self._prepare_item(line, split) for line, split in splits.items()]
        if off.is_vat_reclaimed:
            lines += self._prepare_taxes(off, splits.values())
        lines += self._prepare_bases(off, splits.values(), lines)
        return self._prepare_move(off, lines)

    @api.model
    def _prepare_move(self, off, lines):
        return {
            "move_type": "entry",
            "journal_id": off.journal_id.id,
            "date": off.date,
            "ref": f"{off.name} {off.case_id.name}",
            "currency_id": off.currency_id.id,
            "debt_collection_write_off_id": off.id,
            "line_ids": [Command.create(vals) for vals in lines],
        }

    @api.model
    def _prepare_line(self, off, account, label, amount, worth, **values):
        return {
            "account_id": account.id,
            "name": label,
            "currency_id": off.currency_id.id,
            "amount_currency": float(amount),
            "balance": float(worth),
            **values,
        }

    @api.model
    def _prepare_item(self, line, split):
        item = line.move_line_id
        label = self.env._("Written off: %(invoice)s", invoice=item.move_id.name)
        return self._prepare_line(
            line.write_off_id,
            item.account_id,
            label,
            -split.gross,
            -split.worth,
            partner_id=item.partner_id.id,
            date_maturity=item.date_maturity,
        )

    @api.model
    def _prepare_taxes(self, off, splits):
        """One line a tax, with the grids of the return."""
        sums = {}
        for part in (part for split in splits for part in split.taxes):
            amount, worth = sums.get(part.tax, (ZERO, ZERO))
            sums[part.tax] = (amount + part.amount, worth + part.worth)
        taxes = self.env["account.tax"].browse(sums)
        return [
            self._prepare_line(
                off,
                off.vat_account_id,
                self.env._("%(tax)s on what was lost", tax=tax.name),
                *sums[tax.id],
                tax_tag_ids=[Command.set(off.tag_ids.ids)],
            )
            for tax in taxes
            if any(sums[tax.id])
        ]

    @api.model
    def _prepare_bases(self, off, splits, lines):
        """What remains is lost, on the analytic accounts of the invoices."""
        amount = -to_decimal(
            sum(row["amount_currency"] for row in lines), off.currency_id
        )
        worth = -to_decimal(
            sum(row["balance"] for row in lines), off.company_currency_id
        )
        bases = [base for split in splits for base in split.bases]
        weights = [net for _analytic, net in bases]
        amounts = spread(amount, weights, self._get_step(off.currency_id))
        worths = spread(worth, weights, self._get_step(off.company_currency_id))
        return [
            self._prepare_line(
                off,
                off.account_id,
                off._get_label(),
                *pair,
                analytic_distribution=analytic,
            )
            for (analytic, _net), *pair in zip(bases, amounts, worths, strict=True)
            if any(pair)
        ]

    @api.model
    def _get_step(self, currency):
        return Decimal(1).scaleb(-currency.decimal_places)

    # === CREDIT NOTES === #

    @api.model
    def _prepare_refunds(self, off):
        """One credit note an invoice, its taxes in proportion, at its own rate.

        :rtype: list[dict]
        """
        return [self._prepare_refund(line) for line in off.line_ids]

    @api.model
    def _prepare_refund(self, line):
        off, invoice = line.write_off_id, line.move_id
        if not invoice.is_sale_document(include_receipts=True):
            raise UserError(
                self.env._(
                    "%(item)s is no invoice: write it off by a journal entry.",
                    item=invoice.name,
                )
            )
        amount = to_decimal(line.amount, line.currency_id)
        reduced = self._reduce(line.move_line_id, amount)
        return {
            "move_type": "out_refund",
            "journal_id": invoice.journal_id.id,
            "partner_id": invoice.partner_id.id,
            "currency_id": invoice.currency_id.id,
            "invoice_currency_rate": invoice.invoice_currency_rate,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_date": off.date,
            "invoice_payment_term_id": False,
            "reversed_entry_id": invoice.id,
            "ref": f"{off.name} {invoice.name}",
            "debt_collection_write_off_id": off.id,
            "invoice_line_ids": [
                Command.create(self._prepare_refund_line(off, row)) for row in reduced
            ],
        }

    @api.model
    def _prepare_refund_line(self, off, row):
        Tax = self.env["account.tax"]
        return {
            "name": off._get_label(),
            "quantity": row["quantity"],
            "price_unit": row["price_unit"],
            "account_id": (off.account_id or row["account_id"]).id,
            "tax_ids": [Command.set(row["tax_ids"].ids)],
            "analytic_distribution": row["analytic_distribution"],
            "extra_tax_data": Tax._export_base_line_extra_tax_data(row),
        }

    # === EARLIER STAGES === #

    @api.model
    def _prepare_stage(self, off):
        """The entry of a doubtful claim or of a write-down; no item is matched.

        A doubtful claim changes its account in total, without a partner: what the
        debtor owes stays on his invoices alone, open and payable.
        """
        lines = []
        for line in off.line_ids:
            amount = to_decimal(line.amount, off.currency_id)
            worth = self._get_worth(line.move_line_id, amount)
            debit, credit = off.account_id, off.contra_account_id
            if off.kind == "doubtful":
                credit = line.move_line_id.account_id
            label = f"{off._get_label()}: {line.move_id.name}, {off.partner_id.name}"
            analytic = {}
            if off.kind == "write_down":
                analytic = {"analytic_distribution": line._get_analytic()}
            lines += [
                self._prepare_line(off, debit, label, amount, worth, **analytic),
                self._prepare_line(off, credit, label, -amount, -worth),
            ]
        return self._prepare_move(off, lines)

    # === MONEY THAT COMES AFTER ALL === #

    @api.model
    def _prepare_recovery(self, off, account, amount, day):
        """The entry that takes a share of the loss back, VAT included.

        :param account.account account: where the money of the debtor stands
        :param Decimal amount: what came, in the currency of the write-off
        :param date day: of the entry
        """
        total = to_decimal(off.amount, off.currency_id)
        before = to_decimal(off.amount_recovered, off.currency_id)
        span = (before, amount, total)
        item = self._prepare_share(off, off._get_credit_lines(), span)
        claim = self._prepare_line(
            off,
            account,
            self.env._("Recovered after %(name)s", name=off.name),
            *item,
            partner_id=off.partner_id.id,
            date_maturity=day,
        )
        taxes = self._prepare_tax_shares(off, span)
        rest = [
            -sum((row[key] for row in (claim, *taxes)), 0.0)
            for key in ("amount_currency", "balance")
        ]
        losses = self._prepare_loss_shares(off, rest)
        vals = self._prepare_move(off, [claim, *taxes, *losses])
        return vals | {"date": day, "is_collection_recovery": True}

    @api.model
    def _prepare_share(self, off, lines, span):
        """The share of lines of the loss, with the sign turned: (amount, worth)."""
        wholes = (
            (sum(lines.mapped("amount_currency")), off.currency_id),
            (sum(lines.mapped("balance")), off.company_currency_id),
        )
        return [
            -share(to_decimal(whole, money), *span, self._get_step(money))
            for whole, money in wholes
        ]

    @api.model
    def _prepare_tax_shares(self, off, span):
        return [
            self._prepare_line(
                off,
                off.recovery_vat_account_id or line.account_id,
                self.env._("To pay back: %(what)s", what=line.name),
                *self._prepare_share(off, line, span),
                tax_tag_ids=[Command.set(off.recovery_tag_ids.ids)],
            )
            for line in off._get_tax_lines()
        ]

    @api.model
    def _prepare_loss_shares(self, off, rest):
        """The loss taken back, on its own accounts and analytic accounts."""
        lines = off._get_loss_lines()
        weights = [to_decimal(abs(n), off.currency_id) for n in lines.mapped("balance")]
        pairs = [
            spread(to_decimal(-value, money), weights, self._get_step(money))
            for value, money in zip(
                rest, (off.currency_id, off.company_currency_id), strict=True
            )
        ]
        label = self.env._("Recovered after %(name)s", name=off.name)
        return [
            self._prepare_line(
                off,
                line.account_id,
                label,
                -amount,
                -worth,
                analytic_distribution=line.analytic_distribution,
            )
            for line, amount, worth in zip(lines, *pairs, strict=True)
            if amount or worth
        ]
