"""The demo's world: a creditor, some forty debtors, and a year of sales to them.

Pure Python, no odoo import. Names, streets and numbers are invented; the enterprise
numbers have valid check digits in ranges that nobody uses, and every e-mail address
is under `example.com`.
"""

import csv
from collections import namedtuple
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from . import ledger

SEED = 19
HISTORY_DAYS = 365
SALES = 420
KEY_ACCOUNT = 4000  # owed in all, for the team of key accounts

CREDITOR = {
    "name": "Ardenne Fournitures SRL",
    "street": "Rue de la Halle 12",
    "zip": "6600",
    "city": "Bastogne",
    "country": "BE",
    "vat": "BE0999001119",
    "phone": "+32 61 55 01 01",
    "email": "comptabilite@ardenne-fournitures.example.com",
    "website": "https://ardenne-fournitures.example.com",
    "iban": "BE49999000000171",
    # a demo answers at any hour, on any day
    "debt_collection_undo_minutes": 0,
    "debt_collection_quiet_days": False,
    "debt_collection_quiet_from": 0,
    "debt_collection_quiet_to": 0,
}

Debtor = namedtuple("Debtor", "key kind name lang street zip city country vat")


def _read_debtors():
    """The debtors as of `debtors.tsv`; kind: enterprise, consumer or public."""
    path = Path(__file__).with_name("debtors.tsv")
    with path.open(newline="", encoding="utf-8") as stream:
        return tuple(Debtor(**row) for row in csv.DictReader(stream, delimiter="\t"))


DEBTORS = _read_debtors()


def phone(debtor):
    """A number of his own in a range that nobody has."""
    number = 100 + DEBTORS.index(debtor)
    return f"+32 2 555 0{number}"


# What was said on the phone today: outcome, with whom, a note, days until the next
TALKS = (
    ("promise", "Mme Lacroix, comptabilité", "Pays when her own customer has paid", 9),
    ("voicemail", "", "Asked to be called back", 0),
    ("payment_run", "Dhr. Peeters", "On the list of the 15th", 12),
    ("refused", "", "Says that the goods were never ordered", 0),
    ("approval", "Frau Lenz", "The invoice waits for a signature", 7),
)

# What the creditor sells: name, price without tax, is a service
PRODUCTS = (
    ("Workshop consumables, box", Decimal("38.50"), False),
    ("Copy paper, pallet", Decimal("412.00"), False),
    ("Safety shoes S3", Decimal("89.90"), False),
    ("LED panel 60 x 60", Decimal("54.20"), False),
    ("Steel shelving, bay", Decimal("236.00"), False),
    ("Office chair Hermeton", Decimal("318.00"), False),
    ("Delivery and unloading", Decimal("65.00"), True),
    ("Installation, per hour", Decimal("72.00"), True),
    ("Maintenance contract, quarter", Decimal("540.00"), True),
)

# Debtors with a habit of their own: days late, on average; the others are ordinary.
HABITS = {
    "thonon": 65,
    "verhaegen": 90,
    "solaris": 150,
    "claessens": 35,
    "ostkant": 45,
    "moulin": 50,
    "orbital": 400,
    "gillard": 80,
    "quartz": 30,
    "hoste": 48,
    "ferme": 110,
    "janssens": 40,
    "ardoise": 65,
    "kuiper": 30,
    "zuidland": 50,
    "eifel": 35,
    "renard": 60,
    "collard": 75,
    "mertens": 40,
    "adam": 130,
    "benali": 45,
    "hansen": 55,
    "valmoiron": 30,
    "ocmw": 38,
}

# Who takes cases over: external id -> contact
PARTNERS = {
    "demo_partner_lawyer": {
        "name": "Cabinet Delvaux & Peeters",
        "is_company": True,
        "email": "dossiers@delvaux-peeters.example.com",
        "city": "Arlon",
    },
    "demo_partner_agency": {
        "name": "Meridiaan Incasso BV",
        "is_company": True,
        "email": "dossiers@meridiaan.example.com",
        "city": "Hasselt",
    },
}
# Their terms: external id -> (partner, values)
AGREEMENTS = {
    "demo_agreement_lawyer": (
        "demo_partner_lawyer",
        {
            "name": "Cabinet Delvaux & Peeters, 2026",
            "kind": "lawyer",
            "fee_case": 150,
            "fee_withdrawn": 75,
            "free_hours": 12,
        },
    ),
    "demo_agreement_agency": (
        "demo_partner_agency",
        {
            "name": "Meridiaan Incasso, no cure no pay",
            "kind": "agency",
            "success_percent": 12,
            "is_first_free": True,
            "keeps_interest": True,
            "keeps_indemnity": True,
            "free_hours": 48,
        },
    ),
}
# What was found about some debtors
CHECKS = {
    "orbital": {
        "finding": "doubtful",
        "source": "Credit report",
        "note": "Two suppliers report arrears of more than ninety days.",
    },
    "thonon": {"finding": "solvent", "source": "Annual accounts"},
}


@dataclass(frozen=True, slots=True)
class Sale:
    """One invoice: its lines, and what came of it until today.

    :param tuple lines: (index of the product, quantity)
    :param tuple payments: (day, share of the total), shares of 1 in all when settled
    :param date credited_on: a partial credit note of `credit_share`, or None
    """

    key: str
    debtor: str
    invoice_date: date
    due_date: date
    lines: tuple
    payments: tuple
    credited_on: date | None = None
    credit_share: Decimal = Decimal("0.1")


def sales(today, seed=SEED):
    """The creditor's last year, as it stands on the evening of `today`.

    :param date today: nothing is dated after it
    :rtype: list[Sale]
    """
    rng = Random(seed)
    shape = ledger.Shape(
        bills=SALES,
        debtors=len(DEBTORS),
        first_day=today - timedelta(days=HISTORY_DAYS),
        days=HISTORY_DAYS,
        amount_mean=940,
        amount_spread=1300,
        amount_low=45,
        amount_high=18000,
        heavy_tail=True,
        habit_mean=0,
        habit_spread=7,
        dispute_share=0.06,
        late_high=60,
    )
    bills = ledger.generate(seed, shape)
    names = sorted({bill.debtor for bill in bills})
    keys = dict(zip(names, (debtor.key for debtor in DEBTORS), strict=True))
    return [_sale(rng, bill, keys[bill.debtor], today) for bill in bills]


def _sale(rng, bill, debtor, today):
    invoice_date = _working_day(bill.invoice_date)
    due_date = invoice_date + (bill.due_date - bill.invoice_date)
    late = bill.days_late + round(rng.gauss(1, 0.25) * HABITS.get(debtor, 0))
    settled_on = _working_day(max(invoice_date, due_date + timedelta(days=late)))
    credited_on = _working_day(due_date + timedelta(days=6))
    credited = bill.disputed and credited_on < settled_on and credited_on <= today
    return Sale(
        key=bill.number,
        debtor=debtor,
        invoice_date=invoice_date,
        due_date=due_date,
        lines=_draw_lines(rng, bill.amount),
        payments=tuple(
            (day, share)
            for day, share in _draw_payments(rng, due_date, settled_on)
            if day <= today
        ),
        credited_on=credited_on if credited else None,
    )


def _working_day(day):
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _draw_lines(rng, amount):
    """One to three products whose worth comes near to `amount`."""
    picked = rng.sample(range(len(PRODUCTS)), rng.choice((1, 2, 2, 3)))
    share = amount / len(picked)
    return tuple((i, max(1, round(share / PRODUCTS[i][1]))) for i in picked)


def _draw_payments(rng, due_date, settled_on):
    """One payment, or a part first when the debtor is late: (day, share)."""
    late = (settled_on - due_date).days
    if late > 20 and rng.random() < 0.3:
        first = _working_day(due_date + timedelta(days=late // 2))
        share = Decimal(rng.choice((25, 40, 50))) / 100
        return ((first, share), (settled_on, 1 - share))
    return ((settled_on, Decimal(1)),)


# What two debtors contest, what one is told, and who stands surety for the other
COMPLAINT = "Two of the machines make a noise; we reported it the same week."
SHORTAGE = "A tenth of the delivery never came, see the delivery note."
APOLOGY = "You are right, our driver forgot a pallet. We credit it."
SURETY = {"name": "Paul Lambert", "city": "Namur", "zip": "5000", "lang": "en_US"}
SURETY_NOTE = "Surety of the manager, signed with the framework contract."
