from odoo import api, models
from odoo.tools import SQL


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
        for key, ids in self._group_l10n_be(items).items():
            if answer := self._determine_l10n_be(*key):
                answers.update(dict.fromkeys(ids, answer))
        return answers

    @api.model
    def _group_l10n_be(self, items):
        """What decides on the regime, with the items it holds for, by one query.

        :return: (company, debtor, whether the debt is private) -> ids of items
        :rtype: dict[tuple, list[int]]
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.company_id, p.commercial_partner_id,
                          m.l10n_be_private_purpose IS TRUE, array_agg(l.id)
                     FROM account_move_line l
                     JOIN account_move m ON m.id = l.move_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE l.id = ANY(%s) GROUP BY 1, 2, 3""",
                items.ids,
            )
        )
        # the law of a contract is a Manager's field; everybody's letter depends on it
        companies_sudo = self.env["res.company"].sudo().browse(row[0] for row in rows)
        debtors_sudo = self.env["res.partner"].sudo().browse(row[1] for row in rows)
        return {
            (company, debtor, row[2]): row[3]
            for company, debtor, row in zip(
                companies_sudo, debtors_sudo, rows, strict=True
            )
        }

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
        if debtor.l10n_be_public_body or debtor.debt_collection_kind == "public":
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
