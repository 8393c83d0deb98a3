from datetime import date

from odoo import Command
from odoo.tests import new_test_user

from .common import TODAY
from .law import LawCommon


class CostCommon(LawCommon):
    """A case of 1,000 in its notice, a partner, and everybody who has a say.

    The collector asks; the accountant says yes up to 500, the director up to 5,000;
    the bookkeeper only books bills.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Cost = cls.env["debt.collection.cost"]
        cls.company.debt_collection_cost_margin = 10
        cls.accountant = cls._make_colleague("accountant", "approver", "invoice")
        cls.director = cls._make_colleague("director", "approver")
        cls.bookkeeper = cls._make_colleague("bookkeeper", None, "invoice")
        cls.env["debt.collection.cost.ceiling"].create(
            {
                "user_id": cls.director.id,
                "company_id": cls.company.id,
                "amount": 5000,
            }
        )
        cls.bailiff = cls.env["res.partner"].create({"name": "Bailiff & Partners"})
        cls.act = cls.env.ref("debt_collection.cost_type_act")
        cls.lawyer = cls.env.ref("debt_collection.cost_type_lawyer")
        cls.invoice = cls._make_invoice(75, 1000)
        cls.invoice.with_user(cls.collector).action_collection_flag()
        cls.case = cls.invoice.debt_collection_case_id
        cls._check_solvency(cls.debtor)

    @classmethod
    def _make_colleague(cls, login, role=None, books=None):
        groups = ["base.group_user"]
        if role:
            groups.append(f"debt_collection.debt_collection_group_{role}")
        if books:
            groups.append(f"account.group_account_{books}")
        return new_test_user(
            cls.env,
            f"dc_{login}",
            groups=",".join(groups),
            email=f"{login}@creditor.example",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _check_solvency(cls, debtor, finding="solvent", day=TODAY, **values):
        return cls.env["debt.collection.solvency.check"].create(
            {
                "partner_id": debtor.id,
                "company_id": cls.company.id,
                "date": day,
                "source": "Register",
                "finding": finding,
                **values,
            }
        )

    # === WHAT PEOPLE DO === #

    def _request(self, amount=200.0, user=None, case=None, **values):
        """A request of the collector, as its button makes it."""
        case = (case or self.case).with_user(user or self.collector)
        return case._request_cost(
            {
                "type_id": self.act.id,
                "partner_id": self.bailiff.id,
                "amount_net": amount,
                "vat_percent": 21,
                **values,
            }
        ).with_user(self.env.user)

    def _approve(self, cost, user=None):
        cost.with_user(user or self.accountant).action_approve()
        return cost

    def _engaged(self, amount=200.0, **values):
        cost = self._approve(self._request(amount, **values))
        cost.with_user(self.collector).action_engage()
        return cost

    def _performed(self, amount=200.0, day=date(2026, 3, 1), **values):
        cost = self._engaged(amount, **values)
        cost._perform(day)
        return cost

    def _bill(self, *rows, move_type="in_invoice", **values):
        """A draft vendor bill; rows of (cost or None, amount, text)."""
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.bailiff.id,
                "invoice_date": TODAY,
                "currency_id": self.company.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": text,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "debt_collection_cost_id": cost and cost.id,
                        }
                    )
                    for cost, amount, text in rows
                ],
                **values,
            }
        )

    def _kinds(self, case=None):
        """The kinds of the events of a case, oldest first."""
        return (case or self.case).event_ids.sorted("seq").mapped("kind")
