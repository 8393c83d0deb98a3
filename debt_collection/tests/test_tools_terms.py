from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.brackets import bracket
from ..tools.interest import interest_between
from ..tools.terms import (
    NO_CALENDAR,
    Calendar,
    add_months,
    add_working_days,
    day_after,
    next_working_day,
    term_end,
)
from ..tools.values import (
    BadDate,
    BadTerm,
    Bracket,
    MissingHolidays,
    RatePeriod,
    Scale,
    Term,
    Vacation,
)

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
HOLIDAYS = {
    date(year, month, day)
    for year in (2025, 2026, 2027)
    for month, day in [(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)]
} | {
    date(2025, 4, 21),
    date(2025, 5, 29),
    date(2025, 6, 9),
    date(2026, 4, 6),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2027, 3, 29),
    date(2027, 5, 6),
    date(2027, 5, 17),
}
COURT = Calendar(HOLIDAYS)
RECESS = Vacation((7, 1), (8, 31), (9, 15))
MONTH = Term(1, "months", roll="forward")
POST = Term(3, "working_days")
MAIL = Term(1, "days")
WAIT = Term(14, "days", count_from="same")
days = st.dates(date(2025, 1, 1), date(2027, 6, 30))
terms = st.builds(
    Term,
    n=st.integers(1, 40),
    unit=st.sampled_from(["days", "working_days"]),
    count_from=st.sampled_from(["after", "same"]),
    roll=st.sampled_from(["none", "forward"]),
    clear=st.booleans(),
)


class TestToolsTerms(BaseCase):
    """Worked cases of sections 2, 4 and 10 of the law reference."""

    def assertWait(self, sent, start_term, start, last, claimable):
        first = term_end(sent, start_term, COURT)
        found = (first, term_end(first, WAIT), day_after(first, WAIT))
        self.assertEqual(found, (start, last, claimable))

    def test_case_2_8(self):
        self.assertWait(
            date(2025, 3, 3),
            POST,
            date(2025, 3, 6),
            date(2025, 3, 19),
            date(2025, 3, 20),
        )

    def test_case_2_9(self):
        self.assertWait(
            date(2025, 3, 3),
            MAIL,
            date(2025, 3, 4),
            date(2025, 3, 17),
            date(2025, 3, 18),
        )

    def test_case_2_10(self):
        self.assertWait(
            date(2025, 4, 17),
            POST,
            date(2025, 4, 23),
            date(2025, 5, 6),
            date(2025, 5, 7),
        )

    def test_case_2_11(self):
        self.assertWait(
            date(2025, 12, 24),
            POST,
            date(2025, 12, 30),
            date(2026, 1, 12),
            date(2026, 1, 13),
        )

    def test_case_2_12(self):
        self.assertWait(
            date(2026, 4, 30),
            POST,
            date(2026, 5, 6),
            date(2026, 5, 19),
            date(2026, 5, 20),
        )

    def test_case_2_13(self):
        self.assertWait(
            date(2026, 7, 17),
            POST,
            date(2026, 7, 23),
            date(2026, 8, 5),
            date(2026, 8, 6),
        )

    def _total(self, first, paid):
        rate = [RatePeriod(date(2025, 1, 1), date(2025, 6, 30), D("11.5"))]
        scale = Scale((Bracket(D(0), D(20)), Bracket(D(500), D(65), D(5))))
        interest = interest_between(D(1000), first, paid, rate)
        return interest, D(1000) + interest + bracket(D(1000), scale)

    def test_case_2_14(self):
        first = term_end(date(2025, 3, 3), MAIL)
        figures = self._total(first, date(2025, 4, 30))
        self.assertEqual(figures, (D("18.27"), D("1108.27")))

    def test_case_2_15(self):
        first = day_after(term_end(date(2025, 3, 3), MAIL), WAIT)
        figures = self._total(first, date(2025, 4, 30))
        self.assertEqual(figures, (D("13.86"), D("1103.86")))

    def assertReport(self, served, answer, report):
        month = term_end(served, MONTH, COURT)
        self.assertEqual(month, answer)
        self.assertEqual(term_end(month, Term(8)), report)

    def test_case_4_1(self):
        self.assertReport(date(2026, 3, 10), date(2026, 4, 10), date(2026, 4, 18))

    def test_case_4_2(self):
        self.assertReport(date(2026, 9, 24), date(2026, 10, 26), date(2026, 11, 3))

    def test_case_4_3(self):
        self.assertReport(date(2026, 1, 30), date(2026, 3, 2), date(2026, 3, 10))

    def assertMonth(self, act, end, vacation=None):
        term = Term(1, "months", roll="forward", vacation=vacation)
        self.assertEqual(term_end(act, term, COURT), end)

    def test_case_10_1(self):
        self.assertMonth(date(2026, 3, 10), date(2026, 4, 10))

    def test_case_10_2(self):
        self.assertMonth(date(2026, 6, 29), date(2026, 7, 29), RECESS)

    def test_case_10_3(self):
        self.assertMonth(date(2026, 6, 30), date(2026, 9, 15), RECESS)
        self.assertMonth(date(2026, 6, 30), date(2026, 7, 31))

    def test_case_10_4(self):
        self.assertMonth(date(2026, 7, 15), date(2026, 8, 17))

    def test_case_10_5(self):
        self.assertMonth(date(2026, 1, 30), date(2026, 3, 2))
        self.assertEqual(
            term_end(date(2026, 1, 30), Term(1, "months")), date(2026, 2, 28)
        )

    def test_case_10_6(self):
        self.assertMonth(date(2026, 4, 2), date(2026, 5, 4))

    def test_month_ends(self):
        for act, months, end in [
            (date(2024, 1, 30), 1, date(2024, 2, 29)),
            (date(2024, 1, 29), 1, date(2024, 2, 29)),
            (date(2024, 1, 28), 1, date(2024, 2, 28)),
            (date(2025, 1, 31), 1, date(2025, 2, 28)),
            (date(2025, 2, 28), 1, date(2025, 3, 31)),
            (date(2025, 12, 31), 2, date(2026, 2, 28)),
        ]:
            with self.subTest(act=act):
                self.assertEqual(term_end(act, Term(months, "months")), end)

    def test_years_and_weeks(self):
        self.assertEqual(
            term_end(date(2016, 3, 31), Term(10, "years")), date(2026, 3, 31)
        )
        self.assertEqual(
            term_end(date(2024, 2, 28), Term(1, "years")), date(2025, 2, 28)
        )
        self.assertEqual(
            term_end(date(2025, 3, 3), Term(2, "weeks")), date(2025, 3, 17)
        )

    def test_clear_days(self):
        """Eight clear days from the 1st: the act may be done on the 10th."""
        clear = Term(8, clear=True)
        self.assertEqual(term_end(date(2026, 3, 1), clear), date(2026, 3, 10))

    def test_zero_days(self):
        self.assertEqual(term_end(date(2025, 3, 3), Term(0)), date(2025, 3, 3))
        rolled = Term(0, roll="forward")
        self.assertEqual(term_end(date(2025, 3, 1), rolled, COURT), date(2025, 3, 3))

    def test_working_days_from_the_day_itself(self):
        same = Term(1, "working_days", count_from="same")
        self.assertEqual(term_end(date(2025, 3, 3), same, COURT), date(2025, 3, 3))
        self.assertEqual(term_end(date(2025, 3, 1), same, COURT), date(2025, 3, 3))

    def test_calendar_kinds(self):
        first_of_month = Calendar(lambda day: day.day == 1)
        self.assertTrue(first_of_month.is_off(date(2100, 1, 1)))
        self.assertFalse(Calendar().is_off(date(2025, 12, 25)))
        self.assertFalse(NO_CALENDAR.is_off(date(2025, 12, 28)))

    def test_unknown_year_is_an_error(self):
        with self.assertRaises(MissingHolidays) as caught:
            term_end(date(2028, 3, 1), MONTH, COURT)
        self.assertEqual(caught.exception.year, 2028)

    def test_bad_input(self):
        for bad in (
            lambda: Term(-1),
            lambda: Term(1.5),
            lambda: Term(True),
            lambda: Term(1, "fortnights"),
            lambda: Term(1, count_from="before"),
            lambda: Term(1, roll="back"),
            lambda: Term(0, count_from="same"),
            lambda: Vacation((12, 1), (1, 31), (2, 15)),
            lambda: Calendar(weekend=range(7)),
            lambda: next_working_day(date(2025, 1, 1), Calendar(lambda day: True)),
        ):
            with self.assertRaises(BadTerm):
                bad()

    def test_edge_of_the_calendar(self):
        for term in (Term(1), Term(1, "months"), Term(9999, "years")):
            with self.subTest(term=term), self.assertRaises(BadDate):
                term_end(date.max, term)
        self.assertEqual(term_end(date(1900, 2, 28), Term(1)), date(1900, 3, 1))
        self.assertEqual(add_months(date(2100, 1, 31), 1), date(2100, 2, 28))

    # === PROPERTIES === #

    @PURE
    @given(days, terms)
    def test_end_is_not_before_start(self, start, term):
        end = term_end(start, term, COURT)
        self.assertGreaterEqual(end, start)
        if term.roll == "forward":
            self.assertFalse(COURT.is_off(end))

    @PURE
    @given(days, days, terms)
    def test_later_act_never_ends_sooner(self, one, two, term):
        one, two = sorted([one, two])
        self.assertLessEqual(term_end(one, term, COURT), term_end(two, term, COURT))

    @PURE
    @given(days, st.integers(1, 24))
    def test_months_monotone(self, start, n):
        end = term_end(start, Term(n, "months"))
        self.assertLess(end, term_end(start, Term(n + 1, "months")))
        later = term_end(start + timedelta(days=1), Term(n, "months"))
        self.assertLessEqual(end, later)

    @PURE
    @given(days, st.integers(0, 20), st.integers(0, 20))
    def test_working_days_add_up(self, start, one, two):
        step = add_working_days(add_working_days(start, one, COURT), two, COURT)
        self.assertEqual(step, add_working_days(start, one + two, COURT))

    @PURE
    @given(days)
    def test_recess_only_extends(self, start):
        plain = term_end(start, MONTH, COURT)
        longer = Term(1, "months", roll="forward", vacation=RECESS)
        self.assertGreaterEqual(term_end(start, longer, COURT), plain)
