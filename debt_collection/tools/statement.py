"""The statement: every figure of a case on a day, from one replay of its history.

Events are replayed day by day; on one day credit notes come first, then what falls due
or becomes claimable, then payments. A payment settles what exists on its day, with
interest accrued to that day included. Money that finds no debt waits, and settles the
next one that comes to exist.
"""

from datetime import date

from .brackets import bracket
from .imputation import Slot, groups_of, pour, rank_books
from .interest import LAST_ORDINAL, as_table, build_lines, exactly
from .values import (
    CENT,
    KINDS,
    ZERO,
    Allocation,
    Bridge,
    BridgeLine,
    ChargeLine,
    ClaimLine,
    DuplicateKey,
    MissingRate,
    NotYet,
    PaymentLine,
    RefundTooLarge,
    Statement,
    UnknownTarget,
    as_order,
    check_step,
    round_to,
)

CREDIT, ARISE, PAY = range(3)


class _ChargeBook:
    """A charge under replay; ``amount`` stays None until its day comes."""

    __slots__ = ("amount", "charge", "kind", "left")

    def __init__(self, charge):
        self.charge, self.kind = charge, charge.kind
        self.amount, self.left = None, ZERO

    @property
    def ident(self):
        return self.charge.key, self.charge.claim

    def worth(self, base):
        """What the charge comes to with ``base`` of principal still open."""
        if self.charge.needs_open and not base:
            return ZERO
        if self.charge.cap:
            return min(self.charge.amount, bracket(base, self.charge.cap))
        return self.charge.amount

    def arise(self, base):
        self.amount = self.left = self.worth(base)

    def take(self, kind, amount, day):
        self.left -= amount

    def slots(self, day, kinds, targeted=False):
        return [Slot(self, self.kind, self.left)]

    def reserve(self, day, targeted=False):
        return []

    def line(self):
        amount = self.amount or ZERO
        return ChargeLine(self.charge, amount, amount - self.left, self.left)


class _SharedBook:
    """The charges that belong to the case as a whole."""

    __slots__ = ("charges",)

    def __init__(self):
        self.charges = []

    def slots(self, day, kinds):
        return [
            Slot(charge, kind, charge.left)
            for kind in kinds
            for charge in self.charges
            if charge.kind == kind
        ]


class _ClaimBook:
    """A claim under replay. Days are ordinals, interest an exact numerator."""

    __slots__ = (
        "active",
        "age",
        "base",
        "charges",
        "claim",
        "credited",
        "excess",
        "groups",
        "interest_paid",
        "last",
        "mark",
        "name",
        "numerator",
        "principal_paid",
        "reserved",
        "rounding",
        "start",
        "table",
    )

    def __init__(self, claim, table, verified_only, rounding):
        self.claim, self.table, self.rounding = claim, table, rounding
        self.name, self.age, self.base = claim.key, claim.due_date, claim.principal
        self.credited = self.excess = self.principal_paid = ZERO
        self.interest_paid = self.numerator = ZERO
        self.charges, self.groups, self.reserved = [], [[]], None
        self.start = self._first_day()
        self.mark = self.start - 1
        self.active = table is not None and not self._waits()
        self.last = LAST_ORDINAL
        if table is not None and verified_only:
            reserved = table.first_reserved(self.start)
            self.last = LAST_ORDINAL if reserved is None else reserved - 1

    @property
    def ident(self):
        return self.name, self.name

    def _first_day(self):
        if self.claim.interest_from:
            return self.claim.interest_from.toordinal()
        return self.claim.due_date.toordinal() + 1

    def _waits(self):
        day = self.claim.claimable_from
        return day is not None and day.toordinal() > self.start

    # === INTEREST === #

    def _pending(self, day):
        last = min(day, self.last)
        if not self.active or not self.base or last <= self.mark:
            return ZERO
        return self.base * self.table.weight(self.mark + 1, last)

    def interest_total(self, day):
        """Interest from the first day to ``day``, rounded once."""
        if not self.active:
            return ZERO
        numerator = self.numerator + self._pending(day)
        return round_to(numerator / self.table.unit, self.rounding)

    def advance(self, day):
        """Close the days up to ``day``: the base is about to change."""
        if not self.active or day <= self.mark:
            return
        last = min(day, self.last)
        if self.base and last > self.mark:
            self.numerator += self._pending(day)
            self.groups[-1].append((self.mark + 1, last, self.base))
        if self.base and day > self.last and self.reserved is None:
            self.reserved = max(self.mark, self.last) + 1
        self.mark = day

    def waiting_interest(self, day):
        """Interest that ran but may not be asked for yet: (amount, verified)."""
        last = min(day, self.last)
        if self.table is None or self.active or not self.base or last < self.start:
            return ZERO, True
        weight = self.table.weight(self.start, last)
        pieces = self.table.pieces(self.start, last)
        verified = all(period.verified for _first, _last, period in pieces)
        amount = round_to(self.base * weight / self.table.unit, self.rounding)
        return amount, verified

    # === EVENTS === #

    def activate(self):
        self.active = self.table is not None

    def credit(self, amount, day):
        self.advance(day)
        lowered = min(amount, self.base)
        self.base -= lowered
        self.credited += amount
        self.excess += amount - lowered

    def take(self, kind, amount, day):
        self.advance(day)
        if kind == "principal":
            self.base -= amount
            self.principal_paid += amount
        else:
            self.interest_paid += amount
            self.groups.append([])

    # === SLOTS === #

    def slots(self, day, kinds, targeted=False):
        due = targeted or self.age <= day
        if not due and not self.charges:
            return []
        found = []
        for kind in kinds:
            if kind == "principal":
                calm = max(self.base - self.claim.contested, ZERO)
                found.append(Slot(self, kind, calm if due else ZERO))
            elif kind == "interest":
                total = self.interest_total(day.toordinal())
                found.append(Slot(self, kind, total - self.interest_paid))
            for charge in self.charges:
                if charge.kind == kind:
                    found.append(Slot(charge, kind, charge.left))
        return found

    def reserve(self, day, targeted=False):
        """The contested principal, paid after everything that is not contested."""
        due = targeted or self.age <= day
        if not due or not self.claim.contested or not self.base:
            return []
        return [Slot(self, "principal", min(self.base, self.claim.contested))]

    # === RESULT === #

    def _contested_interest(self, contested, left):
        if not contested or not left:
            return ZERO
        numerator = sum(
            min(contested, base) * self.table.weight(first, last)
            for group in self.groups
            for first, last, base in group
        )
        return min(left, round_to(numerator / self.table.unit, self.rounding))

    def _charges_left(self, kind):
        return sum((row.left for row in self.charges if row.kind == kind), ZERO)

    def line(self, at):
        """Return the :class:`ClaimLine` on ``at``; the claim was advanced to it."""
        due = self.age <= at
        lines = ()
        if self.table is not None:
            lines = tuple(build_lines(self.table, self.groups, self.rounding))
        interest = sum((line.shown for line in lines), ZERO)
        left = interest - self.interest_paid
        interest_left = left + self._charges_left("interest")
        indemnity, cost = self._charges_left("indemnity"), self._charges_left("cost")
        principal = self.base if due else ZERO
        balance = principal + interest_left + indemnity + cost
        contested = min(self.claim.contested, principal)
        doubtful = self._contested_interest(contested, left)
        return ClaimLine(
            claim=self.claim,
            principal=self.claim.principal,
            credited=self.credited,
            principal_paid=self.principal_paid,
            principal_left=principal,
            interest_lines=lines,
            interest=interest,
            interest_paid=self.interest_paid,
            interest_left=interest_left,
            indemnity_left=indemnity,
            cost_left=cost,
            balance=balance,
            contested=contested,
            contested_interest=doubtful,
            due=balance - contested - doubtful,
            reserved_from=self.reserved and date.fromordinal(self.reserved),
            verified=all(line.verified for line in lines)
            and all(row.charge.verified for row in self.charges if row.amount),
        )


class _Replay:
    """One history, replayed up to a day."""

    def __init__(self, claims, charges, payments, credits, order, at, rounding):
        self.order, self.at, self.rounding = order, at, rounding
        self.books = claims
        self.by_key = {book.name: book for book in claims}
        self.charges = {charge.key: _ChargeBook(charge) for charge in charges}
        self.shared = _SharedBook()
        self.credits = tuple(row for row in credits if row.day <= at)
        self.payments = [row for row in payments if row.day <= at]
        self.payments.sort(key=lambda row: row.day)
        self.allocations = [[] for _row in self.payments]
        self.waiting = {}
        self._ranks = {}

    # === EVENTS === #

    def run(self):
        """Replay every event up to the day of the statement."""
        events = sorted(self._events(), key=lambda event: event[:3])
        for day, _rank, _index, handle, value in events:
            handle(day, value)
        for book in self.books:
            book.advance(self.at.toordinal())

    def _events(self):
        for index, row in enumerate(self.credits):
            yield row.day, CREDIT, index, self._credit, row
        for index, (day, handle, value) in enumerate(self._arising()):
            if day is not None and day <= self.at:
                yield day, ARISE, index, handle, value
        for index, row in enumerate(self.payments):
            yield row.day, PAY, index, self._pay, index

    def _arising(self):
        for book in self.books:
            yield book.age, self._fall_due, book
            yield book.claim.claimable_from, self._activate, book
        for row in self.charges.values():
            yield row.charge.day, self._arise, row

    def _credit(self, day, credit):
        self.by_key[credit.claim].credit(credit.amount, day.toordinal())

    def _fall_due(self, day, _book):
        self._drain(day)

    def _activate(self, day, book):
        book.activate()
        self._drain(day)

    def _arise(self, day, row):
        book = self.by_key.get(row.charge.claim)
        row.arise(book.base if book else ZERO)
        (book or self.shared).charges.append(row)
        self._drain(day)

    def _drain(self, day):
        """Let money that found no debt settle what has come to exist."""
        for index, amount in list(self.waiting.items()):
            self.waiting.pop(index)
            self._impute(index, amount, day, None)

    def _pay(self, day, index):
        payment = self.payments[index]
        target = self.by_key.get(payment.claim)
        if payment.charge is not None:
            target = self.charges[payment.charge]
        self._impute(index, payment.amount, day, target)

    def _ranked(self, between):
        if between not in self._ranks:
            self._ranks[between] = rank_books(self.books, between)
        return self._ranks[between]

    def _impute(self, index, amount, day, target):
        payment, ordinal = self.payments[index], day.toordinal()
        order = payment.order or self.order
        ranked = self._ranked(order.between)
        groups = groups_of(ranked, self.shared, day, order, target)
        rest = amount
        for slot, taken in pour(amount, groups, self.rounding):
            slot.holder.take(slot.kind, taken, ordinal)
            rest -= taken
            self.allocations[index].append(
                Allocation(payment.key, day, slot.kind, taken, *slot.holder.ident)
            )
        if rest and (target is None or order.spill):
            self.waiting[index] = rest

    # === RESULT === #

    def not_yet(self):
        """Yield what exists but may not be asked for on the day."""
        for book in self.books:
            claim = book.claim
            issued = claim.invoice_date is None or claim.invoice_date <= self.at
            if issued and book.age > self.at and book.base:
                yield NotYet("principal", claim.key, claim.key, book.base, book.age)
            amount, verified = book.waiting_interest(self.at.toordinal())
            if amount:
                key, day = claim.key, claim.claimable_from
                yield NotYet("interest", key, key, amount, day, verified=verified)
        yield from self._charges_to_come()

    def _charges_to_come(self):
        for row in self.charges.values():
            charge = row.charge
            book = self.by_key.get(charge.claim)
            amount = row.worth(book.base if book else ZERO)
            if row.amount is None and amount:
                yield NotYet(
                    charge.kind,
                    charge.key,
                    charge.claim,
                    amount,
                    charge.day,
                    charge.ground,
                    charge.verified,
                )

    def payment_lines(self):
        """Yield the payments in order of date, with where each went."""
        for payment, rows in zip(self.payments, self.allocations, strict=True):
            surplus = payment.amount - sum((row.amount for row in rows), ZERO)
            yield PaymentLine(payment, tuple(rows), surplus)


# === BRIDGE === #


def _bridge(books, payments):
    """Explain principal left against the ledger's residual, claim by claim."""
    flows = {book.name: [ZERO, ZERO, ZERO, ZERO] for book in books}
    for line in payments:
        # the ledger knows nothing of what was given up
        target = None if line.payment.waived else line.payment.claim
        if target is not None:
            flows[target][0] += line.payment.amount
            flows[target][2] += line.surplus
        for row in line.allocations:
            _flow(flows, target, row)
    lines = tuple(_bridge_line(book, *flows[book.name]) for book in books)
    return Bridge(lines, _bridge_total(lines))


def _flow(flows, target, row):
    """Book one allocation: accessories and elsewhere of its target, or received."""
    home = row.kind == "principal" and row.debt == target
    if target is not None and not home:
        flows[target][1 if row.kind != "principal" else 2] += row.amount
    if row.kind == "principal" and not home:
        flows[row.debt][3] += row.amount


def _bridge_line(book, matched, accessories, elsewhere, received):
    elsewhere += book.excess
    residual = book.claim.residual
    if residual is None:
        residual = book.claim.principal - book.credited - matched
    explained = accessories + elsewhere - received
    unexplained = book.base - residual - explained
    return BridgeLine(
        book.name, residual, accessories, elsewhere, received, unexplained, book.base
    )


def _bridge_total(lines):
    names = BridgeLine.__slots__[1:]
    return BridgeLine(
        None, *(sum((getattr(line, name) for line in lines), ZERO) for name in names)
    )


# === CHECKS === #


def _index(rows, what):
    found = {row.key: row for row in rows}
    if len(found) < len(rows):
        keys = [row.key for row in rows]
        double = next(key for key in keys if keys.count(key) > 1)
        raise DuplicateKey(what=what, key=double)
    return found


def _check(claims, charges, payments, credits, rounding):
    known, owed = _index(claims, "claims"), _index(charges, "charges")
    for claim in claims:
        check_step(claim.principal, rounding, f"claim {claim.key!r}")
        check_step(claim.contested, rounding, f"claim {claim.key!r}")
    for what, rows in (("charge", charges), ("payment", payments), ("credit", credits)):
        for row in rows:
            check_step(row.amount, rounding, f"{what} {row.key!r}")
            if row.claim is not None and row.claim not in known:
                raise UnknownTarget(what=f"{what} {row.key!r}", key=row.claim)
    for row in payments:
        if row.charge is not None and row.charge not in owed:
            raise UnknownTarget(what=f"payment {row.key!r}", key=row.charge)
    _check_credits(known, credits)


def _check_credits(known, credits):
    total = {}
    for row in credits:
        total[row.claim] = total.get(row.claim, ZERO) + row.amount
    for key, amount in total.items():
        if amount > known[key].principal:
            principal = known[key].principal
            raise RefundTooLarge(claim=key, amount=amount, principal=principal)


def _tables(claims, rates, divisor):
    """Return a rate table per key in use; a key without rates raises MissingRate."""
    tables = {"": None, None: None}
    for claim in claims:
        if claim.rate not in tables:
            if claim.rate not in rates:
                raise MissingRate(code=claim.rate, day=claim.due_date)
            code = claim.rate if isinstance(claim.rate, str) else ""
            tables[claim.rate] = as_table(rates[claim.rate], divisor, code)
    return tables


# === STATEMENT === #


@exactly
def statement(
    claims,
    charges,
    costs,
    payments,
    rates,
    order,
    at,
    *,
    credits=(),
    divisor=365,
    rounding=CENT,
    verified_only=False,
):
    """Return the settlement on ``at``: what is owed, why, and what was paid.

    :param claims: :class:`Claim` values; each names its rate periods by ``rate``
    :param charges: :class:`Charge` values (indemnities)
    :param costs: :class:`Charge` values (costs); keys unique over both lists
    :param payments: :class:`Payment` values; those after ``at`` are left out
    :param rates: rate key -> :class:`RatePeriod` values or a :class:`RateTable`
    :param order: :class:`Order`, or a tuple of kinds
    :param date at: the day of the settlement; its interest counts
    :param credits: :class:`Credit` values
    :param verified_only: interest stops before the first day whose rate is unverified
        or was not entered yet; that day is told as ``interest_reserved_from``
    :raise ToolsError: a named error instead of a doubtful figure
    :rtype: Statement
    """
    claims, charges, costs = list(claims), list(charges), list(costs)
    payments, credits = list(payments), list(credits)
    _check(claims, charges + costs, payments, credits, rounding)
    tables = _tables(claims, rates or {}, divisor)
    books = [
        _ClaimBook(claim, tables[claim.rate], verified_only, rounding)
        for claim in claims
    ]
    replay = _Replay(
        books, charges + costs, payments, credits, as_order(order), at, rounding
    )
    replay.run()
    return _result(replay, len(charges))


def _result(replay, cut):
    lines = tuple(book.line(replay.at) for book in replay.books)
    rows = tuple(row.line() for row in replay.charges.values())
    payments = tuple(replay.payment_lines())
    shared = {
        kind: sum((s.open for s in replay.shared.slots(replay.at, (kind,))), ZERO)
        for kind in KINDS
    }
    left = {
        kind: sum((getattr(line, f"{kind}_left") for line in lines), shared[kind])
        for kind in KINDS
    }
    totals = {
        name: sum((getattr(line, name) for line in lines), ZERO)
        for name in ("contested", "contested_interest")
    }
    balance = sum(left.values(), ZERO)
    surplus = sum((line.surplus for line in payments), ZERO)
    return Statement(
        at=replay.at,
        claims=lines,
        charges=rows[:cut],
        costs=rows[cut:],
        payments=payments,
        credits=tuple(sorted(replay.credits, key=lambda row: row.day)),
        not_yet=tuple(replay.not_yet()),
        **{f"{kind}_left": amount for kind, amount in left.items()},
        **totals,
        balance=balance,
        due=balance - sum(totals.values(), ZERO),
        paid=sum((p.payment.amount for p in payments if not p.payment.waived), ZERO),
        overpayment=surplus + sum((book.excess for book in replay.books), ZERO),
        interest_reserved_from=_reserved_from(lines),
        verified=_verified(lines, rows),
        bridge=_bridge(replay.books, payments),
    )


def _reserved_from(lines):
    return min(
        (line.reserved_from for line in lines if line.reserved_from), default=None
    )


def _verified(lines, rows):
    charges = all(row.charge.verified for row in rows if row.amount)
    return charges and all(line.verified for line in lines)


# === LIGHT PATH === #


@exactly
def simple_balances(rows, rates, at, *, divisor=365, rounding=CENT):
    """Return (interest, total) for many cases without payments, on one day.

    The same figures as :func:`statement` gives, without its lines.

    :param rows: (principal, first day of interest, rate key, fixed charges) each; an
        empty rate key bears no interest
    :param rates: rate key -> :class:`RatePeriod` values or a :class:`RateTable`
    :rtype: list[tuple[Decimal, Decimal]]
    """
    last, factors, tables, result = at.toordinal(), {}, {}, []
    for principal, start, rate, fixed in rows:
        factor = factors.get((rate, start))
        if factor is None:
            if rate not in tables:
                tables[rate] = _light_table(rates, rate, start, divisor)
            factor = factors[rate, start] = _factor(tables[rate], start, last)
        weight, unit = factor
        interest = round_to(principal * weight / unit, rounding)
        result.append((interest, principal + interest + fixed))
    return result


def _light_table(rates, rate, start, divisor):
    if not rate:
        return None
    if rate not in rates:
        raise MissingRate(code=rate, day=start)
    return as_table(rates[rate], divisor, rate if isinstance(rate, str) else "")


def _factor(table, start, last):
    if table is None:
        return ZERO, 1
    return table.weight(start.toordinal(), last), table.unit
