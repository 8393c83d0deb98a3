from contextlib import contextmanager
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import new_test_user

from .test_scenarios import BelgianWorld


def to_day(text):
    return date.fromisoformat(text) if isinstance(text, str) else text


class LegalWorld(BelgianWorld):
    """A Belgian creditor with an accountant, a lawyer and a bailiff."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "dc_be_accountant",
            groups="base.group_user,debt_collection.debt_collection_group_approver",
            email="accountant@creditor.example",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.env["debt.collection.cost.ceiling"].create(
            {
                "user_id": cls.accountant.id,
                "company_id": cls.company.id,
                "amount": 100000,
            }
        )
        cls.lawyer = cls.env["res.partner"].create({"name": "Lawyer"})
        cls.bailiff = cls.env["res.partner"].create({"name": "Bailiff"})

    def setUp(self):
        super().setUp()
        freezer = freeze_time("2025-02-03")
        self.frozen = freezer.start()
        self.addCleanup(freezer.stop)

    # === PEOPLE AT WORK === #

    @contextmanager
    def _at(self, day):
        """The day it is from now on; one clock is turned, none is built anew."""
        self.frozen.move_to(to_day(day))
        yield

    def _route(self, code):
        return self.env["debt.collection.legal.route"].search([("code", "=", code)])

    def _type(self, code):
        found = self.env["debt.collection.legal.step.type"].search(
            [("code", "=", code)]
        )
        self.assertTrue(found, code)
        return found

    def _check(self, debtor, day, finding="solvent"):
        return self.env["debt.collection.solvency.check"].create(
            {
                "partner_id": debtor.id,
                "company_id": self.company.id,
                "date": to_day(day),
                "source": "Register",
                "finding": finding,
            }
        )

    def _propose(self, case, route, code, day, previous=None):
        """The collector proposes a step; what has no tariff gets an amount."""
        performer = self._type(code).performer
        partner = self.lawyer if performer == "lawyer" else self.bailiff
        with self._at(day):
            step = case.with_user(self.collector)._start_step(
                self._route(route), self._type(code), previous, partner
            )
            for cost in step.cost_ids.filtered(lambda cost: cost.stage == "draft"):
                cost.amount_net = 150
                cost.action_request()
        return step.with_user(self.env.user)

    def _approve_costs(self, step, day):
        with self._at(day):
            self._check(step.debtor_id, day)
            for cost in step.cost_ids.filtered(lambda c: c.stage == "requested"):
                cost.with_user(self.accountant).action_approve()

    def _order(self, step, day):
        self._approve_costs(step, day)
        with self._at(day):
            step.with_user(self.collector)._order_on(to_day(day))
        return step

    def _record(self, step, code, day, **values):
        result = step.type_id.result_ids.filtered(lambda r: r.code == code)
        self.assertTrue(result, code)
        with self._at(day):
            step.with_user(self.collector)._record(to_day(day), result, **values)
        return step

    def _act(self, case, route, code, result, day, previous=None):
        """Proposed, approved, ordered and done on one day."""
        step = self._propose(case, route, code, day, previous)
        self._order(step, day)
        return self._record(step, result, day)

    def _bill_costs(self, case, day):
        """What was ordered is billed, a bill a partner, as it was approved."""
        costs = case.cost_ids.filtered(lambda cost: cost.state == "engaged")
        for partner, own in costs.grouped("partner_id").items():
            bill = self.env["account.move"].create(
                {
                    "move_type": "in_invoice",
                    "partner_id": partner.id,
                    "invoice_date": to_day(day),
                    "currency_id": self.company.currency_id.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": cost.name,
                                "price_unit": cost.amount_approved,
                                "tax_ids": [Command.clear()],
                                "debt_collection_cost_id": cost.id,
                            }
                        )
                        for cost in own
                    ],
                }
            )
            with self._at(day):
                bill.action_post()

    def _proof(self, case, code):
        evidence = self.env["debt.collection.legal.evidence"].search(
            [("code", "=", code)]
        )
        return self.env["debt.collection.legal.document"].create(
            {"case_id": case.id, "evidence_id": evidence.id, "name": evidence.name}
        )

    def _proposals(self, case, day):
        """code -> proposal."""
        routes = self.env["debt.collection.legal.route"]
        with self._at(day):
            return {
                routes.browse(found.route).code: found
                for found in case._propose_routes(to_day(day))
            }

    def _why(self, case, proposal):
        return [reason.code for reason in proposal.obstacles]
