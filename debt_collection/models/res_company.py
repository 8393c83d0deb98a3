from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, email_normalize

from ..tools.facts import Blocker

# stage -> field of the write-off -> setting of the company
SETTINGS = {
    "loss": {
        "account_id": "debt_collection_loss_account_id",
        "vat_account_id": "debt_collection_loss_vat_account_id",
        "tag_ids": "debt_collection_loss_tag_ids",
        "recovery_vat_account_id": "debt_collection_recovery_vat_account_id",
        "recovery_tag_ids": "debt_collection_recovery_tag_ids",
    },
    "doubtful": {"account_id": "debt_collection_doubtful_account_id"},
    "write_down": {
        "account_id": "debt_collection_write_down_account_id",
        "contra_account_id": "debt_collection_write_down_contra_account_id",
    },
}
# What a stage has no use for is empty on it
NAMES = ("account_id", "contra_account_id", "vat_account_id", "recovery_vat_account_id")
TAGS = ("tag_ids", "recovery_tag_ids")


class ResCompany(models.Model):
    _inherit = "res.company"

    debt_collection_paused = fields.Boolean(
        string="Pause collection",
        default=True,
        help="Stops every outgoing action of this company at once. A new company rests "
        "until its first steps are finished or skipped.",
    )
    debt_collection_onboarding_ids = fields.One2many(
        comodel_name="debt.collection.onboarding",
        inverse_name="company_id",
        export_string_translation=False,
    )
    debt_collection_test_mode = fields.Boolean(
        string="Test mode",
        help="Every letter goes to the internal address. Nothing of it starts a term "
        "of the law or counts as a contact.",
    )
    debt_collection_test_email = fields.Char(
        string="Internal address", help="Empty: the company's own e-mail address."
    )
    debt_collection_tz = fields.Selection(
        selection=lambda self: self._selection_debt_collection_tz(),
        string="Collection time zone",
        help="Decides which day it is for the run, and the day a letter counts as "
        "sent.",
    )
    debt_collection_undo_minutes = fields.Integer(
        string="Undo window",
        default=15,
        help="Minutes a released mail rests in the queue before it leaves.",
    )

    debt_collection_early_days = fields.Integer(
        string="Early calls",
        default=10,
        help="Invoices that fall due within so many days are proposed for a call.",
    )
    debt_collection_early_late = fields.Integer(
        string="Usually late by",
        default=15,
        help="Debtors who paid so many days late on average in the last year are "
        "worth an early call.",
    )
    debt_collection_early_amount = fields.Monetary(
        string="Large from",
        help="Invoices of so much are worth an early call whoever owes them; 0 for "
        "none.",
    )
    debt_collection_sent_days = fields.Integer(
        string="Invoices leave within",
        default=7,
        help="An invoice that left more than so many days after its date left late.",
    )
    debt_collection_contact_limit = fields.Integer(
        string="Contacts in 7 days",
        default=3,
        help="At most so many letters, mails, calls and visits to one debtor in seven "
        "days, those of your other companies included; 0 for no limit.",
    )
    debt_collection_quiet_days = fields.Boolean(
        string="Rest on Sundays and holidays", default=True
    )
    debt_collection_quiet_from = fields.Float(string="Quiet from", default=20.0)
    debt_collection_quiet_to = fields.Float(
        string="Quiet until",
        default=8.0,
        help="Nothing leaves between these hours; the same hour twice for none.",
    )
    debt_collection_bank_days = fields.Integer(
        string="Bank no older than",
        help="Send nothing when the bank journals are not reconciled up to so many "
        "days ago; 0 sends whatever the state of the bank.",
    )
    debt_collection_bank_fresh_until = fields.Date(
        string="Bank reconciled up to",
        compute="_compute_debt_collection_bank_fresh_until",
    )

    debt_collection_mark_items = fields.Boolean(
        string="Mark invoices on a case",
        help="Sets “No Follow-Up” on the items of a case, so that another reminder "
        "system leaves them alone; taken back when the case closes.",
    )

    debt_collection_solvency_days = fields.Integer(
        string="A solvency check holds",
        default=90,
        help="So many days a finding counts where its source says nothing; 0 for no "
        "end.",
    )
    debt_collection_watch_exposure = fields.Monetary(
        string="Watch debtors who owe",
        help="Debtors who owe at least so much are looked up again on a rhythm; 0 for "
        "none.",
    )
    debt_collection_watch_days = fields.Integer(
        string="Look them up every", default=30, help="Days between two look-ups."
    )

    # Promises and plans
    debt_collection_plan_grace_days = fields.Integer(
        string="Grace days",
        default=5,
        help="Days after its date before an instalment that was not paid breaks a "
        "promise or a plan.",
    )
    debt_collection_plan_announce_days = fields.Integer(
        string="Days to announce",
        default=5,
        help="Days before its date on which a mail tells which instalment comes.",
    )
    debt_collection_paid_hold_days = fields.Integer(
        string="Days to find a payment",
        default=7,
        help="A debtor who says that he paid is left in peace so long, until the "
        "money is matched.",
    )
    debt_collection_plan_answer_days = fields.Integer(
        string="Days to answer",
        default=14,
        help="A proposal makes the case rest so long; an offer falls after it.",
    )

    # Letters
    debt_collection_snailmail = fields.Boolean(
        string="Post by Snailmail",
        help="Letters by post go to Odoo's Snailmail, where it is installed, not to "
        "the print queue. Registered letters stay in the queue.",
    )
    debt_collection_sms = fields.Boolean(
        string="SMS without e-mail",
        help="A debtor without an e-mail address is told of his instalments by SMS, "
        "where Odoo's SMS is installed.",
    )
    debt_collection_enclosure_mb = fields.Integer(
        string="Enclosures up to",
        default=8,
        help="Megabytes of invoices enclosed in one letter; what is beyond is offered "
        "on request.",
    )
    debt_collection_duplex = fields.Boolean(
        string="Print on both sides",
        default=True,
        help="Each letter of a post batch starts on a sheet of its own.",
    )
    debt_collection_invoice_note = fields.Boolean(
        string="Mention on invoices",
        help="Prints on each invoice that it is under collection terms, what the "
        "general terms provide when it is paid late, and a code to pay.",
    )

    # Terms and charges
    debt_collection_terms_id = fields.Many2one(
        comodel_name="debt.collection.terms",
        string="General terms",
        domain="[('company_id', '=', id)]",
        help="Hold where neither the invoice, nor the debtor, nor the journal says "
        "otherwise.",
    )
    debt_collection_terms_tacit = fields.Boolean(
        string="Enterprises accept terms in silence",
        default=True,
        help="The clauses count towards an enterprise that got the terms and did not "
        "object. A consumer always has to accept them.",
    )
    debt_collection_is_small = fields.Boolean(
        string="Small or medium-sized enterprise",
        default=True,
        help="Some laws let a small creditor claim interest earlier.",
    )
    debt_collection_postage = fields.Monetary(
        string="Stamp of one letter",
        help="Where the law lets the debtor pay it.",
    )
    debt_collection_charge_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Journal of charges",
        domain="[('type', '=', 'sale'), ('company_id', '=', id)]",
        help="Booked interest and indemnities; made when first needed.",
    )
    debt_collection_dispute_days = fields.Integer(
        string="Days to answer a dispute",
        default=14,
        help="A dispute comes back to its owner after so many days.",
    )
    debt_collection_dispute_wait = fields.Integer(
        string="Days after a refused dispute",
        default=7,
        help="The debtor has so many days before the next step.",
    )

    # Costs and their approval
    debt_collection_cost_ceiling = fields.Monetary(
        string="Ceiling of an approver",
        default=500,
        help="Up to this amount an approver says yes alone, unless he has a ceiling of "
        "his own; above it a second approver with a higher one has to.",
    )
    debt_collection_cost_margin = fields.Float(
        string="Margin over the approval",
        default=5,
        help="A bill may go beyond the approved estimate by so many percent without "
        "a new yes, but never beyond the ceiling of the approver.",
    )
    debt_collection_approval_days = fields.Integer(
        string="An approval holds",
        default=30,
        help="So many days to order what was approved; then it has to be asked again.",
    )
    debt_collection_cost_vat = fields.Boolean(
        string="VAT on costs is lost",
        help="The company cannot deduct it: estimates, approvals and bills count with "
        "VAT.",
    )

    # Where losses are booked
    debt_collection_write_off_method = fields.Selection(
        selection=[("entry", "Journal entry"), ("credit_note", "Credit notes")],
        string="Write off by",
        default="entry",
        help="An entry leaves the claim on the debtor; a credit note gives it up.",
    )
    debt_collection_write_off_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Journal of write-offs",
        domain="[('type', '=', 'general'), ('company_id', '=', id)]",
        help="Empty: the first general journal.",
    )
    debt_collection_loss_account_id = fields.Many2one(
        comodel_name="account.account", string="Losses on trade debtors"
    )
    debt_collection_loss_vat_account_id = fields.Many2one(
        comodel_name="account.account", string="VAT to ask back"
    )
    debt_collection_loss_tag_ids = fields.Many2many(
        comodel_name="account.account.tag",
        relation="debt_collection_company_loss_tag_rel",
        string="Tax grids of a loss",
        domain="[('applicability', '=', 'taxes')]",
    )
    debt_collection_recovery_vat_account_id = fields.Many2one(
        comodel_name="account.account", string="VAT to pay back"
    )
    debt_collection_recovery_tag_ids = fields.Many2many(
        comodel_name="account.account.tag",
        relation="debt_collection_company_recovery_tag_rel",
        string="Tax grids of a recovery",
        domain="[('applicability', '=', 'taxes')]",
    )
    debt_collection_doubtful_account_id = fields.Many2one(
        comodel_name="account.account", string="Doubtful trade debtors"
    )
    debt_collection_write_down_account_id = fields.Many2one(
        comodel_name="account.account", string="Write-downs (expense)"
    )
    debt_collection_write_down_contra_account_id = fields.Many2one(
        comodel_name="account.account", string="Write-downs (balance)"
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._open_collection_onboarding()
        return companies

    def write(self, vals):
        before = {company: company.debt_collection_test_mode for company in self}
        result = super().write(vals)
        if "debt_collection_paused" in vals and not vals["debt_collection_paused"]:
            # whoever ends the pause by hand does without the first steps
            self.sudo().debt_collection_onboarding_ids._end("skipped")
        for company in self:
            if company.debt_collection_test_mode != before[company]:
                company._switch_test_mode()
        return result

    @api.constrains("debt_collection_test_mode", "debt_collection_test_email")
    def _check_test_address(self):
        for company in self:
            if company.debt_collection_test_mode and not (
                company._get_collection_test_address()
            ):
                raise ValidationError(
                    self.env._(
                        "Test mode needs an internal address: fill it in, or give "
                        "%(company)s an e-mail address.",
                        company=company.name,
                    )
                )

    # === FIRST STEPS === #

    @api.model
    def _open_collection_onboarding(self):
        """Let the first steps of companies wait for a Manager: nothing leaves before.

        Called for each new company, and once for all when the addon is installed.
        """
        # every creditor of the database: pylint: disable-next=no-search-all
        companies = self or self.search([])
        # whoever makes a company need not collect
        rows_sudo = self.env["debt.collection.onboarding"].sudo()
        rows_sudo.create(
            [
                {"company_id": company.id}
                for company in companies.filtered("debt_collection_paused")
            ]
        )

    # === TEST MODE === #

    def _get_collection_test_address(self):
        """Where everything goes in test mode.

        :rtype: str | bool
        """
        self.ensure_one()
        return email_normalize(self.debt_collection_test_email or self.email)

    def _get_collection_test_sentence(self):
        """What the banner says; empty outside test mode."""
        self.ensure_one()
        if not self.debt_collection_test_mode:
            return ""
        return self.env._(
            "Test mode: everything goes to %(address)s, nothing to debtors.",
            address=self._get_collection_test_address(),
        )

    def _switch_test_mode(self):
        """Mails in the queue are taken back; tests stop counting when it ends."""
        self.ensure_one()
        # a setting of the company: whoever may change it, changes what waits
        Delivery = self.env["debt.collection.delivery"].sudo()
        waiting = [("company_id", "=", self.id), ("state", "=", "to_send")]
        Delivery.search(waiting)._hand_over_again()
        if not self.debt_collection_test_mode:
            # as above
            self.env["debt.collection.action"].sudo()._forget_tests(self)
        self.env["debt.collection.run"]._trigger()

    def _compute_debt_collection_bank_fresh_until(self):
        for company in self:
            company.debt_collection_bank_fresh_until = company._get_bank_fresh_until()

    def _get_bank_fresh_until(self):
        """The last day up to which every bank line is matched, False without lines.

        :rtype: date | bool
        """
        self.ensure_one()
        self.env["account.bank.statement.line"].flush_model(["is_reconciled"])
        [(first_open, last)] = self.env.execute_query(
            SQL(
                """SELECT min(m.date) FILTER (WHERE NOT s.is_reconciled), max(m.date)
                     FROM account_bank_statement_line s
                     JOIN account_move m ON m.id = s.move_id
                    WHERE m.company_id = %s AND m.state = 'posted'""",
                self.id,
            )
        )
        return first_open - timedelta(days=1) if first_open else last or False

    def _get_bank_freshness(self):
        """Up to which day each bank journal is matched, the one that lags first.

        :return: (name of the journal, day) pairs; journals without lines are left out
        :rtype: list[tuple[str, date]]
        """
        self.ensure_one()
        self.env["account.bank.statement.line"].flush_model(["is_reconciled"])
        rows = self.env.execute_query(
            SQL(
                """SELECT m.journal_id,
                          min(m.date) FILTER (WHERE NOT s.is_reconciled), max(m.date)
                     FROM account_bank_statement_line s
                     JOIN account_move m ON m.id = s.move_id
                    WHERE m.company_id = %s AND m.state = 'posted'
                    GROUP BY m.journal_id""",
                self.id,
            )
        )
        names = {
            journal.id: journal.name
            for journal in self.env["account.journal"].browse(row[0] for row in rows)
        }
        days = [
            (names[key], first_open - timedelta(days=1) if first_open else last)
            for key, first_open, last in rows
        ]
        return sorted(days, key=lambda pair: (pair[1], pair[0]))

    def _get_collection_blockers(self, day):
        """What stops every outgoing action of the company on a day.

        :rtype: tuple[Blocker]
        """
        self.ensure_one()
        if self.debt_collection_paused:
            # every screen that says why nothing happens asks this, whoever looks
            steps_sudo = self.sudo().debt_collection_onboarding_ids
            code = "not_started" if steps_sudo._is_waiting() else "company_paused"
            return (Blocker(code),)
        if not self.debt_collection_bank_days:
            return ()
        fresh = self._get_bank_fresh_until()
        if fresh and fresh >= day - timedelta(days=self.debt_collection_bank_days):
            return ()
        return (Blocker("bank_stale", (("fresh", str(fresh or "")),)),)

    def _selection_debt_collection_tz(self):
        return [(zone, zone) for zone in pytz.common_timezones]

    def _get_collection_zone(self):
        self.ensure_one()
        name = self.debt_collection_tz or self.partner_id.tz or "UTC"
        return pytz.timezone(name)

    def _get_collection_day(self, moment):
        """The day it is for this company at a naive UTC moment.

        :rtype: date
        """
        return pytz.utc.localize(moment).astimezone(self._get_collection_zone()).date()

    def _get_collection_local(self, moment):
        """What the clock of this company shows at a naive UTC moment.

        :rtype: datetime
        """
        local = pytz.utc.localize(moment).astimezone(self._get_collection_zone())
        return local.replace(tzinfo=None)

    def _get_collection_today(self):
        """Today in the company's collection time zone; the outermost layer asks."""
        return self._get_collection_day(fields.Datetime.now())

    def _get_collection_holidays(self, country=""):
        """Say which days are public holidays, by default where this company is.

        Override with the calendars of countries: the engine knows none.

        :param str country: ISO code of another country, as that of a debtor; empty:
            that of the company
        :return: a function day -> bool
        """
        return lambda day: False

    def _get_collection_quiet_days(self, country=""):
        """Say on which days debtors are left in peace.

        :param str country: ISO code of the debtor's; empty: that of the company
        :return: a function day -> bool
        """
        self.ensure_one()
        if not self.debt_collection_quiet_days:
            return lambda day: False
        is_holiday = self._get_collection_holidays(country)
        return lambda day: day.weekday() == 6 or is_holiday(day)

    def _get_collection_undo_end(self, country=""):
        """When a mail released now may leave (naive UTC): undo window, quiet hours.

        Out of the quiet hours of Saturday is not yet out of Sunday: the same hour of
        the next day that is none of the quiet ones.

        :param str country: ISO code of the debtor's; empty: that of the company
        """
        self.ensure_one()
        minutes = max(self.debt_collection_undo_minutes, 0)
        return self._leave_quiet_days(
            self._leave_quiet(fields.Datetime.now() + timedelta(minutes=minutes)),
            country,
        )

    def _leave_quiet_days(self, moment, country=""):
        """The first moment from that one on that is neither on a quiet day nor hour."""
        is_quiet = self._get_collection_quiet_days(country)
        for _day in range(31):  # no calendar is quiet for a month
            if not is_quiet(self._get_collection_day(moment)):
                break
            moment = self._leave_quiet(moment + timedelta(days=1))
        return moment

    def _leave_quiet(self, moment):
        """The first moment from that one on that is not in the quiet hours."""
        start, end = self.debt_collection_quiet_from, self.debt_collection_quiet_to
        if start == end:
            return moment
        zone = self._get_collection_zone()
        local = self._get_collection_local(moment)
        if not self._is_quiet_hour(local):
            return moment
        hour = local.hour + local.minute / 60
        day = local.date() + timedelta(days=1 if start > end and hour >= start else 0)
        hours, minutes = divmod(round(end * 60), 60)
        opening = zone.localize(datetime.combine(day, time(hours, minutes)))
        return opening.astimezone(pytz.utc).replace(tzinfo=None)

    def _is_quiet_hour(self, local):
        """Whether debtors are left in peace at that hour of the company's clock."""
        start, end = self.debt_collection_quiet_from, self.debt_collection_quiet_to
        hour = local.hour + local.minute / 60
        if start <= end:
            return start <= hour < end
        return hour >= start or hour < end

    def _get_collection_bank(self):
        """The bank account debtors pay to, empty when the company has none."""
        self.ensure_one()
        return self.partner_id.bank_ids[:1]

    def _get_charge_journal(self):
        """The sale journal of booked charges, made when first needed.

        :rtype: account.journal
        """
        self.ensure_one()
        if not self.debt_collection_charge_journal_id:
            # who books a charge need not be allowed to set up journals
            journals_sudo = self.env["account.journal"].sudo()
            journal = journals_sudo.create(self._prepare_charge_journal())
            # as above: the setting is made with its journal
            self.sudo().debt_collection_charge_journal_id = journal
        return self.debt_collection_charge_journal_id

    def _prepare_charge_journal(self):
        return {
            "name": self.env._("Collection charges"),
            "code": "COLL",
            "type": "sale",
            "company_id": self.id,
            "default_account_id": self._get_charge_account().id,
            "refund_sequence": True,
            "show_on_dashboard": False,
        }

    def _get_charge_account(self):
        """The income account of charges: other income, else any income."""
        # read while the journal is made, by whoever books the first charge
        accounts = self.env["account.account"].with_company(self).sudo()
        for kind in ("income_other", "income"):
            account = accounts.search(
                [("account_type", "=", kind), ("company_ids", "in", self.ids)], limit=1
            )
            if account:
                return account
        return accounts

    # === LOSSES === #

    def _get_write_off_defaults(self, kind):
        """Where a stage of a loss is booked: the settings, else what a chart proposes.

        :param str kind: doubtful, write_down or loss
        :return: field of the write-off -> records, empty ones included
        :rtype: dict
        """
        self.ensure_one()
        company = self.sudo()  # whoever asks for a write-off need not set them
        proposed = company._propose_write_off_accounts(kind)
        journal = company.debt_collection_write_off_journal_id
        found = {"journal_id": journal or company._find_general_journal()}
        for name in (*NAMES, *TAGS):
            model = "account.account.tag" if name in TAGS else "account.account"
            setting = SETTINGS[kind].get(name)
            own = company[setting] if setting else self.env[model]
            found[name] = own or proposed.get(name) or self.env[model]
        return found

    def _propose_write_off_accounts(self, kind):
        """The accounts and tax grids the chart of a country has for a stage.

        Override with those of your chart; what is missing the user picks.

        :param str kind: doubtful, write_down or loss
        :return: field of the write-off -> account.account or account.account.tag
        :rtype: dict
        """
        self.ensure_one()
        return {}

    def _find_general_journal(self):
        return self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.id)],
            order="sequence, id",
            limit=1,
        )
