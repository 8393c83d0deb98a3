import base64
import hashlib
import io
import json

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from ..report import book_pdf
from ..tools import dossier, verify
from .common import TODAY, CollectionCommon
from .outside import OutsideVerifier

MOMENT = "2026-03-16 09:00:00"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
@freeze_time(MOMENT)
class TestEvidence(OutsideVerifier, CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        move = cls._make_invoice(10, 250.0)
        move.with_user(cls.collector).action_collection_flag()
        cls.case = move.debt_collection_case_id
        Events = cls.env["debt.collection.event"]
        Events._log([(cls.case, "call", {"to": "x"}, {"phone": "+352 1"})])
        cls.case.evidence_ids = [
            Command.create(
                {
                    "kind": "order",
                    "document": base64.b64encode(PNG),
                    "document_name": "order.png",
                }
            ),
            Command.create(
                {
                    "kind": "other",
                    "document": base64.b64encode(b"no picture and no PDF"),
                    "document_name": "note.txt",
                }
            ),
        ]

    def _make(self, user=None):
        case = self.case.with_user(user or self.collector)
        action = case.action_make_book()
        self.assertIn(str(case.book_id.id), action["url"])
        # the file store is not the collector's
        content = self.case.book_id.sudo().raw
        self.documents = self._unpack(content)
        self.program = self.documents["verify.py"]
        return content

    # === THE PROGRAM === #

    def test_program_runs_without_odoo_and_refuses_one_byte(self):
        content = self._make()
        code, said = self._verify_outside(content)
        self.assertEqual(code, 0, said)
        self.assertIn("EVERYTHING HOLDS", said)
        self.assertIn(self.case.book_sha256, said)
        for name, whole in self.documents.items():
            for at in {0, len(whole) // 2, len(whole) - 1}:
                with self.subTest(name, at=at):
                    changed = {**self.documents, name: self._flip(whole, at)}
                    self.assertRefused(changed)

    def test_program_names_what_is_missing_or_was_added(self):
        self._make()
        lost = dict(self.documents)
        del lost["claims.csv"]
        self.assertRefused(lost, "claims.csv is missing")
        self.assertRefused(
            {**self.documents, "more.txt": b"x"}, "more.txt is not in the list"
        )

    def test_forged_event_breaks_the_chain_though_the_list_was_made_anew(self):
        self._make()
        log = json.loads(self.documents["events.json"])
        for number in range(len(log["events"])):
            for name in log["events"][number]:
                forged = json.loads(self.documents["events.json"])
                event = forged["events"][number]
                if not event[name] and name in ("personal", "salt", "personal_digest"):
                    continue
                event[name] = 99 if name == "seq" else f"{event[name]}x"
                with self.subTest(number=number, name=name):
                    text = json.dumps(forged, ensure_ascii=False).encode()
                    changed = self._seal_again(self.documents, **{"events.json": text})
                    self.assertRefused(changed, f"event {number + 1}")

    def test_event_taken_out_is_found(self):
        self._make()
        log = json.loads(self.documents["events.json"])
        del log["events"][0]
        text = json.dumps(log).encode()
        changed = self._seal_again(self.documents, **{"events.json": text})
        self.assertRefused(changed, "a number is missing")

    def test_whole_log_made_anew_differs_from_the_seal_on_paper(self):
        """Whoever owns the database can build another chain, not another paper."""
        self._make()
        log, previous = json.loads(self.documents["events.json"]), verify.GENESIS
        real = log["head"]
        log["events"][0]["data"] = "{}"
        for event in log["events"]:
            event["previous_digest"] = previous
            parts = (event["moment"], event["kind"], event["author"], event["data"])
            previous = event["digest"] = verify.seal(
                log["case"],
                str(event["seq"]),
                *parts,
                event["personal_digest"],
                previous,
            )
        log["head"] = previous
        manifest = json.loads(self.documents["manifest.json"])
        manifest["log_head"] = previous
        documents = {
            **self.documents,
            "manifest.json": json.dumps(manifest).encode(),
        }
        forged = self._repack(
            self._seal_again(documents, **{"events.json": json.dumps(log).encode()})
        )
        self.assertEqual(self._verify_outside(forged)[0], 0)
        code, said = self._verify_outside(forged, "--head", real)
        self.assertEqual(code, 1, said)
        code, said = self._verify_outside(forged, "--sha256", self.case.book_sha256)
        self.assertEqual(code, 1, said)

    def test_erased_personal_data_leave_the_chain_whole(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE debt_collection_event SET personal = NULL, salt = NULL"
            " WHERE case_id = %s",
            [self.case.id],
        )
        self.env.invalidate_all()
        content = self._make()
        self.assertNotIn(b"+352 1", self.documents["events.json"])
        self.assertEqual(self._verify_outside(content)[0], 0)

    def test_program_speaks_the_language_of_the_file(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        modules = self.env["ir.module.module"]
        modules._load_module_terms(["debt_collection"], ["fr_FR"])
        self.debtor.lang = "fr_FR"
        content = self._make()
        manifest = json.loads(self.documents["manifest.json"])
        self.assertEqual(manifest["language"], "fr_FR")
        code, said = self._verify_outside(content)
        self.assertEqual(code, 0)
        self.assertNotIn("EVERYTHING HOLDS", said)
        self.assertIn("SHA-256", said)

    def test_program_called_in_a_wrong_way(self):
        content = self._make()
        for options in (("--head",), ("--what",), ("other.zip",)):
            with self.subTest(options):
                self.assertEqual(self._verify_outside(content, *options)[0], 2)
        self.program = self.documents["verify.py"]
        self.assertEqual(self._verify_outside(b"no ZIP")[0], 1)

    def test_every_sentence_takes_the_values_of_the_program(self):
        words = self.env["debt.collection.dossier"]._get_words()
        self.assertEqual(words, verify.WORDS)
        self.assertEqual(dossier.script({}), dossier.script(verify.WORDS))

    # === THE BOOK === #

    def test_book_has_index_numbers_and_bookmarks(self):
        self._make()
        reader = PdfReader(io.BytesIO(self.documents["evidence-book.pdf"]))
        titles = [one.title for one in reader.outline if not isinstance(one, list)]
        for chapter in ("Contents", "Order", "Other documents", "Log of the case"):
            self.assertIn(chapter, titles)
        text = "\n".join(page.extract_text() for page in reader.pages)
        text = text.replace("\t", " ")
        head = json.loads(self.documents["manifest.json"])["log_head"]
        self.assertIn(head, "".join(text.split()))
        self.assertIn("Not in this book", text)
        self.assertIn("evidence/other/note.txt", text)
        last = reader.pages[-1].extract_text()
        self.assertTrue(text.startswith("Evidence book"))
        numbered = len(reader.pages) - 1
        self.assertIn(f"{numbered}/{numbered}", last)

    def test_one_manifest_and_the_log_knows_the_book(self):
        content = self._make()
        manifest = json.loads(self.documents["manifest.json"])
        self.assertEqual(
            (manifest["format"], manifest["version"]), ("debt-collection-file", "1.1")
        )
        self.assertEqual(manifest["files"][0]["kind"], "book")
        self.assertEqual(hashlib.sha256(content).hexdigest(), self.case.book_sha256)
        event = self.case.event_ids.sorted("seq")[-1]
        self.assertEqual(event.kind, "book")
        self.assertIn(self.case.book_sha256, event.data)
        self.assertFalse(self.env["debt.collection.event"]._verify(self.case))

    def test_batch_of_books(self):
        move = self._make_invoice(10, 80.0, partner=self.other_debtor)
        cases = self.case + self._flag(move)
        action = cases.with_user(self.collector).action_make_book()
        file = (
            self.env["ir.attachment"]
            .sudo()
            .browse(int(action["url"].split("/")[3].split("?")[0]))
        )
        inner = self._unpack(file.raw)
        self.assertEqual(set(inner), set(cases.book_id.mapped("name")))
        for content in inner.values():
            self.program = self._unpack(content)["verify.py"]
            self.assertEqual(self._verify_outside(content)[0], 0)
        with self.assertRaisesRegex(UserError, "At most 40"):
            self.env["debt.collection.case"].browse(range(1, 42)).action_make_book()

    def test_who_may(self):
        clerk = self._make_user("clerk", "collector")
        clerk.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            self.case.with_user(clerk).action_make_book()
        sister = self._make_company("Sister SA")
        stranger = self._make_user("stranger", "manager")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        other = self.case.with_user(stranger)
        with self.assertRaises(AccessError):
            other.with_context(allowed_company_ids=sister.ids).action_make_book()

    # === WHAT A CLAIM NEEDS === #

    def _ticks(self):
        ticks = self.env["debt.collection.dossier"]._get_ticks(self.case, TODAY)
        return {tick.label: tick for tick in ticks}

    def test_needs_follow_the_nature_of_the_claims(self):
        self.assertTrue(self._ticks()["Order"].ok)
        terms = self.env["debt.collection.terms"].create(
            {"name": "T", "date_from": "2020-01-01", "nature": "goods"}
        )
        self.case.claim_ids.move_id.debt_collection_terms_id = terms
        ticks = self._ticks()
        self.assertNotIn("Delivery", ticks)
        note = ticks["Delivery note signed on receipt"]
        self.assertEqual((note.code, note.ok), ("delivery", False))
        self.env["debt.collection.evidence.need"].with_user(self.manager).create(
            {"nature": "goods", "kind": "other", "name": "Weighing slip"}
        )
        self.assertEqual(self._ticks()["Weighing slip"].todo, "Other: note.txt")
        with self.assertRaises(AccessError):
            self.env["debt.collection.evidence.need"].with_user(self.collector).create(
                {"kind": "other", "name": "x"}
            )

    def test_accepted_terms_are_picked_up(self):
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "General terms",
                "date_from": "2020-01-01",
                "document": base64.b64encode(PNG),
                "document_name": "terms.png",
            }
        )
        self.assertFalse(self._ticks()["Accepted terms"].ok)
        self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": self.debtor.id,
                "date": "2025-01-01",
                "way": "web",
            }
        )
        tick = self._ticks()["Accepted terms"]
        self.assertTrue(tick.ok)
        self.assertIn("Ticked online", tick.todo)
        self._make()
        self.assertIn("evidence/terms/terms.png", self.documents)

    def test_mails_on_the_invoice_are_picked_up_and_notes_are_not(self):
        move = self.case.claim_ids.move_id
        move.message_post(
            body="Here is your invoice",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        move.message_post(body="A secret note", subtype_xmlid="mail.mt_note")
        sheet = self.env["debt.collection.book.sheet"]._sheet_mails(self.case)
        said = str(sheet.rows)
        self.assertIn("Here is your invoice", said)
        self.assertNotIn("A secret note", said)

    # === FILES OF OTHERS === #

    def test_documents_that_cannot_be_printed_are_enclosed(self):
        self.assertIsNone(book_pdf.to_pdf(b"%PDF-1.4 broken"))
        self.assertIsNone(book_pdf.to_pdf(b"text"))
        picture = book_pdf.to_pdf(PNG)
        self.assertEqual(book_pdf.count_pages(picture), 1)
