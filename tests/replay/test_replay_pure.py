"""The generator, the reader and the judge of the replay: no Odoo, no database."""

import dataclasses
import random
import statistics
from datetime import date, timedelta
from decimal import Decimal

import pytest
import replay_histories
from replay_histories import ledger
from replay_oracle import Case, Chase, Rule, Seen, judge

RULE = Rule(first_delay=2, open_delay=10)
HEADER = (
    "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,"
    "InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n"
)


# -- the generator ---------------------------------------------------------------------


def test_same_seed_same_ledger_other_seed_another():
    assert ledger.generate(7) == ledger.generate(7)
    assert ledger.generate(7) != ledger.generate(8)


def test_generating_leaves_the_common_random_generator_alone():
    random.seed(1)
    first = random.random()
    random.seed(1)
    ledger.generate(7)
    assert random.random() == first


@pytest.mark.parametrize("seed", range(5))
def test_every_bill_is_a_possible_bill(seed):
    shape = ledger.Shape()
    bills = ledger.generate(seed, shape)
    assert len({bill.number for bill in bills}) == len(bills) == shape.bills
    assert bills == sorted(bills, key=lambda b: (b.invoice_date, b.number))
    for bill in bills:
        assert bill.invoice_date <= bill.settled_on
        assert bill.due_date == bill.invoice_date + timedelta(days=shape.term)
        assert shape.late_low <= bill.days_late <= shape.late_high
        assert Decimal(5) <= bill.amount <= Decimal(130)
        assert bill.amount == bill.amount.quantize(Decimal("0.01"))


def _shape_of(bills):
    late = [bill.days_late for bill in bills]
    return {
        "debtors": len({bill.debtor for bill in bills}),
        "amount": statistics.mean(float(bill.amount) for bill in bills),
        "spread": statistics.pstdev(float(bill.amount) for bill in bills),
        "late share": sum(days > 0 for days in late) / len(late),
        "late spread": statistics.pstdev(late),
        "disputed share": sum(bill.disputed for bill in bills) / len(bills),
    }


# What the real ledger measures, and how far a generated one may be from it.
MEASURED = {
    "debtors": (49, 0),
    "amount": (57.7, 3),
    "spread": (20.6, 2),
    "late share": (0.43, 0.10),
    "late spread": (12.2, 2.5),
    "disputed share": (0.26, 0.08),
}


@pytest.mark.parametrize("seed", [*range(5), replay_histories.SEED])
def test_a_generated_ledger_has_the_shape_of_the_real_one(seed):
    found = _shape_of(ledger.generate(seed))
    for name, (expected, tolerance) in MEASURED.items():
        assert found[name] == pytest.approx(expected, abs=tolerance), name


def test_the_real_ledger_measures_what_we_say():
    path = replay_histories.find_file()
    if not path:
        pytest.skip("no real ledger on this machine")
    found = _shape_of(replay_histories.read(path))
    for name, (expected, tolerance) in MEASURED.items():
        assert found[name] == pytest.approx(expected, abs=tolerance / 5), name


def test_a_heavy_tail_keeps_the_mean():
    shape = ledger.Shape(
        bills=20000,
        heavy_tail=True,
        amount_mean=900,
        amount_spread=1200,
        amount_low=1,
        amount_high=10**6,
    )
    amounts = [float(bill.amount) for bill in ledger.generate(3, shape)]
    assert statistics.mean(amounts) == pytest.approx(900, rel=0.05)
    assert statistics.median(amounts) < 700


# -- the reader ------------------------------------------------------------------------


def _write(tmp_path, *rows):
    path = tmp_path / "ledger.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


GOOD = "1,D-1,1/1/2013,0001,1/2/2013,2/1/2013,72.27,Yes,2/5/2013,Paper,34,4"


def test_a_row_is_read(tmp_path):
    (bill,) = replay_histories.read(_write(tmp_path, GOOD))
    assert bill.invoice_date == date(2013, 1, 2)
    assert bill.due_date == date(2013, 2, 1)
    assert bill.amount == Decimal("72.27")
    assert bill.disputed and not bill.electronic
    assert bill.days_late == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("34,4", "34,5"),
        ("34,4", "33,4"),
        ("72.27", "-72.27"),
        ("2/1/2013", "1/1/2013"),
    ],
)
def test_a_row_that_contradicts_itself_is_named(tmp_path, old, new):
    with pytest.raises(replay_histories.BadHistory, match="line 3"):
        bad = GOOD.replace("0001", "0002").replace(old, new)
        replay_histories.read(_write(tmp_path, GOOD, bad))


def test_a_number_that_occurs_twice_is_refused(tmp_path):
    with pytest.raises(replay_histories.BadHistory, match="twice"):
        replay_histories.read(_write(tmp_path, GOOD, GOOD))


def test_a_given_file_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("DC_REPLAY_FILE", str(tmp_path / "none.csv"))
    with pytest.raises(FileNotFoundError, match="none.csv"):
        replay_histories.find_file()


def test_shifted_and_scaled_change_nothing_else():
    bills = ledger.generate(1)
    later = replay_histories.shifted(bills, 100)
    assert [b.days_late for b in later] == [b.days_late for b in bills]
    assert later[0].invoice_date - bills[0].invoice_date == timedelta(days=100)
    dear = replay_histories.scaled(bills, 100)
    assert sum(b.amount for b in dear) == 100 * sum(b.amount for b in bills)


# -- the judge: a perfect engine, then one fault at a time -----------------------------


def _perfect(bills, rule):
    """What an engine that does everything right leaves behind."""
    chases, cases, open_principal = [], {}, {}
    first = min(bill.invoice_date for bill in bills)
    last = max(bill.settled_on for bill in bills)
    for offset in range((last - first).days + 2):
        day = first + timedelta(days=offset)
        for bill in bills:
            if day < bill.settled_on and rule.reached(bill, rule.first_delay) == day:
                chases.append(Chase(bill.number, "1", day, bill.amount, len(chases)))
            if day < bill.settled_on and rule.reached(bill, rule.open_delay) == day:
                _join(cases, bill, day)
        open_cases = [held for held in cases.values() if held]
        open_principal[day] = sum(
            (b.amount for held in open_cases for b in held[-1] if day < b.settled_on),
            start=Decimal(0),
        )
    found = [
        Case(
            key=f"{debtor}/{number}",
            debtor=debtor,
            opened_on=min(held.values()),
            closed_on=max(bill.settled_on for bill in held),
            bills={bill.number: joined for bill, joined in held.items()},
            principal=sum(bill.amount for bill in held),
        )
        for debtor, all_held in cases.items()
        for number, held in enumerate(all_held)
    ]
    return Seen(chases, found, open_principal)


def _join(cases, bill, day):
    own = cases.setdefault(bill.debtor, [])
    if not own or max(other.settled_on for other in own[-1]) <= day:
        own.append({})
    own[-1][bill] = day


@pytest.fixture(scope="module")
def bills():
    return ledger.generate(5, ledger.Shape(bills=300, debtors=20))


@pytest.fixture
def seen(bills):
    return _perfect(bills, RULE)


def test_a_perfect_engine_is_found_right(bills, seen):
    verdict = judge(bills, RULE, seen)
    assert verdict.wrong == []
    assert verdict.counts["chased"] == verdict.counts["late beyond the first step"] > 50
    assert verdict.counts["cases"] == verdict.counts["closed"] > 10
    assert verdict.table("replay").splitlines()[-1].split() == ["wrong", "0"]


def _wrong(bills, seen):
    return "\n".join(judge(bills, RULE, seen).wrong)


def _spoil_chase(seen, **changes):
    seen.chases[0] = dataclasses.replace(seen.chases[0], **changes)


def _spoil_case(seen, **changes):
    seen.cases[0] = dataclasses.replace(seen.cases[0], **changes)


def test_chased_before_it_is_due_is_found(bills, seen):
    _spoil_chase(seen, day=seen.chases[0].day - timedelta(days=8))
    assert "too early" in _wrong(bills, seen)


def test_chased_on_the_day_it_was_paid_is_found(bills, seen):
    paid = next(b for b in bills if b.number == seen.chases[0].bill).settled_on
    seen.chases.append(dataclasses.replace(seen.chases[0], day=paid, step="2"))
    assert "after it was paid" in _wrong(bills, seen)


def test_chased_while_contested_is_found(bills, seen):
    bill = next(b for b in bills if b.disputed and b.days_late > 9)
    day = bill.due_date + timedelta(days=3)
    seen.chases.append(Chase(bill.number, "9", day, bill.amount))
    assert "while contested" in _wrong(bills, seen)


def test_chased_on_a_sunday_is_found(bills, seen):
    day = seen.chases[0].day
    _spoil_chase(seen, day=day + timedelta(days=6 - day.weekday()))
    assert "on a day of rest" in _wrong(bills, seen)


def test_a_cent_too_much_is_found(bills, seen):
    _spoil_chase(seen, amount=seen.chases[0].amount + Decimal("0.01"))
    assert "claimed" in _wrong(bills, seen)


def test_one_forgotten_bill_is_found(bills, seen):
    del seen.chases[0]
    assert "never chased" in _wrong(bills, seen)


def test_one_day_too_late_is_found(bills, seen):
    late = next(
        i
        for i, chase in enumerate(seen.chases)
        if any(b.number == chase.bill and b.days_late > 20 for b in bills)
    )
    chase = seen.chases[late]
    seen.chases[late] = dataclasses.replace(chase, day=chase.day + timedelta(days=2))
    assert "first chased too late" in _wrong(bills, seen)


def test_a_step_taken_twice_is_found(bills, seen):
    seen.chases.append(seen.chases[0])
    assert "taken 2 times" in _wrong(bills, seen)


def test_a_stranger_is_found(bills, seen):
    _spoil_chase(seen, bill="nobody")
    assert "not in the ledger" in _wrong(bills, seen)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_case_closed_on_another_day_is_found(bills, seen, days):
    closed_on = seen.cases[0].closed_on + timedelta(days=days)
    _spoil_case(seen, closed_on=closed_on)
    assert "last bill paid" in _wrong(bills, seen)


def test_a_case_left_open_is_found(bills, seen):
    _spoil_case(seen, closed_on=None)
    assert "closed None" in _wrong(bills, seen)


def test_a_case_with_a_wrong_principal_is_found(bills, seen):
    _spoil_case(seen, principal=seen.cases[0].principal - Decimal("0.01"))
    assert "its bills make" in _wrong(bills, seen)


def test_a_bill_on_two_cases_is_found(bills, seen):
    seen.cases.append(dataclasses.replace(seen.cases[0], key="again"))
    wrong = _wrong(bills, seen)
    assert "claimed on 2 cases" in wrong and "at the same time" in wrong


def test_a_wrong_total_of_one_day_is_found(bills, seen):
    day = next(day for day, total in seen.open_principal.items() if total)
    seen.open_principal[day] -= Decimal("0.01")
    assert f"{day}: " in _wrong(bills, seen)


def test_what_is_left_in_the_books_is_found(bills, seen):
    seen.residual = Decimal("0.01")
    assert "still open in the books" in _wrong(bills, seen)


def test_an_error_of_the_engine_is_wrong(bills, seen):
    seen.errors.append("boom")
    assert "boom" in _wrong(bills, seen)
