from datetime import date, datetime, time
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.tools.facts import PlannedContact

from .test_scenarios import BelgianWorld


@tagged("post_install", "-at_install")
@freeze_time("2025-05-01")
class TestAbroad(BelgianWorld):
    """A consumer abroad: the principal alone until a Manager states the law."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")
        # who may write on partners: the field itself says who may state the law
        for user in cls.manager | cls.collector:
            user.group_ids += cls.env.ref("base.group_partner_manager")
        cls.france = cls.env.ref("base.fr")
        cls.abroad = cls._make_debtor(
            "Abroad Person", country_id=cls.france.id, is_company=False
        )
        cls._accept_caps(cls.abroad)

    def _noticed(self):
        """1,000.00 due on 26/02/2025, the first letter mailed on 03/03/2025."""
        move = self._invoice(self.abroad, 1000, "2025-02-26")
        self._step("2025-03-03")
        return move.debt_collection_case_id

    def _state(self, country, user=None):
        law = country and country.id
        partner = self.abroad.with_user(user or self.manager)
        partner.write({"l10n_be_collection_law_id": law})

    def test_only_the_principal_as_long_as_nobody_stated_the_law(self):
        case = self._noticed()
        self.assertEqual(case.regime, "be_b2c_abroad")
        for verified_only in (False, True):
            found = self._statement(case, "2025-04-30", verified_only=verified_only)
            self.assertEqual((found.due, found.not_yet), (1000, ()))
        self.assertFalse(
            self.env["debt.collection.charge"]._book(case, date(2025, 4, 30))
        )
        # the lock of the consumer holds for his letters too
        self.assertFalse(self._step("2025-03-18"))
        self.assertTrue(self._step("2025-03-19"))
        self.assertEqual(self._statement(case, "2025-04-30").due, 1000)

    def test_the_stated_law_lets_claim_on_the_open_case(self):
        case = self._noticed()
        self._state(self.env.ref("base.be"))
        self.assertEqual(case.regime, "be_b2c")
        found = self._statement(case, "2025-04-30", verified_only=True)
        self.assertEqual(found.interest_left, Decimal("18.27"))
        self.assertEqual(found.indemnity_left, Decimal("90.00"))
        event = case.event_ids.filtered(lambda e: e.kind == "regime")
        self.assertIn("Belgium", event.personal)
        self.assertEqual(event.author, self.manager.login)

    def test_another_law_claims_nothing_of_ours(self):
        case = self._noticed()
        self._state(self.france)
        self.assertEqual(case.claim_ids.regime, "standard")
        self.assertEqual(self._statement(case, "2025-04-30").due, 1000)

    def test_nothing_changes_for_claims_under_another_regime(self):
        """Frozen: the law of later contracts does not reach back."""
        self._state(self.env.ref("base.be"))
        case = self._noticed()
        self.assertEqual(case.regime, "be_b2c")
        self._state(False)
        self.assertEqual(case.regime, "be_b2c")

    def test_a_collector_neither_states_the_law_nor_goes_around_it(self):
        case = self._noticed()
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self._state(self.env.ref("base.be"), self.collector)
        action = case.action_change_regime()
        for user, refused in ((self.collector, True), (self.manager, False)):
            form = Form(
                self.env[action["res_model"]]
                .with_user(user)
                .with_context(**action["context"])
            )
            form.regime, form.reason = "be_b2c", "He signed Belgian terms"
            wizard = form.save()
            if refused:
                with self.assertRaisesRegex(UserError, "until a Manager states"):
                    wizard.action_apply()
                self.assertEqual(case.regime, "be_b2c_abroad")
            else:
                wizard.action_apply()
        self.assertEqual(case.regime, "be_b2c")

    def test_he_is_left_in_peace_on_the_holidays_of_his_country(self):
        """14 July is one of his, 21 July of the creditor's alone."""
        cases = {
            debtor: self._flag(self._invoice(debtor, 100, "2025-02-26"))
            for debtor in (self.abroad, self.consumer)
        }
        gate = self.env["debt.collection.gate"].with_company(self.company)
        for day, quiet in (
            (date(2026, 7, 14), self.abroad),
            (date(2026, 7, 21), self.consumer),
            (date(2026, 7, 15), None),
        ):
            for debtor, case in cases.items():
                expected = ["quiet_day"] if debtor == quiet else []
                with self.subTest(day=day, debtor=debtor.name):
                    account = case.account_id
                    found = gate._get_blockers(account, day)[account.id]
                    self.assertEqual([blocker.code for blocker in found], expected)
                    call = PlannedContact(
                        "call",
                        datetime.combine(day, time(10)),
                        datetime.combine(day, time(10, 15)),
                    )
                    reasons = gate._get_contact_reasons(case, call)
                    self.assertEqual(len(reasons), len(expected))
