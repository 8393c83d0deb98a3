from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestThirdParty(LegalWorld):
    """From the attachment with a bank to the money, and what ends an enforcement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")

    def _ordered(self):
        """A case with a title, and its payment order served on 05/03/2025."""
        move = self._invoice(self.enterprise, 10000, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "title")
        service = self._act(
            case, "be_enforcement", "service_title", "enforceable", "2025-03-03"
        )
        return case, self._act(
            case, "be_enforcement", "payment_order", "served", "2025-03-05", service
        )

    def _attached(self):
        """Attached on 10/03/2025, and the debtor told on 12/03/2025."""
        case, order = self._ordered()
        attachment = self._act(
            case, "be_enforcement", "attachment_bank", "attached", "2025-03-10", order
        )
        notice = self._act(
            case,
            "be_enforcement",
            "third_party_notice",
            "served",
            "2025-03-12",
            attachment,
        )
        return case, attachment, notice

    def test_the_third_party_pays_two_days_after_the_term_to_oppose(self):
        """15 days from 12/03/2025 end on 27/03/2025; two days later: 29/03/2025."""
        case, _attachment, notice = self._attached()
        terms = {row.term_id.code: row for row in notice.term_ids}
        self.assertEqual(terms["oppose"].date_end, date(2025, 3, 27))
        self.assertEqual(terms["pay"].date_free, date(2025, 3, 29))
        self.assertFalse(terms["pay"].is_verified)
        declared = self._act(
            case,
            "be_enforcement",
            "third_party_declaration",
            "owes",
            "2025-03-20",
            notice,
        )
        payment = self._propose(
            case, "be_enforcement", "third_party_payment", "2025-03-20", declared
        )
        self._approve_costs(payment, "2025-03-20")
        with self._at("2025-03-28"), self.assertRaisesRegex(UserError, "03/29/2025"):
            payment.with_user(self.collector)._order_on(date(2025, 3, 28))
        self._order(payment, "2025-03-29")
        self._record(payment, "partly", "2025-04-01", proceeds=2500)
        self.assertIn(
            "Match the payment with the bank", case.activity_ids.mapped("summary")
        )

    def test_the_notice_within_eight_days_leaves_the_agenda_when_it_is_served(self):
        case, attachment, _notice = self._attached()
        terms = {row.term_id.code: row for row in attachment.term_ids}
        self.assertEqual(terms["denounce"].date_end, date(2025, 3, 17))
        self.assertEqual(terms["declare"].date_end, date(2025, 3, 25))
        self.assertFalse(terms["denounce"].activity_id)
        # the declaration is still waited for
        self.assertIn(terms["declare"].activity_id, case.activity_ids)

    def test_the_notice_of_one_attachment_does_for_that_one_only(self):
        case, _attachment, notice = self._attached()
        order = notice.previous_id.previous_id
        second = self._act(
            case, "be_enforcement", "attachment_wages", "attached", "2025-03-14", order
        )
        rows = {row.term_id.code: row for row in second.term_ids}
        third = self._act(
            case,
            "be_enforcement",
            "third_party_declaration",
            "nothing",
            "2025-03-24",
            notice,
        )
        self.assertEqual(
            third._get_ancestors(),
            notice
            + notice.previous_id
            + (
                notice.previous_id.previous_id
                + notice.previous_id.previous_id.previous_id
            ),
        )
        # the employer is still to be waited for, and the debtor to be told
        self.assertIn(rows["declare"].activity_id, case.activity_ids)
        self.assertIn(rows["denounce"].activity_id, case.activity_ids)

    def test_nothing_is_declared_before_the_debtor_was_told(self):
        case, order = self._ordered()
        attachment = self._act(
            case, "be_enforcement", "attachment_bank", "attached", "2025-03-10", order
        )
        with self.assertRaisesRegex(UserError, "leads to this step"):
            self._propose(
                case,
                "be_enforcement",
                "third_party_declaration",
                "2025-03-11",
                attachment,
            )

    # === CLOSING ACTS === #

    def test_closing_acts_cost_money_and_ask_for_a_yes(self):
        case, attachment, _notice = self._attached()
        release = self._propose(
            case, "be_enforcement", "release", "2025-03-20", attachment
        )
        [cost] = release.cost_ids
        self.assertEqual((cost.type_id.code, cost.amount_net), ("be_act_end", 250))
        with self._at("2025-03-20"), self.assertRaisesRegex(UserError, "Nobody appr"):
            release.with_user(self.collector)._order_on(date(2025, 3, 20))
        self._order(release, "2025-03-20")
        for code in ("no_assets", "certificate", "release"):
            [kind] = self._type(code).cost_type_ids
            self.assertTrue(kind.is_closing and kind.in_insolvency)

    def test_a_release_is_asked_for_although_nothing_is_left(self):
        case, attachment, _notice = self._attached()
        self._pay(case.claim_ids.move_id, day=date(2025, 3, 14))
        release = self._propose(
            case, "be_enforcement", "release", "2025-03-20", attachment
        )
        self.assertEqual(release.cost_ids.stage, "requested")
        self.assertGreater(release.cost_ids.amount_net, 0)

    # === THE NOTICE BEFORE A SUMMARY ORDER === #

    def test_the_notice_has_words_of_its_own(self):
        """Art. 1339: the amount, the judge, fifteen days, the text of the articles."""
        move = self._invoice(self.enterprise, 1500, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "debtor_writing")
        step = self._propose(case, "be_summary_order", "so_notice", "2025-02-03")
        reasons = " ".join(step._get_obstacle_sentences(date(2025, 2, 3)))
        self.assertIn("Text of articles 1338 to 1344", reasons)
        with self._at("2025-02-03"):
            text = " ".join(str(step._render_document()).split())
            due = case._get_statements(date(2025, 2, 3))[case.id].due
        self.assertIn("within <b>15</b> days", text)
        self.assertIn("Enterprise court", text)
        self.assertIn(f"{due:,.2f}", text)
        self.assertIn("articles 1338 to 1344", text)
        self.assertNotIn("2244", text)
