from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.debt_collection.tests.loss import LossBooks

from .legal import LegalWorld


@tagged("post_install", "-at_install")
class TestLoss(LossBooks, LegalWorld):
    """Section 8 of the law reference, to the last entry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_fiscal_country_id = cls.env.ref("base.be")
        cls._make_books()
        cls._verify("be.rate.commercial")

    def _bankrupt(self, day, **values):
        with self._at(day):
            return self.env["debt.collection.insolvency"].create(
                {
                    "partner_id": self.enterprise.id,
                    "company_id": self.company.id,
                    "kind": "bankrupt",
                    "date": day,
                    "court": "Enterprise court of Ghent",
                    "reference": "25/112",
                    **values,
                }
            )

    def _lost_case(self, *rows, received=0, cause_day="2026-05-05"):
        """A case of a debtor who goes bankrupt, part of it paid before."""
        with self._at(cause_day):
            move = self._make_taxed(*rows, partner=self.enterprise)
            case = self._flag(move).with_user(self.env.user)
            if received:
                self._pay(move, received, date.fromisoformat(cause_day))
        self._bankrupt(cause_day)
        return move, case

    def _ask(self, case, day, **values):
        Off = self.env["debt.collection.write.off"].with_user(self.collector)
        with self._at(day):
            return Off.create(
                {
                    "case_id": case.id,
                    "reason": "No assets",
                    "cause": case._get_loss_cause(),
                    "date": day,
                    **values,
                }
            ).with_user(self.env.user)

    def _post(self, off, day):
        with self._at(day):
            off.with_user(self.accountant).action_post()
        return off

    # === WORKED CASES === #

    def test_case_8_1_posted(self):
        """12,100.00 at 21 %, nothing paid, bankrupt 05/05/2026: VAT 2,100.00."""
        move, case = self._lost_case((10000, self.tax21))
        before = self._read_balances()
        off = self._ask(case, "2026-05-06")
        self.assertEqual((off.cause, off.date_cause), ("bankrupt", date(2026, 5, 5)))
        self.assertEqual(off.evidence, "Bankruptcy, Enterprise court of Ghent, 25/112")
        self.assertTrue(off.is_vat_reclaimed)
        self.assertEqual((off.amount, off.amount_vat), (12100, 2100))
        self.assertEqual(off.date_deadline, date(2029, 12, 31))
        # the term is one source only: it says so
        self.assertIn("to verify", off.vat_page)
        self._post(off, "2026-05-06")
        receivable = self._get_receivable(move).account_id
        self._assert_moved(
            before, {receivable: -12100, self.vat: 2100, self.loss: 10000}
        )
        self.assertEqual(off.move_ids.date, date(2026, 5, 6))

    def test_case_8_2_posted(self):
        """3,630.00 received before: lost 8,470.00, VAT 1,470.00."""
        move, case = self._lost_case((10000, self.tax21), received=3630)
        before = self._read_balances()
        off = self._post(self._ask(case, "2026-05-06"), "2026-05-06")
        self.assertEqual((off.amount, off.amount_vat), (8470, 1470))
        receivable = self._get_receivable(move).account_id
        self._assert_moved(before, {receivable: -8470, self.vat: 1470, self.loss: 7000})

    def test_case_8_3_posted(self):
        """After 8.1 a dividend of 605.00: VAT 105.00 to pay back."""
        move, case = self._lost_case((10000, self.tax21))
        off = self._post(self._ask(case, "2026-05-06"), "2026-05-06")
        with self._at("2027-03-01"):
            payment = self._receive(self.enterprise, 605, date(2027, 3, 1))
            before = self._read_balances()
            off.with_user(self.accountant)._recover(payment, 605, date(2027, 3, 1))
        receivable = self._get_receivable(move).account_id
        self._assert_moved(before, {receivable: 605, self.vat: -105, self.loss: -500})

    def test_case_8_4_posted(self):
        """1,060 at 6 % and 1,210 at 21 %, 1,135 received: VAT 30.00 + 105.00."""
        move, case = self._lost_case(
            (1000, self.tax6), (1000, self.tax21), received=1135
        )
        before = self._read_balances()
        off = self._post(self._ask(case, "2026-05-06"), "2026-05-06")
        self.assertEqual(sorted(off._get_tax_lines().mapped("balance")), [30, 105])
        receivable = self._get_receivable(move).account_id
        self._assert_moved(before, {receivable: -1135, self.vat: 135, self.loss: 1000})

    # === CAUSES, DAYS, GRIDS === #

    def test_the_cause_decides_on_the_vat(self):
        regime = self.env["debt.collection.regime"]._get_regime("be_b2b", self.company)
        day = date(2026, 5, 5)
        answers = {
            cause: regime._get_loss_relief(cause, day)
            for cause in (
                "bankrupt",
                "reorganisation",
                "irrecoverable",
                "uneconomic",
                "waived",
                "prescribed",
                "lost",
            )
        }
        allowed = {cause for cause, relief in answers.items() if relief.is_allowed}
        self.assertEqual(
            allowed, {"bankrupt", "reorganisation", "irrecoverable", "uneconomic"}
        )
        self.assertIn("art. 77", answers["bankrupt"].ground)
        self.assertEqual(answers["bankrupt"].last_day, date(2029, 12, 31))
        self.assertFalse(answers["waived"].last_day)

    def test_a_creditor_elsewhere_has_another_law(self):
        self.company.account_fiscal_country_id = self.env.ref("base.lu")
        regime = self.env["debt.collection.regime"]._get_regime("be_b2b", self.company)
        self.assertIsNone(regime._get_loss_relief("bankrupt", date(2026, 5, 5)))

    def test_no_vat_for_a_waiver_and_none_too_late(self):
        _move, case = self._lost_case((10000, self.tax21))
        off = self._ask(case, "2026-05-06", cause="waived")
        self.assertFalse(off.is_vat_reclaimed)
        off.is_vat_reclaimed = True
        with self.assertRaisesRegex(UserError, "No VAT comes back for this cause"):
            self._post(off, "2026-05-06")
        off.unlink()
        late = self._ask(case, "2030-01-02")
        with self.assertRaisesRegex(UserError, "asked back until 2029-12-31"):
            self._post(late, "2030-01-02")

    def test_the_belgian_chart_is_proposed(self):
        """Accounts by the names `l10n_be` gives them, grids by those of its return."""
        self.company.write(
            {
                "debt_collection_loss_account_id": False,
                "debt_collection_loss_vat_account_id": False,
                "debt_collection_doubtful_account_id": False,
            }
        )
        made = {
            name: self._make_account(name, code, account_type)
            for name, code, account_type in (
                ("a642", "642", "expense"),
                ("a411", "411", "asset_current"),
                ("a451830", "451830", "liability_current"),
                ("a407", "407", "asset_receivable"),
            )
        }
        self.env["ir.model.data"].create(
            [
                {
                    "module": "account",
                    "name": f"{self.company.id}_{name}",
                    "model": "account.account",
                    "res_id": account.id,
                }
                for name, account in made.items()
            ]
        )
        grids = {
            number: self.env["account.account.tag"].create(
                {
                    "name": number,
                    "applicability": "taxes",
                    "country_id": self.env.ref("base.be").id,
                }
            )
            for number in ("61", "62")
        }
        _move, case = self._lost_case((10000, self.tax21))
        off = self._ask(case, "2026-05-06")
        self.assertEqual(off.account_id, made["a642"])
        self.assertEqual(off.vat_account_id, made["a411"])
        self.assertEqual(off.recovery_vat_account_id, made["a451830"])
        self.assertEqual(
            (off.tag_ids, off.recovery_tag_ids), (grids["62"], grids["61"])
        )
        stage = self._ask(case, "2026-05-06", kind="doubtful")
        self.assertEqual(stage.account_id, made["a407"])
        self._post(off, "2026-05-06")
        self.assertEqual(off._get_tax_lines().tax_tag_ids, grids["62"])
        with self._at("2027-03-01"):
            payment = self._receive(self.enterprise, 605, date(2027, 3, 1))
            entry = off._recover(payment, 605, date(2027, 3, 1))
        back = entry.line_ids.filtered("tax_tag_ids")
        self.assertEqual((back.tax_tag_ids, back.balance), (grids["61"], -105))
        self.assertEqual(back.account_id, made["a451830"])

    def test_without_the_chart_the_user_picks(self):
        self.company.debt_collection_loss_account_id = False
        _move, case = self._lost_case((10000, self.tax21))
        off = self._ask(case, "2026-05-06")
        self.assertFalse(off.account_id)
        with self.assertRaisesRegex(UserError, "Account of the loss"):
            self._post(off, "2026-05-06")

    # === S5 === #

    def _noticed_with_vat(self):
        due = date(2024, 11, 30)
        move = self._make_taxed(
            (10000, self.tax21),
            partner=self.enterprise,
            invoice_date=date(2024, 10, 31),
            invoice_date_due=due,
        )
        for on in ("2024-12-05", "2024-12-16", "2024-12-30"):
            with self._at(on):
                self._step(on)
        case = move.debt_collection_case_id
        self.assertEqual(case.phase, "notice")
        return move, case

    def test_s05(self):
        """Bankruptcy during the route, to the last entry."""
        move, case = self._noticed_with_vat()
        receivable = self._get_receivable(move).account_id
        instruction = self._act(
            case, "be_rci", "rci_instruction", "accepted", "2025-02-03"
        )
        engaged = instruction.cost_ids
        self._propose(case, "be_rci", "rci_summons", "2025-02-10", instruction)
        insolvency = self._bankrupt("2025-02-11", has_guarantor=True)
        # everything stops, the claim is declared in time
        deadlines = {one.label: one.day for one in insolvency._get_deadlines()}
        self.assertEqual(deadlines["Declare the claim"], date(2025, 3, 13))
        with self._at("2025-02-12"):
            self.assertFalse(self._step("2025-02-12"))
        # the case ends: what was not ordered falls, what was is the creditor's
        wizard = self.env["debt.collection.case.end"].with_user(self.accountant)
        with self._at("2025-02-20"):
            wizard = wizard.with_context(default_case_id=case.id).create(
                {"outcome": "bankrupt", "reason": "Bankrupt", "is_seen": True}
            )
            wizard.asks_write_off = False
            wizard.action_apply()
        self.assertEqual((case.outcome, case.phase), ("bankrupt", "closed"))
        open_costs = case.cost_ids - engaged
        self.assertEqual(set(open_costs.mapped("stage")) - {"cancelled"}, set())
        self.assertEqual(sum(engaged.mapped("amount_lost")), engaged._get_spent())
        # VAT per rate, write-off posted
        before = self._read_balances()
        off = self._ask(case, "2025-02-21")
        self.assertEqual((off.cause, off.amount_vat), ("bankrupt", 2100))
        self.assertEqual(off.date_deadline, date(2028, 12, 31))
        self._post(off, "2025-02-21")
        self._assert_moved(
            before, {receivable: -12100, self.vat: 2100, self.loss: 10000}
        )
        # a later dividend takes its share back
        with self._at("2026-09-01"):
            payment = self._receive(self.enterprise, 605, date(2026, 9, 1))
            paid = self._read_balances()
            off.with_user(self.accountant)._recover(payment, 605, date(2026, 9, 1))
        self._assert_moved(paid, {receivable: 605, self.vat: -105, self.loss: -500})
        found = self._statement(case, "2026-09-01", verified_only=True)
        self.assertEqual(found.paid, 605)
        kinds = case.event_ids.sorted("seq").mapped("kind")
        for kind in ("insolvency", "ended", "closed", "written_off", "recovered"):
            self.assertIn(kind, kinds)
        self.assertFalse(self.env["debt.collection.event"]._verify(case))

    # === S6 === #

    def test_s06(self):
        """Doubtful, then no more: free, a certificate, the loss with its VAT."""
        move, case = self._noticed_with_vat()
        receivable = self._get_receivable(move).account_id
        before = self._read_balances()
        # expected first: doubtful, and written down without its VAT
        doubtful = self._post(
            self._ask(case, "2025-01-10", kind="doubtful"), "2025-01-10"
        )
        down = self._post(
            self._ask(case, "2025-01-10", kind="write_down"), "2025-01-10"
        )
        self.assertEqual((doubtful.amount, down.amount), (12100, 10000))
        self._check(self.enterprise, "2025-01-10", "insolvent")
        found = self._proposals(case, "2025-02-03")
        self.assertFalse(found["be_rci"].is_open)
        # stopping is free; the certificate is printed, the bailiff is asked for his
        with self._at("2025-02-03"):
            wizard = self.env["debt.collection.case.end"].with_user(self.accountant)
            wizard = wizard.with_context(default_case_id=case.id).create(
                {"outcome": "irrecoverable", "reason": "Nothing to seize"}
            )
            self.assertEqual(wizard.amount, 0)
            report = wizard.action_apply()
            page = self.env["debt.collection.document"]._render_cases(
                case, "certificate", date(2025, 2, 3)
            )[0]
        self.assertEqual(report["report_name"], "debt_collection.certificate_list")
        self.assertIn("cannot be recovered", page)
        off = case.write_off_ids.filtered(lambda row: row.kind == "loss")
        self.assertEqual((off.state, off.amount_vat), ("draft", 2100))
        # who ended the case asked; another approver says yes
        other = self._make_user("second", "approver")
        with self._at("2025-02-04"):
            with self.assertRaisesRegex(UserError, "You asked for it yourself"):
                off.with_user(self.accountant).action_post()
            off.with_user(other).action_post()
        self.assertEqual((doubtful.state, down.state), ("reversed", "reversed"))
        self._assert_moved(
            before, {receivable: -12100, self.vat: 2100, self.loss: 10000}
        )

    def test_s06_request_of_a_certificate(self):
        """What asks the bailiff or the lawyer for his certificate."""
        _move, case = self._noticed_with_vat()
        step = self.env["debt.collection.legal.step"].new(
            {
                "case_id": case.id,
                "type_id": self._type("certificate").id,
                "route_id": self._route("be_enforcement").id,
            }
        )
        with self._at("2025-02-03"):
            page = str(step._render_document())
        for word in (
            "Request for a certificate",
            case.name,
            "Inventory of the evidence",
        ):
            self.assertIn(word, page)

    def test_the_formula_reaches_the_customer(self):
        """8.1, document: the VAT amount, and that it is to be repaid."""
        _move, case = self._lost_case((10000, self.tax21))
        off = self._post(self._ask(case, "2026-05-06"), "2026-05-06")
        with self._at("2026-05-07"):
            action = off.action_tell_customer()
            letter = self.env["debt.collection.action"].browse(action["res_id"])
            page = str(self.env["debt.collection.document"]._render_action(letter))
        self.assertIn("2,100.00", page)
        self.assertIn("as far as it was first deducted", page)

    def test_interest_goes_on_beside_the_books(self):
        """What is written off still bears interest until the judgment."""
        _move, case = self._noticed_with_vat()
        plain = self._statement(case, "2025-02-11", verified_only=True)
        self._post(
            self._ask(case, "2025-01-10", cause="irrecoverable", evidence="report"),
            "2025-01-10",
        )
        found = self._statement(case, "2025-02-11", verified_only=True)
        self.assertEqual(found.interest_left, plain.interest_left)
        self.assertGreater(found.interest_left, Decimal(0))
