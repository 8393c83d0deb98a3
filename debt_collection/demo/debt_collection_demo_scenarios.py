from datetime import datetime, time, timedelta

from odoo import Command, api, models

from . import scenarios

MODULE = "debt_collection"


class DebtCollectionDemoScenarios(models.AbstractModel):
    """The reference scenarios as cases one can open: each as far as its story goes.

    The customer's reference is the number of the scenario. Every step goes the way a
    user or the daily run takes; only the day is given.
    """

    _name = "debt.collection.demo.scenarios"
    _description = "Reference scenarios of the demo"
    _inherit = "debt.collection.demo"

    @api.model
    def _load_scenarios(self, today):
        """Play the scenarios that need no law of a country; others add theirs."""
        self._load_players(scenarios.PLAYERS)
        self._load_s03(today)
        self._load_s04(today)
        self._load_s06(today)
        self._load_s07(today)
        self._load_s08(today)
        self._load_s09(today)
        self._load_s12(today)
        self._give_to_collector(scenarios.PLAYERS)

    # === WHAT THE SCENARIOS HAVE IN COMMON === #

    @api.model
    def _load_players(self, players):
        self._create_named(
            "res.partner",
            {
                f"demo_{key}": {
                    "name": player.name,
                    "ref": player.scenario,
                    "is_company": player.kind != "consumer",
                    "debt_collection_kind": player.kind,
                    "zip": player.zip,
                    "city": player.city,
                    "street": "Rue du Moulin 7",
                    "country_id": self._country(player.country).id,
                    "vat": player.vat or False,
                    "lang": player.lang,
                    "email": f"{key}@example.com",
                }
                for key, player in players.items()
            },
        )

    @api.model
    def _player(self, key):
        return self.env.ref(f"{MODULE}.demo_{key}")

    @api.model
    def _give_to_collector(self, players):
        """The cases are looked after, and the demo wrote to nobody."""
        partners = [self._player(key).id for key in players]
        cases = self.env["debt.collection.case"].search(
            [("partner_id", "in", partners)]
        )
        cases.user_id = self.env.ref(f"{MODULE}.demo_user_collector")
        self.env["mail.mail"].search([("model", "=", "debt.collection.cost")]).unlink()

    @api.model
    def _sell(self, key, amounts, due, **values):
        """Posted invoices of a player, without tax, payable within thirty days.

        :param list amounts: EUR (or the currency given), one invoice each
        :param date due: the day they are due
        """
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self._player(key).id,
                    "invoice_date": due - timedelta(days=30),
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Steel shelving",
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
                for amount in amounts
            ]
        )
        moves.action_post()
        return moves

    @api.model
    def _climb(self, key, *days):
        """The runs of some days for one player; what is due leaves at nine o'clock."""
        company = self.env.company
        run = self.env["debt.collection.run"]
        run._ensure_accounts(company)
        accounts = self.env["debt.collection.account"].search(
            [
                ("partner_id", "=", self._player(key).id),
                ("company_id", "=", company.id),
            ]
        )
        for day in days:
            run._process(accounts.browse(run._select(company, day, accounts)), day)
            self._send_released(company, day)

    @api.model
    def _settle(self, moves, amount, day):
        """Money of a day, matched with the invoices, the oldest first."""
        lines = self.env["account.bank.statement.line"].create(
            self._prepare_payment_vals(moves[:1], day, amount)
        )
        payment = self._receivable(lines.move_id)
        for item in self._receivable(moves):
            if payment.amount_residual_currency:
                (item + payment).reconcile()

    @api.model
    def _find_means(self, key, finding, day, source="Annual accounts"):
        return self.env["debt.collection.solvency.check"].create(
            {
                "partner_id": self._player(key).id,
                "company_id": self.env.company.id,
                "date": day,
                "source": source,
                "finding": finding,
            }
        )

    # === THE STORIES === #

    @api.model
    def _load_s03(self, today):
        """5,000, of which 500 are contested with reason: the 4,500 climb on."""
        due = today - timedelta(days=37)
        move = self._sell("s03", [5000], due)
        self._climb("s03", due + timedelta(days=8))
        case = move.debt_collection_case_id
        dispute = case._open_dispute(
            {
                "reason_id": self.env.ref(f"{MODULE}.dispute_reason_quantity").id,
                "date": due + timedelta(days=12),
                "date_revisit": due + timedelta(days=26),
                "date_acknowledged": due + timedelta(days=13),
                "description": scenarios.PIECES,
                "line_ids": [
                    Command.create({"claim_id": case.claim_ids.id, "amount": 500})
                ],
            },
            "debtor",
        )
        self._climb("s03", due + timedelta(days=23))
        line = dispute.line_ids
        dispute._accept({line.id: 500}, scenarios.RIGHT, due + timedelta(days=28))
        line.credit_id.action_post()
        self._climb("s03", today)

    @api.model
    def _load_s04(self, today):
        """Six instalments; the third was missed and its grace passed: chased again."""
        start = today - timedelta(days=84)
        move = self._sell("s04", [600], start - timedelta(days=14))
        self._climb("s04", start - timedelta(days=6))
        case = move.debt_collection_case_id
        first = start + timedelta(days=8)
        plan = self._sign_plan(case, 6, first, "debtor", start)
        watch = self.env["debt.collection.plan.watch"]
        watch._follow(case.account_id, start)
        for line in plan.line_ids[:2]:
            self._settle(move, line.amount, line.date)
        watch._follow(case.account_id, today)

    @api.model
    def _load_s06(self, today):
        """Doubtful: the creditor was asked and stops, free, with the certificate."""
        due = today - timedelta(days=60)
        move = self._sell("s06", [1850], due)
        days = (8, 23, 37)
        self._climb("s06", *(due + timedelta(days=number) for number in days))
        check = self._find_means("s06", "doubtful", today - timedelta(days=3))
        check.note = scenarios.NO_MEANS
        case = self._as_accountant(move.debt_collection_case_id)
        case._end(
            "irrecoverable", scenarios.NO_MEANS, datetime.combine(today, time(10))
        )

    @api.model
    def _load_s07(self, today):
        """Paid to the creditor after the bailiff's act: only his costs are left."""
        due = today - timedelta(days=70)
        move = self._sell("s07", [1000], due)
        days = (8, 23, 37)
        self._climb("s07", *(due + timedelta(days=number) for number in days))
        self._find_means("s07", "solvent", today - timedelta(days=25))
        case = move.debt_collection_case_id
        cost = self._request_demo_cost(case, 200.0, "The act of the formal demand.")
        self._as_accountant(cost).action_approve()
        cost._engage(today - timedelta(days=20))
        cost._perform(today - timedelta(days=15))
        self._settle(move, 1000, today - timedelta(days=2))
        run = self.env["debt.collection.run"]
        run._waive_beside_costs(case.account_id, today)
        run._note_costs_only(case.account_id, today)

    @api.model
    def _load_s08(self, today):
        """65 euro on the light ladder: nobody proposes a way that costs more."""
        ladder = self.env.ref(f"{MODULE}.policy_light")
        ladder.active = True
        # the demo's other debtors stay on the standard ladder
        ladder.sequence = 200
        self._player("s08").debt_collection_policy_id = ladder
        due = today - timedelta(days=66)
        self._sell("s08", [65], due)
        days = (11, 31, 61)
        climbed = (due + timedelta(days=number) for number in days)
        self._climb("s08", *climbed, today)

    @api.model
    def _load_s09(self, today):
        """Taken back within his free hours; the other has its price shown first."""
        due = today - timedelta(days=30)
        agreement = self.env.ref(f"{MODULE}.demo_agreement_lawyer")
        for key, hours in (("s09", 6), ("s09b", 50)):
            move = self._sell(key, [1450], due)
            self._as_collector(move).action_collection_flag()
            case = move.debt_collection_case_id
            assignment = self.env["debt.collection.assignment"]._prepare_for(
                case, agreement
            )
            handed = datetime.combine(today, time(9)) - timedelta(hours=hours)
            assignment._store(
                {
                    "state": "handed_over",
                    "moment_handed": handed,
                    "amount_handed": case.amount_residual,
                    "amount_told": case.amount_residual,
                }
            )
            case._log_event("handed_over", {"partner": agreement.partner_id.name})
            if hours < agreement.free_hours:
                moment = datetime.combine(today, time(9))
                self._as_collector(case)._end("withdrawn", scenarios.MISTAKE, moment)
                assignment.action_answer_stopped()
                self._settle(move, 1450, today)

    @api.model
    def _load_s12(self, today):
        """Forty invoices, two companies, two currencies, one blocked, one credit."""
        company, sister = self.env.company, self._load_sister()
        currency = self.env.ref("base.CHF")
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "name": today - timedelta(days=365),
                "currency_id": currency.id,
                "company_id": False,
                "rate": 1.1,
            }
        )
        due = today - timedelta(days=8)
        for owner, home, abroad in (
            (company, range(1, 15), range(100, 110)),
            (sister, range(200, 210), range(300, 306)),
        ):
            mine = self._as_creditor(owner)
            bills = mine._sell("s12", home, due)
            mine._sell("s12", abroad, due, currency_id=currency.id)
            if owner == company:
                bills[:1].action_toggle_block_payment()
                mine._sell(
                    "s12",
                    [7],
                    due,
                    move_type="out_refund",
                    invoice_date_due=False,
                    currency_id=currency.id,
                )
            mine._climb("s12", today)

    @api.model
    def _load_sister(self):
        """A second company of the same owner, with books of its own."""
        company = self.env.company
        sister = self.with_context(chart_template_load=True)._create_named(
            "res.company",
            {
                "demo_sister": {
                    **scenarios.SISTER,
                    "country_id": company.country_id.id,
                    "currency_id": company.currency_id.id,
                    "email": company.email,
                    "debt_collection_paused": False,
                    "debt_collection_undo_minutes": 0,
                    "debt_collection_contact_limit": 0,
                    "debt_collection_quiet_days": False,
                    "debt_collection_quiet_from": 0,
                    "debt_collection_quiet_to": 0,
                }
            },
        )
        self._create_named(
            "res.partner.bank",
            {
                "demo_sister_bank": {
                    "acc_number": scenarios.SISTER_IBAN,
                    "partner_id": sister.partner_id.id,
                    "company_id": sister.id,
                    "allow_out_payment": True,
                }
            },
        )
        users = self.env["res.users"].search([("company_ids", "in", company.ids)])
        users.filtered(lambda user: not user.share).write(
            {"company_ids": [Command.link(sister.id)]}
        )
        self._as_creditor(sister)._load_chart("demo_sister_bank")
        return sister
