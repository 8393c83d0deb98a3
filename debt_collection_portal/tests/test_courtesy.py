from datetime import timedelta

from odoo.tests import tagged

from .common import LANDED, TODAY, DoorCommon
from .test_time import PDF


@tagged("post_install", "-at_install")
class TestCourtesy(DoorCommon):
    """A letter without a file: what the debtor answers opens one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("debt_collection.dispute_reason_price")
        cls.gentle = cls._make_debtor("Gentle Debtor SRL")
        cls.moves = cls._make_invoice(3, 60.0, partner=cls.gentle)
        cls.moves += cls._make_invoice(3, 90.0, partner=cls.gentle)
        cls.items = cls.moves.line_ids.filtered("date_maturity")
        cls.courtesy = cls._make_action(cls.case.browse(), cls.items)

    def setUp(self):
        super().setUp()
        path, self.link = self._issue(self.courtesy)
        self.url = f"{LANDED}{self.link.id}"
        self._enter(path)

    def _get_case(self):
        return self.moves.line_ids.debt_collection_claim_ids.case_id

    def _contest(self, item, **data):
        data = {"claim": item.id, "reason": self.reason.id, "words": "no", **data}
        return self._post("/dispute", **data)

    def test_looking_opens_no_file(self):
        for door in ("", "/choose", "/time", "/time/schedule", "/dispute", "/talk"):
            self.assertEqual(self.url_open(f"{self.url}{door}").status_code, 200, door)
        self.assertFalse(self._get_case())

    def test_objection_opens_the_file_that_keeps_it(self):
        item = self.items[0]
        answer = self._contest(
            item,
            files={"proof": ("order.pdf", PDF, "application/pdf")},
            **{f"amount_{item.id}": "20"},
        )
        self.assertIn("We got your objection", answer.text)
        case = self._get_case()
        self.assertEqual(case.claim_ids.move_line_id, self.items)
        dispute = case.dispute_ids
        self.assertEqual((dispute.amount, dispute.origin), (20, "debtor"))
        self.assertEqual(dispute.line_ids.move_line_id, item)
        opened = case.event_ids.filtered(lambda event: event.kind == "opened")
        self.assertIn('"origin":"debtor"', opened.data)
        # the same link now shows the file
        text = self.url_open(self.url).text
        self.assertIn(case.name, text)
        self.assertIn("130.00", text)
        self.assertIn("What you contested", text)

    def test_refused_objection_opens_nothing(self):
        item = self.items[0]
        for wrong in (
            {"words": " "},
            {"reason": ""},
            {f"amount_{item.id}": "9999"},
            {"claim": self.case.claim_ids.move_line_id[:1].id},
        ):
            with self.subTest(wrong):
                self.assertEqual(self._contest(item, **wrong).status_code, 422)
        self.assertFalse(self._get_case())

    def test_instalments_by_the_limits_of_the_letters_policy(self):
        text = self.url_open(f"{self.url}/time").text
        self.assertIn("time_count", text)  # 150 by 50 at least: two or three
        answer = self._propose(3)
        self.assertIn("We agree", answer.text)
        plan = self._get_case().plan_ids
        self.assertEqual((plan.state, plan.amount), ("offered", 150))
        self.assertEqual(plan.line_ids.mapped("amount"), [50, 50, 50])
        self.assertTrue(answer.url.endswith(f"/plan/{plan.id}"))

    def test_promise_and_paid(self):
        self._post("/promise", page="/time", until=self._later(5))
        plan = self._get_case().plan_ids
        self.assertEqual((plan.kind, plan.state), ("promise", "running"))
        self._post("/paid", page="/time", amount="150", paid_on=self._later(-1))
        self.assertIn("paid", self._get_case().plan_ids.mapped("kind"))

    def test_paid_part_of_the_letter_stays_outside(self):
        self._pay(self.moves[0])
        self._contest(self.items[1])
        case = self._get_case()
        self.assertEqual(case.claim_ids.move_line_id, self.items[1])
        self.assertIn(case.name, self.url_open(self.url).text)

    def test_not_due_yet_it_can_be_paid_and_contested(self):
        due = self.today + timedelta(days=5)
        days = (TODAY - due).days
        early = self._make_invoice(days, 44.0, partner=self.other_debtor)
        item = early.line_ids.filtered("date_maturity")
        path, link = self._issue(self._make_action(self.case.browse(), item))
        self.url = f"{LANDED}{link.id}"
        text = self._enter(path).text
        self.assertIn("44.00", text)
        self.assertIn("You have time until", text)
        self.assertNotIn("Nothing is due", text)
        self.assertNotIn("time_count", self.url_open(f"{self.url}/time").text)
        self.assertEqual(self._contest(item).status_code, 200)
        case = item.debt_collection_claim_ids.case_id
        self.assertEqual(case.dispute_ids.amount, 44)

    # === THE FILE OF OTHERS === #

    def _join(self):
        """Another file of the same debtor, which the invoices would join."""
        return self._open_case(self._make_invoice(20, 777.0, partner=self.gentle))

    def test_holder_gets_into_no_other_file(self):
        other = self._join()
        answer = self._contest(self.items[0])
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Show first that it is you", answer.text)
        self.assertNotIn("777.00", answer.text)
        self.assertFalse(other.dispute_ids)
        self.assertEqual(len(other.claim_ids), 1)
        self._show_code()
        self.assertEqual(self._contest(self.items[0]).status_code, 200)
        self.assertEqual(other.dispute_ids.line_ids.move_line_id, self.items[0])

    def test_plan_for_a_part_of_a_file_is_not_made(self):
        other = self._join()
        self._show_code()
        answer = self._propose(3)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("open file with other invoices", answer.text)
        self.assertFalse(other.plan_ids)

    # === HIS RIGHTS === #

    def test_rights_stand_on_the_page_before_and_with_a_file(self):
        """The block of the law of his claim, and data protection."""
        regime = type(self.env["debt.collection.regime.standard"])
        words = ("You may ask for help with your debts.",)
        self.patch(regime, "_get_debtor_notice", lambda self, facts: words)
        for path in (self._issue(self.courtesy)[0], self._issue()[0]):
            text = self._enter(path).text
            self.assertIn("Your rights", text)
            self.assertIn(words[0], text)
            self.assertIn("authority for data protection", text)

    # === WHOM TO TALK TO === #

    def test_without_a_file_the_page_says_whom_to_call(self):
        self.company.phone = "+352 26 12 34 56"
        for door in ("/talk", "/contact"):
            text = self.url_open(f"{self.url}{door}").text
            self.assertIn("+352 26 12 34 56", text)
            self.assertNotIn("<textarea", text)
