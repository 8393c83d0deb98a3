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

    @api.depends("l10n_be_public_body", "vat", "company_registry", "country_id")
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

    def _l10n_be_has_enterprise_number(self):
        """Whether a valid Belgian enterprise number is filled in (check digits)."""
        self.ensure_one()
        return any(
            vat.is_valid(number)
            for number in (self.vat, self.company_registry)
            if number
        )
