from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import TODAY, CollectionCommon

NOON = datetime(2026, 3, 16, 11, 0)  # noon in Luxembourg


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestContact(CollectionCommon):
    """What came of a call or a visit, and what it sets going."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor.phone = "+352 26 00 00"
        cls.policy.step_ids[0].write({"by_email": False, "by_call": True})
        cls.move = cls._make_invoice(10)

    def setUp(self):
        super().setUp()
        # the invoice is Odoo's own report: its style sheets would need a server
        self.patch(
            type(self.env["ir.actions.report"]),
            "_render_qweb_pdf",
            lambda self, *args, **kwargs: (b"%PDF-copy", "pdf"),
        )

    def _call(self):
        """A call that the ladder asked for, on the collector's list."""
        self._run()
        action = self.move.debt_collection_case_id.action_ids
        action._dispatch()
        return action.delivery_ids

    def _get_outcome(self, code):
        return self.env.ref(f"debt_collection.outcome_{code}")

    def _record(self, delivery, code, **values):
        wizard = (
            self.env["debt.collection.contact.record"]
            .with_user(self.collector)
            .with_context(**delivery.action_record_outcome()["context"])
            .create({"outcome_id": self._get_outcome(code).id, **values})
        )
        wizard.action_record()
        return delivery.case_id.contact_ids.sorted("id")[-1]

    def _days(self, number):
        return TODAY + timedelta(days=number)

    # === WHAT COMES NEXT === #

    def test_call_waits_with_its_figures_at_hand(self):
        delivery = self._call()
        case = delivery.case_id
        self.assertEqual(delivery.activity_id.res_id, case.id)
        self.assertEqual(delivery.phone, "+352 26 00 00")
        script = dict(self.env["debt.collection.desk"]._get_script(case))
        self.assertIn("100.00", script["Due today"])
        self.assertIn("10 days late", script["Oldest item"])
        self.assertEqual(
            self.env["debt.collection.desk"]._get_phones(case),
            [("Debtor SRL", "+352 26 00 00")],
        )
        self._run(self._days(1))
        self.assertEqual(
            case.why_not, "A call or a visit is to be made, from 03/16/2026 on."
        )

    def test_refusal_ends_the_call_and_the_ladder_goes_on(self):
        delivery = self._call()
        contact = self._record(delivery, "refused", note="Never", person="Mr Grim")
        self.assertRecordValues(
            contact,
            [
                {
                    "reason": "unwilling",
                    "user_id": self.collector.id,
                    "policy_id": self.policy.id,
                    "date_next": False,
                }
            ],
        )
        self.assertRecordValues(delivery, [{"state": "sent", "date": TODAY}])
        self.assertRecordValues(delivery.action_id, [{"state": "done"}])
        self.assertFalse(delivery.activity_id.active)
        event = delivery.case_id.event_ids.filtered(lambda e: e.kind == "contact")
        self.assertIn('"outcome":"refused"', event.data)
        self.assertNotIn("Never", event.data)
        self.assertIn("Never", event.personal)
        self._run(self._days(7))
        self.assertEqual(delivery.case_id.action_ids[0].step_id.name, "Two")

    def test_voicemail_is_tried_again_in_a_working_day(self):
        friday = TODAY + timedelta(days=4)
        with freeze_time(NOON + timedelta(days=4)):
            self._run(friday)
            action = self.move.debt_collection_case_id.action_ids
            action._dispatch()
            contact = self._record(action.delivery_ids, "voicemail")
        again = contact.next_delivery_id
        self.assertEqual(contact.date_next, self._days(7))  # the Monday
        self.assertRecordValues(
            again,
            [
                {
                    "state": "to_send",
                    "channel": "call",
                    "date_planned": TODAY + timedelta(days=7),
                }
            ],
        )
        self.assertEqual(again.activity_id.date_deadline, self._days(7))
        self.assertEqual(action.state, "released")

    def test_after_three_tries_a_letter_is_written(self):
        delivery = self._call()
        self._record(delivery, "unreachable")
        for _try in range(2):
            again = delivery.action_id.delivery_ids.filtered(
                lambda d: d.state == "to_send"
            )
            contact = self._record(again, "unreachable")
        letter = contact.next_delivery_id
        self.assertEqual((letter.channel, letter.state), ("email", "to_send"))
        self.assertEqual(
            delivery.action_id.delivery_ids.filtered(
                lambda d: d.channel == "call"
            ).mapped("state"),
            ["unreached"] * 3,
        )
        delivery.action_id._dispatch()
        self.assertTrue(delivery.action_id.attachment_id)

    def test_who_was_not_reached_was_not_contacted(self):
        self.company.debt_collection_contact_limit = 1
        delivery = self._call()
        outcome = self._get_outcome("unreachable").copy(
            {"code": "gone", "next_kind": "none"}
        )
        self._record(delivery, "unreachable", outcome_id=outcome.id)
        self.assertEqual(delivery.action_id.state, "done")
        gate = self.env["debt.collection.gate"].with_company(self.company)
        account = delivery.account_id
        self.assertEqual(gate._get_blockers(account, TODAY), {account.id: ()})
        facts = self.env["debt.collection.facts"]._read(
            {self._get_receivable(self.move).id: "standard"}
        )
        self.assertEqual([f.notices for f in facts.values()], [()])

    def test_payment_run_rests_until_its_day(self):
        delivery = self._call()
        self._record(delivery, "payment_run", date_next=self._days(20))
        case = delivery.case_id
        self.assertEqual(case.hold_ids.date_end, self._days(20))
        self._run(self._days(19))
        self.assertEqual(len(case.action_ids), 1)
        self.assertIn("In the next payment run", case.why_not)
        self._run(self._days(22))
        self.assertEqual(len(case.action_ids), 2)

    def test_promise_is_kept_with_amount_and_day(self):
        delivery = self._call()
        form = Form(
            self.env["debt.collection.contact.record"]
            .with_user(self.collector)
            .with_context(**delivery.action_record_outcome()["context"])
        )
        form.outcome_id = self._get_outcome("promise")
        self.assertEqual((form.amount, form.reason), (100.0, "cash"))
        form.date_next = self._days(5)
        form.save().action_record()
        case = delivery.case_id
        self.assertRecordValues(
            case.plan_ids, [{"kind": "promise", "state": "running", "amount": 100}]
        )
        script = dict(self.env["debt.collection.desk"]._get_script(case))
        promise = script["Last promise"].replace("\xa0", " ")
        self.assertEqual(promise, "100.00 € promised by 03/21/2026")

    def test_dispute_rests_and_opens_its_form(self):
        delivery = self._call()
        contact = self._record(delivery, "disputed", note="Never delivered")
        self.assertEqual(contact.reason, "dispute")
        self.assertTrue(contact.hold_id)
        screen = contact._get_next_screen()
        self.assertEqual(screen["res_model"], "debt.collection.dispute")
        self.assertEqual(screen["context"]["default_description"], "Never delivered")
        self.assertEqual(screen["context"]["default_case_id"], delivery.case_id.id)

    def test_dispute_takes_over_from_the_rest(self):
        """Until it is recorded the case rests; then the dispute alone holds back."""
        delivery = self._call()
        contact = self._record(delivery, "disputed")
        case = delivery.case_id
        self._run(self._days(10))
        self.assertEqual(len(case.action_ids), 1)
        self.assertFalse(contact.hold_id.date_ended)
        line = {"claim_id": case.claim_ids.id, "amount": 10}
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        case.with_user(self.collector)._open_dispute(
            {"reason_id": reason.id, "line_ids": [Command.create(line)]}, "debtor"
        )
        self.assertEqual(contact.hold_id.date_ended, TODAY)

    def test_promise_signed_at_a_visit_carries_the_signature(self):
        case = self._flag(self.move)
        self.env["debt.collection.contact"].with_user(self.collector)._record(
            {
                "case_id": case.id,
                "channel": "visit",
                "outcome_id": self._get_outcome("promise").id,
                "date_next": self._days(5),
                "amount": 50,
                "signed_by": " Ann Debtor ",
                "signature": b"c2lnbmVk",
            }
        )
        self.assertRecordValues(
            case.plan_ids,
            [
                {
                    "state": "running",
                    "signed_by": "Ann Debtor",
                    "signed_on": NOON,
                    "signature": b"c2lnbmVk",
                }
            ],
        )

    def test_promise_asks_for_day_and_amount(self):
        delivery = self._call()
        with self.assertRaisesRegex(UserError, "until which day"):
            self._record(delivery, "promise", date_next=False, amount=5)
        with self.assertRaisesRegex(UserError, "how much he promised"):
            self._record(delivery, "promise", date_next=self._days(2), amount=0)
        with self.assertRaisesRegex(UserError, "lies in the past"):
            self._record(delivery, "promise", date_next=self._days(-1), amount=5)
        self.assertEqual(delivery.state, "to_send")

    def test_invoices_are_sent_again(self):
        delivery = self._call()
        contact = self._record(delivery, "no_invoice")
        mail = contact.mail_id
        self.assertEqual(mail.recipient_ids, self.debtor)
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertTrue(mail.attachment_ids.raw.startswith(b"%PDF"))
        leaves = fields.Datetime.to_datetime(mail.scheduled_date)
        self.assertEqual(leaves, NOON + timedelta(minutes=15))
        self.debtor.email = False
        other = self._record_free("spoken")
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            other._send_copies()

    # === WITHOUT A STEP === #

    def _record_free(self, code, **values):
        case = self._flag(self.move)
        wizard = (
            self.env["debt.collection.contact.record"]
            .with_user(self.collector)
            .with_context(**case.action_record_contact()["context"])
            .create({"outcome_id": self._get_outcome(code).id, **values})
        )
        wizard.action_record()
        return case.contact_ids.sorted("id")[-1]

    def test_a_call_no_step_asked_for_counts_as_a_contact(self):
        self.company.debt_collection_contact_limit = 1
        contact = self._record_free("spoken")
        self.assertRecordValues(
            contact.delivery_id, [{"state": "sent", "address": "+352 26 00 00"}]
        )
        gate = self.env["debt.collection.gate"].with_company(self.company)
        account = contact.case_id.account_id
        self.assertTrue(gate._get_blockers(account, TODAY)[account.id])

    def test_a_debtor_who_calls_is_no_contact_of_ours(self):
        contact = self._record_free("spoken", is_incoming=True)
        self.assertFalse(contact.delivery_id)
        self.assertFalse(contact.case_id.action_ids)

    def test_closed_case_takes_no_call(self):
        case = self._flag(self.move)
        case.action_withdraw()
        with self.assertRaisesRegex(UserError, "open it again first"):
            self._record_free_on(case)

    def _record_free_on(self, case):
        self.env["debt.collection.contact"]._record(
            {
                "case_id": case.id,
                "channel": "call",
                "outcome_id": self._get_outcome("spoken").id,
            }
        )

    # === HOURS === #

    def test_appointment_is_an_activity_and_a_rest(self):
        delivery = self._call()
        contact = self._record(
            delivery, "appointment", appointment=NOON + timedelta(days=3)
        )
        self.assertEqual(contact.activity_id.summary, "Appointment at 12:00")
        self.assertEqual(contact.activity_id.date_deadline, self._days(3))
        self.assertEqual(contact.hold_id.date_end, self._days(3))

    def test_appointment_keeps_the_quiet_hours_and_days(self):
        self.company.debt_collection_quiet_from = 20
        self.company.debt_collection_quiet_to = 8
        delivery = self._call()
        late = datetime(2026, 3, 17, 18, 45)  # 19:45 to 20:15 in Luxembourg
        with self.assertRaisesRegex(UserError, "left in peace at that hour"):
            self._record(delivery, "appointment", appointment=late)
        sunday = datetime(2026, 3, 22, 11, 0)
        with self.assertRaisesRegex(UserError, "Sundays and holidays"):
            self._record(delivery, "appointment", appointment=sunday)
        self._record(delivery, "appointment", appointment=late - timedelta(minutes=15))

    def test_abusive_contact_is_reached_in_writing_only(self):
        case = self._flag(self.move)
        self.debtor.debt_collection_written_only = True
        wizard = self.env["debt.collection.contact.record"].create(
            {"case_id": case.id, "outcome_id": self._get_outcome("spoken").id}
        )
        self.assertIn("in writing only", wizard.warning)
        with self.assertRaisesRegex(UserError, "in writing only"):
            self._record_free("appointment", appointment=NOON + timedelta(days=1))

    # === ONCE, AND BACK === #

    def test_outcome_is_recorded_once(self):
        delivery = self._call()
        self._record(delivery, "refused")
        with self.assertRaisesRegex(UserError, "recorded already"):
            self._record(delivery, "refused")

    def test_two_users_on_one_call(self):
        """Both had its form open; the second one is told, and nothing is doubled."""
        delivery = self._call()
        colleague = new_test_user(
            self.env,
            login="dc_colleague",
            groups="debt_collection.debt_collection_group_collector",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        context = delivery.action_record_outcome()["context"]
        wizards = [
            self.env["debt.collection.contact.record"]
            .with_user(user)
            .with_context(**context)
            .create({"outcome_id": self._get_outcome(code).id})
            for user, code in ((self.collector, "payment_run"), (colleague, "refused"))
        ]
        wizards[0].date_next = self._days(20)
        wizards[0].action_record()
        with (
            self.assertRaisesRegex(UserError, "recorded already"),
            self.env.cr.savepoint(),  # as the request that fails is rolled back
        ):
            wizards[1].action_record()
        self.assertEqual(delivery.case_id.contact_ids.user_id, self.collector)

    def test_calls_are_not_marked_as_sent(self):
        delivery = self._call()
        with self.assertRaisesRegex(UserError, "record its outcome instead"):
            delivery.with_user(self.collector).action_mark_sent()

    def test_undo_takes_everything_back(self):
        delivery = self._call()
        codes = ("voicemail", "payment_run", "refused", "no_invoice", "paid", "promise")
        for code in codes:
            with self.subTest(code):
                wanted = {}
                if code == "promise":
                    wanted = {"date_next": self._days(5), "amount": 50}
                contact = self._record(delivery, code, **wanted)
                contact.with_user(self.collector).action_undo()
                self.assertRecordValues(delivery, [{"state": "to_send", "date": False}])
                self.assertEqual(delivery.action_id.state, "released")
                self.assertFalse(delivery.case_id.hold_ids)
                self.assertTrue(delivery.activity_id.active)
                self.assertEqual(contact.state, "undone")
                self.assertIn(contact.mail_id.state, (False, "cancel"))
        kinds = delivery.case_id.event_ids.mapped("kind")
        self.assertEqual(kinds.count("contact_undone"), 6)
        self.assertEqual(set(delivery.case_id.plan_ids.mapped("state")), {"cancelled"})
        self._record(delivery, "refused")
        self.assertEqual(delivery.action_id.state, "done")

    def test_undo_ends_after_some_minutes(self):
        contact = self._record(self._call(), "refused")
        self.env.cr.execute(
            "UPDATE debt_collection_contact SET create_date = %s",
            [NOON - timedelta(minutes=16)],
        )
        self.env.invalidate_all()
        self.assertFalse(contact.can_undo)
        with self.assertRaisesRegex(UserError, "more than 15 minutes ago"):
            contact.action_undo()

    def test_undo_of_a_free_call_counts_no_contact(self):
        contact = self._record_free("spoken")
        contact.with_user(self.collector).action_undo()
        self.assertEqual(contact.delivery_id.state, "withdrawn")
        self.assertEqual(contact.delivery_id.action_id.state, "skipped")

    # === ROLES AND COMPANIES === #

    def test_contacts_are_evidence(self):
        contact = self._record_free("spoken")
        with self.assertRaisesRegex(UserError, "never deleted"):
            contact.unlink()
        with self.assertRaises(AccessError):
            contact.with_user(self.collector).unlink()
        outcome = self._get_outcome("spoken")
        with self.assertRaises(AccessError):
            outcome.with_user(self.collector).name = "x"
        outcome.with_user(self.manager).name = "Talked"

    def test_another_company_sees_nothing(self):
        contact = self._record_free("spoken")
        other = self._make_company("Sister SA")
        stranger = self._make_user("stranger", "collector")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        Contact = self.env["debt.collection.contact"].with_user(stranger)
        seen = Contact.with_context(allowed_company_ids=other.ids).search([])
        self.assertNotIn(contact, seen)

    def test_reasons_are_reported_by_policy_and_month(self):
        self._record(self._call(), "refused")
        groups = self.env["debt.collection.contact"]._read_group(
            [("state", "=", "recorded")],
            ["reason", "policy_id", "moment:month"],
            ["__count"],
        )
        self.assertEqual(
            [(r, p, n) for r, p, _m, n in groups], [("unwilling", self.policy, 1)]
        )
