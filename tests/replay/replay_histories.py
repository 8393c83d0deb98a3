"""The histories that the replay lives through: a real ledger, or a generated one.

Pure Python. The real file is not part of the project (its licence is unstated): it is
read from `DC_REPLAY_FILE`, or from its place beside the project. Without it, a ledger
of the same shape is generated.
"""

import csv
import importlib.util
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared" / "data" / "late-payment-histories.csv"
SEED = 20261123


def load_ledger_module():
    """The engine's generator, loaded by file: it needs no Odoo and no database."""
    name = "debt_collection_demo_ledger"
    if name not in sys.modules:
        path = ROOT / "debt_collection" / "demo" / "ledger.py"
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


ledger = load_ledger_module()


class BadHistory(ValueError):
    """The file contradicts itself; names the line."""


def find_file():
    """The path of the real ledger, or None when there is none on this machine."""
    given = os.environ.get("DC_REPLAY_FILE")
    if given:
        if not Path(given).is_file():
            raise FileNotFoundError(f"DC_REPLAY_FILE={given} is not a file")
        return Path(given)
    return BESIDE if BESIDE.is_file() else None


def load(path=None, seed=SEED):
    """Return (source, bills): of the file at `path`, else of a generated ledger."""
    if path:
        return f"real ledger {Path(path).name}", read(path)
    return f"generated ledger, seed {seed}", ledger.generate(seed)


def read(path):
    """Read the file; check every row against itself.

    :rtype: list[Bill]
    """
    with open(path, newline="", encoding="utf-8") as stream:
        bills = [
            _read_row(number, row)
            for number, row in enumerate(csv.DictReader(stream), start=2)
        ]
    if len({bill.number for bill in bills}) != len(bills):
        raise BadHistory("an invoice number occurs twice")
    return sorted(bills, key=lambda bill: (bill.invoice_date, bill.number))


def _read_row(number, row):
    bill = ledger.Bill(
        number=row["invoiceNumber"],
        debtor=row["customerID"],
        group=row["countryCode"],
        invoice_date=_day(row["InvoiceDate"]),
        due_date=_day(row["DueDate"]),
        amount=Decimal(row["InvoiceAmount"]),
        disputed={"Yes": True, "No": False}[row["Disputed"]],
        settled_on=_day(row["SettledDate"]),
        electronic=row["PaperlessBill"] == "Electronic",
    )
    derived = (
        int(row["DaysLate"]) == max(0, bill.days_late)
        and int(row["DaysToSettle"]) == (bill.settled_on - bill.invoice_date).days
        and bill.invoice_date <= bill.due_date
        and bill.amount > 0
    )
    if not derived:
        raise BadHistory(f"line {number} contradicts itself: {row}")
    return bill


def _day(text):
    return datetime.strptime(text, "%m/%d/%Y").date()


def shifted(bills, days):
    """The same ledger, `days` later."""
    by = timedelta(days=days)
    return [
        replace(
            bill,
            invoice_date=bill.invoice_date + by,
            due_date=bill.due_date + by,
            settled_on=bill.settled_on + by,
        )
        for bill in bills
    ]


def scaled(bills, factor):
    """The same ledger with every amount times `factor`."""
    return [replace(bill, amount=bill.amount * factor) for bill in bills]


def first_days(bills, days):
    """The bills that are settled within the first `days` days of the ledger."""
    end = min(bill.invoice_date for bill in bills) + timedelta(days=days)
    return [bill for bill in bills if bill.settled_on < end]
