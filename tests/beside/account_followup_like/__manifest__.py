{
    "name": "Follow-ups, invented",
    "summary": "The names that a follow-up addon of others puts on partners and items",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Debt Collection Maintainers",
    "license": "LGPL-3",
    "development_status": "Alpha",
    "depends": ["account"],
    "data": ["security/ir.model.access.csv", "views/res_partner_views.xml"],
}
