from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    debt_collection_paused = fields.Boolean(
        related="company_id.debt_collection_paused", readonly=False
    )
    debt_collection_test_mode = fields.Boolean(
        related="company_id.debt_collection_test_mode", readonly=False
    )
    debt_collection_test_email = fields.Char(
        related="company_id.debt_collection_test_email", readonly=False
    )
    debt_collection_tz = fields.Selection(
        related="company_id.debt_collection_tz", readonly=False
    )
    debt_collection_undo_minutes = fields.Integer(
        related="company_id.debt_collection_undo_minutes", readonly=False
    )
    debt_collection_early_days = fields.Integer(
        related="company_id.debt_collection_early_days", readonly=False
    )
    debt_collection_early_late = fields.Integer(
        related="company_id.debt_collection_early_late", readonly=False
    )
    debt_collection_early_amount = fields.Monetary(
        related="company_id.debt_collection_early_amount",
        currency_field="debt_collection_currency_id",
        readonly=False,
    )
    debt_collection_sent_days = fields.Integer(
        related="company_id.debt_collection_sent_days", readonly=False
    )
    debt_collection_contact_limit = fields.Integer(
        related="company_id.debt_collection_contact_limit", readonly=False
    )
    debt_collection_quiet_days = fields.Boolean(
        related="company_id.debt_collection_quiet_days", readonly=False
    )
    debt_collection_quiet_from = fields.Float(
        related="company_id.debt_collection_quiet_from", readonly=False
    )
    debt_collection_quiet_to = fields.Float(
        related="company_id.debt_collection_quiet_to", readonly=False
    )
    debt_collection_bank_days = fields.Integer(
        related="company_id.debt_collection_bank_days", readonly=False
    )
    debt_collection_bank_fresh_until = fields.Date(
        related="company_id.debt_collection_bank_fresh_until"
    )
    debt_collection_write_off_method = fields.Selection(
        related="company_id.debt_collection_write_off_method", readonly=False
    )
    debt_collection_write_off_journal_id = fields.Many2one(
        related="company_id.debt_collection_write_off_journal_id", readonly=False
    )
    debt_collection_loss_account_id = fields.Many2one(
        related="company_id.debt_collection_loss_account_id", readonly=False
    )
    debt_collection_loss_vat_account_id = fields.Many2one(
        related="company_id.debt_collection_loss_vat_account_id", readonly=False
    )
    debt_collection_loss_tag_ids = fields.Many2many(
        related="company_id.debt_collection_loss_tag_ids", readonly=False
    )
    debt_collection_recovery_vat_account_id = fields.Many2one(
        related="company_id.debt_collection_recovery_vat_account_id", readonly=False
    )
    debt_collection_recovery_tag_ids = fields.Many2many(
        related="company_id.debt_collection_recovery_tag_ids", readonly=False
    )
    debt_collection_doubtful_account_id = fields.Many2one(
        related="company_id.debt_collection_doubtful_account_id", readonly=False
    )
    debt_collection_write_down_account_id = fields.Many2one(
        related="company_id.debt_collection_write_down_account_id", readonly=False
    )
    debt_collection_write_down_contra_account_id = fields.Many2one(
        related="company_id.debt_collection_write_down_contra_account_id",
        readonly=False,
    )
    debt_collection_mark_items = fields.Boolean(
        related="company_id.debt_collection_mark_items", readonly=False
    )
    debt_collection_other_systems = fields.Text(
        string="Other systems that write to debtors",
        compute="_compute_debt_collection_other_systems",
    )
    debt_collection_solvency_days = fields.Integer(
        related="company_id.debt_collection_solvency_days", readonly=False
    )
    debt_collection_watch_exposure = fields.Monetary(
        related="company_id.debt_collection_watch_exposure",
        currency_field="debt_collection_currency_id",
        readonly=False,
    )
    debt_collection_watch_days = fields.Integer(
        related="company_id.debt_collection_watch_days", readonly=False
    )
    debt_collection_plan_grace_days = fields.Integer(
        related="company_id.debt_collection_plan_grace_days", readonly=False
    )
    debt_collection_plan_answer_days = fields.Integer(
        related="company_id.debt_collection_plan_answer_days", readonly=False
    )
    debt_collection_plan_announce_days = fields.Integer(
        related="company_id.debt_collection_plan_announce_days", readonly=False
    )
    debt_collection_paid_hold_days = fields.Integer(
        related="company_id.debt_collection_paid_hold_days", readonly=False
    )
    debt_collection_snailmail = fields.Boolean(
        related="company_id.debt_collection_snailmail", readonly=False
    )
    debt_collection_sms = fields.Boolean(
        related="company_id.debt_collection_sms", readonly=False
    )
    debt_collection_enclosure_mb = fields.Integer(
        related="company_id.debt_collection_enclosure_mb", readonly=False
    )
    debt_collection_duplex = fields.Boolean(
        related="company_id.debt_collection_duplex", readonly=False
    )
    debt_collection_invoice_note = fields.Boolean(
        related="company_id.debt_collection_invoice_note", readonly=False
    )
    debt_collection_terms_id = fields.Many2one(
        related="company_id.debt_collection_terms_id", readonly=False
    )
    debt_collection_terms_tacit = fields.Boolean(
        related="company_id.debt_collection_terms_tacit", readonly=False
    )
    debt_collection_is_small = fields.Boolean(
        related="company_id.debt_collection_is_small", readonly=False
    )
    debt_collection_postage = fields.Monetary(
        related="company_id.debt_collection_postage",
        currency_field="debt_collection_currency_id",
        readonly=False,
    )
    debt_collection_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the postage"
    )
    debt_collection_cost_ceiling = fields.Monetary(
        related="company_id.debt_collection_cost_ceiling",
        currency_field="debt_collection_currency_id",
        readonly=False,
    )
    debt_collection_cost_margin = fields.Float(
        related="company_id.debt_collection_cost_margin", readonly=False
    )
    debt_collection_approval_days = fields.Integer(
        related="company_id.debt_collection_approval_days", readonly=False
    )
    debt_collection_cost_vat = fields.Boolean(
        related="company_id.debt_collection_cost_vat", readonly=False
    )
    debt_collection_charge_journal_id = fields.Many2one(
        related="company_id.debt_collection_charge_journal_id", readonly=False
    )
    debt_collection_dispute_days = fields.Integer(
        related="company_id.debt_collection_dispute_days", readonly=False
    )
    debt_collection_dispute_wait = fields.Integer(
        related="company_id.debt_collection_dispute_wait", readonly=False
    )

    @api.depends("company_id")
    def _compute_debt_collection_other_systems(self):
        told = "\n".join(self._get_other_systems())
        self.debt_collection_other_systems = told

    def _get_other_systems(self):
        """What to know of the other reminder systems that are installed.

        They are known by their models; an addon that knows another one adds a sentence.

        :rtype: list[str]
        """
        told = []
        if "account_followup.followup.line" in self.env:
            told.append(
                self.env._(
                    "Odoo's own follow-ups are installed. They leave out what is "
                    "marked: without “Mark invoices on a case” a customer may hear "
                    "from both."
                )
            )
        if "credit.control.policy" in self.env:
            told.append(
                self.env._(
                    "OCA's credit control is installed. It does not read “Mark "
                    "invoices on a case”: give the customers that are collected here "
                    "its policy “No follow”, or they hear from both."
                )
            )
        return told
