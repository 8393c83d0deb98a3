from datetime import timedelta
from decimal import Decimal

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.facts import Clause
from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTerms(CollectionCommon):
    """Which clauses hold for an invoice, and since when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls._make_terms("Sale", interest="percent", interest_rate=9)
        cls.consumer = cls._make_debtor("Person One", is_company=False)

    @classmethod
    def _make_terms(cls, name, **values):
        return cls.env["debt.collection.terms"].create(
            {
                "name": name,
                "date_from": "2020-01-01",
                "company_id": cls.company.id,
                **values,
            }
        )

    def _accept(self, partner, terms=None, day="2025-01-01", **values):
        return self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": (terms or self.terms).id,
                "partner_id": partner.id,
                "date": day,
                "way": "signed",
                **values,
            }
        )

    def _facts(self, move):
        item = self._get_receivable(move)
        found = self.env["debt.collection.facts"]._read({item.id: "standard"})
        return found[item.id]

    def _rate(self, move):
        return self._facts(move).clause.interest_percent

    # === WHICH TERMS === #

    def test_without_terms_no_clause(self):
        facts = self._facts(self._make_invoice())
        self.assertEqual((facts.clause, facts.contract_date), (Clause(), None))

    def test_company_then_journal_then_debtor_then_invoice(self):
        move = self._make_invoice()
        company = self._make_terms("Company", interest="percent", interest_rate=1)
        journal = self._make_terms("Journal", interest="percent", interest_rate=2)
        debtor = self._make_terms("Debtor", interest="percent", interest_rate=3)
        invoice = self._make_terms("Invoice", interest="percent", interest_rate=4)
        self.company.debt_collection_terms_id = company
        self.assertEqual(self._rate(move), 1)
        move.journal_id.debt_collection_terms_id = journal
        self.assertEqual(self._rate(move), 2)
        self._accept(self.debtor, debtor)
        self.assertEqual(self._rate(move), 3)
        move.debt_collection_terms_id = invoice
        self.assertEqual(self._rate(move), 4)

    def test_the_last_version_accepted_before_the_invoice(self):
        old = self._make_terms("Old", interest="percent", interest_rate=5)
        new = self._make_terms("New", interest="percent", interest_rate=6)
        move = self._make_invoice()
        self._accept(self.debtor, old, "2024-01-01")
        self._accept(self.debtor, new, "2025-01-01")
        after = move.invoice_date + timedelta(days=1)
        self._accept(self.debtor, self.terms, after)
        self.assertEqual(self._rate(move), 6)
        self.assertEqual(str(self._facts(move).contract_date), "2025-01-01")

    def test_acceptance_for_one_invoice_counts_for_it_alone(self):
        move, other = self._make_invoice(), self._make_invoice()
        self._accept(self.debtor, day=TODAY, move_id=move.id)
        self.assertEqual(self._rate(move), 9)
        self.assertIsNone(self._rate(other))

    def test_a_contact_accepts_for_its_company(self):
        contact = self._make_debtor("Buyer", is_company=False, parent_id=self.debtor.id)
        self._accept(contact)
        self.assertEqual(self._rate(self._make_invoice()), 9)

    def test_terms_of_another_company_do_not_hold(self):
        sister = self._make_company("Sister SA")
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "Sister",
                "company_id": sister.id,
                "date_from": "2020-01-01",
                "interest": "cap",
            }
        )
        self._accept(self.debtor, terms)
        self.assertEqual(self._facts(self._make_invoice()).clause, Clause())

    # === ACCEPTED OR NOT === #

    def test_consumer_who_accepted_nothing_owes_nothing_by_contract(self):
        self.company.debt_collection_terms_id = self.terms
        move = self._make_invoice(partner=self.consumer)
        move.debt_collection_terms_id = self.terms
        self.assertEqual(self._facts(move).clause, Clause())
        self._accept(self.consumer)
        self.assertEqual(self._rate(move), 9)

    def test_acceptance_of_other_terms_does_not_count(self):
        other = self._make_terms("Other", interest="cap")
        self._accept(self.consumer, other)
        move = self._make_invoice(partner=self.consumer)
        move.debt_collection_terms_id = self.terms
        self.assertEqual(self._facts(move).clause, Clause())

    def test_enterprise_accepts_in_silence_where_the_company_says_so(self):
        self.company.debt_collection_terms_id = self.terms
        move = self._make_invoice()
        self.assertEqual(self._rate(move), 9)
        self.assertIsNone(self._facts(move).contract_date)
        self.company.debt_collection_terms_tacit = False
        self.assertIsNone(self._rate(move))

    def test_nature_of_the_debt(self):
        self.company.debt_collection_terms_id = self._make_terms("N", nature="goods")
        self.assertEqual(self._facts(self._make_invoice()).nature, "goods")

    # === THE CLAUSES === #

    def test_clause_as_a_regime_reads_it(self):
        rows = [
            ({}, Clause()),
            (
                {"interest": "cap", "penalty": "cap"},
                Clause(interest_at_cap=True, penalty_at_cap=True),
            ),
            (
                {
                    "interest": "percent",
                    "interest_rate": 9.75,
                    "penalty": "percent",
                    "penalty_percent": 10,
                    "penalty_minimum": 50,
                    "penalty_maximum": 1500,
                    "is_capped": True,
                },
                Clause(
                    interest_percent=Decimal("9.75"),
                    penalty_percent=Decimal(10),
                    penalty_minimum=Decimal(50),
                    penalty_maximum=Decimal(1500),
                    interest_at_cap=True,
                    penalty_at_cap=True,
                ),
            ),
            (
                {"penalty": "percent", "penalty_percent": 10},
                Clause(penalty_percent=Decimal(10), penalty_minimum=Decimal(0)),
            ),
        ]
        for number, (values, clause) in enumerate(rows):
            with self.subTest(**values):
                terms = self._make_terms(f"Clause {number}", **values)
                self.assertEqual(terms._get_clause(), clause)

    def test_clause_without_its_number_is_refused(self):
        for values in (
            {"interest": "percent"},
            {"penalty": "percent"},
            {
                "penalty": "percent",
                "penalty_percent": 1,
                "penalty_minimum": 9,
                "penalty_maximum": 8,
            },
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self._make_terms("Bad", **values)

    @mute_logger("odoo.sql_db")
    def test_negative_clause_is_refused(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._make_terms("Bad", interest="percent", interest_rate=-1)

    # === CHECK LIST === #

    def _answer(self, terms, code, answer):
        row = terms.answer_ids.filtered(lambda r: r.check_id.code == code)
        row.answer = answer
        return row

    def test_what_is_missing_and_what_may_not_be_there_is_named(self):
        terms = self._make_terms("Short", penalty="cap").with_user(self.manager)
        terms.action_check()
        known = {row.check_id.code: row.answer for row in terms.answer_ids}
        self.assertEqual(
            (known["interest"], known["penalty"], known["law"]), ("no", "yes", False)
        )
        self.assertIn("Missing: Late interest", terms.flaws)
        unread = terms.unread_count
        self._answer(terms, "abusive_silence", "yes")
        self._answer(terms, "law", "yes")
        self.assertIn("Abusive: The debtor loses every right", terms.flaws)
        self.assertNotIn("Which law", terms.flaws)
        self.assertEqual(terms.unread_count, unread - 2)

    def test_check_again_keeps_answers_and_reads_the_clauses_anew(self):
        terms = self._make_terms("Short").with_user(self.manager)
        terms.action_check()
        self._answer(terms, "law", "no").note = "art. 9"
        count = len(terms.answer_ids)
        terms.penalty = "cap"
        terms.action_check()
        rows = {row.check_id.code: row for row in terms.answer_ids}
        self.assertEqual(len(terms.answer_ids), count)
        self.assertEqual((rows["law"].answer, rows["law"].note), ("no", "art. 9"))
        self.assertEqual(rows["penalty"].answer, "yes")

    def test_accepted_terms_can_still_be_read(self):
        self._accept(self.debtor)
        self.terms.with_user(self.manager).action_check()
        self.assertTrue(self.terms.answer_ids)

    def test_collector_reads_the_list_and_writes_nothing(self):
        terms = self._make_terms("Short")
        with self.assertRaises(AccessError):
            terms.with_user(self.collector).action_check()
        terms.action_check()
        with self.assertRaises(AccessError):
            terms.with_user(self.collector).answer_ids[0].answer = "yes"

    # === EVIDENCE === #

    def test_accepted_terms_stay_as_they_are(self):
        self._accept(self.debtor)
        for values in ({"interest_rate": 12}, {"penalty": "cap"}):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.terms.write(values)
        with self.assertRaises(ValidationError):
            self.terms.unlink()
        self.terms.active = False
        version = self.terms.copy()
        version.interest_rate = 12
        self.assertNotEqual(version.version, self.terms.version)

    def test_new_acceptance_is_decided_again(self):
        self._make_invoice(2)
        self._run()
        account = self.env["debt.collection.account"].search([])
        self.assertFalse(account.is_stale)
        self._accept(self.debtor)
        self.assertTrue(account.is_stale)

    # === RIGHTS === #

    def test_collector_records_acceptances_but_no_terms(self):
        terms = self.terms.with_user(self.collector)
        with self.assertRaises(AccessError):
            terms.interest_rate = 3
        terms.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": self.debtor.id,
                "date": TODAY,
                "way": "email",
            }
        )
        self.terms.with_user(self.manager).copy({"version": "2"})
