from datetime import date, datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestCollectors(LegalWorld):
    """Section 3 of the law reference, on real cases."""

    def _consumer_case(self):
        move = self._invoice(self.consumer, 1000, "2025-02-26")
        with self._at("2025-03-03"):
            self._step("2025-03-03")
        return move.debt_collection_case_id

    def _agreement(self, kind, **values):
        partner = self.env["res.partner"].create({"name": kind.title()})
        return self.env["debt.collection.agreement"].create(
            {
                "name": kind,
                "partner_id": partner.id,
                "company_id": self.company.id,
                "kind": kind,
                **values,
            }
        )

    def test_case_3_1_on_the_agreement(self):
        case = self._consumer_case()
        day = date(2025, 3, 20)
        agency = self._agreement("agency")
        refusals = " ".join(agency._get_refusals(case, day))
        self.assertIn("registration number", refusals)
        agency.registration_number = "300123"
        self.assertFalse(agency._get_refusals(case, day))
        self.assertFalse(self._agreement("bailiff")._get_refusals(case, day))

    def test_enterprises_may_go_to_any_agency(self):
        move = self._invoice(self.enterprise, 1000, "2025-01-15")
        case = self._flag(move).with_user(self.env.user)
        agency = self._agreement("agency")
        self.assertFalse(agency._get_refusals(case, date(2025, 3, 20)))

    def test_case_3_3_as_a_rest(self):
        case = self._consumer_case()
        hold = self.env["debt.collection.hold"].create(
            {
                "account_id": case.account_id.id,
                "case_id": case.id,
                "l10n_be_mediation_date": "2025-06-10",
                "reason": "",
            }
        )
        self.assertEqual(
            (hold.date_start, hold.date_end), (date(2025, 6, 11), date(2025, 7, 25))
        )
        self.assertTrue(hold.reason)
        for on in ("2025-06-11", "2025-07-25"):
            with self._at(on):
                self.assertFalse(self._step(on), on)

    def test_case_3_3_the_decision_ends_the_rest_early(self):
        case = self._consumer_case()
        hold = self.env["debt.collection.hold"].create(
            {
                "account_id": case.account_id.id,
                "case_id": case.id,
                "l10n_be_mediation_date": "2025-06-10",
                "reason": "",
            }
        )
        with self._at("2025-06-20"):
            self.assertFalse(self._step("2025-06-20"))
            hold.action_end()
        with self._at("2025-06-23"):
            self.assertTrue(self._step("2025-06-23"))

    def test_case_3_3_the_rest_is_over_on_the_forty_fifth_day(self):
        case = self._consumer_case()
        self.env["debt.collection.hold"].create(
            {
                "account_id": case.account_id.id,
                "case_id": case.id,
                "l10n_be_mediation_date": "2025-06-10",
                "reason": "",
            }
        )
        # 26/07/2025 is a Saturday: the letter leaves on the Monday
        with self._at("2025-07-28"):
            self.assertTrue(self._step("2025-07-28"))

    def test_case_3_6_a_reasoned_dispute_stops(self):
        case = self._consumer_case()
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        with self._at("2025-03-10"):
            case._open_dispute(
                {
                    "reason_id": reason.id,
                    "description": "Never delivered",
                    "line_ids": [
                        Command.create({"claim_id": case.claim_ids.id, "amount": 1000})
                    ],
                },
                "debtor",
            )
        for on in ("2025-03-19", "2025-04-10"):
            with self._at(on):
                self.assertFalse(self._step(on), on)
        self.assertFalse(case._is_uncontested(date(2025, 4, 10)))

    # === THE NUMBER OF THE AGENCY === #

    def _hand_over(self, case, agreement):
        Assignment = self.env["debt.collection.assignment"]
        assignment = Assignment._prepare_for(case, agreement)
        assignment._hand_over(datetime(2025, 6, 1, 10), "the file is small")
        return assignment

    def test_case_3_1_the_hand_over_is_refused(self):
        """The case of a consumer goes to no agency without its number."""
        case = self._consumer_case()
        agency = self._agreement("agency")
        with self._at("2025-06-01"):
            with self.assertRaisesRegex(UserError, "registration number"):
                self._hand_over(case, agency)
            agency.registration_number = "300123"
            self.assertEqual(self._hand_over(case, agency).state, "handed_over")

    # === HIS NOTICE, AND FOURTEEN DAYS === #

    def _handed(self, regime="consumer", kind="agency"):
        if regime == "consumer":
            case = self._consumer_case()
        else:
            move = self._invoice(self.enterprise, 1000, "2025-01-15")
            case = self._flag(move).with_user(self.env.user)
        agreement = self._agreement(kind, registration_number="300123")
        with self._at("2025-06-01"):
            return case, self._hand_over(case, agreement)

    def _report(self, assignment, kind, day, **values):
        message = self.env["debt.collection.assignment.message"].create(
            {
                "assignment_id": assignment.id,
                "kind": kind,
                "date": day,
                "text": kind,
                **values,
            }
        )
        with self._at(day):
            message._apply()
        return message

    def test_case_3_2_on_a_case(self):
        """Notice e-mailed on 02/06/2025: no other measure before 17/06/2025."""
        case, assignment = self._handed()
        with self.assertRaisesRegex(UserError, "written notice of the collector first"):
            self._report(assignment, "step", "2025-06-02")
        self._report(assignment, "notice", "2025-06-02", channel="email")
        with self.assertRaisesRegex(UserError, "06/17/2025"):
            self._report(assignment, "step", "2025-06-16")
        self._report(assignment, "step", "2025-06-17")
        [hold] = case.account_id.hold_ids
        self.assertEqual(
            (hold.date_start, hold.date_end), (date(2025, 6, 2), date(2025, 6, 16))
        )
        with self._at("2025-06-16"):
            self.assertFalse(self._step("2025-06-16"))

    def test_a_notice_by_post_starts_later(self):
        case, assignment = self._handed()
        self._report(assignment, "notice", "2025-06-02")
        # the third working day after dispatch: 05/06; the nineteenth is free
        self.assertEqual(case.account_id.hold_ids.date_end, date(2025, 6, 18))

    def test_title_two_binds_neither_lawyers_nor_debts_of_enterprises(self):
        for regime, kind in (("consumer", "lawyer"), ("enterprise", "agency")):
            case, assignment = self._handed(regime, kind)
            self._report(assignment, "step", "2025-06-02")
            # taken in as it is: no term runs for it
            reported = assignment.line_ids.filtered(lambda m: m.kind == "step")
            self.assertEqual(len(reported), 1)
            self.assertFalse(case.hold_ids)

    # === FORBIDDEN HOURS === #

    def _appoint(self, case, moment):
        """A visit at a moment, in UTC; it takes half an hour."""
        outcome = self.env["debt.collection.outcome"].search(
            [("next_kind", "=", "appointment")], limit=1
        )
        context = case.action_record_contact()["context"]
        wizard = (
            self.env["debt.collection.contact.record"]
            .with_user(self.collector)
            .with_context(**context)
            .create(
                {"outcome_id": outcome.id, "channel": "visit", "appointment": moment}
            )
        )
        wizard.action_record()

    def test_case_3_4_an_appointment_at_night_is_refused(self):
        case = self._consumer_case()
        self.company.write(
            {
                "debt_collection_tz": "Europe/Brussels",
                "debt_collection_quiet_from": 23.5,
                "debt_collection_quiet_to": 6,
            }
        )
        with self._at("2025-03-20"):
            # 21:45 to 22:15 in Brussels
            with self.assertRaisesRegex(UserError, "visited between 8:00 and 22:00"):
                self._appoint(case, datetime(2025, 3, 24, 20, 45))
            self._appoint(case, datetime(2025, 3, 24, 18, 0))
        self.assertTrue(case.contact_ids)
