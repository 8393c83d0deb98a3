from datetime import date

from odoo.tests import tagged

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestLimitationClaims(LegalWorld):
    """The limitation clock of each claim: ground, interruptions, warning, block."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")

    def _case(self, *dues, amount=5000):
        moves = self.env["account.move"]
        for due in dues:
            moves += self._invoice(self.enterprise, amount, due)
        return moves, self._flag(moves).with_user(self.env.user)

    def _refresh(self, case, day):
        with self._at(day):
            case._refresh_limitation(date.fromisoformat(day))

    def _clocks(self, case):
        claims = case.claim_ids.sorted("date_due")
        return claims.mapped("date_limitation")

    def _noticed(self, case, day):
        self._proof(case, "formal_notice")
        return self._act(case, "be_before", "lawyer_notice", "received", day)

    # === EACH CLAIM HAS ITS OWN === #

    def test_each_claim_has_its_day_and_its_ground(self):
        _moves, case = self._case("2016-03-31", "2020-05-10")
        self._refresh(case, "2025-02-03")
        self.assertEqual(self._clocks(case), [date(2026, 3, 31), date(2030, 5, 10)])
        for claim in case.claim_ids:
            self.assertIn("2262bis", claim.limitation_ground)
            self.assertFalse(claim.limitation_to_verify)
            self.assertFalse(claim.interruptions)
        # the case shows the first
        self.assertEqual(case.date_limitation, date(2026, 3, 31))

    def test_a_part_payment_moves_its_own_claim_only(self):
        moves, case = self._case("2016-03-31", "2020-05-10")
        self._pay(moves[0], 100, date(2025, 1, 15))
        self._refresh(case, "2025-02-03")
        self.assertEqual(self._clocks(case), [date(2035, 1, 15), date(2030, 5, 10)])
        first = case.claim_ids.sorted("date_due")[0]
        self.assertIn("01/15/2025: acknowledgement", first.interruptions)
        self.assertEqual(case.date_limitation, date(2030, 5, 10))

    def test_who_asks_for_time_moves_all_his_claims(self):
        _moves, case = self._case("2016-03-31", "2020-05-10")
        self._act(case, "be_before", "bailiff_visit", "promised", "2025-02-04")
        self.assertEqual(self._clocks(case), [date(2035, 2, 4)] * 2)

    def test_who_contests_at_the_visit_moves_nothing(self):
        _moves, case = self._case("2016-03-31")
        self._act(case, "be_before", "bailiff_visit", "contested", "2025-02-04")
        self.assertEqual(self._clocks(case), [date(2026, 3, 31)])

    def test_the_summons_to_pay_interrupts(self):
        _moves, case = self._case("2016-03-31")
        self._proof(case, "formal_notice")
        first = self._act(case, "be_rci", "rci_instruction", "accepted", "2025-02-03")
        self._refresh(case, "2025-02-03")
        self.assertEqual(self._clocks(case), [date(2026, 3, 31)])
        self._act(case, "be_rci", "rci_summons", "served", "2025-02-10", first)
        self.assertEqual(self._clocks(case), [date(2035, 2, 10)])
        self.assertIn("summons", case.claim_ids.interruptions)

    def test_a_summons_that_was_not_served_does_not(self):
        _moves, case = self._case("2016-03-31")
        self._proof(case, "formal_notice")
        first = self._act(case, "be_rci", "rci_instruction", "accepted", "2025-02-03")
        self._act(case, "be_rci", "rci_summons", "not_served", "2025-02-10", first)
        self.assertEqual(self._clocks(case), [date(2026, 3, 31)])

    def test_the_notice_of_a_lawyer_gives_a_year_and_never_shortens(self):
        """Case 9.6: received on 01/12/2025, until 01/12/2026."""
        _moves, case = self._case("2016-03-31", "2020-05-10")
        self._noticed(case, "2025-12-01")
        self.assertEqual(self._clocks(case), [date(2026, 12, 1), date(2030, 5, 10)])

    # === THE WARNING === #

    def _work(self, day):
        with self._at(day):
            self.env["debt.collection.portfolio"]._refresh(
                self.company, date.fromisoformat(day)
            )
            Work = self.env["debt.collection.work"].with_user(self.collector)
            rows = Work.search([("partner_id", "=", self.enterprise.id)])
            return rows, rows.mapped("next_action")

    def test_the_work_list_warns_until_it_is_interrupted(self):
        _moves, case = self._case("2016-03-31")
        self._refresh(case, "2025-12-30")
        self.assertNotIn("limitation", self._work("2025-12-30")[1])
        rows, actions = self._work("2025-12-31")
        self.assertEqual(actions, ["limitation"])
        with self._at("2025-12-31"):
            window = rows.action_open()
        self.assertEqual(window["res_id"], case.id)
        self._noticed(case, "2026-01-05")
        self.assertNotIn("limitation", self._work("2026-01-05")[1])

    # === THE BLOCK === #

    def _lease_of(self, nature):
        return self.env["debt.collection.terms"].create(
            {
                "name": nature,
                "date_from": "2024-01-01",
                "company_id": self.company.id,
                "nature": nature,
            }
        )

    def test_case_9_2_nothing_is_sent_to_a_consumer_any_more(self):
        """Furniture, due 10/01/2025: after 10/01/2026 a judge may raise it."""
        terms = self._lease_of("goods")
        move = self._invoice(self.consumer, 500, "2025-01-10")
        move.debt_collection_terms_id = terms
        case = self._flag(move).with_user(self.env.user)
        with self._at("2026-01-12"):
            self._refresh(case, "2026-01-12")
            self.assertFalse(self._step("2026-01-12"))
            account = case.account_id
            self.assertIn("be_prescribed", str(account.blockers))
            self.assertEqual(case.date_limitation, date(2026, 1, 10))
            found = case._propose_routes(date(2026, 1, 12))
        self.assertFalse([p for p in found if p.is_open])

    def test_an_enterprise_is_only_warned(self):
        """Nobody but the debtor raises it between enterprises: the letter may leave."""
        move = self._invoice(self.enterprise, 500, "2015-01-10")
        self._flag(move)
        with self._at("2025-02-03"):
            self.assertTrue(self._step("2025-02-03"))
