from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestLegalInsolvency(LegalWorld):
    """Bankruptcy on the way: guarantors, what was engaged, goods of the creditor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")

    def _case(self, **values):
        move = self._invoice(self.enterprise, 10000, "2024-11-30", **values)
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "formal_notice")
        return move, case

    def _bankrupt(self, day="2025-02-11", **values):
        with self._at("2025-02-12"):
            return self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "kind": "bankrupt",
                    "date": day,
                    "court": "Enterprise court",
                    **values,
                }
            )

    def _guarantor(self, case, **values):
        return self.env["debt.collection.party"].create(
            {
                "case_id": case.id,
                "partner_id": self.env["res.partner"]
                .create({"name": "Guarantor Two", "city": "Gent"})
                .id,
                "role": "guarantor",
                **values,
            }
        )

    def _labels(self, insolvency):
        return {one.label: one.day for one in insolvency._get_deadlines()}

    # === GUARANTORS === #

    def test_the_guarantor_comes_from_the_parties_of_the_case(self):
        """Case 7.3 on a case: three months from the judgment of 11/02/2025."""
        _move, case = self._case()
        party = self._guarantor(case, amount_maximum=4000)
        insolvency = self._bankrupt()
        self.assertFalse(insolvency.has_guarantor)
        self.assertEqual(insolvency.guarantor_ids, party.partner_id)
        wanted = "Name the guarantor, or he is free"
        self.assertEqual(self._labels(insolvency)[wanted], date(2025, 5, 11))
        self.assertIn(wanted, case.activity_ids.mapped("summary"))

    def test_a_guarantor_known_later_is_in_the_agenda_at_once(self):
        _move, case = self._case()
        self._bankrupt()
        wanted = "Name the guarantor, or he is free"
        self.assertNotIn(wanted, case.activity_ids.mapped("summary"))
        with self._at("2025-02-20"):
            party = self._guarantor(case)
            self.assertIn(wanted, case.activity_ids.mapped("summary"))
            party.active = False
        self.assertNotIn(wanted, case.activity_ids.mapped("summary"))

    def test_a_codebtor_is_no_guarantor(self):
        _move, case = self._case()
        self._guarantor(case, role="codebtor")
        insolvency = self._bankrupt()
        self.assertFalse(insolvency.guarantor_ids)
        self.assertNotIn("Name the guarantor, or he is free", self._labels(insolvency))

    def test_the_declaration_names_him(self):
        _move, case = self._case()
        self._guarantor(case, amount_maximum=4000)
        self._bankrupt()
        step = self._propose(case, "be_insolvency", "insolvency_claim", "2025-02-20")
        with self._at("2025-02-20"):
            text = str(step._render_document())
        for words in ("Guarantors", "Guarantor Two", "Gent", "4,000.00"):
            self.assertIn(words, text)

    # === WHAT WAS ENGAGED === #

    def test_s05_engaged_costs_fall_on_the_creditor(self):
        """The lawyer and the summons were engaged; the bankruptcy comes after."""
        _move, case = self._case()
        first = self._act(case, "be_rci", "rci_instruction", "accepted", "2025-02-03")
        summons = self._propose(case, "be_rci", "rci_summons", "2025-02-10", first)
        self._order(summons, "2025-02-10")
        engaged = case.cost_ids
        self.assertEqual(set(engaged.mapped("stage")), {"engaged"})
        self._bankrupt()
        with self._at("2025-02-12"):
            with self.assertRaisesRegex(UserError, "Bankrupt"):
                self._propose(
                    case, "be_rci", "rci_report", "2025-02-12", summons
                )._order_on(date(2025, 2, 12))
        with self._at("2025-03-01"):
            case._close("bankrupt", date(2025, 3, 1))
        self.assertEqual((case.phase, case.outcome), ("closed", "bankrupt"))
        self.assertEqual(set(engaged.mapped("bearer")), {"creditor"})
        for cost in engaged:
            self.assertGreater(cost.amount_lost, 0)
            self.assertEqual(cost.amount_lost, cost._get_spent())
        self.assertEqual(sum(engaged.mapped("amount_recovered")), 0)

    # === RETENTION OF TITLE === #

    def _reclaim(self, case, clause, day="2025-02-20"):
        proof = self._proof(case, "retention_clause")
        proof.date = clause
        step = self._propose(case, "be_before", "reclaim_goods", day)
        return step._get_obstacle_sentences(date.fromisoformat(day))

    def test_a_clause_before_the_delivery_binds_the_receiver(self):
        _move, case = self._case(delivery_date="2024-11-05")
        self._bankrupt()
        self.assertEqual(self._reclaim(case, "2024-11-05"), [])

    def test_a_clause_after_the_delivery_binds_nobody(self):
        _move, case = self._case(delivery_date="2024-11-05")
        [reason] = self._reclaim(case, "2024-11-06")
        self.assertIn("delivered before, on 11/05/2024", reason)

    def test_a_clause_without_a_day_proves_nothing(self):
        _move, case = self._case()
        [reason] = self._reclaim(case, False)
        self.assertIn("Enter the day of the clause", reason)

    def test_a_clause_after_the_judgment(self):
        move, case = self._case()
        move.delivery_date = "2025-02-15"
        self._bankrupt()
        [reason] = self._reclaim(case, "2025-02-14")
        self.assertIn("does not bind the receiver", reason)
