from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon
from odoo.addons.debt_collection.tests.regime_contract import (
    FIRST,
    PLAIN,
    UNTIL,
    RegimeContract,
)

NOTICED = replace(PLAIN, regime="xl", notices=(FIRST,))


@tagged("post_install", "-at_install")
class TestContractLilliput(RegimeContract, TransactionCase):
    """What every regime keeps; then what is of Lilliput alone."""

    regime_key = "xl"

    def test_peace_of_ten_days(self):
        term = self.regime._get_notice_term(NOTICED, FIRST)
        self.assertEqual(term.start, date(2025, 3, 4))
        self.assertEqual(term.last_day, date(2025, 3, 13))
        self.assertEqual(
            self.regime._get_earliest_date(NOTICED, "none"), date(2025, 3, 14)
        )

    def test_no_notice_without_a_free_letter(self):
        [blocker] = self.regime._get_blockers(PLAIN, "formal", UNTIL)
        self.assertEqual(blocker.code, "xl_no_first_letter")

    def test_interest_and_indemnity_wait_for_the_end_of_the_peace(self):
        interest = self.regime._get_interest(NOTICED, UNTIL)
        self.assertEqual(interest.start, date(2025, 1, 15))
        self.assertEqual(interest.claimable_from, date(2025, 3, 14))
        self.assertFalse(interest.verified)  # the rate of 2025 is still to verify
        [charge] = self.regime._get_fixed_charges(NOTICED, UNTIL)
        self.assertEqual(charge.amount, Decimal(12))
        self.assertEqual(charge.claimable_from, date(2025, 3, 14))

    def test_prescribed_after_three_years(self):
        self.assertEqual(self.regime._get_limitation(PLAIN).last_day, date(2028, 1, 14))


@tagged("post_install", "-at_install")
class TestLilliput(CollectionCommon):
    """The daily run under the law of Lilliput."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("debt_collection_lilliput.lilliput")

    def test_the_way_of_a_debt(self):
        """The free letter says so; in the ten days after it nothing leaves."""
        self._make_invoice(10)
        self._run()
        case = self.env["debt.collection.case"].search([])
        self.assertEqual(case.regime, "xl")
        [first] = case.action_ids
        page = self.env["debt.collection.letter"]._render_body(first)
        self.assertIn("free of charge (Edict on Debts, art. 1)", page.striptags())
        self._mark_sent(first)
        self._run(TODAY + timedelta(days=10))
        self.assertEqual(case.action_ids, first)
        self._run(TODAY + timedelta(days=11))
        self.assertEqual(len(case.action_ids), 2)

    def test_what_the_statement_claims(self):
        """75 days at 6 %, and 12 for the invoice, once the peace is over."""
        self._make_invoice(10, amount=1000)
        self._run()
        case = self.env["debt.collection.case"].search([])
        self._mark_sent(case.action_ids)
        day = TODAY + timedelta(days=65)
        statement = self.env["debt.collection.statement"]._for_cases(case, day)[case.id]
        interest = (Decimal(1000) * 6 * 75 / 100 / 365).quantize(Decimal("0.01"))
        self.assertEqual(statement.due, 1000 + interest + 12)
