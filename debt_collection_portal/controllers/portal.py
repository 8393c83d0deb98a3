from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .collect import CollectPortal

CASES_PER_PAGE = 20


class CollectionPortal(CollectPortal):
    """The debtor who has an account: his cases, in the page of the letters."""

    # === HOME === #

    def _prepare_home_portal_values(self, counters):
        # EXTENDS portal
        values = super()._prepare_home_portal_values(counters)
        if "collection_count" in counters:
            domain = self._collection_get_domain() & Domain("phase", "!=", "closed")
            # Counted by whose case it is: debtors have no access rights on cases.
            cases_sudo = request.env["debt.collection.case"].sudo()
            values["collection_count"] = cases_sudo.search_count(domain)
        return values

    # === ROUTES === #

    @http.route(
        ["/my/collection", "/my/collection/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def collection_list(self, page=1, **_kwargs):
        """The cases of the debtor whom this user belongs to, open ones first."""
        domain = self._collection_get_domain()
        # Searched by whose case it is, as in the counter.
        cases_sudo = request.env["debt.collection.case"].sudo()
        pager = portal_pager(
            url="/my/collection",
            total=cases_sudo.search_count(domain),
            page=page,
            step=CASES_PER_PAGE,
        )
        found_sudo = cases_sudo.search(
            domain,
            order="date_closed desc nulls first, id desc",
            limit=CASES_PER_PAGE,
            offset=pager["offset"],
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "collection",
            "pager": pager,
            "cases": found_sudo,
            "due": self._collection_get_due(found_sudo),
        }
        response = request.render("debt_collection_portal.portal_my_collection", values)
        return self._collect_secure(response)

    @http.route(
        "/my/collection/<int:case_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def collection_page(self, case_id, **_kwargs):
        """One case of the debtor; somebody else's does not exist."""
        case_sudo = self._collection_get_case(case_id)
        if not case_sudo:
            return self._collect_gone()
        values = self._collect_get_values(
            case_sudo._get_matter(), f"/my/collection/{case_id}"
        )
        values = {
            **self._prepare_portal_layout_values(),
            **values,
            "page_name": "collection",
            "case": case_sudo,
        }
        response = request.render("debt_collection_portal.portal_collection", values)
        return self._collect_secure(response)

    @http.route(
        "/my/collection/<int:case_id>/invoice/<int:move_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        multilang=False,
    )
    def collection_invoice(self, case_id, move_id, **_kwargs):
        """The PDF of one invoice of the debtor's case."""
        case_sudo = self._collection_get_case(case_id)
        if not case_sudo:
            return self._collect_gone()
        return self._collect_send_invoice(case_sudo._get_matter(), move_id)

    @http.route(
        "/my/collection/<int:case_id>/pay", type="jsonrpc", auth="user", website=True
    )
    def collection_pay(self, case_id, **kwargs):
        """Start an online payment of the open invoices of the debtor's case.

        :return: the processing values of the transaction
        :rtype: dict
        """
        case_sudo = self._collection_get_case(case_id)
        if not case_sudo:
            raise NotFound()
        return self._collect_start_payment(
            case_sudo._get_matter(), f"/my/collection/{case_id}", kwargs
        )

    # === WHOSE CASE === #

    def _collection_get_domain(self):
        """The cases of the user's commercial partner: all that he may see."""
        debtor = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "=", debtor.id)

    def _collection_get_case(self, case_id):
        """The case as superuser if it is the user's own, else an empty set."""
        # Found by whose case it is: debtors have no access rights on cases.
        cases_sudo = request.env["debt.collection.case"].sudo()
        return cases_sudo.search(
            self._collection_get_domain() & Domain("id", "=", case_id)
        )

    def _collection_get_due(self, cases_sudo):
        """What each open case asks today, in its company's zone: case id -> amount."""
        page = request.env["debt.collection.page"]
        due = {}
        is_open = cases_sudo.filtered(lambda case: not case.date_closed)
        for company, group in is_open.grouped("company_id").items():
            due.update(page._get_due_amounts(group, company._get_collection_today()))
        return due
