from datetime import date, timedelta
from decimal import Decimal

from odoo import Command, api, models
from odoo.exceptions import UserError

from ..tools.instalments import change, schedule
from ..tools.plans import RHYTHMS
from ..tools.values import BadSplit, ToolsError
from .debt_collection_facts import to_decimal


class DebtCollectionPlanEditor(models.AbstractModel):
    """The editor of a plan: it divides the sum, and evens out what somebody changes."""

    _name = "debt.collection.plan.editor"
    _description = "Editor of a plan"

    # === ONCHANGE METHODS === #

    @api.onchange("case_id", "with_charges")
    def _onchange_case_id(self):
        """What is due, with its charges or without, until somebody enters a sum."""
        if self.case_id and self.state == "draft":
            day = self._get_today()
            self.amount = self.case_id._get_plan_amount(day, self.with_charges)

    @api.onchange("line_ids")
    def _onchange_line_ids(self):
        """Change one instalment and the last other open one takes the difference."""
        lines = self.line_ids.sorted(lambda line: (line.date or date.max, line.id))
        known = {line.id: line.amount for line in self._origin.line_ids}
        changed = [
            rank
            for rank, line in enumerate(lines)
            if line._origin and line.amount != known.get(line._origin.id)
        ]
        others = set(range(len(lines))) - set(changed[:1])
        if not changed or not others:
            return
        target = lines[max(others)]
        left = self.amount - sum((lines - target).mapped("amount"))
        if self.currency_id.compare_amounts(left, 0) > 0:
            target.amount = self.currency_id.round(left)

    # === ACTION METHODS === #

    def action_split(self):
        """Divide the sum as the editor says: down payment, start, rhythm, number."""
        self._begin("split")
        for plan in self:
            plan._split(plan._get_today())

    # === BUSINESS METHODS === #

    def _split(self, day):
        """Divide the sum evenly; the last instalment takes the rounding."""
        self.ensure_one()
        currency = self.currency_id
        down = to_decimal(self.down_payment, currency)
        try:
            rows = schedule(
                to_decimal(self.amount, currency),
                self.instalment_count,
                self.date_first or day + timedelta(days=14),
                self._get_rhythm(),
                down_payment=down,
                down_day=(self.date_down or day) if down else None,
                rounding=Decimal(str(currency.rounding)),
            )
        except ToolsError as error:
            raise UserError(
                self.env._(
                    "%(amount)s cannot be divided so: choose fewer instalments, a "
                    "smaller down payment, and its day before the first instalment.",
                    amount=currency.format(self.amount),
                )
            ) from error
        lines = [
            Command.create({"date": r.day, "amount": float(r.amount)}) for r in rows
        ]
        self.write({"line_ids": [Command.clear(), *lines]})

    def _change_line(self, line, amount):
        """Give an instalment another amount; the last other one evens it out.

        :raises UserError: nothing would be left for that one
        """
        self.ensure_one()
        lines = self.line_ids.sorted(lambda row: (row.date, row.id))
        parts = [to_decimal(row.amount, self.currency_id) for row in lines]
        try:
            parts = change(
                parts, lines.ids.index(line.id), to_decimal(amount, self.currency_id)
            )
        except BadSplit as error:
            raise UserError(
                self.env._("Nothing would be left for the last instalment.")
            ) from error
        for row, part in zip(lines, parts, strict=True):
            row.amount = float(part)

    def _get_rhythm(self):
        """How often an instalment falls due.

        :rtype: tools.values.Rhythm
        """
        self.ensure_one()
        return RHYTHMS[self.rhythm]
