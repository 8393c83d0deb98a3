import logging
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import clock
from ..tools.facts import Blocker
from .debt_collection_policy_step import CONTACTS, MEETINGS

_logger = logging.getLogger(__name__)

# Accounts decided between two commits: some 4,000 items, about a second of locks on
# their rows, that much lost when killed.
BATCH = 1000
# Tables that a run fills, always in this order: two runners must not cross.
GROWING = ("account", "case", "claim", "event", "action", "action.line", "delivery")
# Letters made between two commits: the PDF engine starts once for all of them.
DISPATCH_BATCH = 50
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
    _inherit = ["debt.collection.run.words"]

    # === ENTRY POINTS === #

    @api.model
    def _cron_run(self, batch_size=BATCH):
        """Bring every company's collection to its today; safe to kill and repeat."""
        try:
            self._run_companies(batch_size)
        except psycopg2.Error as error:
            if self._is_connection_lost():
                _logger.error(
                    "The daily run lost its connection to the database. What was "
                    "committed stays, its next start goes on from there. (%s)",
                    str(error).strip(),
                )
            raise

    @api.model
    def _is_connection_lost(self):
        return bool(self.env.cr.connection.closed)

    @api.model
    def _run_companies(self, batch_size):
        # every creditor of the database: pylint: disable-next=no-search-all
        for company in self.env["res.company"].search([]):
            run = self.with_company(company)
            day = company._get_collection_today()
            failed = run._watch(company, day)
            if failed is None:
                return self._come_back()
            if company._get_collection_blockers(day):
                continue
            if not run._advance(company, day, batch_size, failed):
                return self._come_back()
        if not self._dispatch():
            self._come_back()

    @api.model
    def _come_back(self):
        """The time is over: tell the scheduler that there is more to do, at once."""
        self.env["ir.cron"]._commit_progress(remaining=1)

    @api.model
    def _trigger(self):
        """Ask for a run soon; callers need no right on scheduled actions."""
        # whoever reconciles or flags may ask for a run, without rights on crons
        cron_sudo = self.env.ref("debt_collection.ir_cron_run").sudo()
        cron_sudo._trigger()

    @api.model
    def _advance(self, company, day, batch_size, failed=()):
        """Decide and act for the accounts that have something to decide.

        One batch at least, however late it is: else a slow start would starve it.

        :param failed: ids of accounts that failed in this run and wait for the next
        :return: False when the time of this worker is over
        """
        found = self._undisturbed(lambda: self._select(company, day))
        ids = [key for key in found if key not in failed]
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        batches = self._split(ids, batch_size)
        for number, chunk in enumerate(batches, 1):
            self._run_batch(chunk, day)
            if number < len(batches):
                self._tell_planner(number)
            if not self.env["ir.cron"]._commit_progress(len(chunk)):
                return False
        return True

    @api.model
    def _split(self, ids, batch_size=BATCH):
        """Batches of accounts, those of one debtor never apart.

        What he may get that day is shared out among his accounts of a batch.

        :param list[int] ids: of accounts, by debtor as `_select` orders them
        :rtype: list[list[int]]
        """
        accounts = self.env["debt.collection.account"].browse(ids)
        debtors = {account.id: account.partner_id.id for account in accounts}
        batches = []
        for chunk in map(list, split_every(batch_size, ids)):
            last = batches[-1] if batches else [0]
            while chunk and debtors[chunk[0]] == debtors.get(last[-1]):
                last.append(chunk.pop(0))
            batches += [chunk] if chunk else []
        return batches

    @api.model
    def _tell_planner(self, number):
        """Analyse the tables that doubled, asked each time the batches doubled.

        A first run fills them within seconds; autovacuum looks once a minute, and until
        then plans are made for empty tables.
        """
        if number & (number - 1):
            return
        tables = [self.env[f"debt.collection.{name}"]._table for name in GROWING]
        doubled = self.env.execute_query(
            SQL(
                """SELECT relname FROM pg_class
                    WHERE oid = ANY(%s::regclass[]) AND pg_relation_size(oid)
                          > 2 * relpages * current_setting('block_size')::bigint""",
                tables,
            )
        )
        for [name] in doubled:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(name)))

    def _undisturbed(self, work):
        """Do the work, again in a new transaction when another one was in the way."""
        for tries_left in reversed(range(MAX_TRIES)):
            try:
                return work()
            except TransactionRollbackError:
                # the snapshot is stale: only a new transaction can read on
                self.env.cr.rollback()
                if not tries_left:
                    raise

    def _lock(self, ids):
        """Lock the accounts that no other runner holds, and forget what was read.

        :rtype: debt.collection.account
        """
        self.env.invalidate_all(flush=False)
        return self._undisturbed(lambda: self._try_lock(ids))

    def _try_lock(self, ids):
        """Lock accounts together with all others of their debtors.

        So no runner of another company or batch counts a debtor's contacts meanwhile.
        """
        accounts = self.env["debt.collection.account"].browse(ids)
        accounts = accounts.try_lock_for_update(allow_referencing=True)
        twins = accounts._get_twins()
        busy = twins - twins.try_lock_for_update(allow_referencing=True)
        if not busy:
            return accounts
        partners = busy.partner_id
        return accounts.filtered(lambda account: account.partner_id not in partners)

    def _run_batch(self, ids, day, work=None):
        """One batch in a transaction of its own, again if another disturbed it.

        :param list[int] ids: of accounts; those that other runners hold are left out
        :param work: what to do with (accounts, day); None decides and acts
        :return: the ids of the accounts that failed, their error stored
        """
        work = work or self._process_due
        for _attempt in range(MAX_TRIES):
            accounts = self._lock(ids)
            try:
                with self.env.cr.savepoint():
                    work(accounts, day)
                return set()
            except TransactionRollbackError:
                # the snapshot is stale: only a new transaction can read on
                self.env.cr.rollback()
            except Exception as error:  # noqa: BLE001 - one subject must not stop the rest
                if self._is_connection_lost():
                    raise
                _logger.info("A batch failed, its accounts go one by one: %s", error)
                break
        return self._process_one_by_one(self._lock(ids), day, work)

    def _process_one_by_one(self, accounts, day, work):
        failed = set()
        for account in accounts:
            try:
                with self.env.cr.savepoint():
                    work(account, day)
            except Exception as error:  # noqa: BLE001 - stored where people look
                self.env.invalidate_all(flush=False)
                failed.add(account.id)
                account.write(
                    {
                        "last_error": str(error),
                        # disturbed: the next run may do it; broken: tomorrow's
                        "is_stale": isinstance(error, TransactionRollbackError),
                        "next_date": day + timedelta(days=1),
                    }
                )
        return failed

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
                   SELECT k.*, TRUE, 0, 0.0, 0.0, 0, %(uid)s::int, %(uid)s::int,
                          %(now)s::timestamp, %(now)s::timestamp
                     FROM (SELECT l.company_id, p.commercial_partner_id, l.currency_id
                     FROM account_move_line l
                     JOIN account_account t ON t.id = l.account_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE l.company_id = %(company)s
                      AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency > 0
                      AND t.account_type = 'asset_receivable'
                   EXCEPT -- hashes both sides: quick before the first ANALYZE too
                   SELECT company_id, partner_id, currency_id
                     FROM debt_collection_account WHERE company_id = %(company)s) k
                   ON CONFLICT DO NOTHING""",
                uid=self.env["debt.collection.account"]._bulk_author(),
                now=now,
                company=company.id,
            )
        )
        self.env["debt.collection.account"].invalidate_model(flush=False)

    @api.model
    def _select(self, company, day, accounts=None):
        """Ids of the accounts to decide: stale, their day has come, or changed.

        A change is seen by comparing what the last decision saw with the ledger of
        now, so that neither postings nor reconciliations need to write here. Debtors
        who have open items and no account yet get theirs first.

        :param accounts: ask for these only; None for all of the company
        """
        self.env.flush_all()
        query = self._get_due_query(company, day, accounts)
        found = [row[0] for row in self.env.execute_query(query)]
        if None in found:
            self._ensure_accounts(company)
            found = [row[0] for row in self.env.execute_query(query)]
        return [key for key in found if key]

    @api.model
    def _get_due_query(self, company, day, accounts):
        """The accounts to decide, by debtor; NULL where a debtor has none yet."""
        some, strangers = SQL("TRUE"), self._get_strangers_query(company)
        if accounts is not None:
            some, strangers = SQL("a.id = ANY(%s)", accounts.ids), SQL()
        return SQL(
            """WITH items AS (%s), money AS (%s)
               SELECT id FROM (
                   SELECT a.id, a.partner_id FROM debt_collection_account a
                     LEFT JOIN items i ON (i.partner_id, i.currency_id)
                                        = (a.partner_id, a.currency_id)
                     LEFT JOIN money y ON (y.partner_id, y.currency_id)
                                        = (a.partner_id, a.currency_id)
                    WHERE a.company_id = %s AND %s
                      AND (a.is_stale OR a.next_date <= %s
                           OR a.item_count <> COALESCE(i.item_count, 0)
                           OR a.amount_open <> COALESCE(i.amount_open, 0)
                           OR a.amount_credit <> COALESCE(i.amount_credit, 0)
                                                 + COALESCE(y.amount, 0)
                           OR a.last_item_id <> COALESCE(i.last_item_id, 0))
                   %s) found ORDER BY partner_id, id""",
            self._get_totals_query(company, accounts),
            self.env["debt.collection.credit"]._get_query(
                company, None if accounts is None else accounts.partner_id.ids
            ),
            company.id,
            some,
            day,
            strangers,
        )

    @api.model
    def _get_strangers_query(self, company):
        """One more row, without an id, where somebody owes and has no account."""
        return SQL(
            """UNION ALL
               SELECT NULL, NULL WHERE EXISTS (
                   SELECT partner_id, currency_id FROM items WHERE has_debt
                   EXCEPT -- hashes both sides: quick before the first ANALYZE too
                   SELECT partner_id, currency_id
                     FROM debt_collection_account WHERE company_id = %s)""",
            company.id,
        )

    @api.model
    def _restrict_items(self, partner_ids):
        """The condition that items `l` are receivable and of these debtors.

        Both keys of the ledger's own index on open items, as arrays: a batch must
        never read the whole ledger, whatever the statistics of its tables say.
        """
        return SQL(
            """l.account_id = ANY(ARRAY(
                   SELECT id FROM account_account
                    WHERE account_type = 'asset_receivable'))
               AND l.partner_id = ANY(ARRAY(
                   SELECT id FROM res_partner
                    WHERE commercial_partner_id = ANY(%s)))""",
            partner_ids,
        )

    @api.model
    def _get_totals_query(self, company, accounts=None):
        """One row a debtor and currency: what is open, as the accounts compare it."""
        few = accounts is not None
        return SQL(
            """SELECT p.commercial_partner_id AS partner_id, l.currency_id,
                      count(*) FILTER (WHERE %(free)s)::int AS item_count,
                      COALESCE(sum(l.amount_residual_currency)
                               FILTER (WHERE %(free)s), 0) AS amount_open,
                      COALESCE(-sum(l.amount_residual_currency)
                               FILTER (WHERE l.amount_residual_currency < 0), 0)
                          AS amount_credit,
                      COALESCE(max(l.id) FILTER (WHERE %(free)s), 0)::int
                          AS last_item_id,
                      bool_or(l.amount_residual_currency > 0) AS has_debt
                 FROM account_move_line l
                 JOIN account_account t ON t.id = l.account_id
                 JOIN account_move m ON m.id = l.move_id
                 JOIN res_partner p ON p.id = l.partner_id
                WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                  AND l.reconciled IS NOT TRUE AND %(some)s
                  AND l.amount_residual_currency <> 0
                  AND t.account_type = 'asset_receivable'
                  AND m.is_collection_charge IS NOT TRUE
                GROUP BY p.commercial_partner_id, l.currency_id""",
            free=SQL(
                """l.amount_residual_currency > 0
                   AND (l.no_followup IS NOT TRUE OR EXISTS (
                        SELECT FROM debt_collection_claim x
                         WHERE x.move_line_id = l.id AND x.is_open AND x.is_marked))
                   AND m.payment_state NOT IN ('blocked', 'paid', 'in_payment')"""
            ),
            company=company.id,
            some=self._restrict_items(accounts.partner_id.ids) if few else SQL("TRUE"),
        )

    @api.model
    def _read_items(self, accounts):
        """Every open item of the accounts, with what the decision needs to know.

        :rtype: list[dict]
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT l.id, l.company_id, l.move_id, l.move_name,
                          l.amount_currency AS amount, l.amount_residual AS worth,
                          l.amount_residual_currency AS residual,
                          l.no_followup AND c.is_marked IS NOT TRUE AS no_followup,
                          l.date_maturity AS due, l.journal_id, a.currency_id,
                          a.id AS account_id, a.partner_id,
                          m.payment_state = 'blocked' AS blocked,
                          m.payment_state IN ('paid', 'in_payment') AS registered,
                          %(pending)s AS pending,
                          abs(m.amount_total_signed) AS amount_total,
                          m.debt_collection_policy_id AS move_policy_id,
                          (p.debt_collection_policy_id ->> l.company_id::text)::int
                              AS partner_policy_id,
                          p.debt_collection_kind AS debtor_kind, p.country_id,
                          p.country_id <> cp.country_id AS is_foreign,
                          c.id AS claim_id, c.case_id, c.regime, c.date_flagged
                     FROM unnest(%(ids)s::int[], %(companies)s::int[],
                                 %(partners)s::int[], %(currencies)s::int[])
                          AS a(id, company_id, partner_id, currency_id)
                     JOIN res_partner p ON p.id = a.partner_id
                     JOIN res_company co ON co.id = a.company_id
                     JOIN res_partner cp ON cp.id = co.partner_id
                     JOIN res_partner owner ON owner.commercial_partner_id = p.id
                     JOIN account_move_line l ON l.partner_id = owner.id
                          AND l.company_id = a.company_id
                          AND l.currency_id = a.currency_id
                     JOIN account_move m ON m.id = l.move_id
                     LEFT JOIN debt_collection_claim c
                          ON c.move_line_id = l.id AND c.is_open
                    WHERE l.parent_state = 'posted'
                      AND %(some)s AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency <> 0
                      AND m.is_collection_charge IS NOT TRUE
                    ORDER BY a.id, l.date_maturity, l.id""",
                ids=accounts.ids,
                companies=[account.company_id.id for account in accounts],
                partners=[account.partner_id.id for account in accounts],
                some=self._restrict_items(accounts.partner_id.ids),
                currencies=[account.currency_id.id for account in accounts],
                pending=self._get_pending_sql(),
            )
        )
        done = self._read_done([row["id"] for row in rows])
        for row in rows:
            row["done_sequence"], row["done_day"] = done.get(row["id"], (None, None))
        return rows

    @api.model
    def _get_pending_sql(self):
        """Whether a payment of the invoice m is registered without an entry."""
        return SQL(
            """EXISTS (SELECT FROM account_move__account_payment mp
                         JOIN account_payment y ON y.id = mp.payment_id
                        WHERE mp.invoice_id = m.id AND y.move_id IS NULL
                          AND y.state IN ('in_process', 'paid'))"""
        )

    @api.model
    def _read_done(self, ids):
        """item id -> (highest step that reached it, day of the last one).

        A query of its own: joined to the items it was planned as a look through all
        actions for each item as long as the tables were not analysed.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT y.move_line_id, max(s.sequence),
                          max(COALESCE(x.date_done, x.date))
                     FROM debt_collection_action_line y
                     JOIN debt_collection_action x ON x.id = y.action_id
                     JOIN debt_collection_policy_step s ON s.id = y.step_id
                    WHERE y.move_line_id = ANY(%s) AND y.cycle >= 0
                    GROUP BY y.move_line_id""",
                ids,
            )
        )
        return {item: (sequence, day) for item, sequence, day in rows}

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
        return run._decide(accounts, day, run._get_settled_cases(company))[0]

    def _decide(self, accounts, day, closing=()):
        """The decision for each subject of the accounts.

        A subject is what gets one letter: the items of an account under one policy
        and one regime. Its key is (account id, policy id, regime, case id).

        :param closing: ids of cases that a run would close before it decides
        :return: (account id -> [(key, decision)], item id -> the row read, what the
            subjects share)
        """
        rows = self._read_items(accounts)
        self._complete_regimes(rows)
        self._complete_contested(rows)
        common = self._get_common(accounts, day, list(closing))
        common["facts"] = self._read_facts(rows, common["regimes"])
        subjects, orphans = self._group_rows(rows, common)
        decisions = defaultdict(list)
        for key, subject_rows in subjects.items():
            subject = self._build_subject(key, subject_rows, common, day)
            decision = self.env["debt.collection.gate"]._pass(
                clock.decide(subject, day, common["is_holiday"]),
                common["gate"][key[0]],
            )
            decisions[key[0]].append((key, decision))
        by_id = {row["id"]: row for row in rows}
        common["credited"] = self._get_credited(rows, common["money"])
        self.env["debt.collection.gate"]._choose(
            accounts,
            decisions,
            day,
            lambda key, letter: self._leaves_at_once(key, letter, by_id, common),
            closing,
        )
        for account_id in orphans - set(decisions):
            decision = clock.Decision(blockers=(Blocker("no_policy"),))
            decisions[account_id].append(((account_id, 0, "", 0), decision))
        return decisions, by_id, common

    def _read_facts(self, rows, regimes):
        """The facts of the items whose regime may hold letters back.

        :param dict regimes: key -> regime, filled here
        """
        Regime = self.env["debt.collection.regime"]
        for key in {row["regime"] for row in rows if row["residual"] > 0}:
            regimes[key] = Regime._get_regime(key)
        asking = {key for key, regime in regimes.items() if regime._holds_letters()}
        return self.env["debt.collection.facts"]._read(
            {
                row["id"]: row["regime"]
                for row in rows
                if row["residual"] > 0 and row["regime"] in asking
            }
        )

    def _group_rows(self, rows, common):
        """The rows of each subject, by its key; and the accounts without a ladder."""
        find = self.env["debt.collection.policy"]._find_ladder
        company_id, tags, late = self.env.company.id, common["tags"], common["late"]
        subjects, orphans = defaultdict(list), set()
        for row in rows:
            if row["residual"] <= 0:
                continue
            partner = row["partner_id"]
            ladder = find(
                company_id, row, tags.get(partner, frozenset()), late.get(partner, 0.0)
            )
            if not ladder:
                orphans.add(row["account_id"])
                continue
            row["ladder"] = ladder
            case = row["case_id"] or common["cases"].get(
                (row["account_id"], row["regime"]), 0
            )
            subjects[row["account_id"], ladder["id"], row["regime"], case].append(row)
        return subjects, orphans

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
                row["regime"], row["regime_reason"] = regimes[row["id"]]

    def _complete_contested(self, rows):
        """Give each row what is contested of it: that part is never asked for."""
        ids = [row["id"] for row in rows if row["residual"] > 0]
        contested = self.env["debt.collection.facts"]._read_contested(ids)
        for row in rows:
            part = contested.get(row["id"], Decimal(0))
            row["asked"] = Decimal(str(row["residual"])) - part

    def _get_common(self, accounts, day, closing):
        """What the subjects of a batch share, each by one query."""
        cases = self._read_cases(accounts)
        return {
            "is_holiday": self.env.company._get_collection_holidays(),
            "cases": {key: case for key, case in cases.items() if case not in closing},
            "last": self._read_last_letters(accounts),
            "blockers": self._read_blockers(accounts, day, closing),
            "rests": self._read_rests(accounts, day),
            "gate": self.env["debt.collection.gate"]._get_blockers(
                accounts, day, closing
            ),
            "tags": self._read_tags(accounts),
            "late": self._read_days_late(accounts, day),
            "money": self.env["debt.collection.credit"]._read(accounts),
            "regimes": {},
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
        """The day of the last letter of the ladder to each account."""
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, max(COALESCE(date_done, date))
                     FROM debt_collection_action
                    WHERE account_id = ANY(%s) AND state IN ('released', 'done')
                      AND (%s OR is_test IS NOT TRUE)
                      AND letter_key IS NULL
                    GROUP BY account_id""",
                accounts.ids,
                self.env.company.debt_collection_test_mode,
            )
        )
        return dict(rows)

    def _read_tags(self, accounts):
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id, array_agg(category_id)
                     FROM res_partner_res_partner_category_rel
                    WHERE partner_id = ANY(%s) GROUP BY partner_id""",
                accounts.partner_id.ids,
            )
        )
        return {partner: frozenset(tags) for partner, tags in rows}

    def _read_days_late(self, accounts, day):
        """Average days late of what each debtor paid in a year, where a rule asks."""
        ladders = self.env["debt.collection.policy"]._get_ladders(self.env.company.id)
        if not any(ladder["late"] for ladder in ladders):
            return {}
        return accounts.partner_id._get_days_late(day)

    def _read_blockers(self, accounts, day, closing):
        """What holds whole accounts back: account id -> list of blockers.

        :param list[int] closing: cases whose letters do not count any more
        """
        found = self._read_debtor_blockers(accounts)
        rows = self.env.execute_query(
            SQL(
                """SELECT a.account_id, a.state, a.error, a.waits,
                          max(COALESCE(d.date_planned, a.date))
                              FILTER (WHERE d.id IS NOT NULL)
                     FROM debt_collection_action a
                     LEFT JOIN debt_collection_delivery d ON d.action_id = a.id
                          AND d.state = 'to_send' AND d.channel = ANY(%s)
                    WHERE a.account_id = ANY(%s)
                      AND (a.case_id IS NULL OR NOT a.case_id = ANY(%s))
                      AND (a.state = 'planned'
                           OR a.state = 'released'
                              AND NOT COALESCE(a.letter_key, '') = ANY(%s)
                           OR a.state = 'failed' AND a.letter_key IS NULL)
                    GROUP BY a.id ORDER BY a.id""",
                list(MEETINGS),
                accounts.ids,
                closing,
                self.env["debt.collection.document"]._get_answer_keys(),
            )
        )
        codes = {"planned": "to_review", "released": "on_its_way"}
        for account_id, state, error, waits, call_day in rows:
            params = (("reason", error),) if state == "failed" else ()
            blocker = Blocker(codes.get(state, "action_failed"), params)
            if state == "released" and waits:  # at the contact gate
                found[account_id] += map(self._read_stored, waits)
                continue
            if state == "released" and call_day:
                blocker = Blocker("to_call", (("from", str(call_day)),))
            found[account_id].append(blocker)
        return found

    def _read_debtor_blockers(self, accounts):
        found = defaultdict(list)
        Partner = self.env["res.partner"]
        excluded = Partner._field_to_sql("p", "debt_collection_excluded")
        rows = self.env.execute_query(
            SQL(
                """SELECT a.id, p.active, %(excluded)s
                     FROM debt_collection_account a
                     JOIN res_partner p ON p.id = a.partner_id
                    WHERE a.id = ANY(%(ids)s)
                      AND (p.active IS NOT TRUE OR %(excluded)s)""",
                excluded=excluded,
                ids=accounts.ids,
            )
        )
        for account_id, active, excluded in rows:
            if excluded:
                found[account_id].append(Blocker("debtor_excluded"))
            if not active:
                found[account_id].append(Blocker("debtor_archived"))
        return found

    @api.model
    def _get_rest_models(self):
        """The models that can make a subject rest; extended by `super()`.

        Each implements ``_read_rests(accounts, day)``: (kind, id) -> list of
        `Blocker`, the kind one of ``account``, ``case``, ``item`` (of the ledger).
        It is asked once a batch, reads set-based, and never writes.

        :rtype: list[str]
        """
        return [
            "debt.collection.hold",
            "debt.collection.plan",
            "debt.collection.dispute",
            "debt.collection.solvency.check",
        ]

    def _read_rests(self, accounts, day):
        """Why accounts, cases and items rest: (kind, id) -> list of blockers."""
        rests = defaultdict(list)
        for name in self._get_rest_models():
            for key, blockers in self.env[name]._read_rests(accounts, day).items():
                rests[key] += blockers
        return rests

    def _build_subject(self, key, rows, common, day):
        """The frozen subject that the clock decides on."""
        account_id, _policy, regime_key, case_id = key
        regime = common["regimes"][regime_key]
        return clock.Subject(
            ladder=rows[0]["ladder"]["steps"],
            items=tuple(self._build_item(row, regime, common, day) for row in rows),
            last_day=common["last"].get(account_id),
            sweeps=regime._sweeps_items(),
            blockers=(
                *common["blockers"].get(account_id, ()),
                *common["rests"].get(("account", account_id), ()),
                *common["rests"].get(("case", case_id), ()),
            ),
        )

    def _build_item(self, row, regime, common, day):
        done = row["done_sequence"]
        item = clock.Item(
            id=row["id"],
            due=row["due"] or date.max,
            residual=row["asked"],
            worth=self._get_asked_worth(row),
            flagged=row["date_flagged"],
            done_sequence=done,
            done_day=row["done_day"],
        )
        step = clock.next_step(row["ladder"]["steps"], item, day)
        facts = common["facts"].get(row["id"])
        if step is None or not row["due"] or not facts:
            blockers = self._get_item_blockers(row, common)
            return replace(item, blockers=blockers) if blockers else item
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
    def _get_asked_worth(self, row):
        """What is asked of an item, in the currency of its company."""
        worth, residual = Decimal(str(row["worth"])), Decimal(str(row["residual"]))
        return worth * row["asked"] / residual if row["asked"] != residual else worth

    @api.model
    def _get_item_blockers(self, row, common):
        """What the ledger and its rests say against this item alone."""
        codes = {
            "payment_blocked": row["blocked"],
            "payment_registered": row["registered"],
            "no_followup": row["no_followup"],
            "no_due_date": not row["due"],
        }
        found = [Blocker(code) for code, holds in codes.items() if holds]
        return (*found, *common["rests"].get(("item", row["id"]), ()))

    # === OPEN AND ACT === #

    def _process_due(self, accounts, day):
        """Process what no other runner decided before the accounts were locked."""
        self._process(
            accounts.browse(self._select(self.env.company, day, accounts)), day
        )

    def _process(self, accounts, day):
        """Decide for locked accounts, open cases, make actions, store the answer."""
        if not accounts:
            return
        decisions, rows, common = self._decide(accounts, day)
        letters = [
            (key, letter)
            for subject in decisions.values()
            for key, decision in subject
            for letter in decision.letters
        ]
        if letters:
            cases = self._open(letters, rows, day)
            self._act(letters, cases, rows, common, day)
        self._store(accounts, decisions, rows, common["money"], day)

    def _open(self, letters, rows, day):
        """Open or extend cases; the case of each letter, by its account and regime."""
        joining = [
            rows[item]
            for key, letter in letters
            if key[3] or letter.step.opens_case
            for item in letter.item_ids
            if not rows[item]["claim_id"]
        ]
        if not joining:
            return {(key[0], key[2]): key[3] for key, _letter in letters if key[3]}
        self.env["debt.collection.case"]._open_for_rows(joining, day, "step")
        account_ids = list({key[0] for key, _letter in letters})
        return self._read_cases(self.env["debt.collection.account"].browse(account_ids))

    def _act(self, letters, cases, rows, common, day):
        """One action a letter, its lines, and deliveries where it is released."""
        Action = self.env["debt.collection.action"]
        actions = Action._bulk_insert(
            [self._prepare_action(k, x, cases, rows, common, day) for k, x in letters],
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
                    "amount_residual": float(rows[item]["asked"]),
                }
                for action, (_key, letter) in zip(actions, letters, strict=True)
                for item in letter.item_ids
            ],
            skip_existing=False,
        )
        actions.filtered(lambda a: a.state == "released")._create_deliveries()

    def _prepare_action(self, key, letter, cases, rows, common, day):
        account_id, _policy, regime, _case = key
        account = self.env["debt.collection.account"].browse(account_id)
        review = self._get_review_reasons(key, letter, rows, common)
        credit = common["credited"].get(account_id, 0)
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
            "waits": [[b.code, dict(b.params), "", ""] for b in review] or False,
            "amount_credit": float(credit),
            "amount": account.currency_id.round(
                float(sum(rows[item]["asked"] for item in letter.item_ids))
            ),
        }

    @api.model
    def _get_review_reasons(self, key, letter, rows, common):
        """Why a person looks at a letter before it leaves; empty: nobody has to.

        :rtype: list[Blocker]
        """
        step = self.env["debt.collection.policy.step"].browse(letter.step.id)
        reasons = []
        if rows[letter.item_ids[0]]["ladder"]["mode"] == "review":
            reasons.append(Blocker("review_policy"))
        if step.review:
            reasons.append(Blocker("review_step"))
        if key[0] in common["credited"]:  # a person nets it first
            asked = sum(rows[item]["asked"] for item in letter.item_ids)
            credit = common["credited"][key[0]]
            sums = {"credit": credit, "asked": asked, "net": asked - credit}
            params = tuple((name, f"{amount:.2f}") for name, amount in sums.items())
            reasons.append(Blocker("review_credit", params))
        return reasons

    def _leaves_at_once(self, key, letter, rows, common):
        """Whether a letter reaches the debtor today, without a look at it before."""
        if self._get_review_reasons(key, letter, rows, common):
            return False
        step = self.env["debt.collection.policy.step"].browse(letter.step.id)
        return not set(CONTACTS).isdisjoint(step._get_channels())

    @api.model
    def _get_credited(self, rows, money):
        """What the debtors have that is matched with nothing: account id -> amount.

        :param dict money: what is on no receivable account yet, by account
        """
        credited = dict(money)
        for row in rows:
            credit = max(-Decimal(str(row["residual"])), Decimal(0))
            if credit or row["pending"]:
                account = row["account_id"]
                credited[account] = credited.get(account, Decimal(0)) + credit
        return credited

    def _store(self, accounts, decisions, rows, money, day):
        """What the accounts remember: totals seen, next day, why not."""
        totals = self._get_totals(accounts, rows.values(), money)
        values, acted = {}, Blocker("acted", (("day", str(day)),))
        for account in accounts:
            subject = decisions.get(account.id, ())
            days = [d.next_day for _key, d in subject if d.next_day]
            blockers = [(b, key[2]) for key, d in subject for b in d.blockers]
            blockers += [(acted, "") for _key, d in subject if d.letters]
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
        names = list(next(iter(values.values()), ()))
        self.env["debt.collection.account"]._bulk_update(values, names)

    @api.model
    def _get_totals(self, accounts, rows, money):
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
        for account_id, amount in money.items():
            sums[account_id][1] += amount
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
        """Follow the ledger: close, open again, judge promises and plans.

        :return: ids of the accounts that failed; None when the time is over
        :rtype: set[int] | None
        """
        failed = set()
        for find, work in self._get_watch_stages(company, day):
            cases = self.env["debt.collection.case"].browse(find(company))
            for chunk in split_every(BATCH, cases.account_id.ids):
                failed |= self._run_batch(list(chunk), day, work)
                if not self.env["ir.cron"]._commit_progress():
                    return None
        for work in self._get_watch_ends(company, day):
            self._undisturbed(work)
        self.env["ir.cron"]._commit_progress()
        return failed

    @api.model
    def _get_watch_stages(self, company, day):
        """What is followed case by case: (find ids of cases, work on their accounts).

        :rtype: tuple[tuple[callable, callable]]
        """
        plans = self.env["debt.collection.plan.watch"]
        # read once for three stages: each reads its own again under its locks
        settled = self._read_settled_cases(company)
        return (
            (
                lambda _company: self._find_costly(settled, day),
                self._waive_beside_costs,
            ),
            (
                lambda _company: self._find_costs_only(settled, day),
                self._note_costs_only,
            ),
            (lambda _company: self._find_closing(settled, day), self._close_settled),
            (self._get_undone_cases, self._reopen_undone),
            (self._get_paid_since_cases, self._tell_partners),
            (lambda company: plans._find(company, day), plans._follow),
        )

    @api.model
    def _get_watch_ends(self, company, day):
        """What is followed once for the company, after the cases.

        :rtype: tuple[callable]
        """
        return (
            lambda: self.env["debt.collection.solvency.watch"]._watch(company, day),
            lambda: self.env["debt.collection.delivery"]._read_snailmail(company),
        )

    def _close_settled(self, accounts, day):
        cases = self._get_settled_cases(accounts.company_id, accounts)
        cases = self.env["debt.collection.case"].browse(cases)
        for outcome, group in cases.grouped(lambda c: c._get_ledger_outcome()).items():
            group._close(outcome, day)

    def _reopen_undone(self, accounts, day):
        cases = self._get_undone_cases(accounts.company_id, accounts)
        cases = self.env["debt.collection.case"].browse(cases)
        cases._reopen(self.env._("the payment was undone"))

    def _tell_partners(self, accounts, day):
        """Tell partners of what was paid to us since they have the case."""
        cases = self._get_paid_since_cases(accounts.company_id, accounts)
        assignments = self.env["debt.collection.assignment"].search(
            [("case_id", "in", cases), ("state", "=", "handed_over")]
        )
        assignments._tell_paid()

    def _get_paid_since_cases(self, company, accounts=None):
        """Cases of which a partner believes that more is open than is."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.id FROM debt_collection_assignment s
                     JOIN debt_collection_case c ON c.id = s.case_id
                    WHERE s.state = 'handed_over' AND c.company_id = %s
                      AND c.phase <> 'closed' AND %s
                      AND c.amount_residual < s.amount_told""",
                company.id,
                self._restrict(accounts),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _restrict(self, accounts):
        """The condition that a case is on one of the accounts; None: on any."""
        if accounts is None:
            return SQL("TRUE")
        return SQL("c.account_id = ANY(%s)", accounts.ids)

    def _find_costly(self, settled, day):
        """Ids of the settled cases of which only the costs are to be asked any more."""
        costs = settled._get_engaged_costs().filtered("amount_claimed")
        return (
            self.env["debt.collection.charge"]
            ._filter_beside_costs(costs.case_id, day)
            .ids
        )

    def _waive_beside_costs(self, accounts, day):
        cases = self._read_settled_cases(accounts.company_id, accounts)
        cases = cases.browse(self._find_costly(cases, day))
        self.env["debt.collection.charge"]._waive_beside_costs(cases, day)

    def _find_costs_only(self, settled, day):
        """Ids of the settled cases for which costs engaged are left."""
        cases = settled.filtered(lambda case: not case.date_costs_only)
        costs = cases._get_engaged_costs().filtered("amount_claimed")
        balances = self.env["debt.collection.balance"]._for_cases(costs.case_id, day)
        return [key for key, balance in balances.items() if balance.due > 0]

    def _note_costs_only(self, accounts, day):
        cases = self._read_settled_cases(accounts.company_id, accounts)
        cases.browse(self._find_costs_only(cases, day))._note_costs_only(day)

    def _find_closing(self, settled, day):
        """Ids of the settled cases that close."""
        return settled._filter_closing(day).ids

    def _get_settled_cases(self, company, accounts=None):
        """Ids of open cases that close: nothing is left on any of their claims."""
        settled = self._read_settled_cases(company, accounts)
        return self._find_closing(settled, company._get_collection_today())

    def _read_settled_cases(self, company, accounts=None):
        """Open cases with claims and nothing left on any of them."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id AND x.is_open
                     JOIN account_move_line l ON l.id = x.move_line_id
                    WHERE c.company_id = %s AND c.phase <> 'closed' AND %s
                    GROUP BY c.id
                   HAVING bool_and(l.reconciled OR l.amount_residual_currency <= 0
                                   OR l.parent_state <> 'posted')""",
                company.id,
                self._restrict(accounts),
            )
        )
        return self.env["debt.collection.case"].browse(row[0] for row in rows)

    def _get_undone_cases(self, company, accounts=None):
        """Cases closed by the ledger whose items are open again."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.id FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id
                     JOIN account_move_line l ON l.id = x.move_line_id
                    WHERE c.company_id = %s AND %s
                      AND c.outcome IN ('paid', 'paid_costs', 'credited')
                      AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency > 0
                      AND NOT EXISTS (SELECT FROM debt_collection_claim o
                                       WHERE o.move_line_id = l.id AND o.is_open)""",
                company.id,
                self._restrict(accounts),
            )
        )
        return [row[0] for row in rows]

    # === DISPATCH === #

    @api.model
    def _dispatch(self):
        """Make the released letters and hand them over, a few at a time.

        :return: False when the time of this worker is over
        """
        Action = self.env["debt.collection.action"]
        seen = set()
        while actions := Action._get_undispatched(DISPATCH_BATCH, seen):
            seen.update(actions.ids)
            # what others made since we looked must be seen before a letter is made
            self.env["ir.cron"]._commit_progress()
            self._dispatch_batch(actions.ids)
            if not self.env["ir.cron"]._commit_progress(len(actions)):
                return False
        return True

    def _dispatch_batch(self, ids):
        """Some actions in one transaction; one by one when others are in the way."""
        try:
            self._undisturbed(lambda: self._dispatch_locked(ids))
        except TransactionRollbackError:
            for action_id in ids:
                self._dispatch_alone(action_id)

    def _dispatch_alone(self, action_id):
        try:
            self._dispatch_locked([action_id])
            self.env["ir.cron"]._commit_progress()
        except TransactionRollbackError as error:
            # nothing of this letter is kept: the next run makes it
            self.env.cr.rollback()
            _logger.info("Action %s waits for the next run: %s", action_id, error)

    def _dispatch_locked(self, ids):
        """Make the letters among these whose account no other runner holds."""
        self.env.invalidate_all(flush=False)
        actions = self.env["debt.collection.action"].browse(ids)
        accounts = actions.account_id.try_lock_for_update(allow_referencing=True)
        mine = actions.filtered(lambda a: a.account_id in accounts)
        mine.filtered(lambda a: a.state == "released")._dispatch()
        self.env.flush_all()
