import io
import logging
import re

from odoo.tests import BaseCase, tagged

from ..tools import TokenFilter, hash_token, make_token


@tagged("post_install", "-at_install")
class TestToken(BaseCase):
    def test_token_can_be_typed_from_paper(self):
        token = make_token("00ff" * 16)
        self.assertTrue(re.fullmatch(r"[a-z2-7]{26}", token))
        self.assertNotEqual(token, make_token("00fe" * 16))

    def test_typing_in_capitals_finds_the_same(self):
        token = make_token("a1b2" * 16)
        self.assertEqual(hash_token(f" {token.upper()} "), hash_token(token))
        self.assertEqual(len(hash_token(token)), 64)

    def test_log_hides_the_token_and_nothing_else(self):
        cases = [
            ('"GET /room/abc2def HTTP/1.1" 303', '"GET /room/*** HTTP/1.1" 303'),
            ("/room/file/7/get/zip/0", "/room/file/7/get/zip/0"),
            ('"GET /collect/abc2def HTTP/1.1" 303', '"GET /collect/*** HTTP/1.1" 303'),
            ("GET /fr/collect/abc2def?x=1", "GET /fr/collect/***?x=1"),
            ("POST /collect/ABC2DEF", "POST /collect/***"),
            ("GET /Collect/abc2def", "GET /Collect/***"),
            ("\x1b[33mGET /collect/abc/x\x1b[0m", "\x1b[33mGET /collect/***/x\x1b[0m"),
            ("GET /collect/case/12/invoice/3", "GET /collect/case/12/invoice/3"),
            ("GET /my/invoices/3", "GET /my/invoices/3"),
        ]
        for line, expected in cases:
            with self.subTest(line=line):
                self.assertEqual(self._log(line), expected)

    def _log(self, line):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(TokenFilter())
        handler.handle(logging.makeLogRecord({"msg": "%s", "args": (line,)}))
        return stream.getvalue().rstrip("\n")
