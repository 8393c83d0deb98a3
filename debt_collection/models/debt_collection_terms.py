from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang

from ..tools.facts import Clause

CLAIMED = [
    ("none", "Nothing"),
    ("percent", "A rate of its own"),
    ("cap", "The legal maximum"),
]
NATURES = [
    ("goods_services", "Goods or services, not known which"),
    ("goods", "Goods"),
    ("services", "Services"),
]


class DebtCollectionTerms(models.Model):
    """A version of the general terms: its clauses on late payment.

    A clause lets a creditor claim only where the debtor accepted it. What the law
    makes of it (a ceiling, a nullity) is for the regime to say.
    """

    _name = "debt.collection.terms"
    _description = "General terms"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    version = fields.Char(required=True, default="1")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="In use from", required=True)
    # The clauses
    interest = fields.Selection(
        selection=CLAIMED, string="Late interest", default="none", required=True
    )
    interest_rate = fields.Float(string="Rate", digits=(16, 4), help="Percent a year.")
    penalty = fields.Selection(
        selection=CLAIMED, string="Lump sum", default="none", required=True
    )
    penalty_percent = fields.Float(string="Percent of the principal", digits=(16, 4))
    penalty_minimum = fields.Monetary(string="At least")
    penalty_maximum = fields.Monetary(string="At most", help="0 for no highest amount.")
    is_capped = fields.Boolean(
        string="Never above the law",
        help="The clause itself says that it claims no more than the law allows, so "
        "that it never oversteps a ceiling.",
    )
    # What is sold under them
    nature = fields.Selection(
        selection=NATURES,
        string="Nature of the debts",
        default="goods_services",
        required=True,
        help="Decides when the claims are prescribed.",
    )
    is_regular_supply = fields.Boolean(
        string="Regular supply",
        help="A subscription: one contract with a due date each period.",
    )
    document = fields.Binary(string="Text", attachment=True)
    document_name = fields.Char(export_string_translation=False)
    acceptance_ids = fields.One2many(
        comodel_name="debt.collection.terms.acceptance",
        inverse_name="terms_id",
        string="Acceptances",
    )

    # What the text says, beside its clauses on late payment
    answer_ids = fields.One2many(
        comodel_name="debt.collection.terms.answer",
        inverse_name="terms_id",
        string="Check list",
    )
    flaws = fields.Text(
        string="What is wrong with them",
        compute="_compute_flaws",
        help="Clauses that are missing, and clauses that may not be there.",
    )
    unread_count = fields.Integer(string="To read", compute="_compute_flaws")

    _version_unique = models.UniqueIndex(
        "(company_id, name, version)", "These terms have this version already."
    )
    _clause_positive = models.Constraint(
        "CHECK (interest_rate >= 0 AND penalty_percent >= 0"
        " AND penalty_minimum >= 0 AND penalty_maximum >= 0)",
        "A clause on late payment cannot be negative.",
    )

    # === DEFAULT AND COMPUTE METHODS === #

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.depends("name", "version")
    def _compute_display_name(self):
        for terms in self:
            terms.display_name = f"{terms.name} ({terms.version})"

    @api.depends("answer_ids.verdict")
    @api.depends_context("lang")
    def _compute_flaws(self):
        labels = self.env["debt.collection.terms.answer"]._fields["verdict"]
        labels = dict(labels._description_selection(self.env))
        for terms in self:
            rows = terms.answer_ids.sorted()
            flawed = rows.filtered(lambda row: row.verdict in ("missing", "abusive"))
            terms.flaws = "\n".join(
                f"{labels[row.verdict]}: {row.check_id.name}" for row in flawed
            )
            terms.unread_count = len(rows.filtered(lambda r: r.verdict == "unread"))

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "interest",
        "interest_rate",
        "penalty",
        "penalty_percent",
        "penalty_minimum",
        "penalty_maximum",
    )
    def _check_clause(self):
        for terms in self:
            if terms.interest == "percent" and not terms.interest_rate:
                raise ValidationError(self.env._("Fill in the rate of the interest."))
            if terms.penalty == "percent" and not (
                terms.penalty_percent or terms.penalty_minimum
            ):
                raise ValidationError(
                    self.env._("Fill in the percentage or the amount of the lump sum.")
                )
            if 0 < terms.penalty_maximum < terms.penalty_minimum:
                raise ValidationError(
                    self.env._("The lump sum has a minimum above its maximum.")
                )

    # === CRUD METHODS === #

    def write(self, vals):
        self._check_not_accepted(vals)
        result = super().write(vals)
        # whoever may change terms changes what may be claimed from anybody
        self.env["debt.collection.account"].sudo()._mark_all_stale()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_accepted(self):
        if self.acceptance_ids:
            raise ValidationError(
                self.env._("Accepted terms are evidence: archive them instead.")
            )

    def _check_not_accepted(self, vals):
        """What a debtor accepted does not change afterwards: make a new version."""
        fixed = {"interest", "penalty", "is_capped", "date_from", "document"}
        fixed |= {name for name in self._fields if name.startswith("penalty_")}
        if (fixed | {"interest_rate"}) & vals.keys() and self.acceptance_ids:
            raise ValidationError(
                self.env._(
                    "These terms were accepted by debtors and stay as they are: copy "
                    "them into a new version."
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for terms, vals in zip(self, vals_list, strict=True):
            if "version" not in (default or {}):
                vals["version"] = self.env._("%(version)s, next", version=terms.version)
        return vals_list

    # === CHECK LIST === #

    def action_check(self):
        """Put every question to the terms; answers that were given stay."""
        self.check_access("write")
        checks = self.env["debt.collection.terms.check"].search([("active", "=", True)])
        known = {terms: terms.answer_ids.check_id for terms in self}
        self.env["debt.collection.terms.answer"].create(
            [
                {
                    "terms_id": terms.id,
                    "check_id": check.id,
                    "answer": terms._get_known_answer(check.code),
                }
                for terms in self
                for check in checks - known[terms]
            ]
        )
        for row in self.answer_ids:
            if found := row.terms_id._get_known_answer(row.check_id.code):
                row.answer = found

    def _get_known_answer(self, code):
        """What the fields of the terms answer by themselves; False: somebody reads.

        Extend by `super()` for the questions of your country.
        """
        self.ensure_one()
        facts = {
            "interest": self.interest != "none",
            "penalty": self.penalty != "none",
            "moderation": self.is_capped
            or "percent" not in (self.interest, self.penalty),
        }
        return ("yes" if facts[code] else "no") if code in facts else False

    # === WORDS === #

    def _get_clause_words(self):
        """The clauses on late payment as sentences, in the language of the context.

        :rtype: list[str]
        """
        self.ensure_one()
        return [*self._word_interest(), *self._word_penalty()]

    def _word_interest(self):
        if self.interest == "cap":
            return [self.env._("late interest at the highest rate the law allows")]
        if self.interest == "percent":
            rate = formatLang(self.env, self.interest_rate, digits=2)
            return [self.env._("late interest of %(rate)s %% a year", rate=rate)]
        return []

    def _word_penalty(self):
        if self.penalty == "cap":
            return [self.env._("a lump sum, at the highest amount the law allows")]
        if self.penalty == "none":
            return []
        percent = formatLang(self.env, self.penalty_percent, digits=2)
        least, most = (
            formatLang(self.env, amount, currency_obj=self.currency_id)
            for amount in (self.penalty_minimum, self.penalty_maximum)
        )
        if self.penalty_maximum:
            words = self.env._(
                "a lump sum of %(percent)s %% of what is unpaid, at least %(least)s "
                "and at most %(most)s",
                percent=percent,
                least=least,
                most=most,
            )
        else:
            words = self.env._(
                "a lump sum of %(percent)s %% of what is unpaid, at least %(least)s",
                percent=percent,
                least=least,
            )
        return [words]

    # === BUSINESS METHODS === #

    def _get_clause(self):
        """The clauses as a regime is asked with them; empty terms: none.

        :rtype: Clause
        """
        if not self:
            return Clause()
        self.ensure_one()
        own_rate, own_sum = self.interest == "percent", self.penalty == "percent"
        rounding = self.currency_id.decimal_places
        return Clause(
            interest_percent=self._exact(self.interest_rate, 4, own_rate),
            interest_at_cap=self.interest == "cap" or own_rate and self.is_capped,
            penalty_percent=self._exact(self.penalty_percent, 4, own_sum),
            penalty_minimum=self._exact(self.penalty_minimum, rounding, own_sum),
            penalty_maximum=self._exact(
                self.penalty_maximum, rounding, own_sum and self.penalty_maximum
            ),
            penalty_at_cap=self.penalty == "cap" or own_sum and self.is_capped,
        )

    def _is_same_contract(self, other):
        """Whether both are versions of the same terms: a supply goes on under them.

        Supplies under the same terms are told apart by the contract of the invoice.
        """
        self.ensure_one()
        return (self.company_id, self.name) == (other.company_id, other.name)

    @api.model
    def _exact(self, value, digits, is_set):
        """The exact decimal of a stored number, None where the clause has none."""
        return Decimal(f"{value:.{digits}f}").normalize() if is_set else None

    @api.model
    def _find_for_rows(self, rows, is_strict):
        """The terms that hold for items, and when they were accepted.

        On the invoice, else the last ones accepted by the debtor, else those of the
        journal, else those of the company. Clauses count where they were accepted;
        enterprises may accept in silence if the company says so.

        :param list[dict] rows: see `debt.collection.facts._get_query`
        :param is_strict: function of a row: whether only an acceptance counts
        :return: item id -> (terms, day of acceptance or None, whether clauses count)
        """
        accepted = self._read_acceptances(rows)
        wanted = ("move_terms_id", "journal_terms_id", "company_terms_id")
        if not accepted and not any(row[name] for row in rows for name in wanted):
            return dict.fromkeys((row["id"] for row in rows), (self, None, False))
        return {row["id"]: self._find_for_row(row, accepted, is_strict) for row in rows}

    def _find_for_row(self, row, accepted, is_strict):
        key = (row["company_id"], row["debtor_id"])
        rites = [
            rite
            for rite in accepted.get(key, ())
            if rite.move == row["move_id"]
            or not rite.move
            and rite.date <= row["invoice_date"]
        ]
        wanted = row["move_terms_id"] or (rites[-1].terms if rites else 0)
        wanted = wanted or row["journal_terms_id"] or row["company_terms_id"]
        dates = [rite.date for rite in rites if rite.terms == wanted]
        counts = bool(wanted) and (bool(dates) or not is_strict(row))
        return self.browse(wanted or ()), max(dates, default=None), counts

    def _read_acceptances(self, rows):
        """(company, debtor) ids -> acceptances, those for one invoice last."""
        Acceptance = self.env["debt.collection.terms.acceptance"]
        return Acceptance._read_for_debtors({row["debtor_id"] for row in rows})
