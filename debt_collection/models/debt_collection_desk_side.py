from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, formatLang

from .debt_collection_case_legal import WARN_DAYS
from .debt_collection_weight import FULLS, WEIGHTS

# What stands beside the work list, in this order
SIDE = (
    "call",
    "broken",
    "promised",
    "disputes",
    "late",
    "print",
    "ready",
    "approvals",
    "proposed",
    "write_offs",
    "terms",
    "limitation",
    "parameters",
)
# Days ahead that a running term shows
TERM_DAYS = 14


class DebtCollectionDeskSide(models.AbstractModel):
    """The lists beside today's work list, and how lists are counted: by one query."""

    _name = "debt.collection.desk.side"
    _description = "Lists beside the work list"

    # === THE SCREEN === #

    @api.model
    @api.readonly
    def get_side(self, whose="mine"):
        """The lists beside the work list with their counts, and how points are given.

        :param str whose: ``mine``, ``team`` or ``all`` debtors
        :rtype: dict
        """
        self.env["debt.collection.case"].check_access("read")
        lists = self._get_waiting_lists(self.env.company._get_collection_today())
        named = self._name_lists({key: lists[key] for key in SIDE})
        return {
            "lists": self._show_lists(named, whose),
            "weights": self._show_weights(),
        }

    @api.model
    def _show_lists(self, lists, whose):
        """What a screen shows of lists; without those a user may not read."""
        counts = self._count_lists(lists, whose)
        return [
            {
                "key": key,
                **{name: lists[key][name] for name in ("name", "help", "icon", "tone")},
                "count": count,
            }
            for key, count in counts.items()
        ]

    @api.model
    def _show_weights(self):
        """Each measure of the points: its name, its most, and where it is reached."""
        Weight = self.env["debt.collection.weight"]
        names = Weight.fields_get([*WEIGHTS], ["string"])
        given = Weight._get_given(self.env.company, WEIGHTS | FULLS)
        reached = {
            "weight_stake": formatLang(
                self.env,
                given["stake_full"],
                currency_obj=self.env.company.currency_id,
                digits=0,
            ),
            "weight_age": self.env._("%(days)s days", days=given["age_full"]),
            "weight_habit": self.env._("%(days)s days", days=given["habit_full"]),
        }
        return [
            {
                "key": key,
                "name": names[key]["string"],
                "points": given[key],
                "full": reached.get(key, ""),
            }
            for key in WEIGHTS
        ]

    # === COUNTS === #

    @api.model
    def _count_lists(self, lists, whose):
        """How many records each list has, by one query, as far as the user may read.

        :param dict lists: as `_get_worklists` gives them
        :rtype: dict[str, int]
        """
        parts, counts = [], {}
        for key, values in lists.items():
            if not self._may_read(values):
                continue
            counts[key] = 0
            domain = self._get_list_domain(values, whose)
            query = self.env[values["model"]]._search(domain)
            if not query.is_empty():
                parts.append(query.select(SQL("%s::text", key), SQL("count(*)")))
        if parts:
            rows = self.env.execute_query(SQL(" UNION ALL ").join(parts))
            counts |= dict(rows)
        return counts

    @api.model
    def _may_read(self, values):
        if values["group"] and not self.env.user.has_group(values["group"]):
            return False
        return self.env[values["model"]].has_access("read")

    @api.model
    def _get_list_domain(self, values, whose):
        """The records of a list, of whose debtors: a domain a screen can carry."""
        domain = values["domain"]
        if not values["debtor"] or whose == "all":
            return domain
        Portfolio = self.env["debt.collection.portfolio"]
        return [*domain, *Portfolio._get_whose_domain(whose, values["debtor"])]

    # === THE LISTS === #

    @api.model
    def _get_side_words(self):
        return {
            "ready": (
                self.env._("Ready to hand over"),
                self.env._("The notice was given, its days are over, nothing holds"),
            ),
            "write_offs": (
                self.env._("Write-offs to decide"),
                self.env._("Asked for by one, decided by another"),
            ),
            "terms": (
                self.env._("Terms that end"),
                self.env._("Of legal steps, within two weeks or past"),
            ),
            "limitation": (
                self.env._("Soon prescribed"),
                self.env._("The first claim is lost within 90 days, or is already"),
            ),
            "parameters": (
                self.env._("Numbers to verify"),
                self.env._("In force today and never compared with their source"),
            ),
        }

    @api.model
    def _get_side_lists(self, today):
        """What comes after letters and calls: partners, courts, losses, the law."""
        make, case = self._make_list, "debt.collection.case"
        term, value = "debt.collection.legal.step.term", "debt.collection.parameter"
        last, near = today + timedelta(days=TERM_DAYS), today + timedelta(WARN_DAYS)
        ending = [("is_pending", "=", True), ("date_end", "<=", str(last))]
        old = [("date_closed", "=", False), ("date_limitation", "<=", str(near))]
        draft, verify = [("state", "=", "draft")], "debt_collection_parameter_value"
        return {
            "ready": make(
                "fa-share-square-o", "primary", case, [("is_ready", "=", True)]
            ),
            "write_offs": make(
                "fa-eraser", "warning", "debt.collection.write.off", draft
            ),
            "terms": make(
                "fa-gavel",
                "danger",
                term,
                ending,
                "debt_collection_legal_term_action",
                "case_id.partner_id",
            ),
            "limitation": make("fa-hourglass-3", "danger", case, old),
            "parameters": make(
                "fa-balance-scale",
                "warning",
                f"{value}.value",
                self._get_unverified_domain(today),
                f"{verify}_action_to_verify",
                debtor="",
                group="debt_collection.debt_collection_group_manager",
            ),
        }

    @api.model
    def _get_unverified_domain(self, today):
        return [
            ("state", "=", "to_verify"),
            ("is_replaced", "=", False),
            ("date_from", "<=", str(today)),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", str(today)),
        ]
