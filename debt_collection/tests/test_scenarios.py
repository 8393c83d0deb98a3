from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
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
        franc = self._use_francs()
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

    def test_s03(self):
        """Invoice 5,000, 500 contested and right: the 4,500 never stop climbing."""
        due = TODAY - timedelta(days=40)
        move = self._make_invoice(40, 5000)
        self._run(due + timedelta(days=5))
        [one] = self._get_steps()
        self._mark_sent(one, due + timedelta(days=5))
        self.assertEqual((one.step_id.name, one.amount), ("One", 5000))

        case = move.debt_collection_case_id
        claim = case.claim_ids
        dispute = case._open_dispute(
            {
                "reason_id": self.env.ref("debt_collection.dispute_reason_quantity").id,
                "date": due + timedelta(days=9),
                "description": "Ten pieces never came.",
                "line_ids": [Command.create({"claim_id": claim.id, "amount": 500})],
            },
            "debtor",
        )
        dispute._acknowledge(due + timedelta(days=10))
        self.assertEqual(case.amount_due, 4500)
        self._run(due + timedelta(days=15))
        two = self._get_steps() - one
        self.assertEqual((two.step_id.name, two.amount), ("Two", 4500))
        page = self.env["debt.collection.letter"]._render_body(two)
        self.assertIn("4,500.00", page)
        self._mark_sent(two, due + timedelta(days=15))

        line = dispute.line_ids
        dispute._accept({line.id: 500}, "You are right.", due + timedelta(days=20))
        self.assertEqual((case.amount_contested, case.amount_due), (500, 4500))
        line.credit_id.action_post()
        self.assertEqual((case.amount_contested, case.amount_due), (0, 4500))
        self.assertEqual(claim.amount_residual, 4500)
        self._run(due + timedelta(days=30))
        three = self._get_steps() - one - two
        self.assertEqual((three.step_id.name, three.amount), ("Three", 4500))
        self._mark_sent(three, due + timedelta(days=30))

        self._pay(move, 4500, due + timedelta(days=35))
        self._run(due + timedelta(days=36))
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))
        kinds = case.event_ids.sorted("seq").mapped("kind")
        self.assertEqual(
            [
                kind
                for kind in kinds
                if kind in ("letter", "dispute", "dispute_settled")
            ],
            ["letter", "dispute", "letter", "dispute_settled", "letter"],
        )
        self.assertFalse(self.env["debt.collection.event"]._verify(case))

    def _get_steps(self):
        return self.env["debt.collection.action"].search([("step_id", "!=", False)])
