from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSolvency(CollectionCommon):
    """What is known of a debtor's means, for how long, and who may say so."""

    def _check(self, finding, days_ago=0, **values):
        return (
            self.env["debt.collection.solvency.check"]
            .with_user(self.collector)
            .create(
                {
                    "partner_id": self.debtor.id,
                    "company_id": self.company.id,
                    "date": TODAY - timedelta(days=days_ago),
                    "source": "Credit report",
                    "finding": finding,
                    **values,
                }
            )
        )

    def _solvency(self, day=TODAY, company=None):
        return self.debtor._get_solvency(company or self.company, day)

    def test_the_latest_valid_one_counts(self):
        self.assertFalse(self._solvency())
        old = self._check("doubtful", 30)
        new = self._check("solvent", 10)
        self.assertEqual(self._solvency(), new)
        self.assertEqual(self._solvency(TODAY - timedelta(days=11)), old)

    def test_a_finding_expires_by_the_setting(self):
        self.company.debt_collection_solvency_days = 20
        check = self._check("solvent", 20)
        self.assertEqual(check.date_valid_until, TODAY)
        self.assertEqual(self._solvency(), check)
        self.assertFalse(self._solvency(TODAY + timedelta(days=1)))

    def test_a_bankruptcy_does_not_expire(self):
        check = self._check("bankrupt", 500)
        self.assertFalse(check.date_valid_until)
        self.assertEqual(self._solvency(), check)

    def test_own_history_does_not_outweigh_a_register(self):
        notice = self._check("bankrupt", 30, origin="notice")
        self._check("solvent", 1, origin="behaviour")
        self.assertEqual(self._solvency(), notice)

    def test_a_contact_stands_for_his_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.debtor.id}
        )
        check = self._check("insolvent", partner_id=contact.id)
        self.assertEqual(check.partner_id, self.debtor)
        self.assertEqual(contact._get_solvency(self.company, TODAY), check)

    def test_only_confirmed_ones_count(self):
        check = self._check("bankrupt", state="to_confirm")
        self.assertFalse(self._solvency())
        check.action_confirm()
        self.assertEqual(self._solvency(), check)
        with self.assertRaisesRegex(UserError, "Why annulled"):
            check.action_void()
        check.void_reason = "a namesake"
        check.action_void()
        self.assertFalse(self._solvency())
        other = self._check("bankrupt", state="to_confirm")
        other.action_void()
        self.assertEqual(other.void_reason, "it is not this debtor")

    def test_the_log_of_the_case_has_it(self):
        case = self._flag(self._make_invoice())
        self._check("doubtful")
        self.assertIn("doubtful", case.event_ids[:1].data)
        self.assertEqual(case.event_ids[:1].kind, "solvency")
        self.assertTrue(case.account_id.is_stale)

    def test_a_finding_is_evidence(self):
        check = self._check("doubtful")
        with self.assertRaisesRegex(UserError, "record a new check"):
            check.finding = "solvent"
        with self.assertRaisesRegex(UserError, "annul it instead"):
            check.sudo().unlink()
        check.note = "Late with everybody."
        with self.assertRaisesRegex(ValidationError, "cannot end before"):
            self._check("solvent", date_valid_until=TODAY - timedelta(days=1))

    def test_each_creditor_has_his_own(self):
        sister = self._make_company("Sister SA")
        self._check("bankrupt")
        self.assertFalse(self._solvency(company=sister))
        stranger = self._make_user("stranger", "collector")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        Check = self.env["debt.collection.solvency.check"].with_user(stranger)
        found = Check.with_context(allowed_company_ids=sister.ids).search([])
        self.assertFalse(found)

    def test_who_may(self):
        check = self._check("solvent")
        clerk = self._make_user("clerk", "collector")
        clerk.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            check.with_user(clerk).read(["finding"])
