{
    "name": "Debt collection: the law of Lilliput",
    "summary": "An invented law: the worked example of docs/add_a_country.md",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Debt Collection Maintainers",
    "license": "LGPL-3",
    "development_status": "Alpha",
    "depends": ["debt_collection"],
    "data": [
        "data/res_country_data.xml",
        "data/debt.collection.parameter.csv",
        "data/debt.collection.parameter.value.csv",
        "report/debt_collection_letter_templates.xml",
    ],
}
