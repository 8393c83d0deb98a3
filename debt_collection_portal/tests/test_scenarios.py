from datetime import timedelta

from odoo.tests import tagged

from .common import DoorCommon


@tagged("post_install", "-at_install")
class TestScenarios(DoorCommon):
    """S2 and S4 as the debtor meets them: every step of his is a form of his page."""

    def setUp(self):
        super().setUp()
        self.now = self.today
        Company = type(self.env["res.company"])
        self.patch(Company, "_get_collection_today", lambda company: self.now)
        self.debtor.debt_collection_kind = "consumer"

    def _agree(self, count):
        """Ask on the page, show a code, write the sum in words, sign."""
        self._propose(count)
        plan = self.case.plan_ids
        self.assertEqual(plan.state, "offered")
        self._show_code()
        path = f"/plan/{plan.id}"
        words = "three hundred fifty euros and fifty cents"
        self._post(f"{path}/accept", page=path, name="Dora Debtor", words=words)
        self.assertEqual((plan.state, plan.signed_words), ("accepted", words))
        self._run(self.now)
        self.assertEqual(plan.state, "running")
        return plan

    def _pay_line(self, line):
        """The instalment comes in on its day and is matched, oldest invoice first."""
        self.now, left = line.date, line.amount
        for move in self.invoices.sorted("invoice_date_due"):
            part = min(left, move.amount_residual)
            if part > 0:
                self._pay(move, part, line.date)
                left = round(left - part, 2)
        self._run(self.now)

    def _read(self, path=""):
        return self.url_open(f"{self.url}{path}").text.replace("\xa0", " ")

    def test_s02_asked_signed_and_kept(self):
        plan = self._agree(3)
        path = f"/plan/{plan.id}"
        self.assertIn("nothing more is asked", self._read(path))
        self.assertIn("As long as you keep to it, nothing more happens", self._read())
        self._pay_line(plan.line_ids[0])
        self.assertIn("paid 116.83", " ".join(self._read(path).split()))
        self._pay_line(plan.line_ids[1])
        self.assertEqual(plan.state, "running")
        self._pay_line(plan.line_ids[2])
        self.assertEqual((plan.state, plan.amount_filled), ("kept", 350.5))
        self.assertEqual(self.case.outcome, "paid")
        self.assertGone(self.url_open(self.url))  # the link ends with the case

    def test_s04_third_instalment_is_missed(self):
        plan = self._agree(6)
        lines = plan.line_ids
        self._pay_line(lines[0])
        self._pay_line(lines[1])
        self.now = lines[2].date + timedelta(days=1)
        self._run(self.now)
        self.assertIn("Late", self._read(f"/plan/{plan.id}"))
        self.now = lines[2].date + timedelta(days=plan.grace_days + 1)
        self._run(self.now)
        self.assertEqual(plan.state, "broken")
        text = self._read(f"/plan/{plan.id}")
        self.assertIn("the whole sum is due again", text)
        self.assertIn("was not matched", text)
        page = self._read()
        left = 350.5 - lines[0].amount - lines[1].amount
        self.assertIn(f"{left:.2f}", page)
        # the doors are open again
        self.assertIn("time_count", self._read("/time"))
