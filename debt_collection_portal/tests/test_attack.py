import re

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, DoorCommon

DOORS = (
    "",
    "/choose",
    "/time",
    "/time/schedule",
    "/dispute",
    "/talk",
    "/contact",
    "/account",
    "/code",
)
MODELS = (
    "debt.collection.case",
    "debt.collection.claim",
    "debt.collection.account",
    "debt.collection.action",
    "debt.collection.plan",
    "debt.collection.plan.line",
    "debt.collection.dispute",
    "debt.collection.event",
    "debt.collection.link",
    "debt.collection.code",
    "debt.collection.submission",
    "debt.collection.correction",
    "debt.collection.link.failure",
    "debt.collection.party",
    "debt.collection.cost",
    "debt.collection.solvency.check",
    "debt.collection.assignment",
)


class AttackCommon(DoorCommon):
    """A debtor with an account and a letter of his own goes after another's case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls._open_case(
            cls._make_invoice(9, 4321.0, partner=cls.other_debtor)
        )
        cls.user = new_test_user(cls.env, "dcp_attacker", groups="base.group_portal")
        cls.user.partner_id.write({"parent_id": cls.debtor.id, "is_company": False})
        attachment = cls.env["ir.attachment"].create(
            {
                "name": "secret.pdf",
                "raw": b"%PDF-1.4 secret",
                "res_model": "debt.collection.case",
                "res_id": cls.foreign.id,
            }
        )
        cls.letter = cls._make_action(cls.foreign)
        cls.letter.write({"attachment_id": attachment.id, "date_done": TODAY})
        cls.foreign.message_post(body="Secret of the other")
        cls.secrets = (
            cls.foreign.name,
            cls.other_debtor.name,
            "4,321",
            "Secret of the other",
        )

    def assertNothing(self, response):
        for secret in self.secrets:
            self.assertNotIn(secret, response.text, response.url)
        self.assertNotIn(b"secret", response.content.lower())


@tagged("post_install", "-at_install")
class TestAttack(AttackCommon):
    """Our own addresses, and the rights behind them."""

    def test_every_door_of_another_is_shut(self):
        _path, link = self._issue(self.letter)
        bases = (
            f"/collect/case/{link.id}",
            f"/collect/file/{self.foreign.id}",
            f"/my/collection/{self.foreign.id}",
        )
        for logged_in in (False, True):
            if logged_in:
                self.authenticate(self.user.login, self.user.login)
            for base in bases:
                for door in (*DOORS, f"/letter/{self.letter.id}"):
                    with self.subTest(base=base, door=door, logged_in=logged_in):
                        answer = self.url_open(f"{base}{door}")
                        self.assertNothing(answer)
                        if "/web/login" not in answer.url:
                            self.assertEqual(answer.status_code, 404)

    def test_missing_and_forbidden_look_the_same(self):
        _path, link = self._issue(self.letter)
        shapes = set()
        for number in (link.id, link.id + 1000):
            answer = self.url_open(f"/collect/case/{number}/talk")
            bare = re.sub(r'csrf_token: "\w+"', "", answer.text)
            shapes.add((answer.status_code, bare))
        self.assertEqual(len(shapes), 1)

    def test_documents_of_another_under_an_own_address(self):
        ids = self.foreign.claim_ids.move_id.ids
        for path in (f"/invoice/{ids[0]}", f"/letter/{self.letter.id}", "/plan/1"):
            self.assertGone(self.url_open(f"{self.url}{path}"))

    @mute_logger("odoo.http")
    def test_odoos_own_addresses_give_nothing(self):
        self.authenticate(self.user.login, self.user.login)
        case, attachment = self.foreign, self.letter.attachment_id
        paths = (
            f"/web/content/{attachment.id}",
            f"/web/content/{attachment.id}?access_token=x",
            f"/web/image/{attachment.id}",
            f"/report/pdf/debt_collection.statement_list/{case.id}",
            f"/report/html/debt_collection.statement_list/{case.id}",
            f"/mail/view?model=debt.collection.case&res_id={case.id}",
            f"/odoo/debt.collection.case/{case.id}",
            f"/my/collection?search={self.other_debtor.name}",
        )
        for path in paths:
            with self.subTest(path=path):
                self.assertNothing(self.url_open(path))

    @mute_logger("odoo.http")
    def test_chatter_and_rpc_give_nothing(self):
        self.authenticate(self.user.login, self.user.login)
        calls = [
            (
                "/mail/thread/messages",
                {"thread_model": "debt.collection.case", "thread_id": self.foreign.id},
            ),
            (
                "/mail/chatter_fetch",
                {"thread_model": "debt.collection.case", "thread_id": self.foreign.id},
            ),
        ]
        for model in MODELS:
            params = {"model": model, "method": "search_read", "args": [[]]}
            calls.append(("/web/dataset/call_kw", {**params, "kwargs": {}}))
        for path, params in calls:
            with self.subTest(path=path, params=params):
                answer = self.url_open(
                    path,
                    json={"jsonrpc": "2.0", "method": "call", "params": params},
                )
                self.assertNothing(answer)
                if "call_kw" in path:
                    self.assertIn("AccessError", answer.text)

    def test_models_are_shut_to_a_portal_user_and_to_a_visitor(self):
        for user in (self.user, self.env.ref("base.public_user")):
            for name in MODELS:
                model = self.env[name].with_user(user)
                with self.subTest(model=name, user=user.login):
                    for verb in ("read", "write", "create", "unlink"):
                        self.assertFalse(model.has_access(verb))
                    with self.assertRaises(AccessError):
                        model.search([])

    @mute_logger("odoo.http")
    def test_pages_are_values_and_no_remote_calls(self):
        self.authenticate(self.user.login, self.user.login)
        for model, method in (
            ("debt.collection.page", "_get_values"),
            ("debt.collection.page.plan", "_sign"),
            ("debt.collection.code", "_send"),
            ("debt.collection.correction", "action_done"),
        ):
            answer = self.url_open(
                "/web/dataset/call_kw",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": [[1]],
                        "kwargs": {},
                    },
                },
            )
            self.assertIn('"error"', answer.text, method)

    def test_partner_of_a_case_is_not_its_debtor(self):
        """A co-debtor or a lawyer with an account finds nothing under My account."""
        self.env["debt.collection.party"].create(
            {
                "case_id": self.foreign.id,
                "partner_id": self.debtor.id,
                "role": "guarantor",
            }
        )
        self.foreign.message_subscribe(self.user.partner_id.ids)
        self.authenticate(self.user.login, self.user.login)
        self.assertNothing(self.url_open("/my/collection"))
        self.assertGone(self.url_open(f"/my/collection/{self.foreign.id}/talk"))

    def test_same_debtor_in_another_company_needs_its_own_code(self):
        elsewhere = self._make_company("Elsewhere SA")
        move = (
            self.env["account.move"]
            .with_company(elsewhere)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.debtor.id,
                    "company_id": elsewhere.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "x",
                                "price_unit": 55,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        Case = self.env["debt.collection.case"].with_company(elsewhere)
        lines = move.line_ids.filtered("date_maturity")
        case = Case._open_for_items(lines, TODAY, "flag")
        self._show_code()
        self.assertGone(self.url_open(f"/collect/file/{case.id}"))
        self.assertNotIn(case.name, self.url_open(f"{self.url}/account").text)

    def test_every_answer_carries_the_headers(self):
        for door in (*DOORS, "/plan/1", "/letter/1"):
            answer = self.url_open(f"{self.url}{door}")
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer", door)
            self.assertEqual(answer.headers["Cache-Control"], "no-store", door)
            self.assertEqual(answer.headers["X-Frame-Options"], "DENY", door)

    def test_revoked_and_closed_shut_every_door(self):
        self.case._close("withdrawn", TODAY)
        for door in DOORS:
            self.assertGone(self.url_open(f"{self.url}{door}"))

    def test_way_back_stays_on_the_page(self):
        for back in ("//evil.example", "https://evil.example", "../../web", "plan/1/x"):
            text = self.url_open(f"{self.url}/code?back={back}").text
            self.assertIn('name="back" value=""', text)
            self.assertNotIn("evil.example", re.sub(r'href="/web/\S+"', "", text))
