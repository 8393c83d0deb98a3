from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from .debt_collection_page import OnlinePayment

KINDS = ("all", "next", "amount", "invoices")


class DebtCollectionPagePay(models.AbstractModel):
    """What the debtor chooses to pay: a choice comes in, the server says how much.

    The browser never sends an amount that is taken as it stands: an amount is a wish,
    kept inside what is open; everything else is worked out from the books.
    """

    _name = "debt.collection.page.pay"
    _description = "Paying on the debtor's page"

    # === WHAT IS OPEN === #

    @api.model
    def _get_payable(self, matter):
        """(item, how much of it can be paid) in the order that money pays them.

        What is contested is left out, and what Odoo would not take online. Booked
        charges come after the invoices.

        :rtype: list[tuple[account.move.line, float]]
        """
        page = self.env["debt.collection.page"]
        if not page._is_asking(matter):
            return []
        if matter.case:
            items = matter.case._get_items_to_pay(matter.items.browse())
        else:
            items = matter.items.sorted(lambda i: (i.date_maturity or i.date, i.id))
        contested = self.env["debt.collection.facts"]._read_contested(items.ids)
        found = []
        for item in items.filtered(lambda i: not i.reconciled):
            left = item.amount_residual_currency - float(contested.get(item.id, 0))
            left = item.currency_id.round(left)
            if left > 0 and item.move_id._has_to_be_paid():
                found.append((item, left))
        return found

    @api.model
    def _get_next_instalment(self, matter):
        """What is left of the next instalment of the plan that runs: (day, amount).

        :rtype: tuple[date, float] | None
        """
        plans = matter.case.plan_ids.filtered(
            lambda plan: plan.state in ("accepted", "running") and plan.kind != "paid"
        )
        lines = plans.line_ids.filtered(lambda line: line.amount_left > 0)
        line = lines.sorted(lambda row: (row.date, row.id))[:1]
        return (line.date, line.amount_left) if line else None

    # === THE CHOICE === #

    @api.model
    def _get_choices(self, matter, statement):
        """What may be chosen now: kind -> amount; all of them need something open.

        :rtype: dict[str, float]
        """
        full = self._choose(matter, statement, {"kind": "all"})
        if not full.amount:
            return {}
        choices = {"all": full.amount, "amount": full.amount}
        if instalment := self._get_next_instalment(matter):
            choices["next"] = min(instalment[1], full.amount)
        if len(full.moves) > 1:
            choices["invoices"] = full.amount
        return choices

    @api.model
    def _choose(self, matter, statement, choice):
        """What a choice comes to now, by what is in the books.

        :param dict choice: ``kind`` (one of `KINDS`), with ``amount`` or ``items``
        :param tools.values.Statement statement: of the same matter, today
        :rtype: OnlinePayment
        """
        payable = self._get_payable(matter)
        if choice["kind"] == "invoices":
            wanted = set(choice.get("items") or ())
            payable = [(item, left) for item, left in payable if item.id in wanted]
        currency = matter.account.currency_id
        most = min(sum(left for _item, left in payable), float(statement.due))
        amount = currency.round(max(min(self._get_wish(matter, choice, most), most), 0))
        return OnlinePayment(
            amount,
            self._cover(payable, amount, matter),
            self.env["debt.collection.page"]._is_any_under_way(matter),
        )

    @api.model
    def _get_wish(self, matter, choice, most):
        if choice["kind"] == "amount":
            return choice.get("amount") or 0.0
        if choice["kind"] == "next":
            instalment = self._get_next_instalment(matter)
            return instalment[1] if instalment else 0.0
        return most

    @api.model
    def _cover(self, payable, amount, matter):
        """The documents that an amount pays, in order: the rest stay out of it."""
        moves, left = matter.items.move_id.browse(), amount
        for item, part in payable:
            if matter.account.currency_id.compare_amounts(left, 0) <= 0:
                break
            moves |= item.move_id
            left -= part
        return moves

    @api.model
    def _read_choice(self, matter, statement, form):
        """The choice that a form makes, refused where it comes to nothing.

        :param dict form: ``kind``, ``amount`` as a number, ``items`` as ids
        :raises UserError: says what to choose instead
        :rtype: dict
        """
        kind = form.get("kind")
        choice = {"kind": kind if kind in KINDS else "all"}
        if choice["kind"] == "amount":
            choice["amount"] = float_round(form.get("amount") or 0.0, 2)
        if choice["kind"] == "invoices":
            choice["items"] = sorted(form.get("items") or ())
        found = self._choose(matter, statement, choice)
        if not found.amount:
            raise UserError(
                self.env._("Choose an amount, or at least one invoice that is open.")
            )
        if kind == "amount" and found.amount < choice["amount"]:
            raise UserError(
                self.env._(
                    "At most %(amount)s can be paid online now.",
                    amount=matter.account.currency_id.format(found.amount),
                )
            )
        return choice
