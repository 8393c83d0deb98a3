from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.dossier import safe_name
from .debt_collection_policy import KINDS

# Addresses of a contact that are his own, not another person's
OWN_ADDRESSES = ("invoice", "delivery", "other")


class ResPartner(models.Model):
    _inherit = "res.partner"

    debt_collection_kind = fields.Selection(
        selection=KINDS,
        string="Kind of debtor",
        compute="_compute_debt_collection_kind",
        store=True,
        readonly=False,
    )
    debt_collection_policy_id = fields.Many2one(
        comodel_name="debt.collection.policy",
        string="Collection policy",
        company_dependent=True,
        help="Replaces the policy that the rules would choose for this debtor.",
    )
    debt_collection_excluded = fields.Boolean(
        string="Excluded from collection", company_dependent=True
    )
    debt_collection_written_only = fields.Boolean(
        string="In writing only",
        help="No calls and no visits: the contact was abusive.",
    )
    debt_collection_needs_reference = fields.Boolean(
        string="Wants a reference on invoices",
        help="Pays no invoice without his order number or reference; so does every "
        "public body. Invoices without one are listed to be mended.",
    )
    debt_collection_channel = fields.Selection(
        selection=[("email", "E-mail"), ("post", "Post")],
        string="Letters by",
        help="How the debtor wants to be written to; empty: as the ladder says. What "
        "starts a term of the law goes by post where the ladder says so.",
    )
    debt_collection_contact_id = fields.Many2one(
        comodel_name="res.partner",
        string="Collection contact",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Who gets the letters; else the invoice contact.",
    )
    debt_collection_copy_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="res_partner_debt_collection_copy_rel",
        column1="debtor_id",
        column2="contact_id",
        string="Copies to",
        help="Who gets each letter too, by mail where there is an address, else by "
        "post.",
    )
    debt_collection_is_counsel = fields.Boolean(
        string="Counsel of debtors",
        help="A lawyer, debt mediator or administrator: he may get the letters of a "
        "private person who asked him for help.",
    )
    debt_collection_case_ids = fields.One2many(
        comodel_name="debt.collection.case",
        inverse_name="partner_id",
        string="Collection cases",
    )
    debt_collection_portfolio_ids = fields.One2many(
        comodel_name="debt.collection.portfolio",
        inverse_name="partner_id",
        string="Payment behaviour",
        groups="debt_collection.debt_collection_group_collector",
    )
    debt_collection_case_count = fields.Integer(
        compute="_compute_debt_collection_case_count",
        groups="debt_collection.debt_collection_group_collector",
    )

    # === COMPUTE METHODS === #

    @api.depends("is_company")
    def _compute_debt_collection_kind(self):
        for partner in self:
            kind = "enterprise" if partner.is_company else "consumer"
            partner.debt_collection_kind = kind

    def _compute_debt_collection_case_count(self):
        debtors = self.commercial_partner_id
        groups = self.env["debt.collection.case"]._read_group(
            [("partner_id", "in", debtors.ids), ("phase", "!=", "closed")],
            ["partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            debtor = partner.commercial_partner_id
            partner.debt_collection_case_count = counts.get(debtor.id, 0)

    # === CONSTRAINTS === #

    @api.constrains(
        "debt_collection_kind",
        "debt_collection_contact_id",
        "debt_collection_copy_ids",
        "debt_collection_is_counsel",
    )
    def _check_collection_reach(self):
        for debtor in self:
            named = debtor.debt_collection_copy_ids | debtor.debt_collection_contact_id
            if strangers := named - debtor._filter_collection_reach(named):
                raise ValidationError(
                    self.env._(
                        "Letters to the private person %(debtor)s may reach him, who "
                        "owes with him, and his counsel, never %(names)s.",
                        debtor=debtor.display_name,
                        names=", ".join(strangers.mapped("display_name")),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if self._get_collection_triggers() & vals.keys():
            accounts = self.env["debt.collection.account"].sudo()  # whoever edits it
            accounts.search(
                [("partner_id", "in", self.commercial_partner_id.ids)]
            )._mark_stale()
        return result

    @api.model
    def _get_collection_triggers(self):
        """Fields whose change makes the run decide again."""
        return {
            "active",
            "category_id",
            "country_id",
            "debt_collection_contact_id",
            "debt_collection_excluded",
            "debt_collection_kind",
            "debt_collection_policy_id",
            "email",
            "is_company",
            "street",
            "vat",
        }

    # === ACTION METHODS === #

    def action_view_debt_collection_cases(self):
        """Open the collection cases of the debtor."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_case_action"
        )
        action["domain"] = [("partner_id", "in", self.commercial_partner_id.ids)]
        action["context"] = {}
        return action

    def action_export_collection_data(self):
        """What the collection knows of the debtor, as a ZIP for him.

        :raises AccessError: only a manager gives out data
        :raises UserError: there is nothing
        """
        self.ensure_one()
        now = fields.Datetime.now()
        content = self.env["debt.collection.privacy"]._export(self, now)
        day = self.env.company._get_collection_day(now)
        attachment = self.env["ir.attachment"].create(
            {
                "name": safe_name(f"{self.commercial_partner_id.name} {day}.zip"),
                "raw": content,
                "mimetype": "application/zip",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "new",
        }

    # === BUSINESS METHODS === #

    def _get_days_late(self, day):
        """Average days late of the items paid in full in the year before a day.

        :rtype: dict[int, float]
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.commercial_partner_id,
                          avg(GREATEST(f.paid - l.date_maturity, 0))::float
                     FROM account_move_line l
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN account_account t ON t.id = l.account_id
                     JOIN account_move m ON m.id = l.move_id
                          AND m.is_collection_charge IS NOT TRUE
                     JOIN LATERAL (SELECT max(r.max_date) AS paid
                                     FROM account_partial_reconcile r
                                    WHERE r.debit_move_id = l.id) f ON TRUE
                    WHERE p.commercial_partner_id = ANY(%s) AND l.reconciled
                      AND l.company_id = %s AND l.parent_state = 'posted'
                      AND t.account_type = 'asset_receivable' AND l.debit > 0
                      AND f.paid > %s
                    GROUP BY p.commercial_partner_id""",
                self.ids,
                self.env.company.id,
                day - timedelta(days=365),
            )
        )
        return dict(rows)

    def _get_solvency(self, company, day):
        """The finding about the debtor's means that counts on a day.

        :param res.company company: whose finding it is
        :param date day: checks found later or expired before are left out
        :return: the latest valid check, empty when there is none
        :rtype: debt.collection.solvency.check
        """
        self.ensure_one()
        Check = self.env["debt.collection.solvency.check"]
        debtor = self.commercial_partner_id
        return Check._read_latest(debtor, company, day).get(debtor.id, Check)

    def _get_collection_recipient(self):
        """Who gets the letters: collection contact, invoice contact, the debtor."""
        self.ensure_one()
        contact = self.debt_collection_contact_id
        if contact.active and self._filter_collection_reach(contact):
            return contact
        return self.browse(self.address_get(["invoice"])["invoice"])

    def _filter_collection_reach(self, contacts):
        """Those of the contacts who may know of the debts of this debtor.

        Those of a private person are nobody else's business: not his family's, his
        neighbours' or his employer's. Only he, who owes with him, and his counsel.

        :rtype: res.partner
        """
        self.ensure_one()
        debtor = self.commercial_partner_id
        if debtor.debt_collection_kind != "consumer":
            return contacts
        # who checks an address need not work cases
        cases_sudo = debtor.sudo().debt_collection_case_ids
        bound = cases_sudo.party_ids.partner_id
        return contacts.filtered(
            lambda contact: contact == debtor
            or contact.debt_collection_is_counsel
            or contact.id in bound.ids
            or (
                contact.commercial_partner_id == debtor
                and contact.type in OWN_ADDRESSES
            )
        )
