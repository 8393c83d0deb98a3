from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)

from .common import BelgianCase, amount, day


@tagged("post_install", "-at_install")
class TestEnforcement(BelgianCase):
    """Section 6 of the law reference."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.law = cls.env["debt.collection.be.enforcement"]
        cls.bailiff = cls.env["debt.collection.be.bailiff"]

    def attachable(self, net, children=0, kind="work", on="01/06/2024"):
        return self.law._get_attachable(amount(net), children, kind, day(on))

    # === INCOME === #

    def test_case_6_1(self):
        self.assertEqual(self.attachable("1,300").amount, 0)

    def test_case_6_2(self):
        self.assertEqual(self.attachable("1,400").amount, amount("11.80"))

    def test_case_6_3(self):
        found = self.attachable("1,650", 1)
        self.assertEqual(found.amount, amount("5.90"))
        self.assertEqual(found.part("income"), amount("88.90"))
        self.assertEqual(found.part("children"), 83)

    def test_case_6_4(self):
        self.assertEqual(self.attachable("2,000").amount, amount("386.10"))

    def test_case_6_5(self):
        found = self.attachable("2,000", 3)
        self.assertEqual(found.amount, amount("137.10"))
        self.assertIn("1409", found.ground)

    def test_children_never_make_it_negative(self):
        self.assertEqual(self.attachable("1,400", 4).amount, 0)

    def test_benefits_know_no_band_of_thirty_percent(self):
        found = self.attachable("1,650", kind="replacement")
        # 99 at 20 %, 210 at 40 %
        self.assertEqual(found.amount, amount("103.80"))

    def test_a_year_without_a_row_is_named(self):
        with self.assertRaisesRegex(MissingParameter, "be.income"):
            self.attachable("2,000", on="01/06/2026")

    # === DELAYS === #

    def test_shortest_path_from_the_order_to_the_sale(self):
        path = self.law._get_movables_path(day("02/03/2026"))
        self.assertEqual(
            [(step.code, step.day) for step in path],
            [
                ("seizure", day("03/03/2026")),
                ("private_sale", day("13/03/2026")),
                ("poster_first", day("24/03/2026")),
                ("poster_last", day("31/03/2026")),
                ("sale", day("03/04/2026")),
            ],
        )
        self.assertEqual([step.verified for step in path][0], True)
        self.assertFalse(path[-1].verified)

    def test_third_party_and_conservatory(self):
        notice, declaration = self.law._get_third_party_path(day("02/03/2026"))
        self.assertEqual(notice.day, day("10/03/2026"))
        self.assertEqual(declaration.day, day("17/03/2026"))
        end = self.law._get_conservatory_end(day("02/03/2026"))
        self.assertEqual((end.day, end.verified), (day("02/03/2029"), True))

    # === TARIFF === #

    def estimate(self, value, nature="goods_services", on="01/11/2024", **options):
        return self.bailiff._get_estimate(amount(value), nature, day(on), **options)

    def test_bailiff_classes(self):
        """The worked examples of 6.5."""
        for value, nature, total in (
            ("1,500.00", "goods_services", "211.75"),
            ("2,000.00", "goods_services", "211.75"),
            ("2,000.01", "goods_services", "272.25"),
            ("3,000.00", "goods_services", "272.25"),
            ("5,000.01", "goods_services", "363.00"),
            ("6,000.00", "utilities", "211.75"),
        ):
            with self.subTest(value=value, nature=nature):
                found = self.estimate(value, nature)
                self.assertEqual(found.amount, amount(total))
                self.assertTrue(found.verified)

    def test_file_is_opened_once(self):
        found = self.estimate("1,500.00", acts=2, opens_file=False)
        self.assertEqual(found.part("act"), 250)
        self.assertEqual(found.amount, amount("302.50"))

    def test_tariff_that_was_not_indexed_is_to_verify(self):
        found = self.estimate("1,500.00", on="01/11/2026")
        self.assertFalse(found.verified)
        self.assertIn("class A", found.ground)
