from datetime import timedelta
from decimal import Decimal
from functools import cache

from holidays import country_holidays

from odoo import api, models

from odoo.addons.debt_collection.tools.terms import Calendar, add_months, term_end
from odoo.addons.debt_collection.tools.values import Term, Vacation

from ..tools.answers import Deadline

ONE_DAY = timedelta(days=1)
HOME = "BE"


@cache
def get_public_holidays(country, year):
    """The public holidays of a year in the whole of a country; none are known: empty.

    Those of a region are left out: nothing tells the region of a debtor for sure. Of
    Belgium: the legal holidays, and the Sundays that go with two of them.

    :param str country: ISO code
    :rtype: frozenset[date]
    """
    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


class DebtCollectionBeLaw(models.AbstractModel):
    """Where the Belgian numbers and days come from: dated rows and one calendar."""

    _name = "debt.collection.be.law"
    _description = "Numbers and calendar of Belgian law"

    # === NUMBERS === #

    @api.model
    def _value(self, code, day, key=None):
        return self.env["debt.collection.parameter"]._get_value(
            code, day, self.env.company, key
        )

    @api.model
    def _row(self, code, day, key=None):
        return self.env["debt.collection.parameter"]._get_row(
            code, day, self.env.company, key
        )

    @api.model
    def _ground(self, code, row):
        return self.env["debt.collection.parameter"]._get_ground(code, row)

    @api.model
    def _currency(self, code):
        return self.env["debt.collection.parameter"]._get_currency_name(code)

    @api.model
    def _find_row(self, code, day, key=None):
        """The row in force on a day, None where the law says nothing.

        :rtype: ParameterRow | None
        """
        Parameter = self.env["debt.collection.parameter"]
        rows = Parameter._resolve(code, day, self.env.company, key)
        return rows[0] if rows else None

    @api.model
    def _scale_row(self, code, day, amount, key=None):
        """The bracket of a scale that holds an amount: above its lower bound.

        :param Decimal amount: in the currency of the scale
        :rtype: ParameterRow
        """
        rows = self.env["debt.collection.parameter"]._get_scale(
            code, day, self.env.company, key
        )
        below = [row for row in rows if (row.lower or Decimal(0)) < amount]
        return below[-1] if below else rows[0]

    @api.model
    def _full_ground(self, code, row):
        """The law and the source of the row."""
        return f"{self._ground(code, row)}, {row.source_ref}"

    # === DAYS === #

    @api.model
    def _deadline(self, name, code, key, act, unit="days", sign=1):
        """A day counted from an act in calendar days or months; it never rolls.

        :param str name: code of the answer
        :param str unit: ``days`` or ``months``
        :param int sign: -1 counts backwards
        :rtype: Deadline
        """
        row = self._row(code, act, key)
        number = sign * int(row.number)
        day = add_months(act, number) if unit == "months" else act + number * ONE_DAY
        return Deadline(name, day, self._full_ground(code, row), row.verified)

    # === LANGUAGE === #

    @api.model
    def _get_court_lang(self, case):
        """The language of proceedings by the debtor's domicile, as a code Odoo has.

        :return: empty where the creditor chooses, or none of the languages is there
        :rtype: str
        """
        creditor, debtor = case.company_id.partner_id, case.partner_id
        zips = [
            partner.zip
            for partner in (debtor, creditor)
            if partner.country_id.code == "BE" and (partner.zip or "").isdigit()
        ]
        day = case.date_opened
        found = (
            self._scale_row("be.court.language", day, Decimal(code)).text
            for code in zips
        )
        short = next(filter(None, found), "")
        installed = self.env["res.lang"].get_installed()
        fitting = [code for code, _name in installed if short and code[:2] == short]
        return fitting[0] if fitting else ""

    # === CALENDAR === #

    @api.model
    def _get_calendar(self):
        """Working days of Belgian law: Monday to Friday, without the ten holidays.

        That of every term of the Judicial Code and of Book XIX, wherever the parties
        live. Saturday is off: Book XIX does not define the working day, and the later
        result harms nobody.
        """
        return Calendar(self._get_is_holiday(HOME))

    @api.model
    def _get_is_holiday(self, country):
        """A function day -> bool: the public holidays of a country.

        Those of Belgium are corrected by dated rows.

        :param str country: ISO code
        """
        if country != HOME:
            return lambda day: day in get_public_holidays(country, day.year)
        exceptions = {
            row.date_from: bool(row.number)
            for row in self.env["debt.collection.parameter"]._get_all_rows(
                "be.holiday", self.env.company.id
            )
        }

        def is_holiday(day):
            return exceptions.get(day, day in get_public_holidays(HOME, day.year))

        return is_holiday

    @api.model
    def _get_term_end(self, start, count, unit, vacation=False):
        """Judicial Code, art. 50 (vacation) and 52-54 (counting, rolling)."""
        recess = self._get_vacation(start) if vacation else None
        term = Term(count, unit, roll="forward", vacation=recess)
        return term_end(start, term, self._get_calendar())

    @api.model
    def _get_vacation(self, day):
        return Vacation(
            *(
                tuple(map(int, self._value("be.court.vacation", day, key).split("-")))
                for key in ("start", "end", "extended")
            )
        )
