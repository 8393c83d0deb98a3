from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.clock import (
    Decision,
    Item,
    Step,
    Subject,
    add_days,
    decide,
    next_step,
    step_day,
)
from ..tools.facts import Blocker

DUE = date(2026, 1, 31)
LADDER = (
    Step(1, 10, delay=5, notice_kind="first"),
    Step(2, 20, delay=15, wait=7),
    Step(3, 30, delay=30, wait=7, notice_kind="formal"),
)


def item(key=1, due=DUE, residual="100", **values):
    return Item(key, due, Decimal(residual), **values)


def later(days):
    return DUE + timedelta(days=days)


@tagged("post_install", "-at_install")
class TestClock(BaseCase):
    def test_nothing_before_the_first_day(self):
        decision = decide(Subject(LADDER, (item(),)), later(4))
        self.assertEqual(decision.letters, ())
        self.assertEqual(decision.blockers[0].code, "not_yet")
        self.assertEqual(decision.next_day, later(5))

    def test_first_undone_step_even_when_very_late(self):
        decision = decide(Subject(LADDER, (item(),)), later(300))
        self.assertEqual([x.step.id for x in decision.letters], [1])

    def test_rest_after_the_last_letter(self):
        done = item(done_sequence=10, done_day=later(14))
        subject = Subject(LADDER, (done,), last_day=later(14))
        self.assertEqual(decide(subject, later(20)).next_day, later(21))
        self.assertTrue(decide(subject, later(21)).letters)

    def test_never_two_letters_on_one_day(self):
        done = item(done_sequence=10, done_day=later(60))
        ladder = (LADDER[0], Step(2, 20, delay=6, wait=0))
        subject = Subject(ladder, (done,), last_day=later(60))
        self.assertFalse(decide(subject, later(60)).letters)
        self.assertTrue(decide(subject, later(61)).letters)

    def test_highest_level_sweeps_the_younger_items(self):
        old = item(1, done_sequence=10, done_day=later(-40), due=later(-60))
        young = item(2)
        decision = decide(Subject(LADDER, (old, young)), later(6))
        self.assertEqual(
            [(x.step.id, x.item_ids) for x in decision.letters], [(2, (1, 2))]
        )

    def test_without_sweeping_each_item_keeps_its_own_step(self):
        old = item(1, done_sequence=10, done_day=later(-40), due=later(-60))
        young = item(2)
        decision = decide(Subject(LADDER, (old, young), sweeps=False), later(6))
        self.assertEqual(
            [(x.step.id, x.item_ids) for x in decision.letters], [(2, (1,))]
        )
        self.assertEqual(decision.next_day, later(7))
        sent = item(1, due=later(-60), done_sequence=20, done_day=later(6))
        subject = Subject(LADDER, (sent, young), last_day=later(6), sweeps=False)
        [letter] = decide(subject, later(7)).letters
        self.assertEqual((letter.step.id, letter.item_ids), (1, (2,)))

    def test_without_sweeping_an_item_rests_from_its_own_letter(self):
        """A letter about another item does not put off this one's second letter."""
        done = item(1, done_sequence=10, done_day=later(5))
        subject = Subject(LADDER, (done,), last_day=later(14), sweeps=False)
        self.assertEqual(decide(subject, later(14)).next_day, later(15))
        swept = Subject(LADDER, (done,), last_day=later(14))
        self.assertEqual(decide(swept, later(14)).next_day, later(21))

    def test_item_not_due_is_never_listed(self):
        young = item(2, due=later(3))
        decision = decide(Subject(LADDER, (item(1), young)), later(6))
        self.assertEqual(decision.letters[0].item_ids, (1,))

    def test_regime_holds_a_notice_back(self):
        held = item(earliest=(("first", later(20)),))
        self.assertEqual(
            decide(Subject(LADDER, (held,)), later(10)).next_day, later(20)
        )

    def test_blocked_item_stands_apart_the_others_go_on(self):
        blocked = item(1, blockers=(Blocker("payment_blocked"),))
        decision = decide(Subject(LADDER, (blocked, item(2))), later(6))
        self.assertEqual(decision.letters[0].item_ids, (2,))

    def test_only_blocked_items_give_their_reason(self):
        end = later(90)
        blocked = item(1, blockers=(Blocker("hold", until=end),))
        decision = decide(Subject(LADDER, (blocked,)), later(6))
        self.assertEqual(decision, Decision((), blocked.blockers, end))

    def test_looks_again_when_a_held_item_gets_free(self):
        """An item that waits for later must not hide the end of another's rest."""
        held = item(1, blockers=(Blocker("hold", until=later(3)),))
        decision = decide(Subject(LADDER, (held, item(2))), later(1))
        self.assertEqual(decision.next_day, later(3))

    def test_blocker_past_its_end_no_longer_holds(self):
        once = item(1, blockers=(Blocker("hold", until=later(6)),))
        self.assertTrue(decide(Subject(LADDER, (once,)), later(6)).letters)

    def test_subject_blocker_wins(self):
        subject = Subject(LADDER, (item(),), blockers=(Blocker("to_review"),))
        self.assertEqual(decide(subject, later(6)).blockers[0].code, "to_review")

    def test_ladder_done(self):
        done = item(done_sequence=30, done_day=later(30))
        decision = decide(Subject(LADDER, (done,)), later(500))
        self.assertEqual(
            (decision.blockers[0].code, decision.next_day), ("ladder_done", None)
        )

    def test_below_the_least_amount(self):
        ladder = (Step(1, 10, delay=5, minimum=Decimal(150)),)
        one = decide(Subject(ladder, (item(1),)), later(6))
        self.assertEqual(one.blockers[0].code, "below_minimum")
        self.assertTrue(decide(Subject(ladder, (item(1), item(2))), later(6)).letters)

    def test_too_little_for_the_top_step_does_not_silence_the_lower_ones(self):
        ladder = (Step(1, 10, delay=5), Step(2, 20, delay=15, minimum=Decimal(500)))
        old = item(1, done_sequence=10, done_day=later(-40), due=later(-60))
        young = item(2)
        decision = decide(Subject(ladder, (old, young)), later(6))
        self.assertEqual(
            [(x.step.id, x.item_ids) for x in decision.letters], [(1, (2,))]
        )

    def test_too_little_now_still_looks_again_for_what_comes_later(self):
        ladder = (Step(1, 10, delay=5, minimum=Decimal(150)),)
        young = item(2, due=later(10))
        decision = decide(Subject(ladder, (item(1), young)), later(6))
        self.assertEqual((decision.letters, decision.next_day), ((), later(15)))

    def test_flagged_item_does_not_wait_for_the_delay(self):
        """A flagged claim's first letter leaves at once, never before it is late."""
        flagged = item(flagged=later(2))
        self.assertTrue(decide(Subject(LADDER, (flagged,)), later(2)).letters)
        early = item(flagged=later(-3))
        self.assertFalse(decide(Subject(LADDER, (early,)), later(0)).letters)
        self.assertTrue(decide(Subject(LADDER, (early,)), later(1)).letters)
        second = item(flagged=later(2), done_sequence=10, done_day=later(2))
        self.assertEqual(
            decide(Subject(LADDER, (second,), later(2)), later(3)).next_day, later(15)
        )

    def test_steps_that_lost_their_sense_are_passed_over(self):
        ladder = (Step(8, 5, delay=-7), Step(9, 7, delay=0), *LADDER)
        ask = {day: next_step(ladder, item(), later(day)).id for day in (-7, 0, 1)}
        self.assertEqual(ask, {-7: 8, 0: 8, 1: 9})
        self.assertEqual(next_step(ladder, item(flagged=later(1)), later(1)).id, 1)

    def test_step_counted_from_the_previous_one(self):
        ladder = (Step(1, 10, delay=5), Step(2, 20, base="previous", delay=10))
        done = item(done_sequence=10, done_day=later(50))
        self.assertEqual(step_day(ladder[1], done), later(60))
        self.assertEqual(step_day(ladder[1], item()), later(10))

    def test_nothing_open(self):
        self.assertEqual(
            decide(Subject(LADDER, ()), later(6)).blockers[0].code, "nothing_open"
        )

    def test_law_is_named_when_it_is_what_holds_back(self):
        held = item(earliest=(("first", later(20)),))
        self.assertEqual(
            decide(Subject(LADDER, (held,)), later(10)).blockers[0].code, "regime_term"
        )
        never = item(earliest=(("first", date.max),))
        decision = decide(Subject(LADDER, (never,)), later(10))
        self.assertEqual(decision.blockers[0].code, "regime_never")
        self.assertIsNone(decision.next_day)

    def test_working_days(self):
        friday = date(2026, 3, 13)
        holiday = date(2026, 3, 16).__eq__
        cases = [
            (friday, 1, None, date(2026, 3, 16)),
            (friday, 1, holiday, date(2026, 3, 17)),
            (friday, 5, None, date(2026, 3, 20)),
            (date(2026, 3, 16), -1, None, friday),
            (date(2026, 3, 14), 0, None, date(2026, 3, 16)),
        ]
        for start, delay, is_holiday, expected in cases:
            with self.subTest(start=start, delay=delay):
                self.assertEqual(add_days(start, delay, True, is_holiday), expected)

    @settings(deadline=None, database=None, derandomize=True)
    @given(
        st.lists(st.integers(-40, 40), min_size=1, max_size=6),
        st.integers(-60, 90),
        st.booleans(),
    )
    def test_never_early_never_twice(self, ages, at, sweeps):
        items = tuple(item(n, due=later(age)) for n, age in enumerate(ages))
        day = later(at)
        decision = decide(Subject(LADDER, items, sweeps=sweeps), day)
        listed = [key for letter in decision.letters for key in letter.item_ids]
        self.assertEqual(len(listed), len(set(listed)))
        for key in listed:
            self.assertGreaterEqual((day - items[key].due).days, LADDER[0].delay)
        due = [x for x in items if step_day(next_step(LADDER, x, day), x) <= day]
        self.assertLessEqual(len(decision.letters), 1)
        self.assertEqual(sorted(listed), sorted(x.id for x in due))

    @settings(deadline=None, database=None, derandomize=True, max_examples=60)
    @given(st.integers(0, 50), st.integers(1, 12))
    def test_next_day_is_when_something_happens(self, start, step):
        """Looking again on the day announced finds a letter, and none before."""
        subject = Subject(LADDER, (item(),))
        announced = decide(subject, later(-start)).next_day
        self.assertTrue(decide(subject, announced).letters)
        self.assertFalse(decide(subject, announced - timedelta(days=step)).letters)
