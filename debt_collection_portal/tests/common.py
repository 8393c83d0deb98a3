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
    def _make_account(cls, items):
        key = items[0]._get_collection_key()
        return cls.env["debt.collection.account"]._ensure({key})[key]

    def _issue(self, action=None):
        """The path of the letter's link, and the link."""
        action = action or self.action
        url = self.Link._issue(action)
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
