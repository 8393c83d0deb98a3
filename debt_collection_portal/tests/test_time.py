import base64
import re

from odoo import Command
from odoo.tests import tagged

from .common import DoorCommon

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"
HOSTILE = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestTime(DoorCommon):
    # === THE SIMULATOR === #

    def _get_counts(self, text):
        tag = re.search(r'<input[^>]*id="time_count"[^>]*>', text).group(0)
        return tuple(
            int(re.search(f'{name}="(\\d+)"', tag).group(1)) for name in ("min", "max")
        )

    def test_slider_stays_inside_the_policy(self):
        text = self.url_open(f"{self.url}/time").text
        # 350.50 by 50 at least is 7 times; six months from now are 6 or less
        low, high = self._get_counts(text)
        self.assertEqual(low, 2)
        self.assertIn(high, (5, 6))
        band = self.policy.plan_limit_ids
        band.min_instalment = 100
        text = self.url_open(f"{self.url}/time").text
        self.assertEqual(self._get_counts(text), (2, 3))
        self.assertIn("350.50", text)

    def test_schedule_of_a_choice_without_a_script(self):
        first = self._later(10)
        text = self.url_open(f"{self.url}/time?count=3&first={first}").text
        self.assertEqual(text.count("116.83"), 3)  # the heading, then twice
        self.assertIn("116.84", text)
        live = self.url_open(f"{self.url}/time/schedule?count=3&first={first}").text
        self.assertIn('data-count="3"', live)
        self.assertIn("116.84", live)
        self.assertNotIn("<form", live)

    def test_wild_choices_are_moved_inside(self):
        for query in ("count=999&first=2999-01-01", "count=x&first=x", "count=-3"):
            with self.subTest(query=query):
                answer = self.url_open(f"{self.url}/time?{query}")
                self.assertEqual(answer.status_code, 200)

    # === PROPOSING === #

    def test_inside_the_limits_it_is_offered_at_once(self):
        answer = self._propose(3)
        plan = self.case.plan_ids
        self.assertEqual((plan.state, plan.origin), ("offered", "debtor"))
        self.assertEqual(plan.line_ids.mapped("amount"), [116.83, 116.83, 116.84])
        self.assertEqual(plan.line_ids[0].date, self._later(10))
        self.assertTrue(answer.url.endswith(f"/plan/{plan.id}"))
        self.assertIn("We agree", answer.text)
        kinds = self.case.event_ids.mapped("kind")
        self.assertIn("plan_offered", kinds)

    def test_what_the_slider_does_not_offer_is_refused(self):
        for count, days in ((40, 10), (0, 10), (3, 90), (3, -5)):
            with self.subTest(count=count, days=days):
                answer = self._propose(count, days)
                self.assertEqual(answer.status_code, 422)
                self.assertIn("outside the limits", answer.text)
        self.assertFalse(self.case.plan_ids)

    def test_without_limits_somebody_decides(self):
        self.policy.plan_limit_ids.unlink()
        self._propose(4)
        self.assertEqual(self.case.plan_ids.state, "to_approve")
        text = self.url_open(self.url).text
        self.assertIn("We look at it and answer", text)

    def test_second_click_proposes_once(self):
        data = {
            **self._get_hidden("/time"),
            "count": 3,
            "first": self._later(10),
        }
        for _click in range(3):
            answer = self.url_open(f"{self.url}/time", data=data)
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.case.plan_ids), 1)

    def test_new_proposal_takes_the_place_of_the_old(self):
        self._propose(3)
        old = self.case.plan_ids
        self._propose(2)
        self.assertEqual(old.state, "cancelled")
        new = self.case.plan_ids - old
        self.assertEqual((new.state, len(new.line_ids)), ("offered", 2))
        text = self.url_open(f"{self.url}/plan/{old.id}").text
        self.assertIn("replaced or taken back", text)
        self.assertNotIn("plan_signature", text)

    def test_means_of_the_holder_of_a_letter_are_not_taken(self):
        text = self.url_open(f"{self.url}/time").text
        self.assertNotIn("time_situation", text)
        self._propose(3, situation="salaried", monthly="500")
        self.assertFalse(self.case.plan_ids.means_situation)

    def test_means_of_the_debtor_himself(self):
        self._show_code()
        self.assertIn("time_situation", self.url_open(f"{self.url}/time").text)
        self._propose(3, situation="salaried", monthly="500,50")
        plan = self.case.plan_ids
        self.assertEqual(
            (plan.means_situation, plan.means_monthly), ("salaried", 500.5)
        )

    def test_promise_of_a_day(self):
        self._post("/promise", page="/time", until=self._later(12))
        plan = self.case.plan_ids
        self.assertEqual((plan.kind, plan.state), ("promise", "running"))
        self.assertEqual((plan.amount, plan.date_end), (350.5, self._later(12)))
        for days in (-1, 31, 900):
            answer = self._post("/promise", page="/time", until=self._later(days))
            self.assertEqual(answer.status_code, 422)
        self.assertEqual(len(self.case.plan_ids), 1)

    # === I PAID === #

    def test_says_he_paid_with_a_proof(self):
        answer = self._post(
            "/paid",
            page="/time",
            amount="350,50",
            paid_on=self._later(-2),
            files={"proof": (f"../../{HOSTILE}.pdf", PDF, "application/pdf")},
        )
        self.assertEqual(answer.status_code, 200)
        plan = self.case.plan_ids
        self.assertEqual((plan.kind, plan.state), ("paid", "running"))
        self.assertEqual(plan.date_paid, self._later(-2))
        self.assertEqual(base64.b64decode(plan.proof), PDF)
        self.assertNotIn("/", plan.proof_name)

    def test_proof_is_what_it_is_and_not_what_it_says(self):
        bad = [
            ("a.pdf", b"<html><script>alert(1)</script></html>"),
            ("a.pdf", b"MZ\x90\x00"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("a.pdf", b""),
        ]
        for name, content in bad:
            with self.subTest(name=name, content=content[:8]):
                answer = self._post(
                    "/paid",
                    page="/time",
                    amount="10",
                    paid_on=self._later(-1),
                    files={"proof": (name, content, "application/pdf")},
                )
                self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.case.plan_ids)

    def test_payment_of_tomorrow_is_none(self):
        answer = self._post("/paid", page="/time", amount="10", paid_on=self._later(1))
        self.assertEqual(answer.status_code, 422)
        self.assertIn("in the past", answer.text)

    # === WHEN NOTHING CAN BE ASKED === #

    def test_nothing_is_asked_for_while_a_plan_runs(self):
        self._propose(3)
        plan = self.case.plan_ids
        plan._as_system()._sign("Debtor", None, "192.0.2.1", None)
        text = self.url_open(f"{self.url}/time").text
        self.assertNotIn("time_count", text)
        self.assertNotIn("promise_until", text)
        answer = self.url_open(
            f"{self.url}/time",
            data={**self._get_hidden("/dispute"), "count": 3, "first": self._later(9)},
        )
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.case.plan_ids, plan)

    def test_colleague_may_look_and_not_act(self):
        path = self._issue()[0]
        self.authenticate(self.collector.login, self.collector.login)
        self._enter(path)
        answer = self._propose(3)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("colleague", answer.text)
        self.assertFalse(self.case.plan_ids)

    def test_too_many_forms_are_stopped(self):
        hidden = self._get_hidden("/time")
        hidden.pop("once")
        data = {**hidden, "count": 99, "first": self._later(10)}
        for _try in range(30):
            self.url_open(f"{self.url}/time", data=data)
        answer = self.url_open(f"{self.url}/time", data={**data, "count": 3})
        self.assertIn("try again later", answer.text)
        self.assertFalse(self.case.plan_ids)

    def test_courtesy_letter_has_its_doors_before_there_is_a_case(self):
        move = self._make_invoice(2, 75.0, partner=self.other_debtor)
        items = move.line_ids.filtered("date_maturity")
        action = self._make_action(self.env["debt.collection.case"], items=items)
        path, link = self._issue(action)
        self.url = f"/collect/case/{link.id}"
        text = self._enter(path).text
        self.assertIn(f"{self.url}/dispute", text)
        for door in ("/time", "/dispute", "/talk", "/contact", "/choose"):
            self.assertEqual(self.url_open(f"{self.url}{door}").status_code, 200, door)


@tagged("post_install", "-at_install")
class TestTimeCurrency(DoorCommon):
    def test_limits_of_a_debt_in_another_currency(self):
        dollar = self.env["res.currency"].with_context(active_test=False)
        dollar = dollar.search([("name", "=", "USD")])
        dollar.active = True
        dollar.rate_ids.unlink()
        dollar.rate_ids = [
            Command.create(
                {"name": "2020-01-01", "rate": 2, "company_id": self.company.id}
            )
        ]
        move = self._make_invoice(10, 400, self.other_debtor, currency_id=dollar.id)
        case = self._open_case(move)
        path, link = self._issue(self._make_action(case))
        self._enter(path)
        text = self.url_open(f"/collect/case/{link.id}/time").text
        # at least 50 euro is at least 100 dollars
        tag = re.search(r'<input[^>]*id="time_count"[^>]*>', text).group(0)
        self.assertIn('max="4"', tag)
        self.assertIn("$", text)
