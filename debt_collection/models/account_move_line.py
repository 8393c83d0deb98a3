from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    debt_collection_claim_ids = fields.One2many(
        comodel_name="debt.collection.claim",
        inverse_name="move_line_id",
        string="Claims",
        export_string_translation=False,
    )
    debt_collection_cost_id = fields.Many2one(
        comodel_name="debt.collection.cost",
        string="Collection cost",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('stage', '=', 'engaged')]",
        help="What this line bills. It is posted only within what was approved.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("debt_collection_cost_id")._check_cost_link_open()
        return lines

    def write(self, vals):
        if "debt_collection_cost_id" in vals:
            self._check_cost_link_open()
        return super().write(vals)

    def _check_cost_link_open(self):
        """A posted line keeps its cost: what is billed was checked when posting."""
        posted = self.filtered(lambda line: line.parent_state == "posted")
        if posted:
            raise UserError(
                self.env._(
                    "%(bill)s is posted: reset it to draft to link its lines to other "
                    "costs.",
                    bill=posted[0].move_name,
                )
            )

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS account: a credit note lowers what the bill raised
        result = super()._copy_data_extend_business_fields(values)
        values["debt_collection_cost_id"] = self.debt_collection_cost_id.id
        return result

    # === BUSINESS METHODS === #

    def _get_cost_amount(self, with_vat):
        """What the line bills, in the company's currency at the day of the bill.

        :param bool with_vat: count the VAT in
        :rtype: float
        """
        self.ensure_one()
        if not with_vat or not self.price_subtotal:
            return self.balance
        total = self.balance * self.price_total / self.price_subtotal
        return self.company_currency_id.round(total)

    debt_collection_why_not = fields.Char(
        related="move_id.debt_collection_why_not", string="Collection: what comes next"
    )

    def _get_open_claim(self):
        """The claim of the item on an open case, empty when there is none."""
        self.ensure_one()
        return self.debt_collection_claim_ids.filtered("is_open")

    def _get_collection_key(self):
        """Company, debtor and currency ids: the key of the item's account."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        return self.company_id.id, partner.id, self.currency_id.id
