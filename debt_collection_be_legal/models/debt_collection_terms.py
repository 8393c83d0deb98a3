from odoo import fields, models


class DebtCollectionTerms(models.Model):
    _inherit = "debt.collection.terms"

    # what the law of prescription, of the courts and of the bailiffs tells apart
    nature = fields.Selection(
        selection_add=[
            ("rent", "Rent"),
            ("utilities", "Water, gas, electricity"),
            ("telecom", "Telecommunications, broadcasting"),
            ("health", "Health care"),
            ("education", "Education"),
            ("periodic", "Payable yearly or at shorter periods"),
            ("transport", "Transport"),
        ],
        ondelete={
            "rent": "set default",
            "utilities": "set default",
            "telecom": "set default",
            "health": "set default",
            "education": "set default",
            "periodic": "set default",
            "transport": "set default",
        },
    )
