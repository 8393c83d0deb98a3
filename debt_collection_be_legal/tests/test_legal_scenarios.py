import io
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from odoo.addons.debt_collection.tests.outside import OutsideVerifier

from .common import day
from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestLegalScenarios(OutsideVerifier, LegalWorld):
    """The reference scenarios from the notice to the sale, to the cent."""

    def _noticed(self, amount=10000, due="2024-11-30", partner=None):
        """A case between enterprises whose formal notice left on 30/12/2024."""
        self._verify("be.rate.commercial")
        move = self._invoice(partner or self.enterprise, amount, due)
        for on in ("2024-12-05", "2024-12-16", "2024-12-30"):
            with self._at(on):
                self._step(on)
        case = move.debt_collection_case_id
        self.assertEqual(case.phase, "notice")
        return move, case

    # === S1 === #

    def test_s01_route(self):
        """Uncontested: non-contested way, title, seizure announced, paid 15/08/2025."""
        move, case = self._noticed()
        self._check(self.enterprise, "2025-02-01")
        found = self._proposals(case, "2025-02-03")
        self.assertTrue(found["be_rci"].is_open)
        self.assertFalse(found["be_rci"].needs)
        self.assertTrue(found["be_enterprise"].is_open)
        self.assertEqual(self._why(case, found["be_peace"]), ["be_other_court"])
        self.assertEqual(self._why(case, found["be_enforcement"]), ["legal_no_title"])
        # class C twice with the file once: (250 + 50 + 250) less VAT that is deducted
        self.assertEqual(found["be_rci"].cost, Decimal("550.00"))
        self._to_title(case)
        self._to_announcement(case)
        self._bill_costs(case, "2025-08-01")
        self._assert_paid(move, case)
        self._assert_book(case)

    def _to_title(self, case):
        instruction = self._act(
            case, "be_rci", "rci_instruction", "accepted", "2025-02-03"
        )
        summons = self._propose(
            case, "be_rci", "rci_summons", "2025-02-10", instruction
        )
        with (
            self._at("2025-02-10"),
            self.assertRaisesRegex(UserError, "Nobody approved"),
        ):
            summons.with_user(self.collector)._order_on(date(2025, 2, 10))
        self._order(summons, "2025-02-10")
        self.assertEqual(case.phase, "legal")
        self._record(summons, "served", "2025-02-10")
        terms = {row.term_id.code: row for row in summons.term_ids}
        # one month: until 10/03/2025; the report eight days later
        self.assertEqual(terms["answer"].date_end, date(2025, 3, 10))
        self.assertEqual(terms["report"].date_free, date(2025, 3, 18))
        report = self._propose(case, "be_rci", "rci_report", "2025-02-20", summons)
        self._approve_costs(report, "2025-02-20")
        with self._at("2025-03-17"), self.assertRaisesRegex(UserError, "03/18/2025"):
            report.with_user(self.collector)._order_on(date(2025, 3, 17))
        self._order(report, "2025-03-18")
        self._record(report, "drawn", "2025-03-18")
        title = self._act(
            case, "be_rci", "rci_enforceable", "granted", "2025-03-25", report
        )
        self.assertEqual(title.state, "done")
        self.assertIn("enforceable", case._get_reached())
        # a title runs ten years from its day
        self.assertEqual(case.date_limitation, date(2035, 3, 25))

    def _to_announcement(self, case):
        found = self._proposals(case, "2025-04-01")
        self.assertTrue(found["be_enforcement"].is_open)
        self.assertEqual(self._why(case, found["be_enterprise"])[0], "legal_has_title")
        service = self._act(
            case, "be_enforcement", "service_title", "enforceable", "2025-04-01"
        )
        self.assertEqual(case.phase, "enforcement")
        order = self._act(
            case, "be_enforcement", "payment_order", "served", "2025-04-07", service
        )
        seizure = self._propose(
            case, "be_enforcement", "seizure_movables", "2025-04-07", order
        )
        self.assertEqual(seizure.date_planned, date(2025, 4, 8))
        self._order(seizure, "2025-07-01")
        self._record(seizure, "seized", "2025-07-01")
        notice = self._act(
            case, "be_enforcement", "sale_notice", "posted", "2025-07-31", seizure
        )
        sale = self._propose(
            case, "be_enforcement", "public_sale", "2025-07-31", notice
        )
        # one month after the seizure has run; three days after the posters
        self.assertEqual(sale.date_planned, date(2025, 8, 3))

    def _assert_paid(self, move, case):
        """15/08/2025: booked, paid by one line of the bank, and nothing is lost."""
        paid = date(2025, 8, 15)
        costs = case.cost_ids.filtered("amount_claimed")
        claimed = Decimal(str(round(sum(costs.mapped("amount_claimed")), 2)))
        with self._at(paid):
            before = self._statement(case, "2025-08-15", verified_only=True)
            self.assertEqual(before.interest_left, Decimal("808.77"))
            self.assertEqual(before.indemnity_left, 40)
            # six acts of class C with the file once: the lawyer is not recoverable
            self.assertEqual(claimed, Decimal("1550.00"))
            self.assertEqual(before.due, Decimal("10848.77") + claimed)
            document = self.env["debt.collection.charge"]._book(case, paid)
            self.assertEqual(document.amount_total, float(claimed) + 848.77)
            self._pay_by_bank(case, float(before.due), paid)
            self.assertEqual((move.amount_residual, document.amount_residual), (0, 0))
            self.assertEqual(self._statement(case, "2025-08-15").due, 0)
            self._run(paid)
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))
        self.assertEqual(case.date_closed, paid)
        self._assert_recovered(case, costs)
        kinds = case.event_ids.mapped("kind")
        for kind in ("legal_proposed", "legal_ordered", "legal_done", "cost_engaged"):
            self.assertIn(kind, kinds)
        for kind in ("matched", "closed"):
            self.assertIn(kind, kinds)
        self.assertFalse(self.env["debt.collection.event"]._verify(case))

    def _pay_by_bank(self, case, amount, day):
        """The debtor's transfer carries the reference: matched in one click."""
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journals.id,
                "date": day,
                "payment_ref": case.payment_reference,
                "amount": amount,
            }
        )
        line.action_match_collection_case()
        self.assertTrue(line.is_reconciled)
        return line

    def _assert_recovered(self, case, costs):
        """Every recoverable cost came back to the cent; what did not was the lawyer."""
        for cost in costs:
            self.assertEqual(cost.amount_recovered, cost.amount_claimed)
            self.assertEqual(cost.amount_lost, 0)
        rest = case._get_engaged_costs() - costs
        self.assertEqual(rest.type_id.mapped("code"), ["lawyer"])
        self.assertFalse(any(rest.mapped("amount_recovered")))
        charges = case.charge_ids.filtered(lambda c: c.state == "booked")
        interest = charges.filtered(lambda c: c.kind == "interest")
        self.assertEqual(sum(interest.mapped("amount")), 808.77)
        self.assertFalse(case.charge_ids.filtered(lambda c: c.state == "waived"))

    def _assert_book(self, case):
        """The evidence book holds outside Odoo, and not after one byte is changed."""
        with self._at("2025-08-15"), self.allow_pdf_render():
            case.with_user(self.collector).action_make_book()
        content = case.book_id.sudo().raw
        documents = self._unpack(content)
        self.program = documents["verify.py"]
        code, said = self._verify_outside(content, "--sha256", case.book_sha256)
        self.assertEqual(code, 0, said)
        for name, whole in documents.items():
            changed = {**documents, name: self._flip(whole, len(whole) // 2)}
            self.assertRefused(changed)
        reader = PdfReader(io.BytesIO(documents["evidence-book.pdf"]))
        titles = [one.title for one in reader.outline if not isinstance(one, list)]
        for chapter in ("Invoices", "Proof of sending", "Legal steps"):
            self.assertIn(chapter, titles)

    # === S5 === #

    def test_s05_route(self):
        """Bankruptcy on the way: everything stops, the claim is declared."""
        _move, case = self._noticed()
        instruction = self._act(
            case, "be_rci", "rci_instruction", "accepted", "2025-02-03"
        )
        summons = self._propose(
            case, "be_rci", "rci_summons", "2025-02-10", instruction
        )
        self._approve_costs(summons, "2025-02-10")
        with self._at("2025-02-12"):
            insolvency = self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "kind": "bankrupt",
                    "date": "2025-02-11",
                    "court": "Enterprise court",
                    "has_guarantor": True,
                    "has_retention": True,
                }
            )
            with self.assertRaisesRegex(UserError, "Bankrupt"):
                summons.with_user(self.collector)._order_on(date(2025, 2, 12))
        deadlines = {one.label: one.day for one in insolvency._get_deadlines()}
        self.assertEqual(deadlines["Declare the claim"], date(2025, 3, 13))
        self.assertEqual(
            deadlines["Last day: afterwards the right is lost"], date(2026, 2, 11)
        )
        self.assertEqual(
            deadlines["Name the guarantor, or he is free"], date(2025, 5, 11)
        )
        self.assertIn("Reclaim the goods under retention of title", deadlines)
        planned = case.activity_ids.filtered(
            lambda a: a.activity_type_id
            == self.env.ref("debt_collection.mail_activity_type_insolvency")
        )
        self.assertEqual(len(planned), len(insolvency._get_deadlines()))
        found = self._proposals(case, "2025-02-12")
        self.assertIn("legal_insolvent", self._why(case, found["be_rci"]))
        self.assertTrue(found["be_insolvency"].is_open)
        self._declare(case, insolvency)

    def _declare(self, case, insolvency):
        step = self._propose(case, "be_insolvency", "insolvency_claim", "2025-02-20")
        with self._at("2025-02-20"):
            for cost in step.cost_ids.filtered(lambda c: c.stage == "requested"):
                cost.with_user(self.accountant).action_approve()
            step.with_user(self.collector)._order_on(date(2025, 2, 20))
            text = str(step._render_document())
        self.assertIn("Declaration of claim", text)
        # 73 days to the judgment: 31 at 12.5 %, 42 at 11.5 %
        found = self._statement(case, "2025-02-11", verified_only=True)
        self.assertEqual(found.interest_left, Decimal("238.49"))
        self.assertEqual(step._get_document_day(), insolvency.date)

    def test_an_insolvency_calls_the_ordered_act_back(self):
        _move, case = self._noticed()
        instruction = self._act(
            case, "be_rci", "rci_instruction", "accepted", "2025-02-03"
        )
        summons = self._propose(
            case, "be_rci", "rci_summons", "2025-02-10", instruction
        )
        self._order(summons, "2025-02-10")
        with self._at("2025-02-12"):
            self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "date": "2025-02-11",
                    "reference": "25/112",
                }
            )
        self.assertIn(
            "Stop Summons to pay with Bailiff: Bankruptcy, 25/112",
            case.activity_ids.mapped("summary"),
        )

    # === S3 === #

    def test_a_live_dispute_closes_the_non_contested_way(self):
        """Contested in part: not before it is credited is the rest uncontested."""
        _move, case = self._noticed()
        self._check(self.enterprise, "2025-02-01")
        with self._at("2025-02-02"):
            dispute = case._open_dispute(
                {
                    "reason_id": self.env.ref(
                        "debt_collection.dispute_reason_quantity"
                    ).id,
                    "date": date(2025, 2, 2),
                    "date_acknowledged": date(2025, 2, 2),
                    "description": "Ten pieces never came.",
                    "line_ids": [
                        Command.create({"claim_id": case.claim_ids.id, "amount": 500})
                    ],
                },
                "debtor",
            )
        found = self._proposals(case, "2025-02-03")
        self.assertIn("legal_contested", self._why(case, found["be_rci"]))
        with self._at("2025-02-10"):
            line = dispute.line_ids
            dispute._accept({line.id: 500}, "You are right.", date(2025, 2, 10))
        found = self._proposals(case, "2025-02-11")
        self.assertIn("legal_contested", self._why(case, found["be_rci"]))
        with self._at("2025-02-12"):
            line.credit_id.action_post()
        found = self._proposals(case, "2025-02-13")
        self.assertTrue(found["be_rci"].is_open)
        self.assertEqual(case.amount_residual, 9500)

    def test_case_7_2_from_the_ledger(self):
        """2,500.00 due 15/12/2022, bankrupt 31/07/2023."""
        self._verify("be.rate.commercial")
        move = self._invoice(self.enterprise, 2500, "2022-12-15")
        case = self._flag(move).with_user(self.env.user)
        with self._at("2023-08-02"):
            insolvency = self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "date": "2023-07-31",
                }
            )
        found = self._statement(case, str(insolvency.date), verified_only=True)
        self.assertEqual(found.principal_left, 2500)
        self.assertEqual(found.interest_left, Decimal("164.42"))
        self.assertEqual(found.indemnity_left, 40)

    def test_case_4_7_reorganisation_closes_the_route(self):
        _move, case = self._noticed()
        self._check(self.enterprise, "2025-01-10", "reorganisation")
        found = self._proposals(case, "2025-02-03")
        self.assertIn("legal_insolvent", self._why(case, found["be_rci"]))

    def test_case_7_5_no_letter_after_an_insolvency(self):
        self._verify("be.rate.commercial")
        move = self._invoice(self.enterprise, 2500, "2024-11-30")
        with self._at("2024-12-05"):
            [first] = self._step("2024-12-05")
        self.assertEqual(first.state, "done")
        with self._at("2024-12-10"):
            self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "kind": "reorganisation",
                    "date": "2024-12-10",
                }
            )
        for on in ("2024-12-16", "2024-12-30", "2025-02-15"):
            with self._at(on):
                self.assertFalse(self._step(on))
        self.assertEqual(move.debt_collection_case_id.phase, "amicable")

    # === S6 === #

    def test_s06_route(self):
        """Doubtful: the accountant is asked; insolvent: stop, and a certificate."""
        _move, case = self._noticed()
        self._check(self.enterprise, "2025-01-10", "insolvent")
        found = self._proposals(case, "2025-02-03")
        self.assertFalse(found["be_rci"].is_open)
        self.assertFalse(found["be_enterprise"].is_open)
        self.assertFalse(case.legal_step_ids)

    # === S10 === #

    def test_s10_route(self):
        """Debtor in France, Belgian terms: the European order, not the national way."""
        debtor = self._make_debtor(
            "Maison SARL",
            country_id=self.env.ref("base.fr").id,
            vat="FR23334175221",
            lang="fr_FR",
        )
        _move, case = self._noticed(partner=debtor)
        self.assertEqual(case.regime, "be_b2b")
        self._check(debtor, "2025-02-01")
        found = self._proposals(case, "2025-02-03")
        self.assertIn("be_abroad", self._why(case, found["be_rci"]))
        self.assertEqual(self._why(case, found["be_enterprise"]), ["be_european_first"])
        self.assertTrue(found["be_european_order"].is_open)
        application = self._act(
            case, "be_european_order", "epo_application", "filed", "2025-02-03"
        )
        order = self._act(
            case, "be_european_order", "epo_order", "issued", "2025-03-05", application
        )
        service = self._act(
            case, "be_european_order", "epo_service", "served", "2025-03-20", order
        )
        # thirty days to oppose end on Saturday 19/04, Easter Monday is a holiday
        row = service.term_ids
        self.assertEqual(row.date_end, date(2025, 4, 22))
        enforceable = self._propose(
            case, "be_european_order", "epo_enforceable", "2025-03-25", service
        )
        with self._at("2025-04-22"), self.assertRaisesRegex(UserError, "possible from"):
            enforceable.with_user(self.collector)._order_on(date(2025, 4, 22))
        self._order(enforceable, "2025-04-23")
        self._record(enforceable, "granted", "2025-04-25")
        self.assertIn("enforceable", case._get_reached())
        self.assertEqual(case.date_limitation, date(2035, 4, 25))
        self._to_the_end(case, "2025-05-15")

    def _to_the_end(self, case, day):
        """Billed, booked, paid by one line of the bank, closed with nothing left."""
        paid = date.fromisoformat(day)
        self._bill_costs(case, day)
        with self._at(paid):
            due = self._statement(case, day, verified_only=True).due
            document = self.env["debt.collection.charge"]._book(case, paid)
            self._pay_by_bank(case, float(due), paid)
            self.assertFalse(document.amount_residual)
            self._run(paid)
        self.assertEqual((case.phase, case.outcome), ("closed", "paid"))
        for cost in case.cost_ids.filtered("amount_claimed"):
            self.assertEqual(cost.amount_recovered, cost.amount_claimed)

    # === S11 === #

    def test_s11_route(self):
        """Rent: a firm goes before the justice of the peace; so does a tenant."""
        self._verify("be.rate.commercial")
        self.env["debt.collection.terms"].create(
            {
                "name": "Lease",
                "date_from": "2024-01-01",
                "company_id": self.company.id,
                "nature": "rent",
            }
        )
        lease = self.env["debt.collection.terms"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        firm = self._invoice(self.enterprise, 9000, "2024-11-30")
        tenant = self._invoice(self.consumer, 900, "2024-11-30")
        (firm + tenant).debt_collection_terms_id = lease
        cases = self._flag(firm + tenant).with_user(self.env.user)
        by_regime = {case.regime: case for case in cases}
        self.assertEqual(set(by_regime), {"be_b2b", "be_b2c"})
        for case in cases:
            self._check(case.partner_id, "2025-02-01")
            found = self._proposals(case, "2025-02-03")
            # an estimate before anything is spent
            self.assertEqual(
                self._why(case, found["be_enterprise"]), ["be_other_court"]
            )
            self.assertNotIn("be_other_court", self._why(case, found["be_peace"]))
            self.assertGreater(found["be_peace"].cost, 0)
            self.assertFalse(case.cost_ids)
        consumer = self._proposals(by_regime["be_b2c"], "2025-02-03")
        self.assertIn("be_consumer", self._why(case, consumer["be_rci"]))
        for case in cases:
            self._judged_by_the_peace(case)
        self._to_the_end(by_regime["be_b2b"], "2025-06-16")
        self._to_the_end(by_regime["be_b2c"], "2025-06-16")

    def _judged_by_the_peace(self, case):
        """Instructed, summoned, heard when the eight days are over, judged."""
        self._proof(case, "formal_notice")
        is_tenant, previous = case.regime == "be_b2c", None
        for code, result, on in (
            ("court_instruction", "accepted", "2025-02-03"),
            ("court_summons", "served", "2025-02-13"),
            ("hearing", "pleaded", "2025-02-24"),
            ("judgment", "default" if is_tenant else "granted", "2025-03-24"),
        ):
            if code == "hearing":
                # eight days end on Friday 21/02
                hearing = self._propose(case, "be_peace", code, "2025-02-20", previous)
                self.assertEqual(hearing.date_planned, date(2025, 2, 22))
                self._order(hearing, on)
                previous = self._record(hearing, result, on)
                if is_tenant:  # nothing of the procedure is his before a title
                    self.assertFalse(any(case.cost_ids.mapped("amount_claimed")))
                continue
            previous = self._act(case, "be_peace", code, result, on, previous)
        self.assertIn("title" if is_tenant else "enforceable", case._get_reached())
        summons = case.cost_ids.filtered(lambda cost: cost.type_id.code == "be_act")
        self.assertTrue(all(summons.mapped("amount_claimed")))
        if is_tenant:
            terms = {row.term_id.code: row for row in previous.term_ids}
            # art. 806: a default judgment that is not served within a year lapses
            self.assertEqual(terms["serve_default"].date_free, date(2026, 3, 24))

    # === LIMITATION === #

    def test_limitation_clock_on_case(self):
        move = self._invoice(self.enterprise, 900, "2016-03-31")
        case = self._flag(move).with_user(self.env.user)
        case._refresh_limitation(date(2026, 2, 1))
        self.assertEqual(case.date_limitation, date(2026, 3, 31))
        self.assertIn("2262bis", case.limitation_ground)
        kind = self.env.ref("debt_collection.mail_activity_type_limitation")
        near = case.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        self.assertEqual(near.date_deadline, date(2026, 3, 31))
        found = self._proposals(case, "2026-04-01")
        self.assertIn("legal_prescribed", self._why(case, found["be_enterprise"]))
        self.assertNotIn(
            "legal_prescribed",
            self._why(case, self._proposals(case, "2026-03-31")["be_enterprise"]),
        )

    def test_summons_interrupts(self):
        facts_day = day("01/12/2025")
        move = self._invoice(self.enterprise, 90000, "2016-03-31")
        self._verify("be.rate.commercial")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "formal_notice")
        first = self._act(
            case, "be_enterprise", "court_instruction", "accepted", str(facts_day)
        )
        self._act(case, "be_enterprise", "court_summons", "served", "2025-12-05", first)
        self.assertEqual(case.date_limitation, date(2035, 12, 5))

    # === DOCUMENTS === #

    def test_documents_refuse_numbers_to_verify(self):
        move = self._invoice(self.enterprise, 10000, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        self._proof(case, "formal_notice")
        step = self._propose(case, "be_rci", "rci_instruction", "2025-02-03")
        with self._at("2025-02-03"):
            with self.assertRaisesRegex(UserError, "still to be verified"):
                step.action_print()
            self._verify("be.rate.commercial")
            text = str(step._render_document())
        self.assertIn("Data sheet: non-contested claim", text)
        self.assertIn("1394/20", text)
        self.assertIn("0428759497", text)
        self.assertIn("Inventory of the evidence", text)

    def test_every_document_renders(self):
        self._verify("be.rate.commercial")
        move = self._invoice(self.enterprise, 10000, "2024-11-30")
        case = self._flag(move).with_user(self.env.user)
        types = self.env["debt.collection.legal.step.type"].search(
            [("document_template", "!=", False), ("code", "!=", False)]
        )
        routes = self.env["debt.collection.legal.route"].search([])
        with self._at("2025-02-03"):
            for step_type in types.filtered(lambda t: t.performer):
                route = routes.filtered(lambda r, t=step_type: t in r._get_types())[:1]
                step = self.env["debt.collection.legal.step"].new(
                    {
                        "case_id": case.id,
                        "type_id": step_type.id,
                        "route_id": route.id,
                    }
                )
                with self.subTest(document=step_type.code):
                    self.assertIn(case.name, str(step._render_document()))

    def test_the_region_decides_the_language(self):
        for code, lang in (("fr_BE", "French"), ("nl_BE", "Dutch")):
            self.env["res.lang"]._activate_lang(code)
            self.assertTrue(lang)
        for zip_code, expected in (
            ("2000", "nl_BE"),
            ("4000", "fr_BE"),
            ("1300", "fr_BE"),
            ("9000", "nl_BE"),
            ("3000", "nl_BE"),
            ("7000", "fr_BE"),
        ):
            self.enterprise.zip = zip_code
            move = self._invoice(self.enterprise, 100, "2025-01-31")
            case = self._flag(move).with_user(self.env.user)
            with self.subTest(zip=zip_code):
                self.assertEqual(case._get_court_lang()[:2], expected[:2])
