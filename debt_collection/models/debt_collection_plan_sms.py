from odoo import models
from odoo.tools import format_amount, format_date


class DebtCollectionPlanSms(models.AbstractModel):
    """Notices of instalments by SMS, where there is no e-mail address."""

    _name = "debt.collection.plan.sms"
    _description = "Notices of instalments by SMS"

    def _tell_by_sms(self, kind):
        """Those who have no e-mail address are told by SMS, where that is wanted."""
        if "sms.sms" not in self.env:
            return
        for notice in self.filtered(
            lambda n: (
                n.error
                and n.company_id.debt_collection_sms
                and not n.company_id.debt_collection_test_mode
                and n._get_recipient().phone
            )
        ):
            notice._send_sms(kind)

    def _send_sms(self, kind):
        """One SMS in the debtor's language; Odoo's queue sends it."""
        self.ensure_one()
        number = self._get_recipient().phone
        words = self.with_context(lang=self._get_lang())._get_sms_words(kind)
        self.env["sms.sms"].sudo().create(  # the queue belongs to the system
            {
                "number": number,
                "body": words,
                "partner_id": self._get_recipient().id,
            }
        )
        self.write({"address": number, "error": False})

    def _get_sms_words(self, kind):
        """What the SMS says: no reason of the debt, for others may read it.

        :rtype: str
        """
        self.ensure_one()
        lang, plan = self.env.context.get("lang"), self.plan_id
        values = {
            "company": self.company_id.name,
            "amount": format_amount(
                self.env, self.line_id.amount_left, plan.currency_id, lang_code=lang
            ),
            "day": format_date(self.env, self.line_id.date, lang_code=lang),
            "reference": plan.case_id._get_payment_reference(),
        }
        if kind == "announced":
            return self.env._(
                "%(company)s: %(amount)s by %(day)s, as agreed. Reference "
                "%(reference)s. Thank you.",
                **values,
            )
        return self.env._(
            "%(company)s: %(amount)s of %(day)s has not reached us yet. Reference "
            "%(reference)s. Please contact us if something is wrong.",
            **values,
        )
