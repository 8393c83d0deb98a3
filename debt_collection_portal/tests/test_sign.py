import re
from datetime import timedelta

from odoo.http import root
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from ..controllers.visit import KNOWN_KEY
from .common import DoorCommon

DRAWN = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestSign(DoorCommon):
    def setUp(self):
        super().setUp()
        self._propose(3)
        self.plan = self.case.plan_ids
        self.path = f"/plan/{self.plan.id}"

    def _get_csrf(self):
        text = self.url_open(f"{self.url}/time").text
        return re.search(r'csrf_token: "(\w+)"', text).group(1)

    def _sign(self, **params):
        params = {
            "name": "Dora Debtor",
            "signature": DRAWN,
            "csrf_token": self._get_csrf(),
            **params,
        }
        return self.make_jsonrpc_request(f"{self.url}{self.path}/sign", params)

    # === WHO SIGNS === #

    def test_holder_of_the_letter_reads_and_cannot_sign(self):
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("116.84", text)
        self.assertIn("Show that it is you", text)
        self.assertNotIn("plan_signature", text)
        self.assertIn("Show first that it is you", self._sign()["error"])
        answer = self._post(f"{self.path}/accept", page="/time", name="Thief")
        self.assertEqual(answer.status_code, 422)
        answer = self._post(f"{self.path}/refuse", page="/time", word="no")
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.plan.state, "offered")

    def test_debtor_with_a_code_signs(self):
        self._show_code()
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("debt_collection_portal.plan_signature", text)
        answer = self._sign()
        self.assertTrue(answer["redirect_url"].endswith(self.path), answer)
        self.assertRecordValues(
            self.plan,
            [
                {
                    "state": "accepted",
                    "signed_by": "Dora Debtor",
                    "signature_ip": "127.0.0.1",
                    "signature": DRAWN.encode(),
                }
            ],
        )
        self.assertTrue(self.plan.signed_on)
        letter = self.case.action_ids.filtered(
            lambda a: a.letter_key == "plan_agreement"
        )
        self.assertEqual(letter.letter_ref, f"debt.collection.plan,{self.plan.id}")
        self.assertEqual(letter.delivery_ids.mapped("channel"), ["email"])
        self.assertIn("plan_accepted", self.case.event_ids.mapped("kind"))
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("Signed by", text)
        self.assertNotIn("plan_signature", text)
        self._pay(self.invoices[0], 100.0, self.today)
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("16.83", text)

    def test_debtor_with_an_account_signs(self):
        user = self._make_portal_user()
        self._forget()
        self.authenticate(user.login, user.login)
        self.url = f"/my/collection/{self.case.id}"
        self.assertIn("owl-component", self.url_open(f"{self.url}{self.path}").text)
        self.assertNotIn("error", self._sign())
        self.assertEqual(self.plan.state, "accepted")

    def _make_portal_user(self):
        user = new_test_user(self.env, "dcp_signer", groups="base.group_portal")
        user.partner_id.write({"parent_id": self.debtor.id, "is_company": False})
        return user

    def test_second_signature_changes_nothing(self):
        self._show_code()
        self._sign()
        moment = self.plan.signed_on
        self.assertIn("can no longer be done", self._sign(name="Somebody")["error"])
        self.assertEqual(
            (self.plan.signed_by, self.plan.signed_on), ("Dora Debtor", moment)
        )

    def test_name_is_needed_and_request_of_another_site_refused(self):
        self._show_code()
        self.assertIn("name", self._sign(name=" ")["error"])
        for token in (None, "", "0" * 40):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self._sign(csrf_token=token)
        self.assertEqual(self.plan.state, "offered")

    def test_private_person_writes_the_sum_himself(self):
        self.debtor.debt_collection_kind = "consumer"
        self._show_code()
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("sign_words", text)
        self.assertNotIn("three hundred", text)
        self.assertIn("Write the sum in words", self._sign(words="350,50")["error"])
        words = "three hundred fifty euros and fifty cents"
        self.assertNotIn("error", self._sign(words=words))
        self.assertEqual(self.plan.signed_words, words)

    def test_signed_by_name_without_a_script(self):
        self._show_code()
        answer = self._post(f"{self.path}/accept", page=self.path, name="Dora Debtor")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.plan.state, "accepted")

    def test_refused_with_a_word(self):
        self._show_code()
        self._post(f"{self.path}/refuse", page=self.path, word="<b>too much</b>")
        self.assertEqual(self.plan.state, "refused")
        self.assertEqual(self.plan.reason, "<b>too much</b>")
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("&lt;b&gt;too much", text)
        self.assertNotIn("plan_signature", text)

    def test_expired_offer_says_so(self):
        self._show_code()
        self.plan._set({"date_expiry": self.today - timedelta(days=1)})
        text = self.url_open(f"{self.url}{self.path}").text
        self.assertIn("This offer has expired", text)
        self.assertNotIn("To come", text)
        self.assertNotIn("as long as you keep the plan", text)
        self.assertIn(f'href="{self.url}/time"', text)
        self.assertNotIn("plan_signature", text)
        self.assertIn("expired", self._sign()["error"])

    def test_plan_of_another_case_does_not_exist(self):
        self._show_code()
        other = self._open_case(self._make_invoice(9, 240.0, partner=self.other_debtor))
        foreign = other._propose_plan({"kind": "plan", "instalment_count": 3}, "debtor")
        draft = self.env["debt.collection.plan"].create(
            {"case_id": self.case.id, "amount": 10}
        )
        for plan in (foreign, draft):
            self.assertGone(self.url_open(f"{self.url}/plan/{plan.id}"))
            self.path = f"/plan/{plan.id}"
            self.assertIn("no such plan", self._sign()["error"])
        self.assertFalse(foreign.signed_by or draft.signed_by)

    # === THE CODE === #

    def test_code_goes_to_an_address_on_file_and_to_no_other(self):
        self._post("/code", address=0)
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.email_to, "debtor@debtor.example")
        self.assertRegex(mail.body_html, r"\b\d{6}\b")
        text = self.url_open(f"{self.url}/code").text
        self.assertIn("d•••@d•••.example", text)
        self.assertNotIn("debtor@debtor.example", text)
        before = self.env["debt.collection.code"].search_count([])
        for address in ("evil@evil.example", "7", "-1", ""):
            answer = self._post("/code", address=address, email="evil@evil.example")
            self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.env["debt.collection.code"].search_count([]), before)

    def test_code_is_kept_as_a_digest(self):
        sent = []
        Code = type(self.env["debt.collection.code"])
        self.patch(Code, "_mail", lambda code, number: sent.append(number))
        self._post("/code", address=0)
        code = self.env["debt.collection.code"].search([], limit=1)
        self.assertNotIn(sent[0], str(code.read()))
        events = "".join(self.case.event_ids.mapped("data"))
        self.assertNotIn(sent[0], events)
        self.assertNotIn("debtor@debtor.example", events)

    def test_code_ends_after_a_quarter_of_an_hour_and_five_tries(self):
        sent = []
        Code = type(self.env["debt.collection.code"])
        self.patch(Code, "_mail", lambda code, number: sent.append(number))
        self._post("/code", address=0)
        code = self.env["debt.collection.code"].search([], limit=1)
        wrong = f"{(int(sent[0]) + 1) % 10**6:06d}"
        for _try in range(5):
            self._post("/code/check", page="/code", code=wrong)
        answer = self._post("/code/check", page="/code", code=sent[0])
        self.assertEqual(answer.status_code, 422)
        self._post("/code", address=0)
        code = self.env["debt.collection.code"].search([], limit=1)
        code.expires_on -= timedelta(minutes=16)
        answer = self._post("/code/check", page="/code", code=sent[1])
        self.assertEqual(answer.status_code, 422)
        self.assertIn(
            "Show that it is you", self.url_open(f"{self.url}{self.path}").text
        )

    def test_code_works_once_and_in_its_own_browser(self):
        sent = []
        Code = type(self.env["debt.collection.code"])
        self.patch(Code, "_mail", lambda code, number: sent.append(number))
        self._post("/code", address=0)
        path = self._issue()[0]
        self._forget()
        self._enter(path)  # another browser with the same letter
        answer = self._post("/code/check", page="/time", code=sent[0])
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Ask for a code first", answer.text)

    def test_codes_are_few_in_an_hour(self):
        for _number in range(5):
            self._post("/code", address=0)
        answer = self._post("/code", address=0)
        self.assertIn("Too many codes", answer.text)
        self.assertEqual(self.env["debt.collection.code"].search_count([]), 5)

    def test_being_known_ends_after_an_hour(self):
        self._show_code()
        session = root.session_store.get(self.opener.cookies["session_id"])
        session[KNOWN_KEY] = {key: at - 3700 for key, at in session[KNOWN_KEY].items()}
        root.session_store.save(session)
        self.assertIn(
            "Show that it is you", self.url_open(f"{self.url}{self.path}").text
        )

    def test_correction_never_feeds_the_code(self):
        self._post("/contact", email="thief@evil.example", name="New")
        self.assertEqual(self.debtor.email, "debtor@debtor.example")
        [asked] = self.env["debt.collection.correction"].search([])
        self.assertEqual((asked.email, asked.is_known), ("thief@evil.example", False))
        self.debtor.email = "thief@evil.example"  # a colleague believed it
        text = self.url_open(f"{self.url}/code").text
        self.assertNotIn("t•••@e•••", text)
        self.assertIn("no e-mail address", text)

    # === WHAT THE CODE OPENS === #

    def test_whole_account_needs_the_debtor_himself(self):
        answer = self.url_open(f"{self.url}/account")
        self.assertIn("Show that it is you", answer.text)
        second = self._open_second_case()
        self.assertGone(self.url_open(f"/collect/file/{second.id}"))
        self._show_code()
        text = self.url_open(f"{self.url}/account").text
        self.assertIn(second.name, text)
        self.assertIn("77.00", text)
        page = self.url_open(f"/collect/file/{second.id}")
        self.assertIn("77.00", page.text)
        other = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        self.assertNotIn(other.name, text)
        self.assertGone(self.url_open(f"/collect/file/{other.id}"))

    def _open_second_case(self):
        dollar = self.env["res.currency"].with_context(active_test=False)
        dollar = dollar.search([("name", "=", "USD")])
        dollar.active = True
        return self._open_case(self._make_invoice(9, 77.0, currency_id=dollar.id))
