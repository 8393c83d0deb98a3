import time

from werkzeug.exceptions import BadRequest, NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import content_disposition, request

from odoo.addons.account_payment.controllers.payment import PaymentPortal

SESSION_KEY = "debt_collection_links"
# A link opens the page for the rest of the day, not for the life of a browser.
GRANT_SECONDS = 12 * 3600
# Tabs with different letters of one debtor; the oldest grant leaves first.
MAX_GRANTS = 10
# Nothing is kept by a cache, told to other sites, framed, or listed by a search engine.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class CollectPortal(PaymentPortal):
    """The way in for who holds a letter, without an account.

    `/collect/<token>` changes the token for a grant in the session and redirects to
    a page whose address is worth nothing without it. A wrong, an ended, a revoked and
    a foreign link all get the same answer. The token stands in the path and not
    behind a `#`: a fragment would stay out of every log, but needs a script to be
    read, and the page must open without. So the server's own logs are filtered
    (`tools/access_log.py`), and the manual says what a proxy in front must leave out.
    """

    # === ROUTES === #

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

    @http.route(
        "/collect/case/<int:link_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def collect_page(self, link_id, **_kwargs):
        """The debtor's page of a link that this session has a grant for."""
        link_sudo = self._collect_get_link(link_id)
        if not link_sudo:
            return self._collect_gone()
        if self._collect_is_debtor():
            link_sudo._record_use(fields.Datetime.now())
        values = self._collect_get_values(
            link_sudo._get_matter(), f"/collect/case/{link_id}"
        )
        response = request.render("debt_collection_portal.collect_page", values)
        return self._collect_secure(response)

    @http.route(
        "/collect/case/<int:link_id>/invoice/<int:move_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def collect_invoice(self, link_id, move_id, **_kwargs):
        """The PDF of one invoice of the link's matter, of no other."""
        link_sudo = self._collect_get_link(link_id)
        if not link_sudo:
            return self._collect_gone()
        return self._collect_send_invoice(link_sudo._get_matter(), move_id)

    @http.route(
        "/collect/case/<int:link_id>/pay", type="jsonrpc", auth="public", website=True
    )
    def collect_pay(self, link_id, **kwargs):
        """Start an online payment of the link's open invoices.

        :return: the processing values of the transaction
        :rtype: dict
        """
        link_sudo = self._collect_get_link(link_id)
        if not link_sudo:
            raise NotFound()
        return self._collect_start_payment(
            link_sudo._get_matter(), f"/collect/case/{link_id}", kwargs
        )

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
        return links_sudo.search(domain & fields.Domain("id", "=", link_id))

    def _collect_is_debtor(self):
        """Whether a person outside opens the page: no preview, robot or colleague."""
        headers = request.httprequest.headers
        return (
            request.httprequest.method == "GET"
            and not headers.get("Odoo-Link-Preview")
            and not request.env["ir.http"].is_a_bot()
            and not request.env.user._is_internal()
        )

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

    def _collect_set_language(self, response, code):
        """Show the page in the language of the letter; the footer offers others."""
        known = request.env["ir.http"].get_nearest_lang(code) if code else None
        if known:
            response.set_cookie("frontend_lang", known)

    def _collect_get_values(self, matter, url):
        """What the page shows, the payment form included when it can be used."""
        day = matter.account.company_id._get_collection_today()
        page = request.env["debt.collection.page"]
        values = page._get_values(matter, day)
        form = {}
        if values["online"].amount and not values["online"].is_under_way:
            form = self._collect_get_form_values(matter, values["online"], url)
        return {**values, **form, "page_url": url, "can_pay_online": bool(form)}

    def _collect_send_invoice(self, matter, move_id):
        move_sudo = matter.items.move_id.filtered(
            lambda m: (
                m.id == move_id
                and m.state == "posted"
                and m.is_sale_document(include_receipts=True)
            )
        )
        if not move_sudo:
            return self._collect_gone()
        document = move_sudo._get_invoice_legal_documents("pdf", allow_fallback=True)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(document["filename"])),
        ]
        response = request.make_response(document["content"], headers)
        return self._collect_secure(response)

    # === PAYING === #

    def _collect_get_options(self, matter, amount):
        """The providers and methods a debtor may use for this amount, as superuser."""
        account = matter.account
        # Read for a visitor, as Odoo's own payment pages do.
        providers_sudo = request.env["payment.provider"].sudo()
        providers_sudo = providers_sudo._get_compatible_providers(
            account.company_id.id,
            account.partner_id.id,
            amount,
            currency_id=account.currency_id.id,
        )
        # As above.
        methods_sudo = request.env["payment.method"].sudo()
        methods_sudo = methods_sudo._get_compatible_payment_methods(
            providers_sudo.ids,
            account.partner_id.id,
            currency_id=account.currency_id.id,
        )
        return providers_sudo, methods_sudo

    def _collect_get_form_values(self, matter, online, url):
        """The context of `payment.form`; empty when nobody can take the payment.

        No saved card is offered and none is saved: who holds a letter may be anybody
        at the debtor's.
        """
        providers_sudo, methods_sudo = self._collect_get_options(matter, online.amount)
        if not methods_sudo:
            return {}
        return {
            "amount": online.amount,
            "currency": matter.account.currency_id,
            "partner_id": matter.account.partner_id.id,
            "providers_sudo": providers_sudo,
            "payment_methods_sudo": methods_sudo,
            # an empty set, none of the debtor's
            "tokens_sudo": request.env["payment.token"].sudo(),
            "show_tokenize_input_mapping": dict.fromkeys(providers_sudo.ids, False),
            "transaction_route": f"{url}/pay",
            "landing_route": url,
        }

    def _collect_start_payment(self, matter, landing_route, kwargs):
        """Make the transaction; the browser chooses the method, nothing else."""
        if not request.validate_csrf(kwargs.get("csrf_token")):
            raise BadRequest()
        account, page = matter.account, request.env["debt.collection.page"]
        day = account.company_id._get_collection_today()
        statement = page._get_statement(matter, day)
        online = page._get_online_payment(matter, statement)
        if not online.amount or online.is_under_way:
            raise UserError(
                request.env._(
                    "There is nothing to pay online now. Reload the page to see why."
                )
            )
        shown = self._cast_as_float(kwargs.get("amount"))
        if shown is None or account.currency_id.compare_amounts(shown, online.amount):
            raise UserError(
                request.env._("The amount has changed. Reload the page, then pay.")
            )
        transaction_sudo = self._create_transaction(
            **self._collect_get_choice(matter, online.amount, kwargs),
            token_id=None,
            amount=online.amount,
            currency_id=account.currency_id.id,
            partner_id=account.partner_id.id,
            tokenization_requested=False,
            landing_route=landing_route,
            reference_prefix=page._get_reference(matter),
            custom_create_values={"invoice_ids": [Command.set(online.moves.ids)]},
        )
        return transaction_sudo._get_processing_values()

    def _collect_get_choice(self, matter, amount, kwargs):
        """Provider, method and flow that the browser chose, if the page offers them."""
        providers_sudo, methods_sudo = self._collect_get_options(matter, amount)
        provider_id = self._cast_as_int(kwargs.get("provider_id"))
        method_id = self._cast_as_int(kwargs.get("payment_method_id"))
        method_sudo = methods_sudo.filtered(lambda method: method.id == method_id)
        offered = method_sudo.provider_ids & providers_sudo
        if provider_id not in offered.ids or kwargs.get("flow") not in (
            "redirect",
            "direct",
        ):
            raise BadRequest()
        return {
            "provider_id": provider_id,
            "payment_method_id": method_id,
            "flow": kwargs["flow"],
        }
