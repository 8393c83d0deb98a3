from odoo import api, models


class DebtCollectionRegime(models.AbstractModel):
    _inherit = "debt.collection.regime"

    @api.model
    def _get_regime_models(self):
        return super()._get_regime_models() | {
            "be_b2b": (
                "debt.collection.regime.be.b2b",
                self.env._("Belgium: between enterprises"),
            ),
            "be_b2c": (
                "debt.collection.regime.be.b2c",
                self.env._("Belgium: consumer"),
            ),
            "be_b2c_abroad": (
                "debt.collection.regime.be.b2c.abroad",
                self.env._("Belgium: consumer abroad"),
            ),
            "be_b2g": (
                "debt.collection.regime.be.b2g",
                self.env._("Belgium: public authority"),
            ),
        }

    @api.model
    def _determine(self, items):
        """Belgian law for Belgian creditors, and for consumers who live in Belgium."""
        answers = super()._determine(items)
        # the law of a contract is a Manager's field; everybody's letter depends on it
        items_sudo = items.sudo()
        # for a whole batch: what is asked here, and no other column of the ledger
        items_sudo.fetch(["company_id", "move_id", "partner_id"])
        items_sudo.move_id.fetch(["l10n_be_private_purpose"])
        known = {}
        for item in items_sudo:
            debtor = item.partner_id.commercial_partner_id
            key = (item.company_id, debtor, item.move_id.l10n_be_private_purpose)
            if key not in known:
                known[key] = self._determine_l10n_be(*key)
            if known[key]:
                answers[item.id] = known[key]
        return answers

    @api.model
    def _determine_l10n_be(self, company, debtor, private):
        """The Belgian regime of a debt, and why; None: another law governs it.

        :param bool private: the debt is private although the debtor has a number
        :rtype: tuple[str, str] | None
        """
        law = debtor.l10n_be_collection_law_id.code
        is_home = (debtor.country_id.code or company.country_id.code) == "BE"
        is_consumer = private or not self._is_l10n_be_professional(debtor, is_home)
        if law and law != "BE":
            return None
        if company.country_id.code != "BE" and not (law or (is_home and is_consumer)):
            return None
        if debtor.l10n_be_public_body:
            return "be_b2g", self.env._("The debtor is a public authority.")
        if not is_consumer:
            return "be_b2b", self._explain_l10n_be_professional(debtor)
        if not is_home and not law:
            return "be_b2c_abroad", self.env._(
                "A consumer abroad: only the principal is claimed until a Manager "
                "states the law of the contract."
            )
        if private:
            return "be_b2c", self.env._("The invoice is marked as a private debt.")
        return "be_b2c", self.env._(
            "The debtor is a natural person without a valid enterprise number."
        )

    @api.model
    def _is_l10n_be_professional(self, debtor, is_home):
        """Whether the debtor acts as an enterprise: a company, or a valid number."""
        if debtor.is_company or debtor._l10n_be_has_enterprise_number():
            return True
        return bool(debtor.vat) and not is_home

    @api.model
    def _explain_l10n_be_professional(self, debtor):
        if debtor._l10n_be_has_enterprise_number():
            return self.env._("The debtor has a valid Belgian enterprise number.")
        if debtor.is_company:
            return self.env._("The debtor is a company; its number was not checked.")
        return self.env._("The debtor abroad has a VAT number.")
