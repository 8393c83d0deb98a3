from odoo.tests import HttpCase, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
class TestCockpitTour(CollectionCommon, HttpCase):
    """Dashboard and work list in a browser."""

    def test_dashboard(self):
        self._make_invoice(45, 400.0)
        self.start_tour(
            "/odoo/collection-dashboard",
            "debt_collection_dashboard",
            login="dc_collector",
        )

    def test_dashboard_without_invoices(self):
        self.start_tour(
            "/odoo/collection-dashboard",
            "debt_collection_dashboard_empty",
            login="dc_collector",
        )

    def test_today(self):
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        other = self._flag(self._make_invoice(10, 50.0, self.other_debtor))
        self._run()
        other.date_limitation = "2020-01-01"  # past, whatever the clock says
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        self.start_tour(
            "/odoo/collection-today", "debt_collection_today", login="dc_collector"
        )
