import re
from datetime import datetime, timedelta
from xmlrpc.client import Fault

from odoo.tests import get_db_name, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_attack import MODELS, AttackCommon
from .test_time import PDF

# What each converter of our addresses takes
VALUES = {"link_id": None, "file_id": 1, "case_id": 1, "assignment_id": 1, "plan_id": 1}
TEXTS = {"form": "message", "kind": "zip"}


@tagged("post_install", "-at_install")
class TestAttackWays(AttackCommon):
    """Every road of Odoo's own that leads past the pages, tried by a debtor."""

    def _call(self, path, **params):
        return self.url_open(
            path, json={"jsonrpc": "2.0", "method": "call", "params": params}
        )

    def _log_in(self):
        self.authenticate(self.user.login, self.user.login)

    # === REMOTE CALLS === #

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")
    def test_xmlrpc(self):
        def call(model, *args, **options):
            credentials = (get_db_name(), self.user.id, self.user.login)
            return self.xmlrpc_object.execute_kw(*credentials, model, *args, options)

        for model in MODELS:
            with self.subTest(model):
                with self.assertRaises(Fault) as caught:
                    call(model, "search_read", [[]])
                self.assertNotIn(self.other_debtor.name, caught.exception.faultString)
                with self.assertRaises(Fault):
                    call(model, "read", [[self.foreign.id]])
        on_case = [["model", "=", self.foreign._name]]
        self.assertEqual(call("mail.message", "search_read", [on_case]), [])
        ours = [["res_model", "=like", "debt.collection%"]]
        self.assertEqual(call("ir.attachment", "search_read", [ours]), [])
        self.assertEqual(call("res.partner", "name_search", ["Second Debtor"]), [])
        moves = self.foreign.claim_ids.move_id.ids
        self.assertEqual(call("account.move", "search", [[["id", "in", moves]]]), [])

    @mute_logger("odoo.http")
    def test_json_2(self):
        keys = self.env["res.users.apikeys"].with_user(self.user)
        key = keys._generate("rpc", "attack", datetime.now() + timedelta(hours=1))
        headers = {"Authorization": f"Bearer {key}"}
        for model in MODELS:
            for method in ("search_read", "action_done", "_sign", "export_data"):
                answer = self.url_open(
                    f"/json/2/{model}/{method}",
                    json={"domain": []} if method == "search_read" else {},
                    headers=headers,
                )
                self.assertGreaterEqual(answer.status_code, 400, (model, method))
                self.assertNothing(answer)

    # === CHATTER === #

    @mute_logger("odoo.http")
    def test_chatter(self):
        """Neither read, nor written, nor followed, with or without a forged key."""
        thread = {"thread_model": self.foreign._name, "thread_id": self.foreign.id}
        record = {"res_model": self.foreign._name, "res_id": self.foreign.id}
        keys = ({}, {"token": "x"}, {"hash": "x", "pid": self.user.partner_id.id})
        message = self.foreign.message_ids[:1]
        before = (self.foreign.message_ids, self.foreign.message_partner_ids)
        for logged_in in (False, True):
            if logged_in:
                self._log_in()
            for key in keys:
                calls = [
                    ("/mail/thread/messages", thread),
                    ("/mail/chatter_fetch", thread | key),
                    ("/portal/chatter_init", thread | key),
                    ("/mail/message/post", thread | key | {"post_data": {"body": "x"}}),
                    (
                        "/mail/message/update_content",
                        {"message_id": message.id, "update_data": {"body": "x"}} | key,
                    ),
                    ("/mail/thread/recipients", thread),
                    (
                        "/mail/thread/subscribe",
                        record | {"partner_ids": self.user.partner_id.ids},
                    ),
                ]
                for path, params in calls:
                    with self.subTest(path=path, logged_in=logged_in, key=key):
                        self.assertNothing(self._call(path, **params))
        self.env.invalidate_all()
        after = (self.foreign.message_ids, self.foreign.message_partner_ids)
        self.assertEqual(before, after)
        self.assertNotIn(">x<", str(self.foreign.message_ids.mapped("body")))

    @mute_logger("odoo.http")
    def test_nothing_is_uploaded_to_a_case(self):
        page = self.url_open(self.url).text
        token = re.search(r'csrf_token: "(\w+)"', page).group(1)
        for model in ("debt.collection.case", "debt.collection.dispute"):
            self.url_open(
                "/mail/attachment/upload",
                data={
                    "csrf_token": token,
                    "thread_model": model,
                    "thread_id": self.foreign.id,
                },
                files={"ufile": ("evil.pdf", PDF, "application/pdf")},
            )
        found = self.env["ir.attachment"].search([("name", "=", "evil.pdf")])
        self.assertFalse(found)

    # === FILES AND REPORTS === #

    @mute_logger("odoo.http")
    def test_files_of_records_by_their_address(self):
        """Proofs, signatures and letters, by model and field or by attachment."""
        plan = self.foreign._propose_plan(
            {
                "kind": "paid",
                "amount": 5,
                "date_paid": TODAY,
                "proof": b"JVBERi0xLjQgc2VjcmV0",
                "proof_name": "secret.pdf",
            },
            "debtor",
            TODAY,
        )
        self._log_in()
        model = f"debt.collection.plan/{plan.id}"
        for path in (
            f"/web/content/{model}/proof",
            f"/web/content/{model}/proof/secret.pdf",
            f"/web/image/{model}/signature",
            f"/web/content?model=debt.collection.plan&id={plan.id}&field=proof",
            f"/web/content/debt.collection.action/{self.letter.id}/attachment_id",
            f"/web/content/{self.letter.attachment_id.id}?download=true",
            f"/web/content/{self.letter.attachment_id.id}-abc/secret.pdf",
            f"/mail/attachment/pdf_first_page/{self.letter.attachment_id.id}",
        ):
            with self.subTest(path):
                answer = self.url_open(path)
                self.assertNothing(answer)
                self.assertNotIn(b"%PDF", answer.content)

    @mute_logger("odoo.http", "odoo.addons.web.controllers.report")
    def test_reports_by_their_address(self):
        reports = self.env["ir.actions.report"].search(
            [("report_name", "=like", "debt_collection%")]
        )
        self.assertGreaterEqual(len(reports), 5)
        for logged_in in (False, True):
            if logged_in:
                self._log_in()
            for report in reports:
                for kind in ("html", "pdf", "text"):
                    path = f"/report/{kind}/{report.report_name}/{self.foreign.id}"
                    with self.subTest(path, logged_in=logged_in):
                        answer = self.url_open(path)
                        self.assertNothing(answer)
                        self.assertNotIn(b"%PDF", answer.content)

    @mute_logger("odoo.http")
    def test_search_boxes_of_the_portal(self):
        self._log_in()
        for path in (
            f"/my/collection?search={self.foreign.name}&search_in=all",
            f"/my/invoices?search={self.foreign.claim_ids.move_id.name}",
            "/my/collection?sortby=partner_id&filterby=all&groupby=partner_id",
            f"/my/collection/page/1?domain=[('id','=',{self.foreign.id})]",
        ):
            self.assertNothing(self.url_open(path))

    # === FORMS OF OTHER SITES === #

    @mute_logger("odoo.http")
    def test_every_post_of_ours_wants_its_mark(self):
        """Found in the table of addresses: a door that is added tomorrow too."""
        self._log_in()
        rules = [
            rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if "POST" in (rule.methods or ())
            and "debt_collection_portal" in rule.endpoint.func.__module__
            and rule.endpoint.routing["type"] == "http"
        ]
        self.assertGreaterEqual(len(rules), 20)
        for rule in rules:
            path = re.sub(
                r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>",
                lambda found: str(self._fill(found.group(1))),
                rule.rule,
            )
            for data in ({"x": "1"}, {"csrf_token": "0" * 40}):
                with self.subTest(path, data=data):
                    self.assertEqual(self.url_open(path, data=data).status_code, 400)

    def _fill(self, name):
        if name == "link_id":
            return self.link.id
        return TEXTS.get(name) or VALUES.get(name, 1)

    # === FLOODS === #

    def test_more_than_the_form_may_carry(self):
        large = PDF + b"\0" * (13 * 1024 * 1024)
        with mute_logger("odoo.http", "werkzeug"):
            answer = self._post(
                "/paid",
                page="/time",
                amount="10",
                paid_on=self._later(-1),
                files={"proof": ("large.pdf", large, "application/pdf")},
            )
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self.case.plan_ids)

    def test_forms_of_one_debtor_in_an_hour(self):
        for number in range(30):
            self._post("/talk", words=f"message {number}")
        answer = self._post("/talk", words="one more")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("try again later", answer.text)
        bodies = str(self.case.message_ids.mapped("body"))
        self.assertIn("message 29", bodies)
        self.assertNotIn("one more", bodies)

    # === WHERE THE KEY COULD LEAK === #

    def test_the_key_stands_on_no_page_and_in_no_header(self):
        path, link = self._issue()
        token = path.rpartition("/")[2]
        answer = self.url_open(path, allow_redirects=False)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertNotIn(token, answer.headers["Location"])
        self.assertNotIn(token, answer.text)
        for door in ("", "/choose", "/time", "/dispute", "/talk", "/contact", "/code"):
            text = self.url_open(f"/collect/case/{link.id}{door}").text
            self.assertNotIn(token, text, door)
            self.assertNotIn(token, str(self.opener.cookies), door)

    def test_a_csrf_mark_of_another_session_is_worth_nothing(self):
        page = self.url_open(f"{self.url}/talk").text
        mark = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        path = self._issue()[0]
        self._forget()
        self._enter(path)
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"{self.url}/talk", data={"csrf_token": mark, "words": "x"}
            )
        self.assertEqual(answer.status_code, 400)
