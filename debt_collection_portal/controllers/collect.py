from odoo import fields, http
from odoo.http import content_disposition, request

from .visit import HEADERS, SESSION_KEY, CollectVisit, door  # noqa: F401

SEEN_KEY = "debt_collection_seen"


class CollectPortal(CollectVisit):
    """The way in for who holds a letter, without an account.

    `/collect/<token>` changes the token for a grant in the session and redirects to
    a page whose address is worth nothing without it. A wrong, an ended, a revoked and
    a foreign link all get the same answer. The token stands in the path and not
    behind a `#`: a fragment would stay out of every log, but needs a script to be
    read, and the page must open without. So the server's own logs are filtered
    (`tools/access_log.py`), and the manual says what a proxy in front must leave out.
    """

    # === THE WAY IN === #

    @http.route(
        "/collect/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def collect_enter(self, token, **_kwargs):
        """Exchange the token of a letter for a grant, then leave it behind."""
        now = fields.Datetime.now()
        address = request.httprequest.remote_addr
        # Anybody may knock: the two models answer only to the system.
        failures_sudo = request.env["debt.collection.link.failure"].sudo()
        if failures_sudo._is_blocked(address, now):
            return self._collect_gone(status=429)
        # The token is the right to see: nobody else has access to links.
        link_sudo = request.env["debt.collection.link"].sudo()._find(token, now)
        if not link_sudo:
            failures_sudo._add(address, now)
            return self._collect_gone()
        self._collect_grant(link_sudo)
        response = request.redirect(f"/collect/case/{link_sudo.id}", code=303)
        self._collect_set_language(response, link_sudo.action_id.lang)
        return self._collect_secure(response)

    # === THE PAGE === #

    @http.route(
        ["/collect/case/<int:link_id>", "/collect/file/<int:file_id>"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def collect_page(self, link_id=None, file_id=None, part=1, **_kwargs):
        """The debtor's page of a link that this session has a grant for."""
        visit = self._collect_open(link_id, file_id)
        if not visit:
            return self._collect_gone()
        if link_id and self._collect_is_debtor():
            self._collect_get_link(link_id)._record_use(fields.Datetime.now())
        return self._collect_secure(self._collect_show(visit, part))

    def _collect_show(self, visit, part, template="collect_page", **values):
        """The page of a matter, the payment form included when it can be used."""
        matter = visit.matter
        number = self._cast_as_int(part) or 1
        values |= visit.env["debt.collection.page"]._get_values(
            matter, visit.day, number
        )
        form = {}
        if values["online"].amount and not values["online"].is_under_way:
            form = self._collect_get_form_values(
                matter, values["online"], visit.url, f"{visit.url}/pay"
            )
        values |= {**form, "can_pay_online": bool(form)}
        return self._collect_render(f"debt_collection_portal.{template}", visit, values)

    def _collect_set_language(self, response, code):
        """Show the page in the language of the letter; the page offers others."""
        known = request.env["ir.http"].get_nearest_lang(code) if code else None
        if known:
            response.set_cookie("frontend_lang", known)

    # === DOCUMENTS === #

    @door("/invoice/<int:move_id>", multilang=False)
    def collect_invoice(self, visit, form):
        """The PDF of one invoice of the matter, of no other."""
        matter = visit.matter
        move_sudo = visit.env["account.move"].browse(form["move_id"]).exists()
        is_own = move_sudo.line_ids & matter.items or (
            move_sudo & matter.case.charge_ids.move_id
        )
        if (
            not is_own
            or move_sudo.state != "posted"
            or not move_sudo.is_sale_document(include_receipts=True)
        ):
            return self._collect_gone()
        document = move_sudo._get_invoice_legal_documents("pdf", allow_fallback=True)
        self._collect_log_download(visit, "invoice", move_sudo.name)
        return self._collect_send_pdf(document["filename"], document["content"])

    @door("/letter/<int:letter_id>", multilang=False)
    def collect_letter(self, visit, form):
        """The PDF of one letter that went to the debtor himself."""
        letters = visit.env["debt.collection.page.talk"]._get_letters(visit.matter)
        letter_sudo = letters.filtered(lambda one: one.id == form["letter_id"])
        if not letter_sudo:
            return self._collect_gone()
        attachment_sudo = letter_sudo.attachment_id
        self._collect_log_download(visit, "letter", letter_sudo._get_name())
        return self._collect_send_pdf(attachment_sudo.name, attachment_sudo.raw)

    def _collect_send_pdf(self, name, content):
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)

    def _collect_log_download(self, visit, kind, name):
        """That the debtor fetched a document: once a day and browser, in the log."""
        if not visit.matter.case or not self._collect_is_debtor():
            return
        seen, mark = request.session.get(SEEN_KEY, []), f"{visit.day},{kind},{name}"
        if mark in seen:
            return
        request.session[SEEN_KEY] = [*seen[-50:], mark]
        data = {"what": kind, "name": name or "", "day": str(visit.day)}
        visit.matter.case._log_event("downloaded", data)
