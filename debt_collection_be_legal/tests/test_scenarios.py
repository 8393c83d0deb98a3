from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.debt_collection.tests.common import CollectionCommon

from ..tools.communication import is_valid_communication


class BelgianWorld(CollectionCommon):
    """A Belgian creditor, an enterprise and a consumer, real invoices and letters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        belgium = cls.env.ref("base.be")
        cls.company.write({"country_id": belgium.id, "vat": "BE0403019261"})
        cls.company.debt_collection_contact_limit = 0
        cls.enterprise = cls._make_debtor(
            "Builder SRL", country_id=belgium.id, vat="BE0428759497"
        )
        cls.consumer = cls._make_debtor(
            "Person One", country_id=belgium.id, is_company=False
        )

    @classmethod
    def _invoice(cls, partner, amount, due, days=30, **values):
        due = date.fromisoformat(due)
        return cls._make_invoice(
            0,
            amount,
            partner,
            invoice_date=due - timedelta(days=days),
            invoice_date_due=due,
            **values,
        )

    @classmethod
    def _verify(cls, code, until="2099-12-31"):
        """A Manager compares the rows of a number with their source, up to a day."""
        rows = cls.env["debt.collection.parameter.value"].search(
            [
                ("parameter_id.code", "=", code),
                ("company_id", "=", False),
                ("date_from", "<=", until),
            ]
        )
        rows.filtered(lambda row: row.state != "verified").with_user(
            cls.manager
        ).action_verify()

    @classmethod
    def _accept_caps(cls, partner):
        """Terms that ask what the law allows at most, accepted long ago."""
        terms = cls.env["debt.collection.terms"].create(
            {
                "name": "Terms",
                "date_from": "2024-01-01",
                "company_id": cls.company.id,
                "interest": "cap",
                "penalty": "cap",
            }
        )
        cls.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": partner.id,
                "date": "2024-06-01",
                "way": "signed",
            }
        )

    def _step(self, day, channel="email"):
        """The run of that day; what it releases leaves at noon by one channel."""
        day = date.fromisoformat(day)
        before = self.env["debt.collection.action"].search([])
        self._run(day)
        actions = self.env["debt.collection.action"].search([]) - before
        actions.delivery_ids.filtered(lambda d: d.channel != channel).unlink()
        self._mark_sent(actions, day)
        return actions

    def _statement(self, case, day, **options):
        day = date.fromisoformat(day)
        Statement = self.env["debt.collection.statement"]
        return Statement._for_cases(case, day, **options)[case.id]


@tagged("post_install", "-at_install")
class TestScenarios(BelgianWorld):
    """The reference scenarios that need Belgian law, to the cent."""

    @freeze_time("2025-08-15")
    def test_s01(self):
        """Between enterprises, uncontested: 10,000.00 due 30/11/2024.

        What comes after the notice (route, costs, title) belongs to the legal steps.
        """
        self._verify("be.rate.commercial")
        move = self._invoice(self.enterprise, 10000, "2024-11-30")
        [first] = self._step("2024-12-05")
        case = move.debt_collection_case_id
        self.assertEqual((case.regime, first.notice_kind), ("be_b2b", "first"))
        self.assertTrue(is_valid_communication(case.payment_reference))
        self._step("2024-12-16")
        [notice] = self._step("2024-12-30")
        self.assertEqual(notice.notice_kind, "formal")
        self.assertEqual(case.phase, "notice")
        claimed = self._statement(case, "2024-12-30", verified_only=True)
        # 30 days at 12.5 %
        self.assertEqual(claimed.interest_left, Decimal("102.74"))
        self.assertEqual(claimed.due, Decimal("10142.74"))
        self._assert_paid_on_15_august(case)

    def _assert_paid_on_15_august(self, case):
        before = self._statement(case, "2025-08-15", verified_only=True)
        self.assertEqual(before.interest_left, Decimal("808.77"))
        self.assertEqual(
            [(line.days, line.shown) for line in before.claims[0].interest_lines],
            [
                (31, Decimal("106.16")),
                (181, Decimal("570.27")),
                (46, Decimal("132.34")),
            ],
        )
        self.assertEqual(before.due, Decimal("10848.77"))
        move = self.env["debt.collection.charge"]._book(case, date(2025, 8, 15))
        self.assertEqual(move.amount_total, 848.77)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.env["account.journal"]
                .search(
                    [("company_id", "=", self.company.id), ("type", "=", "bank")],
                    limit=1,
                )
                .id,
                "date": "2025-08-15",
                "payment_ref": case.payment_reference,
                "amount": 10848.77,
            }
        )
        line.action_match_collection_case()
        self.assertEqual((move.amount_residual, case.amount_residual), (0, 0))
        after = self._statement(case, "2025-08-15")
        self.assertEqual((after.due, after.overpayment), (0, 0))
        self._run(date(2025, 8, 15))
        self.assertEqual(case.outcome, "paid")
        self.assertFalse(case.charge_ids.filtered(lambda c: c.state == "waived"))

    @freeze_time("2025-05-01")
    def test_s02(self):
        """A consumer, 1,000.00: a free first letter, nothing before day 15, 90 capped.

        The plan he asks for belongs to the plans.
        """
        self._verify("be.rate.commercial")
        self._accept_caps(self.consumer)
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        [first] = self._step("2025-03-03")
        case = move.debt_collection_case_id
        self.assertEqual((case.regime, first.notice_kind), ("be_b2c", "first"))
        for day in ("2025-03-03", "2025-03-10", "2025-03-17"):
            self.assertEqual(self._statement(case, day).due, 1000)
        waiting = self._statement(case, "2025-03-10").not_yet
        self.assertEqual(
            {(row.kind, row.claimable_from) for row in waiting},
            {("interest", date(2025, 3, 18)), ("indemnity", date(2025, 3, 18))},
        )
        for day in ("2025-03-10", "2025-03-13", "2025-03-17", "2025-03-18"):
            self.assertFalse(self._step(day), day)
        [second] = self._step("2025-03-19")
        self.assertEqual(second.step_id.sequence, 20)
        claimed = self._statement(case, "2025-04-30", verified_only=True)
        self.assertEqual(claimed.interest_left, Decimal("18.27"))
        self.assertEqual(claimed.indemnity_left, Decimal("90.00"))
        self.assertEqual(claimed.due, Decimal("1108.27"))

    @freeze_time("2025-05-01")
    def test_the_waiting_time_starts_at_dispatch_never_at_release(self):
        """Released on 03/03, accepted by the mail server on 07/03, bounced later."""
        self._verify("be.rate.commercial")
        self._accept_caps(self.consumer)
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        self._run(date(2025, 3, 3))
        action = self.env["debt.collection.action"].search([])
        case = move.debt_collection_case_id
        self.assertEqual((action.state, action.date), ("released", date(2025, 3, 3)))
        found = self._statement(case, "2025-04-30")
        self.assertEqual((found.due, found.not_yet), (1000, ()))
        self._run(date(2025, 4, 1))
        self.assertEqual(self.env["debt.collection.action"].search([]), action)
        self.assertEqual(action.delivery_ids.mapped("channel"), ["email"])
        self._mark_sent(action, date(2025, 3, 7))
        waiting = self._statement(case, "2025-03-20").not_yet
        # from the calendar day after: 08/03, fourteen days, 22/03
        self.assertEqual({row.claimable_from for row in waiting}, {date(2025, 3, 22)})
        self.assertEqual(self._statement(case, "2025-03-21").due, 1000)
        self.assertGreater(self._statement(case, "2025-03-22").due, 1090)
        action.delivery_ids._bounce("550 mailbox unknown")
        found = self._statement(case, "2025-04-30")
        self.assertEqual((found.due, found.not_yet), (1000, ()))

    @freeze_time("2025-05-01")
    def test_case_2_16_paid_on_day_14(self):
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        self._step("2025-03-03")
        case = move.debt_collection_case_id
        self._pay(move, None, date(2025, 3, 17))
        found = self._statement(case, "2025-04-30")
        self.assertEqual((found.due, found.paid), (0, 1000))

    @freeze_time("2025-05-01")
    def test_consumer_without_accepted_terms_owes_the_principal(self):
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        self._step("2025-03-03")
        case = move.debt_collection_case_id
        self.assertEqual(self._statement(case, "2025-04-30").due, 1000)

    @freeze_time("2025-10-01")
    def test_case_1_7_from_the_ledger(self):
        self._verify("be.rate.commercial")
        move = self._invoice(self.enterprise, 5000, "2025-01-15")
        case = self._flag(move).with_user(self.env.user)
        self._pay(move, 2000, date(2025, 4, 15))
        found = self._statement(case, "2025-09-30", verified_only=True)
        self.assertEqual(found.principal_left, Decimal("3181.78"))
        self.assertEqual(found.interest_left, Decimal("160.40"))
        self.assertEqual(found.due, Decimal("3342.18"))
        self.assertEqual(found.bridge.total.residual, 3000)
        self.assertEqual(found.bridge.total.accessories, Decimal("181.78"))
        balances = self.env["debt.collection.balance"]._for_cases(
            case, date(2025, 9, 30)
        )
        self.assertEqual(balances[case.id].due, Decimal("3342.18"))

    @freeze_time("2025-05-01")
    def test_the_regime_is_frozen_on_the_claim(self):
        """A number found later changes nothing by itself; the reason stays told."""
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        self._step("2025-03-03")
        claim = move.debt_collection_case_id.claim_ids
        self.assertIn("natural person", claim.regime_reason)
        self.consumer.vat = "BE0428759497"
        later = self._invoice(self.consumer, 500, "2025-03-31")
        # one letter a day: the old file has the first of them
        for day in (8, 9):
            self._step(f"2025-04-0{day}")
        self.assertEqual((claim.regime, claim.case_id.regime), ("be_b2c", "be_b2c"))
        self.assertEqual(self._statement(claim.case_id, "2025-04-08").due, 1000)
        self.assertEqual(later.debt_collection_case_id.regime, "be_b2b")

    @freeze_time("2025-10-01")
    def test_case_1_8_term_too_long_is_said(self):
        move = self._invoice(self.enterprise, 1000, "2024-07-01", days=90)
        case = self._flag(move).with_user(self.env.user)
        found = self._statement(case, "2024-12-31")
        self.assertEqual(found.claims[0].claim.due_date, date(2024, 5, 2))
        self.assertEqual(found.claims[0].claim.warnings, ("term_too_long",))

    @freeze_time("2025-10-01")
    def test_case_1_9_forty_for_each_invoice(self):
        moves = self.env["account.move"]
        for number in range(3):
            moves += self._invoice(self.enterprise, 100 + number, "2025-01-31")
        case = self._flag(moves).with_user(self.env.user)
        self.assertEqual(self._statement(case, "2025-03-31").indemnity_left, 120)

    @freeze_time("2025-10-01")
    def test_a_rate_row_deleted_in_use_is_named(self):
        move = self._invoice(self.enterprise, 1000, "2025-01-31")
        case = self._flag(move).with_user(self.env.user)
        self.assertTrue(case.amount_due)
        rows = self.env["debt.collection.parameter.value"].search(
            [
                ("parameter_id.code", "=", "be.rate.commercial"),
                ("date_from", "<=", "2025-07-01"),
                ("date_to", ">=", "2025-07-01"),
            ]
        )
        rows.sudo().unlink()
        case.invalidate_recordset()
        self.assertEqual(case.amount_due, 0)
        self.assertIn("be.rate.commercial", case.amount_due_error)
        self.assertIn("be.rate.commercial", case.statement_html)

    @freeze_time("2025-10-01")
    def test_void_clause_of_a_consumer_is_said(self):
        """Case 2.7: 15 % with at least 75 EUR on 300: nothing, and the warning."""
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "Too much",
                "date_from": "2024-01-01",
                "company_id": self.company.id,
                "penalty": "percent",
                "penalty_percent": 15,
                "penalty_minimum": 75,
            }
        )
        self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": self.consumer.id,
                "date": "2024-06-01",
                "way": "web",
            }
        )
        move = self._invoice(self.consumer, 300, "2025-02-26")
        self._step("2025-03-03")
        case = move.debt_collection_case_id
        found = self._statement(case, "2025-04-30")
        self.assertEqual(found.due, 300)
        self.assertIn("clause_void", found.claims[0].claim.warnings)
        self.assertIn("Ask a lawyer", case.statement_html)

    @freeze_time("2025-10-01")
    def test_light_path_equals_the_replay(self):
        """Enterprises and consumers, with letters and without, on many days."""
        cases = self.env["debt.collection.case"]
        for number in range(6):
            partner = self._make_debtor(
                f"Firm{number} SRL",
                country_id=self.env.ref("base.be").id,
                is_company=number % 2 == 0,
            )
            amount = 111.11 * (number + 1)
            moves = self._invoice(partner, amount, f"2025-0{number + 1}-15")
            moves += self._invoice(partner, amount * 3, f"2025-0{number + 2}-15")
            cases |= self._flag(moves).with_user(self.env.user)
        self._step("2025-09-08")
        for text in ("2025-02-01", "2025-06-30", "2025-09-10", "2025-12-31"):
            day = date.fromisoformat(text)
            found = self.env["debt.collection.statement"]._for_cases(cases, day)
            balances = self.env["debt.collection.balance"]._for_cases(cases, day)
            for case in cases:
                with self.subTest(day=text, case=case.name):
                    self.assertEqual(balances[case.id].due, found[case.id].due)
                    self.assertEqual(
                        balances[case.id].verified, found[case.id].verified
                    )

    def test_reference_of_other_countries_stays_plain(self):
        sister = self._make_company("Foreign SA")
        env = self.env(context={"allowed_company_ids": sister.ids})
        case = env["debt.collection.case"].new(
            {"name": "DC/2026/00012", "company_id": sister.id}
        )
        self.assertEqual(case.payment_reference, "DC/2026/00012")
        case = self.env["debt.collection.case"].new(
            {"name": "DC/2026/00012", "company_id": self.company.id}
        )
        self.assertEqual(case.payment_reference, "+++920/2600/01207+++")
