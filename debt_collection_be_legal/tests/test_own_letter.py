from datetime import date, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.debt_collection.tests.preview_property import PreviewProperty

from .test_scenarios import BelgianWorld

START = date(2026, 3, 2)  # a Monday


@tagged("post_install", "-at_install")
class TestOwnLetter(BelgianWorld):
    """A consumer: no item is swept into a notice without its own letter and term."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._verify("be.rate.commercial")

    def _late(self, due, amount):
        return self._invoice(self.consumer, amount, due)

    def _play(self, days):
        """The runs of so many days; what they release leaves at noon by mail."""
        actions = self.env["debt.collection.action"]
        for number in range(days):
            day = START + timedelta(days=number)
            with freeze_time(day):
                actions += self._step(str(day))
        return actions

    def test_each_invoice_has_its_own_free_letter_and_its_fourteen_days(self):
        """Five invoices fall due, ten days apart, then two at once."""
        dues = ("2026-02-20", "2026-03-02", "2026-03-12", "2026-03-22", "2026-03-22")
        moves = [self._late(due, 100 + 10 * n) for n, due in enumerate(dues)]
        actions = self._play(90)
        for move in moves:
            letters = actions.filtered(
                lambda a, move=move: move in a.line_ids.move_line_id.move_id
            ).sorted("date")
            self.assertEqual(letters[0].notice_kind, "first", move.name)
            first = letters[0].date_done
            self.assertGreater(first, move.invoice_date_due)
            for later in letters[1:]:
                # by mail the term starts the day after it left: fourteen whole days
                self.assertGreater(later.date, first + timedelta(days=14), move.name)
            notice = letters.filtered(lambda a: a.notice_kind == "formal")
            self.assertEqual(len(notice), 1, move.name)
        days = actions.mapped("date")
        self.assertEqual(len(days), len(set(days)), "one letter a day")

    def test_a_newly_late_invoice_stays_out_of_the_notice_of_the_others(self):
        old = self._late("2026-01-31", 100)
        self._play(1)
        new = self._late("2026-03-01", 50)
        actions = self._play(60)
        notice = actions.filtered(
            lambda a: a.notice_kind == "formal"
            and old in a.line_ids.move_line_id.move_id
        )
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.line_ids.move_line_id.move_id, old)
        page = self.env["debt.collection.letter"]._render_body(notice)
        self.assertIn(old.name, page)
        self.assertNotIn(new.name, page)

    def test_a_mail_that_came_back_starts_no_term(self):
        self._late("2026-02-20", 100)
        first = self._play(1)
        self.assertEqual(first.notice_kind, "first")
        first.delivery_ids.filtered(lambda d: d.state == "sent")._bounce("gone")
        actions = self._play(60) - first
        self.assertFalse(actions.filtered(lambda a: a.notice_kind == "formal"))

    def test_two_regimes_of_one_debtor_give_one_letter_a_day(self):
        """A natural person with a number: business debts and a private one."""
        person = self._make_debtor(
            "Trader One",
            country_id=self.env.ref("base.be").id,
            is_company=False,
            company_registry="0428.759.497",
        )
        business = self._invoice(person, 100, "2026-02-20")
        private = self._invoice(person, 60, "2026-02-20")
        private.l10n_be_private_purpose = True
        actions = self._play(60)
        mine = actions.filtered(lambda a: a.partner_id == person)
        days = mine.mapped("date")
        self.assertEqual(len(days), len(set(days)))
        cases = (business + private).mapped("debt_collection_case_id.regime")
        self.assertEqual(set(cases), {"be_b2b", "be_b2c"})
        for move in business, private:
            kinds = mine.filtered(
                lambda a, move=move: move in a.line_ids.move_line_id.move_id
            ).mapped("notice_kind")
            self.assertIn("formal", kinds)


@tagged("post_install", "-at_install")
class TestPreviewOfLaw(PreviewProperty, BelgianWorld):
    """Preview and run agree under Belgian law, for enterprises and consumers."""

    def _make_debtors(self):
        belgium = self.env.ref("base.be")
        trader = self._make_debtor(
            "Trader One",
            country_id=belgium.id,
            is_company=False,
            company_registry="0428.759.497",
        )
        return [self.enterprise, self.consumer, trader]

    def _draw_values(self, rng):
        return {"l10n_be_private_purpose": rng.random() < 0.3}

    def test_random_ledgers_of_enterprises_and_consumers(self):
        self._verify("be.rate.commercial")
        self.check_worlds(range(6))
