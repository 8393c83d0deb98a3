import io
from datetime import date
from decimal import Decimal

from pypdf import PdfReader

from odoo.tests import tagged

from .legal import LegalWorld

DAY = "2025-02-03"
LANGS = {"4000": "fr_BE", "2000": "nl_BE"}
# Where each document is made: the steps that lead to it on their route
CHAINS = {
    "instruction": ("be_rci", "rci_instruction"),
    "reply_form": ("be_rci", "rci_instruction", "rci_summons"),
    "court": ("be_enterprise", "court_instruction"),
    "notice": ("be_before", "lawyer_notice"),
    "so_notice": ("be_summary_order", "so_notice"),
    "reclaim": ("be_before", "reclaim_goods"),
    "enforcement": ("be_enforcement", "service_title"),
    "release": (
        "be_enforcement",
        "service_title",
        "payment_order",
        "attachment_bank",
        "release",
    ),
    "certificate": ("be_before", "solvency_enquiry", "certificate"),
    "claim": ("be_insolvency", "insolvency_claim"),
}
# What each has to say, in the languages of the procedure
WORDS = {
    "instruction": {
        "fr_BE": (
            "Mandat",
            "Fiche : créance non contestée",
            "1394/20",
            "Plafond des intérêts et clauses pénales",
            "Abandonné au-delà du plafond",
            "Inventaire des pièces",
        ),
        "nl_BE": (
            "Opdracht",
            "Fiche: onbetwiste schuldvordering",
            "1394/20",
            "Plafond van interest en schadebedingen",
            "Opgegeven boven het plafond",
            "Inventaris van de stukken",
        ),
    },
    "reply_form": {
        "fr_BE": (
            "Sommation de payer : formulaire de réponse",
            "1394/21",
            "Ma réponse",
            "Je conteste la créance",
            "Fiche : créance non contestée",
        ),
        "nl_BE": (
            "Aanmaning tot betaling: antwoordformulier",
            "1394/21",
            "Mijn antwoord",
            "Ik betwist de vordering",
            "Fiche: onbetwiste schuldvordering",
        ),
    },
    "court": {
        "fr_BE": ("Mandat", "Inventaire des pièces"),
        "nl_BE": ("Opdracht", "Inventaris van de stukken"),
    },
    "notice": {
        "fr_BE": ("Mise en demeure par recommandé", "2244"),
        "nl_BE": ("Ingebrekestelling bij aangetekende brief", "2244"),
    },
    "so_notice": {
        "fr_BE": ("injonction de payer", "1338", "15", "Tribunal de l'entreprise"),
        "nl_BE": ("bevel tot betaling", "1338", "15", "Ondernemingsrechtbank"),
    },
    "reclaim": {
        "fr_BE": ("Revendication de biens sous réserve de propriété",),
        "nl_BE": ("Terugvordering van goederen onder eigendomsvoorbehoud",),
    },
    "enforcement": {
        "fr_BE": ("Mandat d'exécution", "Inventaire des pièces"),
        "nl_BE": ("Opdracht tot uitvoering", "Inventaris van de stukken"),
    },
    "release": {
        "fr_BE": ("Mainlevée de la saisie",),
        "nl_BE": ("Opheffing van het beslag",),
    },
    "certificate": {
        "fr_BE": ("attestation d’irrécouvrabilité",),
        "nl_BE": ("attest van oninbaarheid",),
    },
    "claim": {
        "fr_BE": ("Déclaration de créance", "Inventaire des pièces"),
        "nl_BE": ("Aangifte van schuldvordering", "Inventaris van de stukken"),
    },
}


def plain(text):
    """Blanks of every kind as single spaces, one kind of apostrophe."""
    return " ".join(str(text).replace("’", "'").split())


@tagged("post_install", "-at_install")
class TestLegalDocuments(LegalWorld):
    """Each document as a PDF, in the language that the region of the debtor gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")
        for lang in LANGS.values():
            cls.env["res.lang"]._activate_lang(lang)
        addons = ["base", "account", "debt_collection", "debt_collection_be_legal"]
        cls.env["ir.module.module"]._load_module_terms(addons, list(LANGS.values()))

    def _case(self, zip_code):
        """8,000.00 since the end of 2022: its interest is above 10 %."""
        debtor = self._make_debtor(
            f"Debtor{zip_code} SRL",
            country_id=self.env.ref("base.be").id,
            vat="BE0428759497",
            zip=zip_code,
            lang="en_US",
        )
        move = self._invoice(debtor, 8000, "2022-12-31")
        return self._flag(move).with_user(self.env.user)

    def _make(self, case, route, *codes):
        step = self.env["debt.collection.legal.step"]
        for code in codes:
            known = case.legal_step_ids.filtered(
                lambda s, code=code, before=step: s.type_id.code == code
                and s.previous_id == before
            )
            step = known or case._start_step(
                self._route(route), self._type(code), step, self.bailiff
            )
        return step

    def _render(self, step):
        """The text of the PDF, page by page joined."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf(
            "debt_collection.report_legal_step", step.ids
        )
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))
        reader = PdfReader(io.BytesIO(content))
        return plain(" ".join(page.extract_text() for page in reader.pages))

    def test_each_document_in_french_and_dutch(self):
        for zip_code, lang in LANGS.items():
            case = self._case(zip_code)
            with self._at(DAY):
                self.assertEqual(case._get_court_lang(), lang)
                for key, chain in CHAINS.items():
                    with self.subTest(document=key, lang=lang):
                        text = self._render(self._make(case, *chain))
                        self._check_text(text, key, lang, case)

    def _check_text(self, text, key, lang, case):
        for words in WORDS[key][lang]:
            self.assertIn(plain(words), text)
        self.assertIn(case.partner_id.name, text)
        self.assertIn(self.company.name, text)
        other = "nl_BE" if lang == "fr_BE" else "fr_BE"
        self.assertNotIn(plain(WORDS[key][other][0]), text)
        if key != "release":
            self.assertIn("0428759497", text)
            self.assertIn("0403.019.261", text)

    def test_every_document_is_covered(self):
        types = self.env["debt.collection.legal.step.type"].search(
            [("document_template", "=like", "debt_collection_be_legal.%")]
        )
        made = {self._type(chain[-1]).document_template for chain in CHAINS.values()}
        self.assertEqual(set(types.mapped("document_template")), made)

    # === THE CEILING === #

    def test_the_ceiling_of_ten_percent_is_shown_and_applied(self):
        """8,000.00 and more than 800.00 on top: 8,800.00 is claimed, the rest not."""
        case = self._case("2000")
        with self._at(DAY):
            statement = case._get_statements(date(2025, 2, 3))[case.id]
            asked = statement.interest_left + statement.indemnity_left
            self.assertGreater(asked, Decimal(800))
            step = self._make(case, "be_rci", "rci_instruction")
            sheet = step._get_document_values()["sheet"]
            text = self._render(step)
        self.assertEqual(sheet["total"], Decimal("8800.00"))
        self.assertEqual(sheet["given_up"], asked - 800)
        # as Dutch writes them
        for amount in (Decimal(8800), Decimal(800), asked - 800):
            self.assertIn(f"{amount:,.2f}".translate(str.maketrans(",.", ".,")), text)

    def test_the_ceiling_follows_the_title_into_the_enforcement(self):
        case = self._case("2000")
        self._proof(case, "formal_notice")
        title = None
        for code, result, day in (
            ("rci_instruction", "accepted", "2025-02-03"),
            ("rci_summons", "served", "2025-02-10"),
            ("rci_report", "drawn", "2025-03-18"),
            ("rci_enforceable", "granted", "2025-03-25"),
        ):
            title = self._act(case, "be_rci", code, result, day, title)
        with self._at("2025-04-01"):
            service = self._make(case, "be_enforcement", "service_title")
            text = plain(service._render_document())
        self.assertIn("Fiche: onbetwiste schuldvordering", text)
        self.assertIn("8.800,00", text)

    # === WHAT THE LAWYER GETS === #

    def test_the_inventory_names_invoice_letters_and_proofs(self):
        move = self._invoice(self.enterprise, 8000, "2024-11-30")
        with self._at("2024-12-05"):
            self._step("2024-12-05")
        case = move.debt_collection_case_id
        self._proof(case, "delivery")
        with self._at(DAY):
            step = self._make(case, "be_enterprise", "court_instruction")
            rows = step._get_document_evidence()
        self.assertEqual(rows[0][1:], (move.name, move.invoice_date))
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows[2][1], "Proof of delivery")
