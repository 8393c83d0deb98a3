import re

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import DoorCommon


@tagged("post_install", "-at_install")
class TestChoose(DoorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provider = cls.env["payment.provider"].search([("code", "=", "demo")], limit=1)
        cls.provider = None
        if provider:
            cls.method = provider.payment_method_ids[:1]
            cls.provider = cls._copy_provider(provider, cls.company)
        cls.items = cls.case.claim_ids.move_line_id.sorted("amount_currency")

    def setUp(self):
        super().setUp()
        if not self.provider:
            self.skipTest("payment_demo is not installed")

    def _choose(self, **data):
        return self._post("/choose", **data)

    def _start(self, amount, **changes):
        page = self.url_open(f"{self.url}/choose").text
        params = {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/",
            "is_validation": False,
            "csrf_token": re.search(r'csrf_token: "(\w+)"', page).group(1),
            **changes,
        }
        self.make_jsonrpc_request(f"{self.url}/pay/chosen", params)
        return self.invoices.transaction_ids

    def _confirm(self, transaction):
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {"reference": transaction.reference, "simulated_state": "done"},
        )
        self.make_jsonrpc_request("/payment/status/poll", {})

    def test_part_is_paid_and_matched_with_the_oldest(self):
        answer = self._choose(kind="amount", amount="260,50")
        self.assertIn("260.50", answer.text)
        self._confirm(self._start(260.5))
        # the 250.50 is the older one; ten go to the other
        residual = self.items.mapped("amount_residual_currency")
        self.assertEqual(residual, [90.0, 0.0])
        kinds = self.case.event_ids.mapped("kind")
        self.assertIn("payment_started", kinds)
        self.assertIn("payment_confirmed", kinds)

    def test_small_part_touches_the_oldest_alone(self):
        self._choose(kind="amount", amount="10")
        transaction = self._start(10)
        self.assertEqual(transaction.invoice_ids, self.items[1].move_id)

    def test_chosen_invoices_alone(self):
        self._choose(kind="invoices", item=[self.items[0].id])
        transaction = self._start(100)
        self.assertEqual(transaction.amount, 100)
        self.assertEqual(transaction.invoice_ids, self.items[0].move_id)

    def test_invoices_of_others_cannot_be_chosen(self):
        foreign = self._make_invoice(9, 40.0, partner=self.other_debtor)
        item = foreign.line_ids.filtered("date_maturity")
        answer = self._choose(kind="invoices", item=[item.id])
        self.assertEqual(answer.status_code, 422)
        self._choose(kind="invoices", item=[item.id, self.items[0].id])
        self.assertEqual(self._start(100).invoice_ids, self.items[0].move_id)

    def test_contested_part_cannot_be_chosen(self):
        self._post(
            "/dispute",
            claim=[self.case.claim_ids.sorted("amount")[0].id],
            reason=self.env.ref("debt_collection.dispute_reason_price").id,
            words="no",
        )
        answer = self._choose(kind="invoices", item=[self.items[0].id])
        self.assertEqual(answer.status_code, 422)
        self._choose(kind="all")
        transaction = self._start(250.5)
        self.assertEqual(transaction.invoice_ids, self.items[1].move_id)

    def test_wild_amounts(self):
        for amount in ("0", "-5", "1e9", "350.51", "nan", "inf", "ten", ""):
            with self.subTest(amount=amount):
                answer = self._choose(kind="amount", amount=amount)
                self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.invoices.transaction_ids)

    @mute_logger("odoo.http")
    def test_amount_is_that_of_the_choice_and_no_other(self):
        self._choose(kind="amount", amount="10")
        for amount in (0.01, 9.99, 350.5, -10, None):
            with self.subTest(amount=amount), self.assertRaises(JsonRpcException):
                self._start(amount)
        self.assertFalse(self.invoices.transaction_ids)

    def test_next_instalment_of_the_plan(self):
        self._propose(3)
        plan = self.case.plan_ids
        plan._as_system()._sign("Debtor", None, "192.0.2.1", None)
        answer = self._choose(kind="next")
        self.assertIn("116.83", answer.text)
        self._confirm(self._start(116.83))
        plan.invalidate_recordset()
        self.assertEqual(plan.amount_filled, 116.83)
        text = self.url_open(f"{self.url}/plan/{plan.id}").text
        self.assertIn("Paid", text)

    def test_payment_under_way_hides_the_choice(self):
        self._choose(kind="amount", amount="10")
        transaction = self._start(10)
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {"reference": transaction.reference, "simulated_state": "pending"},
        )
        text = self.url_open(f"{self.url}/choose").text
        self.assertIn("A payment is on its way", text)
        self.assertNotIn("o_payment_form", text)
        self.assertNotIn("kind_all", text)

    def test_transfer_for_what_was_chosen(self):
        answer = self._choose(kind="amount", amount="10")
        self.assertIn("LU28", answer.text)
        self.assertIn(self.case._get_payment_reference(), answer.text)
