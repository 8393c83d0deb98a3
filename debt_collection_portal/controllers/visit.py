import time
from dataclasses import dataclass

from psycopg2 import IntegrityError
from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.account_payment.controllers.payment import PaymentPortal

SESSION_KEY = "debt_collection_links"
KNOWN_KEY = "debt_collection_known"
NOTICE_KEY = "debt_collection_notice"
# A link opens the page for the rest of the day, not for the life of a browser.
GRANT_SECONDS = 12 * 3600
# Who showed a code is known for as long as it takes to read a plan and sign it.
KNOWN_SECONDS = 3600
# Tabs with different letters of one debtor; the oldest grant leaves first.
MAX_GRANTS = 10
# Forms that one debtor's pages take in an hour: a person sends a few.
MAX_FORMS = 30
# Nothing is kept by a cache, told to other sites, framed, or listed by a search engine.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


@dataclass(frozen=True)
class Visit:
    """Somebody before one matter: how he came in, and what he may do there.

    :param matter: what the page is about, as superuser
    :param url: the address of the page, doors are below it
    :param is_known: he logged in or showed a code: more than the holder of a letter
    :param may_act: he is no colleague who only looks
    """

    matter: object
    url: str
    is_known: bool
    may_act: bool

    @property
    def env(self):
        """The environment of the matter: reads for a visitor without rights."""
        return self.matter.account.env

    @property
    def company(self):
        return self.matter.account.company_id

    @property
    def day(self):
        return self.company._get_collection_today()


def doors(path=""):
    """The three ways to one door: by letter, by code to another file, by account."""
    return [
        f"/collect/case/<int:link_id>{path}",
        f"/collect/file/<int:file_id>{path}",
        f"/my/collection/<int:case_id>{path}",
    ]


def door(path, methods=("GET",), kind="http", **options):
    """A route of the debtor's page; its method gets the visit and the form.

    Who has no way in gets the answer that tells nothing, before anything is read.

    :param str path: below the address of the page
    """

    def decorate(work):
        def enter(self, link_id=None, file_id=None, case_id=None, **form):
            visit = self._collect_open(link_id, file_id, case_id)
            if kind == "jsonrpc":
                if not visit:
                    raise NotFound()
                return work(self, visit, form)
            answer = work(self, visit, form) if visit else self._collect_gone()
            return self._collect_secure(answer)

        enter.__name__, enter.__doc__ = work.__name__, work.__doc__
        settings = {"website": True, "type": kind, "auth": "public", **options}
        if kind == "http":
            settings |= {"methods": list(methods), "sitemap": False}
        return http.route(doors(path), **settings)(enter)

    return decorate


class CollectVisit(PaymentPortal):
    """What every door shares: who may enter, how forms are taken, how one answers."""

    # === GRANTS === #

    def _collect_grant(self, link_sudo):
        """Remember in the session that it showed the token of this link."""
        grants = dict(request.session.get(SESSION_KEY, {}))
        grants[str(link_sudo.id)] = int(time.time())
        newest = sorted(grants.items(), key=lambda grant: grant[1])[-MAX_GRANTS:]
        request.session[SESSION_KEY] = dict(newest)
        # A session that somebody planted in this browser beforehand learns nothing.
        request.session.should_rotate = True

    def _collect_get_link(self, link_id):
        """The link as superuser if the session has a grant and it still works."""
        granted = request.session.get(SESSION_KEY, {}).get(str(link_id))
        # The grant, checked first, is the right to see: debtors have no access rights.
        links_sudo = request.env["debt.collection.link"].sudo()
        if not granted or time.time() - granted > GRANT_SECONDS:
            return links_sudo
        domain = links_sudo._get_live_domain(fields.Datetime.now())
        return links_sudo.search(domain & Domain("id", "=", link_id))

    def _collect_get_known_key(self, account):
        return f"{account.partner_id.id},{account.company_id.id}"

    def _collect_make_known(self, account):
        """Remember in the session that it showed a code of this debtor."""
        known = dict(request.session.get(KNOWN_KEY, {}))
        known[self._collect_get_known_key(account)] = int(time.time())
        request.session[KNOWN_KEY] = known
        request.session.should_rotate = True

    def _collect_is_known(self, account):
        """Whether the debtor himself is there: logged in, or with a code."""
        user = request.env.user
        if not user._is_public():
            own = user.partner_id.commercial_partner_id == account.partner_id
            if own and not user._is_internal():
                return True
        moment = request.session.get(KNOWN_KEY, {}).get(
            self._collect_get_known_key(account)
        )
        return bool(moment) and time.time() - moment <= KNOWN_SECONDS

    def _collect_is_debtor(self):
        """Whether a person outside opens the page: no preview, robot or colleague."""
        headers = request.httprequest.headers
        return (
            request.httprequest.method == "GET"
            and not headers.get("Odoo-Link-Preview")
            and not request.env["ir.http"].is_a_bot()
            and not request.env.user._is_internal()
        )

    # === VISITS === #

    def _collect_open(self, link_id=None, file_id=None, case_id=None):
        """The visit of one address, None for who has no way in.

        :rtype: Visit | None
        """
        if link_id:
            link_sudo = self._collect_get_link(link_id)
            return link_sudo and self._collect_make_visit(
                link_sudo._get_matter(), f"/collect/case/{link_id}"
            )
        if file_id:
            case_sudo = self._collect_get_file(file_id)
            return case_sudo and self._collect_make_visit(
                case_sudo._get_matter(), f"/collect/file/{file_id}"
            )
        case_sudo = self._collection_get_case(case_id)
        return case_sudo and self._collect_make_visit(
            case_sudo._get_matter(), f"/my/collection/{case_id}"
        )

    def _collect_make_visit(self, matter, url):
        return Visit(
            matter,
            url,
            self._collect_is_known(matter.account),
            not request.env.user._is_internal(),
        )

    def _collect_get_file(self, file_id):
        """Another case of a debtor who showed a code, else an empty set."""
        # The code, checked below, is the right to see: debtors have no access rights.
        case_sudo = request.env["debt.collection.case"].sudo().browse(file_id).exists()
        is_known = case_sudo and self._collect_is_known(case_sudo.account_id)
        return case_sudo if is_known else case_sudo.browse()

    def _collection_get_domain(self):
        """The cases of the user's commercial partner: all that he may see."""
        debtor = request.env.user.partner_id.commercial_partner_id
        if request.env.user._is_public():
            return Domain.FALSE
        return Domain("partner_id", "=", debtor.id)

    def _collection_get_case(self, case_id):
        """The case as superuser if it is the user's own, else an empty set."""
        # Found by whose case it is: debtors have no access rights on cases.
        cases_sudo = request.env["debt.collection.case"].sudo()
        return cases_sudo.search(
            self._collection_get_domain() & Domain("id", "=", case_id)
        )

    # === FORMS === #

    def _collect_submit(self, visit, form, work):
        """Do what a form asks for, once, whole or not at all.

        A second click and a form sent again from the history change nothing.

        :param dict form: with ``once``, the mark that the page gave it
        :param work: callable without arguments
        :return: the sentence of a refusal, None when it is done
        :rtype: str | None
        """
        if refusal := self._collect_get_refusal(visit):
            return refusal
        submissions = visit.env["debt.collection.submission"]
        try:
            with request.env.cr.savepoint():
                if submissions._take(visit.url, form.get("once")):
                    work()
        except UserError as error:
            return str(error.args[0])
        except IntegrityError:
            return request.env._("This was just done in another window: look again.")
        return None

    def _collect_get_refusal(self, visit):
        """Why no form is taken now: a colleague looks, or there were too many."""
        if not visit.may_act:
            return request.env._(
                "You are logged in as a colleague: the page only shows itself to you."
            )
        source, now = f"forms,{visit.matter.account.id}", fields.Datetime.now()
        failures = visit.env["debt.collection.link.failure"]
        if failures._is_blocked(source, now, MAX_FORMS):
            return request.env._("That was a lot for an hour: please try again later.")
        failures._add(source, now)
        return None

    def _collect_get_day(self, text, day):
        """A day of a form; the default where it is none."""
        try:
            return fields.Date.to_date(text) or day
        except (TypeError, ValueError):
            return day

    def _collect_get_number(self, text):
        """An amount of a form as people type it: 1 250,50 or 1250.50; else 0."""
        typed = "".join((text or "").split()).replace("'", "")
        if "," in typed and "." in typed:
            first = min(typed.index(","), typed.index("."))
            typed = typed.replace(typed[first], "")
        number = self._cast_as_float(typed.replace(",", "."))
        return number if number and 0 < number < 1e12 else 0.0

    def _collect_get_files(self, name):
        """The files of a form: [(name, content)]; fields left empty are none."""
        return [
            (file.filename, file.read())
            for file in request.httprequest.files.getlist(name)
            if file.filename
        ]

    # === ANSWERS === #

    def _collect_secure(self, response):
        response.headers.update(HEADERS)
        return response

    def _collect_gone(self, status=404):
        """One answer to every link that does not work: it tells nothing."""
        response = request.render("debt_collection_portal.collect_gone", {})
        response.status_code = status
        if status == 429:
            response.headers["Retry-After"] = "3600"
        return self._collect_secure(response)

    def _collect_render(self, template, visit, values=None, error=None):
        """A page of a visit, with what the last form said and why this one failed."""
        response = request.render(
            template,
            {
                **visit.env["debt.collection.page"]._get_frame(visit.matter),
                "visit": visit,
                "page_url": visit.url,
                "notice": request.session.pop(NOTICE_KEY, None),
                "error": error,
                "once": visit.env["debt.collection.submission"]._make(),
                **(values or {}),
            },
        )
        response.status_code = 422 if error else 200
        return response

    def _collect_go(self, visit, path="", notice=None):
        """Send the browser on after a form, so that the back button sends nothing."""
        if notice:
            self._collect_tell(notice)
        return request.redirect(f"{visit.url}{path}", code=303)

    def _collect_tell(self, notice):
        """A sentence for the top of the next page."""
        request.session[NOTICE_KEY] = notice
