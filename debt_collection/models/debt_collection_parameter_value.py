from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

EVIDENCES = [
    ("confirmed", "Confirmed by several sources"),
    ("single", "One source"),
    ("memory", "From memory"),
    ("derived", "Derived from a rule"),
    ("own", "Entered by the company"),
]
# what makes a row say something else: a change of these undoes its verification
NUMBERS = (
    "parameter_id",
    "key",
    "date_from",
    "date_to",
    "value_number",
    "value_text",
    "value_date",
    "lower",
    "upper",
    "base",
    "percent",
    "minimum",
    "maximum",
)
# only the button sets these
VERIFICATION = ("verified_by", "verified_on")


class DebtCollectionParameterValue(models.Model):
    """A dated, sourced value of a number of the law.

    Rows without a company are shipped with a module: read-only, and brought up to
    date with it. A company's own row answers in their place.
    """

    _name = "debt.collection.parameter.value"
    _description = "Dated value of a number of the law"
    _order = "parameter_id, date_from desc, key, lower"

    parameter_id = fields.Many2one(
        comodel_name="debt.collection.parameter",
        required=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(related="parameter_id.kind")
    unit = fields.Selection(related="parameter_id.unit")
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        default=lambda self: self._default_company_id(),
        help="Empty: shipped with a module, for every company.",
    )
    key = fields.Char(
        default="", help="Column of the table, for instance a class or a court."
    )
    date_from = fields.Date(required=True, string="From")
    date_to = fields.Date(string="To", help="Last day; empty: until further notice.")
    label = fields.Char(string="Period")
    # The value
    value_number = fields.Float(string="Value", digits=(16, 6))
    value_text = fields.Char(string="Text")
    value_date = fields.Date(string="Date")
    # A bracket of a scale
    lower = fields.Float(
        string="Above", digits=(16, 2), help="The bracket starts above this amount."
    )
    upper = fields.Float(
        string="Up to", digits=(16, 2), help="Included; 0: without an upper end."
    )
    base = fields.Float(string="Fixed part", digits=(16, 2))
    percent = fields.Float(string="% of the part above", digits=(16, 6))
    minimum = fields.Float(digits=(16, 2), help="0: none.")
    maximum = fields.Float(digits=(16, 2), help="0: none.")
    # The evidence
    source_ref = fields.Char(string="Source")
    evidence = fields.Selection(selection=EVIDENCES, required=True, default="own")
    state = fields.Selection(
        selection=[("to_verify", "To verify"), ("verified", "Verified")],
        required=True,
        default="to_verify",
        readonly=True,
        copy=False,
    )
    verified_by = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    verified_on = fields.Date(readonly=True, copy=False)
    is_replaced = fields.Boolean(
        string="Replaced by an own row",
        compute="_compute_is_replaced",
        search="_search_is_replaced",
        help="A row of your company answers today in place of this shipped one.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A dated value cannot end before it starts.",
    )
    # Ranges, not equality: range types bring their own GiST operators, so that the
    # database needs no extension.
    _rows_apart = models.Constraint(
        "EXCLUDE USING gist ("
        " int8range(parameter_id::bigint, parameter_id::bigint, '[]') WITH &&,"
        " int8range(COALESCE(company_id, 0)::bigint,"
        " COALESCE(company_id, 0)::bigint, '[]') WITH &&,"
        " int8range(hashtext(COALESCE(key, ''))::bigint,"
        " hashtext(COALESCE(key, ''))::bigint, '[]') WITH &&,"
        " daterange(date_from, date_to, '[]') WITH &&,"
        " numrange(COALESCE(lower, 0), NULLIF(COALESCE(upper, 0), 0), '(]')"
        " WITH &&"
        ") DEFERRABLE INITIALLY IMMEDIATE",
        "Two rows of one number answer for the same day: end the first one.",
    )

    @api.model
    def _default_company_id(self):
        return self.env.company

    # === COMPUTE METHODS === #

    @api.depends("parameter_id.value_ids")
    @api.depends_context("company")
    def _compute_is_replaced(self):
        replaced = self._find_replaced()
        for value in self:
            value.is_replaced = value._origin.id in replaced

    @api.model
    def _search_is_replaced(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("id", "in" if True in value else "not in", list(self._find_replaced()))
        ]

    @api.model
    def _find_replaced(self):
        """Ids of the shipped rows that a row of the company outranks today.

        :rtype: set[int]
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id FROM debt_collection_parameter_value s
                     JOIN debt_collection_parameter_value o
                          ON o.parameter_id = s.parameter_id
                         AND COALESCE(o.key, '') IN (COALESCE(s.key, ''), '')
                         AND o.company_id = %(company)s
                         AND daterange(o.date_from, o.date_to, '[]') @> %(day)s::date
                    WHERE s.company_id IS NULL""",
                company=self.env.company.id,
                day=fields.Date.context_today(self),
            )
        )
        return {row[0] for row in rows}

    @api.depends("parameter_id.code", "key", "date_from")
    def _compute_display_name(self):
        for value in self:
            parts = (value.parameter_id.code, value.key, value.date_from)
            value.display_name = " ".join(str(part) for part in parts if part)

    # === CONSTRAINT METHODS === #

    @api.constrains("lower", "upper")
    def _check_bracket(self):
        for value in self:
            if value.upper and value.upper <= value.lower:
                raise ValidationError(
                    self.env._("%(row)s: the bracket is empty.", row=value.display_name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_verification(vals)
            vals["key"] = vals.get("key") or ""
        # the database compares with what is written: end the old row first
        self.flush_model()
        values = super().create(vals_list)
        values._check_not_shipped()
        self.env.registry.clear_cache()
        return values

    def write(self, vals):
        self._check_not_shipped()
        self._check_verification(vals)
        if "key" in vals:
            vals = {**vals, "key": vals["key"] or ""}
        if any(name in vals for name in NUMBERS) and "state" not in vals:
            own = self.filtered("company_id")
            super(DebtCollectionParameterValue, own).write(
                {"state": "to_verify", "verified_by": False, "verified_on": False}
            )
        result = super().write(vals)
        self._check_not_shipped()
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        self._check_not_shipped()
        for value in self:
            if value.state == "verified" and value.company_id:
                raise UserError(
                    self.env._(
                        "%(row)s was verified and may stand behind an amount that "
                        "was claimed: give it an end date instead.",
                        row=value.display_name,
                    )
                )

    def _check_not_shipped(self):
        """Only a module's data (superuser mode) may touch a row of all companies."""
        if not self.env.su and not all(value.company_id for value in self):
            raise UserError(
                self.env._(
                    "A shipped row is read-only: enter a row of your company, it "
                    "answers in its place."
                )
            )

    def _check_verification(self, vals):
        """Nobody writes that a row is verified: `action_verify` does, with a name."""
        marked = vals.get("state") == "verified" or any(map(vals.get, VERIFICATION))
        if marked and not self.env.su:
            raise UserError(self.env._("Press Verified: the row then says who, when."))

    # === ACTION METHODS === #

    def action_verify(self):
        """Record that a Manager compared the rows with their source, today.

        A shipped row stays as it is: the company gets a row of its own with the
        same numbers, the verifier and the day. A scale is verified as a whole.
        """
        if not self.env.user.has_group("debt_collection.debt_collection_group_manager"):
            raise UserError(self.env._("Only a Manager verifies a number of the law."))
        mark = {
            "state": "verified",
            "verified_by": self.env.uid,
            "verified_on": fields.Date.context_today(self),
        }
        rows = self._with_scale_siblings()
        own = rows.filtered("company_id")
        own.check_access("write")
        shipped = (rows - own)._without_own_row()
        vals_list = [vals | mark for vals in shipped._prepare_own_vals_list()]
        # the marks are closed to users: a Manager, checked above, sets them here
        own.sudo().write(mark)
        made_sudo = self.sudo().create(vals_list)
        # back to what the user may see
        return own | made_sudo.sudo(False)

    def _with_scale_siblings(self):
        """The rows and, for a scale, the other brackets of the same table."""
        scales = self.filtered(lambda value: value.kind == "bracket")
        if not scales:
            return self
        tables = {value._get_table_key() for value in scales}
        siblings = self.search(
            [
                ("parameter_id", "in", scales.parameter_id.ids),
                ("company_id", "in", [False, *scales.company_id.ids]),
            ]
        )
        return self | siblings.filtered(lambda v: v._get_table_key() in tables)

    def _get_table_key(self):
        self.ensure_one()
        return (
            self.parameter_id,
            self.company_id,
            self.key,
            self.date_from,
            self.date_to,
        )

    def _without_own_row(self):
        """Those for which the company has no row with the same start yet."""
        own = self.search(
            [
                ("parameter_id", "in", self.parameter_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        known = {(v.parameter_id, v.key, v.date_from, v.lower) for v in own}
        return self.filtered(
            lambda v: (v.parameter_id, v.key, v.date_from, v.lower) not in known
        )

    def _prepare_own_vals_list(self):
        """Values of the company's own copies of shipped rows."""
        return [vals | {"company_id": self.env.company.id} for vals in self.copy_data()]
