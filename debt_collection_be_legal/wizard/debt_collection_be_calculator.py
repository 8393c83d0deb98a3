from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from odoo.addons.debt_collection.models.debt_collection_facts import to_decimal
from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)


class DebtCollectionBeCalculator(models.TransientModel):
    """Indicative calculators: costs and days of Belgian procedure, with their ground.

    They decide nothing: an estimate for a person who asks "what would it cost?".
    """

    _name = "debt.collection.be.calculator"
    _description = "Indicative calculators"

    topic = fields.Selection(
        selection="_selection_topic", required=True, default="court"
    )
    day = fields.Date(
        string="On", required=True, default=lambda self: self._default_day()
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", default=lambda self: self._default_currency_id()
    )
    amount = fields.Monetary(string="Claim", default=1000.0)
    nature = fields.Selection(selection="_selection_nature", default="goods_services")
    is_enterprises = fields.Boolean(string="Between enterprises", default=True)
    course = fields.Selection(
        string="How it went",
        selection=[
            ("judgment", "Judgment, both parties heard"),
            ("default", "By default: the debtor never appeared"),
            ("before_judgment", "Paid after entry on the roll, before judgment"),
            ("before_entry", "Paid before entry on the roll"),
        ],
        default="judgment",
    )
    acts = fields.Integer(string="Acts of the bailiff", default=1)
    amount_interest = fields.Monetary(string="Interest")
    amount_penalty = fields.Monetary(string="Indemnity and penalty")
    income_kind = fields.Selection(
        selection=[("work", "Work"), ("replacement", "Benefits, pension")],
        string="Income from",
        default="work",
    )
    amount_income = fields.Monetary(string="Net income of a month", default=2000.0)
    children = fields.Integer(string="Dependent children")
    has_guarantor = fields.Boolean(string="There is a guarantor")
    workers = fields.Integer(help="Average of the year.")
    amount_turnover = fields.Monetary(string="Turnover of the year, without VAT")
    amount_balance = fields.Monetary(string="Total of the balance sheet")
    content = fields.Html(compute="_compute_content", sanitize=False)

    @api.model
    def _default_day(self):
        return self.env.company._get_collection_today()

    @api.model
    def _default_currency_id(self):
        return self.env.ref("base.EUR")

    @api.depends(lambda self: tuple(self._fields.keys() - {"content", "display_name"}))
    @api.depends_context("lang", "company")
    def _compute_content(self):
        for wizard in self:
            error, lines = "", []
            try:
                lines = wizard._calculate() if wizard.day else []
            except MissingParameter as missing:
                error = str(missing)
            wizard.content = self.env["ir.qweb"]._render(
                "debt_collection_be_legal.calculator_lines",
                {"lines": lines, "error": error},
            )

    @api.model
    def _selection_topic(self):
        topics = {
            "court": self.env._("Court, duties and procedure indemnity"),
            "bailiff": self.env._("Acts of a bailiff"),
            "noncontested": self.env._("Non-contested claim: days and ceiling"),
            "enforcement": self.env._("From the payment order to the sale"),
            "income": self.env._("Income that can be attached"),
            "bankrupt": self.env._("Bankruptcy of the debtor"),
            "debt_settlement": self.env._("Collective debt settlement"),
            "size": self.env._("Size of the creditor, for claims on consumers"),
        }
        return list(topics.items())

    @api.model
    def _selection_nature(self):
        return (
            self.env["debt.collection.terms"]
            ._fields["nature"]
            ._description_selection(self.env)
        )

    # === BUSINESS METHODS === #

    def _calculate(self):
        """The lines of the chosen topic.

        :raises MissingParameter: a number of that day is not there
        :rtype: list[dict]
        """
        self.ensure_one()
        methods = {
            "court": self._calculate_court,
            "bailiff": self._calculate_bailiff,
            "noncontested": self._calculate_noncontested,
            "enforcement": self._calculate_enforcement,
            "income": self._calculate_income,
            "bankrupt": self._calculate_insolvency,
            "debt_settlement": self._calculate_insolvency,
            "size": self._calculate_size,
        }
        return methods[self.topic]()

    def _calculate_court(self):
        Court = self.env["debt.collection.be.court"]
        amount = self._decimal("amount")
        court = Court._get_court(
            amount,
            self.day,
            self.nature,
            enterprises=self.is_enterprises,
            consumer=not self.is_enterprises,
        )
        name = Court._get_court_labels()[court.key]
        duties = Court._get_duties(court.key, self.day)
        indemnity = Court._get_indemnity(amount, self.day, self.course)
        return [
            self._line(self.env._("Court"), f"{name}. {court.reason}", court),
            *self._part_lines(duties),
            self._money_line(
                self.env._("Procedure indemnity"), indemnity.due, indemnity
            ),
            self._money_line(self.env._("Its minimum"), indemnity.minimum, indemnity),
            self._money_line(self.env._("Its maximum"), indemnity.maximum, indemnity),
        ]

    def _calculate_bailiff(self):
        figure = self.env["debt.collection.be.bailiff"]._get_estimate(
            self._decimal("amount"), self.nature, self.day, max(self.acts, 0)
        )
        return self._figure_lines(figure)

    def _calculate_noncontested(self):
        law = self.env["debt.collection.be.noncontested"]
        principal = self._decimal("amount")
        figure = law._get_accessories(
            principal,
            self._decimal("amount_interest"),
            self._decimal("amount_penalty"),
            self.day,
        )
        total = principal + figure.amount
        return [
            *self._deadline_lines(law._get_dates(self.day)),
            *self._part_lines(figure),
            self._money_line(self.env._("To be claimed"), total, figure),
        ]

    def _calculate_enforcement(self):
        law = self.env["debt.collection.be.enforcement"]
        return self._deadline_lines(law._get_movables_path(self.day))

    def _calculate_income(self):
        figure = self.env["debt.collection.be.enforcement"]._get_attachable(
            self._decimal("amount_income"),
            max(self.children, 0),
            self.income_kind,
            self.day,
        )
        return self._figure_lines(figure)

    def _calculate_insolvency(self):
        law = self.env["debt.collection.be.insolvency"]
        found = law._get_deadlines(self.topic, self.day, guarantor=self.has_guarantor)
        return self._deadline_lines(found)

    def _calculate_size(self):
        """Small or large: what to set on the company under its settings."""
        found = self.env["debt.collection.regime.be.b2c"]._get_l10n_be_size(
            max(self.workers, 0),
            self._decimal("amount_turnover"),
            self._decimal("amount_balance"),
            self.day,
        )
        value = (
            self.env._("large: interest runs after the waiting time")
            if found.is_large
            else self.env._("small or medium-sized: interest runs from the letter")
        )
        return [self._line(self.env._("The creditor is"), value, found)]

    # === LINES === #

    def _decimal(self, name):
        return max(
            to_decimal(self[name], self.currency_id), to_decimal(0, self.currency_id)
        )

    @api.model
    def _line(self, label, value, answer):
        return {
            "label": label,
            "value": value,
            "ground": answer.ground,
            "verified": answer.verified,
        }

    def _money_line(self, label, amount, answer):
        value = format_amount(self.env, float(amount), self.currency_id)
        return self._line(label, value, answer)

    def _part_lines(self, figure):
        labels = self._get_part_labels()
        return [
            self._money_line(labels[code], amount, figure)
            for code, amount in figure.parts
        ]

    def _figure_lines(self, figure):
        total = self._money_line(self.env._("Together"), figure.amount, figure)
        return [*self._part_lines(figure), total]

    def _deadline_lines(self, deadlines):
        labels = self._get_deadline_labels()
        return [
            self._line(labels[found.code], format_date(self.env, found.day), found)
            for found in deadlines
        ]

    @api.model
    def _get_part_labels(self):
        return {
            "roll_duty": self.env._("Roll duty, owed by the party condemned"),
            "fund": self.env._("Contribution to the fund for legal aid"),
            "act": self.env._("Acts"),
            "file": self.env._("Costs of the file, once"),
            "vat": self.env._("VAT"),
            "interest": self.env._("Interest under the ceiling"),
            "penalty": self.env._("Indemnity and penalty under the ceiling"),
            "income": self.env._("By the bands of income"),
            "children": self.env._("Less for dependent children"),
        }

    @api.model
    def _get_deadline_labels(self):
        return {
            "answer": self.env._("The debtor may answer until"),
            "report": self.env._("Report of non-contestation from"),
            "seizure": self.env._("Seizure of movables from"),
            "private_sale": self.env._("Private sale offered by the debtor until"),
            "poster_first": self.env._("Announcement of the sale from"),
            "poster_last": self.env._("Announcement of the sale until"),
            "sale": self.env._("Public sale from"),
            "claim": self.env._("Declare the claim until"),
            "claim_limit": self.env._("Afterwards the right is lost"),
            "guarantor": self.env._("Declare the guarantor until"),
        }
