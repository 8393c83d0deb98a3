from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEvent(CollectionCommon):
    def setUp(self):
        super().setUp()
        self.case = self._flag(self._make_invoice(10))
        self.Event = self.env["debt.collection.event"]
        for number in range(3):
            self.case._log_event("note", {"n": str(number)})

    def _tamper(self, column, value, seq=2):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE debt_collection_event SET {column} = %s"
            " WHERE case_id = %s AND seq = %s",
            [value, self.case.id, seq],
        )
        self.env.invalidate_all()

    def test_chain_holds(self):
        events = self.case.event_ids.sorted("seq")
        self.assertEqual(events.mapped("seq"), [1, 2, 3, 4])
        self.assertEqual(
            events[1:].mapped("previous_digest"), events[:-1].mapped("digest")
        )
        self.assertEqual(self.Event._verify(self.case), [])

    def test_every_changed_column_is_found(self):
        for column, value in [
            ("data", '{"n":"9"}'),
            ("author", "somebody"),
            ("moment", "2020-01-01 00:00:00"),
            ("kind", "closed"),
            ("digest", "0" * 64),
            ("previous_digest", "1" * 64),
            ("seq", 9),
        ]:
            with self.subTest(column), self.env.cr.savepoint() as point:
                self._tamper(column, value)
                self.assertEqual(len(self.Event._verify(self.case)), 1)
                point.rollback()
            self.env.invalidate_all()

    def test_removed_event_is_found(self):
        self.env.cr.execute(
            "DELETE FROM debt_collection_event WHERE case_id = %s AND seq = 2",
            [self.case.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.Event._verify(self.case)[0][1], 3)

    def test_personal_data_can_be_erased_but_not_changed(self):
        self.Event._log([(self.case, "call", {"to": "x"}, {"phone": "+32 1"})])
        event = self.case.event_ids.sorted("seq")[-1]
        self._tamper("personal", '{"phone":"+32 2"}', event.seq)
        self.assertEqual(len(self.Event._verify(self.case)), 1)
        self._tamper("personal", None, event.seq)
        self.assertEqual(self.Event._verify(self.case), [])

    def test_nobody_edits_superuser_included(self):
        event = self.case.event_ids[0]
        for user in (self.env.user, self.manager, self.env.ref("base.user_root")):
            with self.subTest(user.login):
                mine = event.with_user(user)
                with self.assertRaises(UserError):
                    mine.write({"data": "{}"})
                with self.assertRaises(UserError):
                    mine.unlink()
                with self.assertRaises(UserError):
                    mine.create([{"case_id": self.case.id}])

    def test_number_is_unique_in_the_database(self):
        from psycopg2.errors import UniqueViolation

        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._tamper("seq", 1)

    def test_summary_is_readable(self):
        opened = self.case.event_ids.sorted("seq")[0]
        self.assertIn("Opened", opened.summary)
        self.assertIn(self.case.claim_ids.move_id.name, opened.summary)

    def test_other_company_cannot_read(self):
        other = self._make_company("Other SA")
        stranger = self._make_user("stranger", "collector")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.case.event_ids[0].with_user(stranger).with_context(
                allowed_company_ids=other.ids
            ).read(["data"])
