from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools.date_utils import end_of

from odoo.addons.debt_collection.tools.answers import LegalDay

from ..tools.answers import Deadline, Figure
from ..tools.vat import lost_vat, spread_vat


class DebtCollectionBeInsolvency(models.AbstractModel):
    """Insolvency of a debtor: what is to be done by when, and the VAT on the loss.

    Days are never moved to a working day: the earlier day harms nobody.
    """

    _name = "debt.collection.be.insolvency"
    _description = "Insolvency in Belgium"
    _inherit = "debt.collection.be.law"

    # === DAYS === #

    @api.model
    def _get_deadlines(self, finding, day, term=None, guarantor=False, reminded=None):
        """What the creditor must do by when.

        :param str finding: ``bankrupt``, ``reorganisation`` or ``debt_settlement``
        :param date day: the judgment; for a debt settlement the day of its notice
        :param date term: last day to declare, when the judgment gives one
        :param bool guarantor: somebody stands guarantor
        :param date reminded: the mediator's registered letter
        :rtype: tuple[Deadline]
        """
        if finding == "bankrupt":
            return self._get_bankruptcy_deadlines(day, term, guarantor)
        if finding == "debt_settlement":
            return self._get_settlement_deadlines(day, reminded)
        return ()

    @api.model
    def _get_bankruptcy_deadlines(self, day, term, guarantor):
        claim = self._days("claim", "claim", day)
        if term:
            claim = Deadline("claim", term, self.env._("Term given by the judgment"))
        found = [claim, self._months("claim_limit", "claim_limit", day)]
        if guarantor:
            found.append(self._months("guarantor", "guarantor", day))
        return tuple(found)

    @api.model
    def _get_settlement_deadlines(self, day, reminded):
        found = [self._months("claim", "settlement_claim", day)]
        if reminded:
            found.append(self._days("claim_limit", "settlement_reminder", reminded))
        return tuple(found)

    @api.model
    def _days(self, name, key, day):
        return self._deadline(name, "be.insolvency.term.days", key, day)

    @api.model
    def _months(self, name, key, day):
        return self._deadline(name, "be.insolvency.term.months", key, day, "months")

    @api.model
    def _get_days(
        self, kind, day, term=None, guarantor=False, retention=False, reminded=None
    ):
        """The same days in words, and what the retention of title wants.

        :rtype: tuple[LegalDay]
        """
        labels = self._get_labels()
        found = self._get_deadlines(kind, day, term, guarantor, reminded)
        days = [
            LegalDay(labels[one.code], one.day, one.ground, one.verified)
            for one in found
        ]
        if retention and kind == "bankrupt":
            ground = self.env._(
                "Code of Economic Law, art. XX.194: before the report of verification "
                "is closed; the day to declare is a safe one"
            )
            days.append(LegalDay(labels["retention"], found[0].day, ground, False))
        return tuple(days)

    @api.model
    def _get_labels(self):
        return {
            "claim": self.env._("Declare the claim"),
            "claim_limit": self.env._("Last day: afterwards the right is lost"),
            "guarantor": self.env._("Name the guarantor, or he is free"),
            "retention": self.env._("Reclaim the goods under retention of title"),
        }

    # === VAT === #

    @api.model
    def _get_vat_refund(self, lines, received, day):
        """The VAT that can be asked back on what an invoice lost.

        :param lines: (rate, amount with VAT) pairs of the invoice
        :param Decimal received: what was paid of it
        :param date day: the cause: the judgment of bankruptcy, the approval of a plan
        :return: the VAT, and the last day to ask for it
        :rtype: tuple[Figure, Deadline]
        """
        code = "be.vat.refund_years"
        row = self._row(code, day)
        parts = lost_vat(lines, received)
        ground = self.env._("VAT Code, art. 77 § 1, 7°")
        figure = Figure(
            sum(parts.values()),
            ground,
            parts=tuple((f"{rate:f}", vat) for rate, vat in parts.items()),
        )
        last_day = end_of(day + relativedelta(years=int(row.number)), "year")
        ground = self._full_ground(code, row)
        return figure, Deadline("vat_refund", last_day, ground, row.verified)

    @api.model
    def _get_vat_repayment(self, lines, dividend):
        """The VAT to pay back on a dividend that comes after the refund.

        :rtype: Figure
        """
        parts = spread_vat(lines, dividend)
        return Figure(
            sum(parts.values()),
            self.env._("VAT Code, art. 79"),
            parts=tuple((f"{rate:f}", vat) for rate, vat in parts.items()),
        )
