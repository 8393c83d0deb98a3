from datetime import timedelta

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    debt_collection_paused = fields.Boolean(
        string="Pause collection",
        help="Stops every outgoing action of this company at once.",
    )
    debt_collection_tz = fields.Selection(
        selection=lambda self: self._selection_debt_collection_tz(),
        string="Collection time zone",
        help="Decides which day it is for the run, and the day a letter counts as sent.",
    )
    debt_collection_undo_minutes = fields.Integer(
        string="Undo window",
        default=15,
        help="Minutes a released mail rests in the queue before it leaves.",
    )

    def _selection_debt_collection_tz(self):
        return [(zone, zone) for zone in pytz.common_timezones]

    def _get_collection_zone(self):
        self.ensure_one()
        name = self.debt_collection_tz or self.partner_id.tz or "UTC"
        return pytz.timezone(name)

    def _get_collection_day(self, moment):
        """The day it is for this company at a naive UTC moment.

        :rtype: date
        """
        return pytz.utc.localize(moment).astimezone(self._get_collection_zone()).date()

    def _get_collection_today(self):
        """Today in the company's collection time zone; the outermost layer asks."""
        return self._get_collection_day(fields.Datetime.now())

    def _get_collection_undo_end(self):
        """When a mail released now may leave (naive UTC)."""
        self.ensure_one()
        minutes = max(self.debt_collection_undo_minutes, 0)
        return fields.Datetime.now() + timedelta(minutes=minutes)

    def _get_collection_bank(self):
        """The bank account debtors pay to, empty when the company has none."""
        self.ensure_one()
        return self.partner_id.bank_ids[:1]
