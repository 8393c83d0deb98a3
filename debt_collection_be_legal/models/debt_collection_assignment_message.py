from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.debt_collection.tools.facts import Dispatch

from .debt_collection_be_law import ONE_DAY


class DebtCollectionAssignmentMessage(models.Model):
    _inherit = "debt.collection.assignment.message"

    def _apply(self):
        # EXTENDS debt_collection: a collector of consumer debts writes first, and waits
        for message in self.filtered(lambda one: one.kind == "step"):
            message._check_l10n_be_free_day()
        result = super()._apply()
        for message in self.filtered(lambda one: one.kind == "notice"):
            message._rest_l10n_be_notice()
        return result

    def _is_l10n_be_collector(self):
        """Whether Title 2 of Book XIX binds who wrote it."""
        self.ensure_one()
        kind = self.assignment_id.agreement_id.kind
        return kind == "agency" and self.case_id.regime == "be_b2c"

    def _get_l10n_be_free_day(self):
        """The first day of another measure, None before his notice (art. XIX.7).

        :rtype: Deadline | None
        """
        self.ensure_one()
        notice = self.assignment_id.line_ids.filtered(
            lambda one: one.kind == "notice" and one.direction == "in"
        ).sorted("date")[:1]
        if not notice:
            return None
        law = self.env["debt.collection.be.agency"].with_company(self.company_id)
        return law._get_free_day(Dispatch(notice.date, notice.channel or "post"))

    def _check_l10n_be_free_day(self):
        """No act of a collector before his notice, nor while its term runs.

        :raises UserError: with the day from which it is allowed
        """
        if not self._is_l10n_be_collector():
            return
        free = self._get_l10n_be_free_day()
        if not free:
            raise UserError(
                self.env._(
                    "A consumer gets the written notice of the collector first "
                    "(Code of Economic Law, art. XIX.7): report it before any other "
                    "act."
                )
            )
        if self.date < free.day:
            raise UserError(
                self.env._(
                    "The term of the collector's notice runs: no other measure before "
                    "%(day)s (Code of Economic Law, art. XIX.7).",
                    day=format_date(self.env, free.day),
                )
            )

    def _rest_l10n_be_notice(self):
        """While the term of his notice runs nothing of ours leaves either."""
        self.ensure_one()
        if not self._is_l10n_be_collector():
            return
        last = self._get_l10n_be_free_day().day - ONE_DAY
        # whoever reports it need not own holds
        self.env["debt.collection.hold"].sudo().create(
            {
                "account_id": self.case_id.account_id.id,
                "case_id": self.case_id.id,
                "reason": self.env._("Term of the collector's notice (art. XIX.7)"),
                "date_start": self.date,
                "date_end": last,
            }
        )
