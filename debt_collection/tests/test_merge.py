from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMerge(CollectionCommon):
    """Merging debtors is raw SQL in Odoo: nothing of theirs may get lost."""

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        source.email = target.email
        wizard._merge((source + target).ids, target)
        self.env.invalidate_all()

    def test_two_open_cases_become_one(self):
        first = self._make_invoice(10, 100)
        second = self._make_invoice(10, 70, partner=self.other_debtor)
        kept, gone = self._flag(first), self._flag(second)
        seal = gone.event_ids.mapped("digest")
        self._merge(self.other_debtor, self.debtor)
        self.assertRecordValues(
            kept, [{"phase": "amicable", "amount_residual": 170, "claim_count": 2}]
        )
        self.assertRecordValues(
            gone,
            [{"phase": "closed", "outcome": "joined", "partner_id": self.debtor.id}],
        )
        self.assertLessEqual(set(seal), set(gone.event_ids.mapped("digest")))
        self.assertEqual(self.env["debt.collection.event"]._verify(kept + gone), [])
        self.assertEqual(len(kept.account_id), 1)
        self.assertEqual(gone.account_id, kept.account_id)
        self.assertEqual(second.debt_collection_case_id, kept)

    def test_case_of_the_merged_debtor_moves_over(self):
        case = self._flag(self._make_invoice(10, partner=self.other_debtor))
        self._merge(self.other_debtor, self.debtor)
        self.assertEqual((case.phase, case.partner_id), ("amicable", self.debtor))
        self.assertEqual(case.account_id.partner_id, self.debtor)

    def test_sent_letters_follow_and_are_not_sent_again(self):
        move = self._make_invoice(10, partner=self.other_debtor)
        self._make_invoice(1)
        self._run()
        action = move.debt_collection_case_id.action_ids
        self._mark_sent(action)
        self._merge(self.other_debtor, self.debtor)
        self._run()
        self.assertEqual(move.debt_collection_case_id.action_ids, action)
        self.assertEqual(action.account_id.partner_id, self.debtor)

    def test_archived_debtor_says_so_and_goes_on_when_restored(self):
        move = self._make_invoice(10)
        case = self._flag(move)
        self.debtor.action_archive()
        self._run()
        self.assertFalse(case.action_ids)
        self.assertIn("archived", case.why_not)
        self.debtor.action_unarchive()
        self._run()
        self.assertEqual(len(case.action_ids), 1)

    def test_portfolios_become_one_with_its_collector_and_its_tasks(self):
        """Both debtors have a row since the daily refresh; one of them is kept."""
        self.policy.mode = "review"
        self._make_invoice(10, partner=self.other_debtor)
        self._run()
        Portfolio = self.env["debt.collection.portfolio"]
        rows = Portfolio.search([])
        gone = rows.filtered(lambda row: row.partner_id == self.other_debtor)
        gone.user_id = self.collector
        self.env.cr.flush()
        self.assertEqual(gone.next_action, "review")
        self._merge(self.other_debtor, self.debtor)
        self.env.cr.flush()
        self.assertRecordValues(
            Portfolio.search([]),
            [
                {
                    "partner_id": self.debtor.id,
                    "user_id": self.collector.id,
                    "next_action": "review",
                    "tasks": 1,
                }
            ],
        )

    def test_what_both_have_once_is_said_and_nothing_is_lost(self):
        """Odoo would delete one of two equal procedures, or stop with an SQL error."""
        Insolvency = self.env["debt.collection.insolvency"]
        first, second = Insolvency.create(
            [
                {"partner_id": partner.id, "kind": "bankrupt", "date": TODAY}
                for partner in (self.debtor, self.other_debtor)
            ]
        )
        with self.assertRaisesRegex(UserError, "both have the same record .Insolvency"):
            self._merge(self.other_debtor, self.debtor)
        self.assertEqual(second.exists().partner_id, self.other_debtor)
        self.assertEqual(first.exists().partner_id, self.debtor)
        self.assertTrue(self.other_debtor.exists())
