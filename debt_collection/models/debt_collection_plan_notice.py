from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount, format_date, split_every

TEMPLATES = {
    "announced": "debt_collection.mail_template_plan_announced",
    "chased": "debt_collection.mail_template_plan_chased",
}
# Mails made by one rendering of their template
MAIL_BATCH = 50


class DebtCollectionPlanNotice(models.Model):
    """That an instalment was announced, or chased: once each, whoever runs."""

    _name = "debt.collection.plan.notice"
    _description = "Notice of an instalment"
    _inherit = ["debt.collection.bulk", "debt.collection.plan.sms"]
    _order = "date desc, id desc"
    _check_company_auto = True

    line_id = fields.Many2one(
        comodel_name="debt.collection.plan.line",
        string="Instalment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    plan_id = fields.Many2one(related="line_id.plan_id")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        selection=[("announced", "Announced"), ("chased", "Chased")],
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True)
    mail_id = fields.Many2one(
        comodel_name="mail.mail", readonly=True, ondelete="set null"
    )
    address = fields.Char(readonly=True)
    error = fields.Char(readonly=True)

    _kind_unique = models.UniqueIndex(
        "(line_id, kind)", "This instalment was announced or chased already."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "date", "error")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for notice in self:
            text = f"{kinds[notice.kind]} {format_date(self.env, notice.date)}"
            notice.display_name = f"{text}: {notice.error}" if notice.error else text

    # === BUSINESS METHODS === #

    @api.model
    def _give(self, lines, kind, day):
        """Announce or chase instalments; those that another runner took are left.

        :param debt.collection.plan.line lines: of one company
        :param str kind: announced or chased
        """
        notices = self._bulk_insert(
            [
                {
                    "line_id": line.id,
                    "company_id": line.company_id.id,
                    "kind": kind,
                    "date": day,
                }
                for line in lines
            ]
        )
        for chunk in split_every(MAIL_BATCH, notices.ids, self.browse):
            chunk._mail(kind)
        return notices

    def _mail(self, kind):
        """One mail each, in the debtor's language, after the quiet hours."""
        reached = self.browse()
        for notice in self:
            recipient = notice._get_recipient()
            if address := notice._get_address():
                notice.address = address
                reached += notice
            else:
                notice.error = self.env._(
                    "%(partner)s has no e-mail address.", partner=recipient.display_name
                )
        template = self.env.ref(TEMPLATES[kind])
        for lang, notices in reached.grouped(lambda n: n._get_lang()).items():
            notices._queue(template.with_context(lang=lang))
        self._tell_by_sms(kind)

    def _queue(self, template):
        texts = template._generate_template(
            self.ids, ["subject", "body_html", "email_from", "reply_to"]
        )
        mails = (
            self.env["mail.mail"]
            .sudo()  # the queue belongs to the system; the run decided
            .create([notice._prepare_mail(texts[notice.id]) for notice in self])
        )
        for notice, mail in zip(self, mails, strict=True):
            notice.mail_id = mail.id

    def _prepare_mail(self, texts):
        self.ensure_one()
        return {
            "subject": self._get_subject(texts["subject"]),
            "body": texts["body_html"],  # what the case shows of it
            "body_html": texts["body_html"],
            "email_from": texts["email_from"] or self.company_id.email_formatted,
            "reply_to": texts.get("reply_to"),
            **self._prepare_recipient(),
            "model": "debt.collection.case",
            "res_id": self.plan_id.case_id.id,
            "message_type": "email_outgoing",
            "auto_delete": False,
            "scheduled_date": self.company_id._get_collection_undo_end(
                self.plan_id.case_id.partner_id.country_id.code or ""
            ),
        }

    def _get_address(self):
        """Where it goes: to the debtor, in test mode to the creditor himself."""
        self.ensure_one()
        if self.company_id.debt_collection_test_mode:
            return self.company_id._get_collection_test_address()
        return self._get_recipient().email_normalized

    def _prepare_recipient(self):
        if self.company_id.debt_collection_test_mode:
            return {"email_to": self.address}
        return {"recipient_ids": [(6, 0, self._get_recipient().ids)]}

    def _get_subject(self, subject):
        if not self.company_id.debt_collection_test_mode:
            return subject
        return self.env._(
            "[Test, to %(debtor)s] %(subject)s",
            debtor=self._get_recipient().display_name,
            subject=subject,
        )

    def _get_mail_values(self):
        """What the mail tells, worded in the language it is rendered in.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        line, plan = self.line_id, self.plan_id
        lang = self.env.context.get("lang") or self._get_lang()
        last = line.date + timedelta(days=plan.grace_days)
        return {
            "name": self._get_recipient().name or "",
            "amount": format_amount(
                self.env, line.amount_left, plan.currency_id, lang_code=lang
            ),
            "day": format_date(self.env, line.date, lang_code=lang),
            "last_day": format_date(self.env, last, lang_code=lang),
            "reference": plan.case_id._get_payment_reference(),
            "bank": self.company_id._get_collection_bank().acc_number or "",
        }

    def _get_recipient(self):
        self.ensure_one()
        return self.plan_id.partner_id._get_collection_recipient()

    def _get_lang(self):
        self.ensure_one()
        partner = self.plan_id.partner_id
        return (
            self._get_recipient().lang
            or partner.lang
            or self.company_id.partner_id.lang
        )
