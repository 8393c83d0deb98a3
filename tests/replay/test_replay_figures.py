"""The second opinion on the cockpit's figures, by hand: no Odoo, no database."""

import copy
from datetime import date

from replay_figures import Ledger, judge

DAY = date(2012, 3, 1)
# an invoice of 100, a letter, 40 of it paid; a booked charge and the money for it
ITEMS = [
    [1, "2012-01-10", "2012-02-10", "100.00", 7, "out_invoice", False, False],
    [2, "2012-02-20", "2012-02-20", "-40.00", 7, "entry", False, True],
    [3, "2012-02-15", "2012-02-15", "12.00", 7, "out_invoice", True, False],
    [4, "2012-02-25", "2012-02-25", "-15.00", 7, "entry", False, True],
]
MATCHES = [[1, 1, 2, "40.00", "2012-02-20"], [2, 3, 4, "12.00", "2012-02-25"]]
RAW = {
    "items": ITEMS,
    "matches": MATCHES,
    "touches": [[1, 5, 3, "2012-02-15", 9]],
    "claims": [[1, "2012-02-16"]],
    "last": str(DAY),
}


def test_every_figure_by_hand():
    figures = Ledger(RAW).figures(DAY)
    assert figures["ageing"] == {"d030": "60.00"}
    assert figures["credit"] == "3.00"
    assert figures["flows"] == {
        "begin": "0.00",
        "sales": "100.00",
        "collected": "43.00",
        "end": "57.00",
    }
    assert figures["months"][-2] == ["2012-02-29", "0.00", "43.00", "57.00", "60.00"]
    assert figures["dso"]["simple"] == "51.3"  # 57 of 100, of 90 days
    assert figures["effectiveness"] == "43.0"
    assert figures["late"] == [1, 0, "20.0"]
    assert figures["step"] == {"5": [1, "100.00", "40.00"]}
    assert figures["case_money"] == "40.00"
    assert Ledger(RAW).portfolio(DAY) == {"7": ["57.00", "60.00", 1, "20.0"]}


def test_what_was_paid_later_was_open_then():
    figures = Ledger(RAW).figures(date(2012, 2, 19))
    assert figures["ageing"] == {"d030": "100.00"}
    assert figures["step"] == {"5": [1, "100.00", "0.00"]}
    assert figures["late"] == [1, 0, "9.0"]


def test_a_cent_is_found():
    ledger = Ledger(RAW)
    right = {
        "figures": {str(DAY): ledger.figures(DAY)},
        "portfolio": ledger.portfolio(DAY),
    }
    assert judge(RAW | right)[0] == []
    for name, value in (("credit", "3.01"), ("case_money", "39.99"), ("dso", {})):
        wrong = copy.deepcopy(right)
        wrong["figures"][str(DAY)][name] = value
        [sentence] = judge(RAW | wrong)[0]
        assert name in sentence
    wrong = copy.deepcopy(right)
    wrong["portfolio"]["7"][0] = "57.01"
    assert len(judge(RAW | wrong)[0]) == 1
