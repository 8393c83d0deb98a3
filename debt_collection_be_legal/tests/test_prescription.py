from dataclasses import replace

from odoo.tests import tagged

from odoo.addons.debt_collection.tools.facts import Interruption

from .common import BelgianCase, day


@tagged("post_install", "-at_install")
class TestPrescription(BelgianCase):
    """Section 9 of the law reference."""

    def setUp(self):
        super().setUp()
        self.consumer = self.env["debt.collection.regime"]._get_regime("be_b2c")

    def event(self, on, kind):
        return Interruption(day(on), kind)

    def check(self, facts, expected, regime=None):
        regime = self.regime if regime is None else regime
        limitation = regime._get_limitation(facts)
        self.assertEqual(limitation.last_day, day(expected))
        return limitation

    def test_case_9_1(self):
        limitation = self.check(self.claim("100.00", "31/03/2016"), "31/03/2026")
        self.assertFalse(limitation.blocks)
        self.assertIn("Art. 2262bis", limitation.ground)

    def test_case_9_2(self):
        facts = self.claim("100.00", "10/01/2025", nature="goods")
        self.assertTrue(self.check(facts, "10/01/2026", self.consumer).blocks)
        for kind in ("none", "first", "formal"):
            last = self.consumer._get_blockers(facts, kind, day("10/01/2026"))
            self.assertNotIn("be_prescribed", [blocker.code for blocker in last])
            after = self.consumer._get_blockers(facts, kind, day("11/01/2026"))
            self.assertIn("be_prescribed", [blocker.code for blocker in after])

    def test_case_9_3(self):
        facts = self.claim(
            "100.00",
            "10/01/2025",
            nature="goods",
            interruptions=(self.event("05/06/2025", "writing"),),
        )
        self.check(facts, "05/06/2035", self.consumer)

    def test_case_9_4(self):
        facts = self.claim("100.00", "15/09/2021", nature="utilities")
        self.check(facts, "15/09/2026", self.consumer)

    def test_case_9_5(self):
        facts = self.claim(
            "100.00",
            "31/03/2024",
            nature="health",
            service_date=day("12/02/2024"),
        )
        self.check(facts, "28/02/2026", self.consumer)

    def test_case_9_6(self):
        notice = self.event("01/12/2025", "lawyer_notice")
        facts = self.claim("100.00", "31/03/2016", interruptions=(notice,))
        self.check(facts, "01/12/2026")
        again = self.event("01/06/2026", "lawyer_notice")
        self.check(replace(facts, interruptions=(notice, again)), "01/12/2026")

    def test_lawyer_notice_never_shortens(self):
        notice = self.event("01/12/2020", "lawyer_notice")
        facts = self.claim("100.00", "31/03/2016", interruptions=(notice,))
        self.check(facts, "31/03/2026")

    def test_acknowledgement_restarts_the_same_term(self):
        event = self.event("05/06/2025", "acknowledgement")
        facts = self.claim("1.00", "10/01/2025", nature="goods", interruptions=(event,))
        self.check(facts, "05/06/2026", self.consumer)

    def test_an_interruption_that_comes_too_late_changes_nothing(self):
        event = self.event("11/01/2026", "summons")
        facts = self.claim("1.00", "10/01/2025", nature="goods", interruptions=(event,))
        self.check(facts, "10/01/2026", self.consumer)

    def test_unknown_nature_warns_at_the_short_term(self):
        facts = self.claim("100.00", "10/01/2025")
        limitation = self.check(facts, "10/01/2035", self.consumer)
        self.assertEqual(limitation.caution, day("10/01/2026"))

    def test_only_flagged_before_a_judge_could_raise_it(self):
        facts = self.claim("100.00", "10/01/2023", nature="goods")
        blockers = self.consumer._get_blockers(facts, "none", day("30/09/2024"))
        self.assertFalse(blockers)
        blockers = self.consumer._get_blockers(facts, "none", day("01/10/2024"))
        self.assertEqual([blocker.code for blocker in blockers], ["be_prescribed"])
