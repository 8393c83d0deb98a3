"""The VAT in an unpaid invoice: what can be asked back, what a dividend gives away.

Money is an exact `Decimal`, VAT included; rates are percent. What was received counts
for each rate in proportion to what was invoiced at it.
"""

from decimal import Decimal

from odoo.addons.debt_collection.tools.imputation import pro_rata
from odoo.addons.debt_collection.tools.values import CENT, exact, round_to


def vat_within(gross, rate, rounding=CENT):
    """The VAT that an amount with VAT contains.

    :param Decimal gross: amount, VAT included
    :param Decimal rate: percent
    :rtype: Decimal
    """
    rate = exact(rate, "rate")
    return round_to(exact(gross) * rate / (100 + rate), rounding)


def lost_vat(lines, received=Decimal(0), rounding=CENT):
    """The VAT on the part of an invoice that stays unpaid, by rate.

    :param lines: (rate, amount with VAT) pairs of the invoice, one a rate
    :param Decimal received: what was paid of it, at most the whole
    :rtype: dict[Decimal, Decimal]
    """
    total = sum((exact(amount) for _rate, amount in lines), Decimal(0))
    return spread_vat(lines, max(total - exact(received), Decimal(0)), rounding)


def spread_vat(lines, amount, rounding=CENT):
    """The VAT in a part of an invoice (lost, or recovered later), by rate.

    :param lines: (rate, amount with VAT) pairs of the invoice
    :param Decimal amount: the part, VAT included, spread in proportion
    :rtype: dict[Decimal, Decimal]
    """
    weights = [exact(gross) for _rate, gross in lines]
    parts = pro_rata(exact(amount), weights, rounding)
    return {
        rate: vat_within(part, rate, rounding)
        for (rate, _gross), part in zip(lines, parts, strict=True)
    }
