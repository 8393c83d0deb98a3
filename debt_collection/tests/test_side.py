from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.debt_collection_desk_side import SIDE
from .common import TODAY
from .cost import CostCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSide(CostCommon):
    """The lists beside the work list: what is on them, whose, and when it leaves."""

    def _side(self, whose="all", user=None):
        desk = self.env["debt.collection.desk"].with_user(user or self.collector)
        return desk.get_side(whose)

    def _counts(self, whose="all", user=None):
        self.env.flush_all()
        rows = self._side(whose, user)["lists"]
        return {row["key"]: row["count"] for row in rows}

    def _found(self, key, whose="all", user=None):
        """The records that a list opens; as many as it counts."""
        desk = self.env["debt.collection.desk"].with_user(user or self.collector)
        self.env.flush_all()
        window = desk.open_worklist(key, whose)
        records = self.env[window["res_model"]].with_user(user or self.collector)
        records = records.search(window["domain"])
        self.assertEqual(len(records), self._counts(whose, user)[key], key)
        return records.with_user(self.env.user)

    def _share(self, debtor, user):
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        row = self.env["debt.collection.portfolio"].search(
            [("partner_id", "=", debtor.id), ("company_id", "=", self.company.id)]
        )
        row.user_id = user
        return row

    # === WHICH === #

    def test_every_list_counts_what_it_opens(self):
        self._request()
        found = self._counts()
        self.assertEqual(list(found), [key for key in SIDE if key != "parameters"])
        for key in found:
            with self.subTest(key):
                self._found(key)
        self.assertEqual(found["approvals"], 1)

    def test_who_sets_numbers_sees_those_to_verify(self):
        self.assertNotIn("parameters", self._counts())
        before = self._counts(user=self.manager)["parameters"]
        number = self.env["debt.collection.parameter"].create(
            {
                "code": "test.side",
                "name": "A number",
                "value_ids": [
                    Command.create({"date_from": "2000-01-01", "value_number": 1}),
                    Command.create(
                        {"date_from": "2090-01-01", "key": "later", "value_number": 1}
                    ),
                ],
            }
        )
        self.assertEqual(self._counts(user=self.manager)["parameters"], before + 1)
        self.assertIn(
            number.value_ids.filtered(lambda v: not v.key),
            self._found("parameters", user=self.manager),
        )
        number.value_ids.with_user(self.manager).action_verify()
        self.assertEqual(self._counts(user=self.manager)["parameters"], before)

    def test_who_is_no_collector_sees_nothing(self):
        clerk = new_test_user(self.env, "dc_clerk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self._side(user=clerk)

    # === WHEN THEY LEAVE === #

    def _deliver(self, **step):
        self.policy.step_ids.write({"by_email": False, "by_post": False, **step})
        self._make_invoice(10, partner=self.other_debtor)
        self._run()
        action = self.env["debt.collection.action"].search(
            [("partner_id", "=", self.other_debtor.id)]
        )
        others = self.env["debt.collection.action"].search([]) - action
        others._cancel("not in this test")
        action._dispatch()
        return action.delivery_ids

    def test_a_call_put_off_comes_back_on_its_day(self):
        delivery = self._deliver(by_call=True)
        self.assertEqual(self._found("call"), delivery)
        delivery.date_planned = TODAY + DAY
        self.assertFalse(self._found("call"))
        work = self.env["debt.collection.work"]
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        self.assertNotIn("call", work.search([]).mapped("next_action"))
        delivery.date_planned = TODAY
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("call", work.search([]).mapped("next_action"))
        self.assertEqual(self._found("call"), delivery)

    def test_a_letter_in_a_batch_waits_for_the_post_not_for_the_printer(self):
        delivery = self._deliver(by_post=True)
        self.assertEqual(self._found("print"), delivery)
        delivery.batch_id = self.env["debt.collection.post.batch"].create(
            {"name": "Batch", "company_id": self.company.id, "date_printed": TODAY}
        )
        self.assertFalse(self._found("print"))

    def _broken(self):
        plan = self.case._propose_plan(
            {"kind": "promise", "date": TODAY + DAY, "amount": 1000}, "collector"
        )
        self._run(TODAY + 30 * DAY)
        self.assertEqual(plan.state, "broken")
        return plan

    def test_a_broken_promise_leaves_when_somebody_reacts(self):
        plan = self._broken()
        self.assertEqual(self._found("broken"), plan)
        self.assertTrue(plan.is_unanswered)
        contact = self.env["debt.collection.contact"].create(
            {
                "case_id": self.case.id,
                "channel": "call",
                "outcome_id": self.env["debt.collection.outcome"]
                .search([], limit=1)
                .id,
                "moment": fields.Datetime.to_datetime(plan.date_ended + 2 * DAY),
            }
        )
        self.assertFalse(self._found("broken"))
        contact.state = "undone"
        self.assertEqual(self._found("broken"), plan)
        self.case._close("withdrawn", TODAY)
        self.assertFalse(self._found("broken"))

    def test_ready_when_the_notice_is_over_and_nothing_holds(self):
        def back(name):
            self.env.flush_all()
            self.assertEqual(self._found("ready"), self.case, name)

        self.assertFalse(self._found("ready"))
        self.case._reach_phase("notice", TODAY - 14 * DAY)
        self.assertFalse(self._found("ready"))
        self.case.date_noticed = TODAY - 15 * DAY
        back("notice")
        self.assertTrue(self.case.is_ready)
        self.env["debt.collection.weight"].create(
            {"company_id": self.company.id, "ready_days": 16}
        )
        self.assertFalse(self._found("ready"))
        self.case.date_noticed = TODAY - 16 * DAY
        back("days of the company")
        dispute = self.env["debt.collection.dispute"].create(
            {
                "case_id": self.case.id,
                "reason_id": self.env["debt.collection.dispute.reason"]
                .search([], limit=1)
                .id,
                "date": TODAY,
                "line_ids": [
                    Command.create({"claim_id": self.case.claim_ids.id, "amount": 10})
                ],
            }
        )
        self.assertFalse(self._found("ready"))
        dispute._withdraw("He was wrong", TODAY)
        back("dispute")
        plan = self.case._propose_plan(
            {"kind": "promise", "date": TODAY + DAY, "amount": 1000}, "collector"
        )
        self.assertFalse(self._found("ready"))
        plan.action_cancel()
        back("plan")
        self.case.account_id.blockers = [["hold", {}, "", ""], ["ladder_done", {}]]
        self.assertFalse(self._found("ready"))
        self.case.account_id.blockers = [["ladder_done", {}, "", ""]]
        back("hold")
        self._hand_over()
        self.assertFalse(self._found("ready"))

    def _hand_over(self):
        agreement = self.env["debt.collection.agreement"].create(
            {
                "name": "Our lawyer",
                "company_id": self.company.id,
                "partner_id": self.bailiff.id,
            }
        )
        self.env["debt.collection.assignment"]._prepare_for(self.case, agreement)

    def test_a_paid_case_is_not_ready(self):
        self.case._reach_phase("notice", TODAY - 20 * DAY)
        self.assertEqual(self._found("ready"), self.case)
        self._pay(self.invoice)
        self._run()
        self.assertFalse(self._found("ready"))

    def test_a_write_off_waits_for_its_decision(self):
        off = self.env["debt.collection.write.off"].create(
            {"case_id": self.case.id, "reason": "Nothing to seize"}
        )
        self.assertEqual(self._found("write_offs"), off)
        off.unlink()
        self.assertFalse(self._found("write_offs"))

    def test_limitation_within_ninety_days(self):
        self.case.date_limitation = TODAY + 91 * DAY
        self.assertFalse(self._found("limitation"))
        self.case.date_limitation = TODAY + 90 * DAY
        self.assertEqual(self._found("limitation"), self.case)
        self.case._close("withdrawn", TODAY)
        self.assertFalse(self._found("limitation"))

    def test_a_running_term_leaves_when_its_agenda_is_done(self):
        term = self._open_term(TODAY + 14 * DAY)
        self.assertEqual(self._found("terms"), term)
        self.assertTrue(term.is_pending)
        self.assertEqual(term.action_open_step()["res_id"], term.step_id.id)
        term.activity_id.action_feedback()
        self.assertFalse(self._found("terms"))
        self.assertFalse(self._open_term(TODAY + 15 * DAY) & self._found("terms"))

    def _open_term(self, day):
        count = self.env["debt.collection.legal.route"].search_count([])
        step_type = self.env["debt.collection.legal.step.type"].create(
            {"name": "Act", "code": f"side{count}", "performer": "bailiff"}
        )
        route = self.env["debt.collection.legal.route"].create(
            {
                "name": "Way",
                "code": f"side{count}",
                "line_ids": [
                    Command.create({"type_id": step_type.id, "is_start": True})
                ],
            }
        )
        length = self.env["debt.collection.parameter"].create(
            {"code": f"side.{count}", "name": "Length", "kind": "term"}
        )
        term = self.env["debt.collection.legal.term"].create(
            {
                "name": "Time to answer",
                "code": "answer",
                "type_id": step_type.id,
                "parameter_id": length.id,
            }
        )
        step = self.env["debt.collection.legal.step"].create(
            {
                "case_id": self.case.id,
                "route_id": route.id,
                "type_id": step_type.id,
            }
        )
        return self.env["debt.collection.legal.step.term"].create(
            {
                "step_id": step.id,
                "term_id": term.id,
                "date_end": day,
                "date_free": day + DAY,
            }
        )

    # === WHOSE === #

    def test_each_sees_the_lists_of_his_portfolio(self):
        self.case.date_limitation = TODAY + DAY
        cost = self._request()
        self.assertEqual(self._found("approvals", "mine"), cost)
        row = self._share(self.debtor, self.manager)
        for key in ("approvals", "limitation"):
            self.assertFalse(self._found(key, "mine"))
            self.assertFalse(self._found(key, "team"))
            self.assertTrue(self._found(key, "all"))
            self.assertTrue(self._found(key, "mine", self.manager))
        self.env["debt.collection.team"].create(
            {"name": "Team", "member_ids": [Command.set(self.collector.ids)]}
        ).action_share_out()
        self.assertEqual(self._found("approvals", "team"), cost)
        self.assertFalse(self._found("approvals", "mine"))
        row.user_id = self.collector
        self.assertEqual(self._found("approvals", "mine"), cost)

    def test_the_portfolio_of_another_company_does_not_hide_a_debtor(self):
        self._share(self.debtor, self.collector)
        other = self._make_company("Sister SA")
        self.collector.company_ids += other
        self.env["debt.collection.portfolio"].create(
            {
                "company_id": other.id,
                "partner_id": self.debtor.id,
                "user_id": self.manager.id,
            }
        )
        cost = self._request()
        both = self.env["debt.collection.desk"].with_user(self.collector)
        both = both.with_context(allowed_company_ids=[self.company.id, other.id])
        window = both.open_worklist("approvals", "mine")
        self.assertEqual(both.env[cost._name].search(window["domain"]).id, cost.id)

    def test_another_companys_records_are_not_counted(self):
        self._request()
        other = self._make_company("Sister SA")
        self.manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other})
        desk = self.env["debt.collection.desk"].with_user(self.manager)
        desk = desk.with_context(allowed_company_ids=other.ids)
        counts = {row["key"]: row["count"] for row in desk.get_side("all")["lists"]}
        counts.pop("parameters")
        self.assertEqual(set(counts.values()), {0})

    # === THE PILE === #

    def test_the_pile_is_that_of_the_portfolio(self):
        self.policy.mode = "review"
        self._make_invoice(10, partner=self.other_debtor)
        self._run()
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        action = self.env["debt.collection.action"].search(
            [("partner_id", "=", self.other_debtor.id)]
        )
        wanted = desk.open_worklist("review", "mine")["context"]["desk_action_ids"]
        self.assertIn(action.id, desk.get_pile(wanted)["ids"])
        self._share(self.other_debtor, self.manager)
        self._share(self.debtor, self.manager)
        wanted = desk.open_worklist("review", "mine")["context"]["desk_action_ids"]
        self.assertEqual(desk.get_pile(wanted)["ids"], [])

    # === POINTS AND QUERIES === #

    def test_the_weights_are_in_sight(self):
        weights = {row["key"]: row for row in self._side()["weights"]}
        self.assertEqual(weights["weight_urgency"]["points"], 25)
        self.assertEqual(weights["weight_age"]["full"], "180 days")
        self.assertIn("10,000", weights["weight_stake"]["full"])
        self.env["debt.collection.weight"].create(
            {"company_id": self.company.id, "weight_urgency": 40}
        )
        weights = {row["key"]: row for row in self._side()["weights"]}
        self.assertEqual(weights["weight_urgency"]["points"], 40)

    def test_all_lists_are_counted_by_one_query(self):
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        lists = desk._get_worklists()
        lists.pop("early")
        desk._count_lists(lists, "mine")
        self.env.flush_all()
        with self.assertQueryCount(1):
            desk._count_lists(lists, "mine")

    def test_queries_do_not_grow_with_the_cases(self):
        few = self._count_queries()
        for number in range(12):
            partner = self._make_debtor(f"Debtor{number} SA")
            case = self._flag(self._make_invoice(20, 400.0, partner))
            case.date_limitation = TODAY + DAY
            case.write({"date_noticed": TODAY - 30 * DAY})
            self._request(case=case)
        self.policy.mode = "review"
        self._run()
        self.assertEqual(self._counts()["limitation"], 12)
        self.assertLessEqual(self._count_queries(), few)

    def _count_queries(self):
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        counts = []
        for method in (desk.get_side, desk.get_home):
            self.env.invalidate_all()
            method("mine")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            method("mine")
            counts.append(self.env.cr.sql_log_count - before)
        return counts
