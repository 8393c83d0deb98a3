from decimal import Decimal

from odoo.tests import tagged

from .common import BelgianCase, day


@tagged("post_install", "-at_install")
class TestCost(BelgianCase):
    """What acts cost by the tariff, and whom the law lets pay them."""

    def case(self, residual, costs=()):
        """A case as the tariff sees it."""
        case = self.env["debt.collection.case"].new(
            {"amount_residual_company": float(residual)}
        )
        case.cost_ids = (
            self.env["debt.collection.cost"].new(
                {"type_id": self.act.id, "stage": "requested"}
            )
            if costs
            else False
        )
        return case

    @property
    def act(self):
        return self.env.ref("debt_collection_be_legal.cost_type_act")

    def test_act_by_the_class_of_the_claim(self):
        """Worked example of the tariff: 175.00 + VAT on 1,500; 225.00 on 3,000."""
        for claim, net, total in (
            ("1500", "175", "211.75"),
            ("2000", "175", "211.75"),
            ("3000", "225", "272.25"),
            ("9000", "300", "363.00"),
        ):
            with self.subTest(claim=claim):
                found = self.act._get_estimate(self.case(claim), day("01/11/2024"))
                self.assertEqual((found.net, found.vat), (Decimal(net), Decimal(21)))
                self.assertEqual(found.net * (1 + found.vat / 100), Decimal(total))
                self.assertTrue(found.verified)
                self.assertIn("Royal Decree", found.ground)

    def test_the_file_is_opened_once(self):
        case = self.case("1500", costs=True)
        found = self.act._get_estimate(case, day("01/11/2024"))
        self.assertEqual(found.net, Decimal(125))

    def test_the_tariff_of_today_is_marked_to_verify(self):
        found = self.act._get_estimate(self.case("1500"), day("01/06/2026"))
        self.assertFalse(found.verified)

    def test_a_day_without_a_tariff_gives_the_reason(self):
        found = self.act._get_estimate(self.case("1500"), day("01/01/2010"))
        self.assertFalse(found.net)
        self.assertIn("be.bailiff.class", found.error)

    def test_the_fund_needs_no_scale(self):
        kind = self.env.ref("debt_collection_be_legal.cost_type_fund")
        found = kind._get_estimate(self.case("1500"), day("01/11/2024"))
        self.assertEqual((found.net, found.vat), (Decimal(24), Decimal(0)))

    def test_a_consumer_pays_acts_under_a_title_only(self):
        """Art. XIX.4 and case 3.5: a file cost of an agency is not his."""
        regime = self.env["debt.collection.regime"]._get_regime("be_b2c")
        claims = regime._claims_cost
        self.assertFalse(claims(is_judicial=False, under_title=False))
        self.assertFalse(claims(is_judicial=False, under_title=True))
        self.assertFalse(claims(is_judicial=True, under_title=False))
        self.assertTrue(claims(is_judicial=True, under_title=True))
        enterprise = self.env["debt.collection.regime"]._get_regime("be_b2b")
        self.assertTrue(enterprise._claims_cost(is_judicial=True, under_title=False))
