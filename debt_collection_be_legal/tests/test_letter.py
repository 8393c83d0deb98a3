from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.debt_collection.tests.common import TODAY
from odoo.addons.debt_collection.tests.test_letter import (
    LANGS,
    LetterCommon,
    plain,
    read_pdf,
)

# the four items of art. XIX.2 § 3, by language: balance and indemnity, identity of
# the creditor, origin and due date, term
FIRST = {
    "en_US": (
        "The balance due is 1,000.00",
        "Company number: 0403.019.261",
        "Goods",
        "14 calendar days",
        "March 30, 2026",
    ),
    "fr_BE": (
        "Le solde restant dû est de 1.000,00",
        "Numéro d’entreprise : 0403.019.261",
        "Goods",
        "14 jours calendrier",
        "30 mars 2026",
    ),
    "nl_BE": (
        "Het verschuldigde saldo bedraagt",
        "Ondernemingsnummer: 0403.019.261",
        "Goods",
        "14 kalenderdagen",
        "30 maart 2026",
    ),
    "de_DE": (
        "Der geschuldete Betrag beläuft sich auf 1.000,00",
        "Unternehmensnummer: 0403.019.261",
        "Goods",
        "14 Kalendertage",
        "30. März 2026",
    ),
}
FORMAL = {
    "en_US": ("article 5 of the Act of 2 August 2002", "Formal notice to pay"),
    "fr_BE": ("article 5 de la loi du 2 août 2002", "Mise en demeure de payer"),
    "nl_BE": ("artikel 5 van de wet van 2 augustus 2002", "Ingebrekestelling"),
    "de_DE": ("Artikel 5 des Gesetzes vom 2. August 2002", "Inverzugsetzung"),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBelgianLetter(LetterCommon):
    """Belgian letters carry what the law makes compulsory, or do not leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        belgium = cls.env.ref("base.be")
        cls.company.partner_id.country_id = belgium
        cls.company.company_registry = "0403019261"
        cls.consumer = cls._make_debtor(
            "Consumer", is_company=False, country_id=belgium.id
        )
        cls.debtor.country_id = belgium

    @classmethod
    def _get_addons(cls):
        return [*super()._get_addons(), "debt_collection_be_legal"]

    def _first(self, **values):
        values.setdefault("partner", self.consumer)
        return self._make_action(10, amount=1000, **values)

    def test_first_letter_has_the_four_items_in_each_language(self):
        action = self._first()
        self.assertEqual(action.case_id.regime, "be_b2c")
        for lang, words in FIRST.items():
            action.lang = lang
            text = read_pdf(self.Letter._render_pdf(action))
            for word in words:
                with self.subTest(lang=lang, word=word):
                    self.assertIn(word, text)

    def test_first_letter_claims_the_principal_alone(self):
        action = self._first()
        matter = self.Letter._read_matters(action)[action.id]
        self.assertEqual(matter.statement.due, 1000)
        self.assertFalse(matter.statement.charges)

    def test_posted_letter_counts_from_the_third_working_day(self):
        action = self._first()
        action.step_id.by_post = True
        values = self.Letter._get_values(
            action, self.Letter._read_matters(action)[action.id]
        )
        # Monday 16/03: third working day 19/03, fourteen days with it
        self.assertEqual(values["term"].start, TODAY + timedelta(days=3))
        self.assertEqual(values["deadline"], TODAY + timedelta(days=16))

    def test_company_without_enterprise_number(self):
        self.company.write({"company_registry": "0403019262", "vat": False})
        with self.assertRaisesRegex(UserError, "enterprise number.*Creditor SA"):
            self.Letter._render_pdf(self._first())

    def test_first_letter_without_its_term(self):
        view = self.env.ref("debt_collection_be_legal.letter_text_be_b2c_first")
        view.arch_db = view.arch_db.replace('data-mention="term_before_costs"', "")
        with self.assertRaisesRegex(UserError, "the term to pay before any cost"):
            self.Letter._render_pdf(self._first())

    def test_formal_notice_between_enterprises_in_each_language(self):
        action = self._make_action(30)
        self.assertEqual(action.case_id.regime, "be_b2b")
        for lang in LANGS:
            action.lang = lang
            text = plain(self.Letter._render_body(action).striptags())
            for word in FORMAL[lang]:
                with self.subTest(lang=lang, word=word):
                    self.assertIn(word, text)
            self.assertNotIn("[[", text)
        read_pdf(self.Letter._render_pdf(action))

    def test_formal_notice_claims_forty_euro_an_invoice(self):
        moves = self._make_invoice(40) + self._make_invoice(45)
        action = self._make_action(30, moves=moves)
        matter = self.Letter._read_matters(action)[action.id]
        self.assertEqual(matter.statement.indemnity_left, 80)
        action.lang = "en_US"
        text = plain(self.Letter._render_body(action).striptags())
        self.assertIn("Together: 80.00", text)

    def test_notice_to_a_consumer_is_no_summons(self):
        action = self._make_action(30, partner=self.consumer)
        action.lang = "en_US"
        text = plain(self.Letter._render_body(action).striptags())
        self.assertIn("This letter is no summons and no seizure.", text)
