from datetime import timedelta
from decimal import Decimal

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import TODAY
from .test_dispute import DisputeCommon

RATES = (0, 6, 12, 21)


class SettleCommon(DisputeCommon):
    """Taxes of four rates and the accountant who posts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env["account.tax.group"].create(
            {"name": "VAT", "company_id": cls.company.id}
        )
        cls.taxes = {
            rate: cls.env["account.tax"].create(
                {
                    "name": f"{rate} %",
                    "amount": rate,
                    "type_tax_use": "sale",
                    "tax_group_id": group.id,
                    "company_id": cls.company.id,
                }
            )
            for rate in RATES
        }
        cls.accountant = new_test_user(
            cls.env,
            "dc_poster",
            groups="account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _make_taxed(self, *lines, **values):
        """A posted invoice of (net, rate) lines."""
        return self._make_invoice(
            40,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": f"Goods at {rate} %",
                        "price_unit": net,
                        "tax_ids": [Command.set(self.taxes[rate].ids)],
                    }
                )
                for net, rate in lines
            ],
            **values,
        )

    def _accept(self, dispute, amount=None, answer=""):
        line = dispute.line_ids
        dispute._accept({line.id: amount or line.amount}, answer, TODAY)
        return line.credit_id


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDisputeSettle(SettleCommon):
    """How a dispute ends, and what stays apart until it does."""

    # === ACCEPTED === #

    def test_credit_note_per_tax_rate(self):
        move = self._make_taxed((1000, 21), (2000, 6), (500, 21))
        self.assertEqual(move.amount_total, 3935)
        case = self._flag(move).with_user(self.env.user)
        dispute = self._dispute(case, 393.5)
        credit = self._accept(dispute)
        self.assertEqual((dispute.state, credit.state), ("accepted", "draft"))
        self.assertEqual(
            (credit.move_type, credit.reversed_entry_id), ("out_refund", move)
        )
        self.assertEqual(credit.amount_total, 393.5)
        self.assertEqual(
            sorted(
                (line.tax_ids.amount, line.price_subtotal)
                for line in credit.invoice_line_ids
            ),
            [(6.0, 200.0), (21.0, 150.0)],
        )
        self.assertEqual(credit.amount_tax, 43.5)

    def test_it_stands_apart_until_the_accountant_posts(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        credit = self._accept(dispute)
        self.assertEqual(self._contested(case), Decimal("400.00"))
        self.assertFalse(case._is_uncontested(TODAY))
        credit.with_user(self.accountant).action_post()
        self.assertEqual(self._contested(case), 0)
        self.assertEqual(case.claim_ids.amount_residual, 600)
        self.assertTrue(case._is_uncontested(TODAY))
        self.assertTrue(case.account_id.is_stale)

    def test_a_posted_credit_set_back_to_draft_stands_apart_again(self):
        case = self._case()
        credit = self._accept(self._dispute(case, 400))
        credit.action_post()
        credit.button_draft()
        self.assertEqual(self._contested(case), Decimal("400.00"))

    def test_a_deleted_draft_can_be_made_again(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        self._accept(dispute).unlink()
        self.assertEqual(self._contested(case), Decimal("400.00"))
        dispute.action_draft_credits()
        self.assertEqual(dispute.line_ids.credit_id.amount_total, 400)
        made = dispute.line_ids.credit_id
        dispute.action_draft_credits()
        self.assertEqual(dispute.line_ids.credit_id, made)

    def test_a_part_is_accepted(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        with self.assertRaisesRegex(UserError, "Give the reasons"):
            self._accept(dispute, 100)
        credit = self._accept(dispute, 100, "The rest was delivered.")
        self.assertEqual((dispute.state, credit.amount_total), ("partly", 100))
        self.assertEqual(self._contested(case), Decimal("100.00"))
        self.assertEqual(dispute.date_wait_until, TODAY + timedelta(days=7))

    def test_more_or_less_than_contested_is_refused(self):
        dispute = self._dispute(self._case(), 400)
        for amount in (400.01, -1):
            with self.assertRaisesRegex(UserError, "between 0 and .*400.00"):
                self._accept(dispute, amount, "So be it.")
        with self.assertRaisesRegex(UserError, "Nothing is accepted"):
            dispute._accept({}, "So be it.", TODAY)
        self.assertEqual(dispute.state, "open")

    def test_a_collector_drafts_and_cannot_post(self):
        case = self._case().with_user(self.collector)
        dispute = self._dispute(case, 400)
        credit = self._accept(dispute)
        self.assertEqual(credit.state, "draft")
        with self.assertRaises(UserError):
            credit.with_user(self.collector).action_post()
        [activity] = credit.activity_ids
        self.assertIn(self.collector.name, activity.note)

    def test_foreign_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2020-01-01", "rate": 1.3}
        )
        move = self._make_taxed((333.33, 21), (66.67, 6), currency_id=dollar.id)
        case = self._flag(move).with_user(self.env.user)
        credit = self._accept(self._dispute(case, 77.77))
        self.assertEqual((credit.currency_id, credit.amount_total), (dollar, 77.77))
        credit.action_post()
        self.assertAlmostEqual(
            case.claim_ids.amount_residual, move.amount_total - 77.77, 2
        )

    # === WHAT THE DEBTOR IS TOLD === #

    def _mails(self, dispute):
        """The mails of the letters about it, the last first."""
        letters = self.env["debt.collection.action"].search(
            [("letter_ref", "=", f"{dispute._name},{dispute.id}")], order="id"
        )
        letters._dispatch()
        self.assertFalse(any(letters.mapped("error")))
        return letters.delivery_ids.mail_id.sorted("id", reverse=True)

    def test_he_is_told_that_it_was_received(self):
        dispute = self._dispute(self._case().with_user(self.collector), 400)
        mail = self._mails(dispute)
        self.assertEqual(mail.recipient_ids, self.debtor)
        self.assertIn("400.00", mail.body_html)
        self.assertIn("What you do not contest stays due", mail.body_html)
        self.assertEqual(dispute.date_acknowledged, TODAY)
        whole = self._dispute(self._case(partner=self.other_debtor), 1000)
        self.assertNotIn("What you do not contest", self._mails(whole).body_html)

    def test_in_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("debt_collection.mail_template_dispute_letter")
        template.with_context(lang="fr_FR").subject = "Nous avons votre contestation"
        self.debtor.lang = "fr_FR"
        dispute = self._dispute(self._case(), 400)
        self.assertEqual(self._mails(dispute).subject, "Nous avons votre contestation")

    # === THE OTHER ENDS === #

    def test_rejected_with_reasons_and_time(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        with self.assertRaisesRegex(UserError, "Give the reasons"):
            dispute._reject("  ", TODAY)
        dispute._reject("The order says 12.", TODAY)
        self.assertEqual((dispute.state, self._contested(case)), ("rejected", 0))
        self.assertFalse(case._is_uncontested(TODAY))
        self.assertTrue(case._is_uncontested(TODAY + timedelta(days=7)))
        self.assertFalse(dispute.activity_ids)

    def test_withdrawn(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        dispute._withdraw(False, TODAY)
        self.assertEqual((dispute.state, self._contested(case)), ("withdrawn", 0))
        self.assertTrue(case._is_uncontested(TODAY))

    def test_it_ends_with_its_case(self):
        case = self._case()
        dispute = self._dispute(case, 400)
        self._pay(case.claim_ids.move_id)
        self._run()
        self.assertEqual((case.outcome, dispute.state), ("paid", "withdrawn"))
        self.assertFalse(dispute.activity_ids)

    def test_the_wizard_asks_how_it_ends(self):
        dispute = self._dispute(self._case().with_user(self.collector), 400)
        action = dispute.action_settle()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        wizard.outcome = "part"
        wizard.answer = "A part was delivered."
        with wizard.line_ids.edit(0) as line:
            line.amount = 150
        wizard.save().action_settle()
        self.assertEqual((dispute.state, dispute.amount_accepted), ("partly", 150))
        mail = self._mails(dispute)[0]
        self.assertIn("right in part", mail.body_html)
        self.assertIn("A part was delivered.", mail.body_html)
        self.assertIn("150.00", mail.body_html)

    # === THE CLOCK === #

    def _acted(self):
        return self.env["debt.collection.action"].search([("step_id", "!=", False)])

    def test_an_invoice_contested_as_a_whole_leaves_the_letter(self):
        moves = self._make_invoice(10, 1000) + self._make_invoice(10, 500)
        case = self._flag(moves).with_user(self.env.user)
        claim = case.claim_ids.filtered(lambda c: c.amount == 500)
        self._dispute(case, 500, claims=claim)._acknowledge(TODAY)
        self._run()
        self.assertEqual(self._acted().line_ids.move_line_id.move_id, moves[0])
        self.assertEqual(self._acted().amount, 1000)

    def test_nothing_else_to_ask_says_why(self):
        case = self._case(days=10)
        self._dispute(case, 1000)._acknowledge(TODAY)
        self._run()
        self.assertFalse(self._acted())
        self.assertIn("contested as a whole", case.account_id.why_not)

    def test_a_letter_asks_the_rest(self):
        case = self._case(days=10)
        self._dispute(case, 400)._acknowledge(TODAY)
        self._run()
        self.assertEqual(self._acted().amount, 600)
        self.assertEqual(self._acted().line_ids.amount_residual, 600)

    def test_least_amount_of_a_step_looks_at_the_rest(self):
        self.policy.step_ids[0].minimum = 700
        case = self._case(days=10)
        self._dispute(case, 400)._acknowledge(TODAY)
        self._run()
        self.assertFalse(self._acted())
        self.assertIn("Below", case.account_id.why_not)

    def test_nobody_writes_before_he_was_answered(self):
        self.debtor.email = False
        case = self._case(days=10)
        dispute = self._dispute(case, 400)
        self._run()
        self.assertFalse(self._acted())
        self.assertIn("was not answered yet", case.account_id.why_not)
        dispute.with_user(self.collector).action_acknowledge()
        self.assertEqual(dispute.date_acknowledged, TODAY)
        self._run()
        self.assertTrue(self._acted())

    def test_without_reasons_nobody_waits(self):
        self._dispute(self._case(days=10), 400, is_reasoned=False)
        self._run()
        self.assertTrue(self._acted())

    def test_after_a_refusal_the_debtor_has_time(self):
        case = self._case(days=10)
        dispute = self._dispute(case, 400)
        dispute._acknowledge(TODAY)
        dispute._reject("The order says 12.", TODAY)
        self._run()
        self.assertFalse(self._acted())
        self.assertIn("has time until", case.account_id.why_not)
        self._run(TODAY + timedelta(days=7))
        self.assertEqual(self._acted().amount, 1000)

    def test_a_law_may_stop_the_whole_case(self):
        regime = type(self.env["debt.collection.regime.standard"])
        self.patch(regime, "_rests_on_dispute", lambda self: True)
        case = self._case(days=10)
        dispute = self._dispute(case, 400)
        dispute._acknowledge(TODAY)
        self._run()
        self.assertFalse(self._acted())
        self.assertIn("nothing is sent before", case.account_id.why_not)

    # === AFTER THE HAND-OVER === #

    def test_in_court_the_creditor_chooses(self):
        case = self._case(days=10)
        case.date_legal = TODAY
        dispute = self._dispute(case, 400)
        dispute._acknowledge(TODAY)
        self._run()
        self.assertIn("choose to credit", case.account_id.why_not)
        approver = self._make_user("approver", "approver")
        with self.assertRaisesRegex(UserError, "Only an Approver"):
            dispute.with_user(self.collector).action_choose_court()
        with self.assertRaisesRegex(UserError, "opinion of the lawyer first"):
            dispute.with_user(approver).action_choose_court()
        dispute.opinion = b"JVBERi0="
        dispute.with_user(approver).action_choose_court()
        self.assertEqual((dispute.choice, dispute.chosen_by_id), ("court", approver))
        self.assertIn("dispute_choice", case.event_ids.mapped("kind"))
        self.assertFalse(case._is_uncontested(TODAY))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCreditSplit(SettleCommon):
    """Whatever is accepted of whatever invoice: the credit note is exactly that."""

    lines = st.lists(
        st.tuples(st.integers(1, 500_000), st.sampled_from(RATES)),
        min_size=1,
        max_size=5,
    )

    @settings(derandomize=True, deadline=None, database=None, max_examples=12)
    @given(lines=lines, part=st.integers(1, 1000))
    def test_sums_are_exact(self, lines, part):
        with self.env.cr.savepoint() as savepoint:
            move = self._make_taxed(*((cents / 100, rate) for cents, rate in lines))
            accepted = max(round(move.amount_total * part / 1000, 2), 0.01)
            case = self._flag(move).with_user(self.env.user)
            credit = self._accept(self._dispute(case, accepted))
            self.assertEqual(credit.amount_total, accepted)
            shares = {}
            for line in credit.invoice_line_ids:
                self.assertGreaterEqual(line.price_subtotal, 0)
                shares[line.tax_ids.amount] = line.price_subtotal
            for rate in {rate for _cents, rate in lines}:
                net = sum(cents for cents, r in lines if r == rate) / 100
                wanted = net * accepted / move.amount_total
                self.assertAlmostEqual(shares.get(rate, 0), wanted, delta=0.03)
            credit.action_post()
            left = move.amount_total - accepted
            self.assertAlmostEqual(case.claim_ids.amount_residual, left, 2)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
