from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicy(CollectionCommon):
    def _row(self, **values):
        return {
            "move_policy_id": None,
            "partner_policy_id": None,
            "debtor_kind": "enterprise",
            "country_id": self.env.ref("base.lu").id,
            "journal_id": 1,
            "amount_total": 500.0,
            "is_foreign": False,
            **values,
        }

    def _found(self, tags=frozenset(), late=0.0, **values):
        Policy = self.env["debt.collection.policy"]
        ladder = Policy._find_ladder(self.company.id, self._row(**values), tags, late)
        return Policy.browse(ladder["id"]).name if ladder else None

    def test_each_rule_and_the_first_by_sequence(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")], limit=1
        )
        rules = {
            "consumer": {"debtor_kind": "consumer"},
            "france": {"country_ids": [(6, 0, self.env.ref("base.fr").ids)]},
            "vip": {"category_ids": [(6, 0, tag.ids)]},
            "journal": {"journal_ids": [(6, 0, journal.ids)]},
            "small": {"amount_max": 100},
            "large": {"amount_min": 10_000},
            "late": {"days_late_min": 20},
            "abroad": {"is_foreign": True},
        }
        for sequence, (name, values) in enumerate(rules.items(), 1):
            self.policy.copy({"name": name, "sequence": sequence, **values})
        cases = [
            ({"debtor_kind": "consumer"}, "consumer"),
            ({"country_id": self.env.ref("base.fr").id}, "france"),
            ({"tags": frozenset(tag.ids)}, "vip"),
            ({"journal_id": journal.id}, "journal"),
            ({"amount_total": 99.99}, "small"),
            ({"amount_total": 100.0}, "Test ladder"),
            ({"amount_total": 10_000.0}, "large"),
            ({"late": 20.0}, "late"),
            ({"late": 19.9}, "Test ladder"),
            ({"is_foreign": True}, "abroad"),
            ({"debtor_kind": "consumer", "amount_total": 5}, "consumer"),
        ]
        self.policy.sequence = 99
        for values, expected in cases:
            with self.subTest(expected, **values):
                self.assertEqual(self._found(**values), expected)

    def test_overrides_beat_the_rules(self):
        mine = self.policy.copy({"name": "mine", "sequence": 200})
        theirs = self.policy.copy({"name": "theirs", "sequence": 201})
        self.assertEqual(self._found(partner_policy_id=mine.id), "mine")
        self.assertEqual(
            self._found(partner_policy_id=mine.id, move_policy_id=theirs.id), "theirs"
        )

    def test_policy_of_another_company_is_not_used(self):
        other = self._make_company("Other SA")
        self.policy.company_id = other
        self.assertIsNone(self._found())

    def test_ready_policies_are_complete(self):
        ready = self.env["debt.collection.policy"].with_context(active_test=False)
        names = {
            "policy_default": 3,
            "policy_seven": 7,
            "policy_light": 3,
            "policy_consumer": 4,
            "policy_rents": 5,
            "policy_foreign": 3,
            "policy_sixty": 6,
        }
        for name, count in names.items():
            with self.subTest(name):
                policy = ready.env.ref(f"debt_collection.{name}")
                self.assertEqual(len(policy.step_ids), count)
                delays = policy.step_ids.mapped("delay")
                self.assertEqual(delays, sorted(delays))
                self.assertTrue(all(step._get_channels() for step in policy.step_ids))
                letters = policy.step_ids.filtered(lambda s: s.notice_kind == "first")
                self.assertEqual(len(letters), 1)
                self.assertEqual(letters.charges, "waived")

    def test_courtesy_before_due_makes_no_case(self):
        seven = self.env.ref("debt_collection.policy_seven")
        seven.active = True
        self.debtor.with_company(self.company).debt_collection_policy_id = seven
        moves = self._make_invoice(-5) + self._make_invoice(-6)
        self._run()
        action = self.env["debt.collection.action"].search([])
        self.assertEqual(action.step_id.name, "Before the due date")
        self.assertEqual(action.line_ids.move_line_id.move_id, moves)
        self.assertFalse(action.case_id)
        self.assertFalse(moves.debt_collection_case_id)
        action._dispatch()
        self.assertEqual((action.state, action.error), ("released", False))
        self.assertEqual(action.attachment_id.res_model, "debt.collection.account")

    def test_court_step_brings_the_case_to_legal(self):
        step = self.policy.step_ids[0]
        step.write({"phase": "legal", "by_email": False, "by_task": True})
        first = self._make_invoice(10)
        self._run()
        case = first.debt_collection_case_id
        case.action_ids._dispatch()
        self.assertEqual(case.activity_ids.activity_type_id.name, "Decide on the case")
        case.action_ids.delivery_ids.action_mark_sent()
        self.assertEqual((case.phase, case.date_legal), ("legal", TODAY))
        second = self._make_invoice(10)
        self._run(TODAY + timedelta(days=1))
        self.assertNotEqual(second.debt_collection_case_id, case)

    def test_step_without_channel_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "has no channel"):
            self.policy.step_ids[0].by_email = False

    def test_used_step_stays(self):
        self._make_invoice(10)
        self._run()
        with self.assertRaisesRegex(ValidationError, "archive its policy"):
            self.policy.step_ids[0].unlink()
        self.policy.step_ids[2].unlink()
        self.assertEqual(len(self.policy.step_ids), 2)

    def test_collector_reads_manager_writes(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.policy.with_user(self.collector).name = "x"
        self.policy.with_user(self.manager).name = "y"
        self.assertEqual(self.policy.with_user(self.collector).name, "y")

    def test_changed_ladder_is_decided_again(self):
        move = self._make_invoice(2)
        self._run()
        self.assertFalse(move.debt_collection_case_id)
        self.policy.step_ids[0].with_user(self.manager).delay = 1
        self._run()
        self.assertTrue(move.debt_collection_case_id)

    def test_days_late_of_what_was_paid(self):
        for late in (10, 20):
            move = self._make_invoice(100)
            self._pay(move, day=move.invoice_date_due + timedelta(days=late))
        early = self._make_invoice(50)
        self._pay(early, day=early.invoice_date_due - timedelta(days=3))
        debtor = self.debtor.with_company(self.company)
        self.assertEqual(debtor._get_days_late(TODAY), {self.debtor.id: 10.0})
        self.assertEqual(debtor._get_days_late(TODAY + timedelta(days=900)), {})
