from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.account_bank_statement_line import get_candidates
from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPaymentReference(CollectionCommon):
    """A bank line that names a case pays its invoices in one click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.accountant = new_test_user(
            cls.env,
            "dc_banker",
            groups="account.group_account_user",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _case(self, *invoices):
        moves = self.env["account.move"]
        for days, amount in invoices or ((10, 100), (20, 200), (15, 300)):
            moves += self._make_invoice(days, amount)
        return self._flag(moves).with_user(self.env.user)

    def _import(self, *rows):
        """Bank lines as an import of a file makes them: texts, no partner."""
        names = ["date", "payment_ref", "amount", "journal_id/.id"]
        data = [
            [str(TODAY), text, str(amount), str(self.bank.id)] for text, amount in rows
        ]
        Line = self.env["account.bank.statement.line"].with_user(self.accountant)
        result = Line.load(names, data)
        self.assertFalse(result["messages"])
        return Line.browse(result["ids"])

    def _open(self, case):
        return {
            claim.amount: claim.move_line_id.amount_residual_currency
            for claim in case.claim_ids
        }

    # === THE REFERENCE === #

    def test_one_reference_a_case_whatever_its_invoices(self):
        case = self._case((10, 100))
        reference = case._get_payment_reference()
        self.assertEqual(reference, case.payment_reference)
        self._flag(self._make_invoice(12, 50))
        self.assertEqual(len(case.claim_ids), 2)
        self.assertEqual(case._get_payment_reference(), reference)
        self.assertIn(reference, case.statement_html)

    def test_candidates(self):
        text = "Invoice INV/2026/00012, ref +++ 920/2600 /01209+++"
        words = get_candidates(text)
        self.assertIn("INV202600012", words)
        self.assertIn("920260001209", words)
        self.assertNotIn("REF", words)
        self.assertEqual(get_candidates(None), set())

    # === ALLOCATION === #

    def test_the_oldest_first_and_partly(self):
        case = self._case()
        line = self._import((f"pay {case.payment_reference} thanks", 250))
        self.assertEqual(line.collection_case_name, case.name)
        line.action_match_collection_case()
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self._open(case), {200: 0, 300: 250, 100: 100})
        self.assertEqual(line.partner_id, self.debtor)
        self.assertIn("matched", case.event_ids.mapped("kind"))

    def test_an_invoice_that_the_debtor_names_goes_first(self):
        case = self._case()
        newest = case.claim_ids.filtered(lambda c: c.amount == 100).move_id
        line = self._import((f"your invoice {newest.name}", 150))
        line.action_match_collection_case()
        self.assertEqual(self._open(case), {200: 150, 300: 300, 100: 0})

    def _import_statement(self, *rows):
        """A statement taken in from a file, as Odoo's own import does it."""
        head = "name,line_ids/date,line_ids/payment_ref,line_ids/amount"
        head = f"{head},line_ids/journal_id/.id"
        body = [
            f'{"" if number else "2026-03"},{TODAY},"{text}",{amount},{self.bank.id}'
            for number, (text, amount) in enumerate(rows)
        ]
        wizard = (
            self.env["base_import.import"]
            .with_user(self.accountant)
            .create(
                {
                    "res_model": "account.bank.statement",
                    "file": "\n".join([head, *body]).encode(),
                    "file_name": "statement.csv",
                    "file_type": "text/csv",
                }
            )
        )
        options = {
            "quoting": '"',
            "separator": ",",
            "has_headers": True,
            "date_format": "%Y-%m-%d",
            "float_decimal_separator": ".",
            "float_thousand_separator": "",
        }
        result = wizard.execute_import(head.split(","), head.split(","), options)
        self.assertFalse(result["messages"])
        statement = self.env["account.bank.statement"].browse(result["ids"])
        self.assertEqual(len(statement.line_ids), len(rows))
        return statement.line_ids.with_user(self.accountant)

    def test_an_imported_statement_is_proposed_and_matched_in_one_click(self):
        """Each line over the right invoices, what names no case left alone."""
        case = self._case()  # 200 is the oldest, then 300, then 100
        other = self._flag(self._make_invoice(10, 70, self.other_debtor))
        other = other.with_user(self.env.user)
        newest = case.claim_ids.filtered(lambda c: c.amount == 100).move_id
        lines = self._import_statement(
            (f"transfer {case.payment_reference} thank you", 250),
            (f"invoice {newest.name}", 40),
            (other.payment_reference, 70),
            ("salary of March", 900),
            (case.payment_reference, -15),
        )
        by_amount = {line.amount: line for line in lines}
        self.assertEqual(
            {amount: line.collection_case_name for amount, line in by_amount.items()},
            {250: case.name, 40: case.name, 70: other.name, 900: False, -15: False},
        )
        lines.action_match_collection_case()
        self.assertEqual(
            {amount: line.is_reconciled for amount, line in by_amount.items()},
            {250: True, 40: True, 70: True, 900: False, -15: False},
        )
        self.assertEqual(self._open(case), {200: 0, 300: 250, 100: 60})
        self.assertEqual(self._open(other), {70: 0})
        self.assertEqual(by_amount[70].partner_id, self.other_debtor)

    def test_what_is_too_much_stays_on_account(self):
        case = self._case()
        line = self._import((case.payment_reference, 700))
        line.action_match_collection_case()
        self.assertEqual(set(self._open(case).values()), {0})
        rest = line.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        self.assertEqual(rest.amount_residual, -100)
        self.assertEqual(rest.partner_id, self.debtor)

    def test_booked_charges_come_after_the_invoices(self):
        case = self._case((10, 100))
        self.env["debt.collection.charge"]._invoice(
            case, TODAY, {(case.claim_ids.id, "interest", ""): (5, "Interest")}
        )
        line = self._import((case.payment_reference, 103))
        line.action_match_collection_case()
        [document] = case.charge_ids.move_id
        self.assertEqual(self._open(case), {100: 0})
        self.assertEqual(document.amount_residual, 2)

    def test_several_lines_at_once(self):
        case = self._case((10, 100), (20, 200))
        other = self._flag(self._make_invoice(10, 70, self.other_debtor))
        other = other.with_user(self.env.user)
        lines = self._import(
            (case.payment_reference, 150),
            (other.payment_reference, 70),
            ("salary", 1000),
            (case.payment_reference, 150),
        )
        lines.action_match_collection_case()
        self.assertEqual(lines.mapped("is_reconciled"), [True, True, False, True])
        self.assertEqual(set(self._open(case).values()), {0})
        self.assertEqual(set(self._open(other).values()), {0})

    def test_paid_in_full_closes_the_case(self):
        case = self._case((10, 100))
        self._import((case.payment_reference, 100)).action_match_collection_case()
        self._run()
        self.assertEqual(case.outcome, "paid")

    def test_payment_in_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2020-01-01", "rate": 2.0}
        )
        move = self._make_invoice(10, 100, currency_id=dollar.id)
        case = self._flag(move).with_user(self.env.user)
        line = self._import((case.payment_reference, 50))
        line.action_match_collection_case()
        self.assertEqual(move.amount_residual, 0)

    # === WHAT IS LEFT ALONE === #

    def test_unknown_closed_or_outgoing(self):
        case = self._case((10, 100))
        reference = case.payment_reference
        outgoing = self._import((reference, -10))
        unknown = self._import(("DC/1999/00001", 10))
        case.action_withdraw()
        closed = self._import((reference, 10))
        for line in (outgoing, unknown, closed):
            self.assertFalse(line.collection_case_name)
            with self.assertRaises(UserError):
                line.action_match_collection_case()

    def test_two_cases_named_is_no_answer(self):
        case = self._case((10, 100))
        other = self._flag(self._make_invoice(10, 70, self.other_debtor))
        text = f"{case.payment_reference} {other.payment_reference}"
        self.assertFalse(self._import((text, 10)).collection_case_name)

    def test_a_longer_number_is_not_the_reference(self):
        case = self._case((10, 100))
        self.assertFalse(self._import((f"{case.name}7", 10)).collection_case_name)

    def test_another_company_does_not_see_it(self):
        case = self._case((10, 100))
        sister = self._make_company("Sister SA")
        journal = self.env["account.journal"].search(
            [("company_id", "=", sister.id), ("type", "=", "bank")], limit=1
        )
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": TODAY,
                "payment_ref": case.payment_reference,
                "amount": 10,
            }
        )
        self.assertFalse(line.collection_case_name)

    def test_matched_once(self):
        case = self._case((10, 100), (20, 200))
        line = self._import((case.payment_reference, 100))
        line.action_match_collection_case()
        with self.assertRaises(UserError):
            line.action_match_collection_case()
        self.assertEqual(self._open(case), {200: 100, 100: 100})

    def test_a_collector_does_not_write_the_bank(self):
        case = self._case((10, 100))
        line = self._import((case.payment_reference, 100))
        with self.assertRaises(AccessError):
            line.with_user(self.collector).action_match_collection_case()

    def test_queries_do_not_grow_with_the_lines(self):
        case = self._case((10, 100), (20, 200))
        lines = self._import(
            *((f"{case.payment_reference} {number}", 1) for number in range(12))
        )
        counts = []
        for some in (lines, lines[:2], lines):  # the first reads what stays in caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("collection_case_name")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
