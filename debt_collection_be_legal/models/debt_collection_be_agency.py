from odoo import api, models
from odoo.tools.date_utils import float_to_time

from odoo.addons.debt_collection.tools.terms import next_working_day

from ..tools.agency import overlaps_night
from ..tools.answers import Deadline
from .debt_collection_be_law import ONE_DAY

# What Book XIX lets a consumer be charged, whoever collects (art. XIX.4)
CONSUMER_CHARGES = ("interest", "lump_sum", "reminder_cost")


class DebtCollectionBeAgency(models.AbstractModel):
    """Collection of consumer debts by a third party: Book XIX, Title 2."""

    _name = "debt.collection.be.agency"
    _description = "Collectors of consumer debts in Belgium"
    _inherit = "debt.collection.be.law"

    @api.model
    def _get_agency_obstacle(self, consumer, registration, exempt=False):
        """Why an agency may not take a claim; empty: it may.

        :param bool consumer: the debtor is a consumer
        :param str registration: its number at the FPS Economy
        :param bool exempt: a lawyer, a bailiff or a judicial mandatary (art. XIX.6)
        :rtype: str
        """
        if not consumer or exempt or registration:
            return ""
        return self.env._(
            "Consumer debts go only to a collector registered at the FPS Economy "
            "(Code of Economic Law, art. XIX.6): enter the registration number on the "
            "agreement."
        )

    @api.model
    def _get_free_day(self, dispatch):
        """The first day a collector may take another measure after his notice.

        :param Dispatch dispatch: day and channel of the notice
        :rtype: Deadline
        """
        code = "be.b2c.collector_term"
        row = self._row(code, dispatch.day)
        consumer = self.env["debt.collection.regime"]._get_regime("be_b2c")
        start = consumer.with_company(self.env.company)._get_notice_start(dispatch)
        day = start + int(row.number) * ONE_DAY
        return Deadline("measure", day, self._full_ground(code, row), row.verified)

    @api.model
    def _get_mediation_rest(self, filed):
        """First and last day of the rest that a request for debt mediation opens.

        It starts on the first working day after the filing, and ends earlier when the
        request is decided.

        :param date filed: the day of the request
        :rtype: tuple[Deadline, Deadline]
        """
        code = "be.b2c.mediation_hold"
        row = self._row(code, filed)
        ground = self._full_ground(code, row)
        start = next_working_day(filed, self._get_calendar(), include=False)
        last = start + (int(row.number) - 1) * ONE_DAY
        return (
            Deadline("mediation_start", start, ground, row.verified),
            Deadline("mediation_end", last, ground, row.verified),
        )

    @api.model
    def _get_visit_obstacle(self, start, end, day):
        """Why a visit at these hours is forbidden (art. XIX.10); empty: it is not.

        :param float start: hour of the day, 21.5 for 21:30
        :param float end: hour of the day
        :rtype: str
        """
        opens = self._value("be.b2c.visit", day, "from")
        closes = self._value("be.b2c.visit", day, "to")
        if not overlaps_night(start, end, opens, closes):
            return ""
        return self.env._(
            "No visit at a consumer's home between %(closes)s and %(opens)s (Code of "
            "Economic Law, art. XIX.10).",
            closes=f"{float_to_time(float(closes)):%H:%M}",
            opens=f"{float_to_time(float(opens)):%H:%M}",
        )

    @api.model
    def _get_charge_obstacle(self, code):
        """Why a consumer may not be charged that; empty: he may.

        :param str code: code of a charge
        :rtype: str
        """
        if code in CONSUMER_CHARGES:
            return ""
        return self.env._(
            "A consumer pays nothing beyond the interest and the lump sum of art. "
            "XIX.4 of the Code of Economic Law: this cost stays with the creditor."
        )
