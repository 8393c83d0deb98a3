from datetime import timedelta

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.image import image_data_uri

from ..tools.document import Document
from .debt_collection_facts import to_decimal

# letter -> the states of a plan in which it is true
TRUE_IN = {
    "plan_proposal": ("offered",),
    "plan_agreement": ("accepted", "running", "kept"),
    "plan_broken": ("broken",),
}


class DebtCollectionDocumentPlan(models.AbstractModel):
    """The letters of a payment plan: offered, signed, broken."""

    _name = "debt.collection.document.plan"
    _description = "Letters about a plan"

    @api.model
    def _get_plan_documents(self):
        mail = "debt_collection.mail_template_plan_letter"
        return {
            "plan_proposal": Document(
                self.env._("Proposal for a payment plan"),
                "debt_collection.letter_plan_proposal",
                mail,
                mentions=("plan_instalments", "plan_end", "plan_acceptance"),
                by_hand=False,
                is_answer=True,
            ),
            "plan_agreement": Document(
                self.env._("Payment plan"),
                "debt_collection.letter_plan_agreement",
                mail,
                mentions=("plan_instalments", "plan_end", "plan_signature"),
                by_hand=False,
                is_answer=True,
            ),
            "plan_broken": Document(
                self.env._("End of a payment plan"),
                "debt_collection.letter_plan_broken",
                mail,
                mentions=("origin_and_due_date", "balance", "plan_missed"),
                by_hand=False,
            ),
        }

    @api.model
    def _check_plan(self, key, subject):
        if key in TRUE_IN and (not subject or subject.state not in TRUE_IN[key]):
            raise UserError(
                self.env._(
                    "%(letter)s: the plan is not in the state any more that this "
                    "letter tells of.",
                    letter=self._get_document(key).label,
                )
            )

    @api.model
    def _add_plan_values(self, key, case, subject, values):
        if key not in TRUE_IN or not subject:
            return values
        return (
            values
            | self._get_account_values(values["statement"])
            | self._get_plan_values(key, subject, values)
            | self._get_way_to_pay(case, self._get_plan_payment(key, subject, values))
        )

    @api.model
    def _get_account_values(self, statement):
        """What the table of invoices shows, as of a day: not a demand of its own."""
        return {
            "is_account": True,
            "charges": [row for row in statement.charges if row.left],
            "costs": [row for row in statement.costs if row.left],
            "interest": statement.interest_left,
            "contested": statement.contested + statement.contested_interest,
        }

    @api.model
    def _get_plan_payment(self, key, plan, values):
        """What the box on paying asks: the next instalment, or all once it broke."""
        if key == "plan_broken":
            return values["statement"].due
        line = plan.line_ids.sorted(lambda row: (row.date, row.id)).filtered(
            lambda row: row.amount_left > 0
        )[:1]
        return to_decimal(line.amount_left, plan.currency_id)

    def _get_plan_values(self, key, plan, values):
        """The plan as its letters show it, and the words filled into sentences."""
        lines = plan.line_ids.sorted(lambda row: (row.date, row.id))
        missed = lines.filtered(lambda row: row.amount_left > 0)[:1]
        Acknowledgement = self.env["debt.collection.plan.acknowledgement"]
        words, is_signed = "", key in ("plan_proposal", "plan_agreement")
        if plan.amount_acknowledged:
            words = Acknowledgement._get_words(plan, self.env.lang)
        return {
            "plan": plan,
            "lines": lines,
            "missed": missed,
            "words": words,
            "needs_words": Acknowledgement._needs_words(plan),
            "signature": image_data_uri(plan.signature) if plan.signature else False,
            "marks": self._get_plan_marks(plan, missed, words, values),
            "own_mentions": ("debt_acknowledged",) if is_signed and words else (),
        }

    @api.model
    def _get_plan_marks(self, plan, missed, words, values):
        money, long_day = values["money"], values["long_day"]
        last = missed.date and missed.date + timedelta(days=plan.grace_days)
        return {
            "plan_amount": Markup("<b>%s</b>") % money(plan.amount),
            "plan_filled": money(plan.amount_filled),
            "plan_left": money(plan.amount_left),
            "plan_answer": Markup("<b>%s</b>") % long_day(plan.date_expiry),
            "plan_start": long_day(plan.date_start),
            "plan_ended": long_day(plan.date_ended),
            "grace": str(plan.grace_days),
            "signer": Markup("<b>%s</b>") % (plan.signed_by or ""),
            "signed_moment": values["moment"](plan.signed_on),
            "debtor": plan.partner_id.name or "",
            "creditor": plan.company_id.name,
            "acknowledged": Markup("<b>%s</b>") % money(plan.amount_acknowledged),
            "acknowledged_words": words,
            "own_words": plan.signed_words or "",
            "missed_amount": money(missed.amount_left),
            "missed_day": long_day(missed.date),
            "missed_last": long_day(last),
        }
