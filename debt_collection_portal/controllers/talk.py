from odoo.http import request

from ..models.debt_collection_correction import WISHES
from .visit import CollectVisit, door


class CollectTalk(CollectVisit):
    """The conversation, corrections of the contact, and the whole account."""

    # === MESSAGES === #

    @door("/talk")
    def collect_talk(self, visit, form):
        """Everything that was said between the creditor and this debtor."""
        return self._collect_show_talk(visit, form)

    @door("/talk", methods=("POST",))
    def collect_talk_post(self, visit, form):
        """A message of the debtor."""
        talk = visit.env["debt.collection.page.talk"]
        error = self._collect_submit(
            visit, form, lambda: talk._say(visit.matter, form.get("words"))
        )
        if error:
            return self._collect_show_talk(visit, form, error)
        notice = request.env._("Your message has arrived.")
        return self._collect_go(visit, "/talk", notice)

    def _collect_show_talk(self, visit, form, error=None):
        values = {
            "talk": visit.env["debt.collection.page.talk"]._read(visit.matter),
            "may_write": bool(visit.matter.case),
            "form": form,
        }
        return self._collect_render(
            "debt_collection_portal.collect_talk", visit, values, error
        )

    # === CONTACT === #

    @door("/contact")
    def collect_contact(self, visit, form):
        """Ask for a correction of one's name or addresses."""
        return self._collect_render(
            "debt_collection_portal.collect_contact", visit, {"form": form}
        )

    @door("/contact", methods=("POST",))
    def collect_contact_post(self, visit, form):
        """Keep the request; nothing changes before somebody looked at it."""
        corrections = visit.env["debt.collection.correction"]
        wishes = {name: form.get(name) for name in WISHES}
        error = request.env._("Please call us or write to us.")
        if visit.matter.case:
            case = visit.matter.case._as_system()
            error = self._collect_submit(
                visit,
                form,
                lambda: corrections._ask(case, wishes, visit.is_known),
            )
        if error:
            return self._collect_render(
                "debt_collection_portal.collect_contact", visit, {"form": form}, error
            )
        notice = request.env._("Thank you. We look at it and change it if it is right.")
        return self._collect_go(visit, "", notice)

    # === THE WHOLE ACCOUNT === #

    @door("/account")
    def collect_account(self, visit, form):
        """Every case of the debtor with this company, currency by currency."""
        if not visit.is_known:
            return self._collect_go(visit, "/code?back=account")
        values = self._collect_get_account(visit)
        return self._collect_render(
            "debt_collection_portal.collect_account", visit, values
        )

    def _collect_get_account(self, visit):
        matter, page = visit.matter, visit.env["debt.collection.page"]
        cases = visit.env["debt.collection.case"].search(
            [
                ("partner_id", "=", matter.account.partner_id.id),
                ("company_id", "=", visit.company.id),
            ],
            order="date_closed desc nulls first, id desc",
            limit=200,
        )
        due = page._get_due_amounts(
            cases.filtered(lambda case: not case.date_closed), visit.day
        )
        base = "/my/collection" if visit.url.startswith("/my/") else "/collect/file"
        return {
            "groups": page._group_by_currency(cases, due),
            "due": due,
            "base_url": base,
        }
