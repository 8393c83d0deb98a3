"""What the addons do where `sale`, `l10n_be`, `sms` and Snailmail are installed too.

Not collected by name: `test_neighbours` runs it on a database that has them.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9aw"
    b"AAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNeighbours(CollectionCommon):
    def test_a_signed_order_is_evidence(self):
        """`sale`: the order of the invoice is picked up, with who signed it."""
        product = self.env["product.product"].create(
            {"name": "Stairs", "type": "service", "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.debtor.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": 1000,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        order.write({"signature": PIXEL, "signed_by": "Ann Other", "signed_on": TODAY})
        order.action_confirm()
        move = order._create_invoices()
        move.write(
            {
                "invoice_date": TODAY - timedelta(days=50),
                "invoice_date_due": TODAY - timedelta(days=20),
                "invoice_payment_term_id": False,
            }
        )
        move.action_post()
        case = self._flag(move)
        found = self.env["debt.collection.evidence.finder"]._find(case)
        orders = [one for one in found if one.kind == "order"]
        self.assertEqual(len(orders), 1)
        self.assertIn("signed by Ann Other", orders[0].title)

    def test_a_quotation_says_how_the_customer_pays(self):
        """`sale`: a banner on the form, for whoever sells."""
        arch = self.env["sale.order"].get_view(view_type="form")["arch"]
        self.assertIn('<widget name="debt_collection_behaviour"', arch)
        self.assertLess(arch.index("debt_collection_behaviour"), arch.index("<sheet"))
        lists = self.env["sale.order"].get_view(view_type="list")["arch"]
        self.assertNotIn("debt_collection_behaviour", lists)

    def test_the_belgian_chart_is_proposed(self):
        """`l10n_be`: the accounts of a loss and the grids of the return."""
        belgium = self.env.ref("base.be")
        company = self.env["res.company"].create(
            {
                "name": "Belgian Creditor",
                "country_id": belgium.id,
                "currency_id": self.env.ref("base.EUR").id,
            }
        )
        self.env["account.chart.template"].try_loading("be_comp", company, False)
        found = company._propose_write_off_accounts("loss")
        self.assertTrue(found["account_id"].code.startswith("642"))
        self.assertTrue(found["vat_account_id"].code.startswith("411"))
        self.assertEqual(found["tag_ids"].mapped("name"), ["62"])
        doubtful = company._propose_write_off_accounts("doubtful")
        self.assertTrue(doubtful["account_id"].code.startswith("407"))

    def _post(self):
        """A letter by post through Snailmail: the action and its delivery."""
        self.company.debt_collection_snailmail = True
        self.policy.step_ids.write({"by_email": False, "by_post": True})
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        delivery = action.delivery_ids
        return action, delivery

    def test_a_letter_by_snailmail(self):
        """`snailmail`: the frozen letter is queued there, and its end is heard."""
        action, delivery = self._post()
        letter = self.env["snailmail.letter"].browse(delivery.snailmail_ref)
        self.assertEqual(letter.attachment_id.raw, action.attachment_id.raw)
        self.assertEqual(letter.partner_id, self.debtor)
        Delivery = self.env["debt.collection.delivery"]
        Delivery._read_snailmail(self.company)
        self.assertEqual(delivery.state, "to_send")
        letter.state = "sent"
        Delivery._read_snailmail(self.company)
        self.assertEqual((delivery.state, action.state), ("sent", "done"))

    def test_snailmail_that_gives_up(self):
        _action, delivery = self._post()
        self.env["snailmail.letter"].browse(delivery.snailmail_ref).state = "error"
        self.env["debt.collection.delivery"]._read_snailmail(self.company)
        self.assertEqual(delivery.state, "failed")
        self.assertIn("Snailmail did not send it", delivery.error)

    def test_a_copy_hands_nothing_to_services(self):
        """What waits at Snailmail or in the queue of SMS is taken back on a copy."""
        _action, delivery = self._post()
        letter = self.env["snailmail.letter"].browse(delivery.snailmail_ref)
        sms = self.env["sms.sms"].create({"number": "+352621000001", "body": "Pay"})
        self.env.flush_all()
        for query in get_neutralization_queries(["debt_collection"]):
            self.cr.execute(query)
        self.env.invalidate_all(flush=False)
        self.assertEqual((letter.state, sms.state), ("canceled", "canceled"))
        self.assertFalse(delivery.snailmail_ref or delivery.handed_over)

    def test_an_instalment_is_announced_by_sms(self):
        """`sms`: whoever has no mail address is told on his phone."""
        self.company.debt_collection_sms = True
        self.debtor.write({"email": False, "phone": "+352 621 000 001"})
        case = self._flag(self._make_invoice(10, 600))
        lines = [(TODAY + timedelta(days=10 + 30 * n), 200) for n in range(3)]
        plan = case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
        plan.signed_by = "Ann Other"
        plan.action_accept()
        for days in (0, 6):
            self._run(TODAY + timedelta(days=days))
        [notice] = plan.line_ids.notice_ids
        self.assertFalse(notice.error)
        sms = self.env["sms.sms"].search([("partner_id", "=", self.debtor.id)])
        self.assertEqual(sms.number, notice.address)
        self.assertIn("200.00", sms.body)
        self.assertIn(case.payment_reference or case.name, sms.body)
