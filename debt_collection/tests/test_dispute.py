from datetime import timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import TODAY
from .law import LawCommon


class DisputeCommon(LawCommon):
    """A case of one invoice of 1,000 and the words to contest it."""

    def _case(self, amount=1000, days=40, **values):
        move = self._make_invoice(days, amount, **values)
        return self._flag(move).with_user(self.env.user)

    def _vals(self, case, amount, reason="price", **values):
        reason = self.env.ref(f"debt_collection.dispute_reason_{reason}")
        claims = values.pop("claims", case.claim_ids)
        return {
            "reason_id": reason.id,
            "date": TODAY,
            "description": "The order says less.",
            "line_ids": [
                Command.create({"claim_id": claim.id, "amount": amount})
                for claim in claims
            ],
            **values,
        }

    def _dispute(self, case, amount, reason="price", origin="collector", **values):
        return case._open_dispute(self._vals(case, amount, reason, **values), origin)

    def _contested(self, case):
        Facts = self.env["debt.collection.facts"]
        found = Facts._read_contested(case.claim_ids.move_line_id.ids)
        return sum(found.values())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDispute(DisputeCommon):
    """What is contested stands apart, and nobody loses sight of it."""

    def test_collector_looks_after_what_the_debtor_contests(self):
        case = self._case()
        collector = new_test_user(
            self.env, "keeper", "debt_collection.debt_collection_group_collector"
        )
        case.user_id = collector
        dispute = self._dispute(case, 200, origin="debtor")
        self.assertEqual(dispute.user_id, collector)
        self.assertEqual(
            dispute.line_ids.claim_id.display_name, case.claim_ids.move_name
        )
        mine = self._dispute(case, 100, origin="collector", user_id=self.env.user.id)
        self.assertEqual(mine.user_id, self.env.user)

    # === STANDING APART === #

    def test_contested_part_is_not_due(self):
        case = self._case()
        before = self._statement(case, TODAY)
        self._dispute(case, 400)
        after = self._statement(case, TODAY)
        self.assertEqual(self._contested(case), Decimal("400.00"))
        self.assertEqual(after.contested, Decimal("400.00"))
        self.assertEqual(
            before.due - after.due, after.contested + after.contested_interest
        )
        self.assertEqual(case.amount_contested, 400)

    def test_never_more_than_what_is_left(self):
        case = self._case()
        self._dispute(case, 400)
        self._pay(case.claim_ids.move_id, 850)
        self.assertEqual(self._contested(case), Decimal("150.00"))
        self._pay(case.claim_ids.move_id)
        self.assertEqual(self._contested(case), 0)

    def test_two_disputes_of_one_invoice_add_up(self):
        case = self._case()
        self._dispute(case, 400)
        self._dispute(case, 100, "quality")
        self.assertEqual(self._contested(case), Decimal("500.00"))

    def test_the_run_and_the_letter_list_ask_the_same_figure(self):
        case = self._case()
        self._dispute(case, 400)
        due = self.env["debt.collection.balance"]._for_cases(case, TODAY)[case.id].due
        self.assertEqual(due, self._statement(case, TODAY).due)
        self.assertEqual(case.amount_due, float(due))

    # === WHO LOOKS AFTER IT === #

    def test_an_owner_and_a_day_are_compulsory(self):
        dispute = self._dispute(self._case(), 400)
        self.assertEqual(dispute.user_id, self.env.user)
        self.assertEqual(dispute.date_revisit, TODAY + timedelta(days=14))
        [activity] = dispute.activity_ids
        self.assertEqual(activity.date_deadline, dispute.date_revisit)
        dispute.write(
            {"date_revisit": TODAY + timedelta(days=3), "user_id": self.collector.id}
        )
        [activity] = dispute.activity_ids
        self.assertEqual(activity.date_deadline, TODAY + timedelta(days=3))
        self.assertEqual(activity.user_id, self.collector)

    def test_it_is_in_the_log(self):
        case = self._case()
        dispute = self._dispute(case, 400, origin="debtor")
        [event] = case.event_ids.filtered(lambda e: e.kind == "dispute")
        self.assertIn('"amount":"400.00"', event.data)
        self.assertIn('"origin":"debtor"', event.data)
        self.assertNotIn(dispute.description, event.data)
        self.assertIn(dispute.description, event.personal)
        self.assertTrue(case.account_id.is_stale)

    # === REFUSALS === #

    def test_more_than_what_is_left_is_refused(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "at most .*1,000.00.* can be contested"):
            self._dispute(case, 1000.01)
        self._dispute(case, 700)
        with self.assertRaisesRegex(UserError, "at most .*300.00.* can be contested"):
            self._dispute(case, 300.01, "quality")

    def test_zero_and_negative_are_refused(self):
        case = self._case()
        for amount in (0, -5):
            with self.assertRaisesRegex(UserError, "how much of the invoice"):
                self._dispute(case, amount)

    def test_an_invoice_of_another_case_is_refused(self):
        case = self._case()
        other = self._case(partner=self.other_debtor)
        with self.assertRaisesRegex(UserError, "open invoices of one case"):
            self._dispute(case, 10, claims=case.claim_ids + other.claim_ids)

    def test_without_an_invoice_it_is_refused(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "at least one invoice"):
            self._dispute(case, 10, claims=case.claim_ids.browse())

    def test_a_closed_case_is_refused(self):
        case = self._case()
        case.action_withdraw()
        with self.assertRaisesRegex(UserError, "open invoices of one case"):
            self._dispute(case, 10)

    def test_a_day_before_it_came_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "before it was received"):
            self._dispute(self._case(), 10, date_revisit=TODAY - timedelta(days=1))

    def test_its_state_is_no_field_to_edit(self):
        dispute = self._dispute(self._case(), 10)
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.state = "rejected"
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.with_context(dispute_pass=True).write({"date_settled": TODAY})
        with self.assertRaisesRegex(UserError, "starts open"):
            self._dispute(dispute.case_id, 10, state="accepted")

    def test_it_is_never_deleted(self):
        dispute = self._dispute(self._case(), 10)
        with self.assertRaisesRegex(UserError, "withdraw it"):
            dispute.unlink()
        with self.assertRaisesRegex(UserError, "withdraw it"):
            dispute.line_ids.unlink()

    def test_settled_once(self):
        dispute = self._dispute(self._case(), 10)
        dispute._settle("withdrawn", TODAY)
        with self.assertRaisesRegex(UserError, "settled already"):
            dispute._settle("rejected", TODAY)

    # === ROLES AND COMPANIES === #

    def test_a_collector_opens_one_and_a_stranger_sees_none(self):
        case = self._case().with_user(self.collector)
        dispute = self._dispute(case, 400)
        self.assertEqual(dispute.user_id, self.collector)
        stranger = new_test_user(self.env, "dc_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            dispute.with_user(stranger).read(["amount"])

    def test_another_company_sees_none(self):
        dispute = self._dispute(self._case(), 400)
        sister = self._make_company("Sister SA")
        user = new_test_user(
            self.env,
            "dc_sister",
            groups="debt_collection.debt_collection_group_collector",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        seen = dispute.with_user(user).with_context(allowed_company_ids=sister.ids)
        with self.assertRaises(AccessError):
            seen.read(["amount"])
        self.assertFalse(seen.search([]))

    # === PROOFS === #

    def test_a_proof_is_what_its_content_says(self):
        dispute = self._dispute(self._case(), 10)
        [proof] = dispute._attach_proofs([("../../order.exe", b"%PDF-1.4\nhello")])
        self.assertEqual((proof.name, proof.mimetype), ("order.exe", "application/pdf"))
        self.assertEqual((proof.res_model, proof.res_id), (dispute._name, dispute.id))

    def test_proofs_we_do_not_take(self):
        dispute = self._dispute(self._case(), 10)
        cases = [
            ("page.pdf", b"<html><script>alert(1)</script></html>", "no PDF, JPEG"),
            ("empty.pdf", b"", "is empty"),
            ("big.pdf", b"%PDF-1.4" + b"0" * 11 * 1024 * 1024, "larger than 10 MB"),
        ]
        for name, content, words in cases:
            with self.assertRaisesRegex(UserError, f"{name}.*{words}"):
                dispute._attach_proofs([(name, content)])
        with self.assertRaisesRegex(UserError, "At most 10 files"):
            dispute._attach_proofs([("a.pdf", b"%PDF-1.4")] * 11)
        self.assertFalse(dispute._count_proofs())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInterruptions(DisputeCommon):
    """A part payment of the debtor makes the term of limitation run again."""

    def _interruptions(self, case):
        items = case.claim_ids.move_line_id.ids
        found = self.env["debt.collection.facts"]._read_interruptions(items)
        return [(e.day, e.kind) for e in found.get(items[0], ())]

    def test_each_part_payment_that_leaves_a_rest(self):
        case = self._case()
        move = case.claim_ids.move_id
        days = [TODAY - timedelta(days=days) for days in (20, 10, 5)]
        self._pay(move, 300, days[0])
        self._pay(move, 300, days[1])
        self._pay(move, None, days[2])
        wanted = [(day, "acknowledgement") for day in days[:2]]
        self.assertEqual(self._interruptions(case), wanted)

    def test_a_credit_note_acknowledges_nothing(self):
        case = self._case()
        self._refund(case.claim_ids.move_id, 200, TODAY)
        self.assertEqual(self._interruptions(case), [])

    def test_money_of_somebody_else_acknowledges_nothing(self):
        case = self._case()
        items = case.claim_ids.move_line_id
        (items + self._receive(self.other_debtor, 300, TODAY)).reconcile()
        self.assertEqual(self._interruptions(case), [])

    def test_what_he_pays_while_he_contests_acknowledges_nothing(self):
        case = self._case()
        self._dispute(case, 400, date=TODAY - timedelta(days=15))
        self._pay(case.claim_ids.move_id, 300, TODAY - timedelta(days=20))
        self._pay(case.claim_ids.move_id, 300, TODAY - timedelta(days=10))
        wanted = [(TODAY - timedelta(days=20), "acknowledgement")]
        self.assertEqual(self._interruptions(case), wanted)

    def test_an_undone_payment_acknowledges_nothing(self):
        case = self._case()
        self._pay(case.claim_ids.move_id, 300, TODAY)
        case.claim_ids.move_line_id.remove_move_reconcile()
        self.assertEqual(self._interruptions(case), [])
