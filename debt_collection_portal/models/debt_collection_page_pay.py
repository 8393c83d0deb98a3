from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_round, str2bool

from .debt_collection_page import OnlinePayment

KINDS = ("all", "next", "amount", "invoices")
# Invoices that one may choose from, the oldest ones
LISTED = 100


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
    def _get_payable_domain(self, matter):
        """The items that Odoo takes online, asked at once.

        What `account.move._has_to_be_paid` asks one by one; a test holds them equal.

        :rtype: Domain
        """
        page = self.env["debt.collection.page"]
        # a setting that visitors may not read
        params_sudo = self.env["ir.config_parameter"].sudo()
        enabled = str2bool(
            params_sudo.get_param("account_payment.enable_portal_payment")
        )
        if not page._is_asking(matter) or not enabled:
            return Domain.FALSE
        charges = matter.account.env["debt.collection.charge"]
        charges = charges._get_open_documents(matter.case) if matter.case else ()
        ids = [*matter.items.ids, *(item.id for item in charges)]
        waiting = page._find_under_way(matter).filtered(lambda tx: tx.state != "done")
        return (
            Domain("id", "in", ids)
            & Domain("reconciled", "=", False)
            & Domain("amount_residual_currency", ">", 0)
            & Domain("parent_state", "=", "posted")
            & Domain("move_id.move_type", "=", "out_invoice")
            & Domain(
                "move_id.payment_state", "in", ("not_paid", "in_payment", "partial")
            )
            & Domain("move_id.amount_residual", "!=", 0)
            & Domain("move_id.amount_total", "!=", 0)
            & Domain("move_id", "not in", waiting.invoice_ids.ids)
        )

    @api.model
    def _sum_payable(self, matter, wanted=None):
        """What can be paid of all items, or of those wanted, and of how many.

        :param set wanted: ids of items, None for all of them
        :rtype: tuple[float, int]
        """
        Line = matter.items  # read as superuser, as all that the page reads
        domain = self._get_payable_domain(matter)
        if wanted is not None:
            domain &= Domain("id", "in", list(wanted))
        [(total, count)] = Line._read_group(
            domain, [], ["amount_residual_currency:sum", "__count"]
        )
        total = total or 0.0  # no row gives no sum
        contested = self.env["debt.collection.facts"]._read_contested(matter.items.ids)
        for item in Line.search(domain & Domain("id", "in", list(contested))):
            total -= float(contested[item.id])
            left = item.amount_residual_currency - float(contested[item.id])
            count -= item.currency_id.compare_amounts(left, 0) <= 0
        return matter.account.currency_id.round(total), count

    @api.model
    def _list_payable(self, matter):
        """The oldest of what can be paid, for who chooses: see `_get_payable`.

        :rtype: list[tuple[account.move.line, float]]
        """
        found = matter.items.search(
            self._get_payable_domain(matter), order="date_maturity, id", limit=LISTED
        )
        contested = self.env["debt.collection.facts"]._read_contested(found.ids)
        rows = (
            (item, item.amount_residual_currency - float(contested.get(item.id, 0)))
            for item in found
        )
        rows = ((item, item.currency_id.round(left)) for item, left in rows)
        return [(item, left) for item, left in rows if left > 0]

    @api.model
    def _word_listed(self, matter):
        """That not all invoices stand in the list, where they do not."""
        count = self._sum_payable(matter)[1]
        if count <= LISTED:
            return ""
        return self.env._(
            "(the %(shown)s oldest of %(count)s)", shown=LISTED, count=count
        )

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
        if full.count > 1:
            choices["invoices"] = full.amount
        return choices

    @api.model
    def _choose(self, matter, statement, choice):
        """What a choice comes to now, by what is in the books.

        :param dict choice: ``kind`` (one of `KINDS`), with ``amount`` or ``items``
        :param tools.values.Statement statement: of the same matter, today
        :rtype: OnlinePayment
        """
        wanted = None
        if choice["kind"] == "invoices":
            wanted = set(choice.get("items") or ())
        total, count = self._sum_payable(matter, wanted)
        most = min(total, float(statement.due))
        currency = matter.account.currency_id
        amount = currency.round(max(min(self._get_wish(matter, choice, most), most), 0))
        page = self.env["debt.collection.page"]
        return OnlinePayment(amount, count, page._is_any_under_way(matter))

    @api.model
    def _get_wish(self, matter, choice, most):
        if choice["kind"] == "amount":
            return choice.get("amount") or 0.0
        if choice["kind"] == "next":
            instalment = self._get_next_instalment(matter)
            return instalment[1] if instalment else 0.0
        return most

    @api.model
    def _get_moves(self, matter, choice, amount):
        """The documents that an amount pays, in order: the rest stay out of it.

        :rtype: account.move
        """
        payable = self._get_payable(matter)
        if choice["kind"] == "invoices":
            wanted = set(choice.get("items") or ())
            payable = [(item, left) for item, left in payable if item.id in wanted]
        moves, left = matter.account.env["account.move"], amount
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
