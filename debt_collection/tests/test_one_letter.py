from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOneLetter(CollectionCommon):
    """One letter a day to an account, the highest; no more than a debtor may get."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.court = cls.env["debt.collection.policy"].create(
            {
                "name": "Straight to the notice",
                "sequence": 90,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Notice",
                            "sequence": 10,
                            "delay": 1,
                            "notice_kind": "formal",
                            "opens_case": True,
                        }
                    )
                ],
            }
        )

    def _actions(self):
        return self.env["debt.collection.action"].search([])

    def _account(self, currency=None):
        return self.env["debt.collection.account"].search(
            [
                ("partner_id", "=", self.debtor.id),
                ("company_id", "=", self.company.id),
                ("currency_id", "=", (currency or self.company.currency_id).id),
            ]
        )

    # === TWO POLICIES === #

    def test_two_policies_of_one_debtor_give_one_letter_a_day(self):
        low = self._make_invoice(10)
        high = self._make_invoice(12, 200)
        high.debt_collection_policy_id = self.court
        self._run()
        [first] = self._actions()
        self.assertEqual(first.step_id.name, "Notice")  # the highest
        self.assertEqual(first.line_ids.move_line_id.move_id, high)
        self.assertIn(
            "Another letter goes to this debtor first: 03/17/2026.",
            self._account().why_not,
        )
        self.assertEqual(self._account().next_date, TODAY + timedelta(days=1))
        self._mark_sent(first)
        self._run()
        self.assertEqual(self._actions(), first)
        self._run(TODAY + timedelta(days=1))
        second = self._actions() - first
        self.assertEqual(second.step_id.name, "One")
        self.assertEqual(second.line_ids.move_line_id.move_id, low)

    def test_the_preview_says_the_same(self):
        self._make_invoice(10)
        self._make_invoice(12, 200).debt_collection_policy_id = self.court
        preview = self.Run._preview(self.company, TODAY)
        letters = [
            letter.step.name
            for subjects in preview.values()
            for _key, decision in subjects
            for letter in decision.letters
        ]
        self.assertEqual(letters, ["Notice"])

    # === SEVERAL ACCOUNTS === #

    def test_two_currencies_share_what_the_debtor_may_get(self):
        self.company.debt_collection_contact_limit = 1
        franc = self._use_francs()
        self._make_invoice(10)
        later = self._make_invoice(20, currency_id=franc.id)
        later.debt_collection_policy_id = self.court
        self._run()
        [first] = self._actions()
        self.assertEqual(first.currency_id, franc)  # the highest goes first
        self.assertEqual(
            self._account().why_not,
            "The debtor had 1 contacts in seven days: 03/23/2026.",
        )
        self._mark_sent(first)
        self._run(TODAY + timedelta(days=7))
        self.assertEqual(len(self._actions()), 2)

    def test_a_reviewed_letter_takes_no_place(self):
        """It is no contact yet: the gate is asked again when it is released."""
        self.company.debt_collection_contact_limit = 1
        self.policy.mode = "review"
        self._make_invoice(10)
        self._make_invoice(20, currency_id=self._use_francs().id)
        self._run()
        self.assertEqual(self._actions().mapped("state"), ["planned", "planned"])

    def test_a_debtor_is_never_split_over_batches(self):
        francs = self._use_francs()
        debtors = [self._make_debtor(f"D{n} SA") for n in range(4)]
        for debtor in debtors:
            for currency in (self.company.currency_id, francs):
                self._make_invoice(10, partner=debtor, currency_id=currency.id)
        run = self.Run.with_company(self.company)
        run._ensure_accounts(self.company)
        ids = run._select(self.company, TODAY)
        self.assertEqual(len(ids), 8)
        for size in (1, 2, 3, 5, 8, 20):
            batches = run._split(ids, size)
            self.assertEqual(sorted(sum(batches, [])), sorted(ids))
            owners = [
                set(self.env["debt.collection.account"].browse(batch).partner_id.ids)
                for batch in batches
            ]
            self.assertEqual(sum(map(len, owners)), 4, size)
