import re

from odoo import Command
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import PortalHttpCommon


@tagged("post_install", "-at_install")
class TestPortal(PortalHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._make_portal_user("dcp_debtor", cls.debtor)
        cls.stranger = cls._make_portal_user("dcp_other", cls.other_debtor)

    @classmethod
    def _make_portal_user(cls, login, debtor):
        """A contact of the debtor with an account."""
        user = new_test_user(cls.env, login, groups="base.group_portal")
        user.partner_id.write({"parent_id": debtor.id, "is_company": False})
        return user

    def _log_in(self, user):
        self.authenticate(user.login, user.login)

    def test_debtor_finds_his_case_from_home(self):
        self._log_in(self.user)
        self.assertIn("/my/collection", self.url_open("/my/home").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["collection_count"]}
        )
        self.assertEqual(counters["collection_count"], 1)
        text = self.url_open("/my/collection").text
        self.assertIn(f"/my/collection/{self.case.id}", text)
        self.assertIn("350.50", text)

    def test_page_is_the_one_of_the_letter(self):
        self._log_in(self.user)
        text = self.url_open(f"/my/collection/{self.case.id}").text
        self.assertIn("350.50", text)
        for move in self.invoices:
            self.assertIn(f"/my/collection/{self.case.id}/invoice/{move.id}", text)

    def test_stranger_finds_nothing(self):
        self._log_in(self.stranger)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["collection_count"]}
        )
        self.assertEqual(counters["collection_count"], 0)
        self.assertNotIn(self.case.name, self.url_open("/my/collection").text)
        url = f"/my/collection/{self.case.id}"
        self.assertGone(self.url_open(url))
        self.assertGone(self.url_open(f"{url}/invoice/{self.invoices[0].id}"))
        csrf = re.search(r'csrf_token: "(\w+)"', self.url_open("/my/home").text)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                f"{url}/pay", {"amount": 350.5, "csrf_token": csrf.group(1)}
            )
        self.assertFalse(self.invoices.transaction_ids)

    def test_nobody_sees_it_without_logging_in(self):
        response = self.url_open(f"/my/collection/{self.case.id}")
        self.assertIn("/web/login", response.url)
        self.assertNotIn(self.case.name, response.text)

    def test_invoice_of_another_case_is_not_served_under_this_one(self):
        foreign = self._make_invoice(9, 40.0, partner=self.other_debtor)
        self._log_in(self.user)
        self.assertGone(
            self.url_open(f"/my/collection/{self.case.id}/invoice/{foreign.id}")
        )

    def test_costs_requested_or_approved_stay_with_the_creditor(self):
        approver = new_test_user(
            self.env,
            "dcp_approver",
            groups="base.group_user,debt_collection.debt_collection_group_approver",
            email="approver@creditor.example",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.env["debt.collection.solvency.check"].create(
            {
                "partner_id": self.debtor.id,
                "company_id": self.company.id,
                "date": self.company._get_collection_today(),
                "source": "Register",
                "finding": "solvent",
            }
        )
        kind = self.env.ref("debt_collection.cost_type_act")
        requested, approved = (
            self.case.with_user(self.collector)._request_cost(
                {"type_id": kind.id, "amount_net": amount, "vat_percent": 0}
            )
            for amount in (11.11, 22.22)
        )
        approved.with_user(approver).action_approve()
        self.assertEqual((requested.state, approved.state), ("requested", "approved"))
        self.assertIn("22.22", self.case.statement_html)  # the creditor sees it
        pages = [self._enter().text]
        self._log_in(self.user)
        pages.append(self.url_open(f"/my/collection/{self.case.id}").text)
        for text in pages:
            self.assertIn("350.50", text)
            for secret in ("11.11", "22.22", kind.name):
                self.assertNotIn(secret, text)

    def test_closed_case_is_listed_without_its_outcome(self):
        self.case._close("irrecoverable", self.case.date_opened)
        self._log_in(self.user)
        text = self.url_open("/my/collection").text
        self.assertIn(self.case.name, text)
        self.assertIn("Closed", text)
        self.assertNotIn("rrecoverable", text)
        page = self.url_open(f"/my/collection/{self.case.id}").text
        self.assertIn("This file is closed", page)
        for asking in ("o_payment_form", "LU28", "To pay", "350.50"):
            self.assertNotIn(asking, page)

    def test_case_without_items_asks_for_nothing(self):
        empty = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        empty.claim_ids.write({"is_open": False})
        self._log_in(self.stranger)
        for url in ("/my/collection", f"/my/collection/{empty.id}"):
            self.assertEqual(self.url_open(url).status_code, 200)

    def test_letter_shown_before_logging_in_does_not_lend_its_grant(self):
        self._enter()
        self._log_in(self.stranger)
        self.assertGone(self.url_open(f"/my/collection/{self.case.id}"))

    def test_number_of_queries_of_the_list_does_not_grow(self):
        self._log_in(self.user)
        counts = []
        for _round in range(2):
            self.url_open("/my/collection")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self.url_open("/my/collection").status_code, 200)
            counts.append(self.cr.sql_log_count - before)
            for number in range(3):
                self.case._close("withdrawn", self.case.date_opened)
                move = self._make_invoice(9, 50.0 + number)
                self.case = self._open_case(move)
        self.assertLessEqual(counts[1], counts[0])
