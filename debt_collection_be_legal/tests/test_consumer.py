from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.tools.facts import Blocker, Clause, PlannedContact
from odoo.addons.debt_collection.tools.imputation import impute
from odoo.addons.debt_collection.tools.values import Debt, Payment

from .common import BelgianCase, amount, day

AT_CAP = Clause(interest_at_cap=True, penalty_at_cap=True)


@tagged("post_install", "-at_install")
class TestConsumer(BelgianCase):
    """Section 2 of the law reference: Book XIX."""

    regime_key = "be_b2c"

    def ceiling(self, balance):
        return self.regime._get_lump_sum_ceiling(
            self.claim("1.00", "31/01/2025"), amount(balance), day("01/03/2025")
        )

    def check_ceilings(self, *pairs):
        for balance, expected in pairs:
            with self.subTest(balance=balance):
                self.assertEqual(self.ceiling(balance), amount(expected))

    def term(self, on, channel):
        notice = self.notice(on, channel)
        facts = self.claim("1,000.00", "31/01/2025", notices=(notice,))
        return self.regime._get_notice_term(facts, notice)

    def check_term(self, on, channel, start, last_day, claimable):
        term = self.term(on, channel)
        self.assertEqual(
            (term.start, term.last_day, term.claimable_from),
            (day(start), day(last_day), day(claimable)),
        )

    def mailed(self, principal="1,000.00", **values):
        """Due 31/01/2025, first letter mailed on 03/03/2025."""
        values.setdefault("notices", (self.notice("03/03/2025", "email"),))
        return self.claim(principal, "31/01/2025", **values)

    # === CEILINGS === #

    def test_case_2_1(self):
        self.check_ceilings(("12.50", "20.00"), ("150.00", "20.00"))

    def test_case_2_2(self):
        self.check_ceilings(
            ("150.01", "30.00"), ("151.00", "30.10"), ("300.00", "45.00")
        )

    def test_case_2_3(self):
        self.check_ceilings(
            ("499.99", "65.00"), ("500.00", "65.00"), ("500.01", "65.00")
        )

    def test_case_2_4(self):
        self.check_ceilings(
            ("750", "77.50"), ("1,000", "90.00"), ("2,500", "165.00"), ("5,000", "290")
        )

    def test_case_2_5(self):
        self.check_ceilings(("39,200", "2,000.00"), ("50,000", "2,000.00"))

    def test_case_2_6(self):
        clause = Clause(penalty_percent=Decimal(10))
        charge = self.charges(self.mailed("300.00", clause=clause))["lump_sum"]
        self.assertEqual((charge.amount, charge.warning), (Decimal("30.00"), ""))

    def test_case_2_7(self):
        clause = Clause(penalty_percent=Decimal(15), penalty_minimum=Decimal(75))
        charge = self.charges(self.mailed("300.00", clause=clause))["lump_sum"]
        self.assertEqual((charge.amount, charge.warning), (Decimal(0), "clause_void"))

    # === THE WAITING TIME === #

    def test_case_2_8(self):
        self.check_term("03/03/2025", "post", "06/03/2025", "19/03/2025", "20/03/2025")

    def test_case_2_9(self):
        self.check_term("03/03/2025", "email", "04/03/2025", "17/03/2025", "18/03/2025")

    def test_case_2_10(self):
        self.check_term("17/04/2025", "post", "23/04/2025", "06/05/2025", "07/05/2025")

    def test_case_2_11(self):
        self.check_term("24/12/2025", "post", "30/12/2025", "12/01/2026", "13/01/2026")

    def test_case_2_12(self):
        self.check_term("30/04/2026", "post", "06/05/2026", "19/05/2026", "20/05/2026")

    def test_case_2_13(self):
        self.check_term("17/07/2026", "post", "23/07/2026", "05/08/2026", "06/08/2026")

    # === INTEREST AND LUMP SUM === #

    def test_case_2_14(self):
        facts = self.paid(self.mailed(clause=AT_CAP), ("30/04/2025", "1,000.00"))
        lines = self.interest_lines(facts, "30/04/2025")
        self.assertEqual([(x.days, x.percent) for x in lines], [(58, Decimal("11.5"))])
        interest, lump = lines[0].shown, self.charges(facts)["lump_sum"]
        self.assertEqual(interest, Decimal("18.27"))
        self.assertEqual(lump.amount, Decimal("90.00"))
        self.assertEqual(facts.principal + interest + lump.amount, amount("1,108.27"))
        terms = self.regime._get_interest(facts, day("30/04/2025"))
        self.assertEqual(terms.start, day("04/03/2025"))
        self.assertEqual(terms.claimable_from, day("18/03/2025"))

    def test_case_2_15(self):
        facts = self.mailed(clause=AT_CAP, creditor_small=False)
        facts = self.paid(facts, ("30/04/2025", "1,000.00"))
        lines = self.interest_lines(facts, "30/04/2025")
        self.assertEqual([line.days for line in lines], [44])
        self.assertEqual(lines[0].shown, Decimal("13.86"))
        total = facts.principal + lines[0].shown
        total += self.charges(facts)["lump_sum"].amount
        self.assertEqual(total, amount("1,103.86"))

    def test_case_2_16(self):
        facts = self.paid(self.mailed(clause=AT_CAP), ("17/03/2025", "1,000.00"))
        self.assertFalse(self.interest_lines(facts, "30/04/2025"))
        self.assertFalse(self.charges(facts))

    def test_case_2_17(self):
        facts = self.claim(
            "50.00",
            "31/08/2025",
            notices=(self.notice("15/09/2025", "post"),),
            regular_supply=True,
            postage=Decimal("1.70"),
        )
        for rank, expected in ((1, None), (2, None), (3, None), (4, "9.20")):
            with self.subTest(rank=rank):
                charge = self.charges(replace(facts, due_rank=rank)).get(
                    "reminder_cost"
                )
                self.assertEqual(
                    charge and charge.amount, expected and amount(expected)
                )
        once = replace(facts, due_rank=9, regular_supply=False)
        self.assertFalse(self.charges(once))
        # one letter by two channels is one reminder, with its postage once
        both = (
            self.notice("15/09/2025", "post", letter=7),
            self.notice("15/09/2025", "email", letter=7),
        )
        charge = self.charges(replace(facts, due_rank=4, notices=both))["reminder_cost"]
        self.assertEqual(charge.amount, amount("9.20"))

    def test_of_two_channels_the_later_term_counts(self):
        def earliest(*notices):
            facts = self.claim("100.00", "31/01/2025", notices=notices)
            return self.regime._get_first_term(facts)[1].claimable_from

        mail = self.notice("03/03/2025", "email", letter=7)
        post = self.notice("03/03/2025", "post", letter=7)
        self.assertLess(earliest(mail), earliest(post))
        self.assertEqual(earliest(post), day("20/03/2025"))
        self.assertEqual(earliest(mail, post), day("20/03/2025"))
        self.assertEqual(earliest(post, mail), day("20/03/2025"))
        # two letters are two: the first of them opened the term
        again = replace(post, letter=8)
        self.assertEqual(earliest(mail, again), earliest(mail))

    def test_case_2_18(self):
        facts = self.claim(
            "100.00", "15/11/2023", contract_date=day("01/02/2023"), clause=AT_CAP
        )
        eve, first = day("30/11/2023"), day("01/12/2023")
        self.assertFalse(self.regime._get_blockers(facts, "formal", eve))
        blockers = self.regime._get_blockers(facts, "formal", first)
        self.assertEqual(
            [blocker.code for blocker in blockers], ["be_first_letter_missing"]
        )
        early = replace(facts, notices=(self.notice("20/11/2023", "email"),))
        self.assertFalse(self.charges(early))
        later = replace(facts, notices=(self.notice("01/12/2023", "email"),))
        self.assertEqual(self.charges(later)["lump_sum"].amount, Decimal("20.00"))
        young = replace(early, contract_date=day("01/09/2023"))
        self.assertIn("lump_sum", self.charges(young))

    def test_case_11_4(self):
        facts = self.paid(self.mailed(clause=AT_CAP), ("13/03/2025", "400.00"))
        lump = self.charges(facts)["lump_sum"]
        self.assertEqual(lump.amount, Decimal("70.00"))
        self.assertEqual(lump.claimable_from, day("18/03/2025"))
        result = impute(
            [Payment("p", day("13/03/2025"), Decimal("400.00"))],
            [
                Debt(1, "principal", facts.principal, facts.due_date, claim=1),
                Debt(2, "indemnity", lump.amount, lump.claimable_from, claim=1),
            ],
        )
        self.assertEqual(
            [(a.kind, a.amount) for a in result.allocations],
            [("principal", Decimal("400.00"))],
        )

    def test_partial_payment_after_the_term_keeps_the_lump_sum(self):
        facts = self.paid(self.mailed(clause=AT_CAP), ("20/03/2025", "400.00"))
        self.assertEqual(self.charges(facts)["lump_sum"].amount, Decimal("90.00"))

    def test_contested_part_bears_nothing(self):
        facts = self.mailed(clause=AT_CAP, contested=Decimal("700.00"))
        self.assertEqual(self.charges(facts)["lump_sum"].amount, Decimal("45.00"))

    def test_nothing_without_a_clause(self):
        facts = self.mailed()
        self.assertFalse(self.charges(facts))
        self.assertIsNone(self.regime._get_interest(facts, day("30/06/2025")).start)

    def test_nothing_before_the_first_letter(self):
        facts = self.mailed(clause=AT_CAP, notices=())
        self.assertFalse(self.charges(facts))
        self.assertIsNone(self.regime._get_interest(facts, day("30/06/2025")).start)

    def test_a_call_or_an_early_letter_is_no_first_letter(self):
        for notice in (
            self.notice("03/03/2025", "call"),
            self.notice("31/01/2025", "email"),
            self.notice("03/03/2025", "email", kind="none"),
        ):
            facts = self.mailed(clause=AT_CAP, notices=(notice,))
            with self.subTest(notice=notice):
                self.assertFalse(self.charges(facts))
                self.assertTrue(
                    self.regime._get_blockers(facts, "formal", day("30/06/2025"))
                )

    def test_agreed_rate_stays_under_the_ceiling_of_each_half_year(self):
        clause = Clause(interest_percent=Decimal(11))
        facts = self.mailed(clause=clause, creditor_small=False)
        terms = self.regime._get_interest(facts, day("31/12/2025"))
        self.assertEqual(
            [period.percent for period in terms.periods],
            [Decimal(11), Decimal("10.5")],
        )
        self.assertFalse(terms.warning)

    def test_lump_sum_is_as_sure_as_the_rate_that_judges_the_clause(self):
        """Were that rate wrong, the clause might be void: it says so until verified."""
        clause = Clause(interest_percent=Decimal(8), penalty_percent=Decimal(5))
        for on, verified in (("02/09/2024", True), ("03/03/2025", False)):
            notices = (self.notice(on, "email"),)
            facts = self.claim("1,000.00", "31/01/2024", clause=clause, notices=notices)
            bowing = replace(facts, clause=replace(clause, interest_at_cap=True))
            with self.subTest(on):
                self.assertEqual(self.charges(facts)["lump_sum"].verified, verified)
                self.assertTrue(self.charges(bowing)["lump_sum"].verified)

    def test_rate_above_the_ceiling_voids_the_whole_clause(self):
        clause = Clause(interest_percent=Decimal(12), penalty_percent=Decimal(5))
        facts = self.mailed(clause=clause)
        terms = self.regime._get_interest(facts, day("31/12/2025"))
        self.assertEqual((terms.start, terms.warning), (None, "clause_void"))
        charge = self.charges(facts)["lump_sum"]
        self.assertEqual((charge.amount, charge.warning), (Decimal(0), "clause_void"))

    def test_without_a_clause_civil_interest_from_the_formal_notice(self):
        formal = self.notice("25/03/2025", "email", kind="formal")
        facts = self.mailed(notices=(self.notice("03/03/2025", "email"), formal))
        lines = self.interest_lines(facts, "30/04/2025")
        self.assertEqual(
            [(line.start, line.percent) for line in lines],
            [(day("27/03/2025"), Decimal("4.5"))],
        )

    def test_formal_notice_inside_the_waiting_time_starts_nothing(self):
        formal = self.notice("17/03/2025", "email", kind="formal")
        facts = self.mailed(notices=(self.notice("03/03/2025", "email"), formal))
        self.assertIsNone(self.regime._get_interest(facts, day("30/06/2025")).start)

    def test_clause_that_bows_to_the_ceilings_is_cut_not_void(self):
        clause = Clause(
            interest_percent=Decimal(12),
            interest_at_cap=True,
            penalty_percent=Decimal(10),
            penalty_at_cap=True,
        )
        for principal, expected in (("300.00", "30.00"), ("1,000.00", "90.00")):
            facts = self.mailed(principal, clause=clause)
            charge = self.charges(facts)["lump_sum"]
            self.assertEqual((charge.amount, charge.warning), (amount(expected), ""))
        terms = self.regime._get_interest(facts, day("31/12/2025"))
        self.assertEqual(
            [period.percent for period in terms.periods],
            [Decimal("11.5"), Decimal("10.5")],
        )

    def test_own_row_of_a_ceiling_counts(self):
        self.env["debt.collection.parameter.value"].create(
            {
                "parameter_id": self.env.ref(
                    "debt_collection_be_legal.be_b2c_cap_bracket"
                ).id,
                "company_id": self.company.id,
                "date_from": "2025-01-01",
                "lower": 0,
                "base": 15,
            }
        )
        self.assertEqual(self.ceiling("1,000"), Decimal("15.00"))

    def test_no_lump_sum_in_a_foreign_currency(self):
        facts = self.mailed(clause=AT_CAP, currency="USD")
        self.assertFalse(self.charges(facts))

    # === THE LOCK === #

    def test_next_letter_waits_for_the_term_and_the_margin(self):
        facts = self.mailed()
        for kind in ("none", "formal"):
            with self.subTest(kind=kind):
                earliest = self.regime._get_earliest_date(facts, kind)
                self.assertEqual(earliest, day("19/03/2025"))
                blockers = self.regime._get_blockers(facts, kind, day("18/03/2025"))
                self.assertEqual([b.until for b in blockers], [earliest])
                self.assertFalse(self.regime._get_blockers(facts, kind, earliest))

    def test_no_day_for_a_formal_notice_without_a_first_letter(self):
        facts = self.mailed(notices=())
        self.assertEqual(self.regime._get_earliest_date(facts, "formal"), date.max)
        self.assertIsNone(self.regime._get_earliest_date(facts, "none"))

    def test_margin_is_a_number_of_the_company(self):
        self.env["debt.collection.parameter.value"].create(
            {
                "parameter_id": self.env.ref(
                    "debt_collection_be_legal.be_b2c_margin"
                ).id,
                "company_id": self.company.id,
                "date_from": "2025-01-01",
                "value_number": 0,
            }
        )
        self.assertEqual(
            self.regime._get_earliest_date(self.mailed(), "formal"), day("18/03/2025")
        )

    def test_first_letter_only_after_the_due_date(self):
        facts = self.mailed(notices=())
        self.assertTrue(self.regime._get_blockers(facts, "first", day("31/01/2025")))
        self.assertFalse(self.regime._get_blockers(facts, "first", day("01/02/2025")))

    def test_first_letter_names_its_four_mentions(self):
        letter = self.regime._get_letter(self.mailed(), "first")
        self.assertEqual(
            letter.mentions,
            (
                "balance_and_penalty",
                "creditor_identity",
                "origin_and_due_date",
                "term_before_costs",
            ),
        )

    def test_first_letter_that_cannot_tell_is_blocked(self):
        facts = self.mailed(notices=(), lacking=("creditor_number",))
        blockers = self.regime._get_blockers(facts, "first", day("03/03/2025"))
        self.assertEqual([b.code for b in blockers], ["be_mention_missing"])
        self.assertIn("creditor_number", self.regime._get_blocker_sentence(blockers[0]))

    def test_each_item_climbs_by_itself(self):
        self.assertFalse(self.regime._sweeps_items())

    def test_case_3_6(self):
        self.assertTrue(self.regime._rests_on_dispute())
        b2b = self.env["debt.collection.regime"]._get_regime("be_b2b", self.company)
        self.assertFalse(b2b._rests_on_dispute())

    def test_a_plan_costs_the_consumer_nothing(self):
        self.assertFalse(self.regime._get_plan_limits(self.mailed()).fee_allowed)

    def test_consumer_abroad_owes_the_principal_behind_the_lock(self):
        regime = self.env["debt.collection.regime"]._get_regime("be_b2c_abroad")
        facts = self.mailed(clause=AT_CAP)
        self.assertIsNone(regime._get_interest(facts, day("30/06/2025")).start)
        self.assertFalse(regime._get_fixed_charges(facts, day("30/06/2025")))
        self.assertTrue(regime._get_blockers(facts, "formal", day("18/03/2025")))

    def test_large_from_two_thresholds_on(self):
        for sizes, on, expected in (
            ((50, 9_000_000, 0), "01/12/2023", True),
            ((49, 9_000_000, 4_499_999), "01/12/2023", False),
            ((50, 9_000_000, 0), "01/01/2024", False),
            ((0, 11_250_000, 6_000_000), "01/01/2024", True),
        ):
            with self.subTest(sizes=sizes, on=on):
                is_large = self.regime._is_l10n_be_large(*sizes, day(on))
                self.assertEqual(is_large, expected)

    def test_how_many_thresholds_make_it_large_is_a_number_too(self):
        """A law that wants all three is a row of that day, not a change of code."""
        self.env["debt.collection.parameter.value"].create(
            {
                "parameter_id": self.env.ref("debt_collection_be_legal.be_b2c_sme").id,
                "company_id": self.company.id,
                "key": "needed",
                "date_from": "2026-01-01",
                "value_number": 3,
            }
        )
        sizes = (50, 11_250_000, 0)
        self.assertTrue(self.regime._is_l10n_be_large(*sizes, day("31/12/2025")))
        self.assertFalse(self.regime._is_l10n_be_large(*sizes, day("01/01/2026")))

    # === VISITS === #

    def check_visit(self, start, end, channel="visit"):
        """Codes of what forbids a visit from, to those hours of a Monday."""
        moments = [
            datetime.combine(day("02/06/2025"), time.fromisoformat(text))
            for text in (start, end)
        ]
        contact = PlannedContact(channel, *moments)
        facts = self.claim("1,000.00", "31/01/2025")
        blockers = self.regime._get_blockers(facts, "none", day("02/06/2025"), contact)
        return [blocker.code for blocker in blockers]

    def test_case_3_4(self):
        self.assertEqual(self.check_visit("21:30", "22:15"), ["be_visit_hours"])

    def test_visits_end_at_ten_and_start_at_eight(self):
        for start, end, expected in (
            ("21:30", "22:00", []),
            ("08:00", "08:30", []),
            ("07:59", "08:30", ["be_visit_hours"]),
            ("12:00", "12:30", []),
        ):
            with self.subTest(start):
                self.assertEqual(self.check_visit(start, end), expected)
        self.assertEqual(self.check_visit("21:30", "22:15", "call"), [])

    def test_visit_hours_are_worded(self):
        blocker = Blocker("be_visit_hours", (("opening", "8:00"), ("closing", "22:00")))
        self.assertEqual(
            self.regime._get_blocker_sentence(blocker),
            "A consumer is visited between 8:00 and 22:00 only.",
        )
