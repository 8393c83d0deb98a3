from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScenarios(CollectionCommon):
    """The reference scenarios that need no law of a country."""

    def _make_bills(self, company, currency, amounts):
        env = self.env(context={"allowed_company_ids": company.ids})
        due = TODAY - timedelta(days=10)
        moves = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.debtor.id,
                    "currency_id": currency.id,
                    "invoice_date": due - timedelta(days=30),
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        (0, 0, {"name": "x", "price_unit": amount, "tax_ids": [(5,)]})
                    ],
                }
                for amount in amounts
            ]
        )
        moves.action_post()
        return moves

    def _advance(self, company):
        run = self.env["debt.collection.run"].with_context(
            allowed_company_ids=company.ids
        )
        run._ensure_accounts(company)
        accounts = run.env["debt.collection.account"].browse(
            run._select(company, TODAY)
        )
        run._process(accounts, TODAY)

    def test_s12(self):
        """Forty invoices, two companies, two currencies: one letter for each."""
        franc = self.env.ref("base.CHF")
        franc.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": franc.id,
                "name": "2020-01-01",
                "rate": 1.1,
                "company_id": False,
            }
        )
        euro = self.company.currency_id
        sister = self._make_company("Sister SA")
        (self.company | sister).debt_collection_contact_limit = 0
        groups = {
            (self.company, euro): range(1, 15),
            (self.company, franc): range(100, 110),
            (sister, euro): range(200, 210),
            (sister, franc): range(300, 306),
        }
        moves = {
            key: self._make_bills(*key, map(float, x)) for key, x in groups.items()
        }
        self.assertEqual(sum(map(len, moves.values())), 40)
        blocked = moves[self.company, euro][0]
        blocked.action_toggle_block_payment()
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.debtor.id,
                "currency_id": franc.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 7, "tax_ids": [(5,)]})
                ],
            }
        )
        refund.action_post()
        self._advance(self.company)
        self._advance(sister)
        actions = self.env["debt.collection.action"].search([])
        found = {
            (a.company_id, a.currency_id): (a.amount, len(a.line_ids), a.state)
            for a in actions
        }
        self.assertEqual(len(actions), 4)
        self.assertEqual(
            found,
            {
                (self.company, euro): (104.0, 13, "released"),
                (self.company, franc): (1045.0, 10, "planned"),
                (sister, euro): (2045.0, 10, "released"),
                (sister, franc): (1815.0, 6, "released"),
            },
        )
        self.assertNotIn(blocked, actions.line_ids.move_line_id.move_id)
        self.assertNotIn(refund, actions.line_ids.move_line_id.move_id)
