from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.instalments import (
    change,
    fill,
    instalment_dates,
    schedule,
    split,
    split_by_amount,
)
from ..tools.terms import Calendar
from ..tools.values import BadAmount, BadSplit, BadTerm, Rhythm

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
amounts = st.decimals("0.24", "99999.99", places=2)


class TestToolsInstalments(BaseCase):
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

    def test_money_fills_in_order(self):
        plan = [D(100), D(100), D(50)]
        self.assertEqual(fill(plan, D(130)), [D(100), D(30), D(0)])
        self.assertEqual(fill(plan, D(999)), plan)
        self.assertEqual(fill([], D(5)), [])

    @PURE
    @given(st.lists(amounts, max_size=12), st.decimals("0", "200000", places=2))
    def test_filled_is_the_money_up_to_the_plan(self, plan, money):
        filled = fill(plan, money)
        self.assertEqual(sum(filled), min(money, sum(plan)))
        gaps = [got < part for got, part in zip(filled, plan, strict=True)]
        self.assertEqual(gaps, sorted(gaps))
        for got, part, later in zip(filled, plan, filled[1:], strict=False):
            self.assertTrue(got == part or not later)

    @PURE
    @given(
        st.lists(amounts, min_size=1, max_size=8),
        st.lists(st.decimals("-500", "500", places=2), max_size=12),
    )
    def test_filling_forgets_the_way(self, plan, moves):
        """Payments, refunds and undone matches: only what is there now counts."""
        money = D(0)
        for move in moves:
            money = max(money + move, D(0))
            filled = fill(plan, money)
            self.assertEqual(sum(filled), min(money, sum(plan)))

    def test_the_last_open_one_takes_the_difference(self):
        plan = [D(100), D(100), D(100)]
        self.assertEqual(change(plan, 0, D(150)), [D(150), D(100), D(50)])
        self.assertEqual(change(plan, 2, D(90)), [D(100), D(110), D(90)])
        paid = [D(0), D(0), D(100)]
        self.assertEqual(change(plan, 0, D(150), paid), [D(150), D(50), D(100)])
        self.assertEqual(plan, [D(100)] * 3)

    def test_change_refuses_what_is_no_plan(self):
        for plan, index, amount, paid in (
            ([D(100), D(100)], 0, D(200), None),
            ([D(100), D(100)], 0, D(0), None),
            ([D(100), D(100)], 0, D(10), [D(20), D(0)]),
            ([D(100), D(100)], 0, D(150), [D(0), D(60)]),
            ([D(100)], 0, D(50), None),
        ):
            with self.assertRaises(BadSplit):
                change(plan, index, amount, paid)
