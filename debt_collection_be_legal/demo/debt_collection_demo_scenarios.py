from datetime import date, timedelta

from odoo import Command, api, models

from .scenarios import PLAYERS

ENGINE = "debt_collection"


class DebtCollectionDemoScenarios(models.AbstractModel):
    """The reference scenarios that need Belgian law, with their true figures."""

    _inherit = "debt.collection.demo.scenarios"

    @api.model
    def _load_scenarios(self, today):
        """Play those of Belgium after those of any country."""
        # EXTENDS debt_collection
        result = super()._load_scenarios(today)
        self._load_players(PLAYERS)
        self._verify_past_rates()
        self._load_s01(today)
        self._load_s02()
        self._load_s05(today)
        self._load_s10(today)
        self._load_s11(today)
        self._give_to_collector(PLAYERS)
        return result

    @api.model
    def _verify_past_rates(self):
        """A Manager compared the rates of the years that are over with their source."""
        rows = self.env["debt.collection.parameter.value"].search(
            [
                ("parameter_id.code", "=", "be.rate.commercial"),
                ("company_id", "=", False),
                ("state", "!=", "verified"),
                ("date_to", "<=", date(2025, 12, 31)),
            ]
        )
        rows.with_user(self.env.ref("base.user_admin")).action_verify()

    @api.model
    def _act(self, case, route, code, result, day, previous=None):
        """A legal step proposed, approved, ordered and recorded, as of one day."""
        step = self._propose_step(case, route, code, previous)
        self._find_means(self._key_of(case), "solvent", day)
        self._approve_step(step)
        self._as_collector(step)._order_on(day)
        found = step.type_id.result_ids.filtered(lambda r: r.code == result)
        self._as_collector(step)._record(day, found)
        return step

    @api.model
    def _key_of(self, case):
        """The key of the player whose case it is."""
        players = {self._player(key): key for key in PLAYERS}
        return players[case.partner_id]

    @api.model
    def _approve_step(self, step):
        for cost in step.cost_ids.filtered(lambda cost: cost.stage == "requested"):
            self._as_accountant(cost).action_approve()

    # === THE STORIES === #

    @api.model
    def _load_s01(self, today):
        """10,000 due 30/11/2024, uncontested, to the title; paid on 15/08/2025."""
        move = self._sell("s01", [10000], date(2024, 11, 30))
        self._climb("s01", date(2024, 12, 9), date(2024, 12, 23), date(2025, 1, 6))
        case = move.debt_collection_case_id
        self._find_means("s01", "solvent", today - timedelta(days=4))
        previous = None
        for route, code, result, day in (
            ("rci", "rci_instruction", "accepted", date(2025, 2, 3)),
            ("rci", "rci_summons", "served", date(2025, 2, 10)),
            ("rci", "rci_report", "drawn", date(2025, 3, 18)),
            ("rci", "rci_enforceable", "granted", date(2025, 3, 25)),
            ("enforcement", "service_title", "enforceable", date(2025, 4, 1)),
            ("enforcement", "payment_order", "served", date(2025, 4, 7)),
            ("enforcement", "seizure_movables", "seized", date(2025, 7, 1)),
            ("enforcement", "sale_notice", "posted", date(2025, 7, 31)),
        ):
            if code == "service_title":
                previous = None
            previous = self._act(case, route, code, result, day, previous)
        paid = date(2025, 8, 15)
        self.env["debt.collection.charge"]._book(case, paid)
        due = case._get_statements(paid)[case.id].due
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self._journal("bank").id,
                "date": paid,
                "payment_ref": case.payment_reference,
                "amount": float(due),
            }
        )
        line.action_match_collection_case()
        case._close("paid", paid)

    @api.model
    def _load_s02(self):
        """A consumer, 1,000: the free letter, 90 at most, a plan that is kept."""
        debtor = self._player("s02")
        terms = self.env["debt.collection.terms"].create(
            {
                "name": "General terms, 2024",
                "date_from": "2024-01-01",
                "company_id": self.env.company.id,
                "interest": "cap",
                "penalty": "cap",
            }
        )
        self.env["debt.collection.terms.acceptance"].create(
            {
                "terms_id": terms.id,
                "partner_id": debtor.id,
                "date": "2024-06-01",
                "way": "signed",
            }
        )
        move = self._sell("s02", [1000], date(2025, 2, 24))
        # nothing leaves before the fifteenth day after the first letter
        self._climb("s02", date(2025, 3, 3), date(2025, 3, 17), date(2025, 3, 19))
        case = move.debt_collection_case_id
        plan = self._sign_plan(case, 4, date(2025, 5, 12), "debtor", date(2025, 4, 30))
        self._settle_plan(case, plan)

    @api.model
    def _settle_plan(self, case, plan):
        """Every instalment comes on its day; the last one ends the case."""
        watch = self.env["debt.collection.plan.watch"]
        watch._follow(case.account_id, plan.date_start)
        charges = self.env["debt.collection.charge"]._book(case, plan.date_start)
        for line in plan.line_ids:
            items = case._get_items_to_pay(self.env["account.move.line"])
            self._settle(items.move_id, line.amount, line.date)
            watch._follow(case.account_id, line.date)
        if not (case.amount_residual or charges.amount_residual):
            case._close("paid", plan.line_ids[-1].date)

    @api.model
    def _load_s05(self, today):
        """Bankrupt on the way: written off with its VAT, a dividend came later."""
        start = today - timedelta(days=120)
        taxes = self.env.company.account_sale_tax_id
        move = self._sell("s05", [10000], start)
        move.button_draft()
        move.invoice_line_ids.tax_ids = taxes
        move.action_post()
        days = (8, 23, 37)
        self._climb("s05", *(start + timedelta(days=number) for number in days))
        case = move.debt_collection_case_id
        day = start + timedelta(days=50)
        self._find_means("s05", "solvent", today - timedelta(days=60))
        instruction = self._act(case, "rci", "rci_instruction", "accepted", day)
        summons = self._propose_step(case, "rci", "rci_summons", instruction)
        self._approve_step(summons)
        judgment = today - timedelta(days=40)
        self.env["debt.collection.insolvency"].create(
            {
                "partner_id": move.partner_id.id,
                "company_id": self.env.company.id,
                "kind": "bankrupt",
                "date": judgment,
                "court": "Tribunal de l'entreprise de Liège, division Verviers",
                "reference": "25/112",
            }
        )
        self._write_off(case, judgment + timedelta(days=5), today)

    @api.model
    def _write_off(self, case, day, today):
        """The loss of a bankruptcy, per rate of VAT; then 5 % of it came back."""
        self._load_loss_accounts()
        Off = self.env["debt.collection.write.off"]
        off = self._as_collector(Off).create(
            {
                "case_id": case.id,
                "reason": "The receiver expects no dividend",
                "cause": case._get_loss_cause(),
                "date": day,
            }
        )
        self._as_accountant(off).action_post()
        amount = off.currency_id.round(off.amount / 20)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self._journal("bank").id,
                "date": today,
                "partner_id": case.partner_id.id,
                "payment_ref": "Dividende 25/112",
                "amount": amount,
                "counterpart_account_id": self._receivable(
                    case.claim_ids.move_id
                ).account_id.id,
            }
        )
        self._as_accountant(off)._recover(self._receivable(line.move_id), amount, today)

    @api.model
    def _load_loss_accounts(self):
        company = self.env.company
        accounts = self.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "account_type": kind,
                    "company_ids": [Command.set(company.ids)],
                }
                for name, code, kind in (
                    ("Losses on receivables", "690100", "expense"),
                    ("VAT to ask back", "190100", "asset_current"),
                )
            ]
        )
        company.write(
            {
                "debt_collection_loss_account_id": accounts[0].id,
                "debt_collection_loss_vat_account_id": accounts[1].id,
            }
        )

    @api.model
    def _load_s10(self, today):
        """In France, under Belgian terms: the European order instead of the RCI."""
        due = today - timedelta(days=80)
        move = self._sell("s10", [6200], due)
        days = (8, 23, 37)
        self._climb("s10", *(due + timedelta(days=number) for number in days))
        self._find_means("s10", "solvent", today - timedelta(days=6))
        case = move.debt_collection_case_id
        self._propose_step(case, "european_order", "epo_application")

    @api.model
    def _load_s11(self, today):
        """Rent of a firm and of a tenant: two regimes, the cost told beforehand."""
        lease = self.env["debt.collection.terms"].create(
            {
                "name": "Leases",
                "date_from": "2024-01-01",
                "company_id": self.env.company.id,
                "nature": "rent",
            }
        )
        due = today - timedelta(days=60)
        for key, rent in (("s11", 3000), ("s11b", 850)):
            self._sell(key, [rent] * 3, due, debt_collection_terms_id=lease.id)
            days = (8, 23, 37)
            self._climb(key, *(due + timedelta(days=number) for number in days))
            self._find_means(key, "solvent", today - timedelta(days=6))
