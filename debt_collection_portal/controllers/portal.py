from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .visit import CollectVisit

CASES_PER_PAGE = 20


class CollectionPortal(CollectVisit):
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
            "totals": self._collection_get_totals(),
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
    def collection_page(self, case_id, part=1, **_kwargs):
        """One case of the debtor; somebody else's does not exist."""
        visit = self._collect_open(case_id=case_id)
        if not visit:
            return self._collect_gone()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "collection",
            "case": visit.matter.case,
        }
        response = self._collect_show(visit, part, "portal_collection", **values)
        return self._collect_secure(response)

    def _collection_get_due(self, cases_sudo):
        """What each open case asks today, in its company's zone: case id -> amount."""
        page = request.env["debt.collection.page"]
        due = {}
        is_open = cases_sudo.filtered(lambda case: not case.date_closed)
        for company, group in is_open.grouped("company_id").items():
            due.update(page._get_due_amounts(group, company._get_collection_today()))
        return due

    def _collection_get_totals(self):
        """What is asked in all, by company and currency.

        :rtype: list[tuple]
        """
        domain = self._collection_get_domain() & Domain("phase", "!=", "closed")
        # Found by whose case it is, as in the counter.
        open_sudo = request.env["debt.collection.case"].sudo().search(domain)
        due = self._collection_get_due(open_sudo)
        groups = open_sudo.grouped(lambda case: (case.company_id, case.currency_id))
        return [
            (company, currency, sum(due[case.id] for case in group))
            for (company, currency), group in groups.items()
        ]
