from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestParty(CollectionCommon):
    """Who owes beside the debtor, and that only the creditor knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._flag(cls, cls._make_invoice(10, 1000)).with_user(cls.env.user)

    def _party(self, case=None, **values):
        return self.env["debt.collection.party"].create(
            {
                "case_id": (case or self.case).id,
                "partner_id": self.other_debtor.id,
                "role": "guarantor",
                **values,
            }
        )

    def test_what_a_party_owes(self):
        party = self._party()
        self.assertEqual(party._get_amount(1000), 1000)
        party.write({"liability": "share", "share": 33.33})
        self.assertEqual(party._get_amount(1000), 333.3)
        party.amount_maximum = 250
        self.assertEqual(party._get_amount(1000), 250)

    def test_it_is_in_the_log_without_his_name(self):
        self._party()
        event = self.case.event_ids.filtered(lambda e: e.kind == "party")
        self.assertIn("guarantor", event.data)
        self.assertNotIn(self.other_debtor.name, event.data)

    def test_nobody_is_his_own_guarantor(self):
        with self.assertRaisesRegex(ValidationError, "debtor of the case himself"):
            self._party(partner_id=self.debtor.id)

    def test_bad_shares_and_limits(self):
        for values in (
            {"liability": "share", "share": 0},
            {"liability": "share", "share": 100.01},
            {"amount_maximum": -1},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._party(**values)

    def test_once_a_case_and_never_deleted(self):
        party = self._party()
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._party()
        with self.assertRaisesRegex(UserError, "archive it"):
            party.unlink()
        with self.assertRaisesRegex(UserError, "add another"):
            party.partner_id = self.debtor
        party.active = False
        self.assertFalse(self.case.party_ids)

    def test_another_company_sees_none(self):
        party = self._party()
        sister = self._make_company("Sister SA")
        user = new_test_user(
            self.env,
            "dc_sister",
            groups="debt_collection.debt_collection_group_collector",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        seen = party.with_user(user).with_context(allowed_company_ids=sister.ids)
        with self.assertRaises(AccessError):
            seen.read(["role"])

    def test_letters_do_not_name_him(self):
        self._party()
        self._run()
        action = self.case.action_ids
        page = self.env["debt.collection.letter"]._render_body(action)
        self.assertNotIn(self.other_debtor.name, page)
