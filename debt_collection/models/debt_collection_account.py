from odoo import api, fields, models
from odoo.tools import SQL


class DebtCollectionAccount(models.Model):
    """One debtor towards one company in one currency: the row that runners lock.

    It carries what the clock said last: the next day to look, and why nothing
    happens until then. Reconciliation never writes it.
    """

    _name = "debt.collection.account"
    _description = "Debtor's account"
    _inherit = ["debt.collection.lock", "mail.thread", "debt.collection.ranked"]
    _ranked_by = frozenset(
        {
            "amount_credit",
            "amount_open",
            "blockers",
            "item_count",
            "next_date",
            "partner_id",
        }
    )
    _order = "next_date, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", required=True, readonly=True
    )
    case_ids = fields.One2many(
        comodel_name="debt.collection.case", inverse_name="account_id", string="Cases"
    )
    action_ids = fields.One2many(
        comodel_name="debt.collection.action",
        inverse_name="account_id",
        string="Actions",
    )
    hold_ids = fields.One2many(
        comodel_name="debt.collection.hold", inverse_name="account_id", string="Holds"
    )
    # What the last decision saw, so that a change is noticed without a trigger
    item_count = fields.Integer(string="Open items", readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)
    amount_credit = fields.Monetary(
        string="Unmatched credit",
        readonly=True,
        help="Open credits, bank lines and registered payments that are matched with "
        "nothing.",
    )
    amount_net = fields.Monetary(string="Net", compute="_compute_amount_net")
    last_item_id = fields.Integer(readonly=True, export_string_translation=False)
    # What the last decision said
    is_stale = fields.Boolean(
        default=True, readonly=True, export_string_translation=False
    )
    next_date = fields.Date(string="Next date", readonly=True, index="btree_not_null")
    date_watched = fields.Date(
        string="Means looked up", readonly=True, help="For the watch list."
    )
    blockers = fields.Json(readonly=True)
    why_not = fields.Char(string="What comes next", compute="_compute_why_not")
    last_error = fields.Text(readonly=True)

    _account_unique = models.UniqueIndex(
        "(company_id, partner_id, currency_id)",
        "This debtor has an account with this company in this currency already.",
    )
    _stale_idx = models.Index("(company_id) WHERE is_stale")

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "currency_id", "company_id")
    def _compute_display_name(self):
        for account in self:
            account.display_name = (
                f"{account.partner_id.display_name} ({account.currency_id.name})"
            )

    @api.depends("amount_open", "amount_credit")
    def _compute_amount_net(self):
        for account in self:
            account.amount_net = account.amount_open - account.amount_credit

    @api.depends("blockers", "next_date", "last_error")
    @api.depends_context("lang")
    def _compute_why_not(self):
        Run = self.env["debt.collection.run"]
        for account in self:
            account.why_not = Run._get_sentence(account)

    # === ACTION METHODS === #

    def action_view_items(self):
        """Open the receivable items of the debtor."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open items"),
            "res_model": "account.move.line",
            "views": [
                (
                    self.env.ref("debt_collection.account_move_line_view_list").id,
                    "list",
                ),
                (False, "form"),
            ],
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "!=", 0),
            ],
        }

    def action_decide_again(self):
        """Clear the last error and let the next run look at the debtor again."""
        self.check_access("write")
        self.write({"last_error": False, "is_stale": True})
        self.env["debt.collection.run"]._trigger()

    # === BUSINESS METHODS === #

    def _mark_stale(self):
        """Ask the next run to decide again, whatever the next date says."""
        if not self:
            return
        self.flush_model(["is_stale"])
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_account SET is_stale = TRUE
                    WHERE id = ANY(%s) AND is_stale IS NOT TRUE""",
                self.ids,
            )
        )
        self.invalidate_recordset(["is_stale"], flush=False)

    @api.model
    def _mark_all_stale(self):
        self.flush_model(["is_stale"])
        self.env.cr.execute(
            SQL("UPDATE debt_collection_account SET is_stale = TRUE WHERE NOT is_stale")
        )
        self.invalidate_model(["is_stale"], flush=False)

    @api.model
    def _ensure(self, keys):
        """The accounts of (company, debtor, currency) ids, made where missing.

        :param set[tuple[int, int, int]] keys: company, commercial partner, currency
        :rtype: dict[tuple[int, int, int], debt.collection.account]
        """
        found = self._read_keys(keys)
        missing = sorted(set(keys) - set(found))
        if not missing:
            return found
        self._bulk_insert(
            [
                {
                    "company_id": company,
                    "partner_id": partner,
                    "currency_id": currency,
                    "is_stale": True,
                    "item_count": 0,
                    "amount_open": 0.0,
                    "amount_credit": 0.0,
                    "last_item_id": 0,
                }
                for company, partner, currency in missing
            ]
        )
        return found | self._read_keys(missing)

    @api.model
    def _read_keys(self, keys):
        """The accounts there are among (company, debtor, currency) ids."""
        keys = list(keys)
        rows = self.env.execute_query(
            SQL(
                """SELECT a.company_id, a.partner_id, a.currency_id, a.id
                     FROM debt_collection_account a
                     JOIN unnest(%s::int[], %s::int[], %s::int[]) AS k(c, p, m)
                       ON (a.company_id, a.partner_id, a.currency_id) = (k.c, k.p, k.m)
                """,
                [key[0] for key in keys],
                [key[1] for key in keys],
                [key[2] for key in keys],
            )
        )
        return {(c, p, m): self.browse(account) for c, p, m, account in rows}

    def _get_twins(self):
        """The other accounts of the same debtors, in every company and currency."""
        # one debtor, all companies: who works for one may hold back another
        twins_sudo = self.sudo().search([("partner_id", "in", self.partner_id.ids)])
        return twins_sudo.with_env(self.env) - self

    # === JOINING === #

    @api.model
    def _join_partners(self, sources, target):
        """Make the accounts of debtors about to be merged into one debtor's."""
        debtor = target.commercial_partner_id
        accounts = self.search([("partner_id", "in", (sources | debtor).ids)])
        for _key, group in accounts.grouped(
            lambda account: (account.company_id, account.currency_id)
        ).items():
            kept = group.filtered(lambda a: a.partner_id == debtor)[:1] or group[:1]
            (group - kept)._join_into(kept)
        self.env.flush_all()

    def _join_into(self, kept):
        """Move cases, actions and holds to the account that stays, then drop these."""
        for account in self:
            for case in account.case_ids:
                case._move_to_account(kept)
            account.action_ids.write(
                {"account_id": kept.id, "partner_id": kept.partner_id.id}
            )
            account.hold_ids.write({"account_id": kept.id})
        kept._mark_stale()
        self.invalidate_recordset(["case_ids", "action_ids", "hold_ids"])
        self.unlink()
