from datetime import timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo.tests import tagged

from ..tools.answers import InterestTerms
from ..tools.values import RatePeriod
from .common import TODAY, CollectionCommon


def later(days):
    return TODAY + timedelta(days=days)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanWatch(CollectionCommon):
    """The run judges on what was matched, and acts once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._make_invoice(10, 600)
        cls.move.with_user(cls.collector).action_collection_flag()
        cls.case = cls.move.debt_collection_case_id
        cls.Notice = cls.env["debt.collection.plan.notice"]

    def _promise(self, days=5, amount=600):
        vals = {"kind": "promise", "date": later(days), "amount": amount}
        return self.case._propose_plan(vals, "collector")

    def _running(self, amounts=(200, 200, 200), first=10, **vals):
        lines = [(later(first + 30 * n), amount) for n, amount in enumerate(amounts)]
        plan = self.case._propose_plan(
            {"kind": "plan", "lines": lines, **vals}, "debtor"
        )
        plan.signed_by = "Ann Other"
        plan.action_accept()
        self._run()
        self.assertEqual(plan.state, "running")
        return plan

    def _kinds(self):
        return self.case.event_ids.sorted("seq").mapped("kind")

    # === PROMISES === #

    def test_a_promise_is_kept_by_the_money_not_by_the_date(self):
        plan = self._promise()
        self._run(later(10))  # the last day of grace
        self.assertEqual(plan.state, "running")
        self._pay(self.move)
        self._run(later(10))
        self.assertEqual((plan.state, plan.date_ended), ("kept", later(10)))
        self.assertEqual(self.case.outcome, "paid")

    def test_a_promise_without_money_is_broken_after_its_grace_days(self):
        plan = self._promise()
        self._run(later(11))
        self.assertEqual((plan.state, plan.date_ended), ("broken", later(11)))
        self.assertIn("was not matched", plan.reason)
        self.assertFalse(self.case.action_ids.filtered("step_id"))
        self._run(later(12))  # the end itself fires nothing
        self.assertFalse(self.case.action_ids.filtered("step_id"))
        self._run(later(14))
        self.assertEqual(self.case.action_ids.filtered("step_id").step_id.name, "One")

    def test_partly_kept_counts(self):
        plan = self._promise(amount=300)
        self._pay(self.move, 120)
        self._run(later(11))
        self.assertEqual((plan.state, plan.amount_filled), ("broken", 120))

    def test_a_promise_of_a_part_is_kept_and_the_case_goes_on(self):
        plan = self._promise(amount=300)
        self._pay(self.move, 300)
        self._run(later(3))
        self.assertEqual(plan.state, "kept")
        self.assertFalse(self.case.date_closed)
        self._run(later(5))
        self.assertTrue(self.case.action_ids.filtered("step_id"))

    def test_unmatched_money_is_matched_before_anything_is_broken(self):
        plan = self._promise()
        payment = self._receive(self.debtor, 600, later(5))
        self._run(later(11))
        self.assertEqual(plan.state, "running")
        self.assertIn("is judged once the bank is up to date", self.case.why_not)
        self.assertEqual(self.case.account_id.next_date, later(12))
        (self._get_receivable(self.move) + payment).reconcile()
        self._run(later(12))
        self.assertEqual(plan.state, "kept")

    def test_a_stale_bank_judges_nobody(self):
        self.company.debt_collection_bank_days = 3
        self._receive(self.other_debtor, 5, TODAY)  # the bank is of today
        plan = self._promise()
        self._run(later(20))
        self.assertEqual(plan.state, "running")

    # === SAYS HE PAID === #

    def test_says_he_paid_and_the_money_is_found(self):
        plan = self.case._propose_plan({"kind": "paid", "amount": 600}, "debtor")
        self._pay(self.move, day=later(-3))  # it was on its way
        self._run(later(1))
        self.assertEqual(plan.state, "kept")

    def test_says_he_paid_once_too_often(self):
        plan = self.case._propose_plan({"kind": "paid", "amount": 600}, "debtor")
        self._run(later(8))
        self.assertEqual(plan.state, "broken")
        with freeze_time(later(8)):
            again = self.case._propose_plan({"kind": "paid", "amount": 600}, "debtor")
        self.assertEqual((again.state, again.date_expiry), ("proposed", later(8)))
        self.assertTrue(self.case.activity_ids)
        self._run(later(10))
        self.assertTrue(self.case.action_ids.filtered("step_id"))

    # === PLANS === #

    def test_money_keeps_it_early_and_undoing_runs_it_again(self):
        plan = self._running()
        self._pay(self.move, 100)
        payment = self._pay(self.move, 500)
        self._run(later(1))
        self.assertEqual((plan.state, self.case.outcome), ("kept", "paid"))
        payment.remove_move_reconcile()
        self.assertEqual(plan.line_ids.mapped("amount_filled"), [100, 0, 0])
        self._run(later(2))
        self.assertEqual((plan.state, plan.date_ended), ("running", False))
        self.assertIn("plan_resumed", self._kinds())
        self._run(later(3))
        self.assertFalse(self.case.action_ids.filtered("step_id"))

    def test_each_instalment_is_announced_and_chased_once(self):
        plan = self._running()
        first = plan.line_ids[0]
        self._run(later(4))
        self.assertFalse(first.notice_ids)
        for day in (5, 6, 10):
            self._run(later(day))
        self.assertEqual(first.notice_ids.mapped("kind"), ["announced"])
        mail = first.notice_ids.mail_id
        self.assertIn("200.00", mail.body_html)
        self.assertIn("03/26/2026", mail.subject)
        self.assertEqual(mail.recipient_ids, self.debtor)
        for day in (11, 12, 15):
            self._run(later(day))
        self.assertEqual(
            sorted(first.notice_ids.mapped("kind")), ["announced", "chased"]
        )
        self.assertEqual(plan.state, "running")

    def test_what_was_paid_is_neither_announced_nor_chased(self):
        plan = self._running()
        self._pay(self.move, 200)
        for day in (6, 11):
            self._run(later(day))
        self.assertFalse(plan.line_ids.notice_ids)
        self._pay(self.move, 150)
        self._run(later(41))
        [notice] = plan.line_ids.notice_ids
        self.assertIn("50.00", notice.mail_id.body_html)

    def test_mails_speak_the_language_of_the_debtor(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.debtor.lang = "fr_FR"
        plan = self._running()
        self._run(later(6))
        self.assertIn("26/03/2026", plan.line_ids.notice_ids.mail_id.subject)

    def test_no_address_is_told_on_the_notice(self):
        self.debtor.email = False
        plan = self._running()
        self._run(later(6))
        notice = plan.line_ids.notice_ids
        self.assertIn("no e-mail address", notice.error)
        self.assertFalse(notice.mail_id)

    def test_a_paused_company_sends_and_breaks_nothing(self):
        plan = self._running()
        self.company.debt_collection_paused = True
        self._run(later(20))
        self.assertFalse(plan.line_ids.notice_ids)
        self.assertEqual(plan.state, "running")

    def test_an_offer_expires(self):
        lines = [(later(10), 600)]
        plan = self.case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
        self._run(later(14))
        self.assertEqual(plan.state, "offered")
        self._run(later(15))
        self.assertEqual((plan.state, plan.date_ended), ("expired", later(15)))

    def test_a_withdrawn_case_ends_its_plan(self):
        plan = self._running()
        plan.write({"means_situation": "salaried", "means_monthly": 300})
        self.case.action_withdraw()
        self.assertFalse(plan.means_situation or plan.means_monthly)
        self._run(later(1))
        self.assertEqual(
            (plan.state, plan.reason), ("cancelled", "The case was closed.")
        )

    def test_a_credit_note_for_the_rest_keeps_it(self):
        plan = self._running()
        self._pay(self.move, 400)
        refund = self.move.copy({"move_type": "out_refund", "invoice_date": TODAY})
        refund.invoice_line_ids.price_unit = 200
        refund.action_post()
        (self._get_receivable(self.move) + self._get_receivable(refund)).reconcile()
        self.assertEqual(plan.amount_filled, 400)
        self._run(later(1))
        self.assertEqual((self.case.outcome, plan.state), ("paid", "kept"))

    def test_booked_charges_are_filled_too(self):
        plan = self._running((300, 340), amount=640)
        journal = self.company._get_charge_journal()
        self.assertTrue(journal)
        self._pay(self.move)
        self.assertEqual(plan.amount_left, 40)

    # === MANY AT ONCE === #

    def _break_queries(self, number, first):
        """Queries of the day on which so many plans are broken."""
        plans = self.env["debt.collection.plan"]
        for rank in range(number):
            partner = self._make_debtor(f"Many{first + rank} SA")
            case = self._flag(self._make_invoice(10, 100, partner=partner))
            vals = {"kind": "plan", "lines": [(later(1), 50), (later(40), 50)]}
            plan = case.sudo()._propose_plan(vals, "debtor")
            plan.signed_by = "Ann Other"
            plan.action_accept()
            plans |= plan
        plans._set({"state": "running"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        watch = self.env["debt.collection.plan.watch"].with_company(self.company)
        watch._follow(plans.account_id, later(20))
        self.env.flush_all()
        self.assertEqual(set(plans.mapped("state")), {"broken"})
        return self.cr.sql_log_count - before

    def test_plans_are_judged_together(self):
        """Queries follow the number of batches, not that of plans."""
        few, many = self._break_queries(2, 0), self._break_queries(12, 2)
        self.assertLess(many - few, 3 * 10, (few, many))

    # === SCENARIO === #

    def test_s04_third_instalment_missed(self):
        """Six instalments, the third is missed: the ladder goes on where it stood."""
        self._run()
        first = self.case.action_ids.filtered("step_id")
        self._mark_sent(first)
        self.assertEqual((first.step_id.name, first.state), ("One", "done"))
        plan = self._running((100,) * 6, first=10)
        self._pay(self.move, 100, later(10))
        self._pay(self.move, 100, later(40))
        for day in (10, 40, 70, 75):
            self._run(later(day))
            self.assertEqual(self.case.action_ids.filtered("step_id"), first, day)
        self.assertEqual(plan.state, "running")
        self._run(later(76))
        self.assertEqual((plan.state, plan.amount_filled), ("broken", 200))
        self.assertEqual(plan.line_ids[2].notice_ids[0].kind, "chased")
        told = self.case.action_ids.filtered(lambda a: a.letter_key == "plan_broken")
        self.assertEqual(told.date, later(76))
        self._mark_sent(told, later(76))
        self._run(later(78))
        second = self.case.action_ids.filtered("step_id") - first
        self.assertEqual(second.step_id.name, "Two")
        self.assertEqual(second.amount, 400)
        self.assertEqual(
            [kind for kind in self._kinds() if kind.startswith("plan")],
            ["plan_proposed", "plan_offered", "plan_accepted", "plan_broken"],
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanInterest(CollectionCommon):
    """Interest stands still while a plan runs, and is picked up when it is broken."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._make_invoice(40, 3650)
        cls.move.with_user(cls.collector).action_collection_flag()
        cls.case = cls.move.debt_collection_case_id

    def setUp(self):
        super().setUp()

        def interest(regime, facts, until):
            start = facts.due_date + timedelta(days=1)
            period = RatePeriod(start, None, Decimal(10), "agreed")
            return InterestTerms(start=start, periods=(period,))

        standard = type(self.env["debt.collection.regime.standard"])
        self.patch(standard, "_get_interest", interest)

    def _due(self, days):
        day = later(days)
        case = self.case
        self.env.invalidate_all()
        by_list = self.env["debt.collection.balance"]._for_cases(case, day)[case.id].due
        found = case._get_statements(day)[case.id]
        self.assertEqual(by_list, found.due)
        return found

    def _running(self, **vals):
        lines = [(later(10 + 30 * n), 1000) for n in range(3)]
        plan = self.case._propose_plan(
            {"kind": "plan", "lines": lines, **vals}, "debtor"
        )
        plan.signed_by = "Ann Other"
        plan.action_accept()
        return plan

    def test_frozen_from_the_day_after_the_start(self):
        self.assertEqual(self._due(0).interest_left, 40)
        self.assertEqual(self._due(100).interest_left, 140)
        self._running()
        self.assertEqual(self._due(0).interest_left, 40)
        self.assertEqual(self._due(100).interest_left, 40)
        [frozen] = [r for r in self._due(100).claims[0].interest_lines if not r.percent]
        self.assertEqual((frozen.start, frozen.days), (later(1), 100))
        self.assertIn("stands still", frozen.ground)

    def test_running_on(self):
        self._running(interest="running")
        self.assertEqual(self._due(100).interest_left, 140)

    def test_picked_up_when_broken(self):
        plan = self._running()
        self._run(later(16))
        self.assertEqual(plan.state, "broken")
        self.assertEqual(self._due(100).interest_left, 140)

    def test_cancelled_froze_nothing_kept_froze_its_days(self):
        plan = self._running()
        plan.action_cancel()
        self.assertEqual(self._due(100).interest_left, 140)
        plan = self._running(amount=1000, lines=[(later(10), 1000)])
        self._pay(self.move, 1000, later(1))
        self._run(later(30))
        self.assertEqual(plan.state, "kept")
        # 40 days before the start, then from the end on what is left
        left = self._due(130)
        rows = [row for row in left.claims[0].interest_lines if row.percent]
        self.assertEqual(sum(row.days for row in rows), 40 + 100)

    def test_the_sum_of_a_plan_is_what_is_due(self):
        self.assertEqual(self.case._get_plan_amount(TODAY), 3690)
        self.assertEqual(self.case._get_plan_amount(TODAY, False), 3650)
        vals = {"kind": "plan", "instalment_count": 6, "date_first": later(14)}
        plan = self.case._propose_plan(vals, "debtor")
        self.assertEqual(plan.line_ids.mapped("amount"), [615] * 6)
