"""The preview of a day is what the run then does: over random ledgers and days."""

from datetime import timedelta
from random import Random

from freezegun import freeze_time

from odoo import Command

from .common import TODAY

DAYS = 5  # days looked at in each world, one to twelve apart
ENDED = ("kept", "broken", "refused", "expired", "cancelled")


class PreviewProperty:
    """Mixed into a test of a creditor: `_make_debtors` gives those of its regimes."""

    def _make_debtors(self):
        """The debtors of a world."""
        return [self.debtor, self.other_debtor, self._make_debtor("Third SA")]

    def _prepare_world(self, rng):
        """What else a regime needs; called once for each world."""

    def check_worlds(self, seeds):
        """Each seed is a world of its own; a failure names the seed and the day."""
        made = 0
        for seed in seeds:
            with self.subTest(seed=seed), self.env.cr.savepoint() as point:
                made += self._check_world(Random(seed))
                point.rollback()
            self.env.invalidate_all()
            self.env.registry.clear_cache()
        self.assertGreater(made, len(seeds) * 3)  # letters: the worlds are not empty

    def _check_world(self, rng):
        day, made = TODAY, 0
        self.policy.mode = rng.choice(["automatic", "automatic", "review"])
        self.policy.step_ids[1].minimum = rng.choice([0, 150])
        self.company.debt_collection_contact_limit = rng.choice([0, 1, 3])
        self._prepare_world(rng)
        moves = self._draw_ledger(rng)
        for _number in range(DAYS):
            with freeze_time(day):
                self._shake(rng, moves, day)
                made += self._check_day(rng, day)
                self._check_ranks()
            day += timedelta(days=rng.randint(1, 12))
        return made

    # === RANDOM LEDGERS === #

    def _draw_ledger(self, rng):
        currencies = [self.company.currency_id] * 3 + [self._use_francs()]
        moves = self.env["account.move"]
        for debtor in self._make_debtors():
            for _number in range(rng.randint(1, 4)):
                moves += self._make_invoice(
                    rng.randint(-10, 60),
                    round(rng.uniform(5, 900), 2),
                    debtor,
                    currency_id=rng.choice(currencies).id,
                    **self._draw_values(rng),
                )
        second = self.policy.copy({"name": "Another ladder"})
        for move in moves:
            if rng.random() < 0.15:
                move.debt_collection_policy_id = second
        return moves

    def _draw_values(self, rng):
        """More values of an invoice."""
        return {}

    def _shake(self, rng, moves, day):
        """What people and banks did since the last run."""
        states = ("not_paid", "partial")
        for move in moves.filtered(lambda m: m.payment_state in states):
            fate = rng.random()
            item = self._get_receivable(move)
            if fate < 0.08:
                self._pay(move, day=day)
            elif fate < 0.14:
                self._pay(move, round(item.amount_residual_currency / 3, 2), day)
            elif fate < 0.18:
                self._receive(move.partner_id, 10.5, day)
            elif fate < 0.22:
                move.action_toggle_block_payment()
            elif fate < 0.28:
                self._hold(rng, move, day)
            elif fate < 0.34 and move.invoice_date_due < day:
                move.action_collection_flag()
            elif fate < 0.42:
                self._contest(rng, move, day)
            elif fate < 0.5:
                self._promise(rng, move, day)
            self._check_ranks()
        self._work(rng, day)
        self._check_ranks()

    def _hold(self, rng, move, day):
        account = self.env["debt.collection.account"].search(
            [
                ("partner_id", "=", move.commercial_partner_id.id),
                ("currency_id", "=", move.currency_id.id),
                ("company_id", "=", self.company.id),
            ]
        )
        if account:
            end = rng.choice([False, day + timedelta(days=rng.randint(0, 15))])
            vals = {"account_id": account.id, "reason": "x", "date_start": day}
            self.env["debt.collection.hold"].create({**vals, "date_end": end})

    def _contest(self, rng, move, day):
        claim = move.line_ids.debt_collection_claim_ids.filtered("is_open")
        if not claim or claim.case_id.dispute_ids:
            return
        reason = self.env.ref("debt_collection.dispute_reason_price").id
        part = rng.choice([1, 0.4])
        amount = claim.currency_id.round(claim.amount_residual * part)
        line = Command.create({"claim_id": claim.id, "amount": amount})
        vals = {"reason_id": reason, "date": day, "line_ids": [line]}
        vals["is_reasoned"] = rng.random() < 0.7
        dispute = claim.case_id._open_dispute(vals, "debtor")
        if rng.random() < 0.5:
            dispute._reject("No.", day)

    def _promise(self, rng, move, day):
        """A promise or a plan of two instalments that runs; most are not kept."""
        case = move.line_ids.debt_collection_claim_ids.filtered("is_open").case_id
        if not case or case.plan_ids.filtered(lambda p: p.state not in ENDED):
            return
        due = day + timedelta(days=rng.randint(1, 6))
        if rng.random() < 0.5:
            vals = {"kind": "promise", "date": due, "amount": case.amount_residual}
            case._propose_plan(vals, "collector")
            return
        half = case.currency_id.round(case.amount_residual / 2)
        lines = [(due, half), (due + timedelta(days=5), case.amount_residual - half)]
        plan = case._propose_plan(
            {"kind": "plan", "lines": lines, "grace_days": 2}, "debtor"
        )
        if plan.state == "offered":  # else somebody has to answer it first
            plan.signed_by = "Ann Other"
            plan.action_accept()

    def _work(self, rng, day):
        """Letters that wait: released, skipped, sent or left alone."""
        actions = self.env["debt.collection.action"].search([], order="id")
        for action in actions:
            fate = rng.random()
            if action.state == "planned" and fate < 0.5:
                action._release()
            elif action.state == "planned" and fate < 0.6:
                action.action_skip()
            if action.state == "released" and fate < 0.8:
                self._mark_sent(action, day)

    # === THE PROPERTY === #

    def _check_day(self, rng, day):
        """Who gets what, in which way, and who gets nothing and why."""
        run = self.Run.with_company(self.company)
        preview = run._preview(self.company, day)
        said = {
            (account, letter.step.id, letter.item_ids)
            for account, subjects in preview.items()
            for _key, decision in subjects
            for letter in decision.letters
        }
        before = self.env["debt.collection.action"].search([])
        decided = self._run(day)
        made = self.env["debt.collection.action"].search([]) - before
        done = {
            (a.account_id.id, a.step_id.id, tuple(sorted(a.line_ids.move_line_id.ids)))
            for a in made.filtered("step_id")
        }
        self.assertEqual(said, done, self._explain(preview, said ^ done, day))
        for account in decided:
            wanted = {
                blocker.code
                for _key, decision in preview.get(account.id, ())
                for blocker in decision.blockers
            }
            kept = {row[0] for row in account.blockers or ()} - {"acted"}
            plans = account.case_ids.plan_ids
            if plans.filtered(lambda p: p.state == "broken" and p.date_ended == day):
                continue  # it rests, as the preview said: now since the plan is over
            self.assertEqual(wanted, kept, (day, account.display_name))
        letters = made.filtered("step_id")
        self.assertEqual(
            len(letters), len(letters.account_id), "more than one letter a day"
        )
        return len(made)

    def _explain(self, preview, letters, day):
        """What the preview said of the accounts whose letters differ."""
        return "\n".join(
            [str(day)]
            + [
                f"{key} {decision}"
                for account_id, _step, _items in letters
                for key, decision in preview.get(account_id, ())
            ]
        )
