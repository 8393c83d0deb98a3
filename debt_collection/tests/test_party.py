from datetime import datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon
from .test_letter import LetterCommon, read_pdf


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


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartyCopy(LetterCommon):
    """Who owes beside the debtor gets the formal notice, under his own name."""

    def _notice(self, who=None, **values):
        who = who or {}
        self.env["res.lang"]._activate_lang("nl_BE")
        action = self._make_action(30)
        self.party = self.env["debt.collection.party"].create(
            {
                "case_id": action.case_id.id,
                "partner_id": self.other_debtor.id,
                "role": "guarantor",
                "amount_maximum": 500,
                **values,
            }
        )
        self.other_debtor.write({"lang": "nl_BE", "street": "9 Guarantor Lane", **who})
        action._release()
        return action

    def test_copy_at_his_address_and_in_his_language(self):
        action = self._notice()
        action._dispatch()
        self.assertFalse(action.error)
        copy = action.delivery_ids.filtered("party_id")
        self.assertEqual(
            (copy.copy_id, copy.channel, copy.address),
            (self.other_debtor, "email", "second@debtor.example"),
        )
        text = read_pdf(copy.letter_id.raw)
        for words in (
            "Ingebrekestelling",
            "Second Debtor SA",
            "9 Guarantor Lane",
            "borg",
            "500,00",
        ):
            self.assertIn(words, text)
        own = read_pdf(action.attachment_id.raw)
        self.assertIn("Formal notice to pay", own)
        self.assertNotIn("Guarantor", own)
        self.assertNotIn("Second Debtor SA", own)
        self.assertEqual(copy.mail_id.attachment_ids, copy.letter_id)
        self.assertIn("kopie", copy.mail_id.subject.lower())

    def test_his_copy_decides_nothing(self):
        action = self._notice({"email": False, "street": False})
        action._dispatch()
        copy = action.delivery_ids.filtered("party_id")
        self.assertEqual(copy.state, "failed")
        self.assertIn("has no postal address", copy.error)
        action._get_own_deliveries()._set_sent(datetime(2026, 3, 16, 12))
        self.assertEqual(action.state, "done")

    def test_a_released_party_and_other_letters(self):
        action = self._notice(gets_notice=False)
        self.assertFalse(action.delivery_ids.filtered("party_id"))
        self.party.write({"gets_notice": True, "active": False})
        second = self._make_action(30, partner=self._make_debtor("Third SA"))
        second._release()
        self.assertFalse(second.delivery_ids.filtered("party_id"))

    def test_a_copy_by_post_needs_no_cover(self):
        action = self._notice({"email": False})
        action._dispatch()
        copy = action.delivery_ids.filtered("party_id")
        [file] = copy._get_print_files()
        self.assertEqual(file, copy.letter_id.raw)
