from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.brackets import bracket, capped, capped_parts, clause_amount, share
from ..tools.values import BadAmount, Bracket, DuplicateKey, MissingScale, Scale

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
CAP = Scale(
    (
        Bracket(D(0), D(20)),
        Bracket(D(150), D(30), D(10)),
        Bracket(D(500), D(65), D(5)),
    ),
    ceiling=D(2000),
    code="lump_sum",
)
amounts = st.decimals("0", "99999.99", places=2)


class TestToolsBrackets(BaseCase):
    """Worked cases of sections 2 and 4 of the law reference."""

    def assertCaps(self, table):
        for amount, expected in table:
            with self.subTest(amount=amount):
                self.assertEqual(bracket(D(amount), CAP), D(expected))

    def test_case_2_1(self):
        self.assertCaps([("12.50", "20.00"), ("150.00", "20.00")])

    def test_case_2_2(self):
        self.assertCaps([("150.01", "30.00"), ("151.00", "30.10"), ("300.00", "45.00")])

    def test_case_2_3(self):
        self.assertCaps([("499.99", "65.00"), ("500.00", "65.00"), ("500.01", "65.00")])

    def test_case_2_4(self):
        self.assertCaps(
            [("750", "77.50"), ("1000", "90.00"), ("2500", "165"), ("5000", "290")]
        )

    def test_case_2_5(self):
        self.assertCaps([("39200", "2000"), ("50000", "2000"), ("39199", "1999.95")])

    def test_case_2_6(self):
        clause = clause_amount(D(300), percent=D(10))
        self.assertEqual(capped(clause, bracket(D(300), CAP)), D("30.00"))

    def test_case_2_7(self):
        clause = clause_amount(D(300), percent=D(15), minimum=D(75))
        self.assertEqual(clause, D(75))
        cap = bracket(D(300), CAP)
        self.assertEqual(capped(clause, cap, void_above=True), 0)
        self.assertEqual(capped(clause, cap), D(45))

    def test_case_4_4(self):
        room = share(D(8000), D(10))
        self.assertEqual(capped_parts([D(620), D(800)], room), [D(620), D(180)])
        self.assertEqual(D(8000) + capped(D(620) + D(800), room), D("8800.00"))

    def test_case_4_5(self):
        room = share(D(8000), D(10))
        self.assertEqual(D(8000) + capped(D(120) + D(200), room), D("8320.00"))

    def test_clause(self):
        self.assertEqual(clause_amount(D(300)), 0)
        self.assertEqual(clause_amount(D(300), D(10), maximum=D(25)), D(25))
        self.assertEqual(clause_amount(D(300), minimum=D(40)), D(40))

    def test_no_amount_no_cap(self):
        self.assertEqual(bracket(D(0), CAP), 0)

    def test_bad_input(self):
        for bad in (D(-1), 1.5, D("NaN")):
            with self.subTest(bad=bad), self.assertRaises(BadAmount):
                bracket(bad, CAP)
        with self.assertRaises(MissingScale) as caught:
            bracket(D(10), Scale((Bracket(D(10), D(1)),), code="late_start"))
        self.assertEqual(caught.exception.code, "late_start")
        with self.assertRaises(MissingScale):
            bracket(D(10), Scale(()))
        with self.assertRaises(DuplicateKey):
            Scale((Bracket(D(0)), Bracket(D(0))))

    def test_rows_in_any_order(self):
        mixed = Scale(CAP.brackets[::-1], CAP.ceiling)
        self.assertEqual(bracket(D(300), mixed), D(45))

    @PURE
    @given(amounts, amounts)
    def test_monotone_and_under_ceiling(self, one, two):
        low, high = sorted([one, two])
        self.assertLessEqual(bracket(low, CAP), bracket(high, CAP))
        self.assertLessEqual(bracket(high, CAP), CAP.ceiling)

    @PURE
    @given(st.lists(amounts, max_size=5), amounts)
    def test_parts_never_exceed(self, parts, ceiling):
        kept = capped_parts(parts, ceiling)
        self.assertEqual(sum(kept), min(sum(parts), ceiling))
        self.assertTrue(all(0 <= k <= p for k, p in zip(kept, parts, strict=True)))
