from decimal import Decimal

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import TODAY, CollectionCommon

SEQUENCES = settings(max_examples=25, derandomize=True, deadline=None, database=None)
D = Decimal
amounts = st.decimals("1", "400", places=2)
events = st.one_of(
    st.tuples(st.just("pay"), amounts),
    st.tuples(st.just("pay"), amounts),
    st.tuples(st.just("credit"), amounts),
    st.tuples(st.just("undo"), st.integers(0, 5)),
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanFilling(CollectionCommon):
    """Over any sequence of what happens in the books, the plan tells the money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._make_invoice(10, 700)
        cls.item = cls._get_receivable(cls.move)
        cls.move.with_user(cls.collector).action_collection_flag()
        cls.case = cls.move.debt_collection_case_id

    def setUp(self):
        super().setUp()
        self._pay(self.move, 100)  # before the plan
        lines = [(TODAY, 150), (TODAY, 150), (TODAY, 200.5)]
        self.plan = self.case._propose_plan(
            {"kind": "plan", "lines": lines, "interest": "frozen"}, "collector"
        )
        self.plan._sign("Ann Other", None, "192.0.2.1")
        self.env.flush_all()

    @SEQUENCES
    @given(st.lists(events, min_size=1, max_size=7))
    def test_filled_is_the_money_matched_since_the_start(self, sequence):
        with self.env.cr.savepoint() as savepoint:
            matched = []  # [line, amount, is money]
            for kind, value in sequence:
                getattr(self, f"_{kind}_step")(matched, value)
                money = sum((row[1] for row in matched if row[2]), D(0))
                self._check(money)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    def _pay_step(self, matched, amount):
        payment = self._receive(self.debtor, float(amount))
        self._match(matched, payment, amount, True)

    def _credit_step(self, matched, amount):
        refund = self.move.copy({"move_type": "out_refund", "invoice_date": TODAY})
        refund.invoice_line_ids.price_unit = float(amount)
        refund.action_post()
        self._match(matched, self._get_receivable(refund), amount, False)

    def _match(self, matched, line, amount, is_money):
        left = D(f"{self.item.amount_residual_currency:.2f}")
        if left:
            (self.item + line).reconcile()
            matched.append([line, min(left, amount), is_money])

    def _undo_step(self, matched, index):
        if index < len(matched):
            matched.pop(index)[0].remove_move_reconcile()

    def _check(self, money):
        lines = self.plan.line_ids
        filled = [D(f"{line.amount_filled:.2f}") for line in lines]
        self.assertEqual(sum(filled), min(money, D("500.50")))
        for line, got, after in zip(lines, filled, [*filled[1:], D(0)], strict=True):
            self.assertLessEqual(got, D(f"{line.amount:.2f}"))
            self.assertTrue(got == D(f"{line.amount:.2f}") or not after)
        self.assertEqual(D(f"{self.plan.amount_left:.2f}"), D("500.50") - sum(filled))
