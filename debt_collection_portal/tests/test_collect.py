import base64
import logging
import re
from datetime import timedelta

from markupsafe import escape

from odoo import Command, fields
from odoo.http import root
from odoo.tests import tagged

from ..controllers.collect import HEADERS, SESSION_KEY
from .common import LANDED, TODAY, PortalHttpCommon

SENT = b"%PDF-1.4 the invoice as it was sent"
HOSTILE = "<script>alert('x')</script>\"'&{{7*7}}"


@tagged("post_install", "-at_install")
class TestCollect(PortalHttpCommon):
    # === THE WAY IN === #

    def test_token_is_exchanged_and_left_behind(self):
        path, link = self._issue()
        response = self.url_open(path, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith(f"{LANDED}{link.id}"))
        page = self.url_open(response.headers["Location"])
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(path.rpartition("/")[2], page.text)

    def test_others_who_owe_are_never_named(self):
        guarantor = self._make_debtor("Surety of the Director SRL")
        self.env["debt.collection.party"].create(
            {
                "case_id": self.case.id,
                "partner_id": guarantor.id,
                "role": "guarantor",
                "note": "signed at the notary",
            }
        )
        page = self._enter().text
        self.assertIn(self.invoices[0].name, page)
        self.assertNotIn("Surety", page)
        self.assertNotIn("notary", page)

    def test_what_is_contested_is_not_asked(self):
        claim = self.case.claim_ids.filtered(lambda c: c.amount == 100)
        self.case._open_dispute(
            {
                "reason_id": self.env.ref("debt_collection.dispute_reason_price").id,
                "date": TODAY,
                "line_ids": [Command.create({"claim_id": claim.id, "amount": 40})],
            },
            "debtor",
        )
        page = self._enter().text
        self.assertIn("310.50", page)
        self.assertNotIn("350.50", page)

    def test_session_changes_its_name_on_the_way_in(self):
        self.url_open("/web/login")
        before = self.opener.cookies["session_id"]
        self._enter()
        self.assertNotEqual(self.opener.cookies["session_id"], before)

    def test_headers_of_every_answer(self):
        path, link = self._issue()
        answers = [
            self.url_open(path, allow_redirects=False),
            self.url_open(f"{LANDED}{link.id}"),
            self.url_open("/collect/nothing"),
            self.url_open(f"{LANDED}{link.id + 1}"),
        ]
        for answer in answers:
            for name, value in HEADERS.items():
                self.assertEqual(answer.headers.get(name), value, answer.url)

    def test_wrong_ended_and_revoked_links_look_the_same(self):
        path, link = self._issue()
        texts = []
        self.assertGone(self.url_open("/collect/" + "a" * 26))
        texts.append(self.url_open("/collect/" + "a" * 26).text)
        link.expires_on = fields.Datetime.now() - timedelta(minutes=1)
        texts.append(self.url_open(path).text)
        link.expires_on = fields.Datetime.now() + timedelta(days=1)
        self.assertEqual(self.url_open(path).status_code, 200)
        link._revoke(fields.Datetime.now())
        self._forget()
        texts.append(self.url_open(path).text)
        bare = {re.sub(r"csrf_token: \"\w+\"", "", text) for text in texts}
        self.assertEqual(len(bare), 1)

    def test_page_needs_the_grant_of_this_session(self):
        _path, link = self._issue()
        self.assertGone(self.url_open(f"{LANDED}{link.id}"))
        self._enter()
        self._forget()
        self.assertGone(self.url_open(f"{LANDED}{link.id}"))

    def test_grant_for_one_letter_opens_no_other(self):
        other = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        _path, foreign = self._issue(self._make_action(other))
        self._enter()
        self.assertGone(self.url_open(f"{LANDED}{foreign.id}"))

    def test_revoking_shuts_a_page_that_is_open(self):
        path, link = self._issue()
        self._enter(path)
        self.case.action_revoke_links()
        self.assertGone(self.url_open(f"{LANDED}{link.id}"))

    def test_closing_shuts_a_page_that_is_open(self):
        path, link = self._issue()
        self._enter(path)
        self.case._close("withdrawn", fields.Date.to_date("2026-03-16"))
        self.assertGone(self.url_open(f"{LANDED}{link.id}"))

    def test_grant_ends_with_the_day(self):
        path, link = self._issue()
        self._enter(path)
        session = root.session_store.get(self.opener.cookies["session_id"])
        session[SESSION_KEY] = {
            key: moment - 13 * 3600 for key, moment in session[SESSION_KEY].items()
        }
        root.session_store.save(session)
        self.assertGone(self.url_open(f"{LANDED}{link.id}"))

    def test_too_many_wrong_links_stop_right_ones_for_a_while(self):
        path, _link = self._issue()
        for number in range(30):
            self.assertEqual(self.url_open(f"/collect/w{number}").status_code, 404)
        response = self.url_open(path)
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response.headers["Retry-After"], "3600")
        self.assertNotIn(self.case.name, response.text)

    def test_token_stays_out_of_the_log(self):
        path, _link = self._issue()
        token = path.rpartition("/")[2]
        seen = []
        handler = logging.Handler()
        handler.emit = lambda record: seen.append(record.getMessage())
        loggers = [logging.getLogger(), logging.getLogger("werkzeug")]
        for logger in loggers:
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)
        level = loggers[1].level
        loggers[1].setLevel(logging.INFO)
        self.addCleanup(loggers[1].setLevel, level)
        self._enter(path)
        self.url_open(path + "x")
        lines = [line for line in seen if "/collect/" in line]
        self.assertTrue(any("/collect/***" in line for line in lines), lines)
        self.assertFalse([line for line in seen if token in line])

    # === WHAT IT SHOWS === #

    def test_figures_are_those_of_the_statement(self):
        _path, link = self._issue()
        page = self._enter()
        day = self.company._get_collection_today()
        statement = self.env["debt.collection.statement"]._for_cases(
            self.case, day, verified_only=True, principal_only=True
        )[self.case.id]
        self.assertEqual(float(statement.due), 350.5)
        values = self.Page._get_values(link._get_matter(), day)
        self.assertEqual(values["statement"].due, statement.due)
        text = page.text.replace("\xa0", " ")
        for amount in (statement.due, *(row.balance for row in statement.claims)):
            self.assertIn(values["money"](amount).replace("\xa0", " "), text)
        for move in self.invoices:
            self.assertIn(move.name, text)
        self.assertIn("LU28", text)
        self.assertIn(self.case._get_payment_reference(), text)

    def test_part_payment_lowers_what_is_asked(self):
        self._pay(self.invoices[0], 30.0)
        text = self._enter().text.replace("\xa0", " ")
        self.assertIn("320.50", text)
        self.assertNotIn("350.50", text)

    def test_names_are_text_and_nothing_more(self):
        self.debtor.name = HOSTILE
        self.company.name = "Evil <img src=x onerror=alert(1)>"
        self.invoices[0].payment_reference = HOSTILE
        self.invoices[0].with_context(force_delete=True).name = "INV<b>1</b>"
        text = self._enter().text
        self.assertIn(str(escape(HOSTILE)), text)
        self.assertIn("INV&lt;b&gt;1&lt;/b&gt;", text)
        for raw in ("<script>alert", "<img src=x", "INV<b>"):
            self.assertNotIn(raw, text)

    def test_headings_are_in_order_and_details_need_no_script(self):
        text = self._enter().text
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
        self.assertEqual(levels[0], 1)
        self.assertEqual(levels.count(1), 1)
        self.assertIn("<summary", text)

    def test_number_of_queries_does_not_grow_with_the_invoices(self):
        few = self._open_case(self._make_invoice(9, 40.0, partner=self.other_debtor))
        many_debtor = self._make_debtor("Third Debtor SA")
        moves = self.env["account.move"]
        for number in range(50):
            moves += self._make_invoice(9, 10.0 + number, partner=many_debtor)
        many = self._open_case(moves)
        self._enter()  # what the first page of a server loads once
        counts = []
        for case in (few, many):
            path, link = self._issue(self._make_action(case))
            self._enter(path)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self.url_open(f"{LANDED}{link.id}").status_code, 200)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # === THE LOG OF THE CASE === #

    def _opened(self):
        return self.case.event_ids.filtered(lambda e: e.kind == "opened_by_debtor")

    def test_opening_enters_the_log_once_a_day(self):
        path, link = self._issue()
        self._enter(path)
        self._enter(path)
        self.assertEqual(len(self._opened()), 1)
        self.assertEqual(link.use_count, 2)
        self.assertIn("Page opened by the debtor", self._opened().summary)
        link.date_logged -= timedelta(days=1)
        self._enter(path)
        self.assertEqual(len(self._opened()), 2)
        self.assertEqual(self.env["debt.collection.event"]._verify(self.case), [])

    def test_previews_robots_and_colleagues_are_not_the_debtor(self):
        path, link = self._issue()
        self.url_open(path, headers={"Odoo-Link-Preview": "True"})
        self.url_open(path, headers={"User-Agent": "Googlebot/2.1"})
        self.url_open(path, method="HEAD", allow_redirects=True)
        self.authenticate(self.collector.login, self.collector.login)
        self.assertEqual(self.url_open(path).status_code, 200)
        self.assertFalse(self._opened())
        self.assertEqual(link.use_count, 0)

    # === INVOICES === #

    def test_pdf_of_this_matter_and_of_no_other(self):
        path, link = self._issue()
        self._enter(path)
        url = f"{LANDED}{link.id}/invoice/"
        self.invoices[0].invoice_pdf_report_file = base64.b64encode(SENT)
        answer = self.url_open(f"{url}{self.invoices[0].id}")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.content, SENT)
        foreign = self._make_invoice(9, 40.0, partner=self.other_debtor)
        stray = self._make_invoice(2, 41.0)  # his own, but not in the letter
        for move_id in (foreign.id, stray.id, 0, 2**31 - 1):
            self.assertGone(self.url_open(f"{url}{move_id}"))
        self._forget()
        self.assertGone(self.url_open(f"{url}{self.invoices[0].id}"))
