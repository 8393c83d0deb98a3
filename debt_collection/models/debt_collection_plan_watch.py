from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.values import ToolsError
from .debt_collection_case_closing import BY_LEDGER
from .debt_collection_plan import LIVE, WAITING

# A case that ended so was paid, whoever's money it was
SETTLED = BY_LEDGER


class DebtCollectionPlanWatch(models.AbstractModel):
    """The run's stage that judges plans on what was matched, and acts on it.

    Amounts follow the ledger by themselves; kept, broken, mails and letters come from
    here alone, so that undoing a match at the right moment undoes nothing else.
    """

    _name = "debt.collection.plan.watch"
    _description = "Watch over promises and plans"

    # === FINDING === #

    @api.model
    def _find(self, company, day, accounts=None):
        """Ids of the cases with a plan that something is to be done about."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT p.case_id FROM debt_collection_plan p
                     JOIN debt_collection_case c ON c.id = p.case_id
                    WHERE p.company_id = %(company)s AND %(some)s AND (
                          p.state = 'accepted'
                       OR p.state = 'offered' AND p.date_expiry < %(day)s
                       OR p.state = ANY(%(alive)s) AND c.phase = 'closed'
                       OR p.state = 'running' AND p.amount_left <= 0
                       OR p.state = 'kept' AND p.amount_left > 0
                          AND c.phase <> 'closed'
                       OR p.state = 'running' AND %(instalment)s)""",
                company=company.id,
                some=self.env["debt.collection.run"]._restrict(accounts),
                day=day,
                alive=[*WAITING, *LIVE],
                instalment=self._get_instalment_sql(company, day),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_instalment_sql(self, company, day):
        """That an instalment of the plan p asks for a mail, or breaks it."""
        return SQL(
            """EXISTS (SELECT FROM debt_collection_plan_line y
                        WHERE y.plan_id = p.id AND y.amount_left > 0 AND (
                              y.date + COALESCE(p.grace_days, 0) < %(day)s
                           OR p.kind = 'plan' AND y.date <= %(soon)s
                              AND NOT EXISTS (
                                  SELECT FROM debt_collection_plan_notice n
                                   WHERE n.line_id = y.id AND n.kind =
                                         CASE WHEN y.date < %(day)s THEN 'chased'
                                              ELSE 'announced' END)))""",
            day=day,
            soon=self._get_soon(company, day),
        )

    @api.model
    def _get_soon(self, company, day):
        return day + timedelta(days=company.debt_collection_plan_announce_days)

    # === FOLLOWING === #

    @api.model
    def _follow(self, accounts, day):
        """Do what a day asks for the plans of locked accounts."""
        plans = self.env["debt.collection.plan"].search(
            [
                ("account_id", "in", accounts.ids),
                ("state", "in", [*WAITING, *LIVE, "kept"]),
            ]
        )
        for company, group in plans.grouped("company_id").items():
            self._follow_cases(group, day)
            self._expire(group, day)
            self._begin(group, day)
            self._resume(group)
            self._keep(group, day)
            if not company._get_collection_blockers(day):
                self._break(group, day)
                self._notify(group, company, day)

    @api.model
    def _follow_cases(self, plans, day):
        """Plans of closed cases: kept where it was paid, moved where it was joined."""
        over = plans.filtered(
            lambda p: p.state in (*WAITING, *LIVE) and p.case_id.phase == "closed"
        )
        joined = over.filtered(lambda p: p._get_joined_case())
        for plan in joined:
            plan._set({"case_id": plan._get_joined_case().id})
        rest = over - joined
        paid = rest.filtered(lambda p: p.state in LIVE and p.case_id.outcome in SETTLED)
        paid._end("kept", day)
        (rest - paid)._end("cancelled", day, self.env._("The case was closed."))

    @api.model
    def _expire(self, plans, day):
        late = plans.filtered(lambda p: p.state == "offered" and p.date_expiry < day)
        late._end("expired", day)

    @api.model
    def _begin(self, plans, day):
        """What was signed runs; its charges are booked, so that they can be paid."""
        signed = plans.filtered(lambda p: p.state == "accepted")
        if signed:
            signed._set({"state": "running"})
        for plan in signed.filtered("with_charges"):
            self._book(plan, day)

    @api.model
    def _book(self, plan, day):
        """A plan runs even where its charges cannot be booked: the case says why."""
        case_sudo = plan.case_id.sudo()  # both sides agreed; the run only writes it
        Charge = case_sudo.env["debt.collection.charge"]
        try:
            with self.env.cr.savepoint():
                Charge._book(case_sudo, day)
        except (UserError, ToolsError) as error:
            reason = self.env._(
                "The charges could not be booked: %(error)s", error=error
            )
            case_sudo.message_post(body=reason)

    @api.model
    def _resume(self, plans):
        """A match was undone after it had been kept."""
        plans.filtered(
            lambda p: (
                p.state == "kept"
                and p.case_id.phase != "closed"
                and p.currency_id.compare_amounts(p.amount_left, 0) > 0
            )
        )._resume()

    @api.model
    def _keep(self, plans, day):
        plans.filtered(
            lambda p: (
                p.state == "running"
                and p.currency_id.compare_amounts(p.amount_left, 0) <= 0
            )
        )._end("kept", day)

    @api.model
    def _break(self, plans, day):
        """An instalment was not matched when its grace days were over.

        Not while money of the debtor lies unmatched: a person matches it first.
        """
        late = plans.filtered(
            lambda p: p.state == "running" and p._get_late_lines(day, p.grace_days)
        )
        unmatched = self._get_unmatched(late)
        late.filtered(lambda p: p.account_id not in unmatched)._break(day)

    @api.model
    def _get_unmatched(self, plans):
        """Accounts with money of the debtor that may be what is waited for."""
        if not plans:
            return plans.account_id
        Line = self.env["account.move.line"]
        open_credits = Line._read_group(
            Domain("partner_id", "child_of", plans.partner_id.ids)
            & Domain("company_id", "in", plans.company_id.ids)
            & Domain("account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("amount_residual_currency", "<", 0),
            ["partner_id", "currency_id"],
        )
        keys = {(p.commercial_partner_id, currency) for p, currency in open_credits}
        return (
            plans.account_id.filtered(
                lambda account: (account.partner_id, account.currency_id) in keys
            )
            | plans.filtered(
                lambda p: set(p.claim_ids.move_id.mapped("payment_state"))
                & {"in_payment"}
            ).account_id
        )

    @api.model
    def _notify(self, plans, company, day):
        """Announce the instalments that come, chase those that did not."""
        plans = plans.filtered(lambda p: p.state == "running" and p.kind == "plan")
        soon = self._get_soon(company, day)
        lines = plans.line_ids.filtered(
            lambda line: (
                line.date <= soon
                and line.currency_id.compare_amounts(line.amount_left, 0) > 0
            )
        )
        Notice = self.env["debt.collection.plan.notice"]
        late = lines.filtered(lambda line: line.date < day)
        Notice._give(late, "chased", day)
        Notice._give(lines - late, "announced", day)
