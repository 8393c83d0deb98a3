from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

WAYS = [
    ("signed", "Signed paper"),
    ("web", "Ticked online"),
    ("email", "By e-mail"),
    ("order", "Order form"),
    ("silent", "Known and not contested"),
]


class Rite(NamedTuple):
    """One acceptance: the terms, the day, the invoice it is limited to (0: none)."""

    terms: int
    date: object
    move: int


class DebtCollectionTermsAcceptance(models.Model):
    """Who accepted which terms, when and how: the evidence behind a clause."""

    _name = "debt.collection.terms.acceptance"
    _description = "Acceptance of general terms"
    _order = "date desc, id desc"
    _check_company_auto = True

    terms_id = fields.Many2one(
        comodel_name="debt.collection.terms",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="terms_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Only for",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('move_type', '=', 'out_invoice'),"
        " ('commercial_partner_id', '=', partner_id)]",
        help="Empty: for every invoice from that day on.",
    )
    date = fields.Date(required=True)
    way = fields.Selection(selection=WAYS, string="How", required=True)
    note = fields.Char(string="Where to find the proof")
    document = fields.Binary(string="Proof", attachment=True)
    document_name = fields.Char(export_string_translation=False)

    # === COMPUTE METHODS === #

    @api.depends("terms_id", "partner_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.terms_id.display_name}, {row.date or ''}"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._notice()
        return rows

    def write(self, vals):
        result = super().write(vals)
        self._notice()
        return result

    def _notice(self):
        """What a debtor accepted changes what may be claimed from him."""
        accounts = self.env["debt.collection.account"].sudo()  # whoever records it
        debtors = self.partner_id.commercial_partner_id
        accounts.search([("partner_id", "in", debtors.ids)])._mark_stale()

    # === BUSINESS METHODS === #

    def _get_words(self):
        """Who accepted which terms, when and how, as one line of a list.

        :rtype: str
        """
        self.ensure_one()
        ways = dict(self._fields["way"]._description_selection(self.env))
        return self.env._(
            "%(terms)s, accepted by %(name)s on %(day)s: %(way)s",
            terms=self.terms_id.display_name,
            name=self.partner_id.display_name,
            day=format_date(self.env, self.date),
            way=ways[self.way],
        )

    @api.model
    def _read_for_debtors(self, partner_ids):
        """(company id, debtor id) -> acceptances, oldest first, set-based.

        :param set[int] partner_ids: commercial partners
        :rtype: dict[tuple[int, int], list[Rite]]
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT a.company_id, p.commercial_partner_id, a.terms_id, a.date,
                          COALESCE(a.move_id, 0)
                     FROM debt_collection_terms_acceptance a
                     JOIN res_partner p ON p.id = a.partner_id
                    WHERE p.commercial_partner_id = ANY(%s)
                    ORDER BY a.move_id NULLS FIRST, a.date, a.id""",
                list(partner_ids),
            )
        )
        found = defaultdict(list)
        for company, debtor, *rite in rows:
            found[company, debtor].append(Rite(*rite))
        return found
