"""Every worked case of the law has a test that carries its number."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# section of the reference -> how many worked cases it has
CASES = {
    1: 10,  # interest between enterprises
    2: 18,  # consumers
    3: 6,  # collectors
    4: 7,  # the non-contested way
    5: 7,  # courts
    6: 5,  # enforcement
    7: 5,  # insolvency
    8: 4,  # irrecoverable
    9: 6,  # limitation
    10: 6,  # days and terms
    11: 4,  # imputation
    12: 8,  # numbers and references
}
NAME = re.compile(r"def test_case_(\d+)_(\d+)(?!\d)")


def read_numbers():
    found = set()
    for path in ROOT.glob("debt_collection*/tests/test_*.py"):
        found |= {tuple(map(int, pair)) for pair in NAME.findall(path.read_text())}
    return found


@pytest.mark.parametrize("section", CASES)
def test_every_worked_case_has_its_test(section):
    wanted = {(section, number) for number in range(1, CASES[section] + 1)}
    assert wanted <= read_numbers()


def test_no_test_carries_a_number_that_no_case_has():
    strange = {
        (section, number)
        for section, number in read_numbers()
        if number > CASES.get(section, 0)
    }
    assert not strange
