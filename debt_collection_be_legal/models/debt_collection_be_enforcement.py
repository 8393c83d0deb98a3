from odoo import api, models

from odoo.addons.debt_collection.tools.brackets import bracket
from odoo.addons.debt_collection.tools.values import Bracket, Scale

from ..tools.answers import Figure


class DebtCollectionBeEnforcement(models.AbstractModel):
    """Enforcement: the days between acts, and income that cannot be seized."""

    _name = "debt.collection.be.enforcement"
    _description = "Enforcement in Belgium"
    _inherit = "debt.collection.be.law"

    # === DELAYS === #

    @api.model
    def _get_movables_path(self, ordered):
        """Earliest days from a payment order to the sale of movables.

        :param date ordered: the day the payment order was served
        :rtype: tuple[Deadline]
        """
        seizure = self._delay("seizure", "order_to_seizure", ordered)
        sale = self._delay("sale", "seizure_to_sale", seizure.day, "months")
        return (
            seizure,
            self._delay("private_sale", "private_sale", seizure.day),
            *self._get_poster_window(sale.day),
            sale,
        )

    @api.model
    def _get_poster_window(self, sale):
        """First and last day of the last warning before a sale."""
        return (
            self._delay("poster_first", "poster_first", sale, sign=-1),
            self._delay("poster_last", "poster_last", sale, sign=-1),
        )

    @api.model
    def _get_third_party_path(self, attached):
        """Days after an attachment with a third party: notice, declaration."""
        return (
            self._delay("notice", "third_party_notice", attached),
            self._delay("declaration", "third_party_declaration", attached),
        )

    @api.model
    def _get_conservatory_end(self, seized):
        """The last day of a conservatory seizure that nobody renews."""
        return self._delay("conservatory", "conservatory_valid", seized, "months")

    @api.model
    def _delay(self, name, key, act, unit="days", sign=1):
        return self._deadline(
            name, f"be.enforcement.delay.{unit}", key, act, unit, sign
        )

    # === INCOME === #

    @api.model
    def _get_attachable(self, net, children, kind, day):
        """What of a monthly income can be attached; never below zero.

        :param Decimal net: net income of a month, EUR
        :param int children: dependent children
        :param str kind: ``work`` or ``replacement`` (benefits, pensions)
        :param date day: a day of the month
        :return: ``income`` (by the bands) and ``children`` (what they take off)
        :rtype: Figure
        """
        code = "be.income.protected"
        rows = self.env["debt.collection.parameter"]._get_scale(
            code, day, self.env.company, kind
        )
        child = self._row("be.income.child", day)
        bands = (Bracket(r.lower or 0, r.base or 0, r.percent or 0) for r in rows)
        by_bands = bracket(net, Scale(tuple(bands), code=code))
        less = children * child.number
        return Figure(
            max(by_bands - less, by_bands * 0),
            self._full_ground(code, rows[0]),
            child.verified and all(row.verified for row in rows),
            (("income", by_bands), ("children", less)),
        )
