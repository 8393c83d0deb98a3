"""Files and forms that nobody made: nothing is lost, nobody sees a traceback.

Some tens of inputs of each kind in every run; the slow tests try 10,000.
"""

import base64
import re
from datetime import date

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon
from odoo.addons.debt_collection.tools import tabular
from odoo.addons.debt_collection_portal.controllers import visit
from odoo.addons.debt_collection_portal.tests.common import DoorCommon

LOUD = ("odoo.http", "odoo.sql_db", "odoo.addons.base.models.ir_rule")
FEW, MANY_FILES, MANY_IMPORTS, MANY_FORMS, MANY_PLANS = 40, 5000, 3000, 1000, 1000

CELLS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "solvent",
            "doubtful",
            "bankrupt",
            "2026-02-30",
            "31/12/2025",
            "1e400",
            "-0",
            "1.234,56",
            "NaN",
            "=cmd()",
            "DC/2026/00001",
            "LU12345613",
            "\u202e",
        ]
    ),
)
COLUMNS = ("case", "name", "vat", "finding", "date", "amount", "kind", "text", "ref")


@st.composite
def tables(draw):
    """A file with a head of ours or of nobody, in some encoding, cut anywhere."""
    head = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6))
    rows = draw(st.lists(st.lists(CELLS, max_size=8), max_size=6))
    mark = draw(st.sampled_from(";,\t|"))
    text = "\n".join(mark.join(cells) for cells in [head, *rows])
    content = text.encode(
        draw(st.sampled_from(["utf-8", "utf-16", "cp1252"])), errors="replace"
    )
    return (
        content[: draw(st.integers(0, len(content)))]
        if draw(st.booleans())
        else content
    )


FILES = st.one_of(
    tables(), st.binary(max_size=300), st.text(max_size=200).map(str.encode)
)
VALUES = st.one_of(
    st.text(
        alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
        max_size=60,
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.sampled_from(
        ["", "1", "on", "1e999", "{{ 90001*90001 }}", "../..", "2026-02-30"]
    ),
)
#: door -> the names that its form has
FORMS = {
    "/dispute": ("reason", "words", "claim"),
    "/time": ("count", "first", "situation", "monthly", "words"),
    "/promise": ("until", "amount", "words"),
    "/paid": ("paid_on", "amount", "words"),
    "/choose": ("claim", "kind", "amount"),
    "/talk": ("words", "kind"),
    "/contact": ("name", "street", "zip", "city", "email", "phone", "words"),
    "/code": ("address",),
}
#: where the form of a door stands
PAGES = {"/promise": "/time", "/paid": "/time"}


def each(strategy, count):
    """Try so many inputs, always the same ones."""
    return lambda work: settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(given(strategy)(work))


@tagged("post_install", "-at_install")
class TestFiles(BaseCase):
    """The reader of files, without a database."""

    def _read(self, content):
        for row in tabular.read_rows(content):
            self.assertNotIn("\0", row.text)
            row.text.encode()
            for value in row.values.values():
                tabular.parse_day(value)

    def test_any_file_is_read(self):
        each(FILES, FEW * 5)(self._read)()

    @pytest.mark.slow
    def test_any_file_is_read_many(self):
        each(FILES, MANY_FILES)(self._read)()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestIntake(CollectionCommon):
    """A file that is taken in: each line is made, known, another's, or listed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency = cls._make_debtor("Agency SA")
        cls.case = cls.env["debt.collection.case"]
        move = cls._make_invoice(10)
        cls.case = move.with_user(cls.collector).action_collection_flag()
        cls.case = move.debt_collection_case_id

    def _take(self, content):
        for kind in ("solvency", "notice", "message"):
            savepoint = self.env.cr.savepoint()
            try:
                intake = (
                    self.env["debt.collection.import"]
                    .with_user(self.collector)
                    .create(
                        {
                            "kind": kind,
                            "company_id": self.company.id,
                            "partner_id": self.agency.id,
                            "document": base64.b64encode(content or b"x"),
                            "document_name": "fuzz.csv",
                        }
                    )
                )
                intake.action_import()
                rows = len(tabular.read_rows(content or b"x"))
                kept = intake.good_count + intake.known_count + intake.foreign_count
                self.assertEqual(kept + len(intake.line_ids), rows, kind)
                intake.action_retry()
            finally:
                savepoint.close(rollback=True)

    @mute_logger(*LOUD)
    def test_no_line_is_lost(self):
        each(FILES, FEW)(self._take)()

    @pytest.mark.slow
    @mute_logger(*LOUD)
    def test_no_line_is_lost_many(self):
        each(FILES, MANY_IMPORTS // 3)(self._take)()

    # === PLANS === #

    def _plan(self, lines):
        savepoint = self.env.cr.savepoint()
        try:
            case = self.case.with_user(self.collector)
            plan = case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
            total = sum(plan.line_ids.mapped("amount"))
            self.assertAlmostEqual(total, plan.amount, 2)
            self.assertTrue(all(line.amount > 0 for line in plan.line_ids))
        except (UserError, ValidationError, AccessError):
            pass
        finally:
            savepoint.close(rollback=True)

    instalments = st.lists(
        st.tuples(
            st.dates(date(2000, 1, 1), date(2200, 1, 1)),
            st.one_of(
                st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 2)),
                st.sampled_from([0.0, 0.01, 100.0, 50.0, 1e12]),
            ),
        ),
        min_size=1,
        max_size=6,
    )

    @mute_logger(*LOUD)
    def test_a_plan_is_sound_or_refused(self):
        each(self.instalments, FEW)(self._plan)()

    @pytest.mark.slow
    @mute_logger(*LOUD)
    def test_a_plan_is_sound_or_refused_many(self):
        each(self.instalments, MANY_PLANS)(self._plan)()


@tagged("post_install", "-at_install")
class TestForms(DoorCommon):
    """The debtor's doors: whatever is sent, a page comes back that people can read."""

    def setUp(self):
        super().setUp()
        self.patch(visit, "MAX_FORMS", 10**9)
        Code = type(self.env["debt.collection.code"])
        self.patch(Code, "_mail", lambda code, number: None)
        self.marks = {}

    def _send(self, sent):
        path, data = sent
        data = {
            name: self.case.claim_ids.ids if name == "claim" and value == "1" else value
            for name, value in data.items()
        }
        page = PAGES.get(path, path)
        if page not in self.marks:
            self.marks[page] = self._get_hidden(page)["csrf_token"]
        answer = self.url_open(
            f"{self.url}{path}", data={"csrf_token": self.marks[page], **data}
        )
        self.assertLess(answer.status_code, 500, (path, data))
        self.assertIsNone(
            re.search(r"Traceback|psycopg2|odoo\.exceptions", answer.text), (path, data)
        )
        self.assertNotIn("8100180001", answer.text)

    forms = st.sampled_from(sorted(FORMS)).flatmap(
        lambda path: st.tuples(
            st.just(path),
            st.fixed_dictionaries({}, optional=dict.fromkeys(FORMS[path], VALUES)),
        )
    )

    @mute_logger(*LOUD)
    def test_a_page_comes_back(self):
        each(self.forms, FEW)(self._send)()

    @pytest.mark.slow
    @mute_logger(*LOUD)
    def test_a_page_comes_back_many(self):
        each(self.forms, MANY_FORMS)(self._send)()
