from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.imputation import impute, pro_rata
from ..tools.values import (
    KINDS,
    PRINCIPAL_FIRST,
    BadAmount,
    BadOrder,
    Debt,
    DuplicateKey,
    Order,
    Payment,
    UnknownTarget,
)

PURE = settings(deadline=None, database=None, derandomize=True)
D = Decimal
DAY = date(2025, 3, 3)


def owed(cost, interest, principal, claim="a", day=DAY, indemnity="0"):
    amounts = zip(KINDS, (cost, interest, indemnity, principal), strict=True)
    return [Debt((claim, k), k, D(amount), day, claim) for k, amount in amounts]


def pay(amount, day=DAY, **kwargs):
    return Payment("p", day, D(amount), **kwargs)


amounts = st.decimals("0", "5000", places=2)
debts = st.lists(
    st.tuples(st.sampled_from(KINDS), amounts, st.integers(0, 3), st.integers(0, 3)),
    max_size=8,
).map(
    lambda rows: [
        Debt(n, kind, amount, DAY + timedelta(days=late), claim or None)
        for n, (kind, amount, late, claim) in enumerate(rows)
    ]
)
payments = st.lists(st.tuples(amounts, st.integers(0, 5)), max_size=5).map(
    lambda rows: [
        Payment(n, DAY + timedelta(days=late), amount)
        for n, (amount, late) in enumerate(rows)
    ]
)
orders = st.builds(
    Order,
    kinds=st.permutations(KINDS).map(tuple),
    by=st.sampled_from(["claim", "kind"]),
    between=st.sampled_from(["oldest", "pro_rata", "given"]),
    spill=st.booleans(),
)


class TestToolsImputation(BaseCase):
    """Worked cases of section 11 of the law reference, and their laws."""

    def assertLeft(self, result, *expected):
        left = {debt.key: debt.amount for debt in result.left if debt.amount}
        self.assertEqual(left, {key: D(amount) for key, amount in expected})

    def test_case_11_1(self):
        result = impute([pay("300.00")], owed("150.00", "42.50", "1000.00"))
        self.assertEqual(
            [(row.kind, row.amount) for row in result.allocations],
            [("cost", D(150)), ("interest", D("42.50")), ("principal", D("107.50"))],
        )
        self.assertLeft(result, (("a", "principal"), "892.50"))

    def test_case_11_2(self):
        result = impute([pay("100.00")], owed("40.00", "75.20", "2420.00"))
        self.assertLeft(
            result, (("a", "interest"), "15.20"), (("a", "principal"), "2420.00")
        )

    def test_case_11_3(self):
        result = impute([pay("3000.00")], owed("40.00", "75.20", "2420.00"))
        self.assertLeft(result)
        self.assertEqual(result.overpayment, D("464.80"))

    def test_case_11_4(self):
        """On day 10 of the wait the lump sum does not exist: principal only."""
        lump = Debt("lump", "indemnity", D("90.00"), DAY + timedelta(days=15), "a")
        principal = Debt("invoice", "principal", D("1000.00"), DAY, "a")
        result = impute([pay("400.00", DAY + timedelta(days=10))], [lump, principal])
        self.assertLeft(result, ("lump", "90.00"), ("invoice", "600.00"))

    def test_principal_first(self):
        result = impute(
            [pay("300.00", order=PRINCIPAL_FIRST)], owed("150.00", "42.50", "1000.00")
        )
        self.assertEqual(result.allocations[0].kind, "principal")
        same = impute([pay("300.00")], owed("150", "42.50", "1000"), PRINCIPAL_FIRST)
        kinds = ("principal", "interest", "indemnity", "cost")
        plain = impute([pay("300.00")], owed("150", "42.50", "1000"), kinds)
        self.assertEqual(same, plain)

    def test_aimed_payment(self):
        """It pays the claim the debtor named, then the oldest of the others."""
        old = owed("0", "5", "100", "old", DAY - timedelta(days=9))
        new = owed("0", "5", "100", "new")
        result = impute([pay("130", claim="new")], old + new)
        self.assertLeft(result, (("old", "principal"), "80"))
        result = impute([pay("130", claim="new")], old + new, Order(spill=False))
        self.assertEqual(result.overpayment, D(25))
        with self.assertRaises(UnknownTarget):
            impute([pay("1", claim="none")], old)

    def test_aimed_payment_before_due(self):
        later = owed("10", "0", "100", "later", DAY + timedelta(days=9))
        result = impute([pay("60", claim="later")], later)
        self.assertLeft(
            result, (("later", "cost"), "10"), (("later", "principal"), "40")
        )
        self.assertEqual(impute([pay("60")], later).overpayment, D(60))

    def test_costs_of_the_case(self):
        """Costs of no claim come before all claims, or after with principal first."""
        cost = Debt("case", "cost", D(50), DAY)
        rest = owed("0", "5", "100")
        self.assertLeft(impute([pay("55")], [*rest, cost]), (("a", "principal"), "100"))
        late = impute([pay("105")], [*rest, cost], PRINCIPAL_FIRST)
        self.assertLeft(late, ("case", "50"))

    def test_by_kind_and_pro_rata(self):
        old = owed("0", "10", "100", "old", DAY - timedelta(days=9))
        new = owed("0", "10", "300", "new")
        by_kind = impute([pay("20")], old + new, Order(by="kind"))
        self.assertEqual({row.kind for row in by_kind.allocations}, {"interest"})
        shared = impute([pay("42")], old + new, Order(between="pro_rata"))
        self.assertEqual(
            [(row.claim, row.kind, row.amount) for row in shared.allocations],
            [
                ("old", "interest", D(10)),
                ("old", "principal", D(1)),
                ("new", "interest", D(10)),
                ("new", "principal", D(21)),
            ],
        )
        given_order = impute([pay("310")], new + old, Order(between="given"))
        self.assertEqual(given_order.left[1].amount, D(0))
        self.assertEqual(given_order.left[-1].amount, D(100))

    def test_bad_input(self):
        with self.assertRaises(BadAmount):
            pay("-1")
        with self.assertRaises(BadOrder):
            Order(kinds=("principal",))
        with self.assertRaises(BadOrder):
            Order(by="age")
        with self.assertRaises(BadOrder):
            Debt(1, "fine", D(1), DAY)
        with self.assertRaises(DuplicateKey):
            impute([], owed("1", "1", "1") * 2)

    # === PROPERTIES === #

    @PURE
    @given(amounts, st.lists(amounts, min_size=1, max_size=8))
    def test_pro_rata_loses_nothing(self, amount, weights):
        amount = min(amount, sum(weights))
        shares = pro_rata(amount, weights)
        self.assertEqual(sum(shares), amount)
        for part, weight in zip(shares, weights, strict=True):
            self.assertTrue(0 <= part <= weight)
            ideal = amount * weight / sum(weights) if sum(weights) else 0
            self.assertLess(abs(part - ideal), D("0.01"))

    @PURE
    @given(payments, debts, orders)
    def test_conservation(self, money, rows, order):
        """Paid = imputed + over-payment; no debt goes below zero."""
        result = impute(money, rows, order)
        imputed = sum(row.amount for row in result.allocations)
        self.assertEqual(sum(p.amount for p in money), imputed + result.overpayment)
        owed_before, left = (
            sum(d.amount for d in rows),
            sum(d.amount for d in result.left),
        )
        self.assertEqual(owed_before - imputed, left)
        self.assertTrue(all(debt.amount >= 0 for debt in result.left))
        self.assertTrue(all(row.amount > 0 for row in result.allocations))

    @PURE
    @given(amounts, amounts, debts, orders)
    def test_paying_more_leaves_no_debt_larger(self, one, two, rows, order):
        less, more = sorted([one, two])
        late = DAY + timedelta(days=9)
        small = impute([Payment(1, late, less)], rows, order)
        large = impute([Payment(1, late, more)], rows, order)
        self.assertGreaterEqual(
            sum(debt.amount for debt in small.left),
            sum(debt.amount for debt in large.left),
        )

    @PURE
    @given(amounts, debts, st.randoms())
    def test_order_of_debts_is_free(self, amount, rows, random):
        """Age and proportion decide, never the place in the list."""
        late = DAY + timedelta(days=9)
        mixed = random.sample(rows, len(rows))
        for by in ("claim", "kind"):
            there = impute([Payment(1, late, amount)], rows, Order(by=by))
            back = impute([Payment(1, late, amount)], mixed, Order(by=by))
            self.assertEqual(set(there.left), set(back.left))

    @PURE
    @given(amounts, amounts, debts)
    def test_two_payments_equal_their_sum(self, one, two, rows):
        """On one day, in one order without ties, paying twice is paying once."""
        late = DAY + timedelta(days=9)
        order = Order(between="given")
        twice = impute([Payment(1, late, one), Payment(2, late, two)], rows, order)
        once = impute([Payment(1, late, one + two)], rows, order)
        self.assertEqual(twice.left, once.left)
        self.assertEqual(twice.overpayment, once.overpayment)
