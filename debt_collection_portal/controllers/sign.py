from werkzeug.exceptions import BadRequest

from odoo.http import request

from .visit import CollectVisit, door

# What came to nothing: its instalments are history
OVER = ("expired", "cancelled", "refused")


class CollectSign(CollectVisit):
    """A plan: read by who holds the letter, signed or refused by the debtor himself."""

    # === ROUTES === #

    @door("/plan/<int:plan_id>")
    def collect_plan(self, visit, form):
        """What was proposed or agreed, its instalments paid and to come."""
        return self._collect_show_plan(visit, form)

    @door("/plan/<int:plan_id>/sign", kind="jsonrpc")
    def collect_sign(self, visit, form):
        """Sign with the signature widget.

        :return: what the widget understands: an error, or where to go
        :rtype: dict
        """
        if not request.validate_csrf(form.get("csrf_token")):
            raise BadRequest()
        error = self._collect_sign(visit, form)
        if error:
            return {"error": error}
        return {
            "force_refresh": True,
            "redirect_url": f"{visit.url}/plan/{form['plan_id']}",
        }

    @door("/plan/<int:plan_id>/accept", methods=("POST",))
    def collect_accept(self, visit, form):
        """Sign by one's name alone, where the browser runs no script."""
        error = self._collect_sign(visit, {**form, "signature": None})
        if error:
            return self._collect_show_plan(visit, form, error)
        return self._collect_go(visit, f"/plan/{form['plan_id']}")

    @door("/plan/<int:plan_id>/refuse", methods=("POST",))
    def collect_refuse(self, visit, form):
        """Say no to an offer, with a word."""
        plan = self._collect_find_plan(visit, form)
        if not plan:
            return self._collect_gone()
        if not visit.is_known:
            unknown = visit.env["debt.collection.page"]._get_unknown()
            return self._collect_show_plan(visit, form, unknown)
        plans = visit.env["debt.collection.page.plan"]
        error = self._collect_submit(
            visit, form, lambda: plans._refuse(plan, form.get("word"), visit.day)
        )
        if error:
            return self._collect_show_plan(visit, form, error)
        return self._collect_go(
            visit, "", request.env._("Noted: you did not take the offer.")
        )

    # === SIGNING === #

    def _collect_find_plan(self, visit, form):
        plans = visit.env["debt.collection.page.plan"]
        return plans._find(visit.matter, form["plan_id"])

    def _collect_sign(self, visit, form):
        """Sign as the debtor himself; the sentence of a refusal, else None."""
        plan = self._collect_find_plan(visit, form)
        if not plan:
            return request.env._("There is no such plan.")
        if not visit.is_known:
            return visit.env["debt.collection.page"]._get_unknown()
        plans = visit.env["debt.collection.page.plan"]
        error = self._collect_submit(
            visit,
            form,
            lambda: plans._sign(
                plan,
                form.get("name"),
                form.get("signature"),
                request.httprequest.remote_addr,
                form.get("words"),
            ),
        )
        if not error:
            self._collect_tell(request.env._("Signed. The document comes by mail."))
        return error

    def _collect_show_plan(self, visit, form, error=None):
        plan = self._collect_find_plan(visit, form)
        if not plan:
            return self._collect_gone()
        Acknowledgement = visit.env["debt.collection.plan.acknowledgement"]
        plans = visit.env["debt.collection.page.plan"]
        status = plans._get_status(plan, visit.day)
        values = {
            "plan": plan,
            "status": status,
            "is_over": status in OVER,
            "may_ask": plans._may_ask(visit.matter, visit.day),
            "needs_words": Acknowledgement._needs_words(plan),
            "acknowledgement": Acknowledgement._get_text(plan),
            "addresses": self._collect_get_code_choices(visit),
            "code_asked": self._collect_has_code(visit),
            "form": form,
            "back": f"plan/{plan.id}",
            "sign_props": self._collect_get_sign_props(visit, plan),
        }
        return self._collect_render(
            "debt_collection_portal.collect_plan", visit, values, error
        )

    def _collect_get_sign_props(self, visit, plan):
        """What the signature widget gets: see `static/src/plan_signature`."""
        debtor = visit.matter.account.partner_id
        return {
            "callUrl": f"{visit.url}/plan/{plan.id}/sign",
            "defaultName": "" if debtor.is_company else debtor.name,
            "mode": "draw",
            "sendLabel": request.env._("Accept and sign"),
            "fontColor": "black",
        }
