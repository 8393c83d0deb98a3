from dataclasses import fields as value_fields
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from ..models import debt_collection_page_total as page_total
from .common import LANDED, TODAY, PortalHttpCommon

# What a part of a long list does not hold of a statement
PARTS = {"claims", "charges", "costs", "payments", "credits", "not_yet", "bridge"}


@tagged("post_install", "-at_install")
class TestLarge(PortalHttpCommon):
    """A case with more invoices than a page replays: its sums are kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        moves = cls.env["account.move"]
        cls.third = cls._make_debtor("Third Debtor SA")
        for number in range(60):
            moves += cls._make_invoice(100 - number, 10.0 + number, partner=cls.third)
        cls.moves = moves
        cls.large, cls.letter = cls._open_with_letter(moves)
        cls.Total = cls.env["debt.collection.page.total"]

    @classmethod
    def _open_with_letter(cls, moves):
        """A case and the letter that claims more than the invoices."""
        case = cls._open_case(moves)
        letter = cls._make_action(case, step=cls.policy.step_ids[1])
        content = {"name": "letter.pdf", "raw": b"%PDF-1.4"}
        attachment = cls.env["ir.attachment"].create(content)
        letter.write({"attachment_id": attachment.id, "date_done": TODAY})
        return case, letter

    def setUp(self):
        super().setUp()
        self.patch(page_total, "MANY", 20)

    def _get_statement(self, number=1, day=TODAY):
        return self.Page._get_statement(self.large._get_matter(), day, number)

    def _get_full(self, day=TODAY):
        """What the statement says of all of it."""
        matter = self.large._get_matter()
        return self.env["debt.collection.statement"]._for_cases(
            self.large,
            day,
            verified_only=True,
            principal_only=self.Page._is_principal_only(matter.letters),
        )[self.large.id]

    def assertAgrees(self):
        """Sums and shown lines are those of the statement of everything."""
        full = self._get_full()
        lines = {row.claim.key: row for row in full.claims}
        seen = set()
        for number in (1, 2):
            statement = self._get_statement(number)
            for field in value_fields(full):
                if field.name not in PARTS:
                    with self.subTest(field.name, number=number):
                        self.assertEqual(
                            getattr(statement, field.name), getattr(full, field.name)
                        )
            rows, pages = self.Page._get_rows(
                self.large._get_matter(), statement, number
            )
            self.assertEqual(pages, 2)
            for row, move in rows:
                self.assertEqual(row, lines[row.claim.key])
                self.assertIn(row.claim.key, move.line_ids.ids)
            seen |= {row.claim.key for row, _move in rows}
        self.assertEqual(len(seen), 60)
        return full

    def test_sums_are_those_of_the_statement_whatever_happens(self):
        self.assertEqual(self.assertAgrees().due, sum(range(10, 70)))
        self._pay(self.moves[3], 5.0)
        self.assertEqual(self.assertAgrees().due, sum(range(10, 70)) - 5)
        claim = self.large.claim_ids.filtered(lambda c: c.amount == 20)
        dispute = self.large._open_dispute(
            {
                "reason_id": self.env.ref("debt_collection.dispute_reason_price").id,
                "date": TODAY,
                "line_ids": [Command.create({"claim_id": claim.id, "amount": 7})],
            },
            "debtor",
        )
        self.assertEqual(self.assertAgrees().contested, 7)
        dispute._reject("It was agreed.", TODAY)
        self.assertEqual(self.assertAgrees().contested, 0)
        self.moves[5]._reverse_moves(
            [{"invoice_date": TODAY, "date": TODAY}], cancel=True
        )
        self.assertEqual(self.assertAgrees().due, sum(range(10, 70)) - 5 - 15)
        payment = self._pay(self.moves[8], 2.0)
        payment.remove_move_reconcile()
        self.assertEqual(self.assertAgrees().due, sum(range(10, 70)) - 5 - 15)

    def test_costs_take_their_part_of_payments_on_every_page(self):
        cost_type = self.env.ref("debt_collection.cost_type_act")
        large = self.large.with_user(self.collector)
        cost = large._request_cost({"type_id": cost_type.id, "amount_net": 30})
        cost.sudo()._transition(
            {
                "stage": "engaged",
                "approver_id": self.manager.id,
                "amount_approved": 30,
                "recoverable": True,
                "date_engaged": TODAY,
                "date_performed": TODAY,
            }
        )
        self.assertEqual(self.assertAgrees().cost_left, 30)
        self._pay(self.moves[55], 25.0)
        self.assertAgrees()

    def test_nothing_is_replayed_while_nothing_changes(self):
        first = self._get_statement()
        kept = self.Total.search([("case_id", "=", self.large.id)])
        self.assertEqual(len(kept), 1)
        stamp, numbers = kept.stamp, []
        for _visit in range(2):
            before = self.cr.sql_log_count
            again = self._get_statement()
            numbers.append(self.cr.sql_log_count - before)
            self.assertEqual(again.due, first.due)
        self.assertEqual(numbers[0], numbers[1])
        self.assertEqual(kept.stamp, stamp)
        self._get_statement(day=TODAY.replace(day=17))
        kept.invalidate_recordset()
        self.assertNotEqual(kept.stamp, stamp)

    def test_number_of_queries_is_that_of_a_few(self):
        """Twice as many invoices: not one query more, nor an item read more."""
        read, Facts = [], type(self.env["debt.collection.facts"])
        read_rows = Facts._read_rows

        def count_rows(model, regimes):
            read.append(len(regimes))
            return read_rows(model, regimes)

        self.patch(Facts, "_read_rows", count_rows)
        some = self._make_debtor("Fourth Debtor SA")
        moves = self.env["account.move"]
        for number in range(120):
            moves += self._make_invoice(9, 10.0 + number, partner=some)
        counts = {}
        self._enter()
        for letter in (self.letter, self._open_with_letter(moves)[1]):
            path, link = self._issue(letter)
            url = f"{LANDED}{link.id}"
            self._enter(path)
            for door in ("", "/choose", "/dispute", "/time"):
                self.url_open(f"{url}{door}")  # what is kept is made once
                self.env.flush_all()
                self.env.invalidate_all()
                read.clear()
                before = self.cr.sql_log_count
                self.assertEqual(self.url_open(f"{url}{door}").status_code, 200)
                spent = self.cr.sql_log_count - before
                counts.setdefault(door, []).append((spent, sum(read)))
        for door, (of_few, of_many) in counts.items():
            with self.subTest(door=door):
                self.assertEqual(of_few, of_many)

    def test_page_shows_a_part_and_the_sum_of_all(self):
        path, link = self._issue(self.letter)
        self._enter(path)
        first = self.url_open(f"{LANDED}{link.id}").text
        second = self.url_open(f"{LANDED}{link.id}?part=2").text
        for text in (first, second):
            self.assertIn("2,370.00", text)
        self.assertIn(self.moves[0].name, first)
        self.assertNotIn(self.moves[0].name, second)
        self.assertIn(self.moves[59].name, second)
        self.assertNotIn(self.moves[59].name, first)

    # === PAYING === #

    def _check_payable(self):
        pay, matter = self.env["debt.collection.page.pay"], self.large._get_matter()
        exact = pay._get_payable(matter)
        total, count = pay._sum_payable(matter)
        self.assertEqual(count, len(exact))
        self.assertEqual(
            Decimal(f"{total:.2f}"), sum(Decimal(f"{left:.2f}") for _i, left in exact)
        )
        self.assertEqual(dict(pay._list_payable(matter)), dict(exact))
        return count

    def test_sum_to_pay_is_that_of_the_items(self):
        """The domain says what `_has_to_be_paid` says of each invoice."""
        self.assertEqual(self._check_payable(), 60)
        self._pay(self.moves[0])
        self._pay(self.moves[1], 5.0)
        self.assertEqual(self._check_payable(), 59)
        reason = self.env.ref("debt_collection.dispute_reason_price").id
        for index, amount in ((2, 12.0), (3, 1.0)):
            claim = self.large.claim_ids.filtered(
                lambda c, index=index: c.move_id == self.moves[index]
            )
            self.large._open_dispute(
                {
                    "reason_id": reason,
                    "date": TODAY,
                    "line_ids": [
                        Command.create({"claim_id": claim.id, "amount": amount})
                    ],
                },
                "debtor",
            )
        self.assertEqual(self._check_payable(), 58)
        provider = self.env["payment.provider"].search([("code", "=", "demo")], limit=1)
        if provider:
            provider = self._copy_provider(provider, self.company)
            self.env["payment.transaction"].create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": provider.payment_method_ids[:1].id,
                    "amount": 14,
                    "currency_id": self.company.currency_id.id,
                    "partner_id": self.third.id,
                    "state": "pending",
                    "invoice_ids": [Command.set(self.moves[4].ids)],
                }
            )
            self.assertEqual(self._check_payable(), 57)
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "False"
        )
        self.assertEqual(self._check_payable(), 0)

    def test_an_amount_pays_the_oldest(self):
        pay, matter = self.env["debt.collection.page.pay"], self.large._get_matter()
        choice = {"kind": "amount", "amount": 15.0}
        online = pay._choose(matter, self._get_statement(), choice)
        self.assertEqual(online.amount, 15.0)
        self.assertEqual(
            pay._get_moves(matter, choice, online.amount), self.moves[0] + self.moves[1]
        )
