from datetime import date

from odoo import Command
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
