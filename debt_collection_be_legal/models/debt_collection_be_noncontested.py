from odoo import api, models

from odoo.addons.debt_collection.tools.brackets import capped_parts, share

from ..tools.answers import Deadline, Figure
from .debt_collection_be_law import ONE_DAY


class DebtCollectionBeNoncontested(models.AbstractModel):
    """Recovery of claims that nobody contests (RCI / IOS): dates and ceiling."""

    _name = "debt.collection.be.noncontested"
    _description = "Non-contested claims in Belgium"
    _inherit = "debt.collection.be.law"

    @api.model
    def _get_dates(self, served):
        """Until when the debtor may answer, and from when the report may be drawn up.

        Judicial Code, art. 1394/20 ff.: one month from the summons, rolled to a
        working day; the report at the earliest so many days after that end.

        :param date served: the day the bailiff served the summons to pay
        :rtype: tuple[Deadline, Deadline]
        """
        term = self._row("be.rci.term", served)
        delay = self._row("be.rci.report_delay", served)
        last_day = self._get_term_end(served, int(term.number), "months")
        report = last_day + int(delay.number) * ONE_DAY
        return (
            Deadline(
                "answer",
                last_day,
                self._full_ground("be.rci.term", term),
                term.verified,
            ),
            Deadline(
                "report",
                report,
                self._full_ground("be.rci.report_delay", delay),
                term.verified and delay.verified,
            ),
        )

    @api.model
    def _get_accessories(self, principal, interest, penalty, day):
        """Interest and penalties under their common ceiling; the penalty gives way.

        :param Decimal principal: amounts in the currency of the claim
        :param date day: the day the lawyer is instructed
        :return: what may be asked on top of the principal, by ``interest`` and
            ``penalty``
        :rtype: Figure
        """
        row = self._row("be.rci.cap", day)
        ceiling = share(principal, row.number)
        kept = capped_parts([interest, penalty], ceiling)
        return Figure(
            sum(kept),
            self._full_ground("be.rci.cap", row),
            row.verified,
            (("interest", kept[0]), ("penalty", kept[1])),
        )
