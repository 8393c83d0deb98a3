from stdnum.be import vat

from odoo import api, fields, models

MANAGER = "debt_collection.debt_collection_group_manager"


class ResPartner(models.Model):
    _inherit = "res.partner"

    l10n_be_public_body = fields.Boolean(
        string="Public authority",
        help="The Belgian rules on late payment by public authorities hold.",
    )
    l10n_be_collection_law_id = fields.Many2one(
        comodel_name="res.country",
        string="Law of the contracts",
        groups=MANAGER,
        help="Whose law governs the contracts with this debtor. As long as it is "
        "empty, nothing but the principal is claimed from a consumer abroad.",
    )

    # === COMPUTE METHODS === #

    # the mark of a public authority is no dependency: a field of ours below a stored
    # one of the engine would take its twin on users away when this addon leaves
    @api.depends("vat", "company_registry", "country_id")
    def _compute_debt_collection_kind(self):
        # EXTENDS debt_collection: a public authority is named, and who has a valid
        # number acts as an enterprise, a natural person too
        result = super()._compute_debt_collection_kind()
        Regime = self.env["debt.collection.regime"]
        for partner in self:
            is_home = (partner.country_id.code or "BE") == "BE"
            if partner.l10n_be_public_body:
                partner.debt_collection_kind = "public"
            elif Regime._is_l10n_be_professional(partner, is_home):
                partner.debt_collection_kind = "enterprise"
        return result

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if "l10n_be_public_body" in vals and "debt_collection_kind" not in vals:
            self.env.add_to_compute(self._fields["debt_collection_kind"], self)
        if "l10n_be_collection_law_id" in vals:
            self._l10n_be_apply_law()
        return result

    def _l10n_be_apply_law(self):
        """Put what waited for the law of the contracts under the regime it leads to.

        Claims under another regime stay as they were frozen.
        """
        # the law holds for every creditor of the database, whoever stated it
        claims_sudo = self.env["debt.collection.claim"].sudo()
        claims_sudo = claims_sudo.search(
            [
                ("is_open", "=", True),
                ("regime", "=", "be_b2c_abroad"),
                ("case_id.partner_id", "in", self.commercial_partner_id.ids),
            ]
        )
        Regime = self.env["debt.collection.regime"]
        found = Regime._determine(claims_sudo.move_line_id) if claims_sudo else {}
        groups = claims_sudo.grouped(lambda c: (c.company_id, found[c.move_line_id.id]))
        for (company, (key, why)), group in groups.items():
            reason = self.env._(
                "The law of the contracts was stated: %(law)s. %(why)s",
                law=group.case_id.partner_id.l10n_be_collection_law_id.name or "-",
                why=why,
            )
            group._set_regime(key, reason, company._get_collection_today())

    # === ENTERPRISE NUMBER === #

    def _l10n_be_get_enterprise_number(self):
        """The valid Belgian enterprise number that is filled in, as its ten digits.

        :return: ``0403019261``; empty where the check digits of none are right
        :rtype: str
        """
        self.ensure_one()
        numbers = filter(None, (self.vat, self.company_registry))
        return next((vat.compact(one) for one in numbers if vat.is_valid(one)), "")

    def _l10n_be_has_enterprise_number(self):
        """Whether a valid Belgian enterprise number is filled in (check digits)."""
        return bool(self._l10n_be_get_enterprise_number())
