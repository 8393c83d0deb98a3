import re
from datetime import timedelta

from odoo import Command
from odoo.tests import HttpCase

from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon

LANDED = "/collect/case/"


class PortalCommon(CollectionCommon):
    """A debtor with two late invoices on a case, and the letter about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices = cls._make_invoice(10, 100.0) + cls._make_invoice(20, 250.5)
        cls.case = cls._open_case(cls.invoices)
        cls.action = cls._make_action(cls.case)
        cls.Link = cls.env["debt.collection.link"]
        cls.Page = cls.env["debt.collection.page"]
        cls.Failure = cls.env["debt.collection.link.failure"]
        cls.Failure.search([]).unlink()  # what was tried on this database by hand

    @classmethod
    def _open_case(cls, moves):
        lines = moves.line_ids.filtered("date_maturity")
        Case = cls.env["debt.collection.case"].with_company(cls.company)
        return Case._open_for_items(lines, TODAY, "flag")

    @classmethod
    def _make_action(cls, case, items=None, step=None, **values):
        """A released letter of the case, or of items that are on no case."""
        items = items or case.claim_ids.move_line_id
        account = case.account_id or cls._make_account(items)
        action = cls.env["debt.collection.action"].create(
            {
                "account_id": account.id,
                "case_id": case.id,
                "company_id": account.company_id.id,
                "partner_id": account.partner_id.id,
                "currency_id": account.currency_id.id,
                "step_id": (step or cls.policy.step_ids[0]).id,
                "date": TODAY,
                "state": "released",
                "line_ids": [
                    Command.create(
                        {
                            "company_id": account.company_id.id,
                            "move_line_id": item.id,
                        }
                    )
                    for item in items
                ],
                **values,
            }
        )
        action._create_deliveries()
        return action

    @classmethod
    def _copy_provider(cls, provider, company):
        return provider.copy(
            {
                "company_id": company.id,
                "state": "test",
                "is_published": True,
                "payment_method_ids": [(6, 0, provider.payment_method_ids.ids)],
            }
        )

    @classmethod
    def _make_account(cls, items):
        key = items[0]._get_collection_key()
        return cls.env["debt.collection.account"]._ensure({key})[key]

    def _issue(self, action=None):
        """The path of the letter's link, and the link."""
        action = action or self.action
        self.Link._issue(action)
        url = action._get_portal_url()
        return url.removeprefix(action.get_base_url()), action.link_ids.filtered(
            lambda link: link.state == "live"
        )


class PortalHttpCommon(PortalCommon, HttpCase):
    """The same, with a browser that holds the letter."""

    def _enter(self, path=None):
        """Follow the link of the letter; the answer is the debtor's page."""
        response = self.url_open(path or self._issue()[0])
        self.assertEqual(response.status_code, 200)
        return response

    def _forget(self):
        """Another browser: no session, no grant."""
        self.opener.cookies.pop("session_id", None)
        self.authenticate(None, None)

    def assertGone(self, response):
        """The answer that tells nothing."""
        self.assertEqual(response.status_code, 404)
        self.assertIn("This page is not available", response.text)
        for secret in (self.case.name, self.debtor.name, self.invoices[0].name):
            self.assertNotIn(secret, response.text)


class DoorCommon(PortalHttpCommon):
    """The holder of a letter before the doors of his page; limits in the policy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.plan_limit_ids = [
            Command.clear(),
            Command.create(
                {
                    "amount_from": 0,
                    "max_months": 6,
                    "min_instalment": 50,
                    "max_first_delay": 30,
                }
            ),
        ]
        cls.today = cls.company._get_collection_today()

    def setUp(self):
        super().setUp()
        path, self.link = self._issue()
        self.url = f"{LANDED}{self.link.id}"
        self._enter(path)

    def _later(self, days):
        return self.today + timedelta(days=days)

    def _get_hidden(self, path):
        """The marks that the form of a page carries."""
        text = self.url_open(f"{self.url}{path}").text
        return {
            name: re.search(f'name="{name}" value="([^"]+)"', text).group(1)
            for name in ("csrf_token", "once")
        }

    def _post(self, path, page=None, files=None, follow=True, **data):
        """Send a form of a page, as a browser does."""
        data = {**self._get_hidden(path if page is None else page), **data}
        return self.url_open(
            f"{self.url}{path}", data=data, files=files, allow_redirects=follow
        )

    def _propose(self, count=3, days=10, **data):
        return self._post("/time", count=count, first=self._later(days), **data)

    def _show_code(self, url=None):
        """Ask for a code, read it in the mail and show it."""
        sent = []
        Code = type(self.env["debt.collection.code"])
        self.patch(Code, "_mail", lambda code, number: sent.append(number))
        self._post("/code", address=0)
        self.assertEqual(len(sent), 1)
        answer = self._post("/code/check", page="/code", code=sent[0])
        self.assertNotIn("alert-danger", answer.text)
        return answer
