from datetime import datetime, time, timedelta
from io import BytesIO

from odoo import Command, api, fields, models
from odoo.tools.pdf import PdfWriter

from . import world

QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "skip_pdf_attachment_generation": True,
}
MODULE = "debt_collection"
# Days ago on which the run took place: enough for every letter of the ladder.
PAST_RUNS = (70, 56, 42, 28, 14)


class DebtCollectionDemo(models.AbstractModel):
    """Builds the demo: a creditor, his users, his debtors and a year of sales.

    Called by the demo data only. What other addons add to the world they add by
    extending a step of `_load`.
    """

    _name = "debt.collection.demo"
    _description = "Debt collection demo"

    @api.model
    def _load(self, today=None):
        """Build the world, once; later calls change nothing.

        :param date today: the day it is made for, the current one when None
        """
        if self.env.ref(f"{MODULE}.demo_company", raise_if_not_found=False):
            return
        self._load_languages()
        # no localization comes along with the creditor's country
        company = self.with_context(chart_template_load=True)._load_company()
        demo = self._as_creditor(company)
        demo._load_chart()
        demo._load_debtors()
        demo._load_users()
        demo._load_sales(today or fields.Date.context_today(demo))

    # === THE CREDITOR === #

    @api.model
    def _load_languages(self):
        """Make the debtors' languages available; their terms come later, if ever."""
        for code in sorted({debtor.lang for debtor in world.DEBTORS}):
            self.env["res.lang"]._activate_lang(code)

    @api.model
    def _load_company(self):
        data = dict(world.CREDITOR)
        iban = data.pop("iban")
        country = self._country(data.pop("country"))
        currency = self.env.ref("base.EUR")
        currency.active = True
        company = self._create_named(
            "res.company",
            {
                "demo_company": {
                    **data,
                    "country_id": country.id,
                    "currency_id": currency.id,
                    "debt_collection_paused": False,
                }
            },
        )
        self._create_named(
            "res.partner.bank",
            {
                "demo_bank": {
                    "acc_number": iban,
                    "partner_id": company.partner_id.id,
                    "company_id": company.id,
                    "allow_out_payment": True,
                }
            },
        )
        users = self.env.ref("base.user_root") + self.env.ref("base.user_admin")
        users += self.env.ref("base.user_demo", raise_if_not_found=False) or users
        users.write({"company_ids": [Command.link(company.id)]})
        self.env.ref("base.user_admin").company_id = company
        return company

    @api.model
    def _load_chart(self, bank="demo_bank"):
        """The generic chart, turned into euros and into the creditor's country.

        :param str bank: name of the company's bank account
        """
        company, country = self.env.company, self.env.company.country_id
        currency = company.currency_id
        self.env["account.chart.template"]._load("generic_coa", company, False)
        taxes = self.env["account.tax"].search([("company_id", "=", company.id)])
        taxes.tax_group_id.write({"country_id": country.id})
        company.account_fiscal_country_id = country
        # the chart's positions are those of another country
        self.env["account.fiscal.position"].search(
            [("company_id", "=", company.id)]
        ).action_archive()
        taxes.write({"country_id": country.id})
        company.currency_id = currency
        company.account_sale_tax_id.write(
            {"name": "21%", "invoice_label": "21%", "amount": 21}
        )
        self._journal("bank").bank_account_id = self.env.ref(f"{MODULE}.{bank}")
        company.qr_code = True

    @api.model
    def _journal(self, kind):
        return self.env["account.journal"].search(
            [("company_id", "=", self.env.company.id), ("type", "=", kind)], limit=1
        )

    # === PEOPLE === #

    @api.model
    def _load_debtors(self):
        self._create_named(
            "res.partner",
            {
                f"demo_debtor_{debtor.key}": self._prepare_debtor_vals(debtor)
                for debtor in world.DEBTORS
            },
        )

    @api.model
    def _prepare_debtor_vals(self, debtor):
        """Extend to say more about a debtor, for example what the law calls him."""
        return {
            "name": debtor.name,
            "is_company": debtor.kind != "consumer",
            "debt_collection_kind": debtor.kind,
            "street": debtor.street,
            "zip": debtor.zip,
            "city": debtor.city,
            "country_id": self._country(debtor.country).id,
            "vat": debtor.vat or False,
            "lang": debtor.lang,
            "email": f"{debtor.key}@example.com",
            "phone": world.phone(debtor),
            "company_id": False,
            "property_payment_term_id": self.env.ref(
                "account.account_payment_term_30days"
            ).id,
        }

    @api.model
    def _country(self, code):
        return self.env["res.country"].search([("code", "=", code)], limit=1)

    @api.model
    def _load_users(self):
        """A collector, two who approve, and a debtor with a portal login."""
        contact = self._create_named(
            "res.partner",
            {
                "demo_contact_orbital": {
                    "name": "Inès Vandorpe",
                    "parent_id": self._debtor("orbital").id,
                    "email": "ines.vandorpe@example.com",
                    "lang": "fr_BE",
                }
            },
        )
        users = self._create_named("res.users", self._prepare_users_vals(contact))
        self._load_approvals(users)
        self._load_teams(users.filtered(lambda user: user.login == "collector"))

    @api.model
    def _load_approvals(self, users):
        """Who may say yes up to what, and a bailiff to spend it on."""
        director = users.filtered(lambda user: user.login == "director")
        self.env["debt.collection.cost.ceiling"].create(
            {
                "user_id": director.id,
                "company_id": self.env.company.id,
                "amount": 10000,
            }
        )
        self._create_named(
            "res.partner",
            {
                "demo_partner_bailiff": {
                    "name": "Etude Lacroix & Maes",
                    "is_company": True,
                    "street": "Avenue de la Toison 40",
                    "zip": "6600",
                    "city": "Bastogne",
                    "country_id": self.env.company.country_id.id,
                    "email": "lacroix-maes@example.com",
                }
            },
        )

    @api.model
    def _load_teams(self, collector):
        """Large debtors and the others, by what they owe in all."""
        vals = {
            "company_id": self.env.company.id,
            "member_ids": [Command.set(collector.ids)],
        }
        self._create_named(
            "debt.collection.team",
            {
                "demo_team_key": {
                    **vals,
                    "name": "Key accounts",
                    "sequence": 1,
                    "amount_min": world.KEY_ACCOUNT,
                },
                "demo_team_others": {**vals, "name": "All others", "sequence": 2},
            },
        )

    @api.model
    def _prepare_users_vals(self, contact):
        user = self.env.ref("base.group_user")
        return {
            "demo_user_collector": self._prepare_user_vals(
                "collector",
                user + self.env.ref(f"{MODULE}.debt_collection_group_collector"),
                name="Camille Collector",
            ),
            "demo_user_accountant": self._prepare_user_vals(
                "accountant",
                user
                + self.env.ref(f"{MODULE}.debt_collection_group_approver")
                + self.env.ref("account.group_account_manager"),
                name="Anouk Accountant",
            ),
            "demo_user_director": self._prepare_user_vals(
                "director",
                user + self.env.ref(f"{MODULE}.debt_collection_group_approver"),
                name="Didier Director",
            ),
            "demo_user_debtor": self._prepare_user_vals(
                "debtor", self.env.ref("base.group_portal"), partner_id=contact.id
            ),
        }

    @api.model
    def _prepare_user_vals(self, login, groups, **vals):
        """The password of a demo user is his login."""
        company = self.env.company
        if "name" in vals:
            vals["email"] = f"{login}@ardenne-fournitures.example.com"
        return {
            "login": login,
            "password": login,
            "group_ids": [Command.set(groups.ids)],
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            **vals,
        }

    @api.model
    def _debtor(self, key):
        return self.env.ref(f"{MODULE}.demo_debtor_{key}")

    # === A YEAR OF SALES === #

    @api.model
    def _load_sales(self, today):
        """Post the year's invoices, credit notes and payments, all in batches."""
        sales = world.sales(today)
        products = self._load_products()
        moves = self.env["account.move"].create(
            [self._prepare_invoice_vals(sale, products) for sale in sales]
        )
        moves.action_post()
        by_sale = dict(zip(sales, moves, strict=True))
        refunds = self._load_refunds(by_sale)
        payments = self._load_payments(by_sale, refunds)
        self.env["account.move.line"]._reconcile_plan(
            [
                self._receivable(move + refunds.get(sale, moves[:0])) + payments[sale]
                for sale, move in by_sale.items()
                if sale in refunds or payments[sale]
            ]
        )

    @api.model
    def _load_products(self):
        return self._create_named(
            "product.product",
            {
                f"demo_product_{index}": {
                    "name": name,
                    "list_price": float(price),
                    "type": "service" if is_service else "consu",
                    "company_id": self.env.company.id,
                    "taxes_id": [Command.set(self.env.company.account_sale_tax_id.ids)],
                }
                for index, (name, price, is_service) in enumerate(world.PRODUCTS)
            },
        )

    @api.model
    def _prepare_invoice_vals(self, sale, products):
        debtor = self._debtor(sale.debtor)
        return {
            "move_type": "out_invoice",
            "partner_id": debtor.id,
            "invoice_date": sale.invoice_date,
            "invoice_payment_term_id": debtor.property_payment_term_id.id,
            "invoice_line_ids": [
                Command.create({"product_id": products[index].id, "quantity": quantity})
                for index, quantity in sale.lines
            ],
        }

    @api.model
    def _load_refunds(self, by_sale):
        """Credit a part of each contested invoice; returns sale -> credit note."""
        sales = [sale for sale in by_sale if sale.credited_on]
        refunds = self.env["account.move"].create(
            [self._prepare_refund_vals(sale, by_sale[sale]) for sale in sales]
        )
        refunds.action_post()
        return dict(zip(sales, refunds, strict=True))

    @api.model
    def _prepare_refund_vals(self, sale, move):
        line = move.invoice_line_ids[0]
        return {
            "move_type": "out_refund",
            "partner_id": move.partner_id.id,
            "invoice_date": sale.credited_on,
            "reversed_entry_id": move.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "price_unit": line.price_unit * float(sale.credit_share),
                        "quantity": line.quantity,
                        "tax_ids": [Command.set(line.tax_ids.ids)],
                    }
                )
            ],
        }

    @api.model
    def _load_payments(self, by_sale, refunds):
        """Bank lines as an import would leave them; returns sale -> journal items."""
        rows = []
        for sale, move in by_sale.items():
            left = move.amount_total
            left -= refunds[sale].amount_total if sale in refunds else 0
            rows += [
                (sale, self._prepare_payment_vals(move, day, amount))
                for day, amount in self._split(move.currency_id, left, sale.payments)
            ]
        lines = self.env["account.bank.statement.line"].create([v for _s, v in rows])
        items = {sale: self.env["account.move.line"] for sale in by_sale}
        for (sale, _vals), line in zip(rows, lines, strict=True):
            items[sale] += self._receivable(line.move_id)
        return items

    @api.model
    def _split(self, currency, total, payments):
        """(day, amount) of each payment; the last of a settled sale takes the rest."""
        left, result = total, []
        settled = sum(share for _day, share in payments) == 1
        for day, share in payments:
            amount = currency.round(total * float(share))
            if settled and day == payments[-1][0]:
                amount = left
            left = currency.round(left - amount)
            result.append((day, amount))
        return result

    @api.model
    def _prepare_payment_vals(self, move, day, amount):
        return {
            "journal_id": self._journal("bank").id,
            "date": day,
            "partner_id": move.partner_id.id,
            "payment_ref": move.payment_reference or move.name,
            "amount": amount,
            "counterpart_account_id": self._receivable(move).account_id.id,
        }

    @api.model
    def _receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    # === WHAT THE COLLECTION DID SO FAR === #

    @api.model
    def _load_history(self, caller=MODULE):
        """Let the runs of some past days happen: cases, letters, a rest, a block.

        Each addon of the family calls it at the end of its demo data. It acts for
        the last of them, so that every claim gets the regime that the law says.

        :param str caller: the addon whose demo data are being loaded
        """
        company = self.env.ref(f"{MODULE}.demo_company", raise_if_not_found=False)
        if not company or self._get_pending_addons(caller):
            return
        demo = self._as_creditor(company)
        if demo.env["debt.collection.account"].search_count(
            [("company_id", "=", company.id)], limit=1
        ):
            return
        today = company._get_collection_today()
        for days in PAST_RUNS:
            demo._load_past_run(company, today - timedelta(days=days))
        demo._load_rests(today)
        demo._load_partners(today)
        demo._load_plans(today)
        demo._load_disputes(today)
        demo._load_costs(today)
        demo._load_desk(company, today)
        scenarios = self.env["debt.collection.demo.scenarios"]
        scenarios._as_creditor(company)._load_scenarios(today)
        demo._load_sendings(today)
        demo._load_first_steps()
        demo.env["debt.collection.portfolio"]._refresh(company, today)

    @api.model
    def _load_first_steps(self):
        """Its own people started the collection long ago, step by step."""
        now = fields.Datetime.now()
        self.env["debt.collection.onboarding"].create(
            {
                "company_id": self.env.company.id,
                "state": "done",
                "user_id": self.env.ref("base.user_admin").id,
                "date": now - timedelta(days=300),
                "date_ladder": now - timedelta(days=300),
            }
        )

    @api.model
    def _load_sendings(self, today):
        """What Send & Print left behind: the mail that carried each invoice.

        Some left late, some on paper, and a few never: they are to be mended.
        """
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("is_collection_charge", "=", False),
            ],
            order="id",
        )
        rows, copy, sent = [], self._make_copy(), moves.browse()
        for number, move in enumerate(moves):
            if number % 9 == 4:
                continue
            sent |= move
            if number % 9 == 7:
                continue  # printed and posted: nothing shows when
            days = 12 if number % 13 == 5 else 0
            day = min(move.invoice_date + timedelta(days=days), today)
            rows.append(
                {
                    "model": move._name,
                    "res_id": move.id,
                    "message_type": "comment",
                    "subject": move.name,
                    "date": datetime.combine(day, time(9)),
                    "author_id": move.company_id.partner_id.id,
                    "attachment_ids": [
                        Command.create(
                            {
                                "name": f"{move.name.replace('/', '_')}.pdf",
                                "raw": copy,
                                "res_model": move._name,
                                "res_id": move.id,
                            }
                        )
                    ],
                    "notification_ids": [
                        Command.create(
                            {
                                "res_partner_id": move.partner_id.id,
                                "notification_type": "email",
                                "notification_status": "sent",
                            }
                        )
                    ],
                }
            )
        self.env["mail.message"].create(rows)
        sent.write({"is_move_sent": True})

    @api.model
    def _make_copy(self):
        """The page that stands for the invoice in each of these mails: a blank one.

        :rtype: bytes
        """
        content = BytesIO()
        writer = PdfWriter()
        writer.add_blank_page(595, 842)
        writer.write(content)
        return content.getvalue()

    @api.model
    def _get_pending_addons(self, caller):
        """Addons on top of the engine that are being installed and come later."""
        return self.env["ir.module.module"].search(
            [
                ("dependencies_id.name", "=", MODULE),
                ("state", "in", ("to install", "to upgrade")),
                ("name", "!=", caller),
            ]
        )

    @api.model
    def _load_past_run(self, company, day):
        """The daily run as it went that day; its letters left at nine o'clock."""
        run = self.env["debt.collection.run"]
        run._ensure_accounts(company)
        accounts = self.env["debt.collection.account"].browse(run._select(company, day))
        run._process(accounts, day)
        self._send_released(company, day)

    @api.model
    def _send_released(self, company, day):
        """What the run released leaves at nine o'clock of its day, to nobody."""
        actions = self.env["debt.collection.action"].search(
            [("company_id", "=", company.id), ("state", "=", "released")]
        )
        actions._before_letters()
        letters = actions._render_letters()
        made = actions.filtered(lambda a: isinstance(letters[a.id], bytes))
        for action in actions - made:
            action._fail(str(letters[action.id]))
        made._freeze_letters(letters)
        for action in made:
            action.delivery_ids.address = action.recipient_id.email_normalized
            action.delivery_ids.handed_over = True
            action.delivery_ids._set_sent(datetime.combine(day, time(9)))

    @api.model
    def _load_rests(self, today):
        """A debtor who rests for a reason, one who is left alone, a blocked bill."""
        account = self.env["debt.collection.account"].search(
            [("partner_id", "=", self._debtor("valmoiron").id)], limit=1
        )
        self.env["debt.collection.hold"].create(
            {
                "account_id": account.id,
                "reason": "The council votes on the budget",
                "date_start": today,
                "date_end": today + timedelta(days=18),
            }
        )
        self._debtor("kuiper").debt_collection_excluded = True
        self.env["account.move"].search(
            [
                ("partner_id", "=", self._debtor("solaris").id),
                ("payment_state", "=", "not_paid"),
                ("state", "=", "posted"),
            ],
            order="invoice_date_due",
            limit=1,
        ).action_toggle_block_payment()

    @api.model
    def _load_partners(self, today):
        """Two agreements, a case with the lawyer since yesterday, doubtful means."""
        self._create_named("res.partner", world.PARTNERS)
        self._create_named(
            "debt.collection.agreement",
            {
                name: {**vals, "partner_id": self.env.ref(f"{MODULE}.{partner}").id}
                for name, (partner, vals) in world.AGREEMENTS.items()
            },
        )
        self._create_named(
            "debt.collection.solvency.check",
            {
                f"demo_check_{key}": {
                    **vals,
                    "partner_id": self._debtor(key).id,
                    "date": today - timedelta(days=4),
                }
                for key, vals in world.CHECKS.items()
            },
        )
        self._load_assignment(today)

    @api.model
    def _load_assignment(self, today):
        """The case with most at stake is with the lawyer, past his free window."""
        checked = [self._debtor(key).id for key in world.CHECKS]
        case = self.env["debt.collection.case"].search(
            [("phase", "=", "notice"), ("partner_id", "not in", checked)],
            order="amount_residual desc",
            limit=1,
        )
        if not case:
            return
        agreement = self.env.ref(f"{MODULE}.demo_agreement_lawyer")
        assignment = self.env["debt.collection.assignment"]._prepare_for(
            case, agreement
        )
        # no server answers while data are loaded, and the PDFs of invoices need one:
        # the demo has the hand-over without its file
        assignment._store(
            {
                "state": "handed_over",
                "moment_handed": datetime.combine(today - timedelta(days=1), time(9)),
                "gaps": "The term of limitation is near",
                "amount_handed": case.amount_residual,
                "amount_told": case.amount_residual,
            }
        )
        case._log_event("handed_over", {"partner": agreement.partner_id.name})

    @api.model
    def _load_desk(self, company, today):
        """A pile for today's desk: letters under review, calls made and to be made."""
        cases = self.env["debt.collection.case"].search(
            [("company_id", "=", company.id), ("phase", "!=", "closed")], order="id"
        )
        cases.user_id = self.env.ref(f"{MODULE}.demo_user_collector")
        for case, (code, person, note, days) in zip(cases, world.TALKS, strict=False):
            values = {"date_next": today + timedelta(days=days)} if days else {}
            self.env["debt.collection.contact"]._record(
                {
                    "case_id": case.id,
                    "channel": "call",
                    "outcome_id": self.env.ref(f"{MODULE}.outcome_{code}").id,
                    "reason": self.env.ref(f"{MODULE}.outcome_{code}").reason,
                    "person": person,
                    "note": note,
                    "amount": case.amount_residual if code == "promise" else 0,
                    **values,
                }
            )
        self._load_review(company, today)

    @api.model
    def _load_review(self, company, today):
        """Today's run, its letters waiting for a look; the next ones leave again."""
        policies = self.env["debt.collection.policy"].search(
            [("company_id", "in", (False, company.id))]
        )
        modes = {policy: policy.mode for policy in policies}
        policies.mode = "review"
        run = self.env["debt.collection.run"]
        run._ensure_accounts(company)
        accounts = self.env["debt.collection.account"].browse(
            run._select(company, today)
        )
        run._process(accounts, today)
        for policy, mode in modes.items():
            policy.mode = mode

    # === WHAT DEBTORS PROMISED === #

    @api.model
    def _load_plans(self, today):
        """A plan that was broken, one that is paid, a promise, and two to decide on."""
        cases = self.env["debt.collection.case"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("phase", "in", ("amicable", "notice")),
                ("plan_ids", "=", False),
                ("partner_id", "!=", self._debtor("valmoiron").id),
            ],
            order="amount_residual desc, id",
        )
        if len(cases) < 5:
            return
        broken, running, large, promise, paid = cases[:5]
        self._load_signed_plan(broken, today - timedelta(days=46), today)
        self._load_signed_plan(running, today - timedelta(days=20), today)
        large._propose_plan(
            {
                "kind": "plan",
                "instalment_count": 18,
                "date_first": today + timedelta(days=20),
                "means_situation": "enterprise",
                "means_monthly": large.amount_residual / 12,
            },
            "debtor",
            today,
        )
        day = today + timedelta(days=4)
        vals = {"kind": "promise", "date": day, "amount": promise.amount_residual}
        promise._propose_plan(vals, "collector", today)
        vals = {"kind": "paid", "amount": paid.amount_residual, "date_paid": today}
        paid._propose_plan(vals, "debtor", today)

    @api.model
    def _sign_plan(self, case, count, first, origin, day):
        """A plan of equal instalments, proposed, agreed to and signed on one day.

        :param date first: of the first instalment
        :param str origin: who proposes it: collector or debtor
        """
        vals = {"kind": "plan", "instalment_count": count, "date_first": first}
        plan = case._propose_plan(vals, origin, day)
        if plan.state == "to_approve":
            plan._agree(day)
        plan.signed_by = case.partner_id.name
        plan._accept(day)
        return plan

    @api.model
    def _load_signed_plan(self, case, day, today):
        """Six instalments signed on a day, the first one paid on its day."""
        watch = self.env["debt.collection.plan.watch"]
        first = day + timedelta(days=8)
        plan = self._sign_plan(case, 6, first, "collector", day)
        watch._follow(case.account_id, day)
        items = case._get_items_to_pay(self.env["account.move.line"])
        line = self.env["account.bank.statement.line"].create(
            self._prepare_payment_vals(items[0].move_id, first, plan.line_ids[0].amount)
        )
        payment = self._receivable(line.move_id)
        for item in items:
            if payment.amount_residual_currency:
                (item + payment).reconcile()
        watch._follow(case.account_id, today)

    @api.model
    def _load_disputes(self, today):
        """Of two cases a tenth is contested: one waits, one was right."""
        cases = self.env["debt.collection.case"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("phase", "in", ("amicable", "notice")),
                ("plan_ids", "=", False),
            ],
            order="amount_residual desc, id",
            limit=2,
        )
        if len(cases) < 2:
            return
        waiting, right = cases
        self._load_dispute(waiting, "quality", world.COMPLAINT, today)
        dispute = self._load_dispute(right, "quantity", world.SHORTAGE, today)
        line = dispute.line_ids
        dispute._accept({line.id: line.amount}, world.APOLOGY, today)
        line.credit_id.action_post()
        guarantor = self._create_named("res.partner", {"demo_guarantor": world.SURETY})
        self.env["debt.collection.party"].create(
            {
                "case_id": waiting.id,
                "partner_id": guarantor.id,
                "role": "guarantor",
                "amount_maximum": 2500,
                "note": world.SURETY_NOTE,
            }
        )

    @api.model
    def _load_dispute(self, case, reason, words, today):
        """A tenth of the largest bill of a case is contested, and he was answered."""
        claim = case.claim_ids.filtered("is_open").sorted("amount_residual")[-1:]
        amount = case.currency_id.round(claim.amount_residual / 10)
        return case._open_dispute(
            {
                "reason_id": self.env.ref(f"{MODULE}.dispute_reason_{reason}").id,
                "description": words,
                "date": today - timedelta(days=9),
                "date_revisit": today + timedelta(days=1),
                "date_acknowledged": today - timedelta(days=8),
                "line_ids": [Command.create({"claim_id": claim.id, "amount": amount})],
            },
            "debtor",
        )

    # === THE COST DESK === #

    @api.model
    def _load_costs(self, today):
        """Requests in every state: spent, to decide, too much, not worth it."""
        cases = self._find_costly_cases()
        doubtful = cases.filtered(
            lambda case: case.partner_id._get_solvency(case.company_id, today).finding
            not in (False, "solvent")
        )
        cases -= doubtful
        if len(cases) < 4:
            return
        self._load_findings(cases[:3], today)
        done, waiting, above, small = *cases[:3], cases[-1]
        self._load_spent_cost(done, today)
        self._request_demo_cost(waiting, 175.0, "He answers to nobody any more.")
        self._request_demo_cost(above, 900.0, "Seizure of the stock.")
        self._request_demo_cost(
            small,
            1.2 * small._get_stake(today),
            "",
            reason_uneconomic="He does it to all his suppliers",
        )
        for case in doubtful[:1]:
            self._request_demo_cost(case, 225.0, "Shop still open on Saturday.")
        # a demo writes to nobody
        self.env["mail.mail"].search([("model", "=", "debt.collection.cost")]).unlink()

    @api.model
    def _find_costly_cases(self):
        """The open cases, the largest first."""
        cases = self.env["debt.collection.case"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("phase", "in", ("amicable", "notice")),
            ]
        )
        return cases.sorted(lambda case: (-case.amount_residual_company, case.id))

    @api.model
    def _load_findings(self, cases, today):
        """What a register said about the debtors, twelve days ago."""
        Check = self.env["debt.collection.solvency.check"]
        Check.create(
            [
                {
                    "partner_id": debtor.id,
                    "company_id": self.env.company.id,
                    "date": today - timedelta(days=12),
                    "source": "Annual accounts",
                    "finding": "solvent",
                }
                for debtor in cases.partner_id
                if not debtor._get_solvency(self.env.company, today)
            ]
        )

    @api.model
    def _load_spent_cost(self, case, today):
        """Asked, approved, ordered, performed and billed: the ledger has figures.

        A second bill asks more than was approved and waits as a draft.
        """
        cost = self._request_demo_cost(case, 225.0, "")
        cost.with_user(self.env.ref(f"{MODULE}.demo_user_accountant")).action_approve()
        cost._engage(today - timedelta(days=9))
        cost._perform(today - timedelta(days=5))
        bills = self._make_bill(cost, 225, today - timedelta(days=3))
        bills._post()
        return bills + self._make_bill(cost, 48, today)

    @api.model
    def _make_bill(self, cost, amount, day):
        return self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": cost.partner_id.id,
                "invoice_date": day,
                "ref": cost.order_number,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Service of the act, {cost.order_number}",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "debt_collection_cost_id": cost.id,
                        }
                    )
                ],
            }
        )

    @api.model
    def _request_demo_cost(self, case, amount, note, **values):
        collector = self.env.ref(f"{MODULE}.demo_user_collector")
        bailiff = self.env.ref(f"{MODULE}.demo_partner_bailiff")
        return (
            case.with_user(collector)
            ._request_cost(
                {
                    "type_id": self.env.ref(f"{MODULE}.cost_type_act").id,
                    "partner_id": bailiff.id,
                    "amount_net": amount,
                    "vat_percent": 21,
                    "estimate_ground": "Quotation of the bailiff",
                    "note": note,
                    **values,
                }
            )
            .with_env(self.env)
        )

    # === HELPERS === #

    @api.model
    def _as_creditor(self, company):
        """This model acting in the creditor's company, in English, without mails."""
        context = {**QUIET, "allowed_company_ids": company.ids, "lang": "en_US"}
        # demo data are loaded by the system, whoever asked for them
        return self.sudo().with_company(company).with_context(**context)

    @api.model
    def _as_collector(self, record):
        return record.with_user(self.env.ref(f"{MODULE}.demo_user_collector"))

    @api.model
    def _as_accountant(self, record):
        return record.with_user(self.env.ref(f"{MODULE}.demo_user_accountant"))

    @api.model
    def _create_named(self, model, vals_by_name):
        """Create records in one batch, each under an external id of this addon."""
        return self.env[model]._load_records(
            [
                {"xml_id": f"{MODULE}.{name}", "values": vals, "noupdate": True}
                for name, vals in vals_by_name.items()
            ]
        )
