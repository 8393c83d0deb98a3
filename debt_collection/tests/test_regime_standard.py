from datetime import date
from decimal import Decimal
from importlib import import_module

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from odoo.addons.debt_collection.tests.regime_contract import (
    CASES,
    NOTICE_KINDS,
    PLAIN,
    UNTIL,
    RegimeContract,
)


@tagged("post_install", "-at_install")
class TestEveryRegime(TransactionCase):
    """No regime is registered without a run of the contract in its own addon."""

    def _find_without_run(self):
        """Keys of the regimes whose addon has no test class of the contract."""
        Regime, runs = self.env["debt.collection.regime"], set()
        known = Regime._get_regime_models()
        for model, _label in known.values():
            import_module(f"odoo.addons.{self.env[model]._original_module}.tests")
        classes = [RegimeContract]
        while classes:
            one = classes.pop()
            classes += one.__subclasses__()
            if issubclass(one, TransactionCase):
                runs.add(one.regime_key)
        return set(known) - runs

    def test_each_has_a_run_of_the_contract(self):
        self.assertFalse(self._find_without_run())

    def test_one_without_is_found(self):
        Regime = self.env["debt.collection.regime"]
        found = Regime._get_regime_models()
        found |= {"xx_new": ("debt.collection.regime.standard", "New")}
        self.patch(type(Regime), "_get_regime_models", lambda self: found)
        self.assertEqual(self._find_without_run(), {"xx_new"})


@tagged("post_install", "-at_install")
class TestRegimeStandard(RegimeContract, TransactionCase):
    regime_key = "standard"

    def test_claims_nothing_extra(self):
        for facts in self.each():
            self.assertIsNone(self.regime._get_interest(facts, UNTIL).start)
            self.assertEqual(self.regime._get_fixed_charges(facts, UNTIL), ())

    def test_blocks_nothing(self):
        for facts in self.each():
            for kind in NOTICE_KINDS:
                self.assertEqual(self.regime._get_blockers(facts, kind, UNTIL), ())
                self.assertIsNone(self.regime._get_earliest_date(facts, kind))

    def test_keeps_the_agreed_due_date(self):
        self.assertEqual(self.regime._get_due_date(PLAIN).day, PLAIN.due_date)

    def test_younger_items_ride_along(self):
        self.assertTrue(self.regime._sweeps_items())

    def test_plain_terms(self):
        end = self.regime._get_term_end(date(2026, 3, 10), 1, "months")
        self.assertEqual(end, date(2026, 4, 10))

    def test_unknown_key_raises(self):
        with self.assertRaisesRegex(ValidationError, "xx_nowhere"):
            self.env["debt.collection.regime"]._get_regime("xx_nowhere")

    def test_balance_without_movements_is_what_is_open(self):
        paid = CASES["paid"]
        self.assertEqual(paid.balance_on(date(2025, 1, 31)), Decimal(1000))
        self.assertEqual(paid.balance_on(date(2025, 2, 1)), Decimal(0))
        self.assertEqual(CASES["contested"].balance_on(UNTIL), Decimal(600))
        self.assertEqual(PLAIN.balance_on(UNTIL), PLAIN.residual)
