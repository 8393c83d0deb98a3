from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
class TestPreventionTour(CollectionCommon, HttpCase):
    """First steps, invoices to mend, early calls and the banner, in a browser."""

    def test_first_steps(self):
        self.company.debt_collection_paused = True
        self.company.company_registry = False
        onboarding = self.env["debt.collection.onboarding"].create(
            {"company_id": self.company.id}
        )
        self.debtor.country_id = self.env.ref("base.fr")
        self._make_invoice(10, 400.0)
        self.start_tour(
            "/odoo/collection", "debt_collection_onboarding", login="dc_manager"
        )
        self.assertEqual(onboarding.state, "done")
        self.assertFalse(self.company.debt_collection_paused)
        self.assertEqual(self.policy.mode, "review")

    def test_an_invoice_is_mended(self):
        self.debtor.write({"street": False, "company_registry": "B 1"})
        self.collector.group_ids += self.env.ref("base.group_partner_manager")
        self._make_invoice(10, 400.0)
        self.start_tour(
            "/odoo/collection-quality", "debt_collection_quality", login="dc_collector"
        )
        self.assertEqual(self.debtor.street, "5 Long Street")

    def test_an_early_call_is_planned(self):
        self.company.debt_collection_early_amount = 400
        today = self.company._get_collection_today()
        move = self._make_invoice((TODAY - today).days - 5, 400.0)
        self.start_tour(
            "/odoo/collection-early", "debt_collection_early", login="dc_collector"
        )
        self.assertEqual(move.activity_ids.user_id, self.collector)

    def test_how_a_customer_pays(self):
        for _number in range(3):
            self._pay(self._make_invoice(200), day=TODAY - timedelta(days=90))
        move = self._make_invoice(10, 400.0)
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        self.start_tour(
            f"/odoo/account.move/{move.id}",
            "debt_collection_behaviour",
            login="dc_collector",
        )


@tagged("post_install", "-at_install")
class TestPreventionPhone(TestPreventionTour):
    """The same on a phone."""

    browser_size = "375x667"
    touch_enabled = True
