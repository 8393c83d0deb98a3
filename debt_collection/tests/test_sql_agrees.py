from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..models.debt_collection_bulk import array_literal
from .common import TODAY, CollectionCommon

OPEN = [
    ("account_type", "=", "asset_receivable"),
    ("parent_state", "=", "posted"),
    ("amount_residual_currency", "!=", 0),
]
# The ORM fills them by itself
AUDIT = {"id", "create_uid", "write_uid", "create_date", "write_date"}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSqlAgrees(CollectionCommon):
    """What the run reads and writes by SQL is what the ORM reads and writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contact = cls._make_debtor(
            "Branch", parent_id=cls.debtor.id, type="invoice", is_company=False
        )
        cls.other_company = cls._make_company("Other Creditor SA")
        cls.moves = (
            cls._make_invoice(40, 100.1)
            + cls._make_invoice(20, 200.2)
            + cls._make_invoice(12, 0.3, partner=contact)
            + cls._make_invoice(-9, 70)
            + cls._make_invoice(30, 55.55, partner=cls.other_debtor)
            + cls._make_invoice(31, 44.45, partner=cls.other_debtor)
        )

    def setUp(self):
        super().setUp()
        self._pay(self.moves[0], 40.07)
        self._pay(self.moves[4])
        self._receive(self.other_debtor, 12.34)
        self.moves[1].action_toggle_block_payment()
        self.moves[5].line_ids.no_followup = True
        self.env.flush_all()

    def _items(self):
        domain = [*OPEN, ("company_id", "=", self.company.id)]
        return self.env["account.move.line"].search(domain)

    def _accounts(self):
        return self.env["debt.collection.account"].search(
            [("company_id", "=", self.company.id)]
        )

    def _recompute(self, records):
        """The stored values of records before and after the ORM computes them anew."""
        self.env.flush_all()
        self.env.invalidate_all()
        stored = {
            name: field
            for name, field in records._fields.items()
            if field.store and field.compute and name not in AUDIT
        }
        before = [record.read(list(stored), load=None)[0] for record in records]
        for field in stored.values():
            self.env.add_to_compute(field, records)
        self.env.flush_all()
        self.env.invalidate_all()
        return before, [record.read(list(stored), load=None)[0] for record in records]

    # === READING === #

    def test_totals_are_those_of_the_orm(self):
        self.env.cr.execute(self.Run._get_totals_query(self.company))
        by_sql = {(row[0], row[1]): row[2:] for row in self.env.cr.fetchall()}
        by_orm = {}
        for (partner, currency), items in (
            self._items()
            .grouped(lambda i: (i.partner_id.commercial_partner_id, i.currency_id))
            .items()
        ):
            free = items.filtered(
                lambda i: i.amount_residual_currency > 0
                and not i.no_followup
                and i.move_id.payment_state not in ("blocked", "paid", "in_payment")
            )
            credits = items.filtered(lambda i: i.amount_residual_currency < 0)
            by_orm[partner.id, currency.id] = (
                len(free),
                sum(free.mapped("amount_residual_currency")),
                -sum(credits.mapped("amount_residual_currency")),
                max(free.ids, default=0),
            )
        self.assertEqual(by_sql.keys(), by_orm.keys())
        for key, (number, amount, credit, last) in by_orm.items():
            self.assertEqual((by_sql[key][0], by_sql[key][3]), (number, last))
            self.assertAlmostEqual(float(by_sql[key][1]), amount)
            self.assertAlmostEqual(float(by_sql[key][2]), credit)
        self.assertEqual(
            by_orm[self.other_debtor.id, self.company.currency_id.id][2], 12.34
        )

    def test_totals_of_some_accounts_are_those_of_all(self):
        self.Run._ensure_accounts(self.company)
        self.env.cr.execute(self.Run._get_totals_query(self.company))
        everybody = {row[0]: row for row in self.env.cr.fetchall()}
        self.assertEqual(len(everybody), 2)
        for account in self._accounts():
            self.env.cr.execute(self.Run._get_totals_query(self.company, account))
            self.assertEqual(self.env.cr.fetchall(), [everybody[account.partner_id.id]])

    def test_items_are_those_of_the_orm(self):
        self._run()
        rows = self.Run.with_company(self.company)._read_items(self._accounts())
        items = self._items()
        self.assertEqual({row["id"] for row in rows}, set(items.ids))
        for row in rows:
            item = items.browse(row["id"])
            claim, move = item._get_open_claim(), item.move_id
            lines = self.env["debt.collection.action.line"].search(
                [("move_line_id", "=", item.id)]
            )
            days = lines.action_id.mapped(
                lambda action: action.date_done or action.date
            )
            self.assertEqual(
                row,
                {
                    "id": item.id,
                    "company_id": self.company.id,
                    "move_id": move.id,
                    "move_name": move.name,
                    "amount": item.amount_currency,
                    "residual": item.amount_residual_currency,
                    "due": item.date_maturity or None,
                    "journal_id": item.journal_id.id,
                    "no_followup": item.no_followup,
                    "account_id": row["account_id"],
                    "partner_id": item.partner_id.commercial_partner_id.id,
                    "currency_id": item.currency_id.id,
                    "blocked": move.payment_state == "blocked",
                    "registered": move.payment_state in ("paid", "in_payment"),
                    "pending": False,
                    "amount_total": abs(move.amount_total_signed),
                    "worth": item.amount_residual,
                    "move_policy_id": None,
                    "partner_policy_id": None,
                    "debtor_kind": "enterprise",
                    "country_id": self.env.ref("base.lu").id,
                    "is_foreign": False,
                    "claim_id": claim.id or None,
                    "case_id": claim.case_id.id or None,
                    "regime": claim.regime or None,
                    "date_flagged": claim.date_flagged or None,
                    "done_sequence": max(
                        lines.step_id.mapped("sequence"), default=None
                    ),
                    "done_day": max(days, default=None),
                },
            )

    def test_new_accounts_are_those_of_debtors_with_open_items(self):
        self.Run._ensure_accounts(self.company)
        debtors = self._items().filtered(lambda i: i.amount_residual > 0).partner_id
        self.assertEqual(self._accounts().partner_id, debtors.commercial_partner_id)
        made = self._accounts()
        self.Run._ensure_accounts(self.company)
        self.assertEqual(self._accounts(), made)

    # === WRITING === #

    def test_rows_of_the_run_are_what_the_orm_computes(self):
        self._run()
        for model in ("case", "claim", "action", "action.line", "delivery", "account"):
            with self.subTest(model):
                records = self.env[f"debt.collection.{model}"].search([])
                self.assertTrue(records)
                before, after = self._recompute(records)
                self.assertEqual(before, after)

    def test_rows_of_the_run_are_what_the_orm_creates(self):
        self._run()
        action = self.env["debt.collection.action"].search([], limit=1)
        for record in (action, action.delivery_ids):
            with self.subTest(record._name):
                names = [
                    name
                    for name, field in record._fields.items()
                    if field.store and field.column_type and name not in AUDIT
                ]
                values = record.read(names, load=None)[0]
                vals = {name: values[name] for name in names}
                record.write({"state": "failed"})  # makes room for the twin
                self.env.flush_all()
                twin = record.create(vals)
                self.env.flush_all()
                self.env.invalidate_all()
                made = twin.read(names, load=None)[0]
                self.assertEqual(made | {"id": 0}, values | {"id": 0})

    def test_columns_hold_what_the_orm_would_write(self):
        accounts = self.env["debt.collection.account"]
        self.Run._ensure_accounts(self.company)
        first, second = self._accounts()[:2]
        values = {
            "item_count": 3,
            "amount_open": 123.45,
            "is_stale": False,
            "next_date": TODAY,
            "blockers": [["hold", {"reason": 'a "b"'}, "", "standard"]],
            "last_error": False,
        }
        first.write(values)
        self.env.flush_all()
        accounts._bulk_update({second.id: values}, list(values))
        self.env.cr.execute(
            """SELECT count(DISTINCT (item_count, amount_open, is_stale, next_date,
                                      blockers, last_error))
                 FROM debt_collection_account WHERE id = ANY(%s)""",
            [[first.id, second.id]],
        )
        self.assertEqual(self.env.cr.fetchone(), (1,))
        self.assertRecordValues(second, [values])

    def test_values_reach_the_database_as_they_are(self):
        columns = {
            "text": ['a "b"', "c\\d", "{e,f}", "NULL", "", "l\nm", "é’", " x ", None],
            "int": [1, 0, -3, None],
            "float8": [0.1, 100.3, 1e-7, None],
            "bool": [True, False, None],
            "date": [TODAY, None],
        }
        for kind, values in columns.items():
            for some in (values, values[:1] * 3, []):
                with self.subTest(kind, values=some):
                    self.env.cr.execute(f"SELECT %s::{kind}[]", [array_literal(some)])
                    self.assertEqual(self.env.cr.fetchone()[0], some)

    def test_equal_rows_are_not_written_again(self):
        self.Run._ensure_accounts(self.company)
        account = self._accounts()[0]
        account._bulk_update({account.id: {"item_count": 7}}, ["item_count"])
        self.env.cr.execute(
            "SELECT ctid FROM debt_collection_account WHERE id = %s", [account.id]
        )
        place = self.env.cr.fetchone()
        account._bulk_update({account.id: {"item_count": 7}}, ["item_count"])
        self.env.cr.execute(
            "SELECT ctid FROM debt_collection_account WHERE id = %s", [account.id]
        )
        self.assertEqual(self.env.cr.fetchone(), place)

    def test_amounts_of_a_case_follow_both_ways(self):
        self._run()
        case = self.env["debt.collection.case"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        late = self._make_invoice(15, 30)
        with freeze_time(TODAY + timedelta(days=1)):
            case._open_for_items(self._get_receivable(late), TODAY, "flag")
        before, after = self._recompute(case)
        self.assertEqual(before, after)
        self.assertEqual(case.claim_count, 3)
        self._pay(late)
        self.assertEqual(case.amount_residual, before[0]["amount_residual"] - 30)
