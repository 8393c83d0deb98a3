from datetime import date, timedelta
from decimal import Decimal

from odoo import Command

from odoo.addons.debt_collection.tools.answers import (
    DueDate,
    FixedCharge,
    InterestTerms,
)
from odoo.addons.debt_collection.tools.values import RatePeriod

from .common import CollectionCommon

LAST_VERIFIED = date(2026, 3, 10)
ACT = "Test Act, art. 1"
RATES = (
    RatePeriod(date(2000, 1, 1), LAST_VERIFIED, Decimal(10), ACT, code="test.rate"),
    RatePeriod(
        date(2026, 3, 11), date(2050, 12, 31), Decimal(20), ACT, False, "test.rate"
    ),
)


class LawCommon(CollectionCommon):
    """The standard regime claims as a law of a test country would.

    Interest from the day after the due date, 10 % a year, 20 % (to verify) from 11
    March 2026; 40.00 an item; a term above 100 days counts as 30 days.
    """

    divisor = 365

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls

        def get_due_date(self, facts):
            if (facts.due_date - facts.invoice_date).days > 100:
                return DueDate(facts.invoice_date + timedelta(30), "term_too_long")
            return DueDate(facts.due_date)

        def get_interest(self, facts, until):
            due = self._get_due_date(facts)
            start = due.day + timedelta(days=1)
            return InterestTerms(start, start, RATES, case.divisor, due.warning)

        def get_fixed_charges(self, facts, on_date):
            start = self._get_due_date(facts).day + timedelta(days=1)
            if not facts.balance_on(start - timedelta(days=1)):
                return ()
            amount = Decimal("40.00")
            law = "Test Act, art. 2"
            return (FixedCharge("fixed", "indemnity", amount, "EUR", law, start),)

        regime = type(cls.env["debt.collection.regime.standard"])
        for name, function in (
            ("_get_due_date", get_due_date),
            ("_get_interest", get_interest),
            ("_get_fixed_charges", get_fixed_charges),
        ):
            cls.classPatch(regime, name, function)

    def _statement(self, case, day, **options):
        return self.env["debt.collection.statement"]._for_cases(case, day, **options)[
            case.id
        ]

    def _refund(self, move, amount, day):
        """A credit note of a part of the invoice, matched to it."""
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "invoice_date": day,
                "currency_id": move.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Too much",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        refund.action_post()
        (self._get_receivable(refund) + self._get_receivable(move)).reconcile()
        return refund
