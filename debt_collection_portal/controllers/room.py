import time

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import content_disposition, request

from odoo.addons.debt_collection.tools import tabular
from odoo.addons.portal.controllers.portal import CustomerPortal

SESSION_KEY = "debt_collection_rooms"
# A link opens the room for a working day, not for the life of a browser.
GRANT_SECONDS = 12 * 3600
MAX_GRANTS = 20
# What a form may carry at all; each file has its own limit in the model.
MAX_BYTES = 52 * 1024 * 1024
MAX_FILES = 5
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
}
FORMS = ("step", "cost", "message")


class PartnerRoom(CustomerPortal):
    """The room of a lawyer, a bailiff or an agency: his cases, by link or account.

    `/room/<token>` changes the token for a grant in the session, as the debtor's door
    does; with an account the cases stand under *My account*. Whatever is not his gets
    the answer of a page that is not there.
    """

    # === HOME === #

    def _prepare_home_portal_values(self, counters):
        # EXTENDS portal
        values = super()._prepare_home_portal_values(counters)
        if "assignment_count" in counters:
            # Counted by whose case it is: partners have no rights on assignments.
            assignments_sudo = request.env["debt.collection.assignment"].sudo()
            values["assignment_count"] = assignments_sudo.search_count(
                self._room_get_domain()
            )
        return values

    # === BY LINK === #

    @http.route(
        "/room/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def room_enter(self, token, **_kwargs):
        """Exchange the token of a partner for a grant, then leave it behind."""
        now = fields.Datetime.now()
        address = request.httprequest.remote_addr
        # Anybody may knock: the two models answer only to the system.
        failures_sudo = request.env["debt.collection.link.failure"].sudo()
        if failures_sudo._is_blocked(address, now):
            return self._room_gone(status=429)
        # The token is the right to see: nobody else has access to links.
        link_sudo = request.env["debt.collection.link"].sudo()._find_room(token, now)
        if not link_sudo:
            failures_sudo._add(address, now)
            return self._room_gone()
        self._room_grant(link_sudo)
        response = request.redirect(f"/room/file/{link_sudo.id}", code=303)
        code = link_sudo.partner_id.lang
        known = request.env["ir.http"].get_nearest_lang(code) if code else None
        if known:
            response.set_cookie("frontend_lang", known)
        return self._room_secure(response)

    @http.route(
        "/room/file/<int:link_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def room_link(self, link_id, **kwargs):
        """The room of a link that this session has a grant for."""
        return self._room_show(self._room_get_granted(link_id), link_id, kwargs)

    @http.route(
        "/room/file/<int:link_id>/<string:form>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        multilang=False,
        sitemap=False,
        max_content_length=MAX_BYTES,
    )
    def room_link_send(self, link_id, form, **kwargs):
        """What the partner sends by one of the forms of the room."""
        assignment_sudo = self._room_get_granted(link_id)
        return self._room_receive(
            assignment_sudo, f"/room/file/{link_id}", form, kwargs
        )

    @http.route(
        "/room/file/<int:link_id>/get/<string:kind>/<int:key>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def room_link_get(self, link_id, kind, key, **_kwargs):
        """One document of the case."""
        return self._room_send(self._room_get_granted(link_id), kind, key)

    # === BY ACCOUNT === #

    @http.route(
        "/my/assignments", type="http", auth="user", methods=["GET"], website=True
    )
    def room_list(self, **_kwargs):
        """The cases that the partner of this user has now."""
        # Searched by whose case it is, as in the counter.
        assignments_sudo = request.env["debt.collection.assignment"].sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "assignments",
            "assignments": assignments_sudo.search(self._room_get_domain()),
        }
        response = request.render("debt_collection_portal.room_list", values)
        return self._room_secure(response)

    @http.route(
        "/my/assignments/<int:assignment_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def room_account(self, assignment_id, **kwargs):
        """One case of the partner; somebody else's does not exist."""
        assignment_sudo = self._room_get_own(assignment_id)
        return self._room_show(assignment_sudo, None, kwargs)

    @http.route(
        "/my/assignments/<int:assignment_id>/<string:form>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        multilang=False,
        max_content_length=MAX_BYTES,
    )
    def room_account_send(self, assignment_id, form, **kwargs):
        """What the partner sends by one of the forms of the room."""
        assignment_sudo = self._room_get_own(assignment_id)
        return self._room_receive(
            assignment_sudo, f"/my/assignments/{assignment_id}", form, kwargs
        )

    @http.route(
        "/my/assignments/<int:assignment_id>/get/<string:kind>/<int:key>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        multilang=False,
    )
    def room_account_get(self, assignment_id, kind, key, **_kwargs):
        """One document of the case."""
        return self._room_send(self._room_get_own(assignment_id), kind, key)

    # === WHOSE CASE === #

    def _room_grant(self, link_sudo):
        """Remember in the session that it showed the token of this link."""
        grants = dict(request.session.get(SESSION_KEY, {}))
        grants[str(link_sudo.id)] = int(time.time())
        newest = sorted(grants.items(), key=lambda grant: grant[1])[-MAX_GRANTS:]
        request.session[SESSION_KEY] = dict(newest)
        # A session that somebody planted in this browser beforehand learns nothing.
        request.session.should_rotate = True
        now = fields.Datetime.now()
        link_sudo.write({"last_used": now, "use_count": link_sudo.use_count + 1})

    def _room_get_granted(self, link_id):
        """The assignment of a link, as superuser, if the session has a grant."""
        granted = request.session.get(SESSION_KEY, {}).get(str(link_id))
        # The grant, checked first, is the right to see: partners have no rights.
        links_sudo = request.env["debt.collection.link"].sudo()
        if not granted or time.time() - granted > GRANT_SECONDS:
            return links_sudo.assignment_id
        domain = links_sudo._get_room_domain(fields.Datetime.now())
        link_sudo = links_sudo.search(domain & Domain("id", "=", link_id))
        return link_sudo.assignment_id.filtered(lambda a: a._is_room_open())

    def _room_get_domain(self):
        """The assignments of the user's firm that are with it now."""
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", partner.id) & Domain(
            "state", "in", ("handed_over", "recalled")
        )

    def _room_get_own(self, assignment_id):
        """The assignment as superuser if it is the user's own, else an empty set."""
        # Found by whose case it is: partners have no access rights on assignments.
        assignments_sudo = request.env["debt.collection.assignment"].sudo()
        return assignments_sudo.search(
            self._room_get_domain() & Domain("id", "=", assignment_id)
        )

    # === ANSWERS === #

    def _room_secure(self, response):
        response.headers.update(HEADERS)
        return response

    def _room_gone(self, status=404):
        """One answer to everything that is not the partner's: it tells nothing."""
        response = request.render("debt_collection_portal.collect_gone", {})
        response.status_code = status
        if status == 429:
            response.headers["Retry-After"] = "3600"
        return self._room_secure(response)

    def _room_show(self, assignment_sudo, link_id, kwargs, error="", entered=None):
        """The page; with what went wrong and what was entered, where a form failed."""
        if not assignment_sudo:
            return self._room_gone()
        day = assignment_sudo.company_id._get_collection_today()
        values = request.env["debt.collection.room"]._get_values(assignment_sudo, day)
        url = f"/my/assignments/{assignment_sudo.id}"
        values |= {
            "url": url if link_id is None else f"/room/file/{link_id}",
            "error": error,
            "entered": entered or {},
            "is_sent": "sent" in kwargs,
            "page_name": "assignments",
        }
        if link_id is None:
            values = {**self._prepare_portal_layout_values(), **values}
        return self._room_secure(
            request.render("debt_collection_portal.room_page", values)
        )

    def _room_receive(self, assignment_sudo, url, form, kwargs):
        """Do what a form says, then send the browser to a page it may load again."""
        if not assignment_sudo or form not in FORMS:
            return self._room_gone()
        # a file sent under the name of a word is no word
        kwargs = {key: word for key, word in kwargs.items() if isinstance(word, str)}
        try:
            with request.env.cr.savepoint():
                getattr(self, f"_room_take_{form}")(assignment_sudo, kwargs)
        except UserError as error:
            link_id = None if url.startswith("/my/") else int(url.rpartition("/")[2])
            entered = {**kwargs, "form": form}
            return self._room_show(assignment_sudo, link_id, {}, str(error), entered)
        if not assignment_sudo._is_room_open():
            response = request.render("debt_collection_portal.room_over", {})
            return self._room_secure(response)
        return self._room_secure(request.redirect(f"{url}?sent=1", code=303))

    def _room_send(self, assignment_sudo, kind, key):
        if not assignment_sudo:
            return self._room_gone()
        room = request.env["debt.collection.room"]
        document = room._get_document(assignment_sudo, kind, key)
        if not document:
            return self._room_gone()
        is_zip = kind == "zip"
        headers = [
            ("Content-Type", "application/zip" if is_zip else "application/pdf"),
            ("Content-Disposition", content_disposition(document.name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        response = request.make_response(document.content, headers)
        return self._room_secure(response)

    # === THE FORMS === #

    def _room_take_step(self, assignment_sudo, kwargs):
        steps = request.env["debt.collection.room"]._get_steps(assignment_sudo)
        wanted = self._room_read_id(kwargs.get("step"))
        assignment_sudo._room_report_step(
            self._room_read_day(kwargs.get("date")),
            kwargs.get("text"),
            self._room_read_files(),
            kwargs.get("nonce"),
            steps.filtered(lambda s: s.id == wanted and s.state == "ordered"),
        )

    def _room_take_cost(self, assignment_sudo, kwargs):
        types = request.env["debt.collection.room"]._get_cost_types(assignment_sudo)
        wanted = self._room_read_id(kwargs.get("type"))
        assignment_sudo._room_ask_cost(
            types.filtered(lambda t: t.id == wanted),
            self._room_read_amount(kwargs.get("amount")),
            kwargs.get("text"),
            self._room_read_files(),
            kwargs.get("nonce"),
        )

    def _room_take_message(self, assignment_sudo, kwargs):
        amount = kwargs.get("amount")
        assignment_sudo._room_write(
            kwargs.get("kind"),
            self._room_read_day(kwargs.get("date")),
            kwargs.get("text"),
            self._room_read_files(),
            kwargs.get("nonce"),
            self._room_read_amount(amount) if amount else 0.0,
        )

    def _room_read_id(self, text):
        return int(text) if (text or "").isdecimal() else 0

    def _room_read_day(self, text):
        return tabular.parse_day(text or "")

    def _room_read_amount(self, text):
        amount = tabular.parse_amount(text or "")
        if amount is None:
            raise UserError(
                request.env._("“%(text)s” is no amount.", text=(text or "")[:40])
            )
        return float(amount)

    def _room_read_files(self):
        """Name and content of what was chosen; the model checks what it is."""
        files = [f for f in request.httprequest.files.getlist("document") if f.filename]
        if len(files) > MAX_FILES:
            raise UserError(
                request.env._(
                    "At most %(number)s files can be attached.", number=MAX_FILES
                )
            )
        return [(file.filename, file.read()) for file in files]
