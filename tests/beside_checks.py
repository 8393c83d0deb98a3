"""Our run and the reminder systems of others over the same ledger.

Not collected by name: `test_beside` runs it on a database that has OCA's credit control
and the invented follow-ups of `tests/beside`.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBesideOthers(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.control = cls.env.ref("account_credit_control.credit_control_3_time")
        cls.no_follow = cls.env.ref("account_credit_control.credit_control_no_follow")
        receivable = cls.env["account.account"].search(
            [("account_type", "=", "asset_receivable")]
        )
        cls.control.account_ids = receivable
        cls.company.credit_policy_id = cls.control
        cls.level = cls.env["account_followup.followup.line"].create(
            {"name": "Reminder", "delay": 15}
        )

    def _run_credit_control(self, day=TODAY):
        """OCA's run, as its button does it: the lines that it makes."""
        run = self.env["credit.control.run"].create(
            {
                "date": day,
                "company_id": self.company.id,
                "policy_ids": [(6, 0, self.control.ids)],
            }
        )
        return run._generate_credit_lines()

    def _letters(self, move):
        items = self._get_receivable(move)
        lines = self.env["debt.collection.action.line"]
        return lines.search([("move_line_id", "in", items.ids)]).action_id

    # === CREDIT CONTROL OF OCA === #

    def test_both_run_over_one_ledger(self):
        """Neither sees less for the other, whoever comes first; both would write."""
        for ours_first, debtor in ((True, self.debtor), (False, self.other_debtor)):
            with self.subTest(ours_first=ours_first):
                move = self._make_invoice(20, 500, debtor)
                lines = self.env["credit.control.line"]
                if not ours_first:
                    lines |= self._run_credit_control()
                self._run()
                if ours_first:
                    lines |= self._run_credit_control()
                lines = lines.filtered_domain([("invoice_id", "=", move.id)])
                self.assertEqual(lines.mapped("balance_due"), [500])
                self.assertEqual(len(self._letters(move)), 1)

    def test_a_payment_ends_both(self):
        move = self._make_invoice(20, 500)
        self._run()
        self._run_credit_control()
        case = move.debt_collection_case_id
        self._pay(move)
        self._run()
        self.assertEqual((case.phase, case.amount_residual), ("closed", 0))
        later = TODAY + timedelta(days=60)
        self.assertFalse(self._run_credit_control(later))

    def test_its_policy_that_does_nothing_leaves_the_customer_to_us(self):
        self.debtor.credit_policy_id = self.no_follow
        move = self._make_invoice(20, 500)
        other = self._make_invoice(20, 300, self.other_debtor)
        self._run()
        self.assertEqual(self._run_credit_control().invoice_id, other)
        self.assertEqual(len(self._letters(move)), 1)

    def test_whom_we_leave_out_it_reminds(self):
        self.debtor.debt_collection_excluded = True
        move = self._make_invoice(20, 500)
        self._run()
        self.assertFalse(self._letters(move))
        self.assertEqual(self._run_credit_control().invoice_id, move)

    def test_credit_control_does_not_read_the_mark(self):
        """So the settings say what to do instead."""
        self.company.debt_collection_mark_items = True
        move = self._make_invoice(20, 500)
        self._flag(move)
        self.assertTrue(self._get_receivable(move).no_followup)
        self.assertEqual(self._run_credit_control().invoice_id, move)

    def test_the_settings_tell_of_both(self):
        settings = self.env["res.config.settings"].create({})
        told = settings.debt_collection_other_systems
        self.assertIn("OCA", told)
        self.assertIn("No follow", told)
        self.assertIn("Mark invoices on a case", told)

    # === FOLLOW-UPS === #

    def test_follow_ups_honour_the_mark_until_the_case_closes(self):
        self.company.debt_collection_mark_items = True
        move = self._make_invoice(20, 500)
        self.assertEqual(self.debtor.total_overdue, 500)
        case = self._flag(move)
        self.debtor.invalidate_recordset()
        self.assertEqual(self.debtor.total_overdue, 0)
        self.assertEqual(self.debtor.followup_status, "no_action_needed")
        self.assertFalse(self.debtor._remind(self.level, TODAY))
        case._close("withdrawn", TODAY)
        self.debtor.invalidate_recordset()
        self.assertEqual(self.debtor.total_overdue, 500)
        self.assertEqual(
            self.debtor._remind(self.level, TODAY), self._get_receivable(move)
        )

    def test_an_item_that_somebody_marked_is_left_alone_and_says_so(self):
        move = self._make_invoice(20, 500)
        self._get_receivable(move).no_followup = True
        self._run()
        self.assertFalse(self._letters(move))
        account = self.env["debt.collection.account"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        self.assertIn("excluded by another system", account.why_not)
        with self.assertRaisesRegex(UserError, "No Follow-Up"):
            move.with_user(self.collector).action_collection_flag()

    def test_nothing_of_follow_ups_is_written_by_us(self):
        move = self._make_invoice(20, 500)
        item = self._get_receivable(move)
        kept = {
            "followup_next_action_date": TODAY + timedelta(days=3),
            "followup_reminder_type": "manual",
            "followup_responsible_id": self.env.user.id,
        }
        self.debtor.write(kept)
        item.write({"followup_line_id": self.level.id, "last_followup_date": TODAY})
        for days in (0, 10, 25):
            self._run(TODAY + timedelta(days=days))
        self.assertGreater(len(self._letters(move)), 0)
        self._pay(move)
        self._run(TODAY + timedelta(days=26))
        self.env.invalidate_all()
        self.assertEqual(self.debtor.followup_reminder_type, "manual")
        self.assertEqual(self.debtor.followup_responsible_id, self.env.user)
        self.assertEqual(
            self.debtor.followup_next_action_date, TODAY + timedelta(days=3)
        )
        self.assertEqual(item.followup_line_id, self.level)
        self.assertEqual(item.last_followup_date, TODAY)

    def test_our_letters_go_to_our_contact_not_to_the_follow_up_address(self):
        """Whom our letters reach is chosen here; that address is another's."""
        address = self._make_debtor("Dunning desk", parent_id=self.debtor.id)
        address.write({"type": "followup", "is_company": False})
        self.assertEqual(self.debtor._get_collection_recipient(), self.debtor)
        self.debtor.debt_collection_contact_id = address
        self.assertEqual(self.debtor._get_collection_recipient(), address)
