from dataclasses import replace
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.debt_collection.models.debt_collection_parameter import (
    MissingParameter,
)
from odoo.addons.debt_collection.tools.facts import Clause
from odoo.addons.debt_collection.tools.imputation import impute
from odoo.addons.debt_collection.tools.interest import accrue, total_interest
from odoo.addons.debt_collection.tools.statement import statement
from odoo.addons.debt_collection.tools.values import Charge, Claim, Debt, Order, Payment

from .common import BelgianCase, day


@tagged("post_install", "-at_install")
class TestEnterprise(BelgianCase):
    """Section 1 of the law reference: between enterprises."""

    def test_case_1_1(self):
        facts = self.claim("1,210.00", "31/01/2025")
        lines = self.interest_lines(facts, "31/03/2025")
        self.assertEqual([(x.days, x.percent) for x in lines], [(59, Decimal("11.5"))])
        self.assertEqual(total_interest(lines), Decimal("22.49"))
        charge = self.charges(facts)["fixed_compensation"]
        self.assertEqual((charge.amount, charge.currency), (Decimal(40), "EUR"))
        self.assertEqual(charge.claimable_from, day("01/02/2025"))

    def test_case_1_2(self):
        facts = self.claim("10,000.00", "30/11/2024")
        lines = self.interest_lines(facts, "15/08/2025")
        self.assertEqual(
            [(line.days, line.percent) for line in lines],
            [(31, Decimal("12.5")), (181, Decimal("11.5")), (46, Decimal("10.5"))],
        )
        shown = [line.shown for line in lines]
        self.assertEqual(
            shown, [Decimal("106.16"), Decimal("570.27"), Decimal("132.34")]
        )
        self.assertEqual(sum(shown), Decimal("808.77"))

    def test_case_1_3(self):
        facts = self.claim("2,500.00", "15/12/2022")
        self.assertEqual(self.interest(facts, "31/07/2023"), Decimal("164.42"))

    def test_case_1_4(self):
        facts = self.claim("4,840.00", "30/06/2025")
        lines = self.interest_lines(facts, "31/03/2026")
        self.assertEqual([line.days for line in lines], [184, 90])
        self.assertEqual(total_interest(lines), Decimal("381.50"))

    def civil(self, principal, effective, until):
        first = day(effective)
        periods = self.regime._get_civil_rates(first, day(until))
        divisor = self.regime._get_divisor(first)
        return accrue([(first, Decimal(principal))], periods, divisor, day(until))

    def test_case_1_5(self):
        lines = self.civil("1000", "31/10/2022", "29/02/2024")
        self.assertEqual([line.days for line in lines], [61, 365, 60])
        self.assertEqual(total_interest(lines), Decimal("64.46"))

    def test_case_1_6(self):
        lines = self.civil("750", "31/03/2025", "31/12/2025")
        self.assertEqual([line.days for line in lines], [275])
        self.assertEqual(total_interest(lines), Decimal("25.43"))

    def test_case_1_7(self):
        facts = self.claim("5,000.00", "15/01/2025")
        facts = self.paid(facts, ("15/04/2025", "2,000.00"))
        until = day("30/09/2025")
        terms = self.regime._get_interest(facts, until)
        charge = self.charges(facts)["fixed_compensation"]
        result = statement(
            [
                Claim(
                    key=1,
                    principal=facts.principal,
                    due_date=facts.due_date,
                    rate="rate",
                    interest_from=terms.start,
                )
            ],
            [Charge(1, "cost", charge.amount, charge.claimable_from, claim=1)],
            [],
            [Payment("p", day("15/04/2025"), Decimal("2000.00"), claim=1)],
            {"rate": terms.periods},
            Order(self.regime._get_imputation_order(facts)),
            until,
        )
        claim = result.claims[0]
        self.assertEqual(claim.principal_left, Decimal("3181.78"))
        self.assertEqual(claim.interest_paid, Decimal("141.78"))
        self.assertEqual(claim.interest_left, Decimal("160.40"))
        self.assertEqual(result.balance, Decimal("3342.18"))

    def test_case_1_8(self):
        facts = self.claim(
            "1,000.00",
            "30/05/2024",
            invoice_date=day("01/03/2024"),
            contract_date=day("01/02/2024"),
        )
        due = self.regime._get_due_date(facts)
        self.assertEqual((due.day, due.warning), (day("31/03/2024"), "term_too_long"))
        terms = self.regime._get_interest(facts, day("30/06/2024"))
        self.assertEqual(terms.start, day("01/04/2024"))
        self.assertEqual(terms.warning, "term_too_long")

    def test_sixty_days_and_older_terms_stand(self):
        for due, invoice in (
            ("30/04/2024", "01/03/2024"),  # 60 days
            ("30/04/2022", "30/01/2022"),  # 90 days, before 1 February 2022
        ):
            facts = self.claim("100.00", due, invoice_date=day(invoice))
            with self.subTest(invoice=invoice):
                answer = self.regime._get_due_date(facts)
                self.assertEqual((answer.day, answer.warning), (day(due), ""))

    def test_term_counts_from_receipt(self):
        facts = self.claim(
            "100.00",
            "05/05/2024",
            invoice_date=day("01/03/2024"),
            receipt_date=day("11/03/2024"),
        )
        self.assertFalse(self.regime._get_due_date(facts).warning)

    def test_a_schedule_of_instalments_is_no_long_term(self):
        facts = self.claim(
            "100.00", "30/06/2024", invoice_date=day("01/01/2024"), instalments=6
        )
        self.assertFalse(self.regime._get_due_date(facts).warning)

    def test_case_1_9(self):
        total = sum(
            self.charges(self.claim("500.00", due))["fixed_compensation"].amount
            for due in ("31/01/2025", "28/02/2025", "31/03/2025")
        )
        self.assertEqual(total, Decimal(120))

    def test_case_1_10(self):
        facts = self.claim("1,000.00", "31/05/2026")
        self.assertEqual(self.interest(facts, "31/08/2026"), Decimal("26.47"))
        row = self.env.ref("debt_collection_be_legal.be_rate_commercial_2026_2")
        row.unlink()
        with self.assertRaisesRegex(
            MissingParameter, r"be\.rate\.commercial.*07/01/2026"
        ):
            self.regime._get_interest(facts, day("31/08/2026"))

    # === IMPUTATION (section 11) === #

    def impute(self, paid, **debts):
        """(paid by kind, left by kind, overpayment) in the order of the regime."""
        facts = self.claim("1.00", "31/01/2025")
        order = Order(self.regime._get_imputation_order(facts))
        on = day("01/02/2025")
        result = impute(
            [Payment("p", on, Decimal(paid))],
            [Debt(k, k, Decimal(v), on, claim=1) for k, v in debts.items()],
            order,
        )
        went = {part.kind: part.amount for part in result.allocations}
        left = {debt.kind: debt.amount for debt in result.left}
        return went, left, result.overpayment

    def test_case_11_1(self):
        went, left, over = self.impute(
            "300.00", cost="150.00", interest="42.50", principal="1000.00"
        )
        self.assertEqual(
            went,
            {
                "cost": Decimal("150.00"),
                "interest": Decimal("42.50"),
                "principal": Decimal("107.50"),
            },
        )
        self.assertEqual((left["principal"], over), (Decimal("892.50"), 0))

    def test_case_11_2(self):
        _went, left, _over = self.impute(
            "100.00", cost="40.00", interest="75.20", principal="2420.00"
        )
        self.assertEqual(
            (left["cost"], left["interest"], left["principal"]),
            (0, Decimal("15.20"), Decimal("2420.00")),
        )

    def test_case_11_3(self):
        _went, left, over = self.impute(
            "3000.00", cost="40.00", interest="75.20", principal="2420.00"
        )
        self.assertFalse(any(left.values()))
        self.assertEqual(over, Decimal("464.80"))

    # === CONTRACTS AND CLAUSES === #

    def test_old_contracts_have_their_own_column(self):
        facts = self.claim("1,000.00", "30/06/2014", contract_date=day("01/01/2013"))
        lines = self.interest_lines(facts, "30/04/2015")
        self.assertEqual(
            [(line.start, line.percent) for line in lines],
            [
                (day("01/07/2014"), Decimal("7.5")),
                (day("01/01/2015"), Decimal("7.5")),
                (day("16/03/2015"), Decimal("8.5")),
            ],
        )
        self.assertFalse(self.charges(facts))
        facts = replace(facts, contract_date=day("16/03/2013"))
        lines = self.interest_lines(facts, "30/04/2015")
        self.assertEqual({line.percent for line in lines}, {Decimal("8.5")})
        self.assertIn("fixed_compensation", self.charges(facts))

    def test_a_contractual_rate_prevails(self):
        clause = Clause(interest_percent=Decimal(12), penalty_percent=Decimal(10))
        facts = self.claim("1,000.00", "31/01/2025", clause=clause)
        lines = self.interest_lines(facts, "31/12/2025")
        self.assertEqual([line.percent for line in lines], [Decimal(12)])
        self.assertIn("Accepted general terms", lines[0].ground)
        charges = self.charges(facts)
        self.assertEqual(charges["penalty"].amount, Decimal("100.00"))
        self.assertEqual(charges["fixed_compensation"].amount, Decimal(40))

    def test_ground_names_law_rate_and_period(self):
        facts = self.claim("1,000.00", "31/01/2025")
        line = self.interest_lines(facts, "31/03/2025")[0]
        self.assertEqual(line.ground, "Act of 2 August 2002, art. 5; 11.5 % for 2025/1")
        self.assertFalse(line.verified)

    def test_fully_contested_item_bears_no_fixed_compensation(self):
        facts = self.claim("1,000.00", "31/01/2025", contested=Decimal("1000.00"))
        self.assertFalse(self.charges(facts))

    def test_public_authority_has_terms_of_its_own(self):
        regime = self.env["debt.collection.regime"]._get_regime("be_b2g")
        own = {
            "parameter_id": self.env.ref("debt_collection_be_legal.be_b2g_term").id,
            "company_id": self.company.id,
            "key": "maximum",
            "date_from": "2024-01-01",
            "value_number": 45,
        }
        self.env["debt.collection.parameter.value"].create(own)
        facts = self.claim("1,000.00", "29/04/2024", invoice_date=day("01/03/2024"))
        self.assertEqual(regime._get_due_date(facts).day, day("31/03/2024"))
        self.assertEqual(self.regime._get_due_date(facts).day, day("29/04/2024"))
