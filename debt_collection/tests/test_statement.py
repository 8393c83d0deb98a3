import base64
import json
import random
from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..tools.values import RefundTooLarge, ToolsError
from .common import TODAY
from .law import LAST_VERIFIED, LawCommon
from .scan import read_payment_code, scan_pdf


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStatement(LawCommon):
    """The one source of every figure, read from real invoices and payments."""

    def _case(self, *days_and_amounts):
        moves = self.env["account.move"]
        for days, amount in days_and_amounts or ((40, 1000),):
            moves += self._make_invoice(days, amount)
        return self._flag(moves).with_user(self.env.user)

    # === FIGURES === #

    def test_principal_interest_and_indemnity(self):
        case = self._case((75, 1000))  # due 31 December 2025
        found = self._statement(case, date(2026, 3, 10))
        # 69 days at 10 %: 18.904
        self.assertEqual(found.interest_left, Decimal("18.90"))
        self.assertEqual(found.indemnity_left, Decimal("40.00"))
        self.assertEqual(found.due, Decimal("1058.90"))

    def test_any_day_past_or_coming(self):
        case = self._case((75, 1000))
        before = self._statement(case, date(2025, 12, 31))
        self.assertEqual(before.due, Decimal("1000.00"))
        early = self._statement(case, date(2025, 12, 30))
        self.assertEqual((early.due, early.not_yet[0].kind), (0, "principal"))
        coming = self._statement(case, date(2026, 4, 10))
        # 69 days at 10 % and 31 days at 20 %: 18.904 + 16.986
        self.assertEqual(coming.interest_left, Decimal("35.89"))

    def test_document_stops_at_the_last_verified_day(self):
        case = self._case((75, 1000))
        shown = self._statement(case, TODAY)
        sent = self._statement(case, TODAY, verified_only=True)
        self.assertEqual(shown.interest_left, Decimal("22.19"))
        self.assertFalse(shown.verified)
        self.assertEqual(sent.interest_left, Decimal("18.90"))
        self.assertTrue(sent.verified)
        self.assertEqual(sent.interest_reserved_from, LAST_VERIFIED + timedelta(1))

    def test_payment_pays_charges_first(self):
        case = self._case((75, 1000))
        self._pay(case.claim_ids.move_id, 500, date(2026, 3, 1))
        found = self._statement(case, date(2026, 3, 1))
        # 60 days at 10 %: 16.44; then 40; the rest on principal
        self.assertEqual(found.principal_left, Decimal("556.44"))
        self.assertEqual(found.interest_left, 0)
        self.assertEqual(found.bridge.total.residual, Decimal("500.00"))
        self.assertEqual(found.bridge.total.accessories, Decimal("56.44"))
        self.assertEqual(found.bridge.total.unexplained, 0)

    def test_paid_late_still_owes_the_charges(self):
        case = self._case((75, 1000))
        self._pay(case.claim_ids.move_id, None, date(2026, 3, 1))
        found = self._statement(case, date(2026, 3, 1))
        self.assertEqual(found.due, Decimal("56.44"))
        self.assertEqual(found.bridge.total.unexplained, 0)

    def test_credit_note_lowers_the_principal(self):
        case = self._case((75, 1000))
        self._refund(case.claim_ids.move_id, 250, date(2026, 1, 30))
        found = self._statement(case, date(2026, 3, 10))
        # 30 days on 1000, 39 days on 750
        self.assertEqual(found.interest_left, Decimal("16.23"))
        self.assertEqual(found.principal_left, Decimal("750.00"))
        self.assertEqual(found.bridge.total.unexplained, 0)

    def test_one_payment_for_two_invoices_is_one_row(self):
        case = self._case((75, 1000), (74, 1000))
        self._pay(case.claim_ids.move_id, None, date(2026, 3, 1))
        found = self._statement(case, TODAY)
        rows = self.env["debt.collection.statement"]._get_payment_rows(found)
        self.assertEqual([row["amount"] for row in rows], [Decimal("2000.00")])

    def test_divisor_of_the_regime(self):
        self.__class__.divisor = 360
        self.addCleanup(setattr, self.__class__, "divisor", 365)
        found = self._statement(self._case((75, 1000)), date(2026, 3, 10))
        self.assertEqual(found.interest_left, Decimal("19.17"))

    def test_warning_of_the_regime_is_carried_and_worded(self):
        move = self._make_invoice(10, 1000, invoice_date=date(2025, 9, 1))
        case = self._flag(move).with_user(self.env.user)
        found = self._statement(case, TODAY)
        self.assertEqual(found.claims[0].claim.warnings, ("term_too_long",))
        self.assertEqual(found.claims[0].claim.due_date, date(2025, 10, 1))
        [(label, text)] = self.env["debt.collection.statement"]._get_warnings(found)
        self.assertEqual(label, move.name)
        self.assertIn("longer than the law allows", text)
        self.assertIn(text, case.statement_html)

    def test_currency_without_cents_and_amounts_of_the_law_converted(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": yen.id, "name": "2020-01-01", "rate": 160}
        )
        move = self._make_invoice(75, 100000, currency_id=yen.id)
        case = self._flag(move).with_user(self.env.user)
        found = self._statement(case, date(2026, 3, 10))
        self.assertEqual(found.indemnity_left, Decimal(6400))
        self.assertEqual(found.interest_left, Decimal(1890))
        self.assertAlmostEqual(case.amount_residual_company, 625.0)
        self.assertAlmostEqual(case.claim_ids.amount_residual_company, 625.0)
        self.assertEqual(case.amount_residual, 100000)

    # === MANY CASES === #

    def test_light_path_equals_the_replay(self):
        rng = random.Random(19)
        cases = self.env["debt.collection.case"]
        for number in range(12):
            partner = self._make_debtor(f"Debtor{number} SA")
            moves = self.env["account.move"]
            for _each in range(rng.randint(1, 4)):
                amount = rng.randint(1000, 999999) / 100
                moves += self._make_invoice(rng.randint(1, 90), amount, partner)
            cases |= self._flag(moves).with_user(self.env.user)
            if number % 3 == 0:
                self._pay(moves[0], 10, TODAY - timedelta(rng.randint(0, 60)))
        for days in (-60, -5, 0, 30):
            day = TODAY + timedelta(days)
            found = self.env["debt.collection.statement"]._for_cases(cases, day)
            balances = self.env["debt.collection.balance"]._for_cases(cases, day)
            for case in cases:
                with self.subTest(day=day, case=case.name):
                    balance = balances[case.id]
                    self.assertEqual(balance.due, found[case.id].due)
                    self.assertEqual(balance.verified, found[case.id].verified)

    def test_queries_do_not_grow_with_the_cases(self):
        cases = self.env["debt.collection.case"]
        for number in range(8):
            partner = self._make_debtor(f"Debtor{number} SA")
            moves = self._make_invoice(40, 100, partner)
            moves += self._make_invoice(30, 100, partner)
            cases |= self._flag(moves).with_user(self.env.user)
            if number % 2:
                self._pay(moves[0], 10)
        for model in ("statement", "balance"):
            counts = []
            for some in (cases[:2], cases):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.env[f"debt.collection.{model}"]._for_cases(some, TODAY)
                counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(counts[0], counts[1], model)
            self.assertLess(counts[1], 30, model)

    def test_the_list_shows_what_the_statement_says(self):
        case = self._case((75, 1000))
        self.assertAlmostEqual(case.amount_due, 1062.19)
        self.assertFalse(case.amount_due_verified)
        self.assertFalse(case.amount_due_error)

    # === BAD INPUT === #

    def test_missing_rate_is_named_and_stops_nobody_else(self):
        old = self._make_debtor("Old SA")
        move = self._make_invoice(
            10, 100, old, invoice_date="1900-01-01", invoice_date_due="1900-01-31"
        )
        bad = self._flag(move).with_user(self.env.user)
        good = self._case((75, 1000))
        with self.assertRaisesRegex(ToolsError, "no rate .* for 1900-02-01"):
            self._statement(bad, TODAY)
        balances = self.env["debt.collection.balance"]._for_cases(bad | good, TODAY)
        self.assertIn("1900", balances[bad.id].error)
        self.assertEqual(balances[good.id].due, Decimal("1062.19"))
        self.assertEqual(bad.amount_due, 0)
        self.assertIn("1900", bad.amount_due_error)
        self.assertIn("No statement on", bad.statement_html)

    def test_after_the_last_rate(self):
        case = self._case((75, 1000))
        with self.assertRaisesRegex(ToolsError, "2051"):
            self._statement(case, date(2100, 1, 1))

    def test_refund_larger_than_the_invoice_takes_no_more_than_the_invoice(self):
        case = self._case((75, 1000))
        move = case.claim_ids.move_id
        self._refund(move, 1500, date(2026, 1, 10))
        found = self._statement(case, TODAY)
        self.assertEqual(found.principal_left, 0)
        self.assertEqual(found.claims[0].credited, Decimal("1000.00"))
        # 10 days of interest and the indemnity existed before
        self.assertEqual(found.due, Decimal("42.74"))
        self.assertTrue(issubclass(RefundTooLarge, ToolsError))

    def test_zero_and_negative_residual(self):
        case = self._case((75, 1000))
        move = case.claim_ids.move_id
        self._pay(move)
        self.assertEqual(self._get_receivable(move).amount_residual, 0)
        with self.assertRaises(UserError):
            self._flag(move)
        found = self._statement(case, TODAY)
        self.assertGreaterEqual(found.principal_left, 0)
        refund = self._make_invoice(10, 10, move_type="out_refund")
        with self.assertRaises(UserError):
            self._flag(refund)

    def test_due_date_before_the_invoice_date(self):
        move = self._make_invoice(75, 1000)
        self._get_receivable(move).date_maturity = move.invoice_date - timedelta(5)
        case = self._flag(move).with_user(self.env.user)
        found = self._statement(case, TODAY)
        self.assertEqual(found.claims[0].claim.due_date, move.invoice_date)

    def test_case_without_claims(self):
        case = self._case((75, 1000))
        other = self._case((75, 1000))
        case.claim_ids.write({"is_open": False})
        self.assertEqual(self._statement(case, TODAY).due, 0)
        balances = self.env["debt.collection.balance"]._for_cases(case | other, TODAY)
        self.assertEqual(balances[case.id].due, 0)

    # === THE PAGE, THE PDF, THE JSON === #

    def test_page_marks_what_is_to_verify(self):
        html = self._case((75, 1000)).statement_html
        for words in ("1,062.19", "to verify", "Test Act, art. 2", "20.00"):
            self.assertIn(words, html)

    def test_names_of_others_are_escaped(self):
        self.debtor.name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", self._case((75, 1000)).statement_html)

    def test_pdf_of_any_day(self):
        case = self._case((75, 1000))
        Report = self.env["report.debt_collection.statement_list"]
        data = {"day": "2026-03-10", "case_ids": case.ids}
        [page] = Report._get_report_values(None, data)["pages"]
        for words in ("1,058.90", "March 10, 2026", "Test Act", case.name):
            with self.subTest(words):
                self.assertIn(words, str(page).replace("03/10/2026", "March 10, 2026"))
        self.assertNotIn("to verify", page)
        held = " ".join(str(page).split())
        self.assertRegex(held, r"Holds for a payment received on [^<]*2026")
        self.assertIn("data:image/png", page)  # the payment code
        action = case.action_print_statement()
        self.assertEqual(action["report_name"], "debt_collection.statement_list")
        self.assertFalse(action.get("data"))

    def test_payment_code_asks_exactly_what_is_due(self):
        """Read off the printed statement, on two days with two amounts."""
        case = self._case((75, 1000))
        Report = self.env["ir.actions.report"]
        Report = Report.with_context(force_report_rendering=True)
        amounts = []
        for day in (date(2026, 3, 9), date(2026, 3, 10)):
            content, _kind = Report._render_qweb_pdf(
                "debt_collection.statement_list",
                case.ids,
                data={"day": str(day), "case_ids": case.ids},
            )
            [text] = scan_pdf(content)
            code = read_payment_code(text)
            due = self._statement(case, day).due
            self.assertEqual(code["amount"], f"EUR{due:.2f}")
            self.assertIn(case._get_payment_reference(), code.values())
            amounts.append(code["amount"])
        self.assertEqual(amounts[1], "EUR1058.90")
        self.assertNotEqual(*amounts)
        bank = self.company._get_collection_bank()
        Page = self.env["debt.collection.statement.page"]
        self.assertTrue(Page._get_qr_code(case, bank, Decimal("1.10"), case.name))
        self.assertFalse(Page._get_qr_code(case, bank, Decimal(0), case.name))

    def test_json(self):
        case = self._case((75, 1000))
        self._pay(case.claim_ids.move_id, 500, date(2026, 3, 1))
        with Form(
            self.env["debt.collection.statement.show"].with_context(
                default_case_id=case.id
            )
        ) as form:
            form.day = "2026-03-10"
        wizard = form.record
        data = json.loads(base64.b64decode(wizard.json_file))
        found = self._statement(case, date(2026, 3, 10))
        self.assertEqual(data["version"], 1)
        self.assertEqual(data["totals"]["due"], str(found.due))
        self.assertEqual(
            sum(
                Decimal(data["totals"][kind])
                for kind in ("principal", "interest", "indemnity", "cost")
            ),
            Decimal(data["totals"]["balance"]),
        )
        [payment] = data["payments"]
        self.assertEqual(payment["imputed"]["indemnity"], "40.00")
        self.assertEqual(sum(map(Decimal, payment["imputed"].values())), Decimal(500))
        self.assertIn(wizard.content and "1,0", wizard.content)
        self.assertIn("field=json_file", wizard.action_download()["url"])
        self.assertEqual(wizard.action_print()["data"]["day"], "2026-03-10")

    # === RIGHTS === #

    def test_collector_sees_it_and_nobody_else(self):
        case = self._case((75, 1000)).with_user(self.collector)
        case.invalidate_recordset()
        self.assertAlmostEqual(case.amount_due, 1062.19)
        self.assertIn("1,062.19", case.statement_html)
        stranger = new_test_user(self.env, "dc_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            case.with_user(stranger).read(["amount_due"])
