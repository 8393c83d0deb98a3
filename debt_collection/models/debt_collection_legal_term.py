from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.terms import add_months

ONE_DAY = timedelta(days=1)


class DebtCollectionLegalTerm(models.Model):
    """A term that a step opens, and how it is counted; its length is a dated number."""

    _name = "debt.collection.legal.term"
    _description = "Term of a legal step"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    type_id = fields.Many2one(
        comodel_name="debt.collection.legal.step.type",
        string="Step",
        required=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        selection=[
            ("wait", "Nothing may follow before it has run"),
            ("deadline", "To be done by us before it has run"),
            ("answer", "Given to the other side"),
        ],
        required=True,
        default="wait",
    )
    parameter_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        string="Length",
        required=True,
        index=True,
        ondelete="restrict",
    )
    key = fields.Char(help="Column of the number, if it has several.")
    unit = fields.Selection(
        selection=[
            ("days", "Days"),
            ("working_days", "Working days"),
            ("months", "Months"),
        ],
        required=True,
        default="days",
    )
    counting = fields.Selection(
        selection=[
            ("calendar", "Calendar: from that day on, never moved"),
            ("court", "Procedure: counted and rolled as before the courts"),
            ("vacation", "Procedure, extended by the vacation of the courts"),
        ],
        required=True,
        default="court",
        help="Calendar: the day that many days or months after the act is the first "
        "free day. Procedure: the term ends on a day, and the next one is free.",
    )
    after_id = fields.Many2one(
        comodel_name="debt.collection.legal.term",
        string="Starts at the end of",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('type_id', '=', type_id)]",
    )
    result_ids = fields.Many2many(
        comodel_name="debt.collection.legal.result",
        relation="debt_collection_legal_term_result_rel",
        column1="term_id",
        column2="result_id",
        string="Only with the results",
        domain="[('type_id', '=', type_id)]",
    )
    next_ids = fields.Many2many(
        comodel_name="debt.collection.legal.step.type",
        relation="debt_collection_legal_term_next_rel",
        column1="term_id",
        column2="type_id",
        string="Holds back",
        help="Empty: whatever may follow.",
    )

    _code_unique = models.UniqueIndex(
        "(type_id, code)", "A term of a step has one code."
    )

    @api.constrains("after_id", "type_id")
    def _check_after(self):
        for term in self.filtered("after_id"):
            if term.after_id.type_id != term.type_id or term.after_id.after_id:
                raise ValidationError(
                    self.env._(
                        "A term starts at the end of a term of its own step that "
                        "starts with the act."
                    )
                )

    # === BUSINESS METHODS === #

    def _applies(self, result):
        """Whether the step opens it with that result."""
        self.ensure_one()
        return not self.result_ids or result in self.result_ids

    def _holds_back(self, step_type, result):
        """Whether it holds a step back that follows with a result."""
        self.ensure_one()
        if not self._applies(result):
            return False
        return not self.next_ids or step_type in self.next_ids

    def _get_row(self, day, company):
        """The dated number of its length on a day.

        :raises MissingParameter: no row covers that day
        :rtype: ParameterRow
        """
        self.ensure_one()
        # the length of a term is no secret
        code = self.parameter_id.sudo().code
        return self.env["debt.collection.parameter"]._get_row(
            code, day, company, self.key or None
        )

    def _count(self, day, regime, company):
        """(last day, first free day, whether verified) of the term opened on a day.

        :param date day: the day of the act
        :param regime: the regime whose law counts the terms of procedure
        """
        self.ensure_one()
        verified = True
        if self.after_id:
            day, _free, verified = self.after_id._count(day, regime, company)
        row = self._get_row(day, company)
        number, verified = int(row.number), row.verified and verified
        if self.counting == "calendar":
            months = self.unit == "months"
            free = add_months(day, number) if months else day + number * ONE_DAY
            return free - ONE_DAY, free, verified
        last = regime._get_term_end(
            day, number, self.unit, vacation=self.counting == "vacation"
        )
        return last, last + ONE_DAY, verified

    def _get_words(self):
        """The term in words: its name, its length today's diagram shows."""
        self.ensure_one()
        return self.name
