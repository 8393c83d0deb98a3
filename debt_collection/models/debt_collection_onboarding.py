from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime

MANAGER = "debt_collection.debt_collection_group_manager"


class Step(NamedTuple):
    """One of the first steps.

    ``check`` answers a `Found`, ``open`` a window; ``may_open`` says whether the user
    may change there what is asked, else an administrator has to.
    """

    name: str
    help: str
    button: str
    icon: str
    check: Callable
    open: Callable
    may_open: Callable = lambda: True


class DebtCollectionOnboarding(models.Model):
    """The first ten minutes of a company: what is set, what is missing, who says start.

    A new company rests (`debt_collection_paused`) until a Manager starts it here or
    skips the steps. Whether a step is done is asked anew each time; what is kept is who
    started, when, and what he saw or left as it is.
    """

    _name = "debt.collection.onboarding"
    _description = "First steps of the collection"
    _inherit = ["debt.collection.lock", "debt.collection.onboarding.check"]
    _rec_name = "company_id"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        selection=[("todo", "Waits"), ("done", "Finished"), ("skipped", "Skipped")],
        default="todo",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Started by", readonly=True
    )
    date = fields.Datetime(string="Started on", readonly=True)
    left_steps = fields.Json(
        readonly=True, help="Keys of the steps that were left as they are."
    )
    date_ladder = fields.Datetime(string="Ladders chosen on", readonly=True)
    preview = fields.Json(
        readonly=True, help="What the last preview showed: when, letters, amount."
    )

    _company_unique = models.UniqueIndex(
        "(company_id)", "The first steps of this company are there already."
    )

    # === THE SCREEN === #

    @api.model
    def get_screen(self):
        """The first steps of the current company as they stand now.

        :raises AccessError: only a Manager sees them
        :rtype: dict
        """
        row = self._get_row()
        steps = [row._describe(key, step) for key, step in self._get_steps().items()]
        waiting = row._is_waiting()
        return {
            "company": self.env.company.name,
            "waiting": waiting,
            "paused": self.env.company.debt_collection_paused,
            "status": row._word_status(),
            "steps": steps,
            "done": sum(step["state"] != "todo" for step in steps),
            "can_start": waiting and all(step["state"] != "todo" for step in steps),
        }

    @api.model
    def get_banner(self):
        """What the desk tells a Manager of first steps that wait; else nothing.

        :return: number done, of how many, and what is next
        :rtype: dict | None
        """
        company = self.env.company
        if not self.env.user.has_group(MANAGER):
            return None
        if not company.debt_collection_onboarding_ids._is_waiting():
            return None
        screen = self.get_screen()
        names = [step["name"] for step in screen["steps"] if step["state"] == "todo"]
        return {
            "done": screen["done"],
            "total": len(screen["steps"]),
            "next": names[0] if names else "",
        }

    @api.model
    def open_step(self, key):
        """The window in which a step is done.

        :rtype: dict
        """
        self._get_row()
        action = self._get_step(key).open()
        modes = action.get("view_mode", "").split(",")
        return {"views": [[False, mode] for mode in modes], **action}

    @api.model
    def leave_step(self, key, leave=True):
        """Leave a step as it is, or ask for it again; the screen as it is then.

        :rtype: dict
        """
        self._get_step(key)
        row = self._get_row()
        left = set(row.left_steps or ()) - {key}
        row.left_steps = sorted(left | {key} if leave else left)
        return self.get_screen()

    @api.model
    def start(self):
        """Let the letters of the current company leave from the next run on.

        :raises UserError: a step is neither done nor left as it is
        :rtype: dict
        """
        screen = self.get_screen()
        if screen["waiting"] and not screen["can_start"]:
            names = [s["name"] for s in screen["steps"] if s["state"] == "todo"]
            raise UserError(
                self.env._(
                    "Do these steps first, or leave them as they are: %(names)s",
                    names=", ".join(names),
                )
            )
        return self._begin("done")

    @api.model
    def skip(self):
        """Start without the steps: somebody says so on purpose.

        :rtype: dict
        """
        return self._begin("skipped")

    @api.model
    def pause(self, paused):
        """Stop all that leaves once the collection runs, or let it go on.

        :raises UserError: it has not started
        :rtype: dict
        """
        row = self._get_row()
        if row._is_waiting():
            raise UserError(self.env._("Collection has not started."))
        # a Manager stops letters, and need not manage companies
        row.company_id.sudo().debt_collection_paused = bool(paused)
        if not paused:
            self.env["debt.collection.run"]._trigger()
        return self.get_screen()

    def _begin(self, state):
        row = self._get_row()
        row.sudo()._end(state)  # who started is written by nobody's hand
        # a Manager starts the collection, and need not manage companies
        row.company_id.sudo().debt_collection_paused = False
        self.env["debt.collection.run"]._trigger()
        return self.get_screen()

    def _end(self, state):
        """The first steps that wait are over; who says so is kept."""
        self.filtered(lambda row: row.state == "todo").write(
            {"state": state, "user_id": self.env.uid, "date": fields.Datetime.now()}
        )

    def _is_waiting(self):
        """Whether the company rests for its first steps; no row: it never had to."""
        return any(row.state == "todo" for row in self)

    @api.model
    def _get_row(self):
        """The row of the current company, made where it collected before.

        :raises AccessError: the user is no Manager
        """
        self.browse().check_access("write")
        company = self.env.company
        row = self.search([("company_id", "=", company.id)])
        if row:
            return row
        state = "todo" if company.debt_collection_paused else "skipped"
        return self.create({"company_id": company.id, "state": state})

    def _describe(self, key, step):
        found = step.check()
        state = "done" if found.is_done else "todo"
        if state == "todo" and key in (self.left_steps or ()):
            state = "left"
        return {
            "key": key,
            "name": step.name,
            "help": step.help,
            "button": step.button,
            "icon": step.icon,
            "state": state,
            "why": found.why,
            "note": ""
            if step.may_open()
            else self.env._("An administrator has to do this."),
        }

    def _word_status(self):
        """Whether letters leave, since when and by whom."""
        if self.state == "todo":
            return self.env._("Nothing reaches a debtor before you start.")
        if self.company_id.debt_collection_paused:
            return self.env._("Collection is paused for this company.")
        if not self.date:
            return self.env._("Collection runs.")
        values = {
            "day": format_datetime(self.env, self.date, dt_format="short"),
            "name": self.user_id.name,
        }
        if self.state == "skipped":
            return self.env._(
                "Collection runs since %(day)s: %(name)s skipped the first steps.",
                **values,
            )
        return self.env._(
            "Collection runs since %(day)s, started by %(name)s.", **values
        )

    # === THE STEPS === #

    @api.model
    def _get_step(self, key):
        steps = self._get_steps()
        if key not in steps:
            raise UserError(self.env._("There is no step “%(key)s”.", key=key))
        return steps[key]

    @api.model
    def _get_steps(self):
        """Key of each of the first steps -> Step, in order; extend by `super()`.

        :rtype: dict[str, Step]
        """
        return {
            "company": self._make_company_step(),
            "bank": self._make_bank_step(),
            "ladder": self._make_ladder_step(),
            "languages": self._make_languages_step(),
            "parameters": self._make_parameters_step(),
            "roles": self._make_roles_step(),
            "invoices": self._make_invoices_step(),
            "preview": self._make_preview_step(),
        }

    @api.model
    def _make_company_step(self):
        return Step(
            self.env._("Your company"),
            self.env._("What stands on top of each letter, and who answers it."),
            self.env._("Company"),
            "fa-building-o",
            self._check_creditor,
            self._open_company,
            lambda: self.env.company.has_access("write"),
        )

    @api.model
    def _make_bank_step(self):
        return Step(
            self.env._("Bank account"),
            self.env._("Where debtors pay: printed on letters, in the code to pay."),
            self.env._("Bank accounts"),
            "fa-university",
            self._check_bank,
            self._open_bank,
            lambda: self.env["res.partner.bank"].has_access("create"),
        )

    @api.model
    def _make_ladder_step(self):
        return Step(
            self.env._("Ladders"),
            self.env._(
                "Which letters, when, and whether a person looks at each before it "
                "leaves. Test mode sends everything to yourself."
            ),
            self.env._("Choose"),
            "fa-list-ol",
            self._check_ladder,
            self._open_ladder,
        )

    @api.model
    def _make_languages_step(self):
        return Step(
            self.env._("Languages"),
            self.env._("Each debtor is written to in his own language."),
            self.env._("Add languages"),
            "fa-language",
            self._check_languages,
            lambda: self._open_action("base.action_view_base_language_install"),
            lambda: self.env["base.language.install"].has_access("create"),
        )

    @api.model
    def _make_parameters_step(self):
        return Step(
            self.env._("Numbers of the law"),
            self.env._("Rates and amounts that somebody compares with their source."),
            self.env._("Verify"),
            "fa-balance-scale",
            self._check_parameters,
            lambda: self._open_action(
                "debt_collection.debt_collection_parameter_value_action_to_verify"
            ),
        )

    @api.model
    def _make_roles_step(self):
        return Step(
            self.env._("Roles"),
            self.env._(
                "A Collector works cases, an Approver says yes or no to costs: two "
                "people, for nobody approves his own request."
            ),
            self.env._("Users"),
            "fa-users",
            self._check_roles,
            lambda: self._open_action("base.action_res_users"),
            lambda: self.env["res.users"].has_access("write"),
        )

    @api.model
    def _make_invoices_step(self):
        return Step(
            self.env._("Open invoices"),
            self.env._("A letter needs an address, a claim needs its proofs."),
            self.env._("Mend"),
            "fa-wrench",
            self._check_invoices,
            lambda: self._open_action("debt_collection.debt_collection_quality_action"),
        )

    @api.model
    def _make_preview_step(self):
        return Step(
            self.env._("Preview"),
            self.env._("Who would get what today, from your own ledger."),
            self.env._("Look"),
            "fa-eye",
            self._check_preview,
            self._open_preview,
        )

    # === WHERE THEY ARE DONE === #

    @api.model
    def _open_action(self, xmlid):
        return self.env["ir.actions.actions"]._for_xml_id(xmlid)

    @api.model
    def _open_company(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env.company.name,
            "res_model": "res.company",
            "res_id": self.env.company.id,
            "views": [[False, "form"]],
        }

    @api.model
    def _open_bank(self):
        company = self.env.company
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bank accounts"),
            "res_model": "res.partner.bank",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("partner_id", "=", company.partner_id.id)],
            "context": {
                "default_partner_id": company.partner_id.id,
                "default_company_id": company.id,
            },
        }

    @api.model
    def _open_ladder(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ladders"),
            "res_model": "debt.collection.onboarding.ladder",
            "views": [[False, "form"]],
            "target": "new",
        }

    @api.model
    def _open_preview(self):
        """The preview of today; what it shows is kept with the step."""
        company = self.env.company
        preview = self.env["debt.collection.run.preview"].create(
            {"company_id": company.id, "date": company._get_collection_today()}
        )
        action = preview.action_preview()
        letters = preview.line_ids.filtered("step_id")
        self._get_row().preview = {
            "moment": str(fields.Datetime.now()),
            "letters": len(letters),
            "debtors": len(letters.partner_id),
            "amount": sum(
                line.currency_id._convert(
                    line.amount, company.currency_id, company, preview.date
                )
                for line in letters
            ),
        }
        return action
