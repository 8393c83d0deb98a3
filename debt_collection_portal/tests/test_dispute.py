import re

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DoorCommon
from .test_time import HOSTILE, PDF


@tagged("post_install", "-at_install")
class TestDispute(DoorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("debt_collection.dispute_reason_price")
        cls.claims = cls.case.claim_ids.sorted("amount")

    def _contest(self, claims=None, files=None, follow=True, **data):
        claims = self.claims[:1] if claims is None else claims
        data = {
            "claim": claims.ids,
            "reason": self.reason.id,
            "words": "The price is wrong.",
            **data,
        }
        return self._post("/dispute", files=files, follow=follow, **data)

    def test_contested_with_proofs_and_acknowledged(self):
        claim = self.claims[0]
        answer = self._contest(
            files=[
                ("proof", ("order.pdf", PDF, "application/pdf")),
                ("proof", (f"{HOSTILE}.pdf", PDF, "application/pdf")),
            ],
            **{f"amount_{claim.id}": "40,00"},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn("We got your objection", answer.text)
        dispute = self.case.dispute_ids
        self.assertRecordValues(
            dispute,
            [
                {
                    "origin": "debtor",
                    "state": "open",
                    "amount": 40.0,
                    "reason_id": self.reason.id,
                    "description": "The price is wrong.",
                    "date_acknowledged": self.today,
                }
            ],
        )
        files = self.env["ir.attachment"].search(
            [("res_model", "=", dispute._name), ("res_id", "=", dispute.id)]
        )
        self.assertEqual(len(files), 2)
        self.assertEqual(set(files.mapped("mimetype")), {"application/pdf"})
        self.assertFalse(any(files.mapped("public")))
        text = self.url_open(self.url).text
        self.assertIn("310.50", text)
        self.assertIn("What you contested", text)
        self.assertNotIn("<script>alert", text)
        self.assertEqual(self.env["debt.collection.event"]._verify(self.case), [])

    def test_all_that_is_left_where_no_amount_is_typed(self):
        self._contest(self.claims)
        self.assertEqual(self.case.dispute_ids.amount, 350.5)
        text = self.url_open(f"{self.url}/dispute").text
        self.assertIn("nothing that could be contested", text)

    def test_more_than_the_invoice_is_refused_whole(self):
        claim = self.claims[0]
        answer = self._contest(
            files=[("proof", ("order.pdf", PDF, "application/pdf"))],
            **{f"amount_{claim.id}": "100,01"},
        )
        self.assertEqual(answer.status_code, 422)
        self.assertIn("at most", answer.text)
        self.assertIn("The price is wrong.", answer.text)  # what he wrote is kept
        self.assertFalse(self.case.dispute_ids)

    def test_claims_of_others_are_out_of_reach(self):
        other = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        answer = self._contest(other.claim_ids)
        self.assertEqual(answer.status_code, 422)
        self._contest(other.claim_ids | self.claims[0])
        self.assertFalse(other.dispute_ids)
        self.assertEqual(self.case.dispute_ids.line_ids.claim_id, self.claims[0])

    def test_one_bad_file_and_nothing_is_kept(self):
        bad = [
            ("a.pdf", b"<html></html>"),
            ("a.exe", b"MZ" + b"\0" * 80),
            ("b.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ]
        for name, content in bad:
            with self.subTest(name=name):
                answer = self._contest(
                    files=[
                        ("proof", ("good.pdf", PDF, "application/pdf")),
                        ("proof", (name, content, "application/pdf")),
                    ]
                )
                self.assertEqual(answer.status_code, 422)
        many = [("proof", (f"{n}.pdf", PDF, "application/pdf")) for n in range(11)]
        self.assertEqual(self._contest(files=many).status_code, 422)
        large = PDF + b"\0" * (10 * 1024 * 1024)
        files = [("proof", ("large.pdf", large, "application/pdf"))]
        self.assertEqual(self._contest(files=files).status_code, 422)
        self.assertFalse(self.case.dispute_ids)

    def test_reason_and_words_are_needed(self):
        for missing in ({"reason": ""}, {"reason": "99999"}, {"words": "  "}):
            with self.subTest(missing=missing):
                self.assertEqual(self._contest(**missing).status_code, 422)
        self.assertEqual(self._contest(self.claims.browse()).status_code, 422)
        self.assertFalse(self.case.dispute_ids)

    def test_sent_twice_contested_once(self):
        data = {
            **self._get_hidden("/dispute"),
            "claim": self.claims[0].id,
            "reason": self.reason.id,
            "words": "no",
        }
        for _click in range(2):
            answer = self.url_open(f"{self.url}/dispute", data=data)
            self.assertIn("We got your objection", answer.text)
        self.assertEqual(len(self.case.dispute_ids), 1)

    def test_words_of_the_debtor_are_text_everywhere(self):
        self._contest(words=HOSTILE)
        dispute = self.case.dispute_ids
        self.assertEqual(dispute.description, HOSTILE)
        for message in dispute.message_ids | self.case.message_ids:
            self.assertNotIn("<script", message.body or "")
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertNotIn("<script>alert", mail.body_html or "")

    def test_answer_is_shown(self):
        self._contest()
        self.case.dispute_ids._reject("Look at the <i>order</i>.", self.today)
        text = self.url_open(self.url).text
        self.assertIn("We do not agree", text)
        self.assertIn("&lt;i&gt;order", text)

    @mute_logger("odoo.http")
    def test_request_of_another_site_is_refused(self):
        data = {"claim": self.claims[0].id, "reason": self.reason.id, "words": "x"}
        posts = ("/dispute", "/time", "/promise", "/paid", "/talk", "/contact")
        for path in (*posts, "/code", "/code/check", "/choose", "/plan/1/accept"):
            for token in ({}, {"csrf_token": "0" * 40}):
                answer = self.url_open(f"{self.url}{path}", data={**data, **token})
                self.assertEqual(answer.status_code, 400, path)
        self.assertFalse(self.case.dispute_ids or self.case.plan_ids)

    def test_form_of_many_invoices_comes_in_parts(self):
        moves = self.env["account.move"]
        for number in range(60):
            moves += self._make_invoice(9, 10.0 + number, partner=self.other_debtor)
        case = self._open_case(moves)
        path, link = self._issue(self._make_action(case))
        self._enter(path)
        text = self.url_open(f"/collect/case/{link.id}/dispute").text
        self.assertEqual(len(re.findall(r'name="claim"', text)), 50)
        text = self.url_open(f"/collect/case/{link.id}/dispute?part=2").text
        self.assertEqual(len(re.findall(r'name="claim"', text)), 10)
