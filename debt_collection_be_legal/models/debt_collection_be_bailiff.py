from odoo import api, models

from odoo.addons.debt_collection.tools.brackets import share

from ..tools.answers import Figure


class DebtCollectionBeBailiff(models.AbstractModel):
    """The tariff of bailiffs, for estimates: their statement tells the real cost."""

    _name = "debt.collection.be.bailiff"
    _description = "Tariff of bailiffs in Belgium"
    _inherit = "debt.collection.be.law"

    @api.model
    def _get_class_row(self, amount, nature, day):
        """The row of the class of an act: by its nature, else by the amount."""
        by_nature = self._find_row("be.bailiff.class_by_nature", day, nature)
        if by_nature and by_nature.key == nature:
            return by_nature
        return self._scale_row("be.bailiff.class", day, amount)

    @api.model
    def _get_estimate(self, amount, nature, day, acts=1, opens_file=True):
        """What acts on a claim cost before disbursements.

        :param Decimal amount: the claim
        :param int acts: number of acts
        :param bool opens_file: the costs of a file are due once
        :return: ``act``, ``file`` and ``vat``
        :rtype: Figure
        """
        letter = self._get_class_row(amount, nature, day)
        rows = [self._row("be.bailiff.tariff", day, letter.text)]
        act = rows[0].number * acts
        file_cost = act * 0
        if opens_file:
            rows.append(self._row("be.bailiff.file_cost", day, "once"))
            file_cost = rows[1].number
        rows += [letter, self._row("be.bailiff.vat", day)]
        vat = share(act + file_cost, rows[-1].number)
        return Figure(
            act + file_cost + vat,
            self.env._(
                "%(ground)s, class %(letter)s",
                ground=self._ground("be.bailiff.tariff", rows[0]),
                letter=letter.text,
            ),
            all(row.verified for row in rows),
            (("act", act), ("file", file_cost), ("vat", vat)),
        )
