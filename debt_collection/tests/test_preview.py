import random
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon
from .preview_property import PreviewProperty

LOUD = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPreview(CollectionCommon):
    def test_preview_screen(self):
        self._make_invoice(10)
        self._make_invoice(1, partner=self.other_debtor)
        preview = self.env["debt.collection.run.preview"].with_user(self.collector)
        action = preview.create({"date": TODAY}).action_preview()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertRecordValues(
            lines.sorted(lambda line: bool(line.step_id)),
            [
                {
                    "partner_id": self.other_debtor.id,
                    "step_id": False,
                    "why_not": "“One” comes on 03/20/2026.",
                    "next_date": TODAY + timedelta(days=4),
                },
                {
                    "partner_id": self.debtor.id,
                    "step_id": self.policy.step_ids[0].id,
                    "why_not": False,
                    "next_date": False,
                },
            ],
        )
        self.assertFalse(self.env["debt.collection.action"].search([]))

    def test_a_company_that_is_not_his_cannot_be_previewed(self):
        """The run decides as the system: nobody asks it about another company."""
        other = self._make_company("Other Creditor SA")
        preview = self.env["debt.collection.run.preview"].with_user(self.collector)
        with self.assertRaises(AccessError), mute_logger(*LOUD):
            preview.create({"date": TODAY, "company_id": other.id})
        own = preview.create({"date": TODAY})
        own.write({"company_id": other.id})
        with self.assertRaises(AccessError), mute_logger(*LOUD):
            own.action_preview()

    def test_another_collector_does_not_see_it(self):
        self._make_invoice(10)
        preview = self.env["debt.collection.run.preview"].with_user(self.collector)
        own = preview.create({"date": TODAY})
        own.action_preview()
        colleague = self._make_user("colleague", "collector")
        with self.assertRaises(AccessError), mute_logger(*LOUD):
            own.with_user(colleague).read(["date"])
        lines = self.env["debt.collection.run.preview.line"].with_user(colleague)
        self.assertFalse(lines.search([("preview_id", "=", own.id)]))

    def test_preview_equals_the_run_over_random_ledgers(self):
        """Seeded ledgers and days; payments, blocks, holds and reviews in between."""
        chance = random.Random(19)
        partners = [self._make_debtor(f"Debtor{n} SA") for n in range(6)]
        self.company.debt_collection_contact_limit = 2
        day = TODAY
        for _round in range(12):
            for partner in chance.sample(partners, 3):
                move = self._make_invoice(chance.randint(-10, 50), partner=partner)
                if chance.random() < 0.2:
                    move.action_toggle_block_payment()
                elif chance.random() < 0.3:
                    self._pay(move, chance.choice([None, 30]))
                elif chance.random() < 0.2:
                    self._rest(move, day, chance.randint(0, 6))
            if chance.random() < 0.3:
                self.policy.mode = chance.choice(["automatic", "review"])
            preview = self.Run._preview(self.company, day)
            before = self.env["debt.collection.action"].search([])
            accounts = self._run(day)
            made = self.env["debt.collection.action"].search([]) - before
            self.assertEqual(self._letters(preview), self._made(made), day)
            for account in accounts:
                self.assertEqual(
                    self._reasons(preview[account.id]), self._kept(account)
                )
            made._release()
            self._mark_sent(made, day)
            day += timedelta(days=chance.randint(1, 9))
        self.assertGreater(self.env["debt.collection.action"].search_count([]), 8)

    def _rest(self, move, day, length):
        account = self.env["debt.collection.account"].search(
            [("partner_id", "=", move.commercial_partner_id.id)], limit=1
        )
        if account:
            self.env["debt.collection.hold"].create(
                {
                    "account_id": account.id,
                    "reason": "asked for time",
                    "date_start": day,
                    "date_end": day + timedelta(days=length),
                }
            )

    def _reasons(self, subjects):
        """Why nothing happens, as the preview says it."""
        return {
            (blocker.code, str(blocker.until or ""))
            for _key, decision in subjects
            for blocker in decision.blockers
        }

    def _kept(self, account):
        """The same as the screens say it once the run is over."""
        return {
            (code, until)
            for code, _params, until, _regime in account.blockers
            if code != "acted"
        }

    def _letters(self, preview):
        return {
            (key[0], letter.step.id, letter.item_ids)
            for subjects in preview.values()
            for key, decision in subjects
            for letter in decision.letters
        }

    def _made(self, actions):
        return {
            (a.account_id.id, a.step_id.id, tuple(sorted(a.line_ids.move_line_id.ids)))
            for a in actions
        }

    def test_timeline_of_a_case(self):
        case = self._flag(self._make_invoice(3))
        rungs = case.with_user(self.collector)._get_rungs()
        self.assertEqual([r["state"] for r in rungs], ["next", "later", "later"])
        self._run()
        self.assertEqual(
            [r["state"] for r in case._get_rungs()], ["now", "next", "later"]
        )
        self._mark_sent(case.action_ids)
        self._run(TODAY + timedelta(days=1))
        self.env.invalidate_all()
        rungs = case._get_rungs()
        self.assertEqual([r["state"] for r in rungs], ["done", "next", "later"])
        self.assertEqual(rungs[1]["day"], TODAY + timedelta(days=12))
        self.assertIn("fa-check", case.ladder)

    def test_verify_button(self):
        case = self._flag(self._make_invoice(3))
        answer = case.with_user(self.collector).action_verify_log()
        self.assertEqual(answer["params"]["message"], "Every seal holds.")
        self.env.cr.execute("UPDATE debt_collection_event SET data = '{}'")
        self.env.invalidate_all()
        answer = case.action_verify_log()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertIn("its text was changed", answer["params"]["message"])


@tagged("post_install", "-at_install")
class TestPreviewProperty(PreviewProperty, CollectionCommon):
    """Preview and run agree where no law of a country speaks."""

    def test_random_ledgers(self):
        self.check_worlds(range(10))
