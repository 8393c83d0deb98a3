import io

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon
from .test_letter import LANGS

MM = 72 / 25.4
# What an envelope with its window on the right shows: from and to, in mm from the left
# edge and from the upper one
WINDOW = (110, 200, 45, 85)
# Words of a debt in the four languages of the letters
DEBT = (
    "invoice factu factuur rechnung debt dette schuld forderung payment paiement "
    "betaling zahlung notice demeure stelling verzug mahnung overdue due échu "
    "vervallen fällig eur € collection recouvrement inkasso invordering reminder rappel"
).split()
# Words with which a court or its officer heads a paper
COURT = (
    "summons citation dagvaarding ladung judgment jugement vonnis urteil court "
    "tribunal rechtbank gericht bailiff huiss deurwaarder vollzieher seizure saisie "
    "beslag pfändung"
).split()


def read_window(content, window):
    """The text of the first page that a window shows, as one line."""
    left, right, top, bottom = (side * MM for side in window)
    page = PdfReader(io.BytesIO(content)).pages[0]
    height = float(page.mediabox.height)
    found = []

    def visit(text, matrix, text_matrix, _font, _size):
        x, y = text_matrix[4], text_matrix[5]
        x, y = (
            matrix[0] * x + matrix[2] * y + matrix[4],
            matrix[1] * x + matrix[3] * y + matrix[5],
        )
        if text.strip() and left <= x <= right and top <= height - y <= bottom:
            found.append(text.strip())

    page.extract_text(visitor_text=visit)
    return " ".join(" ".join(found).split())


class ReachCommon(CollectionCommon):
    """A private person with family, an employer and a counsel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._make_debtor("Person One", is_company=False)
        cls.neighbour = cls._make_debtor("Neighbour Two", is_company=False)
        cls.employer = cls._make_debtor("Employer SA")
        cls.spouse = cls._make_debtor(
            "Spouse One", is_company=False, parent_id=cls.person.id, phone="+352 1"
        )
        cls.counsel = cls._make_debtor(
            "Maître Trois", is_company=False, debt_collection_is_counsel=True
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReach(ReachCommon):
    """Whom a letter about the debt of a private person may reach."""

    def _copies(self, action):
        return action.delivery_ids.copy_id

    def _letter(self):
        move = self._make_invoice(10, partner=self.person)
        self._run()
        return move.debt_collection_case_id.action_ids

    def test_never_neighbours_family_or_the_employer(self):
        for stranger in (self.neighbour, self.employer, self.spouse):
            for field in ("debt_collection_copy_ids", "debt_collection_contact_id"):
                with (
                    self.subTest(stranger.name, field=field),
                    self.assertRaisesRegex(ValidationError, stranger.name),
                ):
                    self.person[field] = stranger

    def test_his_counsel_and_his_own_addresses(self):
        home = self._make_debtor(
            "Letters here", is_company=False, parent_id=self.person.id, type="other"
        )
        self.person.debt_collection_copy_ids = self.counsel + home
        self.assertEqual(self._copies(self._letter()), self.counsel + home)

    def test_who_owes_with_him(self):
        case = self._flag(self._make_invoice(10, partner=self.person))
        self.env["debt.collection.party"].create(
            {
                "case_id": case.id,
                "partner_id": self.neighbour.id,
                "role": "guarantor",
            }
        )
        self.person.debt_collection_copy_ids = self.neighbour
        self._run()
        self.assertEqual(self._copies(case.action_ids), self.neighbour)

    def test_an_enterprise_says_itself_who_gets_copies(self):
        self.debtor.debt_collection_copy_ids = self.employer
        with self.assertRaisesRegex(ValidationError, "Employer SA"):
            self.debtor.debt_collection_kind = "consumer"

    def test_a_released_guarantor_gets_no_copy_any_more(self):
        case = self._flag(self._make_invoice(10, partner=self.person))
        party = self.env["debt.collection.party"].create(
            {"case_id": case.id, "partner_id": self.neighbour.id, "role": "guarantor"}
        )
        self.person.debt_collection_copy_ids = self.neighbour
        party.active = False
        self._run()
        self.assertFalse(self._copies(case.action_ids))

    def test_no_number_of_the_family_to_call(self):
        case = self._flag(self._make_invoice(10, partner=self.person))
        self.person.phone = "+352 2"
        phones = self.env["debt.collection.desk"]._get_phones(case)
        self.assertEqual([number for _name, number in phones], ["+352 2"])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnvelope(ReachCommon):
    """What the postman sees, and what the paper looks like."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in LANGS:
            cls.env["res.lang"]._activate_lang(lang)
        cls.policy.step_ids.write({"by_email": False, "by_post": True})

    def _letters(self, lang):
        """The three letters of the ladder to a private person in a language."""
        person = self._make_debtor(f"Person {lang}", is_company=False, lang=lang)
        case = self._flag(self._make_invoice(40, 1234.5, person))
        actions = self.env["debt.collection.action"]
        for step in self.policy.step_ids:
            actions += actions.create(
                {
                    "account_id": case.account_id.id,
                    "case_id": case.id,
                    "company_id": self.company.id,
                    "partner_id": person.id,
                    "currency_id": case.currency_id.id,
                    "step_id": step.id,
                    "notice_kind": step.notice_kind,
                    "date": TODAY,
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": self.company.id,
                                "step_id": step.id,
                                "move_line_id": case.claim_ids.move_line_id.id,
                            }
                        )
                    ],
                }
            )
        return actions

    def test_the_window_shows_the_address_alone(self):
        for lang in LANGS:
            actions = self._letters(lang)
            pages = self.env["debt.collection.letter"]._render_pdfs(actions)
            for action in actions:
                shown = read_window(pages[action.id], WINDOW)
                with self.subTest(lang, step=action.step_id.name, shown=shown):
                    self.assertIn(f"Person {lang}", shown)
                    self.assertIn("5 Long Street", shown)
                    self.assertIn("Farville", shown)
                    for word in DEBT:
                        self.assertNotIn(word, shown.casefold().split())
                    self.assertNotIn("1,234", shown)
                    self.assertNotIn("1.234", shown)
                    self.assertNotIn(action.case_id.name, shown)
                    self.assertNotIn(action.line_ids.move_line_id.move_id.name, shown)

    def test_the_head_of_a_letter_is_not_that_of_a_court(self):
        for lang in LANGS:
            for action in self._letters(lang):
                page = self.env["debt.collection.letter"]._render_body(action)
                head = page.split("</h1>")[0].casefold()
                for word in COURT:
                    with self.subTest(lang, step=action.step_id.name, word=word):
                        self.assertNotIn(word, head)
