from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.facts import Blocker

KINDS = [("rest", "Rest"), ("hardship", "Hardship"), ("death", "Death")]
# They stop everything towards the debtor, whoever asks, until a person decides
STOPS = ("hardship", "death")
DECIDERS = (
    "debt_collection.debt_collection_group_manager,"
    "debt_collection.debt_collection_group_approver"
)


class DebtCollectionHold(models.Model):
    """Why an account, a case or a claim rests, until when, by whom."""

    _name = "debt.collection.hold"
    _description = "Hold of a collection"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company", related="account_id.company_id", store=True
    )
    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        required=True,
        index=True,
        ondelete="cascade",
    )
    case_id = fields.Many2one(
        comodel_name="debt.collection.case", index="btree_not_null", ondelete="cascade"
    )
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        index="btree_not_null",
        ondelete="cascade",
    )
    kind = fields.Selection(
        selection=KINDS, required=True, default="rest", readonly=True
    )
    reason = fields.Char(required=True)
    words = fields.Text(
        string="What was reported",
        groups=DECIDERS,
        help="Read by those who decide only.",
    )
    date_start = fields.Date(required=True, default=fields.Date.context_today)
    date_end = fields.Date(help="Last day of the rest; empty: until somebody ends it.")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_ended = fields.Date(string="Ended", readonly=True, copy=False)

    @api.constrains("kind", "date_end")
    def _check_stop(self):
        for hold in self:
            if hold.kind in STOPS and hold.date_end:
                raise ValidationError(
                    self.env._("Hardship and death have no end: a person decides.")
                )

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for hold in self:
            if hold.date_end and hold.date_end < hold.date_start:
                raise ValidationError(self.env._("A hold cannot end before it starts."))

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds.account_id._mark_stale()
        holds.filtered(lambda hold: hold.kind in STOPS)._notice_stop()
        for hold in holds.filtered("case_id"):
            hold.case_id._log_event(
                "hold", {"reason": hold.reason, "until": str(hold.date_end or "")}
            )
        return holds

    def write(self, vals):
        if {"kind", "date_start", "date_end", "date_ended"} & vals.keys():
            self._check_decider()
        result = super().write(vals)
        if vals.get("date_end"):
            self._end_today_at_least()
        self.account_id._mark_stale()
        return result

    def _end_today_at_least(self):
        """A rest that is cut to a past day ends today: it fires nothing at once."""
        for company, holds in self.grouped("company_id").items():
            today = company._get_collection_today()
            past = holds.filtered(lambda h: not h.date_ended and h.date_end < today)  # noqa: B023
            if past:
                past.write({"date_end": today})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_stop(self):
        self._check_decider()

    def unlink(self):
        accounts = self.account_id
        result = super().unlink()
        accounts._mark_stale()
        return result

    def action_end(self):
        """End the rest today. A day passes before the clock acts again."""
        stops = self.filtered(lambda hold: hold.kind in STOPS)
        stops._end_stops()
        for company, holds in (self - stops).grouped("company_id").items():
            holds.write({"date_ended": company._get_collection_today()})
        for case in self.case_id:
            case._log_event("hold_ended", {})

    # === HARDSHIP AND DEATH === #

    @api.model
    def _stop(self, debtor, kind, words, day):
        """Stop everything towards a debtor, in every company, until a person decides.

        What is on its way and did not leave is taken back. What was reported is read
        by those who decide; collectors see that there is a stop and of which kind.

        :param res.partner debtor: a commercial partner
        :param str kind: hardship or death
        :param str words: what was reported
        :param date day: the first day of the stop
        """
        # one debtor, all companies: the accounts of others are not the user's
        accounts_sudo = self.env["debt.collection.account"].sudo()
        accounts_sudo = accounts_sudo.search([("partner_id", "=", debtor.id)])
        if not accounts_sudo:
            raise UserError(
                self.env._("%(name)s owes nothing.", name=debtor.display_name)
            )
        running = accounts_sudo.hold_ids.filtered(
            lambda hold: hold.kind == kind and not hold.date_ended
        )
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return running.create(
            [
                {
                    "account_id": account.id,
                    "kind": kind,
                    "reason": labels[kind],
                    "words": words,
                    "date_start": day,
                    "user_id": self.env.uid,
                }
                for account in accounts_sudo - running.account_id
            ]
        )

    def _notice_stop(self):
        """Take back what did not leave yet, log the stop on open cases, ask people."""
        for kind, holds in self.grouped("kind").items():
            accounts = holds.account_id
            accounts.action_ids._cancel(holds[:1].reason)
            cases = accounts.case_ids.filtered(lambda case: not case.date_closed)
            cases._log_event("stopped", {"kind": kind})
            for case in cases:
                case.activity_schedule(
                    "debt_collection.mail_activity_type_task",
                    summary=holds[:1].reason,
                    user_id=case.user_id.id or self.env.uid,
                )

    def _check_decider(self):
        if not self.filtered(lambda hold: hold.kind in STOPS) or self.env.su:
            return
        if not self.env.user.has_groups(DECIDERS):
            raise UserError(
                self.env._("Only a Manager or an Approver ends hardship or death.")
            )

    def _end_stops(self):
        """End the stops of the debtor, in every company: it was one decision."""
        self._check_decider()
        for hold in self:
            # see `_stop`: the accounts of other companies are not the user's
            twins_sudo = self.sudo().search(
                [
                    ("account_id.partner_id", "=", hold.account_id.partner_id.id),
                    ("kind", "=", hold.kind),
                    ("date_ended", "=", False),
                ]
            )
            today = hold.company_id._get_collection_today()
            twins_sudo.write({"date_ended": max(today, hold.date_start)})
            cases_sudo = twins_sudo.account_id.case_ids
            cases_sudo.filtered(lambda case: not case.date_closed)._log_event(
                "stop_ended", {"kind": hold.kind}
            )

    # === RESTS === #

    @api.model
    def _read_rests(self, accounts, day):
        """The holds of accounts, cases and items on a day, see `_get_rest_models`.

        A hold that ended rests one day more, so that ending it fires nothing at once.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT h.account_id, h.case_id, c.move_line_id, h.reason,
                          LEAST(h.date_ended, h.date_end)
                     FROM debt_collection_hold h
                     LEFT JOIN debt_collection_claim c ON c.id = h.claim_id
                    WHERE h.account_id = ANY(%s) AND h.kind = 'rest'
                      AND h.date_start <= %s
                      AND COALESCE(LEAST(h.date_ended, h.date_end), %s) >= %s""",
                accounts.ids,
                day,
                day,
                day - timedelta(days=1),
            )
        )
        rests = defaultdict(list)
        for account, case, item, reason, last in rows:
            until = last + timedelta(days=2) if last else None
            params = (("reason", reason), ("last", str(last or "")))
            key = ("item", item) if item else ("case", case) if case else None
            rests[key or ("account", account)].append(Blocker("hold", params, until))
        self._read_stops(accounts, day, rests)
        return rests

    def _read_stops(self, accounts, day, rests):
        """Hardship and death: a stop of one account stops all of the debtor's."""
        rows = self.env.execute_query(
            SQL(
                """SELECT a.id, h.kind,
                          CASE WHEN bool_and(h.date_ended IS NOT NULL)
                               THEN max(h.date_ended) END
                     FROM debt_collection_account a
                     JOIN debt_collection_account b ON b.partner_id = a.partner_id
                     JOIN debt_collection_hold h ON h.account_id = b.id
                    WHERE a.id = ANY(%s) AND h.kind = ANY(%s) AND h.date_start <= %s
                      AND COALESCE(h.date_ended, %s) >= %s
                    GROUP BY a.id, h.kind""",
                accounts.ids,
                list(STOPS),
                day,
                day,
                day - timedelta(days=1),
            )
        )
        for account, kind, last in rows:
            until = last + timedelta(days=2) if last else None
            rests["account", account].append(Blocker(f"stop_{kind}", (), until))
