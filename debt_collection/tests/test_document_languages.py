from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .test_letter import LANGS, LetterCommon, plain, read_pdf

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9aw"
    b"AAAABJRU5ErkJggg=="
)
# one thing each of them has to say, in the four languages
WORDS = {
    "receipt": ("Receipt", "Reçu", "Kwijting", "Quittung"),
    "statement": ("Statement on", "Décompte au", "Afrekening op", "Abrechnung zum"),
    "closing": ("closed", "clos", "afgesloten", "geschlossen"),
    "release": (
        "Release and discharge",
        "Quittance et mainlevée",
        "Kwijting en opheffing",
        "Quittung und Freigabe",
    ),
    "dispute_received": ("received", "reçu", "ontvangen", "erhalten"),
    "dispute_answer": ("400.00", "400,00", "400,00", "400,00"),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDocumentLanguages(LetterCommon):
    """Letters outside the ladder: complete, and in the language of the debtor."""

    def _make_case(self, debtor):
        move = self._make_invoice(20, 1234.5, debtor)
        move.with_user(self.collector).action_collection_flag()
        return move, move.debt_collection_case_id

    def _contest(self, case, is_right=True):
        dispute = case._open_dispute(
            {
                "reason_id": self.env.ref("debt_collection.dispute_reason_quantity").id,
                "date": TODAY,
                "description": "A part never came.",
                "line_ids": [
                    Command.create({"claim_id": case.claim_ids.id, "amount": 400})
                ],
            },
            "collector",
        )
        if not is_right:
            dispute._reject("It was signed for.", TODAY)
            dispute._tell("answer")

    def _make_all(self):
        """Each letter in turn, its case as far as it has to be."""
        move, case = self._make_case(self.debtor)
        self._pay(move, 234.5)
        for key in ("receipt", "statement"):
            yield case._make_letter(key, TODAY)
        self._contest(case)
        yield case.action_ids.filtered(lambda a: a.letter_key == "dispute_received")
        _move, other = self._make_case(self.other_debtor)
        self._contest(other, is_right=False)
        yield other.action_ids.filtered(lambda a: a.letter_key == "dispute_answer")
        case._close("withdrawn", TODAY)
        for key in ("closing", "release"):
            yield case._make_letter(key, TODAY)

    def _get_sentences(self, page):
        texts = plain(page.striptags()).replace(":", ".").split(". ")
        return {text for text in texts if len(text.split()) > 5}

    def test_each_letter_in_each_language(self):
        seen = set()
        for letter in self._make_all():
            key = letter.letter_key
            seen.add(key)
            mentions = self.Documents._get_document(key).mentions
            english = set()
            for number, lang in enumerate(LANGS):
                with self.subTest(letter=key, lang=lang):
                    letter.lang = lang
                    page = self.Letter._render_body(letter)
                    text = plain(page.striptags())
                    self.assertIn(WORDS[key][number].lower(), text.lower())
                    self.assertIn(letter.case_id.name, text)
                    self.assertNotIn("[[", text)
                    for mention in mentions:
                        self.assertIn(f'data-mention="{mention}"', page)
                    sentences = self._get_sentences(page)
                    self.assertTrue(sentences)
                    english = english or sentences
                    if lang != "en_US":
                        self.assertFalse(english & sentences)
        self.assertEqual(seen, set(WORDS))

    def test_the_files_have_real_text(self):
        for letter in self._make_all():
            letter.lang = "fr_BE"
            with self.subTest(letter=letter.letter_key):
                text = read_pdf(self.Letter._render_pdf(letter))
                self.assertIn(WORDS[letter.letter_key][1].lower(), text.lower())

    def test_no_logo_where_the_company_has_none(self):
        """Odoo's own “Your logo” goes to nobody; a real one does."""
        _move, case = self._make_case(self.debtor)
        letter = case._make_letter("statement", TODAY)
        self.assertTrue(self.company.uses_default_logo)
        self.assertNotIn('class="logo"', self.Letter._render_body(letter))
        self.company.logo = PIXEL
        self.assertIn('class="logo"', self.Letter._render_body(letter))
