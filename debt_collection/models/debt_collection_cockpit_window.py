from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.plans import LIVE
from .debt_collection_policy_step import CHANNELS

# Weeks for which cash is expected, and months the trend shows
WEEKS, MONTHS_SHOWN = 12, 12


class DebtCollectionCockpitWindow(models.AbstractModel):
    """From a figure to its records: the windows behind tiles, bars and rows."""

    _name = "debt.collection.cockpit.window"
    _description = "Records behind the figures"

    @api.model
    def open_figure(self, key, filters=None, part=()):
        """The records behind a figure.

        :param str key: of a tile, a chart or a table
        :param list part: what of it: a bucket and how it stands, a phase, an id
        :rtype: dict
        :raises UserError: there is no such figure
        """
        self.env["debt.collection.case"].check_access("read")
        scope = self._get_scope(filters)
        windows = self._get_windows(scope, list(part))
        if key not in windows:
            raise UserError(self.env._("There is no figure “%(key)s”.", key=key))
        name, model, views, domain = windows[key]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, view] for view in views],
            "domain": list(domain),
        }

    @api.model
    def _get_windows(self, scope, part):
        """Figure -> (name, model, views, domain) of its records, by `super()`."""
        first, second = (*part, None, None)[:2]
        return {
            **self._get_item_windows(scope, first, second),
            **self._get_line_windows(scope),
            **self._get_work_windows(scope, first),
            **self._get_cost_windows(scope),
            **self._get_month_windows(scope, first),
            **self._get_expected_windows(scope, first, second),
            **self._get_reason_windows(scope, first, second),
        }

    # === DOMAINS === #

    @api.model
    def _get_whose(self, scope, path="partner_id"):
        """The records of the scope's companies, portfolio and team.

        :param str path: from the record to the debtor
        :rtype: Domain
        """
        wanted = {"user_id": scope.user_id, "team_id": scope.team_id}
        wanted = [(name, "=", key) for name, key in wanted.items() if key]
        if not wanted:
            return Domain("company_id", "in", list(scope.company_ids))
        rows = f"{path}.debt_collection_portfolio_ids"
        return Domain.OR(
            Domain("company_id", "=", company)
            & Domain(rows, "any", [("company_id", "=", company), *wanted])
            for company in scope.company_ids
        )

    @api.model
    def _get_between(self, name, first, last):
        return Domain(name, ">=", str(first)) & Domain(name, "<=", str(last))

    # === ITEMS === #

    @api.model
    def _make_item_windows(self, domains):
        model, views = "debt.collection.analysis", ("list", "pivot", "graph")
        name = self.env._("Receivables")
        return {key: (name, model, views, domain) for key, domain in domains.items()}

    @api.model
    def _get_item_windows(self, scope, bucket, standing):
        """The figures whose records are items as they stand today."""
        mine = self._get_whose(scope)
        left, debit = mine & Domain("is_open", "=", True), Domain("amount", ">", 0)
        sold = mine & Domain("is_sale", "=", True)
        aged = left & Domain("is_credit", "=", False) & Domain("bucket", "=", bucket)
        if standing == "disputed":
            aged &= Domain("amount_disputed", ">", 0)
        elif standing:
            aged &= Domain("standing", "=", standing)
        due = self._get_between("date_due", scope.start, scope.end)
        return self._make_item_windows(
            {
                "open": left,
                "overdue": left & Domain("amount_overdue", ">", 0),
                "ageing": aged,
                "credit": left & Domain("is_credit", "=", True),
                "dso": left,
                "dso_simple": sold & self._get_between("date", scope.start, scope.end),
                "effectiveness": left,
                "late": sold & debit & due,
            }
        )

    @api.model
    def _get_line_windows(self, scope):
        """The money of the period, as journal items."""
        between = self._get_between("date", scope.start, scope.end)
        domain = self._get_receivable_domain(scope) & self._get_money_domain() & between
        name = self.env._("Collected")
        return {"collected": (name, "account.move.line", ("list",), domain)}

    @api.model
    def _get_receivable_domain(self, scope):
        return (
            self._get_whose(scope, "partner_id.commercial_partner_id")
            & Domain("account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("move_id.is_collection_charge", "=", False)
        )

    @api.model
    def _get_money_domain(self):
        return Domain("journal_id.type", "in", ("bank", "cash", "credit")) | Domain(
            "move_id.origin_payment_id", "!=", False
        )

    # === MONTHS AND WEEKS === #

    @api.model
    def _get_month_windows(self, scope, index):
        """What the chart of the months shows of one of them."""
        months = self._get_months(scope, MONTHS_SHOWN)
        first, last = months[index] if index in range(MONTHS_SHOWN) else months[-1]
        inside = self._get_between("date", first, last)
        by_then = Domain("date", "<=", str(last))
        items, lines = self._get_whose(scope), self._get_receivable_domain(scope)
        later = Domain("is_open", "=", True) | Domain("date_settled", ">", str(last))
        late = Domain("date_due", "<", str(last)) & Domain("amount", ">", 0)
        model, name = "account.move.line", self.env._("Journal items")
        return {
            **self._make_item_windows(
                {
                    "month_sales": items & Domain("is_sale", "=", True) & inside,
                    "month_overdue": items & by_then & late & later,
                }
            ),
            "month_collected": (
                self.env._("Collected"),
                model,
                ("list",),
                lines & self._get_money_domain() & inside,
            ),
            "month_receivable": (name, model, ("list",), lines & by_then),
        }

    @api.model
    def _get_expected_windows(self, scope, kind, week):
        """What is expected of one kind in one week; without one: no day is known."""
        items = self._get_whose(scope) & Domain("is_expected", "=", True)
        if week not in range(WEEKS):
            end = scope.end + timedelta(weeks=WEEKS)
            none = Domain("date_expected", "=", False)
            beyond = none | Domain("date_expected", ">=", str(end))
            return self._make_item_windows({"expected": items & beyond})
        start = scope.end + timedelta(weeks=week)
        last = start + timedelta(days=6)
        if kind == "habit":
            between = self._get_between("date_expected", start, last)
            return self._make_item_windows({"expected": items & between})
        due = Domain("amount_left", ">", 0) & Domain("date", "<=", str(last))
        if week:  # what is overdue counts in the first one
            due &= Domain("date", ">=", str(start))
        plans = self._get_whose(scope) & Domain("state", "in", LIVE)
        plans &= Domain("kind", "=", kind) & Domain("line_ids", "any", list(due))
        name = self.env._("Promises and plans")
        return {"expected": (name, "debt.collection.plan", ("list", "form"), plans)}

    # === WORK === #

    @api.model
    def _make_work_windows(self, domains):
        names = {
            "action": self.env._("Actions"),
            "case": self.env._("Cases"),
            "contact": self.env._("Calls and visits"),
            "cost": self.env._("Costs"),
            "dispute": self.env._("Disputes"),
            "plan": self.env._("Promises and plans"),
            "write.off": self.env._("Write-offs"),
        }
        return {
            key: (names[model], f"debt.collection.{model}", ("list", "form"), domain)
            for key, (model, domain) in domains.items()
        }

    @api.model
    def _get_work_windows(self, scope, part):
        """The figures whose records are cases, actions and plans."""
        mine = self._get_whose(scope)
        acted = mine & Domain("state", "=", "done") & Domain("is_test", "=", False)
        acted &= self._get_between("date_done", scope.start, scope.end)
        ended = Domain("state", "in", ("kept", "broken")) & Domain("kind", "!=", "paid")
        ended &= self._get_between("date_ended", scope.start, scope.end)
        return self._make_work_windows(
            {
                "phase": ("case", mine & Domain("phase", "=", part)),
                "step": ("action", acted & Domain("step_id", "=", part)),
                "policy": ("action", acted & Domain("step_id.policy_id", "=", part)),
                "letter": ("action", acted & self._get_letter_domain(part)),
                "route": ("case", mine & self._get_route_domain(scope, part)),
                "partner": ("case", mine & self._get_partner_domain(scope, part)),
                "kept": ("plan", mine & ended),
            }
        )

    @api.model
    def _get_letter_domain(self, key):
        """The actions of a ladder that went by just the ways of a kind of letter."""
        kind, _sep, ways = str(key or "").partition(":")
        domain = Domain("notice_kind", "=", kind) & Domain("step_id", "!=", False)
        for channel, _label in CHANNELS:
            went = [("state", "=", "sent"), ("copy_id", "=", False)]
            went.append(("channel", "=", channel))
            operator = "any" if channel in ways.split(",") else "not any"
            domain &= Domain("delivery_ids", operator, went)
        return domain

    @api.model
    def _get_ordered_domain(self, scope):
        """The legal steps that were begun in the period."""
        done = Domain("date_ordered", "=", False)
        done &= self._get_between("date_done", scope.start, scope.end)
        ordered = self._get_between("date_ordered", scope.start, scope.end)
        return Domain("state", "in", ("ordered", "done")) & (ordered | done)

    @api.model
    def _get_route_domain(self, scope, route):
        steps = Domain("route_id", "=", route) & self._get_ordered_domain(scope)
        return Domain("legal_step_ids", "any", list(steps))

    @api.model
    def _get_partner_domain(self, scope, partner):
        his = Domain("partner_id", "=", partner)
        end = scope.end + timedelta(days=1)
        handed = his & self._get_between("moment_handed", scope.start, end)
        steps = his & self._get_ordered_domain(scope)
        return Domain("assignment_ids", "any", list(handed)) | Domain(
            "legal_step_ids", "any", list(steps)
        )

    # === COSTS AND REASONS === #

    @api.model
    def _get_cost_windows(self, scope):
        """The costs of the period and what became of them; what waits for a yes."""
        mine, costs = self._get_whose(scope), self._get_whose(scope, "debtor_id")
        ordered = costs & self._get_between("date_engaged", scope.start, scope.end)
        return self._make_work_windows(
            {
                "cost": ("cost", ordered),
                "billed": ("cost", ordered & Domain("amount_billed", ">", 0)),
                "recovered": ("cost", ordered & Domain("amount_recovered", ">", 0)),
                "lost": ("cost", ordered & Domain("amount_lost", ">", 0)),
                "approvals_cost": ("cost", costs & Domain("state", "=", "requested")),
                "approvals_plan": ("plan", mine & Domain("state", "=", "to_approve")),
                "approvals_write_off": (
                    "write.off",
                    mine & Domain("state", "=", "draft"),
                ),
            }
        )

    @api.model
    def _get_reason_windows(self, scope, kind, reason):
        """Who said a reason in the period, or what was contested for it."""
        mine, end = self._get_whose(scope), scope.end + timedelta(days=1)
        if kind == "dispute":
            contested = self._get_between("date", scope.start, scope.end)
            contested &= Domain("reason_id", "=", reason)
            return self._make_work_windows({"reason": ("dispute", mine & contested)})
        said = Domain("state", "=", "recorded") & Domain("reason", "=", reason)
        said &= Domain("moment", ">=", str(scope.start))
        said &= Domain("moment", "<", str(end))
        return self._make_work_windows({"reason": ("contact", mine & said)})
