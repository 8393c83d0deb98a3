"""What every regime must keep, ours or another addon's.

A test class inherits `RegimeContract` and `TransactionCase`, and names its key.
"""

from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.debt_collection.models.debt_collection_write_off import CAUSES
from odoo.addons.debt_collection.tools import answers
from odoo.addons.debt_collection.tools.facts import (
    Blocker,
    ClaimFacts,
    Clause,
    Dispatch,
    Interruption,
)
from odoo.addons.debt_collection.tools.route import Matter
from odoo.addons.debt_collection.tools.values import KINDS

UNTIL = date(2025, 6, 30)
PLAIN = ClaimFacts(
    key=1,
    regime="",
    principal=Decimal("1000.00"),
    residual=Decimal("1000.00"),
    invoice_date=date(2024, 12, 15),
    due_date=date(2025, 1, 14),
    contract_date=date(2024, 12, 1),
)
FIRST = Dispatch(date(2025, 3, 3), "email", "first")
FORMAL = Dispatch(date(2025, 4, 1), "registered", "formal")
CLAUSE = Clause(interest_percent=Decimal(8), penalty_percent=Decimal(5))
CASES = {
    "plain": PLAIN,
    "noticed": replace(PLAIN, notices=(FIRST,)),
    "formal": replace(PLAIN, notices=(FIRST, FORMAL)),
    "by post": replace(PLAIN, notices=(replace(FIRST, channel="post"),)),
    "clause": replace(PLAIN, notices=(FIRST, FORMAL), clause=CLAUSE),
    "at the caps": replace(
        PLAIN,
        notices=(FIRST,),
        clause=Clause(interest_at_cap=True, penalty_at_cap=True),
    ),
    "contested": replace(PLAIN, contested=Decimal("400.00"), notices=(FIRST,)),
    "paid": replace(
        PLAIN,
        residual=Decimal(0),
        movements=((date(2025, 2, 1), Decimal("1000.00")),),
        notices=(FIRST,),
    ),
    "foreign currency": replace(PLAIN, currency="USD", notices=(FIRST,), clause=CLAUSE),
    "large creditor": replace(PLAIN, creditor_small=False, notices=(FIRST,)),
    "goods": replace(PLAIN, nature="goods"),
}
NOTICE_KINDS = ("none", "first", "formal")
MATTER = Matter(
    day=UNTIL,
    regime="",
    currency="EUR",
    principal=Decimal("1000.00"),
    interest=Decimal("20.00"),
    indemnity=Decimal("40.00"),
    due=Decimal("1060.00"),
    finding="solvent",
)
MATTERS = {
    "plain": MATTER,
    "large": replace(MATTER, principal=Decimal("90000.00")),
    "abroad": replace(MATTER, creditor_country="LU", debtor_country="FR"),
    "contested": replace(
        MATTER, contested=Decimal("400.00"), traits=frozenset({"contested"})
    ),
    "bankrupt": replace(MATTER, finding="bankrupt"),
    "with a title": replace(MATTER, reached=frozenset({"title"})),
    "health": replace(MATTER, nature="health"),
}
INSOLVENCIES = ("bankrupt", "reorganisation", "debt_settlement")
OPTIONS = (
    {},
    {"term": date(2025, 7, 31)},
    {"guarantor": True, "retention": True},
    {"reminded": date(2025, 7, 15)},
)


class RegimeContract:
    """The laws; `regime_key` is the key of the regime under test."""

    regime_key = None
    # Odoo's own runner leaves inherited tests out unless it is told otherwise
    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.regime = cls.env["debt.collection.regime"]._get_regime(
            cls.regime_key, cls.env.company
        )

    def each(self):
        """Every case of facts, as a subtest of its name."""
        for name, facts in CASES.items():
            with self.subTest(facts=name):
                yield replace(facts, regime=self.regime_key)

    def ask_all(self, facts):
        """The answers to all questions, by question."""
        regime = self.regime
        return {
            "blockers": [
                regime._get_blockers(facts, kind, UNTIL) for kind in NOTICE_KINDS
            ],
            "earliest": [
                regime._get_earliest_date(facts, kind) for kind in NOTICE_KINDS
            ],
            "due": regime._get_due_date(facts),
            "interest": regime._get_interest(facts, UNTIL),
            "charges": regime._get_fixed_charges(facts, UNTIL),
            "order": regime._get_imputation_order(facts),
            "notice_term": [
                regime._get_notice_term(facts, notice) for notice in facts.notices
            ],
            "term_end": regime._get_term_end(UNTIL, 1, "months", vacation=True),
            "letter": [regime._get_letter(facts, kind) for kind in NOTICE_KINDS],
            "plan": regime._get_plan_limits(facts),
            "limitation": regime._get_limitation(facts),
            "debtor_notice": regime._get_debtor_notice(facts),
            "routes": self.ask_routes(),
            "insolvency": [
                regime._get_insolvency_days(kind, UNTIL, **options)
                for kind in INSOLVENCIES
                for options in OPTIONS
            ],
            "relief": [
                regime._get_loss_relief(cause, UNTIL) for cause, _label in CAUSES
            ],
            "sweeps": regime._sweeps_items(),
        }

    def ask_routes(self):
        """(route, matter) -> (obstacles, notes), of every route that is shipped."""
        regime = self.regime
        codes = self.env["debt.collection.legal.route"].search([]).mapped("code")
        return {
            (code, name): (
                regime._get_route_obstacles(code, matter),
                regime._get_route_notes(code, matter),
            )
            for code in (*codes, "xx_nowhere")
            for name, matter in self.each_matter()
        }

    def each_matter(self):
        for name, matter in MATTERS.items():
            yield name, replace(matter, regime=self.regime_key)

    def test_contract_key_is_known_and_labelled(self):
        known = self.env["debt.collection.regime"]._get_regime_models()
        model, label = known[self.regime_key]
        self.assertEqual(model, self.regime._name)
        self.assertTrue(label)
        self.assertIn(
            self.regime_key,
            dict(self.env["debt.collection.regime"]._selection_regime()),
        )

    def test_contract_asks_nothing_of_the_database_but_numbers(self):
        """Nothing is written: the questions pass in a read-only transaction."""
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            for facts in self.each():
                self.ask_all(facts)
                self.env.flush_all()
            savepoint.rollback()

    def test_contract_same_facts_same_answers(self):
        for facts in self.each():
            self.assertEqual(self.ask_all(facts), self.ask_all(facts))

    def test_contract_answers_are_frozen_values(self):
        for facts in self.each():
            answer = self.ask_all(facts)
            self.assertIsInstance(answer["due"], answers.DueDate)
            self.assertIsInstance(answer["interest"], answers.InterestTerms)
            self.assertIsInstance(answer["plan"], answers.PlanLimits)
            self.assertIsInstance(answer["sweeps"], bool)
            for letter in answer["letter"]:
                self.assertIsInstance(letter, answers.Letter)
            with self.assertRaises(FrozenInstanceError):
                answer["interest"].start = UNTIL

    def test_contract_plan_limits_are_usable(self):
        for facts in self.each():
            limits = self.regime._get_plan_limits(facts)
            self.assertIsInstance(limits.fee_allowed, bool)
            self.assertIsInstance(limits.interest_allowed, bool)
            for limit in (limits.max_months, limits.max_instalments):
                self.assertTrue(limit is None or limit > 0)

    def test_contract_blocked_until_the_earliest_day(self):
        for facts in self.each():
            for kind in NOTICE_KINDS:
                earliest = self.regime._get_earliest_date(facts, kind)
                if not earliest:
                    continue
                eve = min(earliest - timedelta(days=1), UNTIL)
                self.assertTrue(self.regime._get_blockers(facts, kind, eve))
                if earliest < date.max:
                    self.assertFalse(self.regime._get_blockers(facts, kind, earliest))

    def test_contract_what_holds_no_letters_blocks_nothing(self):
        if self.regime._holds_letters():
            return
        for facts in self.each():
            for kind in NOTICE_KINDS:
                self.assertIsNone(self.regime._get_earliest_date(facts, kind))
                self.assertEqual(self.regime._get_blockers(facts, kind, UNTIL), ())

    def test_contract_blockers_have_a_sentence(self):
        for facts in self.each():
            for kind in NOTICE_KINDS:
                day = facts.due_date - timedelta(days=30)
                for on_date in (day, facts.due_date, date(2025, 3, 10), UNTIL):
                    for blocker in self.regime._get_blockers(facts, kind, on_date):
                        self.assertIsInstance(blocker, Blocker)
                        self.assertTrue(self.regime._get_blocker_sentence(blocker))
                        self.assertTrue(
                            blocker.until is None or blocker.until > on_date
                        )

    def test_contract_interest_runs_after_the_due_date(self):
        for facts in self.each():
            terms = self.regime._get_interest(facts, UNTIL)
            if terms.start is None:
                self.assertFalse(terms.periods)
                continue
            self.assertGreater(terms.start, self.regime._get_due_date(facts).day)
            self.assertGreaterEqual(terms.claimable_from, terms.start)
            day = terms.start
            for period in terms.periods:
                self.assertTrue(period.ground)
                self.assertLessEqual(period.start, day)
                day = (period.end or UNTIL) + timedelta(days=1)
            self.assertGreater(day, UNTIL)

    def test_contract_charges_carry_a_ground(self):
        for facts in self.each():
            charges = self.regime._get_fixed_charges(facts, UNTIL)
            codes = [charge.code for charge in charges]
            self.assertEqual(len(codes), len(set(codes)))
            for charge in charges:
                self.assertTrue(charge.ground)
                self.assertTrue(charge.amount > 0 or charge.warning)
                self.assertIn(charge.kind, ("indemnity", "cost"))
                self.assertIsInstance(charge.amount, Decimal)
                self.assertTrue(charge.currency)
                self.assertGreater(charge.claimable_from, facts.due_date)

    def test_contract_nothing_extra_on_what_was_paid_in_time(self):
        facts = replace(
            PLAIN,
            residual=Decimal(0),
            movements=((PLAIN.due_date, PLAIN.principal),),
            notices=(FIRST,),
        )
        self.assertFalse(self.regime._get_fixed_charges(facts, UNTIL))

    def test_contract_imputation_ranks_each_kind_once(self):
        for facts in self.each():
            order = self.regime._get_imputation_order(facts)
            self.assertEqual(sorted(order), sorted(KINDS))

    def test_contract_terms_end_after_they_start(self):
        for unit in ("days", "months", "years"):
            end = self.regime._get_term_end(UNTIL, 1, unit)
            self.assertGreater(end, UNTIL)
        for facts in self.each():
            for notice in facts.notices:
                term = self.regime._get_notice_term(facts, notice)
                if term:
                    self.assertLess(notice.day, term.start)
                    self.assertLessEqual(term.start, term.last_day)
                    self.assertEqual(
                        term.claimable_from - term.last_day, timedelta(days=1)
                    )

    def test_contract_limitation_has_a_ground(self):
        for facts in self.each():
            limitation = self.regime._get_limitation(facts)
            if limitation:
                self.assertGreater(limitation.last_day, facts.due_date)
                self.assertTrue(limitation.ground)

    def test_contract_letters_differ_by_kind(self):
        keys = {self.regime._get_letter(PLAIN, kind).key for kind in NOTICE_KINDS}
        self.assertEqual(len(keys), 3)

    def test_contract_routes_are_closed_with_a_reason_or_open(self):
        shared = self.env["debt.collection.case"]._get_legal_sentences()
        for (code, name), (obstacles, notes) in self.ask_routes().items():
            with self.subTest(route=code, matter=name):
                for blocker in obstacles:
                    self.assertIsInstance(blocker, Blocker)
                    words = self.regime._get_blocker_sentence(blocker)
                    words = words or shared[blocker.code](dict(blocker.params))
                    self.assertTrue(words)
                for note in notes:
                    self.assertIsInstance(note, str)
                    self.assertTrue(note)
                if code == "xx_nowhere":
                    codes = [blocker.code for blocker in obstacles]
                    self.assertEqual(codes, ["route_unknown"])

    def test_contract_days_of_an_insolvency_come_after_it(self):
        for kind in INSOLVENCIES:
            for options in OPTIONS:
                found = self.regime._get_insolvency_days(kind, UNTIL, **options)
                for one in found:
                    with self.subTest(kind=kind, options=options, day=one.label):
                        self.assertIsInstance(one, answers.LegalDay)
                        self.assertTrue(one.label and one.ground)
                        self.assertGreater(one.day, UNTIL)

    def test_contract_relief_says_its_ground(self):
        for cause, _label in CAUSES:
            relief = self.regime._get_loss_relief(cause, UNTIL)
            if relief is None:
                continue
            self.assertIsInstance(relief, answers.LossRelief)
            self.assertTrue(relief.ground)
            if relief.is_allowed:
                self.assertTrue(relief.evidence)
                self.assertTrue(relief.last_day is None or relief.last_day > UNTIL)

    def test_contract_traits_are_yes_or_no(self):
        for trait in ("_sweeps_items", "_holds_letters", "_rests_on_dispute"):
            self.assertIsInstance(getattr(self.regime, trait)(), bool)

    def test_contract_a_title_never_takes_a_cost_away(self):
        for judicial in (False, True):
            without = self.regime._claims_cost(judicial, False)
            under = self.regime._claims_cost(judicial, True)
            self.assertIsInstance(without, bool)
            self.assertIsInstance(under, bool)
            self.assertGreaterEqual(under, without)

    def test_contract_debtor_notice_is_text(self):
        for facts in self.each():
            for sentence in self.regime._get_debtor_notice(facts):
                self.assertIsInstance(sentence, str)
                self.assertTrue(sentence)

    def test_contract_one_answer_serves_all_claims_of_one_shape(self):
        """What lets a list ask once for many claims."""
        asked = 0
        for facts in self.each():
            looks = self.regime._depends_on_amount(facts)
            other = replace(
                facts,
                key=facts.key + 1,
                interruptions=(Interruption(UNTIL, "acknowledgement"),),
                frozen=((facts.due_date, None),),
            )
            if not looks:
                third = facts.principal / 3
                other = replace(
                    other,
                    principal=facts.principal * 7,
                    residual=third,
                    contested=third / 2,
                    movements=((UNTIL, third),),
                )
                self.assertFalse(self.regime._depends_on_amount(other))
            self.assertEqual(facts.get_shape(looks), other.get_shape(looks))
            for ask in (self.regime._get_interest, self.regime._get_fixed_charges):
                self.assertEqual(ask(facts, UNTIL), ask(other, UNTIL))
                asked += 1
            due = self.regime._get_due_date(facts)
            self.assertEqual(due, self.regime._get_due_date(other))
        self.assertGreater(asked, 0)
