from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQuality(CollectionCommon):
    """What is missing on open invoices, row by row, until it is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor.company_registry = "B 1"
        cls.move = cls._make_invoice(10)
        cls._send(cls.move, 30)

    @classmethod
    def _send(cls, move, days_ago_due, status="sent"):
        """What Send & Print leaves behind: the mail with the invoice in it."""
        day = move.invoice_date_due - timedelta(days=days_ago_due)
        message = cls.env["mail.message"].create(
            {
                "model": "account.move",
                "res_id": move.id,
                "message_type": "comment",
                "date": datetime(day.year, day.month, day.day, 9),
                "attachment_ids": [
                    Command.create({"name": "invoice.pdf", "raw": b"%PDF"})
                ],
            }
        )
        cls.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": move.partner_id.id,
                "notification_type": "email",
                "notification_status": status,
            }
        )
        move.is_move_sent = True
        return message

    def _rows(self):
        Quality = self.env["debt.collection.quality"].with_user(self.collector)
        Quality.invalidate_model()
        return Quality.search([("company_id", "=", self.company.id)])

    def _of_debtors(self):
        """Of debtors and invoices; what the company misses is another test."""
        own = self.company.partner_id
        return self._rows().filtered(lambda row: row.partner_id != own)

    def _defects(self):
        return set(self._of_debtors().mapped("defect"))

    def test_nothing_is_missing(self):
        self.assertFalse(self._defects())

    def test_each_row_leaves_when_it_is_mended(self):
        move, debtor = self.move, self.debtor
        cases = (
            ("address", debtor, {"street": False}, {"street": "5 Long Street"}),
            ("address", debtor, {"city": False}, {"city": "Farville"}),
            ("email", debtor, {"email": False}, {"email": "a@debtor.example"}),
            ("email", debtor, {"email": False}, {"debt_collection_channel": "post"}),
            ("number", debtor, {"company_registry": False}, {"company_registry": "B"}),
            ("number", debtor, {"company_registry": False}, {"vat": "LU12345613"}),
            (
                "reference",
                debtor,
                {"debt_collection_needs_reference": True},
                {"debt_collection_needs_reference": False},
            ),
            (
                "reference",
                debtor,
                {"debt_collection_kind": "public"},
                {"debt_collection_kind": "enterprise"},
            ),
            (
                "due",
                move,
                {"invoice_date_due": move.invoice_date},
                {"invoice_date_due": move.invoice_date_due},
            ),
        )
        for defect, record, breaks, mends in cases:
            with self.subTest(defect, mends=mends):
                record.write(breaks)
                self.assertEqual(self._defects(), {defect})
                record.write(mends)
                self.assertFalse(self._defects())

    def test_a_reference_mends_the_invoice(self):
        self.debtor.debt_collection_needs_reference = True
        [row] = self._of_debtors()
        self.assertEqual(row.recipient_id, self.debtor)
        self.assertEqual(row.action_mend()["res_id"], self.move.id)
        self.move.ref = "PO 12"
        self.assertFalse(self._defects())

    def test_the_address_asked_for_is_that_of_who_gets_the_letters(self):
        bookkeeper = self._make_debtor(
            "Bookkeeper",
            is_company=False,
            parent_id=self.debtor.id,
            type="invoice",
            street=False,
        )
        [row] = self._of_debtors()
        self.assertEqual((row.defect, row.recipient_id), ("address", bookkeeper))
        self.assertEqual(bookkeeper, self.debtor._get_collection_recipient())
        self.assertEqual(row.action_mend()["res_id"], bookkeeper.id)
        contact = self._make_debtor(
            "Chosen", is_company=False, parent_id=self.debtor.id, type="other"
        )
        self.debtor.debt_collection_contact_id = contact
        self.assertFalse(self._defects())

    def test_what_the_debtor_misses_is_said_once(self):
        self._send(self._make_invoice(5, 50), 30)
        other = self._make_invoice(10, 30, partner=self.other_debtor)
        self._send(other, 30)
        (self.debtor + self.other_debtor).write({"city": False, "company_registry": 1})
        rows = self._of_debtors()
        self.assertRecordValues(
            rows.sorted("amount"),
            [
                {
                    "defect": "address",
                    "partner_id": self.other_debtor.id,
                    "move_id": False,
                    "invoices": 1,
                    "amount": 30,
                },
                {
                    "defect": "address",
                    "partner_id": self.debtor.id,
                    "move_id": False,
                    "invoices": 2,
                    "amount": 150,
                },
            ],
        )

    def test_how_it_left(self):
        never = self._make_invoice(10, partner=self.other_debtor)
        self.other_debtor.company_registry = "B 2"
        self.assertEqual(self._defects(), {"unsent"})
        never.is_move_sent = True
        self.assertEqual(self._defects(), {"untraced"})
        message = self._send(never, 10)
        self.assertEqual(self._defects(), {"late"})
        self.company.debt_collection_sent_days = 20
        self.assertFalse(self._defects())
        message.notification_ids.notification_status = "bounce"
        self.assertEqual(self._defects(), {"untraced"})
        never.debt_collection_receipt_date = TODAY - timedelta(days=35)
        self.assertFalse(self._defects())

    def test_a_mail_without_the_invoice_proves_nothing(self):
        self.move.message_ids.attachment_ids.unlink()
        self.assertEqual(self._defects(), {"untraced"})

    def test_what_waits_in_the_queue_is_not_unsent(self):
        never = self._make_invoice(10, partner=self.other_debtor)
        self.other_debtor.company_registry = "B 2"
        never.sending_data = {"sending_methods": ["email"]}
        self.assertFalse(self._defects())

    def _make_terms(self):
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "General",
                "version": "1",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
            }
        )
        self.company.debt_collection_terms_id = terms
        return terms

    def test_terms(self):
        terms = self._make_terms()
        self.assertFalse(self._defects())
        self.company.debt_collection_terms_tacit = False
        self.assertEqual(self._defects(), {"terms"})
        self.company.debt_collection_terms_tacit = True
        self.debtor.debt_collection_kind = "consumer"
        self.assertEqual(self._defects(), {"terms"})
        [row] = self._of_debtors()
        self.assertIn(self.debtor.id, row.action_mend()["context"].values())
        self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": self.debtor.id,
                "date": self.move.invoice_date,
                "way": "signed",
            }
        )
        self.assertFalse(self._defects())

    def test_what_the_company_misses_is_said_once(self):
        self._make_invoice(10, partner=self.other_debtor)
        [row] = self._rows() - self._of_debtors()
        self.assertEqual((row.defect, row.amount), ("terms", 200.0))
        self.assertEqual(row.action_mend()["res_model"], "debt.collection.terms")
        self._make_terms()
        self.company.partner_id.bank_ids.action_archive()
        [row] = self._rows() - self._of_debtors()
        self.assertEqual(row.defect, "bank")
        self.assertEqual(row.action_mend()["res_id"], self.company.partner_id.id)

    def test_paid_draft_and_charges_are_left_out(self):
        self.debtor.street = False
        self._pay(self.move)
        self.assertFalse(self._defects())
        self.assertFalse(self._rows())

    def test_filters_and_words(self):
        self.debtor.write({"street": False, "email": False})
        Quality = self.env["debt.collection.quality"]
        groups = Quality._read_group(
            [("company_id", "=", self.company.id), ("defect", "!=", "terms")],
            ["defect"],
            ["__count"],
        )
        self.assertEqual(dict(groups), {"address": 1, "email": 1})
        self.assertEqual(set(Quality._get_mends()), set(self._get_keys()))
        self.assertEqual(len(self._rows()), len(set(self._rows().ids)))

    def _get_keys(self):
        fields = self.env["debt.collection.quality"]._fields
        return [key for key, _label in fields["defect"].selection]

    def test_another_company_stays_out(self):
        self.debtor.street = False
        other = self._make_company("Sister SA")
        self.collector.write({"company_ids": [(6, 0, other.ids)], "company_id": other})
        Quality = self.env["debt.collection.quality"].with_user(self.collector)
        Quality = Quality.with_context(allowed_company_ids=other.ids)
        self.assertFalse(Quality.search([]))
