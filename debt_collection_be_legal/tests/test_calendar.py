from odoo.tests import tagged

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
