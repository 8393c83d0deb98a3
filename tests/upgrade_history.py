"""A year of history in an older installation; piped into its ``odoo shell``.

What the older addons' own demonstration makes (cases, letters, payments), and a sole
trader whose enterprise number the older addons did not look at, and a number of the law
that the creditor's manager verified.
"""

# nobody is asked about the companies of the demonstration
env["ir.config_parameter"].set_param("iap.endpoint", "http://127.0.0.1:9")  # noqa: F821
demo = env["debt.collection.demo"]  # noqa: F821
demo._load()
demo._load_history("debt_collection")
env["res.partner"].create(  # noqa: F821
    {
        "name": "Upgraded Sole Trader",
        "is_company": False,
        "country_id": env.ref("base.be").id,  # noqa: F821
        "vat": "BE0477472701",
    }
)
company = env.ref("debt_collection.demo_company")  # noqa: F821
manager = company.env.ref("base.user_admin")
manager.company_ids += company
number = env["debt.collection.parameter.value"].search([], limit=1)  # noqa: F821
number.with_user(manager).with_company(company).action_verify()
env.cr.commit()  # noqa: F821
