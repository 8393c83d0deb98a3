from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY, CollectionCommon
from .test_plan import later


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestGateway(CollectionCommon):
    """Odoo's Snailmail and SMS where they are installed; nothing changes without."""

    def _letter(self):
        self.debtor.email = False
        self.company.debt_collection_snailmail = True
        case = self._flag(self._make_invoice(10, 100))
        action = case._make_letter("statement", TODAY, release=True)
        action._dispatch()
        self.assertFalse(action.error)
        return action.delivery_ids

    def _chased(self):
        self.debtor.write({"email": False, "phone": "+352 26 12 34 56"})
        self.company.debt_collection_sms = True
        case = self._flag(self._make_invoice(10, 100))
        lines = [(later(1), 50), (later(40), 50)]
        plan = case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
        plan.signed_by = "Ann Other"
        plan.action_accept()
        self._run(later(1))
        self._run(later(2))
        return plan.line_ids[0].notice_ids.filtered(lambda n: n.kind == "chased")

    def test_without_the_modules_nothing_changes(self):
        self.patch(
            type(self.env["debt.collection.delivery"]),
            "_has_snailmail",
            lambda self: False,
        )
        delivery = self._letter()
        self.assertEqual((delivery.state, delivery.handed_over), ("to_send", True))
        self.assertFalse(delivery.snailmail_ref)
        self.assertTrue(delivery.action_print())

    def test_snailmail_takes_the_frozen_letter(self):
        if "snailmail.letter" not in self.env:
            self.skipTest("Snailmail is not installed")
        delivery = self._letter()
        letter = self.env["snailmail.letter"].browse(delivery.snailmail_ref)
        self.assertEqual(letter.attachment_id, delivery.action_id.attachment_id)
        self.assertEqual(letter.partner_id, self.debtor)
        delivery._read_snailmail(self.company)
        self.assertEqual(delivery.state, "to_send")
        letter.state = "sent"
        delivery._read_snailmail(self.company)
        self.assertEqual((delivery.state, delivery.action_id.state), ("sent", "done"))

    def test_what_snailmail_lost_is_told(self):
        if "snailmail.letter" not in self.env:
            self.skipTest("Snailmail is not installed")
        delivery = self._letter()
        self.env["snailmail.letter"].browse(delivery.snailmail_ref).state = "error"
        delivery._read_snailmail(self.company)
        self.assertEqual(delivery.action_id.state, "failed")
        self.assertIn("Snailmail did not send it", delivery.action_id.error)

    def test_sms_where_there_is_no_mail(self):
        notice = self._chased()
        if "sms.sms" not in self.env:
            self.assertIn("no e-mail address", notice.error)
            return
        self.assertEqual((notice.error, notice.address), (False, self.debtor.phone))
        [sms] = self.env["sms.sms"].search([("partner_id", "=", self.debtor.id)])[:1]
        self.assertIn("50.00", sms.body)
