import base64
import re

from odoo import Command, fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.tests.common import TODAY

from ..tools import hash_token
from .common import PortalCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class RoomCommon(PortalCommon):
    """Two partners with a case each of one creditor, and what they ask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case.user_id = cls.collector
        cls.other_case = cls._open_case(cls._make_invoice(10, 900.0, cls.other_debtor))
        cls.lawyer = cls.env["res.partner"].create(
            {"name": "Law Office", "email": "law@office.example"}
        )
        cls.rival = cls.env["res.partner"].create(
            {"name": "Rival Agency", "email": "rival@agency.example"}
        )
        cls.assignment = cls._hand_over(cls.lawyer, cls.case)
        cls.other_assignment = cls._hand_over(cls.rival, cls.other_case)
        cls.cost_type = cls.env["debt.collection.cost.type"].search(
            [("code", "=", "agency")]
        )

    @classmethod
    def _hand_over(cls, partner, case):
        agreement = cls.env["debt.collection.agreement"].create(
            {
                "name": partner.name,
                "company_id": cls.company.id,
                "partner_id": partner.id,
            }
        )
        Assignment = cls.env["debt.collection.assignment"].with_user(cls.collector)
        assignment = Assignment._prepare_for(case, agreement)
        assignment._hand_over(fields.Datetime.now(), "as agreed")
        return assignment.with_user(cls.env.user)

    def _make_nonce(self, number=1):
        return f"{number:032x}"


@tagged("post_install", "-at_install")
class TestRoom(RoomCommon):
    # === THE LINK === #

    def _token(self, assignment=None):
        return self.Link._issue_room(assignment or self.assignment).rpartition("/")[2]

    def test_mail_carries_the_link_and_the_chatter_does_not(self):
        self.assignment.with_user(self.collector).action_send_room()
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.email_to, '"Law Office" <law@office.example>')
        token = re.search(r"/room/([a-z2-7]+)", mail.body_html)[1]
        self.assertTrue(self.Link._find_room(token, fields.Datetime.now()))
        said = str(self.assignment.message_ids.mapped("body"))
        said += str(self.assignment.line_ids.mapped("text"))
        self.assertNotIn("/room/", said)
        self.assertNotIn(token, str(self.case.event_ids.mapped("data")))

    def test_new_link_ends_the_earlier_one(self):
        first, second = self._token(), self._token()
        now = fields.Datetime.now()
        self.assertFalse(self.Link._find_room(first, now))
        self.assertEqual(
            self.Link._find_room(second, now).assignment_id, self.assignment
        )

    def test_neither_door_takes_the_key_of_the_other(self):
        token, now = self._token(), fields.Datetime.now()
        self.assertFalse(self.Link._find(token, now))
        letter = self._issue()[0].rpartition("/")[2]
        self.assertTrue(self.Link._find(letter, now))
        self.assertFalse(self.Link._find_room(letter, now))

    def test_link_ends_with_the_assignment(self):
        token = self._token()
        self.assignment.with_user(self.collector).action_recall()
        self.assertTrue(self.Link._find_room(token, fields.Datetime.now()))
        self.assignment.with_user(self.collector).action_answer_stopped()
        self.assertFalse(self.Link._find_room(token, fields.Datetime.now()))

    def test_collector_revokes(self):
        token = self._token()
        self.assignment.with_user(self.collector).action_revoke_room()
        self.assertFalse(self.Link._find_room(token, fields.Datetime.now()))

    def test_token_is_stored_nowhere_in_the_clear(self):
        token = self._token()
        self.env.flush_all()
        self.cr.execute("SELECT * FROM debt_collection_link")
        rows = str(self.cr.fetchall())
        self.assertNotIn(token, rows)
        self.assertIn(hash_token(token), rows)

    def test_closing_the_debtors_links_leaves_the_partner_in(self):
        token = self._token()
        self.case.with_user(self.collector).action_revoke_links()
        self.assertTrue(self.Link._find_room(token, fields.Datetime.now()))

    def test_partner_without_address(self):
        self.lawyer.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self.assignment.with_user(self.collector).action_send_room()
        with self.assertRaises(UserError):
            self.assignment._store({"state": "returned"})
            self.assignment.with_user(self.collector).action_send_room()

    # === WHAT HE REPORTS === #

    def test_step_asks_the_collector_and_starts_no_term(self):
        sudo = self.assignment.sudo()
        sudo._room_report_step(TODAY, "served", [("deed.png", PNG)], self._make_nonce())
        message = sudo.line_ids.filtered(lambda m: m.kind == "step")
        self.assertEqual((message.date, message.text), (TODAY, "served"))
        self.assertEqual(message.attachment_ids.name, "deed.png")
        self.assertEqual(self.case.event_ids.sorted("seq")[-1].kind, "partner_message")
        activity = self.case.activity_ids.filtered(
            lambda a: "reports a step" in a.summary
        )
        self.assertEqual(activity.user_id, self.collector)
        self.assertFalse(self.case.date_legal)

    def test_form_sent_twice_reports_once(self):
        for _try in range(2):
            self.assignment.sudo()._room_report_step(
                TODAY, "served", [], self._make_nonce()
            )
            self.assignment.sudo()._room_ask_cost(
                self.cost_type, 50, "needed", [], self._make_nonce(2)
            )
        steps = self.assignment.line_ids.filtered(lambda m: m.kind == "step")
        self.assertEqual((len(steps), len(self.case.cost_ids)), (1, 1))

    def test_bad_input_is_refused_in_words(self):
        sudo, nonce = self.assignment.sudo(), self._make_nonce()
        cases = [
            ("today at the latest", "_room_report_step", (None, "x", [], nonce)),
            (
                "today at the latest",
                "_room_report_step",
                (fields.Date.to_date("2999-01-01"), "x", [], nonce),
            ),
            ("in words", "_room_report_step", (TODAY, " ", [], nonce)),
            ("Reload", "_room_report_step", (TODAY, "x", [], "1 OR 1=1")),
            (
                "no PDF, JPEG or PNG",
                "_room_report_step",
                (TODAY, "x", [("a.exe", b"MZ..")], nonce),
            ),
            (
                "At most 5 files",
                "_room_report_step",
                (TODAY, "x", [("a.png", PNG)] * 6, nonce),
            ),
            (
                "Choose what the cost",
                "_room_ask_cost",
                (self.cost_type.browse(), 5, "x", [], nonce),
            ),
            ("the amount", "_room_ask_cost", (self.cost_type, -5, "x", [], nonce)),
            ("message is about", "_room_write", ("cost", TODAY, "x", [], nonce)),
            ("message is about", "_room_write", ("stopped", TODAY, "x", [], nonce)),
            ("the amount", "_room_write", ("payment", TODAY, "x", [], nonce)),
        ]
        for words, method, arguments in cases:
            with self.subTest(words, method=method):
                with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                    getattr(sudo, method)(*arguments)
        self.assertFalse(sudo.line_ids.filtered(lambda m: m.direction == "in"))

    def test_cost_becomes_a_request_of_the_system(self):
        cost = self.assignment.sudo()._room_ask_cost(
            self.cost_type, 60.0, "to trace him", [], self._make_nonce()
        )
        self.assertEqual(
            (cost.stage, cost.amount_net, cost.partner_id),
            ("requested", 60.0, self.lawyer),
        )
        self.assertIn("to trace him", str(cost.note))
        self.assertEqual(cost.requester_id, self.env.ref("base.user_root"))
        message = self.assignment.line_ids.filtered(lambda m: m.kind == "cost")
        self.assertEqual(message.amount, 60)

    def test_cost_that_the_rules_refuse_goes_to_a_person(self):
        cost = self.assignment.sudo()._room_ask_cost(
            self.cost_type, 99999.0, "everything", [], self._make_nonce()
        )
        self.assertFalse(cost)
        self.assertTrue(
            self.case.activity_ids.filtered(lambda a: "Law Office" in a.summary)
        )

    def test_answer_to_a_recall(self):
        self.assignment.with_user(self.collector).action_recall()
        self.assignment.sudo()._room_write(
            "too_late", TODAY, "", [], self._make_nonce(), 75.0
        )
        self.assertEqual(
            (self.assignment.state, self.assignment.amount_stated), ("too_late", 75)
        )
        with self.assertRaisesRegex(UserError, "does not have"):
            self.assignment.sudo()._room_write(
                "note", TODAY, "x", [], self._make_nonce(2)
            )

    # === RIGHTS === #

    def test_portal_user_has_no_rights_by_rpc(self):
        user = new_test_user(self.env, "dcp_lawyer", groups="base.group_portal")
        user.partner_id.parent_id = self.lawyer
        self.case._request_cost({"type_id": self.cost_type.id, "amount_net": 7})
        records = (
            self.assignment + self.other_assignment,
            self.assignment.line_ids,
            self.case,
            self.case.cost_ids,
            self.case.event_ids,
            self.assignment.sudo().link_ids,
        )
        for record in records:
            mine = record.with_user(user)
            with self.subTest(record._name):
                with self.assertRaises(AccessError):
                    mine.search([])
                with self.assertRaises(AccessError):
                    mine.read(["display_name"])
        with self.assertRaises(AccessError):
            self.assignment.with_user(user).action_answer_stopped()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.assignment.file_id.with_user(user).read(["raw"])

    def test_other_company_does_not_reach_the_links(self):
        sister = self._make_company("Sister SA")
        self._token()
        stranger = self._make_user("stranger", "manager")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        links = self.Link.with_user(stranger).with_context(
            allowed_company_ids=sister.ids
        )
        self.assertFalse(links.search([("assignment_id", "!=", False)]))


@tagged("post_install", "-at_install")
class TestRoomHttp(RoomCommon, HttpCase):
    """The room from outside, an attacker among those who knock."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _enter(self, assignment=None):
        """Follow the link of the mail; return the path of the room."""
        url = self.Link._issue_room(assignment or self.assignment)
        path = url.removeprefix(self.assignment.get_base_url())
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200, response.text[:300])
        self.assertNotIn(path, response.url)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.token = re.search(r'csrf_token: "(\w+)"', response.text)[1]
        return response.url.removeprefix(self.base_url()), response.text

    def _post(self, path, form, files=None, **values):
        data = {"csrf_token": self.token, "nonce": self._make_nonce(), **values}
        return self.url_open(f"{path}/{form}", data=data, files=files)

    def _login(self, partner):
        user = new_test_user(self.env, "dcp_partner", groups="base.group_portal")
        user.partner_id.parent_id = partner
        self.authenticate("dcp_partner", "dcp_partner")
        self.token = http.Request.csrf_token(self)
        return user

    def assertGone(self, response):
        self.assertEqual(response.status_code, 404)
        self.assertIn("This page is not available", response.text)
        for secret in (self.case.name, self.other_case.name, "Second Debtor"):
            self.assertNotIn(secret, response.text)

    # === INSIDE === #

    def test_room_shows_the_case_and_nothing_of_others(self):
        self.assignment.sudo()._room_ask_cost(
            self.cost_type, 60.0, "to trace him", [], self._make_nonce()
        )
        self.case._request_cost(
            {
                "type_id": self.cost_type.id,
                "partner_id": self.rival.id,
                "amount_net": 77.77,
            }
        )
        self._issue()
        _path, text = self._enter()
        self.assertIn(self.case.name, text)
        self.assertIn("350.50", text)
        self.assertIn("60.00", text)
        for secret in (
            "77.77",
            "Rival",
            self.other_case.name,
            "Second Debtor",
            "/collect/",
            self.collector.login,
        ):
            self.assertNotIn(secret, text)

    def test_documents_of_the_case_only(self):
        path, _text = self._enter()
        response = self.url_open(f"{path}/get/zip/0")
        self.assertEqual(response.content, self.assignment.file_id.raw)
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        move = self.other_case.claim_ids.move_id
        self.assertGone(self.url_open(f"{path}/get/invoice/{move.id}"))
        self.assertGone(self.url_open(f"{path}/get/letter/{self.action.id}"))
        self.assertGone(self.url_open(f"{path}/get/attachment/1"))
        own = self.invoices[0].id
        self.assertEqual(self.url_open(f"{path}/get/invoice/{own}").status_code, 200)

    def test_step_cost_and_message_end_in_the_backend(self):
        path, _text = self._enter()
        files = [("document", ("deed.png", PNG, "image/png"))]
        today = self.company._get_collection_today()
        response = self._post(path, "step", files, date=str(today), text="served")
        self.assertIn("passed on", response.text)
        response = self._post(
            path,
            "cost",
            type=self.cost_type.id,
            amount="60,00",
            text="to trace him",
            nonce=self._make_nonce(2),
        )
        self.assertIn("passed on", response.text)
        self._post(path, "message", kind="note", text="hi", nonce=self._make_nonce(3))
        self.env.invalidate_all()
        said = self.assignment.line_ids.filtered(lambda m: m.direction == "in")
        self.assertEqual(set(said.mapped("kind")), {"step", "cost", "note"})
        self.assertEqual(said.attachment_ids.name, "deed.png")
        self.assertEqual(self.case.cost_ids.stage, "requested")
        # the screen of the case reads who made its activities, the public user never
        asked = self.case.with_user(self.collector).activity_ids
        self.assertTrue(asked)
        self.assertTrue(all(asked.create_uid.mapped("name")))

    def test_wrong_form_shows_what_is_wrong_and_keeps_what_was_typed(self):
        path, _text = self._enter()
        response = self._post(
            path, "cost", type=self.cost_type.id, amount="much", text="<b>why</b>"
        )
        self.assertIn("is no amount", response.text)
        self.assertIn("&lt;b&gt;why&lt;/b&gt;", response.text)
        self.assertFalse(self.case.cost_ids)

    def test_by_account(self):
        self._login(self.lawyer)
        response = self.url_open("/my/assignments")
        self.assertIn(self.case.name, response.text)
        self.assertNotIn(self.other_case.name, response.text)
        path = f"/my/assignments/{self.assignment.id}"
        self.assertIn(self.case.name, self.url_open(path).text)
        self._post(path, "message", kind="note", text="from my account")
        self.env.invalidate_all()
        self.assertIn("from my account", self.assignment.line_ids.mapped("text"))

    # === THE ATTACKER === #

    def test_case_of_another_partner_by_number(self):
        path, _text = self._enter()
        self._enter(self.other_assignment)
        links = self.other_assignment.link_ids
        theirs = links.filtered(lambda link: link.state == "live").id
        self.opener.cookies.pop("session_id", None)
        self.authenticate(None, None)
        self._enter()
        self.assertGone(self.url_open(f"/room/file/{theirs}"))
        self.assertGone(self.url_open(f"/room/file/{theirs}/get/zip/0"))
        response = self._post(f"/room/file/{theirs}", "message", kind="note", text="x")
        self.assertGone(response)
        self.assertTrue(path)

    def test_case_of_another_partner_by_account(self):
        self._login(self.lawyer)
        path = f"/my/assignments/{self.other_assignment.id}"
        self.assertGone(self.url_open(path))
        self.assertGone(self.url_open(f"{path}/get/zip/0"))
        self.assertGone(self._post(path, "message", kind="note", text="x"))
        self.env.invalidate_all()
        said = self.other_assignment.line_ids
        self.assertFalse(said.filtered(lambda m: m.direction == "in"))

    def test_attachments_by_their_own_url(self):
        path, _text = self._enter()
        files = [("document", ("deed.png", PNG, "image/png"))]
        self._post(path, "message", files, kind="note", text="x")
        self.env.invalidate_all()
        own = self.assignment.line_ids.attachment_ids
        for attachment in self.other_assignment.file_id + self.assignment.file_id + own:
            response = self.url_open(f"/web/content/{attachment.id}")
            self.assertEqual(response.status_code, 404, attachment.name)

    def test_wrong_tokens_are_told_nothing_and_slowed(self):
        self.assertGone(self.url_open("/room/abcdefghijklmnopqrstuvwxyz"))
        letter = self._issue()[0].rpartition("/")[2]
        self.assertGone(self.url_open(f"/room/{letter}"))
        url = self.Link._issue_room(self.assignment)
        self.assertGone(self.url_open(f"/collect/{url.rpartition('/')[2]}"))
        self.assertTrue(self.Failure.search([]).tries)
        for number in range(30):
            self.url_open(f"/room/wrong{number}")
        blocked = self.url_open(f"/room/{url.rpartition('/')[2]}")
        self.assertEqual(blocked.status_code, 429)
        self.assertNotIn(self.case.name, blocked.text)

    def test_without_csrf_nothing_happens(self):
        path, _text = self._enter()
        with mute_logger("odoo.http"):
            response = self._post(path, "message", kind="note", text="x", csrf_token="")
        self.assertEqual(response.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(
            self.assignment.line_ids.filtered(lambda m: m.direction == "in")
        )

    def test_unknown_form_and_file_as_word(self):
        path, _text = self._enter()
        self.assertGone(self._post(path, "store", state="returned"))
        self.assertGone(self._post(path, "__class__"))
        response = self._post(
            path, "step", [("text", ("a.png", PNG, "image/png"))], date="2026-01-01"
        )
        self.assertIn("in words", response.text)

    def test_room_of_a_case_given_back_is_gone(self):
        path, _text = self._enter()
        response = self._post(path, "message", kind="returned", text="conflict")
        self.assertIn("this room is closed", response.text)
        self.assertGone(self.url_open(path))
        self.env.invalidate_all()
        self.assertEqual(self.assignment.state, "returned")

    def test_debtor_with_an_account_has_no_room(self):
        self._login(self.debtor)
        self.assertNotIn(self.case.name, self.url_open("/my/assignments").text)
        self.assertGone(self.url_open(f"/my/assignments/{self.assignment.id}"))
