from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.interest import (
    RateTable,
    accrue,
    build_lines,
    freeze,
    interest_between,
    total_interest,
)
from ..tools.values import (
    BadAmount,
    BadDate,
    MissingRate,
    Movement,
    OverlappingRates,
    RatePeriod,
    round_to,
)

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal


def rows(*table, code="late", **kwargs):
    """Periods from (first day, percent): each runs to the day before the next."""
    starts = [*(row[0] for row in table), None]
    return [
        RatePeriod(
            start,
            starts[index + 1] and starts[index + 1] - timedelta(days=1),
            D(percent),
            code=code,
            **kwargs,
        )
        for index, (start, percent) in enumerate(table)
    ]


HALF_YEARS = rows(
    (date(2022, 7, 1), "8"),
    (date(2023, 1, 1), "10.5"),
    (date(2023, 7, 1), "12"),
    (date(2024, 1, 1), "12.5"),
    (date(2024, 7, 1), "12.5"),
    (date(2025, 1, 1), "11.5"),
    (date(2025, 7, 1), "10.5"),
    (date(2026, 1, 1), "10.5"),
)
HALF_YEARS[-1] = RatePeriod(date(2026, 1, 1), date(2026, 6, 30), D("10.5"), code="late")
YEARS = rows(
    (date(2022, 1, 1), "1.5"),
    (date(2023, 1, 1), "5.25"),
    (date(2024, 1, 1), "5.75"),
    (date(2025, 1, 1), "4.5"),
    code="ordinary",
)

amounts = st.decimals("0.01", "999999.99", places=2)
days = st.dates(date(2022, 7, 1), date(2026, 6, 30))


def interest(principal, due, paid, periods=HALF_YEARS, **kwargs):
    return accrue([(due, D(principal)), (paid, -D(principal))], periods, **kwargs)


class TestToolsInterest(BaseCase):
    """Worked cases of section 1 of the law reference, divisor 365."""

    def assertShown(self, lines, *expected):
        shown = [(line.days, line.percent, line.shown) for line in lines]
        wanted = [(n, D(percent), D(shown)) for n, percent, shown in expected]
        self.assertEqual(shown, wanted)

    def test_case_1_1(self):
        lines = interest("1210.00", date(2025, 1, 31), date(2025, 3, 31))
        self.assertShown(lines, (59, "11.5", "22.49"))
        self.assertEqual(lines[0].start, date(2025, 2, 1))
        self.assertEqual(lines[0].end, date(2025, 3, 31))

    def test_case_1_2(self):
        lines = interest("10000.00", date(2024, 11, 30), date(2025, 8, 15))
        self.assertShown(
            lines,
            (31, "12.5", "106.16"),
            (181, "11.5", "570.27"),
            (46, "10.5", "132.34"),  # 132.33 alone: it takes the missing cent
        )
        self.assertEqual(total_interest(lines), D("808.77"))
        self.assertEqual(round_to(lines[-1].amount), D("132.33"))

    def test_case_1_3(self):
        lines = interest("2500.00", date(2022, 12, 15), date(2023, 7, 31))
        self.assertShown(
            lines, (16, "8", "8.77"), (181, "10.5", "130.17"), (31, "12", "25.48")
        )
        self.assertEqual(total_interest(lines), D("164.42"))

    def test_case_1_4(self):
        lines = interest("4840.00", date(2025, 6, 30), date(2026, 3, 31))
        self.assertShown(lines, (184, "10.5", "256.19"), (90, "10.5", "125.31"))
        self.assertEqual(total_interest(lines), D("381.50"))

    def test_case_1_5(self):
        lines = interest("1000.00", date(2022, 10, 31), date(2024, 2, 29), YEARS)
        self.assertShown(
            lines, (61, "1.5", "2.51"), (365, "5.25", "52.50"), (60, "5.75", "9.45")
        )
        self.assertEqual(total_interest(lines), D("64.46"))

    def test_case_1_6(self):
        lines = interest("750.00", date(2025, 3, 31), date(2025, 12, 31), YEARS)
        self.assertShown(lines, (275, "4.5", "25.43"))

    def test_case_1_7(self):
        """The two runs of the case; the statement tests hold the whole of it."""
        lines = accrue(
            [
                Movement(date(2025, 1, 15), D("5000.00")),
                Movement(date(2025, 4, 15), D("-1818.22")),
            ],
            HALF_YEARS,
            until=date(2025, 9, 30),
        )
        self.assertShown(
            lines,
            (90, "11.5", "141.78"),
            (76, "11.5", "76.19"),
            (92, "10.5", "84.21"),
        )

    def test_case_1_10(self):
        """No figure for a period without a row, and the error names the row."""
        with self.assertRaises(MissingRate) as caught:
            interest("100.00", date(2026, 5, 31), date(2026, 8, 31))
        self.assertEqual(caught.exception.code, "late")
        self.assertEqual(caught.exception.day, date(2026, 7, 1))

    def test_missing_rate_names_first_day(self):
        gap = [
            RatePeriod(date(2020, 1, 1), date(2020, 6, 30), D(8), code="a"),
            RatePeriod(date(2021, 1, 1), None, D(8), code="a"),
        ]
        for due, missing in [
            (date(2019, 12, 30), date(2019, 12, 31)),
            (date(1899, 12, 31), date(1900, 1, 1)),
            (date(2020, 5, 1), date(2020, 7, 1)),
            (date(2020, 8, 1), date(2020, 8, 2)),
        ]:
            with self.subTest(due=due), self.assertRaises(MissingRate) as caught:
                interest("100.00", due, date(2022, 1, 1), gap)
            self.assertEqual(caught.exception.params["day"], missing)
        with self.assertRaises(MissingRate) as caught:
            interest("100.00", date(2020, 1, 1), date(2020, 1, 2), [], code="b")
        self.assertEqual(str(caught.exception), "no rate 'b' for 2020-01-02")

    def test_no_rate_needed_without_base_or_days(self):
        day = date(2020, 1, 1)
        self.assertEqual(interest("0.00", day, date(2021, 1, 1), []), [])
        self.assertEqual(interest("5.00", day, day, []), [])
        self.assertEqual(accrue([], [], until=day), [])

    def test_overlap(self):
        double = [RatePeriod(date(2020, 1, 1), None, D(8), code="x")] * 2
        with self.assertRaises(OverlappingRates):
            RateTable(double)

    def test_bad_values(self):
        for bad in (100.0, True, "1", D("NaN"), D("Infinity")):
            with self.subTest(bad=bad), self.assertRaises(BadAmount):
                Movement(date(2025, 1, 1), bad)
        with self.assertRaises(BadAmount):
            RatePeriod(date(2025, 1, 1), None, D("-1"))
        with self.assertRaises(BadDate):
            RatePeriod(date(2025, 1, 2), date(2025, 1, 1), D(1))
        with self.assertRaises(BadAmount):
            RateTable([], divisor=364)
        with self.assertRaises(BadAmount):
            accrue([(date(2025, 1, 1), D(-5))], HALF_YEARS)
        with self.assertRaises(BadAmount):
            round_to(D(1), D(0))

    def test_payment_beyond_base_is_refused(self):
        with self.assertRaises(BadAmount):
            accrue([(date(2025, 1, 1), D(5)), (date(2025, 2, 1), D(-6))], HALF_YEARS)

    def test_divisor_actual(self):
        """A leap year divides by 366, the others by 365."""
        flat = [RatePeriod(date(1990, 1, 1), None, D(10))]
        for due, last, expected in [
            (date(2023, 12, 31), date(2024, 12, 31), "100.00"),
            (date(2022, 12, 31), date(2023, 12, 31), "100.00"),
            (date(1999, 12, 31), date(2000, 12, 31), "100.00"),
            (date(2023, 12, 31), date(2099, 12, 31), "7600.00"),
            (date(2099, 12, 31), date(2100, 12, 31), "100.00"),
        ]:
            with self.subTest(due=due):
                lines = interest("1000.00", due, last, flat, divisor="actual")
                self.assertEqual(total_interest(lines), D(expected))
        plain = interest("1000.00", date(2023, 12, 31), date(2024, 12, 31), flat)
        self.assertEqual(total_interest(plain), D("100.27"))

    def test_far_dates(self):
        """1900 and 2100 are no leap years: a year of theirs has 365 days."""
        for year in (1900, 2100):
            flat = [RatePeriod(date(year, 1, 1), None, D(5))]
            lines = interest("200.00", date(year, 1, 1), date(year + 1, 1, 1), flat)
            self.assertEqual(total_interest(lines), D("10.00"))
        flat = [RatePeriod(date.min, None, D(5))]
        everything = interest("1.00", date.min, date.max, flat)
        self.assertEqual(everything[0].days, date.max.toordinal() - 1)

    def test_coarse_and_odd_rounding(self):
        flat = [RatePeriod(date(2025, 1, 1), None, D(10))]
        for rounding, expected in [("1", "100"), ("0.05", "100.00"), ("5", "100")]:
            lines = interest(
                "1000",
                date(2024, 12, 31),
                date(2025, 12, 31),
                flat,
                rounding=D(rounding),
            )
            self.assertEqual(total_interest(lines), D(expected))
        self.assertEqual(round_to(D("1.025"), D("0.05")), D("1.05"))

    def test_exact_half_rounds_up(self):
        """3.65 EUR at 50 % for one day is exactly half a cent."""
        flat = [RatePeriod(date(2025, 1, 1), None, D(50))]
        lines = interest("3.65", date(2025, 1, 1), date(2025, 1, 2), flat)
        self.assertEqual(total_interest(lines), D("0.01"))

    def test_many_tiny_lines(self):
        """Lines that each round up may not push the last one below zero."""
        tiny = rows(*((date(2025, 1, 1 + n), "50") for n in range(20)))
        lines = interest("3.65", date(2025, 1, 1), date(2025, 1, 20), tiny)
        self.assertEqual(total_interest(lines), D("0.10"))
        self.assertTrue(all(line.shown >= 0 for line in lines))

    def test_rows_carry_ground_and_mark(self):
        doubtful = rows((date(2025, 1, 1), "9"), verified=False, ground="Act, art. 5")
        (line,) = interest("10.00", date(2025, 1, 1), date(2025, 1, 31), doubtful)
        self.assertEqual((line.ground, line.code), ("Act, art. 5", "late"))
        self.assertFalse(line.verified)
        table = RateTable(HALF_YEARS + rows((date(2026, 7, 1), "9"), verified=False))
        first = table.first_unverified(date(2025, 1, 1).toordinal())
        self.assertEqual(first, date(2026, 7, 1).toordinal())
        table = RateTable(HALF_YEARS)
        self.assertIsNone(table.first_unverified(1))

    # === PROPERTIES === #

    @PURE
    @given(amounts, days, days, days, st.sampled_from([365, 360, "actual"]))
    def test_cutting_a_period_changes_nothing(self, principal, one, two, three, by):
        start, middle, end = sorted([one, two, three])
        whole = accrue([(start, principal)], HALF_YEARS, by, until=end)
        idle = accrue([(start, principal), (middle, D(0))], HALF_YEARS, by, until=end)
        self.assertEqual(total_interest(whole), total_interest(idle))
        first = accrue([(start, principal)], HALF_YEARS, by, until=middle)
        second = accrue([(middle, principal)], HALF_YEARS, by, until=end)
        raw = sum(line.amount for line in first + second)
        self.assertAlmostEqual(raw, sum(line.amount for line in whole), places=15)
        self.assertEqual(
            sum(line.days for line in first + second), sum(x.days for x in whole)
        )

    @PURE
    @given(amounts, days, days, days)
    def test_cutting_a_rate_changes_nothing(self, principal, one, two, cut):
        start, end = sorted([one, two])
        pieces = []
        for period in HALF_YEARS:
            if period.start < cut <= period.end:
                before = cut - timedelta(days=1)
                pieces.append(RatePeriod(period.start, before, period.percent))
                pieces.append(RatePeriod(cut, period.end, period.percent))
            else:
                pieces.append(period)
        whole = interest(principal, start, end)
        self.assertEqual(
            total_interest(whole),
            total_interest(interest(principal, start, end, pieces)),
        )

    @PURE
    @given(amounts, amounts, days, days, days)
    def test_monotony(self, less, more, one, two, three):
        """More principal, more days or a higher rate never give less interest."""
        less, more = sorted([less, more])
        start, middle, end = sorted([one, two, three])
        low = interest_between(less, start, middle, HALF_YEARS)
        self.assertLessEqual(low, interest_between(more, start, middle, HALF_YEARS))
        self.assertLessEqual(low, interest_between(less, start, end, HALF_YEARS))
        higher = [
            RatePeriod(p.start, p.end, p.percent + 1, code=p.code) for p in HALF_YEARS
        ]
        self.assertLessEqual(low, interest_between(less, start, middle, higher))

    @PURE
    @given(amounts, days, days)
    def test_shown_lines_add_up(self, principal, one, two):
        start, end = sorted([one, two])
        lines = interest(principal, start, end)
        exact = sum((line.amount for line in lines), D(0))
        rounded = round_to(exact.quantize(D("1e-15")))
        self.assertEqual(total_interest(lines), rounded)
        self.assertTrue(all(line.shown >= 0 for line in lines))
        self.assertEqual(sum(line.days for line in lines), (end - start).days)

    @PURE
    @given(st.lists(amounts, min_size=1, max_size=4), days, days)
    def test_order_of_movements_is_free(self, parts, one, two):
        start, end = sorted([one, two])
        moves = [(start, part) for part in parts]
        there = accrue(moves, HALF_YEARS, until=end)
        self.assertEqual(there, accrue(moves[::-1], HALF_YEARS, until=end))
        together = accrue([(start, sum(parts))], HALF_YEARS, until=end)
        self.assertEqual(there, together)

    @PURE
    @given(amounts, st.lists(days, max_size=6), st.sampled_from([365, "actual"]))
    def test_table_agrees_with_counting_days(self, principal, some, by):
        """The quick sums equal a count of every single day."""
        start, end = min(some, default=date(2024, 2, 1)), date(2024, 3, 5)
        total, day = 0, start
        while day <= end:
            row = next(p for p in HALF_YEARS if p.start <= day <= p.end)
            year = 366 if by == "actual" and day.year % 4 == 0 else 365
            total += D(row.percent) * principal / 100 / year
            day += timedelta(days=1)
        quick = interest_between(principal, start, end, HALF_YEARS, by)
        if start > end:
            self.assertEqual(quick, 0)
        else:
            self.assertAlmostEqual(quick, total, delta=D("0.0051"))

    def test_groups_are_settled_apart(self):
        """What was settled keeps its shown figures whatever comes later."""
        table = RateTable(HALF_YEARS)
        spans = [
            (date(2024, 12, 1).toordinal(), date(2025, 6, 30).toordinal(), D("10000")),
            (date(2025, 7, 1).toordinal(), date(2025, 8, 15).toordinal(), D("10000")),
        ]
        lines = build_lines(table, [spans[:1], spans[1:]])
        shown = [line.shown for line in lines]
        self.assertEqual(shown, [D("106.16"), D("570.28"), D("132.33")])

    def test_frozen_days_bear_nothing(self):
        spans = [(date(2025, 3, 1), date(2025, 4, 30)), (date(2026, 2, 1), None)]
        rates = freeze(HALF_YEARS, spans, "plan")
        found = accrue([(date(2025, 1, 31), D(36500))], rates, until=date(2026, 3, 31))
        zero = [
            (line.start, line.end, line.ground) for line in found if not line.amount
        ]
        self.assertEqual(
            zero,
            [
                (date(2025, 3, 1), date(2025, 4, 30), "plan"),
                (date(2026, 2, 1), date(2026, 3, 31), "plan"),
            ],
        )
        self.assertEqual(found[0].shown, D(36500 * 28) * D("0.115") / 365)
        self.assertEqual(freeze(HALF_YEARS, ()), tuple(HALF_YEARS))

    @PURE
    @given(
        st.lists(
            st.tuples(
                st.dates(date(2022, 7, 1), date(2026, 6, 30)), st.integers(0, 400)
            ),
            max_size=4,
        )
    )
    def test_freezing_leaves_the_other_days_alone(self, spans):
        """Each day keeps its rate or bears nothing, overlapping spans or not."""
        spans = [(first, first + timedelta(days=days)) for first, days in spans]
        table = RateTable(freeze(HALF_YEARS, spans))
        first, last = date(2022, 7, 1), date(2026, 6, 30)
        for number in range(0, (last - first).days, 97):
            day = (first + timedelta(days=number)).toordinal()
            frozen = any(a.toordinal() <= day <= b.toordinal() for a, b in spans)
            plain = RateTable(HALF_YEARS).weight(day, day)
            self.assertEqual(table.weight(day, day), 0 if frozen else plain)
