from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBanner(CollectionCommon):
    """How a customer pays, told to whoever sells to him; it decides nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "dc_seller",
            groups="base.group_user",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _banner(self, partner=None, is_customer=False, user=None):
        Banner = self.env["debt.collection.banner"].with_user(user or self.seller)
        return Banner.with_company(self.company).get_banner(
            (partner or self.debtor).id, is_customer
        )

    def _pay_late(self, days, partner=None, due=100, number=3):
        for _number in range(number):
            move = self._make_invoice(due, partner=partner)
            self._pay(move, day=TODAY - timedelta(days=due - days))

    def _refresh(self):
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)

    def test_nobody_is_judged_without_a_habit(self):
        self._make_invoice(100)
        self._refresh()
        self.assertIsNone(self._banner())
        self.assertIsNone(self._banner(is_customer=True))

    def test_who_pays_very_late(self):
        self._pay_late(45)
        self._refresh()
        banner = self._banner()
        self.assertEqual(banner["tone"], "warning")
        self.assertEqual(banner["title"], "Pays very late")
        self.assertIn("45 days late", banner["reasons"])
        self.assertIn("Shorten the terms from 30 to 15 days.", banner["advice"])
        self.assertIn("Ask for 30 % before delivery.", banner["advice"])

    def test_who_hardly_pays(self):
        self._pay_late(90)
        self._refresh()
        banner = self._banner()
        self.assertEqual(banner["tone"], "danger")
        self.assertIn("retention of title", banner["advice"])

    def test_what_is_good_stands_on_the_customer_alone(self):
        self._pay_late(0)
        self._refresh()
        self.assertIsNone(self._banner())
        banner = self._banner(is_customer=True)
        self.assertEqual(banner["tone"], "success")
        self.assertIn("grow from 30 to 45 days", banner["advice"])

    def test_worse_than_before_and_beyond_the_limit(self):
        self._pay_late(2, due=500)
        self._pay_late(20)
        self._make_invoice(-20, 5000)
        self._refresh()
        banner = self._banner()
        self.assertEqual(banner["tone"], "warning")
        worse, limit = banner["warnings"]
        self.assertIn("18 days later", worse)
        self.assertIn("5,000.00", limit)

    def test_the_trend_and_whom_it_finds(self):
        Portfolio = self.env["debt.collection.portfolio"]
        self._pay_late(2, due=500)
        self._pay_late(20)
        self._pay_late(40, self.other_debtor, due=500)
        self._pay_late(20, self.other_debtor)
        third = self._make_debtor("Third SA")
        self._pay_late(20, third)
        self._refresh()
        own = [("company_id", "=", self.company.id)]
        found = {row.partner_id: row.trend for row in Portfolio.search(own)}
        self.assertEqual(
            found, {self.debtor: "later", self.other_debtor: "sooner", third: False}
        )
        for trend in ("later", "sooner", False):
            rows = Portfolio.search([*own, ("trend", "=", trend)])
            self.assertEqual(set(rows.mapped("trend")), {trend})
            self.assertEqual(len(rows), 1)
        self.assertFalse(Portfolio.search([*own, ("trend", "=", "same")]))
        both = [*own, ("trend", "!=", "later")]
        self.assertEqual(len(Portfolio.search(both)), 2)

    def test_an_address_shows_what_its_company_does(self):
        self._pay_late(45)
        self._refresh()
        address = self._make_debtor(
            "Shop", is_company=False, parent_id=self.debtor.id, type="delivery"
        )
        self.assertEqual(self._banner(address)["title"], "Pays very late")

    def test_a_seller_reads_the_banner_and_no_row(self):
        self._pay_late(45)
        self._refresh()
        self.assertTrue(self._banner(user=self.seller))
        with self.assertRaises(AccessError):
            self.env["debt.collection.portfolio"].with_user(self.seller).search([])
        portal = new_test_user(self.env, "dc_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self._banner(user=portal)
        portal.partner_id.parent_id = self.debtor
        self.assertIsNone(self._banner(portal.partner_id, user=portal))

    def test_it_stands_on_customers_and_invoices(self):
        for model in ("res.partner", "account.move"):
            arch = self.env[model].get_view(view_type="form")["arch"]
            self.assertIn('name="debt_collection_behaviour"', arch, model)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScore(CollectionCommon):
    """A score advises: it refuses no plan and picks no route alone."""

    def setUp(self):
        super().setUp()
        for partner, late in ((self.debtor, 0), (self.other_debtor, 90)):
            for _number in range(6):
                move = self._make_invoice(200, partner=partner)
                self._pay(move, day=TODAY - timedelta(days=200 - late))
        Portfolio = self.env["debt.collection.portfolio"]
        Portfolio._refresh(self.company, TODAY)
        rows = Portfolio.search([("company_id", "=", self.company.id)])
        self.risks = {row.partner_id: row.risk for row in rows}
        self.scores = self.env["debt.collection.behaviour"]._get_scores(
            self.debtor + self.other_debtor, self.company, TODAY
        )

    def test_they_are_worlds_apart(self):
        self.assertEqual(self.risks[self.debtor], "good")
        self.assertEqual(self.risks[self.other_debtor], "bad")
        self.assertGreater(
            self.scores[self.debtor.id].points, self.scores[self.other_debtor.id].points
        )

    def _cases(self):
        return [
            self._flag(self._make_invoice(10, 600, partner=partner))
            for partner in (self.debtor, self.other_debtor)
        ]

    def test_no_plan_is_refused_by_a_score(self):
        lines = [(TODAY + timedelta(days=10 + 30 * n), 200) for n in range(3)]
        states = set()
        for case in self._cases():
            plan = case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
            Opinion = self.env["debt.collection.plan.opinion"]
            excesses = Opinion._get_excesses(plan, TODAY)
            plan.signed_by = "Ann Other"
            plan.with_user(self.collector).action_accept()
            states.add((plan.state, tuple(excesses)))
        self.assertEqual(states, {("accepted", ())})

    def test_no_letter_and_no_spending_follows_from_a_score(self):
        cases = self._cases()
        self._run()
        steps = {case.action_ids.step_id for case in cases}
        self.assertEqual(len(steps), 1)
        self.assertEqual([case._get_spending_stop(TODAY) for case in cases], ["", ""])
        checks = self.env["debt.collection.solvency.check"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertFalse(checks, "a person records what a score says")

    def test_no_route_is_picked_by_a_score(self):
        route = self.env["debt.collection.legal.route"].create(
            {"name": "Test route", "code": "test.route"}
        )
        proposals = []
        for case in self._cases():
            found = case._propose_routes(TODAY)
            self.assertIn(route.id, [proposal.route for proposal in found])
            proposals.append(
                [(p.route, p.obstacles, p.needs, p.notes, p.cost) for p in found]
            )
            self.assertFalse(case.legal_step_ids)
        self.assertEqual(*proposals)
