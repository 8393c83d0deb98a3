from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime, formatLang

from .debt_collection_draft import FIELDS as DRAFT_FIELDS
from .debt_collection_plan import LIVE
from .debt_collection_policy_step import MEETINGS


class DebtCollectionDesk(models.AbstractModel):
    """What a collector has before him: figures at hand, the pile, his lists."""

    _name = "debt.collection.desk"
    _description = "Collector's desk"
    _inherit = ["debt.collection.desk.side"]

    # === FIGURES AT HAND === #

    @api.model
    def _get_script(self, case):
        """What a person needs to know before he speaks with the debtor.

        Override to add lines; must not write.

        :return: (label, value as text) pairs, in the order they are shown
        :rtype: list[tuple[str, str]]
        """
        balance = case.amount_due_error or self._money(case, case.amount_due)
        lines = [
            (self.env._("Due today"), balance),
            (self.env._("Principal left"), self._money(case, case.amount_residual)),
            (self.env._("Oldest item"), self._word_oldest(case)),
            (self.env._("Last letter"), self._word_last_letter(case)),
            (self.env._("Last promise"), self._word_last_promise(case)),
            (self.env._("Last contact"), self._word_last_contact(case)),
            (self.env._("What comes next"), case.why_not),
        ]
        return [(label, value) for label, value in lines if value]

    @api.model
    def _get_phones(self, case):
        """(name, number) of who can be called, the one for collection first."""
        debtor = case.partner_id
        contacts = debtor._get_collection_recipient() | debtor | debtor.child_ids
        contacts = debtor._filter_collection_reach(contacts)
        return [(c.display_name, c.phone) for c in contacts if c.phone]

    @api.model
    def _render_script(self, case):
        """The figures at hand as a fragment for the screens.

        :rtype: markupsafe.Markup
        """
        values = {
            "lines": self._get_script(case),
            "phones": self._get_phones(case),
            "case": case,
        }
        return self.env["ir.qweb"]._render("debt_collection.desk_script", values)

    @api.model
    def _money(self, record, amount):
        return formatLang(self.env, amount, currency_obj=record.currency_id)

    @api.model
    def _word_oldest(self, case):
        claims = case.claim_ids.filtered("is_open").sorted("date_due")
        if not claims:
            return ""
        claim = claims[0]
        today = case.company_id._get_collection_today()
        return self.env._(
            "%(invoice)s: %(amount)s, due on %(day)s, %(late)s days late",
            invoice=claim.move_id.name,
            amount=self._money(claim, claim.amount_residual),
            day=format_date(self.env, claim.date_due),
            late=max((today - claim.date_due).days, 0),
        )

    @api.model
    def _word_last_letter(self, case):
        letters = case.action_ids.filtered(
            lambda a: a.state == "done" and a.attachment_id
        ).sorted("date_done")
        if not letters:
            return ""
        letter = letters[-1]
        return f"{letter._get_name()}, {format_date(self.env, letter.date_done)}"

    @api.model
    def _word_last_promise(self, case):
        """What he promised last; empty when he never did.

        Override where promises are kept elsewhere; must not write.
        """
        promises = case.contact_ids.filtered(
            lambda c: c.state == "recorded" and c.outcome_id.next_kind == "promise"
        )
        return promises.sorted("id")[-1]._word_promise() if promises else ""

    @api.model
    def _word_last_contact(self, case):
        contacts = case.contact_ids.filtered(lambda c: c.state == "recorded")
        if not contacts:
            return ""
        last = contacts.sorted("id")[-1]
        day = format_date(self.env, last._get_day())
        return ", ".join(filter(None, (day, last.outcome_id.name, last.note)))

    # === ONE BY ONE === #

    @api.model
    def get_pile(self, wanted=()):
        """What is to be worked: letters to review and calls to make.

        :param list[int] wanted: these actions only; empty for all that waits
        :return: ids of actions, and what the screen says of the company
        :rtype: dict
        """
        Action = self.env["debt.collection.action"]
        if wanted:
            actions = Action.browse(wanted).exists()
        else:
            actions = Action.search(self._get_pile_domain(), order="amount desc, id")
        return {
            "ids": actions.ids,
            "company": {"test_mode": self.env.company._get_collection_test_sentence()},
        }

    @api.model
    def _get_pile_domain(self):
        """Actions that wait for a person; extend by `super()`."""
        today = self.env.company._get_collection_today()
        calls = Domain("state", "=", "released") & Domain(
            "delivery_ids",
            "any",
            [
                ("state", "=", "to_send"),
                ("channel", "in", MEETINGS),
                "|",
                ("date_planned", "=", False),
                ("date_planned", "<=", today),
            ],
        )
        mine = Domain("company_id", "in", self.env.companies.ids)
        return (Domain("state", "=", "planned") | calls) & mine

    @api.model
    def get_card(self, action_id):
        """All that the screen shows of one action.

        :rtype: dict
        """
        action = self.env["debt.collection.action"].browse(action_id)
        action.check_access("read")
        states = dict(action._fields["state"]._description_selection(self.env))
        recipient = action.recipient_id
        address = recipient._display_address(without_company=True).split("\n")
        return {
            "id": action.id,
            "state": action.state,
            "state_label": states[action.state],
            "debtor": action.partner_id.display_name,
            "recipient": " · ".join(
                filter(None, [recipient.name, *address, recipient.email])
            ),
            "amount": self._money(action, action.amount),
            "step": action._get_name(),
            "channels": self._word_channels(action),
            "case_id": action.case_id.id,
            "case_name": action.case_id.name or "",
            "account_id": action.account_id.id,
            "error": action.error if action.state in ("failed", "skipped") else "",
            "waits": action.why_waits,
            "lines": [self._get_line(line) for line in action.line_ids],
            "script": action.case_id and str(self._render_script(action.case_id)),
            "meetings": self._get_meetings(action),
            "draft": self.env["debt.collection.draft"]._get_draft(action),
            "can_edit": action.state == "planned"
            and bool(action._get_written_channels()),
        }

    @api.model
    def _word_channels(self, action):
        labels = dict(
            self.env["debt.collection.delivery"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        return ", ".join(labels[channel] for channel in action._get_channels())

    @api.model
    def _get_line(self, line):
        item = line.move_line_id
        today = line.company_id._get_collection_today()
        late = (today - item.date_maturity).days if item.date_maturity else 0
        return {
            "id": line.id,
            "name": item.move_name,
            "due": format_date(self.env, item.date_maturity),
            "late": self.env._("%(days)s days late", days=late) if late > 0 else "",
            "left": self._money(line, line.amount_residual),
        }

    @api.model
    def _get_meetings(self, action):
        """Calls and visits of the action whose outcome is to be recorded."""
        return [
            {"id": delivery.id, "channel": delivery.channel}
            for delivery in action.delivery_ids
            if delivery.channel in MEETINGS and delivery.state == "to_send"
        ]

    @api.model
    def save_draft(self, action_id, words):
        """Keep the changed words of an action under review.

        :param dict words: letter and mail as HTML, subject
        :return: the card, or ``refusal``: what keeps it from being sent so
        :rtype: dict
        """
        action = self.env["debt.collection.action"].browse(action_id)
        action.check_access("write")
        try:
            with self.env.cr.savepoint():
                self.env["debt.collection.draft"]._store(
                    action, words["letter"], words["subject"], words["mail"]
                )
        except UserError as error:
            return {"refusal": str(error)}
        return self.get_card(action_id)

    @api.model
    def restore_draft(self, action_id):
        """Take the proposed words again.

        :rtype: dict
        """
        action = self.env["debt.collection.action"].browse(action_id)
        action.check_access("write")
        action.write(dict.fromkeys(DRAFT_FIELDS, False))
        return self.get_card(action_id)

    # === WORKING LISTS === #

    @api.model
    @api.readonly
    def get_home(self, whose="mine"):
        """The working lists with their counts, and the state of the company.

        :param str whose: ``mine`` (with nobody's), ``team`` or ``all`` debtors
        :rtype: dict
        """
        self.env["debt.collection.case"].check_access("read")
        return {
            "lists": self._show_lists(self._get_worklists(), whose),
            "status": self._get_status(),
        }

    @api.model
    def open_worklist(self, key, whose="all"):
        """The window that shows a working list.

        :param str whose: as for `get_home`
        :raises UserError: there is no such list
        :rtype: dict
        """
        values = self._get_worklists().get(key)
        if not values:
            raise UserError(self.env._("There is no working list “%(key)s”.", key=key))
        domain = self._get_list_domain(values, whose)
        if values["action"]:
            return self._open_action(values, domain)
        return {
            "type": "ir.actions.act_window",
            "name": values["name"],
            "res_model": values["model"],
            "views": [[False, "list"], [False, "form"]],
            "domain": domain,
        }

    @api.model
    def _open_action(self, values, domain):
        """The list in the window that was made for it; the pile has its own screen."""
        name = f"debt_collection.{values['action']}"
        action = self.env["ir.actions.actions"]._for_xml_id(name)
        if action["type"] == "ir.actions.server":
            action = self.env["ir.actions.server"].browse(action["id"]).run()
        if action["type"] == "ir.actions.client":
            # nobody: 0 is no record, and an empty pile is not all that waits
            actions = self.env[values["model"]].search(domain, order="amount desc, id")
            return {**action, "context": {"desk_action_ids": actions.ids or [0]}}
        return {**action, "domain": domain, "context": {}}

    @api.model
    def _get_worklists(self):
        """Key of each working list -> name, help, icon, tone, model and domain.

        ``action`` opens it where more than a list is needed, ``debtor`` is the path to
        the debtor (empty: the list is nobody's), ``group`` who sees it. Extend by
        `super()`.

        :rtype: dict[str, dict]
        """
        lists = self._get_waiting_lists(self.env.company._get_collection_today())
        lists |= self._get_early_list() | self._get_subject_lists()
        return self._name_lists(lists)

    @api.model
    def _get_waiting_lists(self, today):
        """The lists of what waits for a hand."""
        lists = self._get_action_lists() | self._get_delivery_lists(today)
        return lists | self._get_agreed_lists(today) | self._get_side_lists(today)

    @api.model
    def _name_lists(self, lists):
        words = self._get_list_words()
        return {
            key: {**values, "name": words[key][0], "help": words[key][1]}
            for key, values in lists.items()
        }

    @api.model
    def _get_list_words(self):
        """Key of each working list -> (name, what stands in it)."""
        return {
            "review": (
                self.env._("To review"),
                self.env._("Letters that wait for a look before they leave"),
            ),
            "failed": (
                self.env._("Failed"),
                self.env._("Actions that did not get through, with the reason"),
            ),
            "call": (
                self.env._("To call"),
                self.env._("Calls and visits that the ladder asks for"),
            ),
            "print": (
                self.env._("To print"),
                self.env._("Letters by post that wait for an envelope"),
            ),
            "trouble": (
                self.env._("Not arrived"),
                self.env._("Bounced, refused, or cut short while sending"),
            ),
            "early": (
                self.env._("Early calls"),
                self.env._("Invoices not due yet, of debtors who usually pay late"),
            ),
            "mine": (self.env._("My cases"), self.env._("Open cases that are yours")),
            **self._get_agreed_words(),
            **self._get_side_words(),
            "no_address": (
                self.env._("No address"),
                self.env._("Debtors with open items who cannot be written to"),
            ),
            "waiting": (
                self.env._("Waiting"),
                self.env._("Debtors whose next step has its day"),
            ),
            "blocked": (
                self.env._("Blocked"),
                self.env._("Debtors for whom nothing happens by itself"),
            ),
        }

    @api.model
    def _make_list(
        self, icon, tone, model, domain, action="", debtor="partner_id", group=""
    ):
        """One working list, of the companies that are switched on."""
        companies = self.env.companies.ids
        own = [("company_id", "in", companies if debtor else [False, *companies])]
        return {
            "icon": icon,
            "tone": tone,
            "model": model,
            "domain": own + domain,
            "action": action,
            "debtor": debtor,
            "group": group,
        }

    @api.model
    def _get_action_lists(self):
        model, desk = "debt.collection.action", "debt_collection_desk_action"
        review, failed = [("state", "=", "planned")], [("state", "=", "failed")]
        return {
            "review": self._make_list("fa-eye", "warning", model, review, desk),
            "failed": self._make_list("fa-warning", "danger", model, failed),
        }

    @api.model
    def _get_delivery_lists(self, today):
        waiting, actions = ("state", "=", "to_send"), "debt_collection_delivery_action"
        # a try that was put off comes back on its day, a batch has its own screen
        now = ["|", ("date_planned", "=", False), ("date_planned", "<=", str(today))]
        speak = [("channel", "in", MEETINGS), waiting, *now]
        post = [("channel", "=", "post"), waiting, ("batch_id", "=", False)]
        rows = {
            "call": ("fa-phone", "primary", speak),
            "print": ("fa-print", "primary", post),
            "trouble": (
                "fa-reply",
                "danger",
                [("state", "in", ("failed", "bounced", "uncertain"))],
            ),
        }
        return {
            key: self._make_list(
                icon,
                tone,
                "debt.collection.delivery",
                domain,
                f"{actions}_{key}",
                "action_id.partner_id",
            )
            for key, (icon, tone, domain) in rows.items()
        }

    @api.model
    def _get_early_list(self):
        company = self.env.company
        moves = self.env["account.move"]._get_early_contacts(
            company, company._get_collection_today()
        )
        domain = [("id", "in", moves.ids)]
        action = "account_move_action_open_early"
        return {
            "early": self._make_list(
                "fa-clock-o",
                "info",
                "account.move",
                domain,
                action,
                "commercial_partner_id",
            )
        }

    @api.model
    def _get_subject_lists(self):
        account, open_items = "debt.collection.account", [("item_count", ">", 0)]
        mine = [("user_id", "=", self.env.uid), ("phase", "!=", "closed")]
        lost = open_items + self._get_no_address_domain()
        waiting = [*open_items, ("next_date", "!=", False)]
        blocked = [("next_date", "=", False), ("is_stale", "=", False)]
        make = self._make_list
        return {
            # his own, in whosever portfolio their debtors are
            "mine": make(
                "fa-gavel", "primary", "debt.collection.case", mine, debtor=""
            ),
            "no_address": make("fa-map-marker", "danger", account, lost),
            "waiting": make("fa-hourglass-half", "success", account, waiting),
            "blocked": make("fa-ban", "warning", account, open_items + blocked),
        }

    @api.model
    def _get_agreed_words(self):
        return {
            "disputes": (
                self.env._("Disputes to answer"),
                self.env._("Nothing else reaches the debtor meanwhile"),
            ),
            "proposed": (
                self.env._("Plans to answer"),
                self.env._("Proposed by debtors, or beyond the limits"),
            ),
            "promised": (
                self.env._("Due today"),
                self.env._("Promises and instalments of today"),
            ),
            "late": (
                self.env._("Plans late"),
                self.env._("An instalment has passed and its days of grace run"),
            ),
            "broken": (
                self.env._("Broken promises"),
                self.env._("Ended unpaid, and nobody reacted since"),
            ),
            "approvals": (
                self.env._("Costs to approve"),
                self.env._("Nothing is ordered before a yes"),
            ),
            "expiring": (
                self.env._("Approvals that expire"),
                self.env._("Approved costs whose yes ends within a week"),
            ),
        }

    @api.model
    def _get_agreed_lists(self, today):
        """What was agreed, contested or asked for, and waits for somebody."""
        plan, cost = "debt.collection.plan", "debt.collection.cost"
        live, make = ("state", "in", LIVE), self._make_list
        due = [("amount_left", ">", 0), ("date", "=", str(today))]
        late = [("amount_left", ">", 0), ("date", "<", str(today))]
        week = today + timedelta(days=7)
        domains = {
            "disputes": ("debt.collection.dispute", [("state", "=", "open")]),
            "proposed": (plan, [("state", "in", ("proposed", "to_approve"))]),
            "promised": (plan, [live, ("line_ids", "any", due)]),
            "late": (plan, [live, ("line_ids", "any", late)]),
            "broken": (plan, [("is_unanswered", "=", True)]),
            "approvals": (cost, [("state", "=", "requested")]),
            "expiring": (
                cost,
                [("state", "=", "approved"), ("date_expiry", "<=", str(week))],
            ),
        }
        looks = {
            "disputes": ("fa-comments-o", "danger"),
            "broken": ("fa-chain-broken", "danger"),
            "promised": ("fa-calendar-check-o", "primary"),
        }
        look, paths = ("fa-hourglass-end", "warning"), {cost: "debtor_id"}
        return {
            key: make(
                *looks.get(key, look),
                model,
                domain,
                debtor=paths.get(model, "partner_id"),
            )
            for key, (model, domain) in domains.items()
        }

    @api.model
    def _get_no_address_domain(self):
        """Debtors whose letters have nowhere to go, neither by mail nor by post."""
        reachable = [
            "|",
            ("email", "!=", False),
            "&",
            ("street", "!=", False),
            ("city", "!=", False),
        ]
        own = Domain("partner_id", "any", reachable)
        contact = Domain("partner_id.debt_collection_contact_id", "any", reachable)
        invoices = Domain(
            "partner_id.child_ids", "any", [("type", "=", "invoice"), *reachable]
        )
        return list(~(own | contact | invoices))

    # === STATE OF THE COMPANY === #

    @api.model
    def _get_status(self):
        """Sentences on what holds for the whole company: text, tone and icon."""
        company = self.env.company
        run, today = self.env["debt.collection.run"], company._get_collection_today()
        status = []
        if sentence := company._get_collection_test_sentence():
            status.append({"text": sentence, "tone": "warning", "icon": "fa-flask"})
        for blocker in company._get_collection_blockers(today):
            text = run._word(blocker)
            status.append({"text": text, "tone": "danger", "icon": "fa-pause"})
        fresh = self._word_freshness(company)
        if fresh:
            status.append({"text": fresh, "tone": "light", "icon": "fa-university"})
        return status + self._get_run_status()

    @api.model
    def _word_freshness(self, company):
        """Up to which day each bank journal is reconciled; empty without any."""
        run = self.env["debt.collection.run"]
        days = company._get_bank_freshness()
        parts = [f"{name} {run._format_day(day)}" for name, day in days]
        if not parts:
            return ""
        return self.env._("Bank reconciled up to: %(days)s", days=", ".join(parts))

    @api.model
    def _get_run_status(self):
        """When the daily run went last, and whether it is in trouble."""
        # a collector may know how the run went, without rights on scheduled actions
        cron_sudo = self.env.ref("debt_collection.ir_cron_run").sudo()
        if cron_sudo.failure_count or not cron_sudo.active:
            text = self.env._(
                "The daily run fails: tell your administrator. "
                "Nothing leaves meanwhile."
            )
            return [{"text": text, "tone": "danger", "icon": "fa-exclamation-circle"}]
        if not cron_sudo.lastcall:
            return []
        moment = format_datetime(self.env, cron_sudo.lastcall)
        text = self.env._("Last daily run: %(moment)s", moment=moment)
        return [{"text": text, "tone": "light", "icon": "fa-clock-o"}]
