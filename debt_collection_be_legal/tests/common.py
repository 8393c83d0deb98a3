from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tests import TransactionCase

from odoo.addons.debt_collection.tools.facts import ClaimFacts, Dispatch
from odoo.addons.debt_collection.tools.interest import accrue, total_interest


def day(text):
    """A date as the law reference writes it: 31/01/2025."""
    return date(*map(int, reversed(text.split("/"))))


def amount(text):
    return Decimal(text.replace(",", ""))


class BelgianCase(TransactionCase):
    """Regimes asked with facts, as the worked cases of the law reference."""

    regime_key = "be_b2b"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Parameter = cls.env["debt.collection.parameter"]
        cls.company = cls.env.company
        cls.regime = cls.env["debt.collection.regime"]._get_regime(cls.regime_key)

    def claim(self, principal, due, **values):
        """Facts of an invoice sent thirty days before its due date."""
        due = day(due)
        values.setdefault("invoice_date", date.fromordinal(due.toordinal() - 30))
        return ClaimFacts(
            key=1,
            regime=self.regime_key,
            principal=amount(principal),
            residual=amount(principal),
            due_date=due,
            **values,
        )

    def notice(self, on, channel, kind="first", letter=0):
        return Dispatch(day(on), channel, kind, letter)

    def paid(self, facts, *payments):
        """The same claim after payments: (day, amount) pairs."""
        movements = tuple((day(on), amount(value)) for on, value in payments)
        left = facts.principal - sum(value for _on, value in movements)
        return replace(facts, movements=movements, residual=left)

    def interest_lines(self, facts, until, base=None):
        """Lines of interest on the open principal up to a day."""
        until = day(until)
        terms = self.regime._get_interest(facts, until)
        if not terms.start:
            return []
        eve = date.fromordinal(terms.start.toordinal() - 1)
        moves = [(eve, base or facts.principal)]
        moves += [(on, -value) for on, value in facts.movements if on < until]
        return accrue(moves, terms.periods, terms.divisor, until)

    def interest(self, facts, until):
        return total_interest(self.interest_lines(facts, until))

    def charges(self, facts, on="31/12/2026"):
        """code -> charge."""
        charges = self.regime._get_fixed_charges(facts, day(on))
        return {charge.code: charge for charge in charges}
