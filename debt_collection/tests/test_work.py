from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWork(CollectionCommon):
    """Today's list: who needs a hand, why, and when he leaves."""

    def _work(self, domain=()):
        """The list, when the transaction before it ended."""
        self.env.cr.flush()
        Work = self.env["debt.collection.work"].with_user(self.collector)
        return Work.search(list(domain))

    def _measure(self):
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)

    def _dispute(self, case, amount):
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        line = {"claim_id": case.claim_ids[0].id, "amount": amount}
        return self.env["debt.collection.dispute"].create(
            {
                "case_id": case.id,
                "reason_id": reason.id,
                "date": TODAY,
                "line_ids": [Command.create(line)],
            }
        )

    def test_who_needs_no_hand_is_not_on_it(self):
        self._make_invoice(45, 400.0)
        self.assertFalse(self._work())

    def test_a_letter_to_review_comes_and_goes(self):
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        self._run()
        self._measure()
        row = self._work()
        self.assertEqual(row.next_action, "review")
        self.assertEqual(row.amount_overdue, 400.0)
        window = row.action_open()
        self.assertEqual(window["res_model"], "debt.collection.action")
        action = self.env["debt.collection.action"].browse(window["res_id"])
        action.with_user(self.collector).action_skip()
        self.assertFalse(self._work())

    def test_the_points_are_the_shares_of_the_weights(self):
        """5,000 of 10,000: 15 of 30; 90 of 180 days: 8 of 15; habit full; urgent."""
        case = self._flag(self._make_invoice(90, 5000.0))
        self._dispute(case, 100.0)
        self._measure()
        row = self._work()
        self.assertRecordValues(
            row,
            [
                {
                    "next_action": "dispute",
                    "points_stake": 15,
                    "points_age": 8,
                    "points_habit": 15,
                    "points_broken": 0,
                    "points_urgency": 25,
                    "points": 63,
                }
            ],
        )
        self.assertEqual(row.reasons.split(" · ")[0], "Answer the dispute (+25)")
        self.assertEqual(len(row.reasons.split(" · ")), 3)

    def test_weights_are_the_companys(self):
        case = self._flag(self._make_invoice(90, 5000.0))
        self._dispute(case, 100.0)
        Weight = self.env["debt.collection.weight"].with_user(self.manager)
        self._measure()
        self.assertEqual(self._work().points_stake, 15)
        weights = Weight.create({"weight_stake": 100, "stake_full": 5000})
        self.assertEqual(self._work().points_stake, 100)
        weights.weight_stake = 60
        self.assertEqual(self._work().points, 60 + 8 + 15 + 25)
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            weights.weight_stake = -1
        with self.assertRaisesRegex(ValidationError, "above zero"):
            weights.write({"weight_stake": 1, "age_full": 0})

    def test_the_larger_stake_comes_first(self):
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        self._make_invoice(10, 9000.0, self.other_debtor)
        self._run()
        self._measure()
        rows = self._work()
        self.assertEqual(rows.partner_id, self.other_debtor | self.debtor)
        self.assertEqual(rows[0].partner_id, self.other_debtor)

    def test_what_is_most_urgent_is_the_next_action(self):
        self.policy.mode = "review"
        case = self._flag(self._make_invoice(45, 400.0))
        self._make_invoice(10, 50.0)
        self._run()
        self._dispute(case, 10.0)
        row = self._work()
        self.assertEqual(row.next_action, "dispute")
        self.assertGreaterEqual(row.tasks, 2)

    def test_the_end_of_the_ladder_asks_for_a_decision(self):
        self.policy.step_ids[1:].unlink()
        move = self._make_invoice(30, 400.0)
        first = TODAY - timedelta(days=20)
        self._run(first)
        actions = self.env["debt.collection.action"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        self._mark_sent(actions, first)
        self._run(TODAY)
        self.assertEqual(self._work().next_action, "stuck")
        self._pay(move)
        self._run(TODAY)
        self.assertFalse(self._work())

    def test_a_credit_beside_open_items_asks_to_be_matched(self):
        self.policy.step_ids.delay = 300
        self._make_invoice(10, 400.0)
        self._receive(self.debtor, 50.0)
        self._run()
        self.assertEqual(self._work().next_action, "credit")

    def test_each_has_his_portfolio(self):
        self.debtor.user_id = self.collector
        self.other_debtor.user_id = self.manager
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        self._make_invoice(10, 9000.0, self.other_debtor)
        self._run()
        self._measure()
        mine = self._work([("user_id", "=", self.collector.id)])
        self.assertEqual(mine.partner_id, self.debtor)
        board = self.env["debt.collection.cockpit"].with_user(self.collector)
        found = board.get_dashboard({"user_id": self.collector.id})
        self.assertEqual(found["ageing"]["total"], 400.0)
        self.assertEqual(
            {user["id"] for user in found["users"]},
            {self.collector.id, self.manager.id},
        )

    def test_queries_do_not_grow_with_the_cases(self):
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        self._run()
        few = self._count_queries()
        for number in range(12):
            partner = self._make_debtor(f"Debtor{number} SA")
            self._make_invoice(10, 400.0, partner)
        self._run()
        self.assertEqual(len(self._work()), 13)
        self.assertLessEqual(self._count_queries(), few)

    def _count_queries(self):
        self._work()
        Work = self.env["debt.collection.work"].with_user(self.collector)
        names = {name: {} for name in ("points", "amount_overdue", "reasons")}
        names["partner_id"] = {"fields": {"display_name": {}}}
        Work.web_search_read([], names, limit=80)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        Work.web_search_read([], names, limit=80)
        return self.env.cr.sql_log_count - before
