from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class DebtCollectionClaim(models.Model):
    """One item on a case, with its regime, frozen with the reason."""

    _name = "debt.collection.claim"
    _description = "Claim"
    _rec_name = "move_name"
    _inherit = [
        "debt.collection.lock",
        "debt.collection.bulk",
        "debt.collection.claim.limitation",
    ]
    _order = "date_due, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        related="move_line_id.move_id",
        store=True,
        index=True,
    )
    move_name = fields.Char(related="move_id.name")
    currency_id = fields.Many2one(
        comodel_name="res.currency", related="move_line_id.currency_id"
    )
    date_invoice = fields.Date(related="move_id.invoice_date")
    date_due = fields.Date(related="move_line_id.date_maturity", store=True)
    amount = fields.Monetary(string="Principal", readonly=True)
    amount_residual = fields.Monetary(
        string="Left", compute="_compute_amount_residual", store=True
    )
    amount_residual_company = fields.Monetary(
        string="Left, company currency",
        currency_field="company_currency_id",
        compute="_compute_amount_residual_company",
        store=True,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    regime = fields.Selection(
        selection="_selection_regime", required=True, readonly=True
    )
    regime_reason = fields.Char(readonly=True)
    is_open = fields.Boolean(default=True, readonly=True)
    is_marked = fields.Boolean(
        string="Marked No Follow-Up",
        readonly=True,
        copy=False,
        help="The case marked the item for other reminder systems; taken back at its "
        "end.",
    )
    date_flagged = fields.Date(
        string="Flagged",
        readonly=True,
        help="A person asked to collect it: the first letter leaves at the next run.",
    )

    _open_unique = models.UniqueIndex(
        "(move_line_id) WHERE is_open",
        "This item is on an open case already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_line_id.amount_residual_currency", "move_line_id.parent_state")
    def _compute_amount_residual(self):
        for claim in self:
            line = claim.move_line_id
            posted = line.parent_state == "posted"
            claim.amount_residual = line.amount_residual_currency if posted else 0.0

    @api.depends("move_line_id.amount_residual", "move_line_id.parent_state")
    def _compute_amount_residual_company(self):
        for claim in self:
            line = claim.move_line_id
            posted = line.parent_state == "posted"
            claim.amount_residual_company = line.amount_residual if posted else 0.0

    @api.model
    def _selection_regime(self):
        return self.env["debt.collection.regime"]._selection_regime()

    # === BUSINESS METHODS === #

    @api.model
    def _read_unclaimed(self, items):
        """What claims are made from, for the items that are on no open case.

        :rtype: list[dict]
        """
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """SELECT l.id, l.company_id, p.commercial_partner_id AS debtor_id,
                          l.currency_id, l.move_id, l.move_name,
                          l.date_maturity AS due, l.amount_currency AS amount,
                          l.amount_residual_currency AS residual,
                          l.amount_residual AS worth
                     FROM account_move_line l JOIN res_partner p ON p.id = l.partner_id
                    WHERE l.id = ANY(%s)
                      AND NOT EXISTS (SELECT FROM debt_collection_claim c
                                       WHERE c.move_line_id = l.id AND c.is_open)
                    ORDER BY l.id""",
                items.ids,
            )
        )

    def _get_made(self, rows):
        """Which of the rows became these claims: case -> rows.

        Another runner may have made some at the same moment.
        """
        items = dict(
            self.env.execute_query(
                SQL(
                    """SELECT move_line_id, case_id FROM debt_collection_claim
                        WHERE id = ANY(%s)""",
                    self.ids,
                )
            )
        )
        made = defaultdict(list)
        for row in rows:
            if row["id"] in items:
                made[items[row["id"]]].append(row)
        cases = self.env["debt.collection.case"].browse(made)
        return dict(zip(cases, made.values(), strict=True))

    @api.model
    def _prepare_claim_vals(self, row, case, flagged=False):
        """The row of a claim for an item.

        :param dict row: see `_read_unclaimed`, with its regime and the reason
        :param date flagged: the day a person flagged it, False when a step did
        """
        return {
            "case_id": case.id,
            "company_id": row["company_id"],
            "move_line_id": row["id"],
            "move_id": row["move_id"],
            "date_due": row["due"],
            "amount": row["amount"],
            "amount_residual": row["residual"],
            "amount_residual_company": row["worth"],
            "regime": row["regime"],
            "regime_reason": row["regime_reason"],
            "is_open": True,
            "is_marked": False,
            "date_flagged": flagged,
        }

    # === OTHER REMINDER SYSTEMS === #

    def _mark_followup(self):
        """Keep other reminder systems off the items, where the company wants it.

        Once for each item, and never where somebody else marked it.
        """
        claims = self.filtered("company_id.debt_collection_mark_items")
        claims = claims.filtered(lambda claim: not claim.move_line_id.no_followup)
        claims.write({"is_marked": True})
        # who works cases need not own invoices
        claims.move_line_id.sudo().write({"no_followup": True})

    def _release_followup(self):
        """Take back the marks this case set; those of others stay."""
        claims = self.filtered(lambda claim: claim.is_open and claim.is_marked)
        claims.move_line_id.sudo().write({"no_followup": False})  # as above
        claims.write({"is_marked": False})

    # === REGIME === #

    def _set_regime(self, key, reason, day):
        """Put open claims under another regime; they go to the case of that regime.

        When all open claims of a case change and the debtor has no case of the new
        regime, the case itself changes and keeps its log.

        :param str key: the regime
        :param str reason: why, in a sentence: it is evidence
        :return: the cases the claims are on now
        """
        claims = self.filtered(lambda claim: claim.is_open and claim.regime != key)
        for case, moved in claims.grouped("case_id").items():
            moved._check_regime_change(case)
            data = {
                "items": moved.mapped("move_name"),
                "from": case.regime,
                "to": key,
                "reason": reason,
            }
            case._log_event("regime", data)
            moved.write({"regime": key, "regime_reason": reason})
            moved._follow_regime(case, key, day)
        claims.case_id.account_id._mark_stale()
        return claims.case_id

    def _check_regime_change(self, case):
        if case.phase not in ("amicable", "notice") and self != (
            case.claim_ids.filtered("is_open")
        ):
            raise UserError(
                self.env._(
                    "%(case)s is in court: only all its claims together can change "
                    "their regime.",
                    case=case.name,
                )
            )

    def _follow_regime(self, case, key, day):
        """The claims join the case of their new regime, or make theirs that case."""
        twin = case.account_id.case_ids.filtered(
            lambda c: c.regime == key and c.phase in ("amicable", "notice")
        )
        is_amicable = case.phase in ("amicable", "notice")
        if self == case.claim_ids.filtered("is_open") and not (twin and is_amicable):
            case.regime = key
            return
        twins = case._ensure_amicable({(case.account_id.id, key)}, day)
        twin = twins[case.account_id.id, key]
        self.write({"case_id": twin.id})
        names = self.mapped("move_name")
        twin._log_event("joined", {"from": case.name, "items": names})
        if not case.claim_ids.filtered("is_open"):
            case._hand_costs_to(twin)
            case._close("joined", day)
