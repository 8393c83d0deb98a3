{
    "name": "Debt collection: the debtor's page",
    "summary": "The link in each letter opens what is owed, why, and how to pay it "
    "online, without an account",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Debt Collection Maintainers",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["debt_collection", "account_payment"],
    "data": [
        "security/ir.model.access.csv",
        "security/debt_collection_portal_security.xml",
        "views/debt_collection_link_views.xml",
        "views/debt_collection_case_views.xml",
        "views/res_config_settings_views.xml",
        "views/debt_collection_page_templates.xml",
        "views/portal_templates.xml",
    ],
    "demo": ["demo/payment_provider_demo.xml"],
    "assets": {
        "web.assets_frontend": ["debt_collection_portal/static/src/**/*"],
    },
}
