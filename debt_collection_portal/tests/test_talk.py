from odoo import Command
from odoo.tests import tagged

from .common import TODAY, DoorCommon
from .test_time import HOSTILE


@tagged("post_install", "-at_install")
class TestTalk(DoorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lawyer = cls._make_debtor("Lawyer & Partners")
        cls.guarantor = cls._make_debtor("Surety SRL")

    def _read(self):
        return self.url_open(f"{self.url}/talk").text

    def _say(self, text, to=(), subtype="mail.mt_comment", author=None, **values):
        self.case.message_post(
            body=text,
            partner_ids=[partner.id for partner in to],
            subtype_xmlid=subtype,
            author_id=(author or self.collector.partner_id).id,
            message_type="comment",
            **values,
        )

    def test_message_of_the_debtor_reaches_the_desk(self):
        self.case.user_id = self.collector
        self._post("/talk", words=f"I was ill. {HOSTILE}")
        message = self.case.message_ids[0]
        self.assertEqual(message.author_id, self.debtor)
        self.assertNotIn("<script", message.body)
        self.assertIn("answer", self.case.event_ids.mapped("kind"))
        self.assertEqual(self.case.activity_ids.user_id, self.collector)
        text = self._read()
        self.assertIn("I was ill.", text)
        self.assertNotIn("<script>alert", text)

    def test_debtors_message_is_mailed_to_nobody_who_follows(self):
        self.case.message_subscribe(self.lawyer.ids)
        self._post("/talk", words="Only for you")
        message = self.case.message_ids[0]
        self.assertNotIn(self.lawyer, message.notified_partner_ids)

    def test_what_is_said_to_him_and_nothing_else(self):
        self._say("meant for you", to=[self.debtor])
        secrets = {
            "note between us": {"subtype": "mail.mt_note"},
            "note that names him": {"to": [self.debtor], "subtype": "mail.mt_note"},
            "to the lawyer": {"to": [self.lawyer]},
            "to both of them": {"to": [self.debtor, self.lawyer]},
            "to the guarantor": {"to": [self.guarantor]},
            "from the lawyer": {"to": [self.debtor], "author": self.lawyer},
            "from the guarantor": {"author": self.guarantor},
            "nobody is told": {},
        }
        for text, values in secrets.items():
            self._say(text, **values)
        page = self._read() + self.url_open(self.url).text
        self.assertIn("meant for you", page)
        for text in (*secrets, "Surety", "Lawyer"):
            self.assertNotIn(text, page)

    def test_letters_to_others_are_not_his(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "letter.pdf", "raw": b"%PDF-1.4 mine"}
        )
        self.action.write({"attachment_id": attachment.id, "date_done": TODAY})
        other = self._make_action(self.case, partner_id=self.guarantor.id)
        other.write({"attachment_id": attachment.copy().id, "date_done": TODAY})
        text = self._read()
        self.assertIn(f"/letter/{self.action.id}", text)
        self.assertNotIn(f"/letter/{other.id}", text)
        answer = self.url_open(f"{self.url}/letter/{self.action.id}")
        self.assertEqual(answer.content, b"%PDF-1.4 mine")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertGone(self.url_open(f"{self.url}/letter/{other.id}"))
        logged = self.case.event_ids.filtered(lambda e: e.kind == "downloaded")
        self.assertEqual(len(logged), 1)
        self.url_open(f"{self.url}/letter/{self.action.id}")
        logged = self.case.event_ids.filtered(lambda e: e.kind == "downloaded")
        self.assertEqual(len(logged), 1)

    def test_fields_to_write_in_are_there_when_empty(self):
        for door, number in (("/talk", 1), ("/contact", 2), ("/dispute", 1)):
            text = self.url_open(f"{self.url}{door}").text
            self.assertEqual(text.count("</textarea>"), number, door)

    def test_correction_is_a_request(self):
        self.case.user_id = self.collector
        self._post("/contact", phone="+32 2 555 00 00", note=HOSTILE)
        [asked] = self.env["debt.collection.correction"].search([])
        self.assertFalse(self.debtor.phone)
        self.assertEqual(self.case.activity_ids.user_id, self.collector)
        self.assertEqual((asked.state, asked.note), ("open", HOSTILE))
        for bad in ({}, {"email": "no address"}):
            self.assertEqual(self._post("/contact", **bad).status_code, 422)
        asked.with_user(self.collector).action_done()
        self.assertEqual(asked.state, "done")
        self.assertEqual(asked.decided_by_id, self.collector)

    def test_correction_of_another_company_is_not_seen(self):
        self._post("/contact", name="New name")
        elsewhere = self._make_company("Elsewhere SA")
        stranger = self._make_user("elsewhere", "collector")
        stranger.write(
            {
                "company_ids": [Command.set(elsewhere.ids)],
                "company_id": elsewhere.id,
            }
        )
        Correction = self.env["debt.collection.correction"].with_user(stranger)
        Correction = Correction.with_context(allowed_company_ids=elsewhere.ids)
        self.assertFalse(Correction.search([]))
