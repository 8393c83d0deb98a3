import base64
import io
import json
import zipfile
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon

PROOF = base64.b64encode(b"%PDF-1.4 proof")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPrivacy(CollectionCommon):
    """What is kept of a debtor, how long, and what he may have of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Privacy = cls.env["debt.collection.privacy"].with_user(cls.manager)
        cls.Retention = cls.env["debt.collection.retention"].with_user(cls.manager)

    def setUp(self):
        super().setUp()
        self.move = self._make_invoice(10, 250.0)
        self.case = self._flag(self.move)
        self._fill(self.case)

    def _fill(self, case):
        """Words and documents of a debtor, everywhere they may stand."""
        self._run()
        actions = case.action_ids
        self._mark_sent(actions)
        actions._settle()
        letter = self.env["ir.attachment"].create(
            {"name": "letter.pdf", "raw": b"%PDF-1.4 Mister Secret"}
        )
        actions[:1].attachment_id = letter
        case.message_post(body="Mister Secret wrote", message_type="comment")
        case.evidence_ids = [
            Command.create(
                {"kind": "order", "document": PROOF, "document_name": "order.pdf"}
            )
        ]
        case._open_dispute(
            {
                "reason_id": self.env["debt.collection.dispute.reason"]
                .search([], limit=1)
                .id,
                "description": "Mister Secret says no",
                "line_ids": [
                    Command.create({"claim_id": case.claim_ids.id, "amount": 50})
                ],
            },
            "debtor",
        )
        self.env["debt.collection.event"]._log(
            [(case, "answer", {"message": "1"}, {"text": "Mister Secret"})]
        )

    def _close(self, case, day=TODAY, outcome="withdrawn"):
        case._close(outcome, day)
        return case

    def _rule(self, months=12, outcome=False):
        return self.Retention.create(
            {"company_id": self.company.id, "months": months, "outcome": outcome}
        )

    def _due(self, day):
        return self.Retention._find_due(self.company, fields.Date.to_date(day))

    # === HOW LONG === #

    def test_without_a_rule_a_file_is_kept(self):
        self._close(self.case)
        self.assertFalse(self._due("2099-01-01"))

    def test_rule_of_the_outcome_before_that_of_all(self):
        self._rule(12)
        self._rule(24, "withdrawn")
        self._close(self.case)
        self.assertFalse(self._due("2028-03-15"))
        self.assertEqual(self._due("2028-03-16"), self.case)

    def test_open_case_is_never_due(self):
        self._rule(0)
        self.assertFalse(self._due("2099-01-01"))
        with self.assertRaisesRegex(UserError, "is open"):
            self.Privacy._erase(self.case, TODAY)

    def test_what_was_not_paid_is_kept_until_prescribed(self):
        self._rule(0)
        self._close(self.case, outcome="irrecoverable")
        self.case.date_limitation = "2030-01-01"
        self.assertFalse(self._due("2029-12-31"))
        self.assertEqual(self._due("2030-01-01"), self.case)

    def test_one_rule_an_outcome(self):
        self._rule(12, "paid")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self._rule(24, "paid")

    # === ERASING === #

    def _read_everything(self):
        """The text of every table of ours that belongs to the case."""
        self.env.flush_all()
        said = []
        for model in self.env.values():
            if model._name.startswith("debt.collection.") and model._auto:
                if model._abstract or model._transient:
                    continue
                self.cr.execute(f'SELECT * FROM "{model._table}"')
                said.append(str(self.cr.fetchall()))
        return "".join(said)

    def test_preview_then_erased_without_touching_the_books(self):
        self._rule(0)
        self.case._log_event(
            "hold", {"reason": "Mister Secret is ill", "until": "2026-04-01"}
        )
        [event] = self.case.event_ids.filtered(lambda e: e.kind == "hold")
        self.assertEqual(event.summary, "Hold: 2026-04-01, Mister Secret is ill")
        self.env["debt.collection.hold"].create(
            {
                "account_id": self.case.account_id.id,
                "case_id": self.case.id,
                "reason": "Mister Secret pays when he is back",
                "date_start": TODAY,
                "date_end": TODAY + timedelta(days=9),
            }
        )
        self._close(self.case)
        books = self._read_books()
        wizard = self.env["debt.collection.erasure"].with_user(self.manager)
        wizard = wizard.create({"company_id": self.company.id})
        self.assertEqual(wizard.case_ids, self.case)
        self.assertIn("Letters: 1", wizard.summary)
        wizard.action_erase()
        self.env.invalidate_all()
        self.assertEqual(self.case.date_erased, TODAY)
        self.assertNotIn("Mister Secret", self._read_everything())
        self.assertNotIn("Mister Secret", str(self.case.message_ids.mapped("body")))
        self.assertFalse(self.case.action_ids.attachment_id)
        self.assertEqual(self._read_books(), books)
        self.assertFalse(self.env["debt.collection.event"]._verify(self.case))
        self.assertEqual(self.case.event_ids.sorted("seq")[-1].kind, "erased")
        wizard = wizard.create({"company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "No file is due"):
            wizard.action_erase()

    def _read_books(self):
        self.env.flush_all()
        self.cr.execute(
            """SELECT id, partner_id, account_id, debit, credit, amount_residual, name
                 FROM account_move_line WHERE company_id = %s ORDER BY id""",
            [self.company.id],
        )
        return self.cr.fetchall()

    def test_erased_file_stays_closed_and_gives_no_book(self):
        self._close(self.case)
        self.Privacy._erase(self.case, TODAY)
        with self.assertRaisesRegex(UserError, "was erased"):
            self.case.with_user(self.collector).action_make_book()
        with self.assertRaisesRegex(UserError, "was erased"):
            self.case.with_user(self.collector).action_reopen()

    def test_day_to_come_is_for_looking(self):
        self._rule(12)
        self._close(self.case)
        wizard = self.env["debt.collection.erasure"].with_user(self.manager)
        wizard = wizard.create({"company_id": self.company.id, "date": "2099-01-01"})
        self.assertEqual(wizard.case_ids, self.case)
        with self.assertRaisesRegex(UserError, "for looking only"):
            wizard.action_erase()
        wizard.date = TODAY
        wizard.case_ids = self.case
        with self.assertRaisesRegex(UserError, "must still be kept"):
            wizard.action_erase()

    def test_only_a_manager(self):
        self._close(self.case)
        with self.assertRaises(AccessError):
            self.Privacy.with_user(self.collector)._erase(self.case, TODAY)
        with self.assertRaises(AccessError):
            self.env["debt.collection.erasure"].with_user(self.collector).create({})
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.collector).action_export_collection_data()
        with self.assertRaises(AccessError):
            self.Retention.with_user(self.collector).create({"months": 1})

    def test_other_company_keeps_its_own(self):
        sister = self._make_company("Sister SA")
        self._rule(0)
        self._close(self.case)
        self.assertFalse(self.Retention.sudo()._find_due(sister, TODAY))
        stranger = self._make_user("stranger", "manager")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        theirs = self.env["debt.collection.privacy"].with_user(stranger)
        with self.assertRaises(AccessError):
            theirs.with_context(allowed_company_ids=sister.ids)._erase(
                self.case.with_user(stranger).with_context(
                    allowed_company_ids=sister.ids
                ),
                TODAY,
            )

    # === HIS DATA === #

    def test_export_has_his_data_and_not_those_of_others(self):
        guarantor = self._make_debtor("Guarantor SA")
        self.case.party_ids = [
            Command.create({"partner_id": guarantor.id, "role": "guarantor"})
        ]
        action = self.debtor.with_user(self.manager).action_export_collection_data()
        file = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[3].split("?")[0])
        )
        with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
            names = archive.namelist()
            manifest = json.loads(archive.read("manifest.json"))
            [path] = [name for name in names if name.endswith("data.json")]
            text = archive.read(path).decode()
        self.assertEqual(manifest["format"], "debt-collection-export")
        self.assertEqual(manifest["subject"]["name"], "Debtor SRL")
        self.assertIn("Mister Secret says no", text)
        self.assertNotIn("Guarantor", "".join(names) + text)
        self.assertEqual(self.case.event_ids.sorted("seq")[-1].kind, "exported")
        with self.assertRaisesRegex(UserError, "has no case"):
            self.other_debtor.with_user(self.manager).action_export_collection_data()
