import re
from dataclasses import replace
from decimal import Decimal

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import LANDED, PortalHttpCommon


@tagged("post_install", "-at_install")
class TestPayment(PortalHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provider = cls.env["payment.provider"].search([("code", "=", "demo")], limit=1)
        if not provider:
            cls.provider = None
            return
        cls.method = provider.payment_method_ids[:1]
        cls.provider = cls._copy_provider(provider, cls.company)

    def setUp(self):
        super().setUp()
        if not self.provider:
            self.skipTest("payment_demo is not installed")
        self.path, self.link = self._issue()
        self.page = self._enter(self.path)

    def _pay_online(self, link=None, page=None, **changes):
        """What the form of the page sends; `changes` is what an attacker alters."""
        token = re.search(r'csrf_token: "(\w+)"', (page or self.page).text).group(1)
        params = {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": 350.5,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/",
            "is_validation": False,
            "csrf_token": token,
            **changes,
        }
        link = link or self.link
        return self.make_jsonrpc_request(f"{LANDED}{link.id}/pay", params)

    def _get_transaction(self):
        return self.invoices.transaction_ids.ensure_one()

    def _confirm(self, transaction, state="done"):
        """The provider confirms; the debtor's browser asks for the status."""
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {"reference": transaction.reference, "simulated_state": state},
        )

    @mute_logger("odoo.http")
    def assertRefused(self, **changes):
        with self.assertRaises(JsonRpcException):
            self._pay_online(**changes)
        self.assertFalse(self.invoices.transaction_ids)

    # === THE WAY OF THE MONEY === #

    def test_paid_online_is_reconciled_and_closes_the_case(self):
        self.assertIn('id="o_payment_form"', self.page.text)
        values = self._pay_online()
        transaction = self._get_transaction()
        self.assertEqual(values["reference"], transaction.reference)
        self.assertEqual(transaction.amount, 350.5)
        self.assertEqual(transaction.invoice_ids, self.invoices)
        self.assertEqual(transaction.partner_id, self.debtor)
        self.assertEqual(transaction.company_id, self.company)
        self.assertEqual(transaction.landing_route, f"{LANDED}{self.link.id}")
        self.assertFalse(transaction.tokenize)
        self._confirm(transaction)
        status = self.make_jsonrpc_request("/payment/status/poll", {})
        self.assertEqual(status["state"], "done")
        self.assertRecordValues(self.invoices, [{"amount_residual": 0.0}] * 2)
        page = self.url_open(status["landing_route"])
        self.assertIn("Nothing is due", page.text)
        self.assertNotIn("o_payment_form", page.text)
        self._run()
        self.assertEqual(self.case.outcome, "paid")
        self.assertGone(self.url_open(status["landing_route"]))

    def test_payment_under_way_hides_the_button(self):
        self._pay_online()
        self._confirm(self._get_transaction(), "pending")
        page = self.url_open(f"{LANDED}{self.link.id}")
        self.assertNotIn("o_payment_form", page.text)
        self.assertIn("A payment is on its way", page.text)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self._pay_online()
        self.assertEqual(len(self.invoices.transaction_ids), 1)

    def test_confirmed_but_not_booked_hides_the_button(self):
        self._pay_online()
        self._confirm(self._get_transaction())
        self.assertFalse(self._get_transaction().is_post_processed)
        page = self.url_open(f"{LANDED}{self.link.id}")
        self.assertIn("A payment is on its way", page.text)
        self.assertNotIn("o_payment_form", page.text)

    def test_cancelled_payment_can_be_tried_again(self):
        self._pay_online()
        self._confirm(self._get_transaction(), "cancel")
        page = self.url_open(f"{LANDED}{self.link.id}")
        self.assertIn("o_payment_form", page.text)
        self._pay_online(page=page)
        self.assertEqual(len(self.invoices.transaction_ids), 2)

    def test_amount_is_what_is_open_now(self):
        self._pay(self.invoices[0], 30.0)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self._pay_online()  # the page still shows the old amount
        page = self.url_open(f"{LANDED}{self.link.id}")
        self._pay_online(page=page, amount=320.5)
        self.assertEqual(self._get_transaction().amount, 320.5)

    def test_paid_invoice_is_left_out(self):
        self._pay(self.invoices[0])
        page = self.url_open(f"{LANDED}{self.link.id}")
        self._pay_online(page=page, amount=250.5)
        self.assertEqual(self.invoices.transaction_ids.invoice_ids, self.invoices[1])

    def test_online_asks_no_more_than_the_statement(self):
        matter = self.link._get_matter()
        day = self.company._get_collection_today()
        statement = self.Page._get_statement(matter, day)
        asked = [(Decimal("300.5"), 300.5), (Decimal("390.5"), 350.5), (Decimal(0), 0)]
        for due, expected in asked:  # part disputed; with interest; all disputed
            with self.subTest(due=due):
                online = self.Page._get_online_payment(
                    matter, replace(statement, due=due)
                )
                self.assertEqual(online.amount, expected)

    # === AN ATTACKER === #

    def test_amount_cannot_be_chosen(self):
        for amount in (0.01, 350.49, 1e9, -350.5, None, "free", 0):
            with self.subTest(amount=amount):
                self.assertRefused(amount=amount)

    def test_only_what_the_page_offers_can_be_used(self):
        main = self.env.ref("base.main_company")
        elsewhere = self._copy_provider(self.provider, main)
        self.assertRefused(provider_id=elsewhere.id)
        strange = self.env["payment.method"].with_context(active_test=False)
        strange = strange.search([("id", "not in", self.method.ids)], limit=1)
        self.assertRefused(payment_method_id=strange.id)
        self.assertRefused(provider_id=None)
        self.assertRefused(provider_id="1 OR 1=1")
        self.provider.is_published = False
        self.assertRefused()
        self.provider.write({"is_published": True, "state": "disabled"})
        self.assertRefused()

    def test_saved_cards_are_out_of_reach(self):
        card = self.env["payment.token"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "payment_details": "4242",
                "partner_id": self.debtor.id,
                "provider_ref": "test",
            }
        )
        self.assertNotIn("4242", self.url_open(f"{LANDED}{self.link.id}").text)
        self.assertRefused(flow="token", token_id=card.id)

    def test_values_of_the_transaction_cannot_be_slipped_in(self):
        self._pay_online(
            invoice_ids=[(6, 0, [])],
            partner_id=self.other_debtor.id,
            currency_id=1,
            tokenization_requested=True,
            is_validation=True,
            landing_route="https://evil.example",
            custom_create_values={"state": "done"},
            reference_prefix="x",
            company_id=1,
        )
        transaction = self._get_transaction()
        self.assertRecordValues(
            transaction,
            [
                {
                    "state": "draft",
                    "amount": 350.5,
                    "partner_id": self.debtor.id,
                    "currency_id": self.company.currency_id.id,
                    "operation": "online_direct",
                    "tokenize": False,
                    "landing_route": f"{LANDED}{self.link.id}",
                }
            ],
        )
        self.assertEqual(transaction.invoice_ids, self.invoices)

    def test_request_from_another_site_is_refused(self):
        for token in (None, "", "0" * 40):
            self.assertRefused(csrf_token=token)

    def test_other_letter_needs_its_own_grant(self):
        other = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        _path, foreign = self._issue(self._make_action(other))
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self._pay_online(link=foreign, amount=40.0)
        self.assertFalse(other.claim_ids.move_id.transaction_ids)

    def test_revoked_link_pays_nothing(self):
        self.case.action_revoke_links()
        self.assertRefused()

    def test_switched_off_by_the_creditor(self):
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "False"
        )
        page = self.url_open(f"{LANDED}{self.link.id}")
        self.assertNotIn("o_payment_form", page.text)
        self.assertIn("Pay by transfer", page.text)
        self.assertRefused()
