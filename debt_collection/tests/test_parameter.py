from ast import literal_eval
from datetime import date
from decimal import Decimal

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)

MANAGER = "debt_collection.debt_collection_group_manager"
COLLECTOR = "debt_collection.debt_collection_group_collector"


@tagged("post_install", "-at_install")
class TestParameter(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.manager = new_test_user(cls.env, "dc_numbers_manager", groups=MANAGER)
        cls.collector = new_test_user(cls.env, "dc_numbers_collector", groups=COLLECTOR)
        cls.Parameter = cls.env["debt.collection.parameter"]
        cls.Value = cls.env["debt.collection.parameter.value"]
        cls.rate = cls.make_parameter("test.rate", "percent", renewal="half_year")
        cls.scale = cls.make_parameter("test.scale", "bracket")
        cls.first = cls.ship(cls.rate, "2025-01-01", "2025-06-30", 11.5)
        cls.second = cls.ship(cls.rate, "2025-07-01", "2025-12-31", 10.5)

    @classmethod
    def make_parameter(cls, code, kind, **values):
        return cls.Parameter.create(
            {"code": code, "name": f"Test {code}", "kind": kind, **values}
        )

    @classmethod
    def ship(cls, parameter, start, end=False, number=0.0, **values):
        """A row as a module's data makes it: superuser, no company."""
        return cls.Value.create(
            {
                "parameter_id": parameter.id,
                "company_id": False,
                "date_from": start,
                "date_to": end,
                "value_number": number,
                "evidence": "single",
                **values,
            }
        )

    def own(self, parameter, start, end=False, number=0.0, **values):
        """A row as a Manager of the company enters it."""
        return self.Value.with_user(self.manager).create(
            {
                "parameter_id": parameter.id,
                "date_from": start,
                "date_to": end,
                "value_number": number,
                **values,
            }
        )

    def value(self, code, day, company=None, key=None):
        company = self.company if company is None else company
        return self.Parameter._get_value(code, day, company, key)

    def rows(self, code, start, end, key=None):
        return [
            (row.date_from, min(row.date_to, end), row.number)
            for row in self.Parameter._get_rows(code, start, end, self.company, key)
        ]

    # === LOOK-UP === #

    def test_value_of_the_day(self):
        self.assertEqual(self.value("test.rate", date(2025, 6, 30)), Decimal("11.5"))
        self.assertEqual(self.value("test.rate", date(2025, 7, 1)), Decimal("10.5"))

    def test_missing_row_names_code_and_day(self):
        for day, shown in ((date(2024, 12, 31), "12/31/2024"), (date(2026, 1, 1), "")):
            with self.assertRaisesRegex(MissingParameter, rf"test\.rate.*{shown}"):
                self.value("test.rate", day)

    def test_unknown_code_raises(self):
        with self.assertRaisesRegex(MissingParameter, "test.nothing"):
            self.value("test.nothing", date(2025, 1, 1))

    def test_a_hole_between_two_rows_raises_with_its_first_day(self):
        self.second.date_from = "2025-07-03"
        with self.assertRaisesRegex(MissingParameter, "07/01/2025"):
            self.rows("test.rate", date(2025, 6, 1), date(2025, 12, 31))

    def test_rows_past_the_last_one_raise(self):
        with self.assertRaisesRegex(MissingParameter, "01/01/2026"):
            self.rows("test.rate", date(2025, 12, 1), date(2026, 1, 1))

    def test_kind_types_the_value(self):
        day = date(2025, 1, 1)
        for kind, values, expected in (
            ("term", {"value_number": 14}, 14),
            ("switch", {"value_number": 0}, False),
            ("text", {"value_text": "A"}, "A"),
            ("date", {"value_date": "2013-03-16"}, date(2013, 3, 16)),
            ("amount", {"value_number": 7.5}, Decimal("7.5")),
        ):
            with self.subTest(kind=kind):
                parameter = self.make_parameter(f"test.{kind}", kind)
                self.Value.create(
                    {
                        "parameter_id": parameter.id,
                        "company_id": False,
                        "date_from": "2025-01-01",
                        **values,
                    }
                )
                value = self.value(parameter.code, day)
                self.assertEqual(value, expected)
                self.assertIs(type(value), type(expected))

    def test_decimals_are_exact(self):
        self.ship(self.rate, "2026-01-01", "2026-06-30", 0.1)
        self.assertEqual(self.value("test.rate", date(2026, 1, 1)), Decimal("0.1"))

    def test_a_row_with_the_key_wins_over_one_without(self):
        self.ship(self.rate, "2025-03-01", "2025-03-31", 9.5, key="old")
        march = date(2025, 3, 15)
        self.assertEqual(self.value("test.rate", march, key="old"), Decimal("9.5"))
        self.assertEqual(self.value("test.rate", march, key="new"), Decimal("11.5"))
        self.assertEqual(self.value("test.rate", march), Decimal("11.5"))
        self.assertEqual(
            self.rows("test.rate", date(2025, 2, 1), date(2025, 4, 30), "old"),
            [
                (date(2025, 1, 1), date(2025, 2, 28), Decimal("11.5")),
                (date(2025, 3, 1), date(2025, 3, 31), Decimal("9.5")),
                (date(2025, 4, 1), date(2025, 4, 30), Decimal("11.5")),
            ],
        )

    def test_own_row_answers_in_place_of_the_shipped_one(self):
        self.own(self.rate, "2025-07-01", "2025-12-31", 12.0)
        day = date(2025, 8, 1)
        self.assertEqual(self.value("test.rate", day), Decimal(12))
        self.assertEqual(
            self.value("test.rate", day, self.other_company), Decimal("10.5")
        )
        self.assertEqual(
            self.value("test.rate", day, self.env["res.company"]), Decimal("10.5")
        )

    def test_a_manager_enters_a_row_in_the_form(self):
        with Form(self.Value.with_user(self.manager)) as form:
            form.parameter_id = self.rate
            form.date_from = "2026-01-01"
            form.date_to = "2026-06-30"
            form.value_number = 9.5
            form.source_ref = "Official journal"
        self.assertEqual(self.value("test.rate", date(2026, 2, 1)), Decimal("9.5"))
        self.assertEqual(form.record.company_id, self.company)
        with Form(form.record.with_user(self.manager)) as form:
            form.value_number = 9.0
        form.record.action_verify()
        self.assertEqual(form.record.verified_by, self.manager)

    def test_values_of_a_parameter_open_from_it(self):
        action = self.rate.with_user(self.manager).action_open_values()
        values = self.Value.search(action["domain"])
        self.assertEqual(values, self.first | self.second)

    def test_own_row_fills_only_its_own_days(self):
        self.own(self.rate, "2025-06-16", "2025-07-15", 12.0)
        self.assertEqual(
            self.rows("test.rate", date(2025, 6, 1), date(2025, 7, 31)),
            [
                (date(2025, 1, 1), date(2025, 6, 15), Decimal("11.5")),
                (date(2025, 6, 16), date(2025, 7, 15), Decimal(12)),
                (date(2025, 7, 16), date(2025, 7, 31), Decimal("10.5")),
            ],
        )

    def test_own_scale_replaces_the_whole_scale(self):
        self.ship(self.scale, "2025-01-01", lower=0, upper=150, base=20)
        self.ship(self.scale, "2025-01-01", lower=150, base=30, percent=10)
        self.own(self.scale, "2025-01-01", lower=0, base=5)
        scale = self.Parameter._get_scale("test.scale", date(2025, 2, 1), self.company)
        self.assertEqual([(row.lower, row.base) for row in scale], [(0, 5)])

    def test_rate_periods_say_ground_and_verification(self):
        self.rate.legal_ground = "Act of somewhere, art. 5"
        self.first.write({"label": "2025/1", "state": "verified"})
        periods = self.Parameter._get_rate_periods(
            "test.rate", date(2025, 6, 1), date(2025, 7, 31), self.company
        )
        self.assertEqual([period.verified for period in periods], [True, False])
        self.assertEqual(
            periods[0].ground, "Act of somewhere, art. 5; 11.5 % for 2025/1"
        )
        self.assertEqual({period.code for period in periods}, {"test.rate"})

    def test_no_query_once_read(self):
        self.rows("test.rate", date(2025, 1, 1), date(2025, 12, 31))
        self.value("test.rate", date(2025, 1, 1))
        with self.assertQueryCount(0):
            for month in range(1, 13):
                self.value("test.rate", date(2025, month, 1))
                self.rows("test.rate", date(2025, 1, 1), date(2025, month, 1))

    def test_a_changed_row_is_read_again(self):
        self.value("test.rate", date(2025, 1, 1))
        self.first.value_number = 13.0
        self.assertEqual(self.value("test.rate", date(2025, 1, 1)), Decimal(13))
        self.first.unlink()
        with self.assertRaises(MissingParameter):
            self.value("test.rate", date(2025, 1, 1))

    # === WHAT THE DATABASE REFUSES === #

    def refused(self, error):
        return self.assertRaisesRegex(error, "debt_collection_parameter_value")

    @mute_logger("odoo.sql_db")
    def test_overlapping_rows_are_refused(self):
        with self.refused(ExclusionViolation), self.env.cr.savepoint():
            self.ship(self.rate, "2025-06-30", "2025-07-31", 1.0)
        with self.refused(ExclusionViolation), self.env.cr.savepoint():
            self.ship(self.rate, "2025-12-31", False, 1.0)
        with self.refused(ExclusionViolation), self.env.cr.savepoint():
            self.first.date_to = False
            self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_overlapping_own_rows_are_refused(self):
        self.own(self.rate, "2025-01-01", "2025-03-31", 1.0)
        with self.refused(ExclusionViolation), self.env.cr.savepoint():
            self.own(self.rate, "2025-03-31", "2025-04-30", 2.0)

    def test_rows_of_other_keys_companies_and_brackets_stand_beside_each_other(self):
        self.ship(self.rate, "2025-01-01", "2025-06-30", 1.0, key="old")
        self.own(self.rate, "2025-01-01", "2025-06-30", 2.0)
        self.ship(self.rate, "2026-01-01", False, 3.0)
        self.ship(self.scale, "2025-01-01", lower=0, upper=150)
        self.ship(self.scale, "2025-01-01", lower=150)
        self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_overlapping_brackets_are_refused(self):
        self.ship(self.scale, "2025-01-01", lower=0, upper=150)
        with self.refused(ExclusionViolation), self.env.cr.savepoint():
            self.ship(self.scale, "2025-01-01", lower=100, upper=200)

    @mute_logger("odoo.sql_db")
    def test_reversed_dates_are_refused(self):
        with self.refused(CheckViolation), self.env.cr.savepoint():
            self.ship(self.rate, "2027-06-30", "2027-01-01", 1.0)

    def test_empty_bracket_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "empty"):
            self.ship(self.scale, "2025-01-01", lower=150, upper=150)

    def test_ending_a_row_and_starting_the_next_in_one_go(self):
        last = self.ship(self.rate, "2026-01-01", False, 10.0)
        last.date_to = "2026-06-30"
        self.ship(self.rate, "2026-07-01", False, 9.0)
        self.assertEqual(self.value("test.rate", date(2026, 7, 1)), Decimal(9))

    # === SHIPPED ROWS, VERIFICATION === #

    def test_shipped_rows_are_read_only(self):
        row = self.first.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "read-only"):
            row.value_number = 5.0
        with self.assertRaisesRegex(UserError, "read-only"):
            row.unlink()
        with self.assertRaisesRegex(UserError, "read-only"):
            self.Value.with_user(self.manager).create(
                {
                    "parameter_id": self.rate.id,
                    "company_id": False,
                    "date_from": "2027-01-01",
                }
            )

    def test_shipped_parameter_keeps_code_and_kind(self):
        parameter = self.rate.with_user(self.manager)
        for vals in ({"code": "test.other"}, {"kind": "amount"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                parameter.write(vals)
        with self.assertRaises(UserError):
            parameter.unlink()

    def test_a_renamed_ground_is_read_again(self):
        def ground():
            return self.Parameter._get_rate_periods(
                "test.rate", date(2025, 1, 1), date(2025, 1, 1), self.company
            )[0].ground

        self.assertIn("Test test.rate", ground())
        self.rate.legal_ground = "Act of somewhere"
        self.assertIn("Act of somewhere", ground())

    def test_own_row_cannot_be_turned_into_a_shipped_one(self):
        row = self.own(self.rate, "2025-01-01", "2025-06-30", 2.0)
        with self.assertRaises(UserError):
            row.company_id = False

    def test_collector_reads_and_writes_nothing(self):
        row = self.first.with_user(self.collector)
        self.assertEqual(row.value_number, 11.5)
        with (
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(AccessError),
        ):
            self.Value.with_user(self.collector).create(
                {"parameter_id": self.rate.id, "date_from": "2027-01-01"}
            )
        with self.assertRaises(UserError):
            row.action_verify()

    @freeze_time("2025-08-05")
    def test_verifying_a_shipped_row_makes_an_own_one(self):
        self.second.with_user(self.manager).action_verify()
        self.assertRecordValues(
            self.Value.search([("parameter_id", "=", self.rate.id)], order="id"),
            [
                {
                    "company_id": False,
                    "state": "to_verify",
                    "verified_by": False,
                    "verified_on": False,
                    "value_number": 11.5,
                },
                {
                    "company_id": False,
                    "state": "to_verify",
                    "verified_by": False,
                    "verified_on": False,
                    "value_number": 10.5,
                },
                {
                    "company_id": self.company.id,
                    "state": "verified",
                    "verified_by": self.manager.id,
                    "verified_on": date(2025, 8, 5),
                    "value_number": 10.5,
                },
            ],
        )
        row = self.Parameter._get_row("test.rate", date(2025, 8, 1), self.company)
        self.assertTrue(row.verified and row.own)
        row = self.Parameter._get_row("test.rate", date(2025, 8, 1), self.other_company)
        self.assertFalse(row.verified)

    def test_verifying_twice_changes_nothing(self):
        self.second.with_user(self.manager).action_verify()
        count = self.Value.search_count([("parameter_id", "=", self.rate.id)])
        self.second.with_user(self.manager).action_verify()
        self.assertEqual(
            self.Value.search_count([("parameter_id", "=", self.rate.id)]), count
        )

    def test_a_scale_is_verified_as_a_whole(self):
        low = self.ship(self.scale, "2025-01-01", lower=0, upper=150, base=20)
        self.ship(self.scale, "2025-01-01", lower=150, base=30, percent=10)
        self.ship(self.scale, "2024-01-01", "2024-12-31", lower=0, base=1)
        low.with_user(self.manager).action_verify()
        scale = self.Parameter._get_scale("test.scale", date(2025, 2, 1), self.company)
        self.assertEqual([row.base for row in scale], [20, 30])
        self.assertTrue(all(row.verified and row.own for row in scale))
        old = self.Parameter._get_scale("test.scale", date(2024, 2, 1), self.company)
        self.assertFalse(any(row.verified for row in old))

    def test_a_change_undoes_the_verification(self):
        row = self.own(self.rate, "2025-07-01", "2025-12-31", 10.5)
        row.action_verify()
        self.assertEqual(row.state, "verified")
        row.value_number = 10.0
        self.assertRecordValues(row, [{"state": "to_verify", "verified_by": False}])

    def test_nobody_writes_a_verification(self):
        row = self.own(self.rate, "2025-07-01", "2025-12-31", 10.5)
        for vals in ({"state": "verified"}, {"verified_by": self.manager.id}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "Press"):
                row.write(vals)
        with self.assertRaisesRegex(UserError, "Press"):
            self.own(self.rate, "2026-01-01", False, 1.0, state="verified")

    def test_own_rows_of_another_company_stay_closed(self):
        row = self.Value.create(
            {
                "parameter_id": self.rate.id,
                "company_id": self.other_company.id,
                "date_from": "2025-01-01",
                "value_number": 1.0,
            }
        )
        self.assertFalse(
            self.Value.with_user(self.manager).search([("id", "=", row.id)])
        )
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            row.with_user(self.manager).action_verify()

    def test_a_verified_row_cannot_be_deleted(self):
        row = self.own(self.rate, "2025-07-01", "2025-12-31", 10.5)
        row.action_verify()
        with self.assertRaisesRegex(UserError, "end date"):
            row.unlink()
        draft = self.own(self.rate, "2025-01-01", "2025-06-30", 10.5)
        draft.unlink()
        self.assertFalse(draft.exists())

    # === THE HALF-YEARLY CHECK === #

    def test_half_year_to_check(self):
        for day, expected in (
            (date(2026, 1, 4), "2025/2"),
            (date(2026, 1, 5), "2026/1"),
            (date(2026, 7, 4), "2026/1"),
            (date(2026, 7, 5), "2026/2"),
            (date(2026, 12, 31), "2026/2"),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.Parameter._get_half_year_to_check(day), expected)

    def activities(self):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "debt.collection.parameter"),
                ("user_id", "=", self.manager.id),
            ]
        )

    def test_check_asks_each_manager_once_a_half_year(self):
        with freeze_time("2025-07-04"):
            self.Parameter._cron_check_half_year()
        self.activities().unlink()
        with freeze_time("2025-07-05"):
            self.Parameter._cron_check_half_year()
            self.assertEqual(len(self.activities()), 1)
            self.assertIn("test.rate", self.activities().note)
        with freeze_time("2025-07-06"):
            self.Parameter._cron_check_half_year()
        self.assertEqual(len(self.activities()), 1)
        with freeze_time("2026-01-05"):
            self.Parameter._cron_check_half_year()
        self.assertEqual(len(self.activities()), 2)

    def test_check_asks_nothing_when_all_is_verified(self):
        self.Parameter.search([("code", "!=", "test.rate")]).renewal = "none"
        (self.first | self.second).with_user(self.manager).action_verify()
        with freeze_time("2025-07-05"):
            self.Parameter._cron_check_half_year()
        self.assertFalse(self.activities())

    def page(self, xmlid):
        """The records a page shows to the Manager, with its own filters."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        model = self.env[action["res_model"]].with_user(self.manager)
        domain = Domain(literal_eval(action["domain"]))
        return model.search(domain & Domain("parameter_id", "=", self.rate.id))

    def due(self):
        """Codes on the page of what is to be checked this half-year."""
        self.env.invalidate_all()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "debt_collection.debt_collection_parameter_action_due"
        )
        found = self.Parameter.with_user(self.manager).search(
            literal_eval(action["domain"])
        )
        return [code for code in found.mapped("code") if code.startswith("test.")]

    def test_page_lists_what_is_to_be_checked_this_half_year(self):
        """To verify, missing, and open rows nobody looked at since it was due."""
        yearly = self.make_parameter("test.yearly", "amount", renewal="year")
        never = self.make_parameter("test.never", "amount")
        empty = self.make_parameter("test.empty", "amount")
        for parameter in (yearly, never):
            self.ship(
                parameter, "2020-01-01", number=1.0, evidence="confirmed"
            ).state = "verified"
        self.assertFalse(empty.value_ids)
        with freeze_time("2025-08-01"):
            # verified when shipped, but nobody of the company looked this year
            self.assertEqual(self.due(), ["test.rate", "test.yearly"])
            (self.second | yearly.value_ids).with_user(self.manager).action_verify()
            self.assertEqual(self.due(), [])
        with freeze_time("2025-12-31"):
            self.assertEqual(self.due(), [])
        with freeze_time("2026-01-05"):  # the rate ended, the yearly one is old
            self.assertEqual(self.due(), ["test.rate", "test.yearly"])
            self.own(self.rate, "2026-01-01", False, 10.0).action_verify()
            yearly.value_ids.filtered("company_id").with_user(
                self.manager
            ).action_verify()
            self.assertEqual(self.due(), [])
        with freeze_time("2026-07-05"):  # the rate is one of each half-year
            self.assertEqual(self.due(), ["test.rate"])

    def test_a_verified_row_leaves_the_page_of_rows_to_verify(self):
        xmlid = "debt_collection.debt_collection_parameter_value_action_to_verify"
        with freeze_time("2025-08-01"):
            self.assertEqual(self.page(xmlid), self.first | self.second)
            self.second.with_user(self.manager).action_verify()
            self.env.invalidate_all()
            self.assertTrue(self.second.with_user(self.manager).is_replaced)
            rows = self.page(xmlid) - self.first
            self.assertEqual(rows.company_id, self.company)
            self.assertEqual(rows.mapped("state"), ["verified"])
            sister = self.second.with_company(self.other_company)
            self.assertFalse(sister.is_replaced)

    def test_check_asks_for_open_rows_nobody_looked_at(self):
        self.Parameter.search([("code", "not like", "test.%")]).renewal = "none"
        yearly = self.make_parameter("test.yearly", "amount", renewal="year")
        self.ship(yearly, "2020-01-01", number=1.0, evidence="confirmed")
        with freeze_time("2025-07-05"):
            (self.second | yearly.value_ids).with_user(self.manager).action_verify()
            self.Parameter._cron_check_half_year()
            self.assertFalse(self.activities())
        with freeze_time("2026-01-05"):
            self.Parameter._cron_check_half_year()
            self.assertEqual(self.activities().note.count("test.yearly"), 1)

    def test_status_of_today(self):
        with freeze_time("2025-08-01"):
            self.rate.invalidate_recordset(["status"])
            self.assertEqual(self.rate.status, "to_verify")
            self.second.with_user(self.manager).action_verify()
            self.assertEqual(self.rate.status, "verified")
            other = self.rate.with_company(self.other_company)
            self.assertEqual(other.status, "to_verify")
        with freeze_time("2026-08-01"):
            self.rate.invalidate_recordset(["status"])
            self.assertEqual(self.rate.status, "missing")
