from datetime import datetime, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..tools.answers import Limitation, PlanLimits
from .common import TODAY, CollectionCommon

# one black point
SIGNATURE = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAA"
    b"AABJRU5ErkJggg=="
)


def later(days):
    return TODAY + timedelta(days=days)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlan(CollectionCommon):
    """Who may do what to a promise or a plan, and what rests meanwhile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._make_user("approver", "approver")
        cls.move = cls._make_invoice(10, 600)
        cls.move.with_user(cls.collector).action_collection_flag()
        cls.case = cls.move.debt_collection_case_id
        cls.Plan = cls.env["debt.collection.plan"]

    def _promise(self, days=5, amount=600, origin="collector"):
        case = self.case.with_user(self.collector)
        vals = {"kind": "promise", "date": later(days), "amount": amount}
        return case._propose_plan(vals, origin)

    def _plan(self, amounts=(200, 200, 200), origin="collector", **vals):
        lines = [(later(10 + 30 * n), amount) for n, amount in enumerate(amounts)]
        case = self.case.with_user(self.collector)
        return case._propose_plan({"kind": "plan", "lines": lines, **vals}, origin)

    def _kinds(self):
        return self.case.event_ids.sorted("seq").mapped("kind")

    def test_a_promise_runs_at_once_and_the_case_rests(self):
        plan = self._promise()
        self.assertEqual(plan.state, "running")
        self.assertEqual(plan.claim_ids, self.case.claim_ids)
        self._run()
        self.assertFalse(self.case.action_ids.filtered("step_id"))
        self.assertEqual(self.case.why_not, "A promise runs until 03/26/2026.")
        self.assertEqual(self._kinds()[-2:], ["plan_proposed", "plan_accepted"])

    def test_an_offer_waits_and_rests_until_its_answer_is_due(self):
        plan = self._plan()
        self.assertEqual((plan.state, plan.date_expiry), ("offered", later(14)))
        self._run()
        self.assertFalse(self.case.action_ids.filtered("step_id"))
        self._run(later(15))
        self.assertEqual(plan.state, "expired")
        self._run(later(17))
        self.assertTrue(self.case.action_ids.filtered("step_id"))

    def test_an_accepted_plan_needs_a_name(self):
        plan = self._plan()
        with self.assertRaisesRegex(UserError, "enter who accepted it"):
            plan.action_accept()
        plan.signed_by = "Ann Other"
        plan.action_accept()
        self.assertEqual((plan.state, plan.date_start), ("accepted", TODAY))

    def test_a_later_invoice_goes_its_own_way(self):
        self._promise()
        second = self._make_invoice(6, 50)
        self._run()
        self.assertEqual(
            self.case.action_ids.filtered("step_id").line_ids.move_line_id.move_id,
            second,
        )

    def test_no_button_leads_where_the_model_refuses(self):
        plan = self._promise()
        for button in ("propose", "offer", "approve", "refuse", "accept"):
            with self.assertRaisesRegex(UserError, "this can no longer be done"):
                getattr(plan, f"action_{button}")()
        plan.action_cancel()
        self.assertEqual((plan.state, plan.date_ended), ("cancelled", TODAY))
        with self.assertRaisesRegex(UserError, "this can no longer be done"):
            plan.action_cancel()

    def test_nothing_is_written_by_hand(self):
        plan = self._plan()
        for vals in ({"state": "kept"}, {"signed_on": TODAY}, {"approver_id": 1}):
            with self.assertRaisesRegex(UserError, "written by what happens"):
                plan.write(vals)
        with self.assertRaisesRegex(UserError, "written by what happens"):
            self.Plan.create({"case_id": self.case.id, "amount": 1, "state": "kept"})

    def test_what_was_agreed_stays(self):
        plan = self._plan()
        for change in (
            lambda: plan.write({"amount": 500}),
            lambda: plan.line_ids[0].write({"amount": 100}),
            lambda: plan.line_ids[0].unlink(),
        ):
            with self.assertRaisesRegex(UserError, "hat was agreed stays"):
                change()
        with self.assertRaisesRegex(UserError, "part of the file"):
            plan.unlink()

    def test_instalments_make_the_sum(self):
        with self.assertRaisesRegex(ValidationError, "the instalments make"):
            self._plan((200, 200), amount=600)
        with self.assertRaisesRegex(ValidationError, "more than nothing"):
            self._plan((600, 0))
        with self.assertRaisesRegex(ValidationError, "one day"):
            self._plan((300, 300), kind="promise")

    def test_one_of_a_kind_runs(self):
        self._promise()
        with self.assertRaisesRegex(UserError, "another one runs already"):
            self._promise()
        self._plan()  # a plan beside a promise is another matter

    def test_a_closed_case_has_no_plan(self):
        self.case.action_withdraw()
        with self.assertRaisesRegex(UserError, "is closed"):
            self._promise()

    def test_the_debtor_says_he_paid(self):
        plan = self.case._propose_plan(
            {"kind": "paid", "amount": 600, "date_paid": later(-2)}, "debtor"
        )
        self.assertEqual((plan.state, plan.date_end), ("running", later(7)))
        self._run()
        self.assertEqual(self.case.why_not, "Says he paid: held until 03/23/2026.")

    def test_money_fills_instalments_in_order_and_undoing_empties_them(self):
        self._pay(self.move, 50)
        plan = self._plan((200, 200, 150))
        plan.signed_by = "Ann Other"
        plan.action_accept()
        self.assertEqual(plan.amount_filled, 0)
        payment = self._pay(self.move, 250)
        self.assertEqual(plan.line_ids.mapped("amount_filled"), [200, 50, 0])
        self.assertEqual(plan.amount_left, 300)
        payment.remove_move_reconcile()
        self.assertEqual(plan.amount_filled, 0)

    def test_other_companies_see_nothing(self):
        plan = self._plan()
        stranger = self._make_user("stranger", "collector")
        other = self._make_company("Stranger SA")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            plan.with_user(stranger).with_company(other).read(["amount"])
        with self.assertRaises(AccessError):
            plan.line_ids.with_user(stranger).with_company(other).read(["amount"])

    # === THE EDITOR === #

    def _draft(self, amount=600, **vals):
        return self.Plan.with_user(self.collector).create(
            {"case_id": self.case.id, "amount": amount, **vals}
        )

    def test_editor_divides_evenly(self):
        plan = self._draft(
            1000,
            instalment_count=3,
            date_first=later(30),
            rhythm="fortnightly",
            down_payment=100,
            date_down=later(3),
        )
        plan.action_split()
        self.assertEqual(
            plan.line_ids.mapped(lambda line: (line.date, line.amount)),
            [(later(3), 100), (later(30), 300), (later(44), 300), (later(58), 300)],
        )
        plan.amount = 1000.01
        plan.down_payment = 0
        plan.action_split()
        self.assertEqual(plan.line_ids.mapped("amount"), [333.33, 333.33, 333.35])

    def test_editor_refuses_what_cannot_be_divided(self):
        for vals in (
            {"instalment_count": 0},
            {"instalment_count": 99999},
            {"down_payment": 600},
            {"down_payment": 10, "date_down": later(40), "date_first": later(30)},
        ):
            with self.assertRaisesRegex(UserError, "cannot be divided so"):
                self._draft(**vals).action_split()

    def test_change_one_line_and_the_last_takes_the_difference(self):
        plan = self._draft(instalment_count=3)
        plan.action_split()
        plan._change_line(plan.line_ids[0], 250)
        self.assertEqual(plan.line_ids.mapped("amount"), [250, 200, 150])
        with self.assertRaisesRegex(UserError, "Nothing would be left"):
            plan._change_line(plan.line_ids[0], 400)
        with Form(plan) as form, form.line_ids.edit(0) as line:
            line.amount = 100
        self.assertEqual(plan.line_ids.mapped("amount"), [100, 200, 300])

    def test_form_starts_from_what_is_due(self):
        action = self.case.with_user(self.collector).action_plan()
        form = Form(
            self.Plan.with_user(self.collector).with_context(**action["context"])
        )
        self.assertEqual(form.amount, 600)
        form.kind = "promise"
        with form.line_ids.new() as line:
            line.date = later(5)
            line.amount = 600
        plan = form.save()
        plan.action_propose()
        self.assertEqual(plan.state, "running")

    # === LIMITS AND APPROVAL === #

    def test_beyond_the_limits_an_approver_decides(self):
        plan = self._plan((50,) * 12)
        self.assertEqual(plan.state, "to_approve")
        self.assertEqual(plan.excess_text, "It takes longer than 6 months.")
        self.assertEqual(self.case.activity_ids.summary, plan.display_name)
        with self.assertRaisesRegex(UserError, "an approver decides"):
            plan.with_user(self.collector).action_approve()
        plan.with_user(self.approver).action_approve()
        self.assertEqual((plan.state, plan.approver_id), ("offered", self.approver))
        self.assertFalse(self.case.activity_ids)
        kinds = ["plan_proposed", "plan_to_approve", "plan_approved", "plan_offered"]
        self.assertEqual(self._kinds()[-4:], kinds)

    def test_nobody_approves_his_own_request(self):
        case = self.case.with_user(self.approver)
        lines = [(later(200), 600)]
        plan = case._propose_plan({"kind": "plan", "lines": lines}, "collector")
        self.assertEqual((plan.state, plan.requester_id), ("to_approve", self.approver))
        with self.assertRaisesRegex(UserError, "You asked for it yourself"):
            plan.action_approve()
        other = self._make_user("second_approver", "approver")
        plan.with_user(other).action_approve()
        self.assertEqual(plan.state, "offered")

    def test_bands_by_amount(self):
        self.policy.plan_limit_ids.unlink()
        plan = self._plan()
        self.assertEqual(plan.state, "to_approve")
        self.assertIn("sets no limits", plan.excess_text)
        plan.action_cancel()
        self.policy.plan_limit_ids = [
            Command.create({"amount_from": 0, "max_months": 1}),
            Command.create(
                {"amount_from": 600, "max_months": 9, "min_instalment": 200}
            ),
        ]
        self.assertEqual(self._plan().state, "offered")
        small = self._plan((100, 199.99), amount=299.99)
        self.assertIn("longer than 1 months", small.excess_text)

    def test_a_late_promise_is_beyond_the_limits_too(self):
        self.assertEqual(self._promise(31).state, "to_approve")

    def test_limits_are_set_by_managers(self):
        limit = self.policy.plan_limit_ids[0]
        with self.assertRaises(AccessError):
            limit.with_user(self.collector).max_months = 99
        limit.with_user(self.manager).max_months = 9
        with self.assertRaisesRegex(ValidationError, "less than nothing"):
            limit.min_instalment = -1

    # === ASSESSMENT === #

    def test_assessment_is_worded_and_refuses_nothing(self):
        plan = self._plan(means_situation="benefit", means_monthly=150)
        self.assertEqual((plan.verdict, plan.state), ("not", "offered"))
        text = plan.assessment_text
        self.assertEqual(len(text.split("\n")), 7)
        for sentence in (
            "It takes 3 months.",
            "The smallest instalment is ",
            "The first payment comes in 10 days.",
            "It takes 133 % of the ",
            "The debt does not grow meanwhile.",
            "The debtor has not promised anything before.",
            "No basis for a comparison: 0 comparable closed cases, 30 are needed.",
        ):
            self.assertIn(sentence, text)

    def test_a_debtor_whose_plan_cannot_work_waits_for_a_person(self):
        plan = self._plan(origin="debtor", means_situation="none", means_monthly=0)
        self.assertEqual((plan.verdict, plan.state), ("not", "proposed"))
        self.assertTrue(self.case.activity_ids)
        plan.with_user(self.collector).action_offer()
        self.assertEqual(plan.state, "offered")
        self.assertFalse(self.case.activity_ids)

    def test_earlier_promises_count(self):
        self._promise()
        self._run(later(11))
        with freeze_time(later(11)):
            plan = self._plan()
        self.assertIn("kept 0 of 1 earlier promises", plan.assessment_text)
        self.assertEqual(plan.verdict, "not")

    def test_means_are_for_collectors_and_go_with_the_case(self):
        plan = self._plan(means_situation="retired", means_monthly=900)
        clerk = new_test_user(
            self.env,
            "dc_clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            plan.with_user(clerk).read(["means_monthly"])
        self.assertIn("means_monthly", plan.with_user(self.collector).read()[0])
        self._pay(self.move)
        self._run()
        self.assertEqual(self.case.outcome, "paid")
        self.assertFalse(plan.means_situation or plan.means_monthly or plan.assessment)
        self.assertTrue(plan.verdict)

    # === SIGNING === #

    def test_signing_takes_name_time_and_address(self):
        plan = self._plan(origin="debtor")
        with self.assertRaisesRegex(UserError, "Enter your name"):
            plan._sign(" ", None, "192.0.2.1")
        plan._sign(" Ann Other ", SIGNATURE, "192.0.2.1")
        self.assertEqual(plan.state, "accepted")
        self.assertEqual(
            (plan.signed_by, plan.signed_on, plan.signature_ip, plan.signature),
            ("Ann Other", datetime(2026, 3, 16), "192.0.2.1", SIGNATURE),
        )
        with self.assertRaisesRegex(UserError, "can no longer be done"):
            plan._sign("Ann Other", SIGNATURE, "192.0.2.1")

    def test_an_expired_offer_is_not_signed(self):
        plan = self._plan(origin="debtor")
        with freeze_time(later(15)), self.assertRaisesRegex(UserError, "has expired"):
            plan._sign("Ann Other", None, "192.0.2.1")

    def test_a_private_person_writes_the_sum(self):
        self.debtor.debt_collection_kind = "consumer"
        plan = self._plan(origin="debtor")
        self.assertEqual(plan.amount_acknowledged, 600)
        self.assertEqual(plan.acknowledged_ids, self.case.claim_ids)
        for words in (None, "600", "five hundred euros"):
            with self.assertRaisesRegex(UserError, "Write the sum in words"):
                plan._sign("Ann Other", None, "192.0.2.1", words)
        plan._sign("Ann Other", None, "192.0.2.1", "Six-cents euros")
        self.assertEqual(plan.signed_words, "Six-cents euros")

    def test_what_signing_does_is_told(self):
        plan = self._plan(origin="debtor")
        Acknowledgement = self.env["debt.collection.plan.acknowledgement"]
        self.assertIn("starts the term of limitation", Acknowledgement._get_text(plan))
        plan.action_cancel()
        bare = self._plan(origin="debtor", with_acknowledgement=False)
        self.assertEqual(Acknowledgement._get_text(bare), "")
        bare._sign("Ann Other", None, "192.0.2.1")

    def test_nothing_prescribed_or_contested_is_acknowledged(self):
        second = self._make_invoice(9, 400)
        second.with_user(self.collector).action_collection_flag()
        items = [self._get_receivable(move).id for move in self.move + second]
        regime = type(self.env["debt.collection.regime.standard"])

        def limitation(regime, facts):
            day = later(-1 if facts.key == items[0] else 900)
            return Limitation(last_day=day, ground="test")

        self.patch(regime, "_get_limitation", limitation)
        plan = self._plan((500, 500))
        self.assertEqual(plan.amount_acknowledged, 400)
        self.assertEqual(plan.acknowledged_ids.move_id, second)
        plan.action_cancel()
        facts = type(self.env["debt.collection.facts"])
        contested = {items[1]: Decimal(150)}
        self.patch(facts, "_read_contested", lambda self, ids: contested)
        plan = self._plan((500, 500))
        self.assertEqual(plan.amount_acknowledged, 250)
        self.assertFalse(plan.acknowledged_ids)
        contested[items[1]] = Decimal(400)
        plan.action_cancel()
        self.assertFalse(self._plan((500, 500)).amount_acknowledged)

    def test_amount_in_words_in_the_language_of_the_letter(self):
        plan = self._plan()
        Acknowledgement = self.env["debt.collection.plan.acknowledgement"]
        for lang, text in (
            ("fr_FR", "six cents euros"),
            ("nl_BE", "zeshonderd euro"),
            ("de_DE", "sechshundert Euro"),
        ):
            self.assertEqual(Acknowledgement._get_words(plan, lang), text)

    # === LAW === #

    def test_what_the_law_forbids_is_refused_with_the_reason(self):
        regime = type(self.env["debt.collection.regime.standard"])
        for answer, vals, message in (
            (
                PlanLimits(interest_allowed=False),
                {"interest": "running"},
                "no interest",
            ),
            (PlanLimits(max_instalments=2), {}, "2 instalments at most"),
            (PlanLimits(max_months=2), {}, "2 months at most"),
        ):
            self.patch(regime, "_get_plan_limits", lambda self, facts, a=answer: a)
            with self.assertRaisesRegex(UserError, message):
                self._plan(**vals)

    def test_two_currencies(self):
        """Limits are in the company's money; the plan in the debtor's."""
        dollar = self.env["res.currency"].with_context(active_test=False)
        dollar = dollar.search([("name", "=", "USD")])
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": self.company.id,
                "name": later(-100),
                "rate": 2.0,
            }
        )
        move = self._make_invoice(10, 300, self.other_debtor, currency_id=dollar.id)
        move.with_user(self.collector).action_collection_flag()
        case = move.debt_collection_case_id.with_user(self.collector)
        lines = [(later(10 + 30 * n), 49) for n in range(6)]
        vals = {"kind": "plan", "lines": lines}
        plan = case._propose_plan(vals, "collector")
        self.assertEqual((plan.currency_id, plan.state), (dollar, "to_approve"))
        self.assertIn("An instalment is below", plan.excess_text)
        self.assertIn("50.00", plan.excess_text)  # 25 of the company's money
