import io
from datetime import timedelta

import psycopg2
from freezegun import freeze_time
from markupsafe import Markup
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon
from .test_letter import read_pdf


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPost(CollectionCommon):
    """From the print queue to the day the post took the letters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.write({"by_email": False, "by_post": True})
        cls.company.debt_collection_duplex = False

    def _queue(self, *partners, **values):
        """Letters made and waiting to be printed: one delivery a partner."""
        moves = [self._make_invoice(10, partner=p, **values) for p in partners]
        self._run()
        actions = self.env["debt.collection.action"]
        for move in moves:
            actions |= move.debt_collection_case_id.action_ids
        actions._dispatch()
        self.assertFalse(list(filter(None, actions.mapped("error"))))
        return actions.delivery_ids

    def _print(self, deliveries):
        deliveries.with_user(self.collector).action_print()
        return deliveries.batch_id

    def _pages(self, batch):
        reader = PdfReader(io.BytesIO(batch.attachment_id.raw))
        return [" ".join(page.extract_text().split()) for page in reader.pages]

    # === ONE FILE === #

    def test_one_file_in_the_order_of_the_addresses(self):
        france = self.env.ref("base.fr").id
        far = self._make_debtor("Aaron SARL", country_id=france, zip="1000")
        late = self._make_debtor("Bertha SA", zip="9000")
        early = self._make_debtor("Zoe SA", zip="1000")
        same = self._make_debtor("Anton SA", zip="1000")
        batch = self._print(self._queue(late, far, early, same))
        ranked = batch.delivery_ids.sorted("batch_rank").partner_id
        self.assertEqual(
            ranked.mapped("name"), ["Aaron SARL", "Anton SA", "Zoe SA", "Bertha SA"]
        )
        pages = self._pages(batch)
        self.assertEqual(len(pages), 5)
        for rank, name in enumerate(ranked.mapped("name"), 1):
            self.assertIn(name, pages[0])
            self.assertIn(name, pages[rank])
            self.assertIn(f"{batch.name} · {rank} · 1/1", pages[rank])

    def test_both_sides_start_each_letter_on_a_sheet(self):
        self.company.debt_collection_duplex = True
        batch = self._print(self._queue(self.debtor, self.other_debtor))
        pages = self._pages(batch)
        self.assertEqual(len(pages), 6)
        self.assertEqual([bool(text) for text in pages], [True, False] * 3)

    def test_the_frozen_letter_stays_as_it_was(self):
        delivery = self._queue(self.debtor)
        before = delivery.action_id.attachment_id.raw
        self._print(delivery)
        self.assertEqual(delivery.action_id.attachment_id.raw, before)

    def test_printed_once(self):
        delivery = self._queue(self.debtor)
        self._print(delivery)
        with self.assertRaisesRegex(UserError, "Nothing to print"):
            delivery.action_print()

    def test_a_letter_not_made_yet_is_not_printed(self):
        move = self._make_invoice(10)
        self._run()
        deliveries = move.debt_collection_case_id.action_ids.delivery_ids
        with self.assertRaisesRegex(UserError, "Nothing to print"):
            deliveries.action_print()

    def test_a_pile_a_company(self):
        deliveries = self._queue(self.debtor)
        other = self._make_company("Other Creditor SA")
        other_delivery = deliveries.copy(
            {"company_id": other.id, "copy_id": self.other_debtor.id}
        )
        batches = self.env["debt.collection.post.batch"]._create_for(
            deliveries + other_delivery
        )
        self.assertEqual(set(batches.company_id), {self.company, other})
        with self.assertRaises(AccessError):
            batches.filtered(lambda b: b.company_id == other).with_user(
                self.collector
            ).check_access("read")

    def test_not_posted_after_all(self):
        delivery = self._queue(self.debtor)
        batch = self._print(delivery)
        batch.action_withdraw()
        self.assertEqual((batch.state, delivery.state), ("withdrawn", "to_send"))
        self.assertNotEqual(self._print(delivery), batch)

    # === THE DAY === #

    def test_the_day_of_posting_starts_the_term(self):
        delivery = self._queue(self.debtor)
        batch = self._print(delivery)
        with freeze_time(TODAY + timedelta(days=3)):
            batch.date_posted = TODAY + timedelta(days=2)
            batch.with_user(self.collector).action_posted()
        posted = TODAY + timedelta(days=2)
        self.assertRecordValues(delivery, [{"state": "sent", "date": posted}])
        self.assertRecordValues(
            delivery.action_id, [{"state": "done", "date_done": posted}]
        )
        self.assertEqual(self._read_notices(delivery.action_id)[0].day, posted)

    def test_days_that_cannot_be(self):
        batch = self._print(self._queue(self.debtor))
        with self.assertRaisesRegex(ValidationError, "day to come"):
            batch.date_posted = TODAY + timedelta(days=1)
        with self.assertRaisesRegex(ValidationError, "cannot have been posted on"):
            batch.date_posted = TODAY - timedelta(days=1)

    def test_a_confirmed_day_stands(self):
        batch = self._print(self._queue(self.debtor))
        batch.action_posted()
        self.assertEqual(batch.date_posted, TODAY)
        with freeze_time(TODAY + timedelta(days=1)), self.assertRaises(UserError):
            batch.date_posted = TODAY + timedelta(days=1)

    def test_posting_twice_changes_nothing(self):
        delivery = self._queue(self.debtor)
        batch = self._print(delivery)
        batch.action_posted()
        with freeze_time(TODAY + timedelta(days=1)):
            batch.action_posted()
        self.assertEqual(delivery.date, TODAY)

    def test_paid_between_printing_and_posting(self):
        deliveries = self._queue(self.debtor, self.other_debtor)
        batch = self._print(deliveries)
        paid = deliveries.filtered(lambda d: d.partner_id == self.debtor)
        self._pay(paid.action_id.line_ids.move_line_id.move_id)
        self._run()
        self.assertEqual((paid.state, batch.withdrawn_count), ("withdrawn", 1))
        batch.action_posted()
        self.assertEqual(sorted(deliveries.mapped("state")), ["sent", "withdrawn"])

    # === REGISTERED LETTERS === #

    def _print_registered(self, *partners):
        self.policy.step_ids.registered = True
        return self._print(self._queue(*partners))

    def test_a_registered_letter_needs_its_number(self):
        batch = self._print_registered(self.debtor)
        self.assertEqual(batch.number_gap, 1)
        with self.assertRaisesRegex(UserError, "registered letters to Debtor SRL"):
            batch.action_posted()
        with self.assertRaisesRegex(UserError, "registered letters to Debtor SRL"):
            batch.delivery_ids.action_mark_sent()

    def test_numbers_are_scanned_on_the_batch(self):
        batch = self._print_registered(self.debtor, self.other_debtor)
        with Form(batch.with_user(self.collector)) as form:
            for index, number in enumerate((" rr 123 456 785 lu", "RR123456786LU")):
                with form.delivery_ids.edit(index) as line:
                    line.registered_number = number
        self.assertEqual(
            sorted(batch.delivery_ids.mapped("registered_number")),
            ["RR123456785LU", "RR123456786LU"],
        )
        self.assertFalse(batch.number_gap)
        batch.action_posted()
        events = batch.delivery_ids.case_id.event_ids
        letters = events.filtered(lambda e: e.kind == "letter").mapped("data")
        self.assertTrue(any("RR123456785LU" in data for data in letters))

    def test_the_law_sees_a_registered_letter(self):
        batch = self._print_registered(self.debtor)
        batch.delivery_ids.registered_number = "RR1"
        batch.action_posted()
        notice = self._read_notices(batch.delivery_ids.action_id)[0]
        self.assertEqual(notice.channel, "registered")

    def test_one_number_one_letter(self):
        batch = self._print_registered(self.debtor, self.other_debtor)
        with (
            self.assertRaisesRegex(psycopg2.IntegrityError, "number_unique"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            batch.delivery_ids.registered_number = "RR1"
            batch.delivery_ids.flush_recordset()

    def test_an_ordinary_letter_has_no_number(self):
        batch = self._print(self._queue(self.debtor))
        with self.assertRaisesRegex(ValidationError, "Only a registered letter"):
            batch.delivery_ids.registered_number = "RR1"

    def test_proof_of_posting_is_kept_by_every_case(self):
        batch = self._print(self._queue(self.debtor, self.other_debtor))
        batch.action_posted()
        proof = (
            self.env["ir.attachment"]
            .with_user(self.collector)
            .create(
                {
                    "name": "r.pdf",
                    "raw": b"stamp",
                    "res_model": batch._name,
                    "res_id": batch.id,
                }
            )
        )
        batch.with_user(self.collector).write({"proof_ids": [Command.link(proof.id)]})
        for case in batch.delivery_ids.case_id:
            event = case.event_ids.filtered(lambda e: e.kind == "proof")
            self.assertIn(proof.checksum, event.data)

    def test_batch_is_never_deleted(self):
        batch = self._print(self._queue(self.debtor))
        with self.assertRaisesRegex(UserError, "withdraw it instead"):
            batch.unlink()

    # === COPIES === #

    def test_a_copy_starts_no_term(self):
        lawyer = self._make_debtor("Lawyer", email=False)
        book = self._make_debtor("Bookkeeper")
        self.debtor.debt_collection_copy_ids = lawyer + book
        deliveries = self._queue(self.debtor)
        self.assertEqual(
            {(d.copy_id.name or "", d.channel) for d in deliveries},
            {("", "post"), ("Lawyer", "post"), ("Bookkeeper", "email")},
        )
        action = deliveries.action_id
        mail = deliveries.mail_id
        self.assertEqual(mail.recipient_ids, book)
        self.assertTrue(mail.subject.startswith("Copy: "))
        by_post = deliveries.filtered(lambda d: d.channel == "post")
        batch = self._print(by_post)
        copy = by_post.filtered("copy_id")
        page = self._pages(batch)[copy.batch_rank]
        self.assertIn("Copy for your information", page)
        self.assertIn("Lawyer", page)
        copy.action_mark_sent()
        self.assertEqual(action.state, "released")
        self.assertFalse(self._read_notices(action))
        (by_post - copy).action_mark_sent()
        self.assertEqual(action.state, "done")
        self.assertEqual(len(self._read_notices(action)), 1)

    def test_a_copy_without_address_fails_alone(self):
        nobody = self._make_debtor("Nobody", email=False, street=False)
        self.debtor.debt_collection_copy_ids = nobody
        move = self._make_invoice(10)
        self._run()
        action = move.debt_collection_case_id.action_ids
        action._dispatch()
        self.assertEqual(action.state, "released")
        copy = action.delivery_ids.filtered("copy_id")
        self.assertIn("Nobody has no postal address", copy.error)

    # === ENCLOSURES === #

    def _make_enclosing(self, moves=None):
        step = self.policy.step_ids[0]
        step.enclose_invoices = True
        moves = moves or self._make_invoice(10)
        self._run()
        return moves.debt_collection_case_id.action_ids

    def _keep_file(self, move, size=0, raw=None):
        """The file that was sent with the invoice: a page with its number."""
        file = self.env["ir.attachment"].create(
            {
                "name": f"{move.name}.pdf".replace("/", "-"),
                "raw": raw or self._make_file(move.name, size),
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset(["invoice_pdf_report_id"])
        return file

    def _make_file(self, text, size):
        stream = io.BytesIO()
        canvas = Canvas(stream)
        canvas.drawString(100, 500, text)
        canvas.save()
        if not size:
            return stream.getvalue()
        writer = PdfWriter()
        writer.add_page(PdfReader(stream).pages[0])
        writer.add_attachment("data", b"x" * size)
        result = io.BytesIO()
        writer.write(result)
        return result.getvalue()

    def test_a_file_that_cannot_be_printed_is_not_enclosed(self):
        move = self._make_invoice(10)
        self._keep_file(move, raw=b"no pdf at all")
        action = self._make_enclosing(move)
        action._dispatch()
        self.assertFalse(action.enclosure_ids)
        self.assertEqual(action.state, "released")

    def test_invoices_are_enclosed_named_and_printed(self):
        move = self._make_invoice(10)
        file = self._keep_file(move)
        action = self._make_enclosing(move)
        self.assertEqual(move.invoice_pdf_report_id, file)
        action._dispatch()
        self.assertFalse(action.error)
        self.assertEqual(action.enclosure_ids, file)
        letter = read_pdf(action.attachment_id.raw)
        self.assertIn(f"Enclosed: {file.name}", letter)
        batch = self._print(action.delivery_ids)
        pages = self._pages(batch)
        self.assertEqual(len(pages), 3)
        self.assertIn("· 1 · 2/2", pages[2])
        self.assertIn(move.name, pages[2])

    def test_what_is_too_large_is_offered_on_request(self):
        self.company.debt_collection_enclosure_mb = 1
        small = self._make_invoice(12)
        large = self._make_invoice(10)
        kept = self._keep_file(small)
        self._keep_file(large, 2 * 1024**2)
        action = self._make_enclosing(small + large)
        action._dispatch()
        self.assertEqual(action.enclosure_ids, kept)
        text = read_pdf(action.attachment_id.raw)
        self.assertIn(f"Sent on first request: {large.name}", text)

    def test_an_invoice_never_sent_is_made(self):
        action = self._make_enclosing()
        action._dispatch()
        self.assertFalse(action.error)
        self.assertTrue(action.enclosure_ids.raw.startswith(b"%PDF"))
        move = action.line_ids.move_line_id.move_id
        self.assertEqual(action.enclosure_ids.res_id, move.id)

    def test_enclosures_leave_with_the_mail(self):
        self.policy.step_ids.write({"by_email": True, "by_post": False})
        move = self._make_invoice(10)
        file = self._keep_file(move)
        action = self._make_enclosing(move)
        action._dispatch()
        mail = action.delivery_ids.mail_id
        self.assertEqual(mail.attachment_ids, action.attachment_id + file)

    # === THE INVOICE ITSELF === #

    def _get_invoice_text(self, move):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", move.ids
        )
        html = Markup(html.decode())
        return " ".join(html.striptags().split()), html

    def test_mention_on_the_invoice_when_asked(self):
        Terms = self.env["debt.collection.terms"]
        self.company.debt_collection_terms_id = Terms.create(
            {
                "name": "General terms",
                "company_id": self.company.id,
                "date_from": TODAY - timedelta(days=900),
                "interest": "percent",
                "interest_rate": 8,
                "penalty": "percent",
                "penalty_percent": 10,
                "penalty_minimum": 40,
            }
        )
        move = self._make_invoice(-10)
        words = "This invoice is protected by collection terms."
        self.assertNotIn(words, self._get_invoice_text(move)[0])
        self.company.debt_collection_invoice_note = True
        text, html = self._get_invoice_text(move)
        self.assertIn(words, text)
        self.assertIn("late interest of 8.00 % a year", text)
        self.assertIn("a lump sum of 10.00 % of what is unpaid, at least", text)
        self.assertIn("data:image/png;base64", html)

    def test_no_mention_on_credit_notes_and_charges(self):
        self.company.debt_collection_invoice_note = True
        move = self._make_invoice(-10)
        self.assertTrue(move._get_collection_note())
        move.is_collection_charge = True
        self.assertFalse(move._get_collection_note())
        refund = self._make_invoice(-10, move_type="out_refund")
        self.assertFalse(refund._get_collection_note())
