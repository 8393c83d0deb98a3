"""What had to happen, worked out from the ledger alone, against what was seen.

Pure Python: it knows the bills, the rule of the replay and what the engine left
behind, and nothing about the engine itself.

The rule on disputes, the only thing the ledger does not say: a bill that the ledger
marks as disputed is contested in full from its due date on, and the creditor answers
after `dispute_days`; in between it must not be chased, afterwards it is a bill like
any other.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise


@dataclass(frozen=True)
class Rule:
    """How the replay is played.

    :param first_delay: days from the due date to the first step of the ladder
    :param open_delay: days from the due date to the step that opens a case
    :param dispute_days: days a disputed bill rests, from its due date on
    :param quiet_weekday: nothing leaves on that day of the week (6: Sunday)
    :param patience: days that the engine may put off a step (0: none)
    """

    first_delay: int
    open_delay: int
    dispute_days: int = 7
    quiet_weekday: int | None = 6
    patience: int = 0

    def rests(self, bill, day):
        """Whether the bill is contested on `day`."""
        end = bill.due_date + timedelta(days=self.dispute_days)
        return bill.disputed and bill.due_date <= day < end

    def reached(self, bill, delay):
        """The first day on which a step `delay` days after due may act on the bill."""
        delay = max(delay, self.dispute_days) if bill.disputed else delay
        day = bill.due_date + timedelta(days=delay)
        return day + timedelta(days=day.weekday() == self.quiet_weekday)


@dataclass(frozen=True)
class Chase:
    """One bill on one letter, call or visit that left on `day`."""

    bill: str
    step: str
    day: date
    amount: Decimal
    action: int = 0


@dataclass(frozen=True)
class Case:
    """One case with the bills it ever held, and the day each of them joined."""

    key: str
    debtor: str
    opened_on: date
    closed_on: date | None
    bills: dict[str, date]
    principal: Decimal


@dataclass
class Seen:
    """What the engine left behind."""

    chases: list[Chase]
    cases: list[Case]
    # day -> principal still open on all open cases, after the run of that day
    open_principal: dict[date, Decimal] = field(default_factory=dict)
    # sum of what the ledger of the creditor says is still open at the end
    residual: Decimal = Decimal(0)
    errors: list[str] = field(default_factory=list)


@dataclass
class Verdict:
    """The figures of the closing table, and every wrong thing as a sentence."""

    counts: dict[str, int]
    wrong: list[str]

    def table(self, title):
        """The closing table as text."""
        rows = [*self.counts.items(), ("wrong", len(self.wrong))]
        width = max(len(name) for name, _count in rows)
        lines = [f"{name:<{width}} {count:>8,}" for name, count in rows]
        return "\n".join([title, "-" * len(title), *lines])


def judge(bills, rule, seen):
    """Compare what was seen with what the ledger says had to happen.

    :rtype: Verdict
    """
    by_number = {bill.number: bill for bill in bills}
    chases = defaultdict(list)
    for chase in seen.chases:
        chases[chase.bill].append(chase)
    wrong = [f"error: {text}" for text in seen.errors]
    wrong += _judge_chases(by_number, rule, chases)
    wrong += _judge_missing(bills, rule, chases)
    wrong += _judge_cases(by_number, seen.cases)
    wrong += _judge_totals(by_number, seen)
    return Verdict(_count(bills, rule, chases, seen), wrong)


def _judge_chases(by_number, rule, chases):
    wrong = []
    for number, found in chases.items():
        bill = by_number.get(number)
        if not bill:
            wrong.append(f"{number}: chased, yet not in the ledger")
            continue
        for chase in found:
            wrong += _judge_chase(bill, rule, chase)
        for step, times in Counter(chase.step for chase in found).items():
            if times > 1:
                wrong.append(f"{number}: step {step} taken {times} times")
    return wrong


def _judge_chase(bill, rule, chase):
    where = f"{bill.number}: step {chase.step} on {chase.day}"
    if chase.day < bill.due_date + timedelta(days=rule.first_delay):
        yield f"{where}: too early, due {bill.due_date}"
    if chase.day >= bill.settled_on:
        yield f"{where}: after it was paid on {bill.settled_on}"
    if rule.rests(bill, chase.day):
        yield f"{where}: while contested"
    if chase.day.weekday() == rule.quiet_weekday:
        yield f"{where}: on a day of rest"
    if chase.amount != bill.amount:
        yield f"{where}: {chase.amount} claimed, {bill.amount} due"


def _judge_missing(bills, rule, chases):
    for bill in bills:
        day = rule.reached(bill, rule.first_delay) + timedelta(days=rule.patience)
        if day >= bill.settled_on:
            continue
        found = chases.get(bill.number)
        if not found:
            yield f"{bill.number}: never chased, had to be by {day}"
        elif min(chase.day for chase in found) > day:
            yield f"{bill.number}: first chased too late, had to be by {day}"


def _judge_cases(by_number, cases):
    open_by_debtor = defaultdict(list)
    for case in cases:
        bills = [by_number[number] for number in case.bills if number in by_number]
        if not bills or len(bills) != len(case.bills):
            yield f"{case.key}: holds nothing, or bills that are not in the ledger"
            continue
        if {bill.debtor for bill in bills} != {case.debtor}:
            yield f"{case.key}: mixes debtors"
        last = max(bill.settled_on for bill in bills)
        if case.closed_on != last:
            yield f"{case.key}: closed {case.closed_on}, last bill paid {last}"
        if case.opened_on < min(bill.due_date for bill in bills):
            yield f"{case.key}: opened {case.opened_on}, before anything was due"
        open_by_debtor[case.debtor].append(case)
    for debtor, own in open_by_debtor.items():
        own.sort(key=lambda case: case.opened_on)
        for before, after in pairwise(own):
            if before.closed_on is None or before.closed_on > after.opened_on:
                yield f"{debtor}: cases {before.key} and {after.key} at the same time"


def _judge_totals(by_number, seen):
    for case in seen.cases:
        due = sum(by_number[n].amount for n in case.bills if n in by_number)
        if case.principal != due:
            yield f"{case.key}: principal {case.principal}, its bills make {due}"
    if seen.residual:
        yield f"{seen.residual} is still open in the books at the end"
    twice = Counter(number for case in seen.cases for number in case.bills)
    yield from (f"{n}: claimed on {k} cases" for n, k in twice.items() if k > 1)
    yield from _judge_days(by_number, seen)


def _judge_days(by_number, seen):
    changes = _principal_changes(by_number, seen.cases)
    total = Decimal(0)
    for day in sorted({*changes, *seen.open_principal}):
        total += changes.get(day, 0)
        if seen.open_principal.get(day, total) != total:
            yield f"{day}: {seen.open_principal[day]} open on cases, should be {total}"


def _principal_changes(by_number, cases):
    """Day -> what cases gain in principal and lose by payments."""
    changes = defaultdict(Decimal)
    for case in cases:
        for number, joined_on in case.bills.items():
            if number in by_number:
                changes[joined_on] += by_number[number].amount
                changes[by_number[number].settled_on] -= by_number[number].amount
    return changes


def _count(bills, rule, chases, seen):
    late = [
        bill for bill in bills if rule.reached(bill, rule.first_delay) < bill.settled_on
    ]
    steps = Counter(chase.step for found in chases.values() for chase in found)
    return {
        "invoices": len(bills),
        "debtors": len({bill.debtor for bill in bills}),
        "disputed": sum(bill.disputed for bill in bills),
        "late beyond the first step": len(late),
        "chased": len(chases),
        "actions": len({chase.action for chase in seen.chases}),
        **{f"items on step {step}": n for step, n in sorted(steps.items())},
        "cases": len(seen.cases),
        "closed": sum(bool(case.closed_on) for case in seen.cases),
    }
