from odoo.tests import tagged

from .common import DoorCommon
from .test_room import PNG, RoomCommon
from .test_time import PDF

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}<b>"
NAME = "<img src=x onerror=alert(3)>.pdf"


class HostileCommon(DoorCommon):
    """Words that would be markup, and the screens of the creditor that show them."""

    def assertText(self, html, what):
        for raw in ("<script>alert", "<img src=x"):
            self.assertNotIn(raw, html or "", what)

    def _get_html(self, records):
        """Every field of records that a screen shows as HTML, as it is stored."""
        for record in records:
            for name, field in record._fields.items():
                if field.type == "html":
                    yield f"{record}.{name}", str(record[name] or "")

    def assertBackendIsText(self, case):
        self.env.flush_all()
        messages = self.env["mail.message"].search([])
        mails = self.env["mail.mail"].search([])
        activities = self.env["mail.activity"].search([])
        records = [case, *case.dispute_ids, *case.plan_ids, *case.action_ids]
        records += [*case.cost_ids, *case.assignment_ids, *messages[:200], *mails]
        records += [*activities]
        seen = 0
        for record in records:
            for what, html in self._get_html(record):
                seen += 1
                self.assertText(html, what)
        self.assertGreater(seen, 10)


@tagged("post_install", "-at_install")
class TestHostile(HostileCommon):
    """A debtor writes markup wherever his page takes words or files."""

    def setUp(self):
        super().setUp()
        self.case.user_id = self.collector

    def _write_everywhere(self):
        claim = self.case.claim_ids.sorted("amount")[0]
        self._post("/talk", words=HOSTILE)
        self._post(
            "/dispute",
            claim=claim.id,
            reason=self.env.ref("debt_collection.dispute_reason_price").id,
            words=HOSTILE,
            files={"proof": (NAME, PDF, "application/pdf")},
            **{f"amount_{claim.id}": "10"},
        )
        self._post(
            "/paid",
            page="/time",
            amount="5",
            paid_on=self._later(-1),
            files={"proof": (NAME, PDF, "application/pdf")},
        )
        self._post("/contact", name=HOSTILE[:100], note=HOSTILE, address=HOSTILE)

    def test_screens_of_the_creditor_show_text(self):
        self._write_everywhere()
        self.assertEqual(len(self.case.dispute_ids), 1)
        self.assertEqual(len(self.case.plan_ids), 1)
        files = self.env["ir.attachment"].search(
            [("res_model", "in", ("debt.collection.dispute", "debt.collection.plan"))]
        )
        self.assertTrue(files)
        self.assertFalse(any("/" in name for name in files.mapped("name")))
        self.assertBackendIsText(self.case)
        self.case.dispute_ids._reject(HOSTILE, self.today)
        self.assertBackendIsText(self.case)

    def test_letters_about_it_show_text(self):
        self._write_everywhere()
        self.case.dispute_ids._reject(HOSTILE, self.today)
        Letter = self.env["debt.collection.letter"]
        letters = self.case.action_ids.filtered("letter_key")
        self.assertTrue(letters)
        for letter in letters:
            self.assertText(Letter._render_html(letter), letter.letter_key)

    def test_a_signed_name_is_text(self):
        self._propose(3)
        plan = self.case.plan_ids
        self._show_code()
        path = f"/plan/{plan.id}"
        self._post(f"{path}/accept", page=path, name=HOSTILE)
        self.assertEqual((plan.state, plan.signed_by), ("accepted", HOSTILE))
        self.assertText(self.url_open(f"{self.url}{path}").text, "page")
        self.assertBackendIsText(self.case)
        letter = self.case.action_ids.filtered(
            lambda action: action.letter_key == "plan_agreement"
        )
        html = self.env["debt.collection.letter"]._render_html(letter)
        self.assertText(html, "agreement")
        self.assertIn("&lt;script&gt;", html)

    def test_his_own_pages_show_text(self):
        self._write_everywhere()
        self.case.dispute_ids._reject(HOSTILE, self.today)
        for door in ("", "/talk", "/dispute", "/time", "/contact", "/choose"):
            self.assertText(self.url_open(f"{self.url}{door}").text, door)
        for door in ("/talk", "/dispute", "/contact", "/time"):
            # what a refused form gives back
            answer = self._post(
                door,
                words=HOSTILE if door == "/dispute" else "",
                email=HOSTILE,
                count=HOSTILE,
                reason=HOSTILE,
                claim=HOSTILE,
            )
            self.assertEqual(answer.status_code, 422, door)
            self.assertText(answer.text, door)


@tagged("post_install", "-at_install")
class TestHostilePartner(RoomCommon, HostileCommon):
    """The same of a partner in his room."""

    def test_screens_of_the_creditor_show_text(self):
        room = self.assignment.sudo()
        room._room_report_step(
            self.today, HOSTILE, [(NAME.replace("pdf", "png"), PNG)], f"{1:032x}"
        )
        room._room_ask_cost(self.cost_type, 50, HOSTILE, [], f"{2:032x}")
        room._room_write("note", self.today, HOSTILE, [], f"{3:032x}")
        self.assertBackendIsText(self.case)
        sheet = self.env["debt.collection.room"]._get_values(room, self.today)
        html = self.env["ir.qweb"]._render(
            "debt_collection_portal.room_history", sheet | {"url": "/room/file/1"}
        )
        self.assertText(html, "room")
        self.assertIn("&lt;script&gt;", html)
