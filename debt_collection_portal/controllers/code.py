import re

from odoo import fields
from odoo.http import request

from .visit import CollectVisit, door

CODE_KEY = "debt_collection_code"
BACK = re.compile(r"plan/\d+|account|time")


class CollectCode(CollectVisit):
    """Who holds a letter shows that he is the debtor: a code to an address on file."""

    # === ROUTES === #

    @door("/code")
    def collect_code(self, visit, form):
        """Ask for a code, or type the one that came."""
        return self._collect_show_code(visit, form)

    @door("/code", methods=("POST",))
    def collect_code_post(self, visit, form):
        """Send a code to one of the addresses on file; none is typed in."""
        codes, sent = visit.env["debt.collection.code"], []
        index = self._cast_as_int(form.get("address"))
        error = self._collect_submit(
            visit,
            form,
            lambda: sent.append(
                codes._send(
                    visit.matter.account,
                    -1 if index is None else index,
                    request.env.lang,
                    fields.Datetime.now(),
                )
            ),
        )
        if error:
            return self._collect_show_code(visit, form, error)
        if sent:
            request.session[CODE_KEY] = {visit.url: sent[0].id}
            self._collect_log(visit, "code_sent", {"to": codes._mask(sent[0].email)})
        return self._collect_go(visit, f"/code?back={self._get_back(form)}")

    @door("/code/check", methods=("POST",))
    def collect_code_check(self, visit, form):
        """Look at a code that was typed."""
        code_id = request.session.get(CODE_KEY, {}).get(visit.url)
        code = visit.env["debt.collection.code"].browse(code_id).exists()
        if not visit.may_act or not code or code.account_id != visit.matter.account:
            error = request.env._("Ask for a code first.")
            return self._collect_show_code(visit, form, error)
        if not code._check(form.get("code"), fields.Datetime.now()):
            error = request.env._(
                "This is not the code, or it has ended. Look again, or ask for a new "
                "one."
            )
            return self._collect_show_code(visit, form, error)
        self._collect_make_known(visit.matter.account)
        request.session.pop(CODE_KEY, None)
        self._collect_log(visit, "code_shown", {"at": code._mask(code.email)})
        back = self._get_back(form)
        return self._collect_go(visit, f"/{back}" if back else "")

    # === THE PAGE === #

    def _get_back(self, form):
        """Where to go with the code: one of our own doors, nothing else."""
        back = form.get("back") or ""
        return back if BACK.fullmatch(back) else ""

    def _collect_log(self, visit, kind, data):
        if visit.matter.case:
            visit.matter.case._log_event(kind, data)

    def _collect_get_code_choices(self, visit):
        """What is shown of the addresses on file.

        :rtype: list[str]
        """
        codes = visit.env["debt.collection.code"]
        return [codes._mask(one) for one in codes._get_addresses(visit.matter.account)]

    def _collect_has_code(self, visit):
        return visit.url in request.session.get(CODE_KEY, {})

    def _collect_show_code(self, visit, form, error=None):
        values = {
            "addresses": self._collect_get_code_choices(visit),
            "code_asked": self._collect_has_code(visit),
            "back": self._get_back(form),
        }
        return self._collect_render(
            "debt_collection_portal.collect_code", visit, values, error
        )
