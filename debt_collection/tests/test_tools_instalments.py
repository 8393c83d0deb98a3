from datetime import date
from decimal import Decimal
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..tools.instalments import instalment_dates, schedule, split, split_by_amount
from ..tools.terms import Calendar
from ..tools.values import BadAmount, BadSplit, BadTerm, Rhythm

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
amounts = st.decimals("0.24", "99999.99", places=2)


class TestToolsInstalments(TestCase):
    def test_difference_on_the_last(self):
        self.assertEqual(split(D(100), 3), [D("33.33"), D("33.33"), D("33.34")])
        self.assertEqual(split(D("0.03"), 3), [D("0.01")] * 3)
        self.assertEqual(split(D("1000.57"), 3, D(10)), [D(330), D(330), D("340.57")])
        self.assertEqual(split(D("1000"), 3, D(1)), [D(333), D(333), D(334)])
        self.assertEqual(split(D("7.50"), 1, D(10)), [D("7.50")])

    def test_by_amount(self):
        self.assertEqual(split_by_amount(D(350), D(150)), [D(150), D(150), D(50)])
        self.assertEqual(split_by_amount(D(300), D(150)), [D(150), D(150)])
        self.assertEqual(split_by_amount(D(5), D(150)), [D(5)])

    def test_dates(self):
        first = date(2025, 1, 31)
        self.assertEqual(
            instalment_dates(first, 3),
            [first, date(2025, 2, 28), date(2025, 3, 31)],
        )
        self.assertEqual(
            instalment_dates(first, 2, Rhythm(2, "weeks")), [first, date(2025, 2, 14)]
        )
        self.assertEqual(
            instalment_dates(first, 2, Rhythm(10, "days")), [first, date(2025, 2, 10)]
        )
        self.assertEqual(
            instalment_dates(date(2024, 2, 29), 2, Rhythm(1, "years")),
            [date(2024, 2, 29), date(2025, 2, 28)],
        )
        rolled = instalment_dates(date(2025, 3, 1), 2, calendar=Calendar())
        self.assertEqual(rolled, [date(2025, 3, 3), date(2025, 4, 1)])

    def test_down_payment(self):
        plan = schedule(
            D(1000),
            3,
            date(2025, 2, 15),
            down_payment=D(100),
            down_day=date(2025, 1, 31),
        )
        self.assertEqual(
            [(row.sequence, row.day, row.amount) for row in plan],
            [
                (0, date(2025, 1, 31), D(100)),
                (1, date(2025, 2, 15), D(300)),
                (2, date(2025, 3, 15), D(300)),
                (3, date(2025, 4, 15), D(300)),
            ],
        )

    def test_bad_input(self):
        first = date(2025, 2, 15)
        for bad in (
            lambda: split(D(0), 2),
            lambda: split(D(10), 0),
            lambda: split(D(10), 2.0),
            lambda: split(D(10), True),
            lambda: split(D("0.02"), 3),
            lambda: split(D(10), 2, D(0)),
            lambda: split_by_amount(D(10), D(0)),
            lambda: split_by_amount(D(0), D(10)),
            lambda: schedule(D(10), 2, first, down_payment=D(5)),
            lambda: schedule(
                D(10), 2, first, down_payment=D(5), down_day=date(2025, 2, 16)
            ),
            lambda: schedule(D(10), 2, first, down_payment=D(10), down_day=first),
        ):
            with self.assertRaises(BadSplit):
                bad()
        with self.assertRaises(BadAmount):
            split(D(-10), 2)
        for rhythm in ((0, "months"), (1, "moons"), (1.5, "days")):
            with self.assertRaises(BadTerm):
                Rhythm(*rhythm)

    @PURE
    @given(amounts, st.integers(1, 24))
    def test_split_sums_to_total(self, total, n):
        parts = split(total, n)
        self.assertEqual(sum(parts), total)
        self.assertEqual(len(parts), n)
        self.assertTrue(all(part > 0 for part in parts))
        self.assertEqual(len(set(parts[:-1])), 1 if n > 1 else 0)
        self.assertLess(parts[-1] - parts[0], D("0.01") * n)

    @PURE
    @given(amounts, st.decimals("0.50", "900", places=2))
    def test_split_by_amount_sums_to_total(self, total, amount):
        parts = split_by_amount(total, amount)
        self.assertEqual(sum(parts), total)
        self.assertTrue(0 < parts[-1] <= amount)

    @PURE
    @given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 36))
    def test_dates_climb(self, first, n):
        for unit in ("days", "weeks", "months", "years"):
            found = instalment_dates(first, n, Rhythm(1, unit))
            self.assertEqual(sorted(set(found)), found)
            self.assertEqual(len(found), n)
