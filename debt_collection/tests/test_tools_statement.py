from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.interest import RateTable, accrue, total_interest
from ..tools.statement import simple_balances, statement
from ..tools.values import (
    KINDS,
    PRINCIPAL_FIRST,
    BadAmount,
    BadDate,
    BadOrder,
    Bracket,
    Charge,
    Claim,
    Credit,
    DuplicateKey,
    MissingRate,
    Order,
    Payment,
    RatePeriod,
    RefundTooLarge,
    Scale,
    UnknownTarget,
)

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
RATES = {
    "late": [
        RatePeriod(date(2024, 7, 1), date(2024, 12, 31), D("12.5"), "Act 1", code="l"),
        RatePeriod(date(2025, 1, 1), date(2025, 6, 30), D("11.5"), "Act 2", code="l"),
        RatePeriod(date(2025, 7, 1), date(2025, 12, 31), D("10.5"), "Act 3", code="l"),
        RatePeriod(
            date(2026, 1, 1), date(2026, 6, 30), D("10.5"), "Act 4", False, code="l"
        ),
    ]
}
CAP = Scale((Bracket(D(0), D(20)), Bracket(D(500), D(65), D(5))))
PLAIN = Order()


def claim(key, principal, due, **kwargs):
    kwargs.setdefault("rate", "late")
    return Claim(key, D(principal), due, **kwargs)


def pay(day, amount, key="p", **kwargs):
    return Payment(key, day, D(amount), **kwargs)


def cost(key, amount, day, of=None, **kwargs):
    return Charge(key, "cost", D(amount), day, claim=of, **kwargs)


def indemnity(key, amount, day, of, **kwargs):
    return Charge(key, "indemnity", D(amount), day, claim=of, **kwargs)


def settle(claims, at, charges=(), costs=(), payments=(), order=PLAIN, **kwargs):
    kwargs.setdefault("rates", RATES)
    rates = kwargs.pop("rates")
    return statement(claims, charges, costs, payments, rates, order, at, **kwargs)


class TestToolsStatement(BaseCase):
    """Worked cases of the law reference, seen through the statement."""

    def assertFigures(self, found, **expected):
        figures = {name: getattr(found, name) for name in expected}
        self.assertEqual(
            figures,
            {k: D(v) if isinstance(v, str) else v for k, v in expected.items()},
        )

    def assertKinds(self, line, *expected):
        found = [(row.kind, row.amount) for row in line.allocations]
        self.assertEqual(found, [(kind, D(amount)) for kind, amount in expected])

    def test_case_1_1(self):
        found = settle(
            [claim(1, "1210.00", date(2025, 1, 31))],
            date(2025, 3, 31),
            [indemnity("f", "40.00", date(2025, 2, 1), 1)],
        )
        self.assertFigures(
            found, interest_left="22.49", indemnity_left="40", balance="1272.49"
        )

    def test_case_1_2(self):
        found = settle([claim(1, "10000", date(2024, 11, 30))], date(2025, 8, 15))
        self.assertFigures(found, interest_left="808.77", balance="10808.77")
        shown = [(line.shown, line.ground) for line in found.claims[0].interest_lines]
        self.assertEqual(
            shown,
            [(D("106.16"), "Act 1"), (D("570.27"), "Act 2"), (D("132.34"), "Act 3")],
        )
        self.assertTrue(found.verified)

    def test_case_1_7(self):
        found = settle(
            [claim(1, "5000.00", date(2025, 1, 15), residual=D(3000))],
            date(2025, 9, 30),
            costs=[cost("f", "40.00", date(2025, 1, 16), 1)],
            payments=[pay(date(2025, 4, 15), "2000.00", claim=1)],
        )
        self.assertKinds(
            found.payments[0],
            ("cost", "40.00"),
            ("interest", "141.78"),
            ("principal", "1818.22"),
        )
        shown = [line.shown for line in found.claims[0].interest_lines]
        self.assertEqual(shown, [D("141.78"), D("76.19"), D("84.21")])
        self.assertFigures(
            found, principal_left="3181.78", interest_left="160.40", balance="3342.18"
        )
        (bridge,) = found.bridge.lines
        self.assertFigures(
            bridge, accessories="181.78", difference="181.78", unexplained="0"
        )

    def test_case_1_9(self):
        """Three claims: three fixed sums, and the user may lower one."""
        due = date(2025, 1, 31)
        claims = [claim(n, "100.00", due) for n in range(3)]
        charges = [indemnity(f"f{n}", "40", due + timedelta(1), n) for n in range(3)]
        found = settle(claims, date(2025, 2, 1), charges)
        self.assertFigures(found, indemnity_left="120.00")

    def test_case_1_10(self):
        with self.assertRaises(MissingRate) as caught:
            settle([claim(1, "100", date(2026, 5, 31))], date(2026, 8, 1))
        self.assertEqual(caught.exception.day, date(2026, 7, 1))
        self.assertEqual(caught.exception.code, "l")

    def _wait(self, at, payments=(), small=True):
        """Letter of 3 March 2025, wait to the 17th: claimable from the 18th."""
        open_day = date(2025, 3, 18)
        return settle(
            [
                claim(
                    1,
                    "1000.00",
                    date(2025, 2, 15),
                    interest_from=date(2025, 3, 4) if small else open_day,
                    claimable_from=open_day,
                )
            ],
            at,
            [indemnity("lump", "9999", open_day, 1, needs_open=True, cap=CAP)],
            payments=payments,
        )

    def test_case_2_14(self):
        found = self._wait(date(2025, 4, 30))
        self.assertFigures(
            found, interest_left="18.27", indemnity_left="90", balance="1108.27"
        )

    def test_case_2_15(self):
        found = self._wait(date(2025, 4, 30), small=False)
        self.assertFigures(found, interest_left="13.86", balance="1103.86")

    def test_case_2_16(self):
        found = self._wait(date(2025, 4, 30), [pay(date(2025, 3, 17), "1000.00")])
        self.assertFigures(found, balance="0", overpayment="0", not_yet=())
        self.assertEqual(found.charges[0].amount, 0)

    def test_not_yet_claimable_is_apart(self):
        """Inside the wait only the principal is due; the rest is announced."""
        found = self._wait(date(2025, 3, 13))
        self.assertFigures(found, balance="1000.00")
        waiting = {row.kind: (row.amount, row.claimable_from) for row in found.not_yet}
        start = date(2025, 3, 18)
        self.assertEqual(
            waiting, {"interest": (D("3.15"), start), "indemnity": (D(90), start)}
        )

    def test_case_11_1(self):
        """Costs, interest, principal, in that order."""
        rates = {"late": [RatePeriod(date(2025, 1, 1), None, D("15.5125"))]}
        found = settle(
            [claim(1, "1000.00", date(2025, 1, 1))],
            date(2025, 4, 11),
            costs=[cost("c", "150.00", date(2025, 2, 1), 1)],
            payments=[pay(date(2025, 4, 11), "300.00")],
            rates=rates,
        )
        self.assertKinds(
            found.payments[0],
            ("cost", "150.00"),
            ("interest", "42.50"),
            ("principal", "107.50"),
        )
        self.assertFigures(found, principal_left="892.50", balance="892.50")

    def _case_11_2(self, paid, at):
        rates = {"late": [RatePeriod(date(2025, 1, 1), None, D("10.0373"))]}
        found = settle(
            [claim(1, "2420.00", date(2025, 1, 1))],
            at,
            costs=[cost("c", "40.00", date(2025, 1, 2), 1)],
            payments=[pay(date(2025, 4, 24), paid)],
            rates=rates,
        )
        return found

    def test_case_11_2(self):
        """Interest half paid: the rest stays, and the base is untouched."""
        found = self._case_11_2("100.00", date(2025, 4, 24))
        self.assertFigures(found, interest_left="15.20", principal_left="2420")
        later = self._case_11_2("100.00", date(2025, 5, 24))
        (first, second) = later.claims[0].interest_lines
        self.assertEqual((first.shown, second.base), (D("75.20"), D(2420)))
        self.assertFigures(later, interest_left="35.16")

    def test_case_11_3(self):
        found = self._case_11_2("3000.00", date(2025, 12, 31))
        self.assertFigures(found, balance="0", overpayment="464.80")
        self.assertEqual(found.payments[0].surplus, D("464.80"))

    def test_case_11_4(self):
        """Paid in the wait: all to principal, and the lump sum on what is left."""
        found = self._wait(date(2025, 3, 18), [pay(date(2025, 3, 13), "400.00")])
        self.assertFigures(found, principal_left="600.00", indemnity_left="70.00")
        # 600.00 from 4 to 18 March: what was paid in the wait bears no interest
        self.assertFigures(found, interest_left="2.84")

    # === PAYMENTS === #

    def test_payment_day_counts(self):
        one = claim(1, "1000.00", date(2025, 1, 31))
        paid = [pay(date(2025, 2, 1), "1000.00")]
        found = settle([one], date(2025, 12, 31), payments=paid)
        # one day of interest was paid first; 0.32 of principal then ran on
        self.assertFigures(found, principal_left="0.32", interest_left="0.03")
        on_due = [pay(date(2025, 1, 31), "1000.00")]
        found = settle([one], date(2025, 12, 31), payments=on_due)
        self.assertFigures(found, balance="0", overpayment="0")

    def test_payment_waits_for_the_due_date(self):
        """Money on account settles what falls due later, without any interest."""
        found = settle(
            [claim(1, "100.00", date(2025, 3, 31))],
            date(2025, 12, 31),
            payments=[pay(date(2025, 1, 1), "130.00")],
        )
        self.assertFigures(found, balance="0", overpayment="30.00")
        self.assertEqual(found.payments[0].allocations[0].day, date(2025, 3, 31))

    def test_aimed_payment_before_due(self):
        one = claim(1, "100.00", date(2025, 3, 31), residual=D(40))
        found = settle(
            [one], date(2025, 3, 1), payments=[pay(date(2025, 1, 1), "60", claim=1)]
        )
        self.assertFigures(found, balance="0", overpayment="0")
        self.assertEqual(found.not_yet[0].amount, D(40))
        self.assertEqual(found.bridge.total.unexplained, 0)

    def test_future_is_left_out(self):
        found = settle(
            [claim(1, "100.00", date(2025, 3, 31), invoice_date=date(2025, 3, 1))],
            date(2025, 2, 1),
            costs=[cost("c", "5", date(2025, 2, 2), 1)],
            payments=[pay(date(2025, 2, 2), "10")],
            credits=[Credit("k", date(2025, 2, 2), D(10), 1)],
        )
        self.assertFigures(found, balance="0", paid="0", payments=(), credits=())
        self.assertEqual([row.kind for row in found.not_yet], ["cost"])

    def test_aimed_payment_and_spill(self):
        claims = [
            claim("old", "100.00", date(2025, 1, 31), rate=""),
            claim("new", "100.00", date(2025, 2, 28), rate=""),
        ]
        money = [pay(date(2025, 3, 31), "130.00", claim="new")]
        found = settle(claims, date(2025, 3, 31), payments=money)
        left = [line.principal_left for line in found.claims]
        self.assertEqual(left, [D(70), D(0)])
        self.assertFigures(found.bridge.lines[0], received="30", difference="-30")
        self.assertFigures(found.bridge.lines[1], elsewhere="30", difference="30")
        stays = Order(spill=False)
        found = settle(claims, date(2025, 3, 31), payments=money, order=stays)
        self.assertFigures(found, overpayment="30.00", principal_left="100.00")

    def test_payment_of_a_charge(self):
        """Aimed at a charge it pays that one; aimed too early it pays the rest."""
        claims = [claim(1, "100.00", date(2025, 1, 31), rate="")]
        charges = [indemnity("f", "40.00", date(2025, 3, 1), 1)]
        money = [pay(date(2025, 3, 1), "50.00", charge="f")]
        found = settle(claims, date(2025, 3, 1), charges, payments=money)
        self.assertKinds(
            found.payments[0], ("indemnity", "40.00"), ("principal", "10.00")
        )
        early = [pay(date(2025, 2, 1), "50.00", charge="f")]
        found = settle(claims, date(2025, 3, 1), charges, payments=early)
        self.assertKinds(found.payments[0], ("principal", "50.00"))

    def test_costs_of_the_case(self):
        """Costs of the whole case: first by law, last when aimed or principal-first."""
        claims = [claim(1, "100.00", date(2025, 1, 31), rate="")]
        costs = [cost("summons", "60.00", date(2025, 2, 1))]
        day = date(2025, 3, 1)
        for extra, order, left in [
            ({}, PLAIN, ("60.00", "0")),
            ({"claim": 1}, PLAIN, ("0", "60.00")),
            ({}, PRINCIPAL_FIRST, ("0", "60.00")),
            ({"order": PRINCIPAL_FIRST}, PLAIN, ("0", "60.00")),
        ]:
            money = [pay(day, "100.00", **extra)]
            found = settle(claims, day, costs=costs, payments=money, order=order)
            self.assertFigures(found, principal_left=left[0], cost_left=left[1])

    def test_order_given_as_kinds(self):
        claims = [claim(1, "100.00", date(2025, 1, 31))]
        found = settle(
            claims,
            date(2025, 7, 1),
            payments=[pay(date(2025, 7, 1), "100.00")],
            order=("principal", "interest", "indemnity", "cost"),
        )
        self.assertFigures(found, principal_left="0", interest_left="4.75")

    def test_equal_age_shares_in_proportion(self):
        due = date(2025, 1, 31)
        claims = [claim("a", "100", due, rate=""), claim("b", "300", due, rate="")]
        for order in (claims, claims[::-1]):
            found = settle(
                order, date(2025, 3, 1), payments=[pay(date(2025, 3, 1), "100")]
            )
            left = {line.claim.key: line.principal_left for line in found.claims}
            self.assertEqual(left, {"a": D(75), "b": D(225)})

    # === CREDIT NOTES, DISPUTES === #

    def test_credit_lowers_principal_only(self):
        found = settle(
            [claim(1, "5000.00", date(2025, 1, 31), residual=D(4500))],
            date(2025, 3, 31),
            credits=[Credit("k", date(2025, 2, 28), D(500), 1)],
        )
        lines = [(x.days, x.base) for x in found.claims[0].interest_lines]
        self.assertEqual(lines, [(28, D(5000)), (31, D(4500))])
        self.assertFigures(
            found, principal_left="4500", interest_left="88.06", paid="0"
        )
        self.assertEqual(found.bridge.total.difference, 0)

    def test_credit_of_what_was_paid(self):
        found = settle(
            [claim(1, "100.00", date(2025, 1, 31), rate="")],
            date(2025, 3, 31),
            payments=[pay(date(2025, 2, 10), "100.00")],
            credits=[Credit("k", date(2025, 2, 28), D(30), 1)],
        )
        self.assertFigures(found, balance="0", overpayment="30.00")
        self.assertEqual(found.bridge.total.unexplained, 0)

    def test_credit_larger_than_claim(self):
        with self.assertRaises(RefundTooLarge) as caught:
            settle(
                [claim(1, "100.00", date(2025, 1, 31))],
                date(2025, 3, 31),
                credits=[
                    Credit("k", date(2025, 2, 1), D(60), 1),
                    Credit("l", date(2025, 2, 2), D("40.01"), 1),
                ],
            )
        self.assertEqual(caught.exception.amount, D("100.01"))

    def test_contested_part_is_apart(self):
        one = claim(1, "5000.00", date(2025, 1, 31), contested=D(500))
        found = settle([one], date(2025, 3, 31))
        self.assertFigures(
            found,
            balance="5092.95",
            contested="500",
            contested_interest="9.29",
            due="4583.66",
        )
        paid = [pay(date(2025, 3, 31), "4900.00")]
        found = settle([one], date(2025, 3, 31), payments=paid)
        self.assertFigures(
            found, balance="192.95", contested="192.95", contested_interest="0", due="0"
        )

    def test_contested_part_is_paid_last(self):
        claims = [
            claim("old", "100", date(2025, 1, 1), rate="", contested=D(40)),
            claim("new", "100", date(2025, 2, 1), rate=""),
        ]
        found = settle(
            claims, date(2025, 3, 1), payments=[pay(date(2025, 3, 1), "150.00")]
        )
        left = [line.principal_left for line in found.claims]
        self.assertEqual(left, [D(40), D(10)])
        aimed = [pay(date(2025, 3, 1), "150.00", claim="old")]
        found = settle(claims, date(2025, 3, 1), payments=aimed)
        left = [line.principal_left for line in found.claims]
        self.assertEqual(left, [D(0), D(50)])

    def test_contested_claim_paid_on_its_due_date(self):
        due = date(2025, 1, 31)
        one = claim(1, "100.00", due, contested=D(40))
        found = settle([one], due, payments=[pay(due, "100.00")])
        self.assertFigures(found, balance="0", overpayment="0")

    def test_credit_of_the_same_day(self):
        """A credit note dated the day of the statement counts."""
        day = date(2025, 3, 1)
        found = settle(
            [claim(1, "100.00", date(2025, 1, 31), rate="")],
            day,
            payments=[pay(day, "70.00")],
            credits=[Credit("k", day, D(40), 1)],
        )
        self.assertFigures(found, balance="0", overpayment="10.00")
        self.assertEqual(len(found.credits), 1)

    def test_charge_of_a_claim_not_due(self):
        """What exists may be paid, even when its claim is not due."""
        one = claim(1, "100.00", date(2025, 3, 31), rate="")
        found = settle(
            [one],
            date(2025, 2, 1),
            costs=[cost("c", "5.00", date(2025, 1, 1), 1)],
            payments=[pay(date(2025, 2, 1), "7.00")],
        )
        self.assertFigures(found, balance="0", overpayment="2.00")

    def test_money_on_account_without_spill(self):
        """Not to spill concerns aimed payments only."""
        one = claim(1, "100.00", date(2025, 3, 31), rate="")
        early = [pay(date(2025, 1, 1), "7.00")]
        found = settle(
            [one], date(2025, 4, 1), payments=early, order=Order(spill=False)
        )
        self.assertFigures(found, balance="93.00")

    def test_aimed_surplus_without_spill_stays(self):
        """It waits for nobody: what falls due later is not settled with it."""
        claims = [
            claim(1, "5.00", date(2025, 1, 31), rate=""),
            claim(2, "5.00", date(2025, 3, 31), rate=""),
        ]
        money = [pay(date(2025, 2, 1), "9.00", claim=1)]
        for spill, left in [(False, "5.00"), (True, "1.00")]:
            order = Order(spill=spill)
            found = settle(claims, date(2025, 4, 1), payments=money, order=order)
            self.assertFigures(found, balance=left)

    def test_interest_claimable_on_its_first_day(self):
        """A first day equal to the claimable day is no wait at all."""
        first = date(2025, 2, 1)
        one = claim(
            1, "1000", date(2025, 1, 31), interest_from=first, claimable_from=first
        )
        money = [pay(date(2025, 2, 1), "1000.00")]
        found = settle([one], date(2025, 2, 1), payments=money)
        self.assertFigures(found, balance="0.32")

    # === UNVERIFIED, MISSING, BAD === #

    def test_unverified_rates(self):
        one = claim(1, "1000.00", date(2025, 6, 30))
        used = settle([one], date(2026, 3, 31))
        self.assertFigures(
            used, interest_left="78.82", verified=False, interest_reserved_from=None
        )
        kept = settle([one], date(2026, 3, 31), verified_only=True)
        self.assertFigures(
            kept,
            interest_left="52.93",
            verified=True,
            interest_reserved_from=date(2026, 1, 1),
        )

    def test_a_document_stops_where_the_rates_end(self):
        """Time went on and nobody entered the next rate: no error, no guess."""
        ended = {"late": RATES["late"][:3]}  # verified to the end of 2025
        one = claim(1, "1000.00", date(2025, 6, 30))
        for day in (date(2026, 1, 1), date(2027, 2, 1), date(2100, 1, 1)):
            with self.assertRaisesRegex(MissingRate, "2026-01-01"):
                settle([one], day, rates=ended)
            found = settle([one], day, rates=ended, verified_only=True)
            self.assertFigures(
                found,
                interest_left="52.93",
                due="1052.93",
                verified=True,
                interest_reserved_from=date(2026, 1, 1),
            )
        young = claim(2, "1000.00", date(2026, 12, 31))
        for rates in (ended, {"late": []}):  # none of its days has a rate
            found = settle([young], date(2027, 2, 1), rates=rates, verified_only=True)
            self.assertFigures(
                found, due="1000.00", interest_reserved_from=date(2027, 1, 1)
            )

    def test_a_document_never_jumps_a_hole(self):
        """Before the first rate and between two: an error that names the day."""
        old = claim(1, "1000.00", date(1900, 1, 31))
        with self.assertRaisesRegex(MissingRate, "1900-02-01"):
            settle([old], date(2025, 1, 31), verified_only=True)
        holed = {"late": [RATES["late"][0], RATES["late"][2]]}
        one = claim(1, "1000.00", date(2024, 12, 1))
        with self.assertRaisesRegex(MissingRate, "2025-01-01"):
            settle([one], date(2025, 8, 1), rates=holed, verified_only=True)

    def test_reserve_only_where_something_runs(self):
        """A claim paid before the unverified period reserves nothing."""
        one = claim(1, "1000.00", date(2025, 6, 30))
        paid = [pay(date(2025, 6, 30), "1000.00")]
        found = settle([one], date(2026, 3, 31), payments=paid, verified_only=True)
        self.assertFigures(found, interest_reserved_from=None, balance="0")
        late = claim(2, "1000.00", date(2026, 2, 28))
        found = settle([late], date(2026, 3, 31), verified_only=True)
        self.assertFigures(found, interest_reserved_from=date(2026, 3, 1))
        self.assertEqual(found.claims[0].interest_lines, ())

    def test_unverified_charge(self):
        one = claim(1, "1000.00", date(2025, 6, 30), rate="")
        late = cost("c", "5", date(2025, 7, 1), verified=False)
        self.assertFalse(settle([one], date(2025, 7, 1), costs=[late]).verified)
        self.assertTrue(settle([one], date(2025, 6, 30), costs=[late]).verified)

    def test_no_day_yet(self):
        """A charge without a day is announced and never asked for."""
        one = claim(1, "1000.00", date(2025, 6, 30), rate="")
        found = settle([one], date(2026, 1, 1), costs=[cost("c", "5", None, 1)])
        self.assertFigures(found, balance="1000.00")
        self.assertIsNone(found.not_yet[0].claimable_from)

    def test_rate_needed_only_with_a_rate_key(self):
        day = date(2030, 1, 1)
        free = claim(1, "100.00", date(2025, 1, 1), rate="")
        self.assertFigures(settle([free], day, rates=None), balance="100.00")
        with self.assertRaises(MissingRate) as caught:
            settle([claim(1, "1", day, rate="other")], day)
        self.assertEqual(caught.exception.code, "other")
        with self.assertRaises(MissingRate) as caught:
            settle([claim(1, "1", date(1900, 1, 1))], day)
        self.assertEqual(caught.exception.day, date(1900, 1, 2))
        with self.assertRaises(MissingRate):
            settle([claim(1, "1", date(2100, 1, 1))], date(2100, 1, 2))

    def test_zero_principal(self):
        found = settle([claim(1, "0.00", date(1990, 1, 1))], date(2025, 1, 1))
        self.assertFigures(found, balance="0", interest_left="0")

    def test_empty_statement(self):
        self.assertFigures(settle([], date(2025, 1, 1)), balance="0", verified=True)

    def test_bad_input(self):
        due, at = date(2025, 1, 31), date(2025, 3, 1)
        one = [claim(1, "100.00", due)]
        for error, bad in [
            (BadAmount, lambda: claim(1, "-100.00", due)),
            (BadAmount, lambda: Claim(1, 100.0, due)),
            (BadAmount, lambda: pay(due, "-1")),
            (BadAmount, lambda: settle([claim(1, "0.001", due)], at)),
            (BadAmount, lambda: settle(one, at, payments=[pay(due, "0.001")])),
            (BadDate, lambda: claim(1, "1", due, invoice_date=date(2025, 2, 1))),
            (BadDate, lambda: claim(1, "1", due, interest_from=due)),
            (BadOrder, lambda: Charge(1, "principal", D(1), due)),
            (BadOrder, lambda: settle(one, at, order=("cost", "principal"))),
            (UnknownTarget, lambda: cost("c", "1", due, None, needs_open=True)),
            (UnknownTarget, lambda: settle(one, at, payments=[pay(due, "1", claim=2)])),
            (
                UnknownTarget,
                lambda: settle(one, at, payments=[pay(due, "1", charge=2)]),
            ),
            (UnknownTarget, lambda: settle(one, at, costs=[cost("c", "1", due, 2)])),
            (DuplicateKey, lambda: settle(one * 2, at)),
        ]:
            with self.assertRaises(error):
                bad()
        with self.assertRaises(DuplicateKey) as caught:
            settle([claim(2, "1", due), *one, *one], at)
        self.assertEqual(caught.exception.key, 1)

    def test_coarse_currency(self):
        found = settle(
            [claim(1, "1000", date(2025, 1, 31))], date(2025, 3, 31), rounding=D(1)
        )
        self.assertFigures(found, interest_left="19", balance="1019")


START = date(2024, 7, 1)
days = st.integers(0, 700).map(lambda n: START + timedelta(days=n))
sums = st.decimals("0", "9999", places=2)


@st.composite
def histories(draw):
    """A random case: claims, charges, costs, payments and credit notes."""
    count = draw(st.integers(1, 4))
    claims = [
        Claim(
            n,
            draw(sums),
            draw(days),
            rate=draw(st.sampled_from(["late", ""])),
            contested=draw(st.sampled_from([D(0), D(10), D("99999")])),
            claimable_from=draw(st.none() | days),
        )
        for n in range(count)
    ]
    home = st.integers(0, count - 1)
    extras = [
        Charge(
            f"x{n}",
            draw(st.sampled_from(KINDS[:3])),
            draw(sums),
            draw(st.none() | days),
            claim=draw(home),
            needs_open=draw(st.booleans()),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    costs = [
        cost(f"c{n}", draw(sums), draw(days)) for n in range(draw(st.integers(0, 2)))
    ]
    payments = [
        Payment(n, draw(days), draw(sums), draw(st.none() | home))
        for n in range(draw(st.integers(0, 5)))
    ]
    credits = [
        Credit(
            "k", draw(days), draw(st.just(row.principal / 2)).quantize(D(1)), row.key
        )
        for row in claims[: draw(st.integers(0, 1))]
        if row.principal > 2
    ]
    return claims, extras, costs, payments, credits


orders = st.builds(
    Order,
    kinds=st.permutations(KINDS).map(tuple),
    by=st.sampled_from(["claim", "kind"]),
    between=st.sampled_from(["oldest", "pro_rata", "given"]),
    spill=st.booleans(),
)
AT = date(2026, 6, 30)


def replay(history, order=PLAIN, at=AT, **kwargs):
    claims, extras, costs, payments, credits = history
    return statement(
        claims, extras, costs, payments, RATES, order, at, credits=credits, **kwargs
    )


class TestToolsStatementProperties(BaseCase):
    """Laws that hold for every history."""

    @PURE
    @given(histories(), orders, days)
    def test_conservation(self, history, order, at):
        """Paid = imputed + over-payment, and the balance is what is left of all."""
        found = replay(history, order, at)
        imputed = sum(
            (row.amount for line in found.payments for row in line.allocations), D(0)
        )
        surplus = sum((line.surplus for line in found.payments), D(0))
        self.assertEqual(found.paid, imputed + surplus)
        parts = [getattr(found, f"{kind}_left") for kind in KINDS]
        self.assertEqual(found.balance, sum(parts))
        self.assertTrue(all(part >= 0 for part in parts))
        self.assertEqual(
            found.due, found.balance - found.contested - found.contested_interest
        )
        self.assertGreaterEqual(found.due, 0)

    @PURE
    @given(histories(), orders, days)
    def test_owed_equals_paid_plus_left(self, history, order, at):
        """Per claim: principal = credited + paid + left + excess, interest likewise."""
        found = replay(history, order, at)
        for line in found.claims:
            if line.claim.due_date <= at:
                out = line.credited + line.principal_paid + line.principal_left
                excess = out - line.principal
                self.assertTrue(0 <= excess <= found.overpayment)
            shown = sum((row.shown for row in line.interest_lines), D(0))
            self.assertEqual(shown, line.interest)
            self.assertGreaterEqual(line.interest, line.interest_paid)
        for row in found.charges + found.costs:
            self.assertEqual(row.amount, row.paid + row.left)
            self.assertGreaterEqual(row.left, 0)

    @PURE
    @given(histories(), orders, days)
    def test_bridge_explains_everything(self, history, order, at):
        found = replay(history, order, at)
        for line in (*found.bridge.lines, found.bridge.total):
            self.assertEqual(line.unexplained, 0)

    @PURE
    @given(histories(), days)
    def test_idle_payment_changes_nothing(self, history, day):
        """A payment of nothing, on any day, cuts no period and moves no cent."""
        claims, extras, costs, payments, credits = history
        more = (claims, extras, costs, [*payments, pay(day, "0.00", "zero")], credits)
        there, back = replay(history), replay(more)
        self.assertEqual(there.claims, back.claims)
        self.assertEqual(there.balance, back.balance)

    @PURE
    @given(histories(), st.randoms())
    def test_order_of_lists_is_free(self, history, random):
        """Age, proportion and date decide; places in the lists do not.

        Two payments of one day keep the order in which they are given.
        """
        claims, extras, costs, payments, credits = history
        payments = list({row.day: row for row in payments}.values())
        mixed = [random.sample(rows, len(rows)) for rows in (claims, extras, costs)]
        there = replay((claims, extras, costs, payments, credits))
        back = replay((*mixed, random.sample(payments, len(payments)), credits))
        self.assertEqual(there.balance, back.balance)
        self.assertEqual(there.overpayment, back.overpayment)
        by_key = {line.claim.key: line.balance for line in back.claims}
        self.assertEqual(by_key, {x.claim.key: x.balance for x in there.claims})

    @PURE
    @given(histories(), sums, days)
    def test_paying_more_never_owes_more(self, history, amount, day):
        """One more payment at the end of the history never raises the balance."""
        claims, extras, costs, payments, credits = history
        more = [*payments, pay(max([day, *(p.day for p in payments)]), amount, "more")]
        there, back = replay(history), replay((claims, extras, costs, more, credits))
        self.assertLessEqual(back.balance, there.balance)

    @PURE
    @given(sums, days, days)
    def test_statement_agrees_with_accrue_and_light_path(self, principal, due, at):
        one = Claim(1, principal, due, rate="late")
        found = settle([one], at)
        lines = accrue([(due, principal)], RATES["late"], until=at)
        self.assertEqual(list(found.claims[0].interest_lines), lines)
        start = due + timedelta(days=1)
        ((interest, total),) = simple_balances(
            [(principal, start, "late", D(40))], {"late": RateTable(RATES["late"])}, at
        )
        self.assertEqual(interest, total_interest(lines))
        self.assertEqual(total, principal + interest + 40)

    @PURE
    @given(histories(), days, days)
    def test_interest_grows_with_time(self, history, one, two):
        """Without payments or credits a later day never shows less interest."""
        claims, extras, costs, _payments, _credits = history
        before, after = sorted([one, two])
        there = replay((claims, extras, costs, [], []), at=before)
        back = replay((claims, extras, costs, [], []), at=after)
        self.assertLessEqual(there.interest_left, back.interest_left)
        self.assertLessEqual(there.balance, back.balance)

    def test_light_path_refuses_too(self):
        day = date(2025, 1, 1)
        rows = [(D(100), day, "none", D(0))]
        with self.assertRaises(MissingRate):
            simple_balances(rows, {}, day)
        free = simple_balances([(D(100), day, "", D(5))], {}, date(2026, 1, 1))
        self.assertEqual(free, [(D(0), D(105))])
