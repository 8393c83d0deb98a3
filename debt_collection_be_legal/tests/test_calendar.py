from odoo.tests import tagged

from odoo.addons.debt_collection.tools.clock import add_days

from .common import BelgianCase, day


@tagged("post_install", "-at_install")
class TestCalendar(BelgianCase):
    """Section 10 of the law reference: days and terms."""

    def check(self, act, expected, vacation=True):
        end = self.regime._get_term_end(day(act), 1, "months", vacation=vacation)
        self.assertEqual(end, day(expected))

    def test_case_10_1(self):
        self.check("10/03/2026", "10/04/2026")

    def test_case_10_2(self):
        self.check("29/06/2026", "29/07/2026")

    def test_case_10_3(self):
        self.check("30/06/2026", "15/09/2026")

    def test_case_10_4(self):
        self.check("15/07/2026", "17/08/2026", vacation=False)

    def test_case_10_5(self):
        self.check("30/01/2026", "02/03/2026")

    def test_case_10_6(self):
        self.check("02/04/2026", "04/05/2026")

    def test_ten_legal_holidays(self):
        calendar = self.regime._get_calendar()
        for easter_monday, ascension, whit_monday in (
            ("21/04/2025", "29/05/2025", "09/06/2025"),
            ("06/04/2026", "14/05/2026", "25/05/2026"),
            ("29/03/2027", "06/05/2027", "17/05/2027"),
            ("17/04/2028", "25/05/2028", "05/06/2028"),
            ("02/04/2029", "10/05/2029", "21/05/2029"),
        ):
            for text in (easter_monday, ascension, whit_monday):
                with self.subTest(day=text):
                    self.assertTrue(calendar.is_off(day(text)))
        for text in ("18/04/2025", "26/12/2025", "27/09/2028", "11/07/2025"):
            with self.subTest(day=text):  # Good Friday, Boxing Day, community days
                self.assertFalse(calendar.is_off(day(text)))

    def test_holidays_of_other_countries_are_known(self):
        """By the creditor's country where no other is asked for."""
        for country, feast, plain in (
            ("FR", "14/07/2026", "21/07/2026"),
            ("BE", "21/07/2026", "14/07/2026"),
            ("LU", "23/06/2026", "21/07/2026"),
            ("NL", "27/04/2026", "01/05/2026"),
            ("DE", "03/10/2025", "21/07/2026"),
        ):
            with self.subTest(country):
                abroad = self.company._get_collection_holidays(country)
                self.assertTrue(abroad(day(feast)))
                self.assertFalse(abroad(day(plain)))
                self.company.country_id = self.env["res.country"].search(
                    [("code", "=", country)]
                )
                at_home = self.company._get_collection_holidays()
                self.assertTrue(at_home(day(feast)))
                self.assertFalse(at_home(day(plain)))

    def test_a_country_nobody_knows_has_no_holidays(self):
        is_holiday = self.company._get_collection_holidays("XX")
        self.assertFalse(is_holiday(day("25/12/2026")))
        self.company.country_id = False
        self.assertFalse(self.company._get_collection_holidays()(day("25/12/2026")))

    def test_terms_of_the_law_keep_its_calendar_wherever_the_parties_are(self):
        """A Belgian term on 14 July runs on; the creditor's step does not."""
        self.company.country_id = self.env.ref("base.fr")
        calendar = self.regime._get_calendar()
        self.assertFalse(calendar.is_off(day("14/07/2026")))
        self.assertTrue(calendar.is_off(day("21/07/2026")))
        is_holiday = self.company._get_collection_holidays()
        self.assertEqual(
            add_days(day("13/07/2026"), 1, True, is_holiday), day("15/07/2026")
        )

    def test_own_exceptions_to_the_holidays(self):
        holiday = self.env.ref("debt_collection_be_legal.be_holiday")
        self.env["debt.collection.parameter.value"].create(
            [
                {
                    "parameter_id": holiday.id,
                    "company_id": self.company.id,
                    "date_from": on,
                    "date_to": on,
                    "value_number": number,
                }
                for on, number in (("2026-05-04", 1), ("2026-05-14", 0))
            ]
        )
        self.check("02/04/2026", "05/05/2026")
        self.assertFalse(self.regime._get_calendar().is_off(day("14/05/2026")))
