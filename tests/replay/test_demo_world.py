"""The demo's world, before Odoo sees it: no Odoo, no database."""

import importlib
import sys
import types
from collections import Counter
from datetime import date, timedelta

import pytest
from replay_histories import ROOT
from stdnum.be import vat as vat_be
from stdnum.de import vat as vat_de
from stdnum.fr import tva as vat_fr
from stdnum.nl import btw as vat_nl

CHECKS = {"BE": vat_be, "DE": vat_de, "FR": vat_fr, "NL": vat_nl}
DAYS = [date(2026, 11, 23), date(2027, 2, 28), date(2028, 2, 29), date(2026, 1, 4)]


def _load_world():
    """The package `demo` by its files, without the part that needs Odoo."""
    package = types.ModuleType("debt_collection_demo_world")
    package.__path__ = [str(ROOT / "debt_collection" / "demo")]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.world")


world = _load_world()


def _is_settled(sale):
    return sum(share for _day, share in sale.payments) == 1


def test_some_forty_debtors_of_every_kind_tongue_and_neighbour():
    debtors = world.DEBTORS
    assert len(debtors) == 40
    assert len({d.key for d in debtors}) == len({d.name for d in debtors}) == 40
    kinds = Counter(d.kind for d in debtors)
    assert set(kinds) == {"enterprise", "consumer", "public"}
    assert kinds["consumer"] >= 8 and kinds["public"] >= 2
    assert {d.lang[:2] for d in debtors} == {"fr", "nl", "de", "en"}
    assert {d.country for d in debtors} == {"BE", "FR", "NL", "DE"}


def test_numbers_are_valid_and_plainly_invented():
    numbers = [d.vat for d in world.DEBTORS if d.vat] + [world.CREDITOR["vat"]]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert CHECKS[number[:2]].is_valid(number[2:]), number
        assert "999" in number
    iban = world.CREDITOR["iban"]
    turned = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
    assert int(turned) % 97 == 1


def test_consumers_have_no_number():
    assert not [d for d in world.DEBTORS if d.kind == "consumer" and d.vat]


@pytest.mark.parametrize("today", DAYS)
def test_a_year_of_sales_that_is_over_by_today(today):
    sales = world.sales(today)
    assert len(sales) == world.SALES
    first, last = sales[0].invoice_date, max(sale.invoice_date for sale in sales)
    assert timedelta(days=350) < last - first <= timedelta(days=world.HISTORY_DAYS + 2)
    for sale in sales:
        assert sale.invoice_date <= today
        assert sale.invoice_date.weekday() < 5
        days = [day for day, _share in sale.payments]
        assert days == sorted(days) and all(day <= today for day in days)
        assert sum(share for _day, share in sale.payments) <= 1
        assert not sale.credited_on or sale.due_date <= sale.credited_on <= today
        assert all(quantity >= 1 for _product, quantity in sale.lines)


@pytest.mark.parametrize("today", DAYS)
def test_most_is_paid_and_enough_is_late(today):
    sales = world.sales(today)
    late = [s for s in sales if s.due_date < today and not _is_settled(s)]
    assert 30 <= len(late) <= 80
    assert len({sale.debtor for sale in late}) >= 15
    assert max((today - sale.due_date).days for sale in late) > 200
    assert any(sale.payments for sale in late), "a part payment"
    assert any(sale.credited_on for sale in sales), "a credit note"
    assert sum(map(_is_settled, sales)) > 0.75 * len(sales)


def test_the_same_day_gives_the_same_world():
    assert world.sales(DAYS[0]) == world.sales(DAYS[0])
