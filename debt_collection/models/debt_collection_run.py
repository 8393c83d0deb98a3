import logging
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, split_every
from odoo.tools.misc import format_date

from ..tools import clock
from ..tools.facts import Blocker

_logger = logging.getLogger(__name__)

# Accounts decided between two commits: some 500 items, a few hundredths of a second
# of locks, little lost when killed.
BATCH = 500
# Letters made between two commits: each starts the PDF engine once.
DISPATCH_BATCH = 10
# A batch that another transaction disturbed is tried again in a new one.
MAX_TRIES = 5


class DebtCollectionRun(models.AbstractModel):
    """The daily run: watch, select, decide, open, act, dispatch.

    One pipeline. `_preview` is the same pipeline stopped before it writes. Any
    number of runners may call `_cron_run` at once: they lock account rows, skip
    those of the others and commit batch by batch.
    """

    _name = "debt.collection.run"
    _description = "Daily run of the collection"

    # === ENTRY POINTS === #

    @api.model
    def _cron_run(self, batch_size=BATCH):
        """Bring every company's collection to its today; safe to kill and repeat."""
        for company in self.env["res.company"].search([]):
            run = self.with_company(company)
            day = company._get_collection_today()
            if not run._watch(company, day):
                return
            if company._get_collection_blockers(day):
                continue
            if not run._advance(company, day, batch_size):
                return
        self._dispatch()

    @api.model
    def _trigger(self):
        """Ask for a run soon; callers need no right on scheduled actions."""
        cron_sudo = self.env.ref("debt_collection.ir_cron_run").sudo()
        cron_sudo._trigger()

    @api.model
    def _advance(self, company, day, batch_size):
        """Decide and act for the accounts that have something to decide.

        :return: False when the time of this worker is over
        """
        self._ensure_accounts(company)
        ids = self._select(company, day)
        time_left = self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for chunk in split_every(batch_size, ids):
            if not time_left:
                return False
            done = self._run_batch(list(chunk), day)
            time_left = self.env["ir.cron"]._commit_progress(done)
        return bool(time_left)

    def _run_batch(self, ids, day):
        """One batch in a transaction of its own, again if another disturbed it."""
        for _attempt in range(MAX_TRIES):
            self.env.invalidate_all(flush=False)
            accounts = self.env["debt.collection.account"].browse(ids)
            accounts = accounts.try_lock_for_update(allow_referencing=True)
            try:
                with self.env.cr.savepoint():
                    self._process(accounts, day)
                return len(ids)
            except psycopg2.errors.SerializationFailure:
                self.env.cr.rollback()
            except Exception as error:  # noqa: BLE001 - one subject must not stop the rest
                _logger.info("A batch failed, its accounts go one by one: %s", error)
                self.env.invalidate_all(flush=False)
                self._process_one_by_one(accounts, day)
                return len(ids)
        return 0

    def _process_one_by_one(self, accounts, day):
        for account in accounts:
            try:
                with self.env.cr.savepoint():
                    self._process(account, day)
            except psycopg2.errors.SerializationFailure:
                raise
            except Exception as error:  # noqa: BLE001 - stored where people look
                self.env.invalidate_all(flush=False)
                account.write(
                    {
                        "last_error": str(error),
                        "is_stale": False,
                        "next_date": day + timedelta(days=1),
                    }
                )

    # === SELECT === #

    @api.model
    def _ensure_accounts(self, company):
        """Make the account rows of debtors that have open items and no row yet."""
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """INSERT INTO debt_collection_account (
                       company_id, partner_id, currency_id, is_stale, item_count,
                       amount_open, amount_credit, last_item_id,
                       create_uid, write_uid, create_date, write_date)
                   SELECT DISTINCT l.company_id, p.commercial_partner_id,
                          l.currency_id, TRUE, 0, 0.0, 0.0, 0, %(uid)s, %(uid)s,
                          %(now)s::timestamp, %(now)s::timestamp
                     FROM account_move_line l
                     JOIN account_account t ON t.id = l.account_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE l.company_id = %(company)s
                      AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency > 0
                      AND t.account_type = 'asset_receivable'
                      AND NOT EXISTS (
                          SELECT FROM debt_collection_account a
                           WHERE a.company_id = l.company_id
                             AND a.partner_id = p.commercial_partner_id
                             AND a.currency_id = l.currency_id)
                   ON CONFLICT DO NOTHING""",
                uid=self.env.uid,
                now=now,
                company=company.id,
            )
        )
        self.env["debt.collection.account"].invalidate_model(flush=False)

    @api.model
    def _select(self, company, day):
        """Ids of the accounts to decide: stale, their day has come, or changed.

        A change is seen by comparing what the last decision saw with the ledger of
        now, so that neither postings nor reconciliations need to write here.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH items AS (%s)
                   SELECT a.id FROM debt_collection_account a
                     LEFT JOIN items i ON (i.partner_id, i.currency_id)
                                        = (a.partner_id, a.currency_id)
                    WHERE a.company_id = %s
                      AND (a.is_stale OR a.next_date <= %s
                           OR a.item_count <> COALESCE(i.item_count, 0)
                           OR a.amount_open <> COALESCE(i.amount_open, 0)
                           OR a.amount_credit <> COALESCE(i.amount_credit, 0)
                           OR a.last_item_id <> COALESCE(i.last_item_id, 0))
                    ORDER BY a.id""",
                self._get_totals_query(company),
                company.id,
                day,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_totals_query(self, company):
        """One row a debtor and currency: what is open, as the accounts compare it."""
        return SQL(
            """SELECT p.commercial_partner_id AS partner_id, l.currency_id,
                      count(*) FILTER (WHERE %(free)s)::int AS item_count,
                      COALESCE(sum(l.amount_residual_currency)
                               FILTER (WHERE %(free)s), 0) AS amount_open,
                      COALESCE(-sum(l.amount_residual_currency)
                               FILTER (WHERE l.amount_residual_currency < 0), 0)
                          AS amount_credit,
                      COALESCE(max(l.id) FILTER (WHERE %(free)s), 0)::int
                          AS last_item_id
                 FROM account_move_line l
                 JOIN account_account t ON t.id = l.account_id
                 JOIN account_move m ON m.id = l.move_id
                 JOIN res_partner p ON p.id = l.partner_id
                WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                  AND l.reconciled IS NOT TRUE
                  AND l.amount_residual_currency <> 0
                  AND t.account_type = 'asset_receivable'
                GROUP BY p.commercial_partner_id, l.currency_id""",
            free=SQL(
                """l.amount_residual_currency > 0 AND l.no_followup IS NOT TRUE
                   AND m.payment_state NOT IN ('blocked', 'paid', 'in_payment')"""
            ),
            company=company.id,
        )

    @api.model
    def _read_items(self, accounts):
        """Every open item of the accounts, with what the decision needs to know.

        :rtype: list[dict]
        """
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """SELECT l.id, l.move_id, l.amount_residual_currency AS residual,
                          l.date_maturity AS due, l.journal_id, l.no_followup,
                          a.id AS account_id, a.partner_id,
                          m.payment_state = 'blocked' AS blocked,
                          m.payment_state IN ('paid', 'in_payment') AS registered,
                          EXISTS (SELECT FROM account_move__account_payment mp
                                    JOIN account_payment y ON y.id = mp.payment_id
                                   WHERE mp.invoice_id = m.id AND y.move_id IS NULL
                                     AND y.state IN ('in_process', 'paid')) AS pending,
                          abs(m.amount_total) AS amount_total,
                          m.debt_collection_policy_id AS move_policy_id,
                          (p.debt_collection_policy_id ->> l.company_id::text)::int
                              AS partner_policy_id,
                          p.debt_collection_kind AS debtor_kind, p.country_id,
                          p.country_id <> cp.country_id AS is_foreign,
                          c.id AS claim_id, c.case_id, c.regime,
                          done.sequence AS done_sequence, done.day AS done_day
                     FROM debt_collection_account a
                     JOIN res_partner p ON p.id = a.partner_id
                     JOIN res_company co ON co.id = a.company_id
                     JOIN res_partner cp ON cp.id = co.partner_id
                     JOIN res_partner owner ON owner.commercial_partner_id = p.id
                     JOIN account_move_line l ON l.partner_id = owner.id
                          AND l.company_id = a.company_id
                          AND l.currency_id = a.currency_id
                     JOIN account_account t ON t.id = l.account_id
                     JOIN account_move m ON m.id = l.move_id
                     LEFT JOIN debt_collection_claim c
                          ON c.move_line_id = l.id AND c.is_open
                     LEFT JOIN LATERAL (
                          SELECT max(s.sequence) AS sequence,
                                 max(COALESCE(x.date_done, x.date)) AS day
                            FROM debt_collection_action_line y
                            JOIN debt_collection_action x ON x.id = y.action_id
                            JOIN debt_collection_policy_step s ON s.id = y.step_id
                           WHERE y.move_line_id = l.id) done ON TRUE
                    WHERE a.id = ANY(%s) AND l.parent_state = 'posted'
                      AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency <> 0
                      AND t.account_type = 'asset_receivable'
                    ORDER BY a.id, l.date_maturity, l.id""",
                accounts.ids,
            )
        )

    # === DECIDE === #

    @api.model
    def _preview(self, company, day):
        """What the run of that day would do, nothing written.

        :return: account -> list of (subject key, decision)
        """
        run = self.with_company(company)
        run._ensure_accounts(company)
        accounts = self.env["debt.collection.account"].search(
            [("company_id", "=", company.id)]
        )
        return run._decide(accounts, day)[0]

    def _decide(self, accounts, day):
        """The decision for each subject of the accounts.

        A subject is what gets one letter: the items of an account under one policy
        and one regime. Its key is (account id, policy id, regime, case id).

        :return: (account id -> [(key, decision)], the item rows read)
        """
        rows = self._read_items(accounts)
        self._complete_regimes(rows)
        common = self._get_common(accounts, day)
        common["facts"] = self.env["debt.collection.facts"]._read(
            {row["id"]: row["regime"] for row in rows if row["residual"] > 0}
        )
        subjects = defaultdict(list)
        orphans = set()
        for row in rows:
            if row["residual"] <= 0:
                continue
            ladder = self.env["debt.collection.policy"]._find_ladder(
                self.env.company.id,
                row,
                common["tags"].get(row["partner_id"], frozenset()),
                common["late"].get(row["partner_id"], 0.0),
            )
            if not ladder:
                orphans.add(row["account_id"])
                continue
            row["ladder"] = ladder
            case = row["case_id"] or common["cases"].get(
                (row["account_id"], row["regime"]), 0
            )
            key = (row["account_id"], ladder["id"], row["regime"], case)
            subjects[key].append(row)
        decisions = defaultdict(list)
        for key, subject_rows in subjects.items():
            subject = self._build_subject(key, subject_rows, common, day)
            decision = self.env["debt.collection.gate"]._pass(
                clock.decide(subject, day, common["is_holiday"]),
                common["gate"][key[0]],
            )
            decisions[key[0]].append((key, decision))
        for account_id in orphans - set(decisions):
            decision = clock.Decision(blockers=(Blocker("no_policy"),))
            decisions[account_id].append(((account_id, 0, "", 0), decision))
        return decisions, rows

    def _complete_regimes(self, rows):
        """Give each row without a claim the regime it would get today."""
        Line = self.env["account.move.line"]
        free = Line.browse(
            r["id"] for r in rows if not r["regime"] and r["residual"] > 0
        )
        if not free:
            return
        regimes = self.env["debt.collection.regime"]._determine(free)
        for row in rows:
            if not row["regime"] and row["residual"] > 0:
                row["regime"] = regimes[row["id"]][0]

    def _get_common(self, accounts, day):
        """What the subjects of a batch share, each by one query."""
        return {
            "is_holiday": self.env.company._get_collection_holidays(),
            "cases": self._read_cases(accounts),
            "last": self._read_last_letters(accounts),
            "blockers": self._read_blockers(accounts, day),
            "holds": self._read_holds(accounts, day),
            "gate": self.env["debt.collection.gate"]._get_blockers(accounts, day),
            "tags": self._read_tags(accounts),
            "late": self._read_days_late(accounts, day),
        }

    def _read_cases(self, accounts):
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, regime, id FROM debt_collection_case
                    WHERE account_id = ANY(%s) AND phase IN ('amicable', 'notice')""",
                accounts.ids,
            )
        )
        return {(account, regime): case for account, regime, case in rows}

    def _read_last_letters(self, accounts):
        """The day of the last letter to each account, whatever it listed."""
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, max(COALESCE(date_done, date))
                     FROM debt_collection_action
                    WHERE account_id = ANY(%s) AND state IN ('released', 'done')
                    GROUP BY account_id""",
                accounts.ids,
            )
        )
        return dict(rows)

    def _read_tags(self, accounts):
        partners = accounts.partner_id
        return {p.id: frozenset(p.category_id.ids) for p in partners}

    def _read_days_late(self, accounts, day):
        """Average days late of what each debtor paid in a year, where a rule asks."""
        ladders = self.env["debt.collection.policy"]._get_ladders(self.env.company.id)
        if not any(ladder["late"] for ladder in ladders):
            return {}
        return accounts.partner_id._get_days_late(day)

    def _read_blockers(self, accounts, day):
        """What holds whole accounts back: account id -> list of blockers."""
        found = defaultdict(list)
        for account in accounts:
            partner = account.partner_id
            if partner.debt_collection_excluded:
                found[account.id].append(Blocker("debtor_excluded"))
            if not partner.active:
                found[account.id].append(Blocker("debtor_archived"))
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, state, error FROM debt_collection_action
                    WHERE account_id = ANY(%s)
                      AND state IN ('planned', 'released', 'failed')""",
                accounts.ids,
            )
        )
        codes = {"planned": "to_review", "released": "on_its_way"}
        for account_id, state, error in rows:
            params = (("reason", error),) if state == "failed" else ()
            blocker = Blocker(codes.get(state, "action_failed"), params)
            found[account_id].append(blocker)
        return found

    def _read_holds(self, accounts, day):
        """The rests of accounts, cases and items: (kind, id) -> list of blockers.

        A hold that ended rests one day more, so that ending it fires nothing at once.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT h.account_id, h.case_id, c.move_line_id, h.reason,
                          LEAST(h.date_ended, h.date_end)
                     FROM debt_collection_hold h
                     LEFT JOIN debt_collection_claim c ON c.id = h.claim_id
                    WHERE h.account_id = ANY(%s) AND h.date_start <= %s
                      AND COALESCE(LEAST(h.date_ended, h.date_end), %s) >= %s""",
                accounts.ids,
                day,
                day,
                day - timedelta(days=1),
            )
        )
        holds = defaultdict(list)
        for account, case, item, reason, last in rows:
            until = last + timedelta(days=2) if last else None
            params = (("reason", reason), ("last", str(last or "")))
            key = ("item", item) if item else ("case", case) if case else None
            holds[key or ("account", account)].append(Blocker("hold", params, until))
        return holds

    def _build_subject(self, key, rows, common, day):
        """The frozen subject that the clock decides on."""
        account_id, _policy, regime_key, case_id = key
        regime = self.env["debt.collection.regime"]._get_regime(regime_key)
        return clock.Subject(
            ladder=rows[0]["ladder"]["steps"],
            items=tuple(self._build_item(row, regime, common, day) for row in rows),
            last_day=common["last"].get(account_id),
            sweeps=regime._sweeps_items(),
            blockers=(
                *common["blockers"].get(account_id, ()),
                *common["holds"].get(("account", account_id), ()),
                *common["holds"].get(("case", case_id), ()),
            ),
        )

    def _build_item(self, row, regime, common, day):
        done = row["done_sequence"]
        item = clock.Item(
            id=row["id"],
            due=row["due"] or date.max,
            residual=Decimal(str(row["residual"])),
            done_sequence=done,
            done_day=row["done_day"],
        )
        step = clock.next_step(row["ladder"]["steps"], item)
        if step is None or not row["due"]:
            return replace(item, blockers=self._get_item_blockers(row, common))
        facts = common["facts"][row["id"]]
        earliest = regime._get_earliest_date(facts, step.notice_kind)
        legal = regime._get_blockers(facts, step.notice_kind, day)
        return replace(
            item,
            earliest=((step.notice_kind, earliest),) if earliest else (),
            blockers=(
                *self._get_item_blockers(row, common),
                *(blocker for blocker in legal if not blocker.until),
            ),
        )

    @api.model
    def _get_item_blockers(self, row, common):
        """What the ledger and its holds say against this item alone."""
        codes = {
            "payment_blocked": row["blocked"],
            "payment_registered": row["registered"],
            "no_followup": row["no_followup"],
            "no_due_date": not row["due"],
        }
        found = [Blocker(code) for code, holds in codes.items() if holds]
        return (*found, *common["holds"].get(("item", row["id"]), ()))

    # === OPEN AND ACT === #

    def _process(self, accounts, day):
        """Decide for locked accounts, open cases, make actions, store the answer."""
        decisions, rows = self._decide(accounts, day)
        letters = [
            (key, letter)
            for subject in decisions.values()
            for key, decision in subject
            for letter in decision.letters
        ]
        if letters:
            cases = self._open(letters, day)
            self._act(letters, cases, {row["id"]: row for row in rows}, day)
        self._store(accounts, decisions, rows, day)

    def _open(self, letters, day):
        """Open or extend cases; the case of each letter, by its key and step."""
        Line = self.env["account.move.line"]
        Case = self.env["debt.collection.case"]
        joining = [
            item
            for key, letter in letters
            if key[3] or letter.step.opens_case
            for item in letter.item_ids
        ]
        if joining:
            Case._open_for_items(Line.browse(joining), day, "step")
        account_ids = list({key[0] for key, _letter in letters})
        return self._read_cases(self.env["debt.collection.account"].browse(account_ids))

    def _act(self, letters, cases, rows, day):
        """One action a letter, its lines, and deliveries where it is released."""
        Action = self.env["debt.collection.action"]
        credited = self._get_credited(rows)
        actions = Action._bulk_insert(
            [self._prepare_action(k, x, cases, rows, credited, day) for k, x in letters],
            skip_existing=False,
        ).sorted("id")
        self.env["debt.collection.action.line"]._bulk_insert(
            [
                {
                    "action_id": action.id,
                    "company_id": self.env.company.id,
                    "step_id": letter.step.id,
                    "move_line_id": item,
                    "cycle": 0,
                    "amount_residual": rows[item]["residual"],
                }
                for action, (_key, letter) in zip(actions, letters, strict=True)
                for item in letter.item_ids
            ],
            skip_existing=False,
        )
        actions.filtered(lambda a: a.state == "released")._create_deliveries()

    def _prepare_action(self, key, letter, cases, rows, credited, day):
        account_id, _policy, regime, _case = key
        first = rows[letter.item_ids[0]]
        account = self.env["debt.collection.account"].browse(account_id)
        step = self.env["debt.collection.policy.step"].browse(letter.step.id)
        review = step.review or first["ladder"]["mode"] == "review"
        review = review or account_id in credited  # a person nets it first
        return {
            "account_id": account_id,
            "case_id": cases.get((account_id, regime), False),
            "company_id": self.env.company.id,
            "partner_id": account.partner_id.id,
            "currency_id": account.currency_id.id,
            "step_id": letter.step.id,
            "notice_kind": letter.step.notice_kind,
            "date": day,
            "state": "planned" if review else "released",
            "amount": sum(rows[item]["residual"] for item in letter.item_ids),
        }

    @api.model
    def _get_credited(self, rows):
        """Accounts with money of the debtor that is not matched yet."""
        return {
            row["account_id"]
            for row in rows.values()
            if row["residual"] < 0 or row["pending"]
        }

    def _store(self, accounts, decisions, rows, day):
        """What the accounts remember: totals seen, next day, why not."""
        totals = self._get_totals(accounts, rows)
        values = {}
        for account in accounts:
            subject = decisions.get(account.id, ())
            days = [d.next_day for _key, d in subject if d.next_day]
            blockers = [(b, key[2]) for key, d in subject for b in d.blockers]
            blockers += [(Blocker("acted"), "") for _key, d in subject if d.letters]
            values[account.id] = {
                **totals[account.id],
                "is_stale": False,
                "next_date": min(days) if days else False,
                "blockers": [
                    [b.code, dict(b.params), str(b.until or ""), regime]
                    for b, regime in dict.fromkeys(blockers)
                ],
                "last_error": False,
            }
        changed = {
            account.id: values[account.id]
            for account in accounts
            if any(account[name] != value for name, value in values[account.id].items())
        }
        names = list(next(iter(values.values()), ()))
        self.env["debt.collection.account"]._bulk_update(changed, names)

    @api.model
    def _get_totals(self, accounts, rows):
        totals = {
            account.id: {
                "item_count": 0,
                "amount_open": 0.0,
                "amount_credit": 0.0,
                "last_item_id": 0,
            }
            for account in accounts
        }
        sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for row in rows:
            total, pair = totals[row["account_id"]], sums[row["account_id"]]
            if row["residual"] < 0:
                pair[1] -= Decimal(str(row["residual"]))
            elif not (row["blocked"] or row["registered"] or row["no_followup"]):
                pair[0] += Decimal(str(row["residual"]))
                total["item_count"] += 1
                total["last_item_id"] = max(total["last_item_id"], row["id"])
        for account_id, (amount, credit) in sums.items():
            totals[account_id]["amount_open"] = float(amount)
            totals[account_id]["amount_credit"] = float(credit)
        return totals

    # === WATCH === #

    @api.model
    def _watch(self, company, day):
        """Follow the ledger: close what is settled, open again what was undone.

        :return: False when the time of this worker is over
        """
        Case = self.env["debt.collection.case"]
        for chunk in split_every(BATCH, self._get_settled_cases(company)):
            cases = Case.browse(chunk).try_lock_for_update(allow_referencing=True)
            for outcome, group in cases.grouped(Case._get_ledger_outcome).items():
                group._close(outcome, day)
            if not self.env["ir.cron"]._commit_progress():
                return False
        for chunk in split_every(BATCH, self._get_undone_cases(company)):
            cases = Case.browse(chunk).try_lock_for_update(allow_referencing=True)
            cases._reopen(self.env._("the payment was undone"))
            if not self.env["ir.cron"]._commit_progress():
                return False
        return True

    def _get_settled_cases(self, company):
        """Open cases with claims and nothing left on any of them."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id AND x.is_open
                     JOIN account_move_line l ON l.id = x.move_line_id
                    WHERE c.company_id = %s AND c.phase <> 'closed'
                    GROUP BY c.id
                   HAVING bool_and(l.reconciled OR l.amount_residual_currency <= 0
                                   OR l.parent_state <> 'posted')""",
                company.id,
            )
        )
        return [row[0] for row in rows]

    def _get_undone_cases(self, company):
        """Cases closed by the ledger whose items are open again."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.id FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id
                     JOIN account_move_line l ON l.id = x.move_line_id
                    WHERE c.company_id = %s AND c.outcome IN ('paid', 'credited')
                      AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency > 0
                      AND NOT EXISTS (SELECT FROM debt_collection_claim o
                                       WHERE o.move_line_id = l.id AND o.is_open)""",
                company.id,
            )
        )
        return [row[0] for row in rows]

    # === DISPATCH === #

    @api.model
    def _dispatch(self):
        """Make the released letters and hand them over, a few at a time."""
        Action = self.env["debt.collection.action"]
        seen = set()
        while actions := Action._get_undispatched(DISPATCH_BATCH, seen):
            self.env.invalidate_all(flush=False)
            seen.update(actions.ids)
            accounts = actions.account_id.try_lock_for_update(allow_referencing=True)
            mine = actions.filtered(lambda a, mine=accounts: a.account_id in mine)
            mine.filtered(lambda a: a.state == "released")._dispatch()
            if not self.env["ir.cron"]._commit_progress(len(mine)):
                return

    # === SENTENCES === #

    @api.model
    def _get_sentence(self, account):
        """What is next for an account, and if nothing: why; in the user's language.

        :rtype: str
        """
        company = account.company_id
        found = company._get_collection_blockers(company._get_collection_today())
        parts = [self._word(blocker) for blocker in found]
        if account.last_error:
            return self.env._("Failed: %(error)s", error=account.last_error)
        for code, params, until, regime in account.blockers or ():
            day = fields.Date.to_date(until) if until else None
            blocker = Blocker(code, tuple(params.items()), day)
            parts.append(self._word(blocker, regime))
        return " ".join(parts) or self.env._("The next run decides.")

    @api.model
    def _word(self, blocker, regime_key=""):
        """The sentence of one blocker: the regime's own, else the engine's."""
        if regime_key:
            regime = self.env["debt.collection.regime"]._get_regime(regime_key)
            if sentence := regime._get_blocker_sentence(blocker):
                return sentence
        text = self._get_sentences().get(blocker.code)
        if not text:
            return blocker.code
        params = dict(blocker.params)
        for name in ("day", "last", "fresh"):
            if name in params:
                params[name] = self._format_day(fields.Date.to_date(params[name]))
        return text % {**params, "until": self._format_day(blocker.until)}

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day) if day else self.env._("further notice")

    @api.model
    def _get_sentences(self):
        """Blocker code -> sentence; an addon with blockers of its own adds them."""
        _ = self.env._
        return {
            "not_yet": _("“%(step)s” comes on %(until)s."),
            "regime_term": _("“%(step)s” comes on %(until)s: the law gives time."),
            "regime_never": _("The law wants an earlier letter first."),
            "hold": _("On hold until %(last)s: %(reason)s."),
            "to_review": _("An action waits for review."),
            "acted": _("A letter was made today; it leaves or waits for review."),
            "on_its_way": _("A letter is on its way."),
            "action_failed": _("The last action failed: %(reason)s"),
            "payment_blocked": _("The invoice is blocked for payment."),
            "payment_registered": _(
                "A payment is registered and waits for its bank line: match or cancel it."
            ),
            "no_followup": _("The invoice is excluded by another system."),
            "no_due_date": _("The invoice has no due date: set one."),
            "no_policy": _("No policy fits this debtor: add a rule."),
            "debtor_excluded": _("The debtor is excluded from collection."),
            "debtor_archived": _("The contact is archived: restore it."),
            "ladder_done": _("The ladder is at its end: choose what next."),
            "below_minimum": _("Below %(minimum)s, the least for this step."),
            "nothing_open": _("Nothing is open."),
            "quiet_day": _("Nothing leaves on Sundays and holidays: %(until)s."),
            "contact_limit": _(
                "The debtor had %(number)s contacts in seven days: %(until)s."
            ),
            "company_paused": _("Collection is paused for this company."),
            "bank_stale": _(
                "The bank is reconciled up to %(fresh)s only: match its lines first."
            ),
        }
