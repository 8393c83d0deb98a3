from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .cost import CostCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostRules(CostCommon):
    """Who may say yes to what, until when, and on which finding."""

    # === WHO === #

    def test_only_an_approver_says_yes_or_no(self):
        cost = self._request()
        for user in (self.collector, self.manager):
            with self.assertRaisesRegex(AccessError, "Only an Approver"):
                self._approve(cost, user)
            with self.assertRaisesRegex(AccessError, "Only an Approver"):
                cost.with_user(user)._refuse("no")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self._approve(cost, self.bookkeeper)
        self.assertEqual(cost.state, "requested")

    def test_nobody_decides_on_his_own_request(self):
        cost = self._request(user=self.accountant)
        with self.assertRaisesRegex(UserError, "your own request"):
            self._approve(cost, self.accountant)
        self.assertEqual(cost.asked_id, self.director)
        self.assertEqual(self._approve(cost, self.director).state, "approved")

    def test_who_wrote_the_amount_does_not_approve_it(self):
        cost = self._request(100)
        cost.with_user(self.accountant).action_draft()
        cost.with_user(self.accountant).amount_net = 400
        cost.with_user(self.collector).action_request()
        with self.assertRaisesRegex(UserError, "your own request"):
            self._approve(cost, self.accountant)

    def test_above_the_ceiling_a_second_approver(self):
        cost = self._request(800)
        self.assertEqual(cost.asked_id, self.director)
        self._approve(cost, self.accountant)
        self.assertEqual(
            (cost.state, cost.first_approver_id), ("requested", self.accountant)
        )
        with self.assertRaisesRegex(UserError, "second approver has to: dc_director"):
            self._approve(cost, self.accountant)
        self._approve(cost, self.director)
        self.assertEqual((cost.state, cost.approver_id), ("approved", self.director))
        self.assertIn("cost_first_yes", self._kinds())

    def test_above_every_ceiling_a_manager_is_needed(self):
        self.company.debt_collection_cost_ceiling = 50
        self.env["debt.collection.cost.ceiling"].search([]).amount = 60
        cost = self._request(200)
        self.assertFalse(cost.asked_id)
        with self.assertRaisesRegex(UserError, "above the ceiling of every approver"):
            self._approve(cost, self.director)

    def test_the_margin_lifts_nobody_over_his_ceiling(self):
        cost = self._approve(self._request(480))
        self.assertEqual((cost.amount_approved, cost.amount_limit), (480.0, 500.0))

    def test_nobody_sets_his_own_ceiling(self):
        boss = self._make_colleague("boss", "manager")
        boss.group_ids |= self.env.ref("debt_collection.debt_collection_group_approver")
        Ceiling = self.env["debt.collection.cost.ceiling"]
        vals = {"user_id": boss.id, "company_id": self.company.id, "amount": 9999}
        with self.assertRaisesRegex(UserError, "set your own ceiling"):
            Ceiling.with_user(boss).create(vals)
        row = Ceiling.with_user(self.manager).create({**vals, "amount": 600})
        with self.assertRaisesRegex(UserError, "set your own ceiling"):
            row.with_user(boss).amount = 9999
        with self.assertRaisesRegex(UserError, "set your own ceiling"):
            row.with_user(boss).unlink()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            row.with_user(self.accountant).amount = 9999

    # === TWICE, TOO LATE, AN OLD PAGE === #

    def test_approved_twice_changes_nothing(self):
        cost = self._approve(self._request())
        with self.assertRaisesRegex(UserError, "approved already, by dc_accountant"):
            self._approve(cost, self.director)
        self.assertEqual(cost.approver_id, self.accountant)
        self.assertEqual(self._kinds().count("cost_approved"), 1)

    def test_ordered_twice_changes_nothing(self):
        cost = self._engaged()
        number = cost.order_number
        with self.assertRaisesRegex(UserError, f"order {number}"):
            cost.with_user(self.collector).action_engage()
        self.assertEqual(cost.order_number, number)

    def test_an_old_page_approves_nothing_else(self):
        cost = self._request(100)
        cost.with_user(self.collector).action_draft()
        cost.with_user(self.collector).amount_net = 400
        cost.with_user(self.collector).action_request()
        seen = cost.with_context(debt_collection_seen=100.0)
        with self.assertRaisesRegex(UserError, "has changed since you opened it"):
            self._approve(seen)
        self._approve(cost.with_context(debt_collection_seen=400.0))
        self.assertEqual(cost.amount_approved, 400)

    def test_a_request_does_not_change_under_the_eyes_of_the_approver(self):
        cost = self._request(100)
        with self.assertRaisesRegex(UserError, "take it back to draft"):
            cost.with_user(self.collector).amount_net = 400

    def test_an_approval_ends(self):
        cost = self._approve(self._request())
        late = cost.date_expiry + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "ended on .*: ask again"):
            cost.with_user(self.collector)._engage(late)
        self.Cost._expire(self.company, cost.date_expiry)
        self.assertEqual(cost.state, "approved")
        self.Cost._expire(self.company, late)
        self.assertEqual(cost.state, "expired")
        with self.assertRaisesRegex(UserError, "it is expired"):
            self._approve(cost)
        with self.assertRaisesRegex(UserError, "nothing is ordered before the yes"):
            cost.with_user(self.collector).action_engage()
        self.assertIn("cost_expired", self._kinds())

    # === SOLVENCY === #

    def test_without_a_valid_check_only_with_a_reason(self):
        case = self._flag(self._make_invoice(75, 900, self.other_debtor))
        case = case.with_user(self.env.user)
        cost = self._request(200, case=case)
        with self.assertRaisesRegex(UserError, "no valid solvency check"):
            self._approve(cost)
        self._check_solvency(
            self.other_debtor,
            day=TODAY - timedelta(days=400),
            date_valid_until=TODAY - timedelta(days=1),
        )
        with self.assertRaisesRegex(UserError, "no valid solvency check"):
            self._approve(cost)
        wizard = self.env["debt.collection.cost.decide"].with_user(self.accountant)
        wizard.create(
            {
                "verb": "overrule",
                "cost_ids": [(6, 0, cost.ids)],
                "words": "He pays others",
            }
        ).action_done()
        self.assertEqual(
            (cost.state, cost.reason_overrule), ("approved", "He pays others")
        )
        self.assertIn("cost_overruled", self._kinds(case))

    def test_a_doubtful_finding_asks_for_a_reason_too(self):
        self._check_solvency(self.debtor, "doubtful")
        cost = self._request()
        self.assertTrue(cost.solvency_blocks)
        with self.assertRaisesRegex(UserError, "Doubtful"):
            self._approve(cost)
        cost.with_user(self.accountant)._approve(TODAY, overrule="At our risk")
        self.assertEqual(cost.state, "approved")

    def test_an_insolvency_stops_every_spending(self):
        approved = self._approve(self._request())
        asked = self._request()
        self._check_solvency(self.debtor, "bankrupt")
        with self.assertRaisesRegex(UserError, "Nothing more is spent on him alone"):
            approved.with_user(self.collector).action_engage()
        with self.assertRaisesRegex(UserError, "Nothing more is spent on him alone"):
            asked.with_user(self.accountant)._approve(TODAY, overrule="Never mind")
        kind = self.env.ref("debt_collection.cost_type_declaration")
        claim = self._approve(self._request(50, type_id=kind.id))
        claim.with_user(self.collector).action_engage()
        self.assertEqual(claim.state, "engaged")

    def test_worse_means_since_the_yes_stop_the_order(self):
        cost = self._approve(self._request())
        self._check_solvency(self.debtor, "doubtful")
        with self.assertRaisesRegex(UserError, "Since the approval it was found"):
            cost.with_user(self.collector).action_engage()
        self.case.with_user(self.accountant)._accept_risk("He pays others", TODAY)
        cost.with_user(self.collector).action_engage()
        self.assertEqual(cost.state, "engaged")

    # === UNECONOMIC === #

    def test_s08_sixty_five_euro(self):
        """The route would cost more than it can bring: it is not even asked for."""
        small = self._flag(self._make_invoice(20, 65, self.other_debtor))
        small = small.with_user(self.env.user)
        with (
            self.assertRaisesRegex(UserError, "Uneconomic: .*more than .* can bring"),
            self.env.cr.savepoint(),
        ):
            self._request(211.75, case=small)
        self.env.invalidate_all()
        self.assertFalse(small.cost_ids)
        cost = self._request(
            211.75, case=small, reason_uneconomic="A matter of principle"
        )
        self.assertIn("Uneconomic", cost.with_user(self.accountant).page)
        self.assertIn("A matter of principle", cost.page)
        self.assertFalse(self._request(20, case=small).reason_uneconomic)

    def test_what_was_spent_before_counts(self):
        self._engaged(450, recoverable=False)
        self._engaged(450, recoverable=False)
        with self.assertRaisesRegex(UserError, "Uneconomic"):
            self._request(200)

    # === STANDING APPROVAL === #

    def _stand(self, amount=300, user=None, days=30, case=None):
        return (
            self.env["debt.collection.cost.standing"]
            .with_user(user or self.accountant)
            .create(
                {
                    "case_id": (case or self.case).id,
                    "amount": amount,
                    "date_end": TODAY + timedelta(days=days),
                }
            )
        )

    def test_a_standing_approval_is_used_up(self):
        standing = self._stand(300)
        first, second = self._request(200), self._request(200)
        self.assertEqual(
            (first.state, first.approver_id), ("approved", self.accountant)
        )
        self.assertEqual(first.standing_id, standing)
        self.assertEqual(second.state, "requested")
        self.assertEqual((standing.amount_used, standing.amount_left), (200, 100))
        third = self._request(100)
        self.assertEqual((third.state, standing.amount_left), ("approved", 0))
        third.with_user(self.collector).action_cancel()
        self.assertEqual(standing.amount_left, 100)
        kinds = self._kinds()
        self.assertIn("cost_standing", kinds)
        self.assertLess(kinds.index("cost_standing"), kinds.index("cost_approved"))

    def test_a_standing_approval_ends_or_is_revoked(self):
        standing = self._stand(300, days=5)
        with freeze_time(TODAY + timedelta(days=6)):
            self.assertEqual(self._request(100).state, "requested")
        standing.with_user(self.accountant).action_revoke()
        self.assertEqual(self._request(100).state, "requested")
        self.assertEqual(self._kinds().count("cost_standing_revoked"), 1)

    def test_a_standing_approval_obeys_the_other_rules(self):
        self._stand(300)
        self.assertEqual(self._request(100, user=self.accountant).state, "requested")
        self._check_solvency(self.debtor, "doubtful")
        self.assertEqual(self._request(100).state, "requested")
        with self.assertRaisesRegex(UserError, "beyond your own ceiling"):
            self._stand(501)
        with self.assertRaisesRegex(UserError, "in the past"):
            self._stand(100, days=-1)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self._stand(100, user=self.collector)
        standing = self._stand(100)
        with self.assertRaisesRegex(UserError, "does not change"):
            standing.amount = 5000
        forged = standing.with_context(debt_collection_token=True)
        with self.assertRaisesRegex(UserError, "does not change"):
            forged.amount = 5000

    def test_nobody_gives_the_word_of_another(self):
        standing = (
            self.env["debt.collection.cost.standing"]
            .with_user(self.accountant)
            .create(
                {
                    "case_id": self.case.id,
                    "amount": 100,
                    "date_end": TODAY,
                    "user_id": self.director.id,
                }
            )
        )
        self.assertEqual(standing.user_id, self.accountant)
