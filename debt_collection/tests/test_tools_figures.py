from datetime import date
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import figures

quick = settings(derandomize=True, deadline=None, database=None)
money = st.decimals(0, 10**6, places=2)


class TestToolsFigures(BaseCase):
    """The arithmetic of the cockpit."""

    def test_bucket_bounds(self):
        expected = {
            -3: "d000",
            0: "d000",
            1: "d030",
            30: "d030",
            31: "d060",
            60: "d060",
            61: "d090",
            90: "d090",
            91: "d180",
            180: "d180",
            181: "d181",
        }
        found = {days: figures.bucket(days) for days in expected}
        self.assertEqual(found, expected)

    def test_dso_simple(self):
        self.assertEqual(figures.dso_simple(D(300), D(900), 90), D(30))
        self.assertEqual(figures.dso_simple(D(-5), D(900), 90), D(0))
        self.assertIsNone(figures.dso_simple(D(300), D(0), 90))

    def test_dso_count_back(self):
        """1,500 open: all of June (30 days, 1,000) and half of May's 1,000."""
        months = [(30, D(1000)), (31, D(1000)), (30, D(5000))]
        self.assertEqual(figures.dso_count_back(D(1500), months), D("45.5"))
        self.assertEqual(figures.dso_count_back(D(0), months), D(0))

    def test_count_back_passes_months_without_sales(self):
        months = [(30, D(0)), (31, D(1000))]
        self.assertEqual(figures.dso_count_back(D(1000), months), D(61))
        self.assertIsNone(figures.dso_count_back(D(10), [(30, D(0))]))

    def test_more_open_than_sold_is_the_whole_window(self):
        months = [(30, D(100)), (31, D(100))]
        self.assertEqual(figures.dso_count_back(D(999), months), D(61))

    def test_effectiveness(self):
        """100 + 200 to collect, 90 open of which 40 not due: 210 of 260."""
        self.assertEqual(figures.effectiveness(D(100), D(200), D(90), D(40)), D("80.8"))
        self.assertEqual(figures.effectiveness(D(0), D(50), D(50), D(0)), D(0))
        self.assertIsNone(figures.effectiveness(D(0), D(50), D(50), D(50)))

    @quick
    @given(money, money, money)
    def test_nothing_overdue_is_full_effectiveness(self, begin, sales, current):
        current = min(current, begin + sales)
        found = figures.effectiveness(begin, sales, current, current)
        self.assertIn(found, (None, D(100)))

    @quick
    @given(money, money, st.lists(st.tuples(st.integers(28, 31), money), min_size=1))
    def test_count_back_grows_with_what_is_open(self, less, more, months):
        few = figures.dso_count_back(less, months)
        many = figures.dso_count_back(less + more, months)
        if few is not None:
            self.assertLessEqual(few, many)
            self.assertLessEqual(many, sum(days for days, _sales in months))

    def test_cumulate(self):
        changes = {date(2026, 3, 1): D(5), date(2026, 1, 5): D(10)}
        days = [date(2026, 1, 4), date(2026, 1, 31), date(2026, 3, 1)]
        self.assertEqual(figures.cumulate(changes, days), [0, 10, 15])

    def test_no_whole_no_share(self):
        self.assertIsNone(figures.percent(D(5), D(0)))
        self.assertEqual(figures.percent(D(1), D(3)), D("33.3"))
