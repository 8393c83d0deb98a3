"""The figures of the cockpit on the replayed ledger, and a second opinion on them.

`read` runs in the process that lived the ledger through: it asks the cockpit for its
figures as of some past days, and writes down the rows of the ledger by plain SQL:
receivable journal items, their matches, what reached them, who has a case. `judge` runs
in the test, knows those rows alone and no line of the addon, and works every figure out
again, to the cent.
"""

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAYS = 90  # length of the periods
BOUNDS = ((0, "d000"), (30, "d030"), (60, "d060"), (90, "d090"), (180, "d180"))
LAST_BUCKET = "d181"
MONTHLY = ("sales", "collected", "receivable", "overdue")
LEAST_DAYS = 95  # the first day that is looked at: a whole period lies behind it

ITEMS = """SELECT l.id, l.date::text, l.date_maturity::text, l.balance::text,
                  p.commercial_partner_id, m.move_type,
                  COALESCE(m.is_collection_charge, FALSE),
                  j.type IN ('bank', 'cash', 'credit')
                      OR m.origin_payment_id IS NOT NULL
             FROM account_move_line l
             JOIN account_move m ON m.id = l.move_id
             JOIN account_journal j ON j.id = l.journal_id
             JOIN account_account a ON a.id = l.account_id
             LEFT JOIN res_partner p ON p.id = l.partner_id
            WHERE l.company_id = %s AND m.state = 'posted'
              AND a.account_type = 'asset_receivable' ORDER BY l.id"""
MATCHES = """SELECT r.id, r.debit_move_id, r.credit_move_id, r.amount::text,
                    r.max_date::text
               FROM account_partial_reconcile r WHERE r.company_id = %s"""
TOUCHES = """SELECT y.move_line_id, a.step_id, s.policy_id, a.date_done::text, a.id
               FROM debt_collection_action_line y
               JOIN debt_collection_action a ON a.id = y.action_id
               JOIN debt_collection_policy_step s ON s.id = a.step_id
              WHERE a.company_id = %s AND a.state = 'done'"""
CLAIMS = """SELECT c.move_line_id, k.date_opened::text
              FROM debt_collection_claim c
              JOIN debt_collection_case k ON k.id = c.case_id
             WHERE c.company_id = %s"""


# -- in the process that played --------------------------------------------------------


def read(env, company_id, days):
    """The figures as of four past days, and the rows of the ledger, for JSON.

    :param days: the days that were lived through, ascending
    """
    queries = {"items": ITEMS, "matches": MATCHES}
    queries |= {"touches": TOUCHES, "claims": CLAIMS}
    raw = {name: _rows(env, query, company_id) for name, query in queries.items()}
    looked_at = _pick(days)
    return {
        **raw,
        "figures": {str(day): _ask(env, day) for day in looked_at},
        "portfolio": _ask_portfolio(env, company_id, days[-1]),
        "last": str(days[-1]),
    }


def _rows(env, query, company_id):
    env.cr.execute(query, [company_id])
    return [list(row) for row in env.cr.fetchall()]


def _pick(days):
    """Four days, the last one among them, each with a whole period behind it."""
    usable = days[LEAST_DAYS:] or days[-1:]
    return sorted({usable[(len(usable) - 1) * n // 3] for n in range(4)})


def _ask(env, day):
    cockpit = env["debt.collection.cockpit"]
    scope = cockpit._get_scope({"days": DAYS, "end": str(day)})
    ageing, flows = cockpit._read_ageing(scope), cockpit._read_flows(scope)
    months = cockpit._read_months(scope)
    buckets = defaultdict(Decimal)
    for (_standing, bucket), amount in ageing["amounts"].items():
        buckets[bucket] += amount
    late = cockpit._read_days_late(scope)
    return {
        "ageing": {bucket: _cents(x) for bucket, x in buckets.items() if x},
        "credit": _cents(ageing["credit"]),
        "flows": {name: _cents(amount) for name, amount in flows.items()},
        "months": [
            [str(month["last"]), *(_cents(month[name]) for name in MONTHLY)]
            for month in months[-12:]
        ],
        "dso": {k: str(v) for k, v in cockpit._get_dso(scope, months, flows).items()},
        "effectiveness": str(cockpit._get_effectiveness(flows, ageing)),
        "late": [late["number"], late["settled"], str(late["days"])],
        "step": _ask_recovery(cockpit, scope, "step"),
        "policy": _ask_recovery(cockpit, scope, "policy"),
        "case_money": _cents(cockpit._read_case_money(scope)),
    }


def _ask_recovery(cockpit, scope, by):
    rows = cockpit._read_recovery(scope, by)
    return {
        str(row["id"]): [
            row["number"],
            _cents(row["listed"]),
            _cents(row["recovered"]),
        ]
        for row in rows
    }


def _ask_portfolio(env, company_id, day):
    """Debtor -> open, overdue, invoices due in a year, their days late."""
    company = env["res.company"].browse(company_id)
    env["debt.collection.portfolio"]._refresh(company, day)
    rows = _rows(
        env,
        """SELECT partner_id, amount_open::numeric(16, 2)::text,
                  amount_overdue::numeric(16, 2)::text, number_due,
                  days_late::numeric(16, 1)::text
             FROM debt_collection_portfolio WHERE company_id = %s""",
        company_id,
    )
    return {str(partner): row for partner, *row in rows}


# -- the second opinion ----------------------------------------------------------------


class Item:
    """A receivable journal item with its matches, oldest first."""

    def __init__(self, row):
        self.id, day, due, balance, self.partner, kind, self.is_charge, money = row
        self.day, self.due = _day(day), _day(due or day)
        self.balance, self.is_money = Decimal(balance), money
        self.is_sale = kind in ("out_invoice", "out_refund", "out_receipt")
        self.matches = []  # (day, change, other side)

    def left(self, day):
        """What is open on a day; nothing before it was booked."""
        if self.day > day:
            return Decimal(0)
        return self.balance + sum(x for when, x, _o in self.matches if when <= day)

    def settled_on(self):
        """The day of the match that left nothing, None while something is open."""
        if self.left(date.max):
            return None
        return max((when for when, _x, _o in self.matches), default=self.day)


def judge(seen):
    """What the cockpit says otherwise than the rows of the ledger.

    :return: sentences, and how many figures were compared
    :rtype: tuple[list[str], int]
    """
    ledger, wrong, count = Ledger(seen), [], 0
    for text, found in seen["figures"].items():
        expected = ledger.figures(_day(text))
        for name, value in expected.items():
            count += len(value) if isinstance(value, list | dict) else 1
            if found[name] != value:
                wrong.append(f"{text}, {name}: {found[name]}, not {value}")
    for partner, row in ledger.portfolio(_day(seen["last"])).items():
        count += len(row)
        if seen["portfolio"].get(partner) != row:
            wrong.append(f"debtor {partner}: {seen['portfolio'].get(partner)}: {row}")
    return wrong, count


class Ledger:
    """The rows of the ledger; what was booked as a charge is outside every figure."""

    def __init__(self, seen):
        everything = {row[0]: Item(row) for row in seen["items"]}
        for _key, debit, credit, amount, day in seen["matches"]:
            pair = everything.get(debit), everything.get(credit)
            self._match(*pair, Decimal(amount), _day(day))
        self.items = [item for item in everything.values() if not item.is_charge]
        self.by_id = {item.id: item for item in self.items}
        self.touches = [
            (item, step, policy, _day(day), action)
            for item, step, policy, day, action in seen["touches"]
            if item in self.by_id
        ]
        self.claims = defaultdict(lambda: date.max)
        for item, opened in seen["claims"]:
            self.claims[item] = min(self.claims[item], _day(opened))

    @staticmethod
    def _match(debit, credit, amount, day):
        if debit and credit and debit.is_charge and not credit.is_charge:
            credit.balance += amount  # what paid a charge is no money of an invoice
            return
        if debit:
            debit.matches.append((day, -amount, credit))
        if credit:
            credit.matches.append((day, amount, debit))

    def _sum(self, keep):
        return sum((item.balance for item in self.items if keep(item)), Decimal(0))

    def figures(self, day):
        """Every figure of the period that ends on a day, as the process wrote it."""
        start = day - timedelta(days=DAYS - 1)
        begin = self._sum(lambda i: i.day < start)
        end = self._sum(lambda i: i.day <= day)
        sales = self._sum(lambda i: i.is_sale and start <= i.day <= day)
        money = -self._sum(lambda i: i.is_money and start <= i.day <= day)
        ageing, credit = self._age(day)
        current = ageing.get("d000", Decimal(0))
        could = begin + sales - current
        index = _round(100 * (begin + sales - end) / could) if could > 0 else None
        flows = {"begin": begin, "sales": sales, "collected": money, "end": end}
        simple = _round(max(end, 0) / sales * DAYS) if sales > 0 else None
        return {
            "ageing": {bucket: _cents(amount) for bucket, amount in ageing.items()},
            "credit": _cents(credit),
            "flows": {name: _cents(amount) for name, amount in flows.items()},
            "months": self._months(day),
            "dso": {"simple": str(simple), "count_back": str(self._count_back(day))},
            "effectiveness": str(index),
            "late": self._late(start, day),
            "step": self._recover(start, day, by_policy=False),
            "policy": self._recover(start, day, by_policy=True),
            "case_money": _cents(self._case_money(start, day)),
        }

    def _age(self, day):
        ageing, credit = defaultdict(Decimal), Decimal(0)
        for item in self.items:
            left, late = item.left(day), (day - item.due).days
            if left < 0:
                credit -= left
            elif left:
                bucket = next((b for last, b in BOUNDS if late <= last), LAST_BUCKET)
                ageing[bucket] += left
        return dict(ageing), credit

    def _overdue(self, day):
        """Of invoices; the chart follows what was booked as owed."""
        return sum(
            (i.left(day) for i in self.items if i.due < day and i.balance > 0),
            Decimal(0),
        )

    def _months(self, day):
        rows, last = [], day
        for _number in range(12):
            first = last.replace(day=1)
            sales = self._sum(lambda i, a=first, b=last: i.is_sale and a <= i.day <= b)
            money = self._sum(lambda i, a=first, b=last: i.is_money and a <= i.day <= b)
            then = self._sum(lambda i, b=last: i.day <= b)
            amounts = (sales, -money, then, self._overdue(last))
            rows.append([str(last), *map(_cents, amounts)])
            last = first - timedelta(days=1)
        return rows[::-1]

    def _count_back(self, day):
        """Months back from the day until their sales make up what is open."""
        left, days, last = self._sum(lambda i: i.day <= day), Decimal(0), day
        for _number in range(24):
            first = last.replace(day=1)
            sales = self._sum(lambda i, a=first, b=last: i.is_sale and a <= i.day <= b)
            if left <= 0:
                break
            length = (last - first).days + 1
            assert last == day or length == monthrange(last.year, last.month)[1]
            days += length * left / sales if 0 < left < sales else length
            left, last = left - sales, first - timedelta(days=1)
        return _round(days)

    def _late(self, start, day):
        """Of invoices that fell due; what is open counts with its days so far."""
        due = [i for i in self.items if i.is_sale and i.balance > 0 and i.day <= day]
        late, settled = [], 0
        for item in due:
            if start <= item.due <= day:
                end = item.settled_on()
                settled += bool(end and end <= day)
                late.append(max((min(end or day, day) - item.due).days, 0))
        average = _round(Decimal(sum(late)) / len(late)) if late else None
        return [len(late), settled, str(average)]

    def _recover(self, start, day, by_policy):
        """What was listed on each step, and the money until the next one."""
        sums, seen = {}, set()
        done = sorted(
            (t for t in self.touches if t[3] <= day), key=lambda t: (t[0], t[3], t[4])
        )
        for index, (key, step, policy, when, _action) in enumerate(done):
            first = (key, policy) not in seen
            seen.add((key, policy))
            if when < start or (by_policy and not first):
                continue
            nxt = done[index + 1] if index + 1 < len(done) else None
            stop = nxt[3] if nxt and nxt[0] == key and not by_policy else day
            item = self.by_id[key]
            got = -sum(
                x for d, x, other in item.matches if other.is_money and when < d <= stop
            )
            row = sums.setdefault(str(policy if by_policy else step), [0, 0, 0])
            listed = item.balance + sum(x for d, x, _o in item.matches if d <= when)
            row[0], row[1], row[2] = row[0] + 1, row[1] + listed, row[2] + got
        return {
            key: [number, _cents(listed), _cents(got)]
            for key, (number, listed, got) in sums.items()
        }

    def _case_money(self, start, day):
        """Money matched in the period with items that were on a case by then."""
        return -sum(
            x
            for item in self.items
            for when, x, other in item.matches
            if other and other.is_money and item.balance > 0
            if start <= when <= day and when >= self.claims[item.id]
        )

    def portfolio(self, day):
        """Debtor -> open, overdue, invoices due in a year, their days late."""
        year, found = day - timedelta(days=364), {}
        for item in self.items:
            if item.partner and item.day <= day:
                found.setdefault(str(item.partner), []).append(item)
        rows = {}
        for partner, items in found.items():
            lefts = [(item, item.left(date.max)) for item in items]
            due = [
                max((min(i.settled_on() or day, day) - i.due).days, 0)
                for i in items
                if i.is_sale and i.balance > 0 and year <= i.due <= day
            ]
            late = _half_up(Decimal(sum(due)) / len(due), "0.1") if due else "0.0"
            overdue = sum((x for i, x in lefts if x > 0 and i.due < day), Decimal(0))
            total = sum((x for _i, x in lefts), Decimal(0))
            rows[partner] = [_cents(total), _cents(overdue), len(due), late]
        return rows


def _day(text):
    return date.fromisoformat(text)


def _round(value):
    return round(value, 1)


def _cents(amount):
    return _half_up(Decimal(amount), "0.01")


def _half_up(value, unit):
    """As the database rounds what it stores; without minus zero."""
    return str(value.quantize(Decimal(unit), ROUND_HALF_UP) + 0)
