from odoo import models
from odoo.exceptions import UserError

from .debt_collection_facts import to_decimal


class DebtCollectionWriteOffRecovery(models.AbstractModel):
    """Money that comes after a write-off takes its share back, VAT included."""

    _name = "debt.collection.write.off.recovery"
    _description = "Recovery after a write-off"

    def _find_payments(self):
        """Money of the debtor that is not matched yet, the oldest first.

        :rtype: account.move.line
        """
        self.ensure_one()
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "child_of", self.partner_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("currency_id", "=", self.currency_id.id),
                ("amount_residual_currency", "<", 0),
            ],
            order="date, id",
        )

    def _recover(self, payment, amount, day):
        """Book what came after all, and match it with the invoices it pays.

        The entry takes that share of the loss back; the invoices are open for it again
        and the money pays them, so that every statement shows the payment.

        :param account.move.line payment: unmatched money of the debtor
        :param float amount: how much of it, in the currency of the write-off
        :param date day: of the entry
        :raises UserError: more than was written off, or than the money is
        :rtype: account.move
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self._check_recovery(payment, amount)
        Entry = self.env["debt.collection.write.off.entry"].sudo()  # see `_book`
        off_sudo, payment_sudo = self.sudo(), payment.sudo()  # as just said
        vals = Entry._prepare_recovery(
            off_sudo, payment_sudo.account_id, to_decimal(amount, self.currency_id), day
        )
        move_sudo = Entry.env["account.move"].with_company(self.company_id).create(vals)
        move_sudo._post(soft=False)
        off_sudo._rematch(move_sudo, payment_sudo)
        self.case_id._log_event(
            "recovered",
            {
                "name": self.name,
                "day": str(day),
                "amount": f"{amount:.2f}",
                "entry": move_sudo.name,
            },
        )
        self.invalidate_recordset(["amount_recovered"])
        return move_sudo.with_env(self.env)

    def _check_recovery(self, payment, amount):
        compare = self.currency_id.compare_amounts
        if self.state != "posted" or self.kind != "loss":
            raise UserError(
                self.env._("%(name)s is no write-off in the books.", name=self.name)
            )
        if compare(amount, 0) <= 0:
            raise UserError(self.env._("Say how much came."))
        room = self.amount - self.amount_recovered
        if compare(amount, room) > 0:
            raise UserError(
                self.env._(
                    "Only %(room)s of %(name)s did not come back yet.",
                    room=self.currency_id.format(room),
                    name=self.name,
                )
            )
        payment_sudo = payment.sudo()  # as in `_book`
        if compare(amount, -payment_sudo.amount_residual_currency) > 0:
            raise UserError(
                self.env._("The payment is smaller: the rest of it is matched already.")
            )
        accounts = self._get_credit_lines().account_id
        if payment_sudo.account_id not in accounts:
            raise UserError(
                self.env._(
                    "The money stands on another account than the invoices: move it "
                    "to %(account)s first.",
                    account=accounts[:1].display_name,
                )
            )

    def _rematch(self, move, payment):
        """Open the invoices for what came; the entry takes its place in the loss."""
        account = payment.account_id
        credits = self._get_credit_lines().filtered(lambda c: c.account_id == account)
        items = self.line_ids.move_line_id.filtered(lambda i: i.account_id == account)
        partials = items.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id in credits
        )
        partials.unlink()
        claim = move.line_ids.filtered(lambda line: line.account_id == account)
        for group in (claim + credits, credits + items, payment + items):
            group.filtered(lambda line: not line.reconciled).reconcile()
