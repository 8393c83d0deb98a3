from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..demo.ledger import Shape, generate
from .common import CollectionCommon

FIRST_DAY = date(2025, 1, 6)
SHAPE = Shape(
    bills=70,
    debtors=9,
    first_day=FIRST_DAY,
    days=300,
    amount_mean=800,
    amount_spread=900,
    amount_low=20,
    amount_high=9000,
    heavy_tail=True,
    habit_mean=15,
    habit_spread=25,
    late_high=150,
)
DAYS = (date(2025, 6, 30), date(2025, 9, 17), date(2025, 12, 31))
STANDING = "open"


@tagged("post_install", "-at_install")
class TestCockpitLedger(CollectionCommon):
    """Every figure of the ledger, worked out a second time from its raw rows.

    A generated ledger is booked: invoices, two of them in dollars, credit notes, money
    in one or two parts, money nobody matched. What is read for the second opinion are
    rows of journal items and matches, and nothing of the engine.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills = generate(7, SHAPE)
        cls.debtors = {
            name: cls._make_debtor(f"{name} SA")
            for name in sorted({bill.debtor for bill in cls.bills})
        }
        cls._play()
        cls.env.flush_all()
        cls.rows = cls._read_raw()
        cls.Cockpit = cls.env["debt.collection.cockpit"]

    # === THE LEDGER === #

    @classmethod
    def _play(cls):
        dollar = cls.env.ref("base.USD")
        dollar.active = True
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": dollar.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in ((FIRST_DAY, 1.1), (date(2025, 5, 1), 1.23))
            ]
        )
        moves = cls.env["account.move"].create(
            [
                cls._prepare_bill(bill, dollar if index % 35 == 4 else False)
                for index, bill in enumerate(cls.bills)
            ]
        )
        moves.action_post()
        for index, (bill, move) in enumerate(zip(cls.bills, moves, strict=True)):
            cls._settle(index, bill, move)
        cls._receive_loose(cls.debtors[cls.bills[0].debtor], 41.37)

    @classmethod
    def _prepare_bill(cls, bill, currency):
        return {
            "move_type": "out_invoice",
            "partner_id": cls.debtors[bill.debtor].id,
            "invoice_date": bill.invoice_date,
            "invoice_date_due": bill.due_date,
            "invoice_payment_term_id": False,
            "currency_id": (currency or cls.company.currency_id).id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": float(bill.amount),
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    @classmethod
    def _settle(cls, index, bill, move):
        """Some are never paid, some in two parts, the contested get a credit note."""
        if index % 7 == 3:
            return
        item = cls._get_receivable(move)
        if bill.disputed and index % 2:
            cls._credit(move, bill.due_date + timedelta(days=4))
        if index % 5 == 1:
            part = round(item.amount_residual_currency / 3, 2)
            cls._match(move, part, bill.due_date + timedelta(days=2))
        if index % 11 != 6:
            day = max(bill.settled_on, bill.due_date + timedelta(days=2))
            cls._match(move, item.amount_residual_currency, day)

    @classmethod
    def _credit(cls, move, day):
        refund = cls.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "invoice_date": day,
                "currency_id": move.currency_id.id,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": round(move.amount_total / 10, 2),
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        refund.action_post()
        cls._get_receivable(move + refund).reconcile()

    @classmethod
    def _match(cls, move, amount, day):
        payment = cls._receive_loose(move.partner_id, amount, day, move.currency_id)
        (cls._get_receivable(move) + payment).reconcile()

    @classmethod
    def _receive_loose(cls, partner, amount, day=date(2025, 8, 1), currency=None):
        """A payment in any currency, with its entry; not matched."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": amount,
                "currency_id": (currency or cls.company.currency_id).id,
                "date": day,
                "journal_id": cls.bank.id,
                "payment_method_line_id": cls.method.id,
            }
        )
        payment.action_post()
        return cls._get_receivable(payment.move_id)

    @classmethod
    def _make_policy(cls, **values):
        """Called by the set-up; the bank that books payments is made ready here."""
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.method = cls.bank.inbound_payment_method_line_ids[:1]
        cls.method.payment_account_id = cls.env["account.account"].create(
            {
                "name": "Outstanding receipts",
                "code": "101499",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        return super()._make_policy(**values)

    # === THE SECOND OPINION === #

    @classmethod
    def _read_raw(cls):
        """Receivable journal items as plain rows, each with its matches."""
        cls.env.cr.execute(
            """SELECT l.id, l.date, l.date_maturity, l.balance::text, m.move_type,
                      m.origin_payment_id IS NOT NULL
                 FROM account_move_line l JOIN account_move m ON m.id = l.move_id
                 JOIN account_account a ON a.id = l.account_id
                WHERE l.company_id = %s AND m.state = 'posted'
                  AND a.account_type = 'asset_receivable'""",
            [cls.company.id],
        )
        rows = {
            key: {
                "date": day,
                "due": due or day,
                "balance": Decimal(balance),
                "is_sale": kind in ("out_invoice", "out_refund"),
                "is_money": is_money,
                "matches": [],
            }
            for key, day, due, balance, kind, is_money in cls.env.cr.fetchall()
        }
        cls.env.cr.execute(
            """SELECT debit_move_id, credit_move_id, amount::text, max_date
                 FROM account_partial_reconcile"""
        )
        for debit, credit, amount, day in cls.env.cr.fetchall():
            if debit in rows:
                rows[debit]["matches"].append((day, -Decimal(amount)))
            if credit in rows:
                rows[credit]["matches"].append((day, Decimal(amount)))
        return list(rows.values())

    @staticmethod
    def _left(row, day):
        """What is open of an item on a day."""
        if row["date"] > day:
            return Decimal(0)
        return row["balance"] + sum(x for when, x in row["matches"] if when <= day)

    def _sum(self, keep):
        return sum((row["balance"] for row in self.rows if keep(row)), Decimal(0))

    def _overdue(self, day):
        lefts = (
            self._left(row, day)
            for row in self.rows
            if row["due"] < day and row["balance"] > 0
        )
        return sum(lefts, Decimal(0))

    def _scope(self, day, days=90):
        return self.Cockpit._get_scope({"days": days, "end": str(day)})

    # === THE FIGURES === #

    def test_the_world_is_worth_testing(self):
        """Open and settled items, dollars, credits, loose money, two-part payments."""
        last = DAYS[-1]
        lefts = [self._left(row, last) for row in self.rows]
        self.assertGreater(sum(left > 0 for left in lefts), 10)
        self.assertGreater(sum(left == 0 for left in lefts), 50)
        self.assertGreater(sum(left < 0 for left in lefts), 0)
        self.assertGreater(sum(len(row["matches"]) > 1 for row in self.rows), 5)

    def test_ageing(self):
        bounds = ((0, "d000"), (30, "d030"), (60, "d060"), (90, "d090"))
        bounds += ((180, "d180"), (10**6, "d181"))
        for day in DAYS:
            expected, credit = defaultdict(Decimal), Decimal(0)
            for row in self.rows:
                left, late = self._left(row, day), (day - row["due"]).days
                if left < 0:
                    credit -= left
                elif left:
                    bucket = next(key for last, key in bounds if late <= last)
                    expected[STANDING, bucket] += left
            found = self.Cockpit._read_ageing(self._scope(day))
            amounts = {key: x for key, x in found["amounts"].items() if x}
            with self.subTest(day=day):
                self.assertEqual(amounts, dict(expected))
                self.assertEqual(found["credit"], credit)
                self.assertEqual(
                    found["total"], self._sum(lambda row, d=day: row["date"] <= d)
                )

    def test_flows(self):
        for day in DAYS:
            scope = self._scope(day)
            begin = self._sum(lambda r, s=scope: r["date"] < s.start)
            end = self._sum(lambda r, s=scope: r["date"] <= s.end)
            sales = self._sum(
                lambda r, s=scope: r["is_sale"] and s.start <= r["date"] <= s.end
            )
            money = -self._sum(
                lambda r, s=scope: r["is_money"] and s.start <= r["date"] <= s.end
            )
            expected = {"begin": begin, "sales": sales, "collected": money, "end": end}
            with self.subTest(day=day):
                self.assertEqual(self.Cockpit._read_flows(scope), expected)

    def test_months(self):
        for day in DAYS:
            for month in self.Cockpit._read_months(self._scope(day))[-12:]:
                first, last = month["first"], month["last"]

                def inside(row, first=first, last=last):
                    return first <= row["date"] <= last

                with self.subTest(day=day, month=last):
                    self.assertEqual(
                        month["sales"],
                        self._sum(lambda r, i=inside: r["is_sale"] and i(r)),
                    )
                    self.assertEqual(
                        month["collected"],
                        -self._sum(lambda r, i=inside: r["is_money"] and i(r)),
                    )
                    self.assertEqual(
                        month["receivable"],
                        self._sum(lambda r, e=last: r["date"] <= e),
                    )
                    self.assertEqual(month["overdue"], self._overdue(last))

    def test_dso(self):
        for day in DAYS:
            scope, flows = self._scope(day), self.Cockpit._read_flows(self._scope(day))
            found = self.Cockpit._get_dso(
                scope, self.Cockpit._read_months(scope), flows
            )
            end = self._sum(lambda r, d=day: r["date"] <= d)
            sales = self._sum(
                lambda r, s=scope: r["is_sale"] and s.start <= r["date"] <= s.end
            )
            with self.subTest(day=day):
                self.assertEqual(found["simple"], round(end * 90 / sales, 1))
                self.assertEqual(found["count_back"], self._count_back(day, end))

    def _count_back(self, day, left):
        """Month by month back from the day, by the book."""
        days, first, last = Decimal(0), day.replace(day=1), day
        while left > 0:
            sales = self._sum(
                lambda r, a=first, b=last: r["is_sale"] and a <= r["date"] <= b
            )
            length = (last - first).days + 1
            days += length * left / sales if 0 < left < sales else length
            left -= sales
            last = first - timedelta(days=1)
            first = last.replace(day=1)
            self.assertEqual(last.day, monthrange(last.year, last.month)[1])
        return round(days, 1)

    def test_effectiveness(self):
        for day in DAYS:
            scope = self._scope(day)
            found = self.Cockpit._get_effectiveness(
                self.Cockpit._read_flows(scope), self.Cockpit._read_ageing(scope)
            )
            begin = self._sum(lambda r, s=scope: r["date"] < s.start)
            end = self._sum(lambda r, s=scope: r["date"] <= s.end)
            sales = self._sum(
                lambda r, s=scope: r["is_sale"] and s.start <= r["date"] <= s.end
            )
            current = sum(
                max(self._left(r, day), Decimal(0))
                for r in self.rows
                if r["due"] >= day
            )
            expected = 100 * (begin + sales - end) / (begin + sales - current)
            with self.subTest(day=day):
                self.assertEqual(found, round(expected, 1))

    def test_days_late(self):
        for day in DAYS:
            scope = self._scope(day)
            late, weights = [], Decimal(0)
            for row in self.rows:
                due = row["due"]
                if not (row["is_sale"] and row["balance"] > 0):
                    continue
                if not scope.start <= due <= day or row["date"] > day:
                    continue
                last = max((when for when, _x in row["matches"]), default=day)
                settled = self._left(row, date.max) == 0
                stop = min(last, day) if settled else day
                late.append(max((stop - due).days, 0))
                weights += late[-1] * row["balance"]
            found = self.Cockpit._read_days_late(scope)
            with self.subTest(day=day):
                self.assertEqual(found["number"], len(late))
                self.assertEqual(found["days"], round(sum(late) / len(late), 1))

    @freeze_time(DAYS[-1])
    def test_the_pivot_says_the_same(self):
        """The analysis of today and the cockpit count the same rows."""
        today = self.company._get_collection_today()
        ageing = self.Cockpit._read_ageing(self._scope(today))
        Analysis = self.env["debt.collection.analysis"].with_user(self.collector)
        groups = Analysis._read_group(
            [("is_open", "=", True)], ["is_credit"], ["amount_residual:sum"]
        )
        total = sum(amount for _is_credit, amount in groups)
        self.assertAlmostEqual(total, float(ageing["total"]), 2)
        self.assertAlmostEqual(dict(groups)[True], -float(ageing["credit"]), 2)

    def test_recovery(self):
        """The ladder is lived through, then judged from the matches alone."""
        played = self._play_ladder()
        for day in DAYS[1:]:
            scope = self._scope(day, 365)
            expected = self._judge_ladder(played, scope)
            rows = self.Cockpit._read_recovery(scope, "step")
            found = {
                row["id"]: (row["number"], row["listed"], row["recovered"])
                for row in rows
            }
            with self.subTest(day=day):
                self.assertEqual(found, expected)

    def _play_ladder(self):
        """Actions as a past ladder would have left them: (item, step, day) triples."""
        self.env.cr.execute(
            """SELECT l.id, l.date_maturity FROM account_move_line l
                 JOIN account_move m ON m.id = l.move_id
                 JOIN account_account a ON a.id = l.account_id
                WHERE l.company_id = %s AND m.move_type = 'out_invoice'
                  AND a.account_type = 'asset_receivable' ORDER BY l.id""",
            [self.company.id],
        )
        items = self.env.cr.fetchall()
        lines = self.env["account.move.line"].browse(key for key, _due in items)
        keys = {line.id: line._get_collection_key() for line in lines}
        accounts = self.env["debt.collection.account"]._ensure(set(keys.values()))
        steps, played = self.policy.step_ids, []
        for key, due in items:
            for step in steps:
                day = due + timedelta(days=step.delay)
                if day <= DAYS[-1]:
                    played.append((key, step.id, day))
                    self._make_action(accounts[keys[key]], key, step, day)
        self.env.flush_all()
        return played

    def _make_action(self, account, item, step, day):
        action = self.env["debt.collection.action"].create(
            {
                "account_id": account.id,
                "company_id": self.company.id,
                "partner_id": account.partner_id.id,
                "currency_id": account.currency_id.id,
                "step_id": step.id,
                "date": day,
                "date_done": day,
                "state": "done",
            }
        )
        self.env["debt.collection.action.line"].create(
            {
                "action_id": action.id,
                "company_id": self.company.id,
                "step_id": step.id,
                "move_line_id": item,
            }
        )

    def _judge_ladder(self, played, scope):
        """step -> number, listed, recovered; from matches with payments alone."""
        self.env.cr.execute(
            """SELECT r.debit_move_id, r.amount::text, r.max_date, l.balance::text,
                      m.origin_payment_id IS NOT NULL
                 FROM account_partial_reconcile r
                 JOIN account_move_line k ON k.id = r.credit_move_id
                 JOIN account_move m ON m.id = k.move_id
                 JOIN account_move_line l ON l.id = r.debit_move_id
                WHERE l.company_id = %s""",
            [self.company.id],
        )
        matches = defaultdict(list)
        for item, amount, day, _balance, is_money in self.env.cr.fetchall():
            matches[item].append((day, Decimal(amount), is_money))
        self.env.cr.execute(
            "SELECT id, balance::text FROM account_move_line WHERE company_id = %s",
            [self.company.id],
        )
        balances = {key: Decimal(x) for key, x in self.env.cr.fetchall()}
        sums = {}
        for item, step, day in played:
            if not scope.start <= day <= scope.end:
                continue
            later = [d for i, _s, d in played if i == item and d > day]
            stop = min([*(d for d in later if d <= scope.end), scope.end])
            listed = balances[item] - sum(
                x for when, x, _money in matches[item] if when <= day
            )
            got = sum(
                x for when, x, money in matches[item] if money and day < when <= stop
            )
            number, total, recovered = sums.get(step, (0, Decimal(0), Decimal(0)))
            sums[step] = (number + 1, total + listed, recovered + got)
        return sums
