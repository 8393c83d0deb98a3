from odoo import fields
from odoo.http import request

from odoo.addons.debt_collection.models.debt_collection_plan import SITUATIONS

from .visit import CollectVisit, door


class CollectPlan(CollectVisit):
    """The door "I need time": instalments, a day, or "I paid"."""

    # === ROUTES === #

    @door("/time")
    def collect_time(self, visit, form):
        """The simulator, for the choice in the address."""
        return self._collect_show_time(visit, form)

    @door("/time/schedule")
    def collect_schedule(self, visit, form):
        """The instalments of a choice, for who moves the slider."""
        plans = visit.env["debt.collection.page.plan"]
        if not plans._may_ask(visit.matter, visit.day):
            return self._collect_gone()
        return self._collect_render(
            "debt_collection_portal.time_schedule",
            visit,
            {"sim": self._collect_simulate(visit, form)},
        )

    @door("/time", methods=("POST",))
    def collect_time_post(self, visit, form):
        """Propose the plan as it was shown."""
        plans, made = visit.env["debt.collection.page.plan"], []
        count = self._cast_as_int(form.get("count")) or 0
        first = self._collect_get_day(form.get("first"), None)
        error = self._collect_submit(
            visit,
            form,
            lambda: made.append(
                plans._propose(
                    visit.matter,
                    count,
                    first,
                    self._collect_get_means(visit, form),
                    visit.day,
                    visit.is_known,
                )
            ),
        )
        if error:
            return self._collect_show_time(visit, form, error)
        return self._collect_after(visit, made, "plan")

    @door("/promise", methods=("POST",))
    def collect_promise(self, visit, form):
        """Promise to pay by one day."""
        plans, made = visit.env["debt.collection.page.plan"], []
        until = self._collect_get_day(form.get("until"), None)
        error = self._collect_submit(
            visit,
            form,
            lambda: made.append(
                plans._promise(visit.matter, until, visit.day, visit.is_known)
            ),
        )
        if error:
            return self._collect_show_time(visit, form, error)
        return self._collect_after(visit, made, "promise")

    @door("/paid", methods=("POST",), max_content_length=12 * 1024 * 1024)
    def collect_paid(self, visit, form):
        """Say that it was paid already."""
        plans, made = visit.env["debt.collection.page.plan"], []
        error = self._collect_submit(
            visit,
            form,
            lambda: made.append(
                plans._say_paid(
                    visit.matter,
                    self._collect_get_number(form.get("amount")),
                    self._collect_get_day(form.get("paid_on"), None),
                    self._collect_get_files("proof")[:1],
                    visit.day,
                    visit.is_known,
                )
            ),
        )
        if error:
            return self._collect_show_time(visit, form, error)
        return self._collect_after(visit, made, "paid")

    # === THE PAGE === #

    def _collect_show_time(self, visit, form, error=None):
        plans = visit.env["debt.collection.page.plan"]
        values = {
            "may_ask": plans._may_ask(visit.matter, visit.day),
            "may_say_paid": visit.env["debt.collection.page"]._may_answer(visit.matter),
            "plans": plans._get_current(visit.matter, visit.day),
            "plan_status": lambda plan: plans._get_status(plan, visit.day),
            "situations": self._collect_get_situations(visit),
            "form": form,
            "today": fields.Date.to_string(visit.day),
            "sim": None,
        }
        if values["may_ask"]:
            values["sim"] = self._collect_simulate(visit, form)
        return self._collect_render(
            "debt_collection_portal.collect_time", visit, values, error
        )

    def _collect_simulate(self, visit, form):
        return visit.env["debt.collection.page.plan"]._simulate(
            visit.matter,
            self._cast_as_int(form.get("count")) or 0,
            self._collect_get_day(form.get("first"), None),
            visit.day,
        )

    def _collect_get_situations(self, visit):
        """What the debtor may say of himself, with words of his own language."""
        Plan = visit.env["debt.collection.plan"]
        labels = dict(Plan._fields["means_situation"]._description_selection(Plan.env))
        return [(key, labels[key]) for key, _label in SITUATIONS]

    def _collect_get_means(self, visit, form):
        """What he says of himself: taken from him alone, of no holder of a letter."""
        if not visit.is_known:
            return {}
        return {
            "situation": form.get("situation"),
            "monthly": self._collect_get_number(form.get("monthly")),
        }

    def _collect_after(self, visit, made, kind):
        """Where the browser goes, and what it is told; nothing was made twice."""
        plan = made[0] if made else None
        texts = {
            "offered": request.env._("We agree. Read the plan and sign it."),
            "running": request.env._("Noted. Thank you."),
        }
        notice = texts.get(
            plan.state if plan else "",
            request.env._("We got your proposal and answer as soon as we can."),
        )
        if kind == "paid":
            notice = request.env._("Thank you. We look for your payment in our books.")
        if plan and plan.kind == "plan":
            return self._collect_go(visit, f"/plan/{plan.id}", notice)
        return self._collect_go(visit, "", notice)
