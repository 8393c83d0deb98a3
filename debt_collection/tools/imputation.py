"""Spreading payments over debts.

A *book* is what one claim owes (or, without a claim, what the case as a whole owes). A
*slot* is one open debt in a book. Groups of books come one after the other; inside a
group the money is shared in proportion.
"""

from decimal import ROUND_DOWN
from itertools import groupby
from typing import Any, NamedTuple

from .values import (
    CENT,
    ONE,
    ZERO,
    Allocation,
    Debt,
    DuplicateKey,
    Imputation,
    Order,
    UnknownTarget,
    as_order,
)

DEFAULT_ORDER = Order()


class Slot(NamedTuple):
    """An open debt: who holds it, its kind, and what is open now."""

    holder: Any
    kind: str
    open: Any


def pro_rata(amount, weights, rounding=CENT):
    """Share ``amount`` in proportion to ``weights``; the largest remainders first.

    :return: one share per weight; they add up to ``amount``
    """
    total = sum(weights, ZERO)
    if not total:
        return [ZERO for _weight in weights]
    ideal = [amount * weight / total for weight in weights]
    shares = [(part / rounding).quantize(ONE, ROUND_DOWN) * rounding for part in ideal]
    left = amount - sum(shares, ZERO)
    ranks = sorted(range(len(ideal)), key=lambda i: (shares[i] - ideal[i], i))
    for index in ranks:
        extra = min(left, rounding)
        shares[index] += extra
        left -= extra
    return shares


def pour(amount, groups, rounding=CENT):
    """Yield (slot, taken) until ``amount`` is used up or no group is left.

    ``groups`` may be lazy: the caller books each taking before the next group is read.
    """
    for baskets in groups:
        if amount <= 0:
            return
        totals = [sum((slot.open for slot in basket), ZERO) for basket in baskets]
        total = sum(totals, ZERO)
        if not total:
            continue
        shares = totals if amount >= total else pro_rata(amount, totals, rounding)
        amount -= min(amount, total)
        for basket, part in zip(baskets, shares, strict=True):
            yield from _fill(basket, part)


def _fill(basket, part):
    for slot in basket:
        taken = min(slot.open, part)
        if taken:
            part -= taken
            yield slot, taken


def rank_books(books, between):
    """Return the books of claims as groups of equal rank."""
    if between == "given":
        return [[book] for book in books]
    books = sorted(books, key=lambda book: (book.age, str(book.name)))
    if between == "pro_rata":
        return [books]
    # no Odoo in here: pylint: disable-next=bad-builtin-groupby
    return [list(group) for _age, group in groupby(books, key=lambda book: book.age)]


def groups_of(ranked, shared, day, order, target=None):
    """Yield groups of baskets in the order a payment of ``day`` settles them.

    :param ranked: groups of books, see :func:`rank_books`
    :param shared: the book of what belongs to no claim
    :param target: the book the payment is aimed at
    """
    if target is not None:
        yield [target.slots(day, order.kinds, targeted=True)]
        yield [target.reserve(day, targeted=True)]
        if not order.spill:
            return
    walk = _by_claim if order.by == "claim" else _by_kind
    yield from walk(ranked, shared, day, order.kinds)
    for books in ranked:
        yield [book.reserve(day) for book in books]


def _by_claim(ranked, shared, day, kinds):
    cut = kinds.index("principal")
    yield [shared.slots(day, kinds[:cut])]
    for books in ranked:
        yield [book.slots(day, kinds) for book in books]
    yield [shared.slots(day, kinds[cut:])]


def _by_kind(ranked, shared, day, kinds):
    for kind in kinds:
        yield [shared.slots(day, (kind,))]
        for books in ranked:
            yield [book.slots(day, (kind,)) for book in books]


class _DebtBook:
    """The debts of one claim in :func:`impute`."""

    def __init__(self, name, debts, left):
        self.name = name
        self.debts = sorted(debts, key=lambda debt: (debt.day, str(debt.key)))
        self.left = left
        principal = [debt.day for debt in self.debts if debt.kind == "principal"]
        self.age = min(principal or [debt.day for debt in self.debts], default=None)

    def slots(self, day, kinds, targeted=False):
        return [
            Slot(debt, kind, self.left[debt.key])
            for kind in kinds
            for debt in self.debts
            if debt.kind == kind
            and (debt.day <= day or (targeted and kind == "principal"))
        ]

    def reserve(self, day, targeted=False):
        return []


def _debt_books(debts, left):
    owed = {}
    for debt in debts:
        owed.setdefault(debt.claim, []).append(debt)
    shared = _DebtBook(None, owed.pop(None, []), left)
    return {name: _DebtBook(name, rows, left) for name, rows in owed.items()}, shared


def impute(payments, debts, order=DEFAULT_ORDER, rounding=CENT):
    """Impute payments, in order of date, on debts of fixed amount.

    A debt takes a payment only from its day on (an aimed payment may settle the
    principal of its claim sooner). What finds no open debt is over-payment.

    :param payments: :class:`Payment` values; ``claim`` aims at that claim's debts
    :param debts: :class:`Debt` values; debts of one claim share its ``claim``
    :rtype: Imputation
    """
    debts, order = list(debts), as_order(order)
    left = {debt.key: debt.amount for debt in debts}
    if len(left) < len(debts):
        raise DuplicateKey(what="debts", key="key")
    books, shared = _debt_books(debts, left)
    allocations, over = [], ZERO
    for payment in sorted(payments, key=lambda payment: payment.day):
        rule = payment.order or order
        ranked = rank_books(books.values(), rule.between)
        target = _target(payment, books)
        groups = groups_of(ranked, shared, payment.day, rule, target)
        rest = payment.amount
        for slot, taken in pour(payment.amount, groups, rounding):
            left[slot.holder.key] -= taken
            rest -= taken
            allocations.append(_allocation(payment, slot, taken))
        over += rest
    return Imputation(tuple(allocations), tuple(_remaining(debts, left)), over)


def _target(payment, books):
    if payment.claim is None:
        return None
    if payment.claim not in books:
        raise UnknownTarget(what=f"payment {payment.key!r}", key=payment.claim)
    return books[payment.claim]


def _allocation(payment, slot, taken):
    debt = slot.holder
    return Allocation(payment.key, payment.day, slot.kind, taken, debt.key, debt.claim)


def _remaining(debts, left):
    for debt in debts:
        yield Debt(debt.key, debt.kind, left[debt.key], debt.day, debt.claim)
