from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.words import get_language, in_words, says
from .debt_collection_facts import to_decimal


class DebtCollectionPlanAcknowledgement(models.AbstractModel):
    """The debt that is acknowledged with the signature of a plan.

    A private person types the sum in words himself; the words are only checked.
    Nothing of it is asked for a claim that is prescribed or contested.
    """

    _name = "debt.collection.plan.acknowledgement"
    _description = "Acknowledgement of debt"

    @api.model
    def _prepare_offer(self, plan, day):
        """What signing the offer would acknowledge, as values of the plan.

        :rtype: dict
        """
        claims, amount = plan.claim_ids.browse(), Decimal(0)
        if plan.with_acknowledgement:
            claims, amount = self._get_free(plan, day)
        return {
            "acknowledged_ids": [(6, 0, claims.ids)],
            "amount_acknowledged": float(amount),
        }

    @api.model
    def _get_free(self, plan, day):
        """What is neither prescribed nor contested: (claims, amount).

        The sum takes in what is not contested of a claim; the claims are those of
        which nothing is, for only their limitation starts anew.
        """
        facts = self.env["debt.collection.plan.opinion"]._read_facts(plan)
        free = {
            item for item, fact in facts.items() if not self._is_prescribed(fact, day)
        }
        found = plan.case_id._get_statements(
            day, verified_only=True, principal_only=not plan.with_charges
        )[plan.case_id.id]
        amount = sum(
            (row.due for row in found.claims if row.claim.key in free), Decimal(0)
        )
        claims = plan.claim_ids.filtered(
            lambda claim: claim.move_line_id.id in free
            and not facts[claim.move_line_id.id].contested
        )
        return claims, min(amount, to_decimal(plan.amount, plan.currency_id))

    @api.model
    def _is_prescribed(self, fact, day):
        """Whether the claim is prescribed, under the strictest reading."""
        regime = self.env["debt.collection.regime"]._get_regime(fact.regime)
        found = regime._get_limitation(fact)
        return bool(found) and day > min(
            found.caution or found.last_day, found.last_day
        )

    @api.model
    def _needs_words(self, plan):
        """Whether who signs has to write the sum himself: a private person."""
        kind = plan.partner_id.debt_collection_kind
        regime = self.env["debt.collection.regime"]._get_regime(plan.case_id.regime)
        is_private = kind == "consumer" or regime._requires_acceptance()
        return bool(plan.amount_acknowledged) and is_private

    @api.model
    def _check_words(self, plan, words):
        """Refuse a sum in words that is missing or says something else.

        :raises UserError: with the figure that the words have to say
        """
        if not self._needs_words(plan):
            return
        currency = plan.currency_id
        units = (currency.name, currency.symbol, currency.full_name)
        units = (*units, currency.currency_unit_label)
        amount = to_decimal(plan.amount_acknowledged, currency)
        if not says(words or "", amount, units):
            raise UserError(
                self.env._(
                    "Write the sum in words yourself: %(amount)s.",
                    amount=currency.format(plan.amount_acknowledged),
                )
            )

    @api.model
    def _get_words(self, plan, lang):
        """The acknowledged sum in words, as a letter in a language prints it.

        :rtype: str
        """
        currency = plan.currency_id
        return in_words(
            to_decimal(plan.amount_acknowledged, currency),
            get_language(lang),
            (currency.currency_unit_label or currency.name).lower(),
            (currency.currency_subunit_label or "").lower(),
        )

    @api.model
    def _get_text(self, plan):
        """What signing does, in the user's language; empty where it does nothing.

        :rtype: str
        """
        if not plan.amount_acknowledged:
            return ""
        return self.env._(
            "By signing you acknowledge that you owe %(amount)s. This acknowledgement "
            "starts the term of limitation of the debt anew.",
            amount=plan.currency_id.format(plan.amount_acknowledged),
        )
