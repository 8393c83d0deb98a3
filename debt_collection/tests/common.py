from datetime import date, timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

TODAY = date(2026, 3, 16)  # a Monday


class CollectionCommon(TransactionCase):
    """A creditor in euro with its own ladder, two debtors and the three roles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls._make_company("Creditor SA")
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": cls.company.ids,
                "tracking_disable": True,
            }
        )
        cls.company = cls.company.with_env(cls.env)
        cls.collector = cls._make_user("collector", "collector")
        cls.manager = cls._make_user("manager", "manager")
        cls.policy = cls._make_policy()
        cls.debtor = cls._make_debtor("Debtor SRL")
        cls.other_debtor = cls._make_debtor("Second Debtor SA")
        cls.Run = cls.env["debt.collection.run"]

    def tearDown(self):
        self._check_ranks()
        super().tearDown()

    def _check_ranks(self):
        """What a test changed is ranked: the work list tells what waits.

        Between what waits on the first and on the last of all days, since a test may
        move its own; only the daily refresh ranks for time alone.
        """
        Portfolio = self.env["debt.collection.portfolio"]
        Portfolio.sudo()._rank_changes()
        stale = self.env.execute_query_dict(
            SQL(
                """SELECT p.name, b.tasks, b.next_action, early.tasks AS least,
                          late.tasks AS most, late.next_action AS expected
                     FROM debt_collection_portfolio b
                     LEFT JOIN (%s) early USING (company_id, partner_id)
                     LEFT JOIN (%s) late USING (company_id, partner_id)
                     JOIN res_partner p ON p.id = partner_id
                    WHERE COALESCE(b.tasks, 0) NOT BETWEEN COALESCE(early.tasks, 0)
                                                       AND COALESCE(late.tasks, 0)
                       OR (early.tasks IS NOT DISTINCT FROM late.tasks
                           AND b.next_action IS DISTINCT FROM late.next_action)""",
                Portfolio._get_tasks_sql(date(1970, 1, 1)),
                Portfolio._get_tasks_sql(date(2199, 1, 1)),
            )
        )
        self.assertEqual(stale, [], "written, and not ranked")

    # === THE WORLD === #

    @classmethod
    def _make_company(cls, name, currency="EUR"):
        money = cls.env["res.currency"].with_context(active_test=False)
        money = money.search([("name", "=", currency)])
        money.active = True
        company = cls.env["res.company"].create(
            {
                "name": name,
                "currency_id": money.id,
                "country_id": cls.env.ref("base.lu").id,
                "street": "1 Market Square",
                "zip": "1000",
                "city": "Townsend",
                "email": "billing@creditor.example",
                "debt_collection_tz": "Europe/Luxembourg",
                "debt_collection_paused": False,
                "debt_collection_undo_minutes": 0,
                # tests run at midnight
                "debt_collection_quiet_from": 0,
                "debt_collection_quiet_to": 0,
            }
        )
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
        company.currency_id = money
        cls.env["res.partner.bank"].create(
            {
                "partner_id": company.partner_id.id,
                "acc_number": "LU280019400644750000",
                "company_id": company.id,
            }
        )
        return company

    @classmethod
    def _use_francs(cls):
        """A second currency, at 1.1 for one euro."""
        franc = cls.env.ref("base.CHF")
        franc.active = True
        cls.env["res.currency.rate"].create(
            {
                "currency_id": franc.id,
                "name": "2020-01-01",
                "rate": 1.1,
                "company_id": False,
            }
        )
        return franc

    @classmethod
    def _make_user(cls, login, role):
        return new_test_user(
            cls.env,
            f"dc_{login}",
            groups=f"debt_collection.debt_collection_group_{role}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _make_debtor(cls, name, **values):
        slug = name.split()[0].lower()
        debtor = cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{slug}@debtor.example",
                "street": "5 Long Street",
                "zip": "2000",
                "city": "Farville",
                "country_id": cls.env.ref("base.lu").id,
                **values,
            }
        )
        cls.env["debt.collection.portfolio"].create(
            {"company_id": cls.company.id, "partner_id": debtor.id}
        )
        return debtor

    @classmethod
    def _make_policy(cls, **values):
        """Days 5 (opens a case), 15 and 30; the last a formal notice."""
        cls.env["debt.collection.policy"].search([]).action_archive()
        return cls.env["debt.collection.policy"].create(
            {
                "name": "Test ladder",
                "step_ids": [
                    Command.create(
                        {
                            "name": "One",
                            "sequence": 10,
                            "delay": 5,
                            "notice_kind": "first",
                            "opens_case": True,
                            "charges": "waived",
                        }
                    ),
                    Command.create(
                        {"name": "Two", "sequence": 20, "delay": 15, "wait": 7}
                    ),
                    Command.create(
                        {
                            "name": "Three",
                            "sequence": 30,
                            "delay": 30,
                            "wait": 7,
                            "notice_kind": "formal",
                        }
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _make_invoice(cls, days_late=10, amount=100.0, partner=None, **values):
        """A posted customer invoice due that many days before TODAY."""
        due = TODAY - timedelta(days=days_late)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.debtor).id,
                "invoice_date": due - timedelta(days=30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "currency_id": cls.company.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    # === WHAT HAPPENS === #

    def _run(self, day=TODAY):
        """One daily run of the company as of a day, without the mail queue."""
        run = self.Run.with_company(self.company)
        run._ensure_accounts(self.company)
        for outcome, group in self._settled().items():
            group._close(outcome, day)
        self.env["debt.collection.case"].browse(
            run._get_undone_cases(self.company)
        )._reopen("undone")
        watch = self.env["debt.collection.plan.watch"].with_company(self.company)
        plans = self.env["debt.collection.case"].browse(watch._find(self.company, day))
        watch._follow(plans.account_id, day)
        accounts = self.env["debt.collection.account"].browse(
            run._select(self.company, day)
        )
        run._process(accounts, day)
        return accounts

    def _settled(self):
        Case = self.env["debt.collection.case"]
        cases = Case.browse(self.Run._get_settled_cases(self.company))
        return cases.grouped(Case.__class__._get_ledger_outcome) if cases else {}

    def _pay(self, moves, amount=None, day=TODAY):
        """A bank line of the amount (all that is open), matched to the invoices."""
        items = self._get_receivable(moves)
        total = sum(items.mapped("amount_residual_currency"))
        payment = self._receive(moves[0].partner_id, amount or total, day)
        (items + payment).reconcile()
        return payment

    def _receive(self, partner, amount, day=TODAY):
        """A bank line on the debtor's receivable account, not matched yet."""
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.env["account.journal"]
                .search(
                    [("company_id", "=", self.company.id), ("type", "=", "bank")],
                    limit=1,
                )
                .id,
                "date": day,
                "partner_id": partner.id,
                "payment_ref": "transfer",
                "amount": amount,
                "counterpart_account_id": partner.with_company(
                    self.company
                ).property_account_receivable_id.id,
            }
        )
        return self._get_receivable(line.move_id)

    def _read_notices(self, actions):
        """What the law sees of letters that left, of one item each."""
        self.env.flush_all()
        items = actions.line_ids.move_line_id
        return self.env["debt.collection.facts"]._read_notices(items.ids)[items.id]

    @staticmethod
    def _get_receivable(moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _flag(self, moves):
        moves.with_user(self.collector).action_collection_flag()
        return moves.debt_collection_case_id

    def _mark_sent(self, actions, day=TODAY):
        """What the mail server's answer does, at noon of a day."""
        moment = fields.Datetime.to_datetime(day) + timedelta(hours=12)
        actions.delivery_ids._set_sent(moment, "<test@mail>")
