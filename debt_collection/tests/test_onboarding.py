from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOnboarding(CollectionCommon):
    """A new company sends nothing before a Manager starts it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as new: `_make_company` makes one that collects already
        cls.company.debt_collection_paused = True
        cls.row = cls.env["debt.collection.onboarding"].create(
            {"company_id": cls.company.id}
        )
        cls.Steps = cls._as(cls.manager)

    @classmethod
    def _as(cls, user):
        return (
            cls.env["debt.collection.onboarding"]
            .with_user(user)
            .with_company(cls.company)
        )

    def _step(self, key):
        return next(s for s in self.Steps.get_screen()["steps"] if s["key"] == key)

    def _go_by_cron(self):
        self.env["ir.cron"].search([]).action_archive()
        companies = self.env["res.company"].search([("id", "!=", self.company.id)])
        companies.debt_collection_paused = True
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("debt_collection.ir_cron_run").method_direct_trigger()
        self.env.invalidate_all()

    # === NOTHING LEAVES === #

    def test_a_new_company_rests_until_somebody_starts_it(self):
        company = self.env["res.company"].create({"name": "Just founded"})
        self.assertTrue(company.debt_collection_paused)
        self.assertEqual(company.debt_collection_onboarding_ids.state, "todo")
        [blocker] = company._get_collection_blockers(TODAY)
        self.assertIn("not started", self.Run._word(blocker))

    def test_the_run_sends_nothing_before_the_start_and_all_after(self):
        move = self._make_invoice(10)
        self._go_by_cron()
        self.assertFalse(move.debt_collection_case_id)
        self.Steps.skip()
        self.assertFalse(self.company.debt_collection_paused)
        self._go_by_cron()
        self.assertTrue(move.debt_collection_case_id.action_ids)

    def test_installing_makes_every_company_wait(self):
        self.env["debt.collection.onboarding"].search([]).sudo().unlink()
        other = self._make_company("Sister SA")
        self.env["res.company"]._open_collection_onboarding()
        self.assertTrue(self.company.debt_collection_onboarding_ids._is_waiting())
        self.assertFalse(other.debt_collection_onboarding_ids)

    def test_a_company_that_collects_already_waits_for_nothing(self):
        self.row.sudo().unlink()
        self.company.debt_collection_paused = True
        [blocker] = self.company._get_collection_blockers(TODAY)
        self.assertEqual(blocker.code, "company_paused")
        self.company.debt_collection_paused = False
        screen = self.Steps.get_screen()
        self.assertFalse(screen["waiting"])
        self.assertEqual(screen["status"], "Collection runs.")

    def test_who_lifts_the_pause_by_hand_skips_the_steps(self):
        self.company.debt_collection_paused = False
        self.assertEqual(self.row.state, "skipped")
        self.company.debt_collection_paused = True
        [blocker] = self.company._get_collection_blockers(TODAY)
        self.assertEqual(blocker.code, "company_paused")

    # === EACH STEP FROM WHAT IS THERE === #

    def test_company(self):
        self.company.write({"street": False, "vat": False, "company_registry": False})
        step = self._step("company")
        self.assertEqual(step["state"], "todo")
        self.assertIn("street, VAT or company number", step["why"])
        self.assertIn("administrator", step["note"])
        self.company.write({"street": "1 Market Square", "company_registry": "B1"})
        self.assertEqual(self._step("company")["state"], "done")

    def test_bank(self):
        self.assertEqual(self._step("bank")["why"], "LU28 0019 4006 4475 0000")
        self.company.partner_id.bank_ids.action_archive()
        self.assertEqual(self._step("bank")["state"], "todo")

    def test_ladder(self):
        self.assertIn("Nobody chose this yet", self._step("ladder")["why"])
        Ladder = self.env["debt.collection.onboarding.ladder"]
        Ladder = Ladder.with_user(self.manager).with_company(self.company)
        wizard = Ladder.create({})
        self.assertEqual((wizard.policy_ids, wizard.mode), (self.policy, "review"))
        other = self.policy.copy({"name": "Other ladder", "active": False})
        wizard.write({"policy_ids": [Command.set(other.ids)], "is_test": True})
        wizard.action_save()
        self.assertEqual((other.active, other.mode), (True, "review"))
        self.assertFalse(self.policy.active)
        step = self._step("ladder")
        self.assertEqual(step["state"], "done")
        self.assertIn("Each letter waits for a look.", step["why"])
        self.assertIn("Test mode", step["why"])
        wizard.policy_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "Choose a ladder"):
            wizard.action_save()

    def test_languages(self):
        lang = self.env["res.lang"].with_context(active_test=False)
        lang.search([("code", "=like", "lb_%")]).active = False
        self.assertEqual(self._step("languages")["state"], "done")
        france = self.env.ref("base.fr")
        self._make_invoice(10, partner=self._make_debtor("Loin", country_id=france.id))
        step = self._step("languages")
        self.assertEqual(step["state"], "todo")
        self.assertIn("France (French)", step["why"])
        self.env["res.lang"]._activate_lang("fr_BE")
        self.assertNotIn("France (French)", self._step("languages")["why"])

    def test_numbers_of_the_law(self):
        Parameter = self.env["debt.collection.parameter"]
        self.patch(type(Parameter), "_is_due_on", lambda self, day: False)
        self.assertEqual(self._step("parameters")["state"], "done")
        self.patch(
            type(Parameter), "_is_due_on", lambda self, day: self.code == "test.rate"
        )
        self.env["debt.collection.parameter"].create(
            {"code": "test.rate", "name": "A rate", "kind": "percent"}
        )
        step = self._step("parameters")
        self.assertEqual(step["state"], "todo")
        self.assertIn("1 of ", step["why"])

    def test_roles(self):
        self.assertIn("Nobody is an Approver", self._step("roles")["why"])
        approver = self._make_user("approver", "approver")
        step = self._step("roles")
        self.assertEqual(step["state"], "done")
        self.assertIn(approver.name, step["why"])
        (self.collector + self.manager).company_ids |= self._make_company("Else")
        others = self.env["res.users"].search(
            [("company_ids", "in", self.company.ids), ("id", "!=", approver.id)]
        )
        group = self.env.ref("debt_collection.debt_collection_group_collector")
        managers = self.env.ref("debt_collection.debt_collection_group_manager")
        others.sudo().group_ids -= group + managers
        found = self.env["debt.collection.onboarding"]._check_roles()
        self.assertFalse(found.is_done)
        self.assertIn("is alone", found.why)

    def test_preview_of_the_own_ledger(self):
        self.assertEqual(self._step("preview")["state"], "todo")
        self._make_invoice(10, 120)
        self._make_invoice(20, 80, partner=self.other_debtor)
        action = self.Steps.open_step("preview")
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(lines.mapped("amount")), 200)
        step = self._step("preview")
        self.assertEqual(step["state"], "done")
        self.assertIn("Letters: 2, debtors: 2", step["why"])
        self.assertIn("200.00", step["why"])
        self.assertFalse(self.env["debt.collection.action"].search_count([]))

    def test_every_step_opens(self):
        for step in self.Steps.get_screen()["steps"]:
            with self.subTest(step["key"]):
                self.assertIn("type", self.Steps.open_step(step["key"]))
        with self.assertRaisesRegex(UserError, "no step"):
            self.Steps.open_step("nonsense")

    # === THE START === #

    def test_starts_when_each_step_is_done_or_left(self):
        with self.assertRaisesRegex(UserError, "Preview"):
            self.Steps.start()
        screen = self.Steps.get_screen()
        for step in screen["steps"]:
            if step["state"] == "todo":
                self.assertFalse(screen["can_start"])
                screen = self.Steps.leave_step(step["key"])
        self.assertTrue(screen["can_start"])
        self.assertEqual(screen["done"], len(screen["steps"]))
        again = self.Steps.leave_step("preview", False)
        self.assertFalse(again["can_start"])
        self.Steps.leave_step("preview")
        screen = self.Steps.start()
        self.assertFalse(screen["waiting"])
        self.assertIn(self.manager.name, screen["status"])
        self.assertFalse(self.company.debt_collection_paused)
        self.assertEqual(self.row.state, "done")

    def test_it_can_be_paused_once_it_runs(self):
        with self.assertRaisesRegex(UserError, "not started"):
            self.Steps.pause(False)
        self.assertTrue(self.company.debt_collection_paused)
        self.Steps.skip()
        screen = self.Steps.pause(True)
        self.assertTrue(self.company.debt_collection_paused)
        self.assertIn("paused", screen["status"])
        self.assertFalse(screen["waiting"])
        self.assertIn(self.manager.name, self.Steps.pause(False)["status"])
        self.assertFalse(self.company.debt_collection_paused)
        with self.assertRaises(AccessError):
            self._as(self.collector).pause(True)

    def test_only_a_manager_starts(self):
        for method in ("get_screen", "start", "skip"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self._as(self.collector), method)()
        with self.assertRaises(AccessError):
            self._as(self.collector).open_step("bank")
        self.assertTrue(self.company.debt_collection_paused)

    def test_the_desk_tells_a_manager(self):
        banner = self.Steps.get_banner()
        self.assertEqual(banner["total"], len(self.Steps.get_screen()["steps"]))
        self.assertIsNone(self._as(self.collector).get_banner())
        self.Steps.skip()
        self.assertIsNone(self.Steps.get_banner())
