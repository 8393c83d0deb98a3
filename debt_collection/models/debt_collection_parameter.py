from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools.values import RatePeriod

KINDS = [
    ("amount", "Amount"),
    ("percent", "Percentage"),
    ("number", "Number"),
    ("term", "Term"),
    ("date", "Date"),
    ("text", "Text"),
    ("switch", "Yes or no"),
    ("bracket", "Scale"),
]
UNITS = [
    ("currency", "Currency"),
    ("percent", "%"),
    ("days", "Days"),
    ("working_days", "Working days"),
    ("months", "Months"),
    ("years", "Years"),
    ("hours", "Hour of the day"),
    ("count", "Count"),
]
RENEWALS = [("none", "None"), ("half_year", "Each half-year"), ("year", "Each year")]
ROW_COLUMNS = (
    "id",
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
    "label",
    "source_ref",
)


# what rows and code rely on: set by the module that ships the parameter
FIXED = ("code", "kind", "unit", "currency_id")


class MissingParameter(UserError):
    """A number of the law is asked for a day that no dated row covers.

    :param date day: that day, where one is known
    :param bool is_ended: rows came before that day and none comes after: time went on
        and nobody entered the next one
    """

    def __init__(self, message, day=None, is_ended=False):
        super().__init__(message)
        self.day, self.is_ended = day, is_ended


class ParameterRow(NamedTuple):
    """One dated row as plain values; decimals are exact, empty columns None."""

    id: int
    key: str
    date_from: date
    date_to: date
    number: Decimal | None
    text: str
    day: date | None
    lower: Decimal | None
    upper: Decimal | None
    base: Decimal | None
    percent: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None
    label: str
    source_ref: str
    verified: bool
    own: bool
    verified_on: date | None

    def covers(self, day):
        """Whether the row is in force on that day."""
        return self.date_from <= day <= self.date_to


class DebtCollectionParameter(models.Model):
    """A number of the law: what it is; its dated values are rows of their own.

    A key tells apart the columns of one table (the old and the new contracts, a
    court, a class). A row without a key answers for every key that has no row.
    """

    _name = "debt.collection.parameter"
    _description = "Number of the law"
    _inherit = ["debt.collection.lock", "mail.thread", "mail.activity.mixin"]
    _is_made_by_hand = True
    _order = "category, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(selection=KINDS, required=True, default="number")
    unit = fields.Selection(selection=UNITS, required=True, default="count")
    currency_id = fields.Many2one(comodel_name="res.currency")
    category = fields.Char()
    country = fields.Char(help="Whose law it is.")
    legal_ground = fields.Char(translate=True, help="As printed behind an amount.")
    description = fields.Text(translate=True)
    renewal = fields.Selection(
        selection=RENEWALS,
        required=True,
        default="none",
        help="How often a new row is expected; asked for in January and in July.",
    )
    value_ids = fields.One2many(
        comodel_name="debt.collection.parameter.value",
        inverse_name="parameter_id",
        string="Values",
    )
    status = fields.Selection(
        selection=[
            ("verified", "Verified"),
            ("to_verify", "To verify"),
            ("missing", "Missing"),
        ],
        compute="_compute_status",
        help="Of the rows in force today.",
    )
    is_due = fields.Boolean(
        string="To check this half-year",
        compute="_compute_is_due",
        search="_search_is_due",
        help="A row in force is missing or was never compared with its source, or the "
        "number is renewed and nobody looked at it in this half-year, or this year.",
    )

    _code_unique = models.UniqueIndex("(code)", "A number of the law has one code.")

    # === COMPUTE METHODS === #

    @api.depends("value_ids.state", "value_ids.date_from", "value_ids.date_to")
    @api.depends_context("company")
    def _compute_status(self):
        today = fields.Date.context_today(self)
        for parameter in self:
            rows = parameter._get_rows_in_force(today) if parameter.id else ()
            parameter.status = (
                "missing"
                if not rows
                else "verified"
                if all(row.verified for row in rows)
                else "to_verify"
            )

    @api.depends("status", "renewal", "value_ids.verified_on")
    @api.depends_context("company")
    def _compute_is_due(self):
        today = fields.Date.context_today(self)
        for parameter in self:
            parameter.is_due = bool(parameter.id) and parameter._is_due_on(today)

    @api.model
    def _search_is_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        # a table of numbers is short, and the day decides
        # pylint: disable-next=no-search-all
        due = self.search([]).filtered("is_due")
        return [("id", "in" if True in value else "not in", due.ids)]

    @api.depends("code", "name")
    def _compute_display_name(self):
        for parameter in self:
            parameter.display_name = f"{parameter.name} ({parameter.code})"

    def _is_due_on(self, today):
        """Whether somebody has to compare its rows in force with their source.

        An open row of a number that is renewed is looked at anew in each period: the
        law may have changed without anybody entering it.
        """
        self.ensure_one()
        rows = self._get_rows_in_force(today)
        if not rows:
            return self.renewal != "none" or bool(self.value_ids)
        start = self._get_renewal_start(today)
        return any(
            not row.verified
            or row.date_to == date.max
            and row.date_from < start
            and (not row.verified_on or row.verified_on < start)
            for row in rows
        )

    def _get_renewal_start(self, today):
        """First day of the half-year or year in which it was to be renewed."""
        self.ensure_one()
        if self.renewal == "none":
            return date.min
        is_late = self.renewal == "half_year" and today.month > 6
        return date(today.year, 7 if is_late else 1, 1)

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and any(name in vals for name in FIXED):
            self._check_not_shipped()
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        if not self.env.su:
            self._check_not_shipped()

    def _check_not_shipped(self):
        """A parameter with a row for every company came with a module."""
        for parameter in self:
            if not all(value.company_id for value in parameter.value_ids):
                raise UserError(
                    self.env._(
                        "%(number)s came with a module: enter rows of your company "
                        "instead.",
                        number=parameter.display_name,
                    )
                )

    # === ACTION METHODS === #

    def action_open_values(self):
        """Open the rows of the parameter, newest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "debt_collection.debt_collection_parameter_value_action"
        )
        action["domain"] = [("parameter_id", "=", self.id)]
        action["context"] = {"default_parameter_id": self.id}
        return action

    # === LOOK-UP METHODS === #

    @api.model
    def _get_value(self, code, day, company, key=None):
        """Return the value in force on `day`, typed by the kind of the parameter.

        A company's own row wins over a shipped one, a row with the key over one
        without.

        :param str code: code of the parameter
        :param date day: the day the number is needed for
        :param company: res.company record; empty: shipped rows only
        :param str key: column of the table, if it has several
        :raises MissingParameter: no row covers that day
        :rtype: Decimal | int | date | str | bool
        """
        row = self._get_row(code, day, company, key)
        kind = self._get_meta(code)[1]
        if kind == "term":
            return int(row.number or 0)
        if kind == "switch":
            return bool(row.number)
        return {"date": row.day, "text": row.text}.get(kind, row.number)

    @api.model
    def _get_row(self, code, day, company, key=None):
        """Return the row in force on `day`: the value with its source.

        :raises MissingParameter: no row covers that day
        :rtype: ParameterRow
        """
        rows = self._resolve(code, day, company, key)
        if not rows:
            self._raise_missing(code, day, company, key)
        return rows[0]

    @api.model
    def _get_scale(self, code, day, company, key=None):
        """Return the brackets in force on `day`, lowest first.

        A company's own rows replace the whole shipped scale of that day.

        :raises MissingParameter: no row covers that day
        :rtype: tuple[ParameterRow]
        """
        rows = self._resolve(code, day, company, key)
        if not rows:
            self._raise_missing(code, day, company, key)
        return tuple(sorted(rows, key=lambda row: row.lower or 0))

    @api.model
    def _get_rows(self, code, date_from, date_to, company, key=None):
        """Return the rows in force from `date_from` to `date_to`, in order of time.

        Each row comes cut to the days it answers for, so that they never overlap.

        :raises MissingParameter: a day in between has no row
        :rtype: tuple[ParameterRow]
        """
        timeline = self._get_timeline(code, company.id or 0, key or "")
        rows = tuple(
            row
            for row in timeline
            if row.date_from <= date_to and row.date_to >= date_from
        )
        self._check_covered(code, rows, date_from, date_to, company, key)
        return rows

    @api.model
    def _get_rate_periods(self, code, date_from, date_to, company, key=None):
        """Return the rates that `accrue` needs between two days, with their ground.

        :raises MissingParameter: a day in between has no row
        :rtype: tuple[RatePeriod]
        """
        if date_to < date_from:
            return ()
        lang = self.env.lang or "en_US"
        timeline = self._get_rate_timeline(code, company.id or 0, key or "", lang)
        periods = tuple(
            period
            for period in timeline
            if period.start <= date_to and (period.end or date.max) >= date_from
        )
        self._check_covered(
            code,
            [(period.start, period.end or date.max) for period in periods],
            date_from,
            date_to,
            company,
            key,
        )
        return periods

    @api.model
    def _get_currency_name(self, code):
        """The currency of an amount, as its code ("EUR"); empty: none."""
        return self._get_meta(code)[2] or ""

    def _get_rows_in_force(self, day):
        """The rows of the parameter in force on `day`, whatever their key."""
        self.ensure_one()
        rows = [
            row
            for row in self._get_all_rows(self.code, self.env.company.id)
            if row.covers(day)
        ]
        own = {row.key for row in rows if row.own}
        return [row for row in rows if row.own or row.key not in own]

    @api.model
    def _resolve(self, code, day, company, key):
        """The rows that answer for a key on a day: own first, then the key."""
        rows = [
            row
            for row in self._get_all_rows(code, company.id or 0)
            if row.covers(day) and row.key in (key or "", "")
        ]
        return self._pick(rows)

    @api.model
    def _pick(self, rows):
        """Of the rows of one day keep those of the highest rank."""
        if len(rows) < 2:
            return rows
        best = max(((row.own, bool(row.key)) for row in rows), default=None)
        return [row for row in rows if (row.own, bool(row.key)) == best]

    @api.model
    def _check_covered(self, code, rows, date_from, date_to, company, key):
        """Raise when the rows, in order of time, leave a day without an answer."""
        day = date_from
        for row in rows:
            start, end = row[:2] if len(row) == 2 else (row.date_from, row.date_to)
            if start > day:
                break
            if end >= date_to:
                return
            day = end + timedelta(days=1)
        self._raise_missing(code, day, company, key)

    @api.model
    def _raise_missing(self, code, day, company, key=None):
        ends = [
            row.date_to for row in self._get_timeline(code, company.id or 0, key or "")
        ]
        # the name of a law is no secret
        name = self.browse(self._get_meta(code)[0]).sudo().name
        shown = f"{code} / {key}" if key else code
        raise MissingParameter(
            self.env._(
                "No value of “%(name)s” (%(code)s) covers %(day)s. "
                "Enter the row under Numbers of the law.",
                name=name,
                code=shown,
                day=format_date(self.env, day),
            ),
            day=day,
            is_ended=bool(ends) and max(ends) < day,
        )

    # === CACHED READS === #
    # One read per code and company. Every write on a row clears the cache.

    @api.model
    @tools.ormcache("code")
    def _get_meta(self, code):
        """(id, kind, currency name) of a parameter, by its code."""
        self.flush_model(["code", "kind", "currency_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, p.kind, c.name FROM debt_collection_parameter p
                LEFT JOIN res_currency c ON c.id = p.currency_id
                    WHERE p.code = %s""",
                code,
            )
        )
        if not rows:
            raise MissingParameter(
                self.env._("There is no number of the law called %(code)s.", code=code)
            )
        return rows[0]

    @api.model
    @tools.ormcache("code", "company_id")
    def _get_all_rows(self, code, company_id):
        """All rows of a parameter that a company may use, in order of time.

        Read by SQL: everybody who is shown an amount needs its numbers.
        """
        values = self.env["debt.collection.parameter.value"]
        values.flush_model()
        columns = SQL(", ").join(SQL.identifier(name) for name in ROW_COLUMNS)
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, state = 'verified', company_id IS NOT NULL, verified_on
                     FROM debt_collection_parameter_value
                    WHERE parameter_id = %s
                      AND (company_id IS NULL OR company_id = %s)
                 ORDER BY date_from, key, lower NULLS FIRST, id""",
                columns,
                self._get_meta(code)[0],
                company_id,
            )
        )
        return tuple(self._make_row(row) for row in rows)

    @api.model
    def _make_row(self, values):
        return ParameterRow(
            *(
                Decimal(str(value)).normalize() if isinstance(value, float) else value
                for value in values
            )
        )._replace(
            date_to=values[3] or date.max,
            text=values[5] or "",
            label=values[13] or "",
            source_ref=values[14] or "",
        )

    @api.model
    @tools.ormcache("code", "company_id", "key")
    def _get_timeline(self, code, company_id, key):
        """The rows that answer for a key, cut so that one answers on each day."""
        rows = [
            row for row in self._get_all_rows(code, company_id) if row.key in (key, "")
        ]
        one = timedelta(days=1)
        starts = {row.date_from for row in rows}
        starts |= {row.date_to + one for row in rows if row.date_to != date.max}
        starts = sorted(starts)
        result = []
        for start, after in zip(starts, [*starts[1:], None], strict=True):
            end = after - one if after else date.max
            for row in self._pick([row for row in rows if row.covers(start)]):
                last = result[-1] if result else None
                if last and last.id == row.id and last.date_to + one == start:
                    result[-1] = last._replace(date_to=end)
                else:
                    result.append(row._replace(date_from=start, date_to=end))
        return tuple(result)

    @api.model
    @tools.ormcache("code", "company_id", "key", "lang")
    def _get_rate_timeline(self, code, company_id, key, lang):
        return tuple(
            RatePeriod(
                start=row.date_from,
                end=None if row.date_to == date.max else row.date_to,
                percent=row.number,
                ground=self._get_ground(code, row),
                verified=row.verified,
                code=code,
            )
            for row in self._get_timeline(code, company_id, key)
        )

    @api.model
    def _get_ground(self, code, row):
        """The ground of a number as printed: the law, the number, its period.

        :param ParameterRow row: a row of that parameter
        :rtype: str
        """
        # the ground of an amount is shown to whoever sees the amount
        parameter = self.browse(self._get_meta(code)[0]).sudo()
        ground = parameter.legal_ground or parameter.name
        if parameter.kind != "percent" or row.number is None:
            return ground
        return self.env._(
            "%(ground)s; %(percent)s %% for %(period)s",
            ground=ground,
            percent=f"{row.number:f}",
            period=row.label or format_date(self.env, row.date_from),
        )

    # === CRON METHODS === #

    @api.model
    def _cron_check_half_year(self):
        """Once after each 5 January and 5 July ask the Managers for new numbers.

        Idempotent: the half-year asked for is remembered.
        """
        today = fields.Date.context_today(self)
        half_year = self._get_half_year_to_check(today)
        # the mark of the last check is a system setting
        settings_sudo = self.env["ir.config_parameter"].sudo()
        if settings_sudo.get_param("debt_collection.half_year_checked") == half_year:
            return
        self._ask_for_new_numbers(today, half_year)
        settings_sudo.set_param("debt_collection.half_year_checked", half_year)

    @api.model
    def _get_half_year_to_check(self, day):
        """The half-year ("2026/2") whose check day, the 5th, has last come."""
        if day >= date(day.year, 7, 5):
            return f"{day.year}/2"
        if day >= date(day.year, 1, 5):
            return f"{day.year}/1"
        return f"{day.year - 1}/2"

    @api.model
    def _ask_for_new_numbers(self, today, half_year):
        """One activity for each Manager of a company that lacks a number."""
        managers = self.env.ref("debt_collection.debt_collection_group_manager")
        parameters = self.search([("renewal", "!=", "none")])
        for user in managers.all_user_ids.filtered(lambda u: not u.share and u.active):
            due = parameters._get_due_for_check(user.company_ids, today)
            if not due:
                continue
            due[0].activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=today,
                summary=self.env._("Numbers of the law: %(half)s", half=half_year),
                note=", ".join(due.mapped("code")),
                user_id=user.id,
            )

    def _get_due_for_check(self, companies, today):
        """Those that are to be checked in one of the companies."""
        return self.filtered(
            lambda parameter: any(
                parameter.with_company(company)._is_due_on(today)
                for company in companies
            )
        )
