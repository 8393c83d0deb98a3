from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRegimeChange(CollectionCommon):
    """A person puts claims under another regime and says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def get_regime_models(self):
            other = "debt.collection.regime.standard"
            return {"standard": (other, "Standard"), "other": (other, "Other law")}

        registry = cls.env.registry["debt.collection.regime"]
        cls.classPatch(registry, "_get_regime_models", get_regime_models)

    def _case(self, count=2):
        moves = self.env["account.move"]
        for number in range(count):
            moves += self._make_invoice(10 + number, 100 + number)
        return self._flag(moves)

    def _wizard(self, case, claims=None, reason="Bought for his shop"):
        action = case.action_change_regime()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        form.regime = "other"
        form.reason = reason
        wizard = form.save()
        if claims:
            wizard.claim_ids = claims
        return wizard

    def test_one_claim_goes_to_the_case_of_its_regime(self):
        case = self._case()
        claim, stays = case.claim_ids
        self._wizard(case, claim).action_apply()
        self.assertEqual((claim.regime, claim.case_id.regime), ("other", "other"))
        self.assertEqual(claim.regime_reason, "Bought for his shop")
        self.assertEqual((stays.regime, stays.case_id), ("standard", case))
        self.assertEqual(claim.case_id.account_id, case.account_id)
        self.assertFalse(case.date_closed)
        self.assertAlmostEqual(case.amount_residual, stays.amount)

    def test_the_reason_is_evidence(self):
        case = self._case()
        claim = case.claim_ids[0]
        self._wizard(case, claim).action_apply()
        event = case.event_ids.filtered(lambda e: e.kind == "regime")
        self.assertIn("Bought for his shop", event.personal)
        self.assertIn(claim.move_name, event.data)
        self.assertIn("joined", claim.case_id.event_ids.mapped("kind"))
        broken = self.env["debt.collection.event"]._verify(case | claim.case_id)
        self.assertFalse(broken)

    def test_all_claims_take_their_case_along(self):
        case = self._case()
        self._wizard(case).action_apply()
        self.assertEqual(case.regime, "other")
        self.assertEqual(set(case.claim_ids.mapped("regime")), {"other"})
        self.assertFalse(case.date_closed)

    def test_all_claims_join_a_case_that_is_there(self):
        case = self._case()
        claim, last = case.claim_ids
        self._wizard(case, claim).action_apply()
        twin = claim.case_id
        self._wizard(case, last).action_apply()
        self.assertEqual(last.case_id, twin)
        self.assertEqual(case.outcome, "joined")
        self.assertEqual(twin.claim_count, 2)

    def test_next_letter_is_under_the_new_regime(self):
        case = self._case(1)
        self._wizard(case).action_apply()
        self._run()
        action = self.env["debt.collection.action"].search([])
        self.assertEqual(action.case_id, case)

    def test_no_reason_or_no_change_is_refused(self):
        case = self._case()
        with self.assertRaises(UserError):
            self._wizard(case, reason="   ").action_apply()
        self._wizard(case).action_apply()
        with self.assertRaises(UserError):
            self._wizard(case).action_apply()

    def test_in_court_all_or_none(self):
        case = self._case()
        case.date_legal = TODAY
        with self.assertRaisesRegex(UserError, "in court"):
            self._wizard(case, case.claim_ids[0]).action_apply()
        self._wizard(case).action_apply()
        self.assertEqual(case.regime, "other")
