import io
from datetime import date, timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..report import letter_pdf
from .common import TODAY, CollectionCommon
from .scan import read_payment_code, scan_pdf

LANGS = ("en_US", "fr_BE", "nl_BE", "de_DE")
# language -> one amount and one day as its readers write them
AMOUNTS = {
    "en_US": "1,234.50",
    "fr_BE": "1.234,50",
    "nl_BE": "1.234,50",
    "de_DE": "1.234,50",
}
DAYS = {
    "en_US": "April 15, 2026",
    "fr_BE": "15 avril 2026",
    "nl_BE": "15 april 2026",
    "de_DE": "15. April 2026",
}
TITLES = {
    "before_due": (
        "Invoices that fall due shortly",
        "Factures qui viennent bientôt à échéance",
        "Facturen die binnenkort vervallen",
        "Bald fällige Rechnungen",
    ),
    "first": (
        "Invoices past their due date",
        "Factures échues",
        "Vervallen facturen",
        "Fällige Rechnungen",
    ),
    "second": (
        "Payment still outstanding",
        "Paiement toujours en souffrance",
        "Betaling nog steeds uitstaand",
        "Zahlung noch immer ausstehend",
    ),
    "formal": (
        "Formal notice to pay",
        "Mise en demeure de payer",
        "Ingebrekestelling tot betaling",
        "Inverzugsetzung mit Zahlungsaufforderung",
    ),
}


def read_pdf(content):
    """The words of a PDF, blanks as single spaces."""
    reader = PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def plain(text):
    """Blanks of every kind as single spaces."""
    return " ".join(str(text).split())


class LetterCommon(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Letter = cls.env["debt.collection.letter"]
        cls.Documents = cls.env["debt.collection.document"]
        for lang in LANGS[1:]:
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.module.module"]._load_module_terms(cls._get_addons(), LANGS[1:])
        cls.policy.step_ids.filtered(lambda s: s.sequence == 10).delay = 5
        cls.early = cls.env["debt.collection.policy.step"].create(
            {
                "policy_id": cls.policy.id,
                "name": "Early",
                "sequence": 5,
                "delay": -5,
                "charges": "waived",
            }
        )

    @classmethod
    def _get_addons(cls):
        return ["base", "account", "debt_collection"]

    def _make_action(
        self, sequence, days_late=40, amount=1234.5, partner=None, moves=None
    ):
        """An action of that step on one invoice, on a case from the first step on."""
        moves = moves or self._make_invoice(days_late, amount, partner=partner)
        items = self._get_receivable(moves)
        step = self.policy.step_ids.filtered(lambda s: s.sequence == sequence)
        key = items[0]._get_collection_key()
        account = self.env["debt.collection.account"]._ensure({key})[key]
        case = self.env["debt.collection.case"]
        if sequence >= 10:
            case = case._open_for_items(items, TODAY, "step")
        return self.env["debt.collection.action"].create(
            {
                "account_id": account.id,
                "case_id": case.id,
                "company_id": self.company.id,
                "partner_id": moves[0].partner_id.id,
                "currency_id": moves[0].currency_id.id,
                "step_id": step.id,
                "notice_kind": step.notice_kind,
                "date": TODAY,
                "line_ids": [
                    Command.create(
                        {
                            "move_line_id": item.id,
                            "company_id": self.company.id,
                            "step_id": step.id,
                        }
                    )
                    for item in items
                ],
            }
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLetter(LetterCommon):
    """What each letter says, in each language, with the figures of the statement."""

    def _make_ladder(self):
        """kind -> action, each on its own debtor."""
        rungs = {"before_due": 5, "first": 10, "second": 20, "formal": 30}
        return {
            kind: self._make_action(
                sequence,
                days_late=-30 if kind == "before_due" else 40,
                partner=self._make_debtor(f"{kind} Debtor SRL"),
            )
            for kind, sequence in rungs.items()
        }

    def test_each_kind_in_each_language(self):
        for kind, action in self._make_ladder().items():
            for number, lang in enumerate(LANGS):
                with self.subTest(kind=kind, lang=lang):
                    action.lang = lang
                    text = plain(self.Letter._render_body(action).striptags())
                    self.assertIn(TITLES[kind][number], text)
                    self.assertIn(AMOUNTS[lang], text)
                    self.assertNotIn("[[", text)
                    if kind == "before_due":
                        self.assertIn(DAYS[lang], text)

    def test_the_file_has_real_text_in_each_language(self):
        action = self._make_action(30)
        for number, lang in enumerate(LANGS):
            with self.subTest(lang):
                action.lang = lang
                text = read_pdf(self.Letter._render_pdf(action))
                for words in (
                    TITLES["formal"][number],
                    AMOUNTS[lang],
                    "Creditor SA",
                    "LU28 0019 4006 4475 0000",
                    action.line_ids.move_line_id.move_id.name,
                    "Goods",
                ):
                    self.assertIn(words, text)

    def test_no_english_is_left_in_a_translated_letter(self):
        english = set()
        for action in self._make_ladder().values():
            action.lang = "en_US"
            english |= self._get_sentences(action)
            for lang in LANGS[1:]:
                action.lang = lang
                with self.subTest(action=action.display_name, lang=lang):
                    self.assertFalse(english & self._get_sentences(action))

    def _get_sentences(self, action):
        """Texts of more than three words of its own templates."""
        page = self.Letter._render_body(action)
        texts = plain(page.striptags()).replace(":", ".").split(". ")
        return {text for text in texts if len(text.split()) > 5}

    def test_figures_are_those_of_the_statement(self):
        action = self._make_action(20, amount=200)
        self._pay(action.line_ids.move_line_id.move_id, 50)
        statement = self.env["debt.collection.statement"]._for_cases(
            action.case_id, TODAY, verified_only=True
        )[action.case_id.id]
        matter = self.Letter._read_matters(action)[action.id]
        self.assertEqual(matter.statement, statement)
        text = plain(self.Letter._render_body(action).striptags())
        self.assertIn("150.00", text)
        self.assertEqual(f"{statement.due:.2f}", "150.00")

    def test_nothing_left_to_pay(self):
        action = self._make_action(20)
        self._pay(action.line_ids.move_line_id.move_id)
        with self.assertRaisesRegex(UserError, "Nothing is left to pay"):
            self.Letter._render_pdf(action)

    def test_before_due_states_what_falls_due(self):
        action = self._make_action(5, days_late=-30)
        matter = self.Letter._read_matters(action)[action.id]
        self.assertEqual((matter.kind, matter.statement.due), ("before_due", 1234.5))

    def test_deadline_leaves_the_next_step_its_day(self):
        """Step Two rests 7 days after One; the letter gives the day before."""
        action = self._make_action(10, days_late=16)
        values = self._get_values(action)
        self.assertEqual(values["deadline"], TODAY + timedelta(days=6))
        self.assertEqual(values["next_kind"], "letter")
        self.assertEqual(self._get_values(self._make_action(30))["next_kind"], "legal")

    def _get_values(self, action):
        matter = self.Letter._read_matters(action)[action.id]
        return self.Letter._get_values(action, matter)

    # === COMPULSORY WORDS === #

    def _demand(self, action, *mentions):
        """The checks of a letter whose regime wants these mentions."""
        values = self._get_values(action) | {"mentions": mentions}
        body = self.Letter._render_words("debt_collection.letter_body", values)
        self.Letter._check_mentions(action, values, body)

    def test_mentions_that_are_there(self):
        self.company.company_registry = "B 123456"
        self._demand(
            self._make_action(30),
            "creditor_identity",
            "origin_and_due_date",
            "balance",
            "term_to_pay",
        )

    def test_missing_number_of_the_creditor_names_itself(self):
        self.company.write({"company_registry": False, "vat": False})
        with self.assertRaisesRegex(UserError, "creditor's number.*Creditor SA"):
            self._demand(self._make_action(30), "creditor_identity")

    def test_missing_description_names_the_invoice(self):
        action = self._make_action(30)
        move = action.line_ids.move_line_id.move_id
        move.invoice_line_ids.name = False
        with self.assertRaisesRegex(UserError, f"describe the lines of {move.name}"):
            self._demand(action, "origin_and_due_date")

    def test_missing_words_name_themselves(self):
        with self.assertRaisesRegex(UserError, "the term to pay before any cost"):
            self._demand(self._make_action(30), "balance", "term_before_costs")

    def test_unknown_mention_blocks(self):
        with self.assertRaisesRegex(UserError, "moon_phase"):
            self._demand(self._make_action(30), "moon_phase")

    def test_dictated_sentence_waits_for_a_manager(self):
        parameter = self.env["debt.collection.parameter"].create(
            {"code": "test.sentence", "name": "Sentence", "kind": "text"}
        )
        row = self.env["debt.collection.parameter.value"].create(
            {
                "parameter_id": parameter.id,
                "company_id": self.company.id,
                "key": "en",
                "date_from": date(2020, 1, 1),
                "value_text": "As the law says.",
                "source_ref": "Official Gazette",
            }
        )
        letter = self.Letter.with_company(self.company).with_context(lang="en_US")
        with self.assertRaisesRegex(UserError, "Official Gazette"):
            letter._get_dictated_sentence("test.sentence", TODAY)
        row.with_user(self.manager).with_company(self.company).action_verify()
        self.assertEqual(
            letter._get_dictated_sentence("test.sentence", TODAY), "As the law says."
        )

    # === HOSTILE AND BROKEN === #

    def test_hostile_names_are_text(self):
        self.debtor.name = "<script>alert(1)</script> [[due]] & Sons"
        page = self.Letter._render_body(self._make_action(20))
        self.assertNotIn("<script>", page)
        self.assertIn("&lt;script&gt;", page)
        read_pdf(self.Letter._render_pdf(self._make_action(20)))

    def test_the_page_asks_no_server(self):
        page = self.Letter._render_html(self._make_action(20))
        for attribute in ('src="http', 'src="/', "<link", "url("):
            self.assertNotIn(attribute, page)

    # === MANY AT ONCE === #

    def test_printed_together_equals_printed_alone(self):
        moves = [
            self._make_invoice(40, 100 + n, partner=self._make_debtor(f"D{n} SA"))
            for n in range(4)
        ]
        actions = self.env["debt.collection.action"].browse(
            self._make_action(20, moves=move).id for move in moves
        )
        actions[1].lang = "fr_BE"
        together = self.Letter._render_pdfs(actions)
        self.assertEqual(list(together), actions.ids)
        for action, name in zip(actions, ("D0", "D1", "D2", "D3"), strict=True):
            text = read_pdf(together[action.id])
            self.assertEqual(text, read_pdf(self.Letter._render_pdf(action)))
            self.assertIn(f"{name} SA", text)

    def test_an_error_stays_with_its_letter(self):
        good = self._make_action(20)
        bad = self._make_action(20, partner=self.other_debtor)
        self._pay(bad.line_ids.move_line_id.move_id)
        files = self.Letter._render_pdfs(good + bad)
        self.assertIn("Debtor SRL", read_pdf(files[good.id]))
        self.assertIsInstance(files[bad.id], UserError)

    def test_a_lost_mark_is_refused(self):
        action = self._make_action(20)
        page = self.Letter._render_body(action)
        marks = ["0123456789abcdef", "fedcba9876543210"]
        joined = self.Letter._run_engine([page, page], marks)
        self.assertEqual(len(letter_pdf.cut(joined, marks)), 2)
        for wrong in (marks[::-1], marks + ["0" * 16], marks[:1]):
            with self.subTest(wrong), self.assertRaises(letter_pdf.LostMark):
                letter_pdf.cut(joined, wrong)

    def test_forty_invoices_break_over_numbered_pages(self):
        moves = self.env["account.move"]
        for number in range(40):
            moves |= self._make_invoice(40 + number, 100)
        action = self._make_action(20, moves=moves)
        content = self.Letter._render_pdf(action)
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        self.assertEqual(len(pages), 3)
        self.assertIn("2 / 3", pages[1])
        text = read_pdf(content)
        self.assertIn("4,000.00", text)
        self.assertFalse([move.name for move in moves if move.name not in text])

    # === HOW TO PAY === #

    def test_the_code_on_the_page_asks_exactly_the_amount_due(self):
        """Read off the printed page, as the debtor's phone does."""
        action = self._make_action(20)
        statement = self.Letter._read_matters(action)[action.id].statement
        codes = scan_pdf(self.Letter._render_pdf(action))
        [code] = [read_payment_code(text) for text in codes if "BCD" in text[:3]]
        bank = self.company._get_collection_bank()
        self.assertEqual(code["amount"], f"EUR{statement.due:.2f}")
        self.assertEqual(code["amount"], "EUR1234.50")
        self.assertEqual(code["iban"], bank.sanitized_acc_number)
        self.assertEqual(code["name"], self.company.name)
        self.assertEqual(
            code["reference"] or code["text"], self.Letter._get_reference(action)
        )

    def test_no_code_in_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        move = self._make_invoice(40, 300, currency_id=dollar.id)
        action = self._make_action(20, moves=move)
        values = self._get_values(action)
        self.assertFalse(values["qr_code"])
        self.assertIn("$", values["money"](values["statement"].due))

    # === MAILS AND DOCUMENTS === #

    def test_mail_of_each_kind_in_each_language(self):
        for kind, action in self._make_ladder().items():
            subjects = set()
            for lang in LANGS:
                action.lang = lang
                template = self.Letter._get_mail_template(action)
                values = template._generate_template(
                    action.ids, ["subject", "body_html"]
                )[action.id]
                with self.subTest(kind=kind, lang=lang):
                    self.assertIn(AMOUNTS[lang], plain(values["body_html"]))
                    self.assertNotIn("[[", values["body_html"])
                subjects.add(values["subject"])
            self.assertEqual(len(subjects), 4, kind)

    def test_documents_of_a_case(self):
        action = self._make_action(20)
        case = action.case_id
        self._pay(action.line_ids.move_line_id.move_id, 234.5)
        for lang, words in (
            ("en_US", ("Receipt", "Still due on March 16, 2026: 1,000.00")),
            ("fr_BE", ("Reçu", "Encore dû au 16 mars 2026 : 1.000,00")),
            ("nl_BE", ("Kwijting", "Nog verschuldigd op 16 maart 2026: ")),
            ("de_DE", ("Quittung", "Noch geschuldet am 16. März 2026: 1.000,00")),
        ):
            self.debtor.lang = lang
            body = self.Documents._render_case(case, "receipt", TODAY)
            for word in words:
                self.assertIn(word, plain(body.striptags()))
        self.debtor.lang = "en_US"
        case._close("withdrawn", TODAY)
        body = self.Documents._render_case(case, "closing", TODAY)
        self.assertIn("closed since March 16, 2026", plain(body.striptags()))
        self.assertIn(
            "Statement on", self.Documents._render_case(case, "statement", TODAY)
        )

    def test_preview_does_not_need_a_complete_letter(self):
        with mute_logger("odoo.addons.base.models.ir_qweb"):
            self.assertTrue(self.Letter._render_body(self._make_action(30)))
