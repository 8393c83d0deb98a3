from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

ZERO = Decimal(0)


class Estimate(NamedTuple):
    """What an act will cost by the tariff in force on a day, without VAT.

    ``net`` is in the company's currency, ``vat`` in percent; ``ground`` names the
    dated rows behind it; ``error`` tells why there is no figure.
    """

    net: Decimal = ZERO
    vat: Decimal = ZERO
    ground: str = ""
    verified: bool = True
    error: str = ""


class DebtCollectionCostType(models.Model):
    """What money is spent on, and where its tariff stands.

    The tariff is dated rows of numbers: an amount by a key; where the key follows the
    amount of the claim, a scale names it; an extra is asked once a case.
    """

    _name = "debt.collection.cost.type"
    _description = "Type of cost"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Known to code and imports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")
    is_judicial = fields.Boolean(
        string="Act of a procedure",
        help="Some laws let the debtor bear only acts of a procedure under a title.",
    )
    in_insolvency = fields.Boolean(
        string="Also in an insolvency",
        help="Makes sense when all creditors are served together: the declaration of "
        "the claim, for example.",
    )
    is_closing = fields.Boolean(
        string="Ends a procedure",
        help="Asked for although nothing more can come in: what was seized is freed, "
        "a loss is proved.",
    )
    needs_solvency = fields.Boolean(
        string="Only with a solvency check",
        default=True,
        help="Cannot be approved without a valid check, unless a reason is given.",
    )
    is_owed = fields.Boolean(
        string="Owed already",
        help="Nothing is spent by saying yes: it is due by an agreement, and is asked "
        "also when the case is closed or worth less.",
    )
    recoverable = fields.Boolean(default=True)
    next_step = fields.Text(
        string="What comes after",
        translate=True,
        help="Told to the approver: what the act leads to.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Usual partner",
        company_dependent=True,
    )
    # The tariff
    tariff_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        string="Tariff",
        domain="[('kind', '=', 'amount')]",
        ondelete="restrict",
    )
    tariff_key = fields.Char(help="The row of the tariff, where no scale names it.")
    tariff_scale_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        string="Scale",
        domain="[('kind', '=', 'bracket')]",
        ondelete="restrict",
        help="Names the row of the tariff by the amount of the claim.",
    )
    extra_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        string="Once a case",
        domain="[('kind', '=', 'amount')]",
        ondelete="restrict",
        help="Comes on top of the first cost of a case that asks it.",
    )
    extra_key = fields.Char()
    vat_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        string="VAT",
        domain="[('kind', '=', 'percent')]",
        ondelete="restrict",
    )

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A type of cost has one code."
    )

    # === BUSINESS METHODS === #

    def _get_estimate(self, case, day):
        """What an act of this type will cost on a case, by the tariff of that day.

        Override to refine the tariff of your country; must not write.

        :param date day: the day the rows of the tariff must cover
        :rtype: Estimate
        """
        if not self.tariff_id or not case:
            return Estimate()
        try:
            return self._add_up(case, day)
        except UserError as error:
            return Estimate(error=str(error))

    def _add_up(self, case, day):
        rows = [self._get_tariff_row(self.tariff_id, self._get_key(case, day), day)]
        if self.extra_id and not self._has_extra(case):
            rows.append(self._get_tariff_row(self.extra_id, self.extra_key, day))
        rate = self._get_vat_row(day)
        net = sum((row.number for row in rows), ZERO)
        source = "; ".join(dict.fromkeys(row.source_ref for row in rows))
        # the names of tariffs are shown to whoever asks for money
        names = (self.tariff_id | self.extra_id).sudo().mapped("name")
        return Estimate(
            net=self._convert(net, day),
            vat=rate.number if rate else ZERO,
            ground=f"{' + '.join(names[: len(rows)])} ({source})",
            verified=all(row.verified for row in (*rows, *filter(None, (rate,)))),
        )

    @api.model
    def _get_tariff_row(self, parameter, key, day):
        # numbers of the law are no secret
        code = parameter.sudo().code
        return self.env["debt.collection.parameter"]._get_row(
            code, day, self.env.company, key or None
        )

    def _get_vat_row(self, day):
        return self._get_tariff_row(self.vat_id, None, day) if self.vat_id else None

    def _get_key(self, case, day):
        """The row of the tariff that answers for a case.

        Override where something else than the amount of the claim decides.

        :rtype: str | bool
        """
        if not self.tariff_scale_id:
            return self.tariff_key
        claim = Decimal(str(case.amount_residual_company))
        # as above
        code = self.tariff_scale_id.sudo().code
        scale = self.env["debt.collection.parameter"]._get_scale(
            code, day, self.env.company
        )
        fitting = [row for row in scale if (row.lower or ZERO) < claim]
        return (fitting or scale)[-1 if fitting else 0].text

    def _has_extra(self, case):
        """Whether an earlier cost of the case already asked what is asked once."""
        earlier = case.cost_ids.filtered(
            lambda cost: cost.stage in ("requested", "approved", "engaged")
        )
        return self.extra_id in earlier.type_id.extra_id

    def _convert(self, amount, day):
        """An amount of the tariff in the currency of the company."""
        company = self.env.company
        currency = self.tariff_id.sudo().currency_id or company.currency_id  # as above
        if currency == company.currency_id:
            return amount
        value = currency._convert(float(amount), company.currency_id, company, day)
        return Decimal(str(value))
