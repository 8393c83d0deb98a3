from odoo import fields, models

# Why the debtor does not pay, as he says it or as the collector sees it.
REASONS = [
    ("means", "Trouble with the means of payment"),
    ("dispute", "Contests the claim"),
    ("process", "Internal process"),
    ("cash", "Lack of money"),
    ("unwilling", "Does not want to pay"),
]
# What comes next: key -> its words; see `debt.collection.contact._follow_<key>`.
FOLLOW_UPS = [
    ("none", "The ladder goes on"),
    ("retry", "Try again after some working days"),
    ("rest", "Rest until a day"),
    ("copy", "Send the invoices again, then rest"),
    ("write", "Write instead"),
    ("promise", "Take a promise to pay"),
    ("paid", "Check the payment he says he made"),
    ("dispute", "Open a dispute"),
    ("appointment", "Agree on an appointment"),
]


class DebtCollectionOutcome(models.Model):
    """What a call or a visit came to, and what it sets going."""

    _name = "debt.collection.outcome"
    _description = "Outcome of a call or a visit"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stands in the log of the case.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    by_call = fields.Boolean(string="Call", default=True)
    by_visit = fields.Boolean(string="Visit", default=True)
    is_reached = fields.Boolean(
        string="Debtor reached",
        default=True,
        help="He was spoken with, or a message was left: it counts as a contact.",
    )
    next_kind = fields.Selection(
        selection=FOLLOW_UPS,
        string="What comes next",
        default="none",
        required=True,
    )
    days = fields.Integer(
        help="Proposed: working days to the next try, or days of rest.", default=3
    )
    tries = fields.Integer(
        string="Most tries",
        default=3,
        help="After so many tries in vain the debtor is written to instead.",
    )
    reason = fields.Selection(
        selection=REASONS, string="Reason for not paying", help="Proposed."
    )

    _code_unique = models.UniqueIndex(
        "(code)", "Two outcomes cannot have one code: choose another."
    )
    _days_positive = models.Constraint(
        "CHECK (days > 0 AND tries > 0)", "Days and tries start at one."
    )
