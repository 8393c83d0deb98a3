from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.assessment import (
    LEAST_CASES,
    Limits,
    PlanFacts,
    assess,
    excesses,
    monthly,
    months,
)
from ..tools.instalments import schedule
from ..tools.values import Rhythm

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
DAY = date(2026, 3, 16)
LIMITS = Limits(max_months=12, min_instalment=D(50), max_first_delay=30)


def plan(n=6, total=600, first=DAY + timedelta(days=14)):
    return tuple((row.day, row.amount) for row in schedule(D(total), n, first))


def facts(**values):
    return PlanFacts(**{"lines": plan(), "day": DAY, "limits": LIMITS, **values})


class TestToolsAssessment(BaseCase):
    def reasons(self, **values):
        return {r.code: r for r in assess(facts(**values)).reasons}

    def test_months_begun_count_whole(self):
        self.assertEqual(months(DAY, DAY), 0)
        self.assertEqual(months(DAY, date(2026, 4, 16)), 1)
        self.assertEqual(months(DAY, date(2026, 4, 17)), 2)
        self.assertEqual(months(date(2026, 1, 31), date(2026, 2, 28)), 1)

    def test_a_sound_plan(self):
        found = assess(facts(means=D(300), past=(2, 2)))
        self.assertEqual(found.verdict, "realistic")
        self.assertEqual(
            [(reason.code, reason.level) for reason in found.reasons],
            [
                ("duration", "good"),
                ("smallest", "good"),
                ("first_payment", "good"),
                ("means", "good"),
                ("no_interest", "good"),
                ("past", "good"),
                ("no_basis", "none"),
            ],
        )

    def test_each_reason_by_itself(self):
        far = DAY + timedelta(days=61)
        for code, level, values in (
            ("duration", "weak", {"lines": plan(18, 1800)}),
            ("duration", "bad", {"lines": plan(30, 3000)}),
            ("smallest", "weak", {"lines": plan(6, 240)}),
            ("smallest", "bad", {"lines": plan(6, 120)}),
            ("first_payment", "weak", {"lines": plan(2, 600, DAY + timedelta(31))}),
            ("first_payment", "bad", {"lines": plan(2, 600, far)}),
            ("no_means", "none", {}),
            ("nothing_to_spare", "bad", {"means": D(0)}),
            ("means", "good", {"means": D(200)}),
            ("means", "weak", {"means": D(199)}),
            ("means", "bad", {"means": D(99)}),
            ("interest", "good", {"interest": D("99.99")}),
            ("interest", "bad", {"interest": D(100)}),
            ("no_past", "none", {}),
            ("past", "weak", {"past": (1, 2)}),
            ("past", "bad", {"past": (1, 3)}),
            ("no_basis", "none", {"comparable": (29, LEAST_CASES - 1)}),
            ("comparable", "good", {"comparable": (15, LEAST_CASES)}),
            ("comparable", "weak", {"comparable": (14, LEAST_CASES)}),
        ):
            with self.subTest(code=code, level=level):
                self.assertEqual(self.reasons(**values)[code].level, level)

    def test_a_share_names_its_number(self):
        found = self.reasons(comparable=(24, 40))["comparable"]
        self.assertEqual(dict(found.params), {"percent": 60, "number": 40})
        found = self.reasons(comparable=(12, 12))["no_basis"]
        self.assertEqual(dict(found.params), {"number": 12, "least": 30})

    def test_the_worst_reason_decides(self):
        weak, bad = {"past": (1, 2)}, {"means": D(10)}
        self.assertEqual(assess(facts(**weak)).verdict, "doubtful")
        self.assertEqual(assess(facts(**weak, **bad)).verdict, "not")

    def test_a_weekly_rhythm_is_counted_by_the_month(self):
        self.assertEqual(round(monthly(D(25), Rhythm(1, "weeks"))), 109)
        self.assertEqual(round(monthly(D(25), Rhythm(2, "weeks"))), 54)
        self.assertEqual(monthly(D(600), Rhythm(1, "years")), 50)
        weekly = self.reasons(means=D(300), rhythm=Rhythm(1, "weeks"))["means"]
        self.assertEqual(weekly.level, "bad")

    def test_limits_exceeded(self):
        self.assertEqual(excesses(plan(), LIMITS, DAY), [])
        self.assertEqual(excesses(plan(), Limits(), DAY), [])
        self.assertEqual(excesses(plan(13, 650), LIMITS, DAY), ["max_months"])
        self.assertEqual(excesses(plan(10, 499), LIMITS, DAY), ["min_instalment"])
        late = plan(2, 600, DAY + timedelta(days=31))
        self.assertEqual(excesses(late, LIMITS, DAY), ["max_first_delay"])

    @PURE
    @given(
        st.integers(1, 60),
        st.decimals("10", "90000", places=2),
        st.integers(0, 200),
        st.none() | st.decimals("0", "5000", places=2),
        st.integers(0, 60),
    )
    def test_laws(self, n, total, wait, means, number):
        """What is beyond no limit is bad by none; less means never helps."""
        lines = plan(n, total, DAY + timedelta(days=wait))
        known = facts(lines=lines, means=means, comparable=(number, number))
        found = assess(known)
        self.assertEqual(found, assess(known))
        limited = {"duration", "smallest", "first_payment"}
        levels = {r.code: r.level for r in found.reasons}
        beyond = any(levels[code] != "good" for code in limited)
        self.assertEqual(beyond, bool(excesses(lines, LIMITS, DAY)))
        self.assertEqual("no_basis" in levels, number < LEAST_CASES)
        if means:
            order = ("realistic", "doubtful", "not")
            poorer = assess(replace(known, means=means / 2))
            self.assertGreaterEqual(
                order.index(poorer.verdict), order.index(found.verdict)
            )
