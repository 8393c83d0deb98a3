import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.debt_collection_case_closing import OUTCOMES
from .common import TODAY
from .cost import CostCommon

# What an open case asks of people, and a closed one no more
AGENDA = (
    "mail_activity_type_call",
    "mail_activity_type_visit",
    "mail_activity_type_plan",
    "mail_activity_type_legal",
    "mail_activity_type_limitation",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClosing(CostCommon):
    """One way to end a case, whatever the outcome."""

    def _agree(self, bearer, outcome, what="cost"):
        agreement = self.env["debt.collection.agreement"].create(
            {
                "name": "Acts",
                "company_id": self.company.id,
                "partner_id": self.bailiff.id,
                "kind": "bailiff",
                "bearing_ids": [
                    Command.create({"outcome": outcome, "what": what, "bearer": bearer})
                ],
            }
        )
        assignment = self.env["debt.collection.assignment"].create(
            {"case_id": self.case.id, "agreement_id": agreement.id}
        )
        assignment._store(
            {"state": "handed_over", "moment_handed": fields.Datetime.now()}
        )
        return assignment

    def _closed_event(self, case):
        [event] = case.event_ids.filtered(lambda e: e.kind == "closed")
        return json.loads(event.data)

    # === EVERYTHING ENDS === #

    def test_every_outcome_ends_what_runs(self):
        for outcome, _label in OUTCOMES:
            with self.subTest(outcome=outcome):
                case = self._flag(self._make_invoice(40, 300, self.other_debtor))
                case = case.with_user(self.env.user)
                hold = self.env["debt.collection.hold"].create(
                    {
                        "account_id": case.account_id.id,
                        "case_id": case.id,
                        "reason": "asked for time",
                    }
                )
                plan = case._propose_plan(
                    {"kind": "promise", "date": TODAY, "amount": 300}, "collector"
                )
                letter = case._make_letter("statement", TODAY)
                asked = self._request(50, case=case)
                for kind in AGENDA:
                    case.activity_schedule(f"debt_collection.{kind}")
                kept = case.activity_schedule(
                    "debt_collection.mail_activity_type_insolvency"
                )
                case._close(outcome, TODAY)
                # the claim is declared in an insolvency, closed or not
                self.assertEqual(case.activity_ids, kept)
                self.assertFalse(case.why_not)
                self.assertEqual(
                    (case.phase, case.outcome, case.date_closed),
                    ("closed", outcome, TODAY),
                )
                self.assertEqual(hold.date_ended, TODAY)
                self.assertIn(plan.state, ("kept", "cancelled"))
                self.assertEqual(letter.state, "skipped")
                self.assertEqual(asked.stage, "cancelled")
                self.assertFalse(case.claim_ids.filtered("is_open"))
                self.assertFalse(self.env["debt.collection.event"]._verify(case))

    def test_the_log_keeps_the_closing_statement(self):
        self._pay(self.invoice, 400)
        self.case._close("withdrawn", TODAY)
        data = self._closed_event(self.case)
        self.assertEqual(data["outcome"], "withdrawn")
        self.assertEqual(
            data["statement"],
            [
                "principal 1000.00",
                "interest 22.19",
                "indemnity 40.00",
                "costs 0.00",
                "paid 400.00",
                "left 662.19",
            ],
        )

    def test_closing_twice_writes_once(self):
        self.case._close("withdrawn", TODAY)
        self.assertFalse(self.case._close("paid", TODAY))
        self.assertEqual(self.case.outcome, "withdrawn")

    def test_a_hold_of_the_debtor_stays(self):
        hold = self.env["debt.collection.hold"].create(
            {"account_id": self.case.account_id.id, "reason": "moving house"}
        )
        self.case._close("withdrawn", TODAY)
        self.assertFalse(hold.date_ended)

    # === COSTS BY THE AGREEMENT === #

    def test_the_agreement_says_who_bears_the_acts(self):
        for bearer, lost in (("creditor", 242), ("partner", 0), ("debtor", 242)):
            with self.subTest(bearer=bearer), self.env.cr.savepoint() as savepoint:
                cost = self._engaged(200, vat_percent=21)
                self.company.debt_collection_cost_vat = True
                assignment = self._agree(bearer, "irrecoverable")
                self.case._close("irrecoverable", TODAY)
                spent = cost._get_spent()
                self.assertEqual(cost.amount_lost, spent if lost else 0)
                self.assertEqual(cost.bearer, "partner" if not lost else "creditor")
                self.assertEqual(assignment.state, "recalled")
                if bearer != "creditor":
                    self.assertIn("cost_settled", self._kinds())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_another_outcome_leaves_the_bearer(self):
        cost = self._engaged(200)
        self._agree("partner", "bankrupt")
        self.case._close("irrecoverable", TODAY)
        self.assertEqual(cost.bearer, "creditor")
        self.assertNotIn("cost_settled", self._kinds())

    # === OTHER REMINDER SYSTEMS === #

    def test_marks_are_set_once_and_taken_back(self):
        self.company.debt_collection_mark_items = True
        ours, theirs = (
            self._make_invoice(40, 300, self.other_debtor) for _number in range(2)
        )
        case = self._flag(ours + theirs)
        foreign = self._get_receivable(theirs)
        case.claim_ids.filtered(lambda c: c.move_id == theirs).is_marked = False
        self.assertTrue(self._get_receivable(ours).no_followup)
        # our own mark stops nothing
        self._run(TODAY)
        self.assertIn(ours, case.action_ids.line_ids.move_line_id.move_id)
        case.with_user(self.collector)._close("withdrawn", TODAY)
        self.assertFalse(self._get_receivable(ours).no_followup)
        self.assertTrue(foreign.no_followup)

    def test_without_the_setting_nothing_is_marked(self):
        self.assertFalse(self._get_receivable(self.invoice).no_followup)

    # === BY HAND === #

    def test_facts_speak_against_an_ending(self):
        case = self.case.with_user(self.director)
        now = fields.Datetime.now()
        for outcome, message in (
            ("waived", "Nothing was paid"),
            ("lost", "No act of a procedure"),
        ):
            with self.assertRaisesRegex(UserError, message):
                case._end(outcome, "why", now)
        self.case.date_limitation = TODAY + timedelta(days=9)
        with self.assertRaisesRegex(UserError, "may be brought to court until"):
            case._end("prescribed", "too late", now)
        self._pay(self.invoice, 400)
        with self.assertRaisesRegex(UserError, "Only an approver"):
            self.case.with_user(self.collector)._end("waived", "agreed", now)
        case._end("waived", "agreed on the phone", now)
        self.assertEqual(self.case.outcome, "waived")
        self.assertEqual(self.case._get_statements(TODAY)[self.case.id].due, 0)
        self.case.action_reopen()
        self.assertEqual(
            (self.case.phase, self.case.amount_residual), ("amicable", 600)
        )

    # === S7 === #

    def test_s07(self):
        """Paid to the creditor after service: only the engaged costs remain due."""
        cost = self._performed(200)
        # interest 22.19 and compensation 40 besides
        self.assertEqual(self.case.amount_due, 1262.19)
        self._pay(self.invoice, 1000)
        account = self.case.account_id
        for find, work in (
            (self.Run._find_costly, self.Run._waive_beside_costs),
            (self.Run._find_costs_only, self.Run._note_costs_only),
        ):
            settled = self.Run._read_settled_cases(self.company)
            self.assertIn(self.case.id, find(settled, TODAY))
            work(account, TODAY)
            settled = self.Run._read_settled_cases(self.company)
            self.assertNotIn(self.case.id, find(settled, TODAY))
        self.assertEqual(self.case.phase, "amicable")
        self.assertEqual(
            (self.case.amount_due, self.case.date_costs_only), (200, TODAY)
        )
        self.assertFalse(self._settled())
        # the costs are billed, booked and paid: the case ends, nothing is left
        self._bill((cost, 200, cost.order_number)).action_post()
        document = self.env["debt.collection.charge"]._book(self.case, TODAY)
        self.assertEqual(document.amount_total, 200)
        self._pay(document)
        self.assertEqual(list(self._settled()), ["paid_costs"])
        self._run(TODAY)
        self.assertEqual((self.case.phase, self.case.outcome), ("closed", "paid_costs"))
        self.assertEqual((cost.amount_recovered, cost.amount_lost), (200, 0))
        statement = self._closed_event(self.case)["statement"]
        self.assertEqual(
            [
                line
                for line in statement
                if line.split()[0] in ("costs", "paid", "left")
            ],
            ["costs 200.00", "paid 1200.00", "left 0.00"],
        )
        letter = self.case._make_letter("closing", TODAY)
        page = str(self.env["debt.collection.document"]._render_action(letter))
        self.assertIn("to us directly, after costs had been made", page)
        self.assertIn("Costs of this file", page)
        self.assertNotIn("we claim it no longer", page)

    def test_s07_costs_given_up(self):
        """The creditor gives the rest up: the case closes, and the cost is lost."""
        cost = self._performed(200)
        self._pay(self.invoice, 1000)
        self.Run._waive_beside_costs(self.case.account_id, TODAY)
        self.Run._note_costs_only(self.case.account_id, TODAY)
        cost.with_user(self.accountant)._give_up("not worth it")
        self._run(TODAY)
        self.assertEqual(self.case.outcome, "paid_costs")
        self.assertEqual(cost.amount_lost, 200)

    # === MANY === #

    def _queries(self, number):
        moves = self.env["account.move"]
        for _number in range(number):
            debtor = self._make_debtor(f"Many {number} {_number}")
            moves += self._make_invoice(40, 100, debtor)
        cases = self.env["debt.collection.case"].browse(self._flag(moves).ids)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        cases._close("irrecoverable", TODAY)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_many_close_at_the_price_of_one(self):
        self._queries(1)  # caches of the registry
        few, many = self._queries(2), self._queries(20)
        self.assertLessEqual(many, few + 4)
