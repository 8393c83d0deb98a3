import base64
import io

from freezegun import freeze_time
from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .smtp import mail_server
from .test_letter import LANGS, LetterCommon, plain, read_pdf
from .test_plan import later

# kind of letter -> words in each language that it cannot do without
WORDS = {
    "plan_proposal": (
        ("Proposal for a payment plan", "you acknowledge that you owe", "lapses"),
        ("Proposition de plan de paiement", "vous reconnaissez devoir", "caduque"),
        ("Voorstel van afbetalingsplan", "erkent u", "vervalt"),
        ("Vorschlag eines Ratenplans", "erkennen Sie an", "verfällt"),
    ),
    "plan_agreement": (
        ("Acknowledgement of debt and payment plan", "six hundred euros"),
        ("Reconnaissance de dette et plan de paiement", "six cents euros"),
        ("Schuldbekentenis en afbetalingsplan", "zeshonderd euro"),
        ("Schuldanerkenntnis und Ratenplan", "sechshundert Euro"),
    ),
    "plan_broken": (
        ("Your payment plan has ended", "Please pay it without delay"),
        ("Votre plan de paiement a pris fin", "sans délai"),
        ("Uw afbetalingsplan is beëindigd", "zonder uitstel"),
        ("Ihr Ratenplan ist beendet", "unverzüglich"),
    ),
}
AMOUNTS = ("600.00", "600,00", "600,00", "600,00")


def drawing():
    """A signature of some strokes, base64."""
    stream = io.BytesIO()
    Image.new("L", (300, 90), 200).save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanLetter(LetterCommon):
    """What happens to a payment plan is told by letter: once, and frozen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._make_invoice(10, 600)
        cls.move.with_user(cls.collector).action_collection_flag()
        cls.case = cls.move.debt_collection_case_id

    def _offer(self, origin="debtor", **vals):
        lines = [(later(10 + 30 * n), 200) for n in range(3)]
        case = self.case.with_user(self.collector)
        return case._propose_plan({"kind": "plan", "lines": lines, **vals}, origin)

    def _letters(self, key=None):
        letters = self.case.action_ids.filtered("letter_key").sorted("id")
        return letters.filtered(lambda a: not key or a.letter_key == key)

    def _sign(self, plan, words=None):
        plan._sign("Ann Other", drawing(), "192.0.2.1", words)

    # === ONCE EACH === #

    def test_an_offer_is_told(self):
        plan = self._offer()
        letter = self._letters()
        self.assertEqual(
            (letter.letter_key, letter.state, letter.delivery_ids.channel),
            ("plan_proposal", "released", "email"),
        )
        self.assertEqual(letter._get_letter_subject(), plan)

    def test_a_signed_plan_is_one_file_that_the_case_keeps(self):
        plan = self._offer()
        self._letters()._dispatch()
        self._mark_sent(self._letters())
        self._sign(plan)
        letter = self._letters("plan_agreement")
        letter._dispatch()
        self.assertFalse(letter.error)
        text = read_pdf(letter.attachment_id.raw)
        for words in ("600.00", "six hundred euros", "Ann Other", self.move.name):
            self.assertIn(words, text)
        self.assertEqual(letter.attachment_id.res_model, "debt.collection.case")
        self.assertEqual(letter.attachment_id.res_id, self.case.id)
        frozen = letter.attachment_id.raw
        plan.action_cancel()
        letter._dispatch()
        self.assertEqual(letter.attachment_id.raw, frozen)

    def test_the_drawing_is_in_the_letter(self):
        plan = self._offer()
        self._sign(plan)
        page = self.Letter._render_body(self._letters("plan_agreement"))
        self.assertIn(f"base64,{drawing().decode()}", page)

    def test_an_offer_that_was_signed_first_is_not_sent(self):
        plan = self._offer()
        self._sign(plan)
        self.assertEqual(self._letters("plan_proposal").state, "skipped")
        self.assertEqual(self._letters("plan_agreement").state, "released")

    def test_a_plan_that_was_given_up_sends_nothing_any_more(self):
        plan = self._offer()
        plan.action_cancel()
        self.assertEqual(self._letters().mapped("state"), ["skipped"])

    def test_a_broken_plan_is_told_once(self):
        plan = self._offer()
        self._sign(plan)
        for day in (1, 16, 17, 18):
            self._run(later(day))
        self.assertEqual(plan.state, "broken")
        self.assertEqual(len(self._letters("plan_broken")), 1)
        self.assertEqual(self._letters("plan_broken").date, later(16))

    def test_promises_have_no_letter(self):
        vals = {"kind": "promise", "date": later(5), "amount": 600}
        self.case._propose_plan(vals, "collector")
        self._run(later(11))
        self.assertFalse(self._letters())

    def test_a_letter_that_is_not_true_any_more_is_refused(self):
        plan = self._offer()
        with self.assertRaisesRegex(UserError, "not in the state any more"):
            self.case._make_letter("plan_broken", TODAY, subject=plan)
        with self.assertRaisesRegex(UserError, "not in the state any more"):
            self.case._make_letter("plan_agreement", TODAY)

    def test_the_answer_to_the_debtor_is_no_contact(self):
        """The gate counts what presses him, not what he asked for."""
        self.company.debt_collection_contact_limit = 1
        self._offer()
        Gate = self.env["debt.collection.gate"].with_company(self.company)
        self.assertFalse(Gate._get_full_debtors(self.case.account_id, TODAY))
        self.case._make_letter("statement", TODAY, release=True)
        self.assertTrue(Gate._get_full_debtors(self.case.account_id, TODAY))

    # === THE WORDS === #

    def _make_all(self):
        """One letter of each kind, each true when it is rendered."""
        self.debtor.debt_collection_kind = "consumer"
        plan = self._offer()
        yield self._letters("plan_proposal")
        self._sign(plan, "six hundred euros")
        yield self._letters("plan_agreement")
        self._run(later(1))
        self._run(later(16))
        yield self._letters("plan_broken")

    def test_each_letter_in_each_language(self):
        for letter in self._make_all():
            mentions = self.Documents._get_document(letter.letter_key).mentions
            self.assertTrue(mentions)
            for number, lang in enumerate(LANGS):
                with self.subTest(letter=letter.letter_key, lang=lang):
                    letter.lang = lang
                    page = self.Letter._render_body(letter)
                    text = plain(page.striptags())
                    for words in WORDS[letter.letter_key][number]:
                        self.assertIn(words, text)
                    self.assertIn(AMOUNTS[number], text)
                    self.assertIn("LU28 0019 4006 4475 0000", text)
                    self.assertNotIn("[[", text)
                    for mention in mentions:
                        self.assertIn(f'data-mention="{mention}"', page)

    def test_no_english_is_left(self):
        for letter in self._make_all():
            letter.lang = "en_US"
            english = self._get_sentences(letter)
            for lang in LANGS[1:]:
                letter.lang = lang
                with self.subTest(letter=letter.letter_key, lang=lang):
                    self.assertFalse(english & self._get_sentences(letter))

    def _get_sentences(self, letter):
        page = plain(self.Letter._render_body(letter).striptags())
        texts = page.replace(":", ".").split(". ")
        return {text for text in texts if len(text.split()) > 5}

    def test_mails_in_each_language(self):
        for letter in self._make_all():
            template = self.Letter._get_mail_template(letter)
            seen = set()
            for lang in LANGS:
                letter.lang = lang
                mail = template.with_context(lang=lang)._generate_template(
                    letter.ids, ["subject", "body_html"]
                )[letter.id]
                seen.add(plain(mail["subject"]))
            self.assertEqual(len(seen), 4, letter.letter_key)

    def test_a_missing_mention_stops_the_letter(self):
        self._offer()
        view = self.env.ref("debt_collection.letter_plan_terms")
        view.arch_db = '<t t-name="x"><p>Nothing.</p></t>'
        letter = self._letters()
        letter._dispatch()
        self.assertEqual(letter.state, "failed")
        self.assertIn("what ends the plan", letter.error)

    def test_a_broken_promise_is_cited(self):
        plan = self._offer()
        self._sign(plan)
        self._run(later(1))
        self._run(later(16))
        action = self._make_action(20, moves=self.move)
        action.case_id = self.case
        text = plain(self.Letter._render_body(action).striptags())
        self.assertIn("On March 16, 2026 you promised in a signed document", text)

    # === THE WAY OUT === #

    def test_it_leaves_by_mail(self):
        self.patch(
            type(self.env["ir.mail_server"]), "_disable_send", lambda self: False
        )
        self._offer()
        letter = self._letters()
        letter._dispatch()
        with mail_server(self.env) as sink:
            letter.delivery_ids.mail_id.send()
        _recipients, message = sink.messages[0]
        [file] = message.iter_attachments()
        self.assertIn("Proposal for a payment plan", read_pdf(file.get_content()))
        self.assertEqual(letter.state, "done")

    def test_test_mode_keeps_the_notices_of_instalments_inside(self):
        plan = self._offer()
        self._sign(plan)
        self._run(later(1))
        self.company.write(
            {
                "debt_collection_test_mode": True,
                "debt_collection_test_email": "inside@creditor.example",
            }
        )
        self._run(later(6))
        notice = plan.line_ids.notice_ids
        self.assertEqual(notice.address, "inside@creditor.example")
        self.assertFalse(notice.mail_id.recipient_ids)
        self.assertIn("[Test, to Debtor SRL]", notice.mail_id.subject)
