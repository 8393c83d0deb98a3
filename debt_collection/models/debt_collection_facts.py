from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools.facts import ClaimFacts, Dispatch, Interruption
from .debt_collection_policy_step import MEETINGS

ZERO = Decimal(0)


def to_decimal(amount, currency):
    """The exact decimal of a stored amount, at the precision of its currency."""
    return Decimal(f"{amount or 0:.{currency.decimal_places}f}")


class Match(NamedTuple):
    """What was matched to an item: ``is_money`` or a credit, in the item's currency.

    ``is_loss``: the creditor wrote it off in his books; the debtor owes it still.
    """

    item: int
    source: int
    day: object
    amount: Decimal
    is_money: bool
    label: str
    is_loss: bool = False


class DebtCollectionFacts(models.AbstractModel):
    """Reads items set-based into the frozen facts that regimes are asked with."""

    _name = "debt.collection.facts"
    _description = "Facts of claims"

    @api.model
    def _read(self, regimes, matches=None, interruptions=True):
        """The facts of items, in a handful of queries whatever their number.

        :param dict[int, str] regimes: item id -> regime key
        :param dict matches: item id -> [Match], when they were read already
        :param bool interruptions: read them too; no amount depends on them
        :rtype: dict[int, ClaimFacts]
        """
        if not regimes:
            return {}
        rows = self._read_rows(regimes)
        context = self._read_context(rows, matches, interruptions)
        return {row["id"]: self._build(row, context) for row in rows}

    @api.model
    def _read_rows(self, regimes):
        """One dict an item, as the query gives it, with its regime."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(self._get_query(list(regimes)))
        for row in rows:
            row["regime"] = regimes[row["id"]]
        return rows

    @api.model
    def _read_context(self, rows, matches=None, interruptions=True):
        """What belongs to items besides their row, each by one query: name -> dict."""
        ids = [row["id"] for row in rows]
        terms = self.env["debt.collection.terms"].sudo()  # the clauses of an invoice
        strict = {}
        found = terms._find_for_rows(rows, lambda row: self._is_strict(row, strict))
        return {
            "notices": self._read_notices(ids),
            "matches": self._read_matches(ids) if matches is None else matches,
            "terms": found,
            "clauses": {terms: terms._get_clause() for terms, _d, _c in found.values()},
            "contested": self._read_contested(ids),
            "interruptions": self._read_interruptions(ids) if interruptions else {},
            "frozen": self._read_frozen(ids),
            "ranks": self._read_due_ranks(rows, found),
            "currencies": self._get_currencies(rows),
            "companies": self._read_companies({row["company_id"] for row in rows}),
        }

    @api.model
    def _get_query(self, ids):
        """One row an item; extend by joining onto it for facts of your own."""
        return SQL(
            """SELECT l.id, l.move_id, l.company_id, l.currency_id,
                      l.amount_currency AS principal,
                      l.amount_residual_currency AS residual,
                      COALESCE(m.invoice_date, l.date) AS invoice_date,
                      COALESCE(l.date_maturity, l.date) AS due_date,
                      m.delivery_date AS service_date,
                      m.debt_collection_receipt_date AS receipt_date,
                      dp.commercial_partner_id AS debtor_id,
                      bp.debt_collection_kind AS debtor_kind,
                      dc.code AS debtor_country,
                      m.debt_collection_terms_id AS move_terms_id,
                      j.debt_collection_terms_id AS journal_terms_id,
                      co.debt_collection_terms_id AS company_terms_id,
                      o.instalments, o.is_described
                 FROM account_move_line l
                 JOIN account_move m ON m.id = l.move_id
                 JOIN account_journal j ON j.id = l.journal_id
                 JOIN res_company co ON co.id = l.company_id
                 CROSS JOIN LATERAL (
                      SELECT count(*) FILTER (WHERE k.account_id = l.account_id)
                                 AS instalments,
                             COALESCE(bool_or(k.display_type = 'product'
                                      AND COALESCE(k.name, '') <> ''), FALSE)
                                 AS is_described
                        FROM account_move_line k WHERE k.move_id = l.move_id) o
                 LEFT JOIN res_partner dp ON dp.id = l.partner_id
                 LEFT JOIN res_partner bp ON bp.id = dp.commercial_partner_id
                 LEFT JOIN res_country dc ON dc.id = dp.country_id
                WHERE l.id = ANY(%s)""",
            ids,
        )

    @api.model
    def _build(self, row, context):
        """The facts of one row."""
        key, company = row["id"], context["companies"][row["company_id"]]
        currency = context["currencies"][row["currency_id"]]
        terms, accepted, counts = context["terms"][key]
        lacking = company["lacking"] + (() if row["is_described"] else ("description",))
        values = {"clause": context["clauses"][terms]} if counts else {}
        return ClaimFacts(
            key=key,
            regime=row["regime"],
            principal=abs(to_decimal(row["principal"], currency)),
            residual=self._get_owed(row, context["matches"].get(key, ()), currency),
            invoice_date=row["invoice_date"],
            due_date=max(row["due_date"], row["invoice_date"]),
            contract_date=accepted,
            contested=context["contested"].get(key, ZERO),
            nature=terms.nature or "goods_services",
            currency=currency.name,
            creditor_small=company["small"],
            creditor_country=company["country"],
            debtor_country=row["debtor_country"] or "",
            notices=tuple(context["notices"].get(key, ())),
            service_date=row["service_date"],
            receipt_date=row["receipt_date"],
            instalments=row["instalments"],
            movements=self._get_movements(context["matches"].get(key, ())),
            interruptions=self._get_interruptions(key, row, context),
            frozen=tuple(context["frozen"].get(key, ())),
            lacking=lacking,
            regular_supply=bool(terms.is_regular_supply),
            due_rank=context["ranks"].get(key, 1),
            postage=company["postage"],
            **values,
        )

    @api.model
    def _is_strict(self, row, memo):
        key = (row["debtor_kind"], row["regime"], row["company_id"])
        if key not in memo:
            memo[key] = self._is_acceptance_needed(row)
        return memo[key]

    @api.model
    def _is_acceptance_needed(self, row):
        """Whether a clause counts for that item only where the debtor accepted it."""
        if row["debtor_kind"] == "consumer":
            return True
        regime = self.env["debt.collection.regime"]._get_regime(row["regime"])
        company = self.env["res.company"].browse(row["company_id"])
        # a setting of the creditor, read for whoever is shown an amount
        tacit = company.sudo().debt_collection_terms_tacit
        return regime._requires_acceptance() or not tacit

    @api.model
    def _get_currencies(self, rows):
        ids = {row["currency_id"] for row in rows}
        return {c.id: c for c in self.env["res.currency"].browse(ids)}

    # === THE CREDITOR === #

    @api.model
    def _read_companies(self, ids):
        """company id -> what the facts tell about the creditor."""
        # settings of the creditor, read for whoever is shown an amount
        companies_sudo = self.env["res.company"].browse(ids).sudo()
        return {
            company.id: {
                "small": company.debt_collection_is_small,
                "country": company.country_id.code or "",
                "postage": to_decimal(
                    company.debt_collection_postage, company.currency_id
                ),
                "lacking": self._get_lacking(company),
            }
            for company in companies_sudo
        }

    @api.model
    def _get_lacking(self, company):
        """What a letter cannot tell about the creditor because nobody entered it.

        Override to refine what counts as his number; must not write.

        :rtype: tuple[str]
        """
        checks = {
            "creditor_name": company.name,
            "creditor_number": company.company_registry or company.vat,
        }
        return tuple(code for code, value in checks.items() if not value)

    # === WHAT HAPPENED TO THE ITEM === #

    @api.model
    def _read_matches(self, ids):
        """What was matched to items, oldest first: item id -> [Match].

        Money is a bank or cash line, or a payment; anything else lowers the
        principal as a credit note does. An exchange difference moves nothing in the
        currency of the item.
        """
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.debit_move_id, r.credit_move_id, k.date,
                          r.debit_amount_currency, r.debit_currency_id,
                          j.type IN ('bank', 'cash', 'credit')
                              OR m.origin_payment_id IS NOT NULL,
                          COALESCE(k.move_name, ''),
                          m.debt_collection_write_off_id IS NOT NULL
                              AND m.move_type = 'entry'
                     FROM account_partial_reconcile r
                     JOIN account_move_line k ON k.id = r.credit_move_id
                     JOIN account_move m ON m.id = k.move_id
                     JOIN account_journal j ON j.id = k.journal_id
                    WHERE r.debit_move_id = ANY(%s)
                      AND r.debit_amount_currency <> 0
                    ORDER BY k.date, r.id""",
                list(ids),
            )
        )
        browse = self.env["res.currency"].browse
        places = {row[4]: browse(row[4]).decimal_places for row in rows}
        matches = defaultdict(list)
        for item, source, day, amount, currency, *rest in rows:
            value = Decimal(f"{amount:.{places[currency]}f}")
            matches[item].append(Match(item, source, day, value, *rest))
        return matches

    @api.model
    def _get_movements(self, matches):
        return tuple((m.day, m.amount) for m in matches if not m.is_loss)

    @api.model
    def _get_owed(self, row, matches, currency):
        """What is open of an item towards the debtor: a loss in the books counts."""
        lost = sum((match.amount for match in matches if match.is_loss), ZERO)
        return to_decimal(row["residual"], currency) + lost

    @api.model
    def _read_notices(self, ids):
        """The letters that provably left for each item, oldest first.

        One that still waits on a second channel did not leave yet: the later counts.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT y.move_line_id, d.date,
                          CASE WHEN d.is_registered THEN 'registered'
                               ELSE d.channel END,
                          x.notice_kind, x.id
                     FROM debt_collection_action_line y
                     JOIN debt_collection_action x ON x.id = y.action_id
                     JOIN debt_collection_delivery d ON d.action_id = x.id
                    WHERE y.move_line_id = ANY(%s) AND d.state = 'sent'
                      AND d.is_test IS NOT TRUE
                      AND d.copy_id IS NULL
                      AND NOT EXISTS (
                          SELECT FROM debt_collection_delivery w
                           WHERE w.action_id = x.id AND w.copy_id IS NULL
                             AND w.state IN ('to_send', 'sending')
                             AND NOT w.channel = ANY(%s))
                    ORDER BY d.date, d.id""",
                ids,
                [*MEETINGS, "task"],
            )
        )
        notices = defaultdict(list)
        for item, day, channel, kind, letter in rows:
            notices[item].append(Dispatch(day, channel, kind, letter))
        return notices

    @api.model
    def _read_contested(self, ids):
        """item id -> what is contested of it, in its currency.

        What disputes leave standing apart, at most what is left of the item. Override
        to add what your addon knows to be contested; set-based.

        :rtype: dict[int, Decimal]
        """
        lines = self.env["debt.collection.dispute.line"]
        lines.flush_model(["move_line_id", "amount_contested"])
        self.env["account.move.line"].flush_model(["amount_residual_currency"])
        rows = self.env.execute_query(
            SQL(
                """SELECT i.id, i.currency_id,
                          LEAST(sum(d.amount_contested), i.amount_residual_currency)
                     FROM debt_collection_dispute_line d
                     JOIN account_move_line i ON i.id = d.move_line_id
                    WHERE d.move_line_id = ANY(%s) AND d.amount_contested > 0
                      AND i.amount_residual_currency > 0
                    GROUP BY i.id""",
                list(ids),
            )
        )
        browse = self.env["res.currency"].browse
        return {item: to_decimal(value, browse(money)) for item, money, value in rows}

    # === INTERRUPTIONS === #

    @api.model
    def _read_interruptions(self, ids):
        """item id -> what made its term of limitation run again, oldest first.

        Whether and how a kind interrupts is for the regime to say.

        :rtype: dict[int, list[Interruption]]
        """
        found = defaultdict(list)
        for reader in self._get_interruption_readers():
            for item, events in getattr(self, reader)(list(ids)).items():
                found[item] += events
        return {
            item: sorted(events, key=lambda event: (event.day, event.kind))
            for item, events in found.items()
        }

    @api.model
    def _get_interruption_readers(self):
        """Names of the methods of this model that read interruptions.

        Extend with your own: item ids -> {item id: [Interruption]}, set-based.

        :rtype: list[str]
        """
        return [
            "_read_part_payments",
            "_read_plan_acknowledgements",
            "_read_acts",
        ]

    @api.model
    def _read_acts(self, ids):
        """Acts of procedure that took place: they interrupt as their type says.

        A title that an act gave starts the term of its own kind, ``judgment``; who
        asks for time acknowledges the debt.

        :rtype: dict[int, list[Interruption]]
        """
        self.env["debt.collection.legal.step"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT x.move_line_id, s.date_done, t.interruption, r.gives
                     FROM debt_collection_claim x
                     JOIN debt_collection_legal_step s
                          ON s.case_id = x.case_id AND s.state = 'done'
                     JOIN debt_collection_legal_step_type t ON t.id = s.type_id
                     JOIN debt_collection_legal_result r ON r.id = s.result_id
                    WHERE x.move_line_id = ANY(%s)
                      AND r.is_failed IS NOT TRUE
                    ORDER BY s.date_done, s.id""",
                ids,
            )
        )
        found = defaultdict(list)
        for item, day, kind, gives in rows:
            if kind:
                found[item].append(Interruption(day, kind))
            if gives in ("title", "enforceable"):
                found[item].append(Interruption(day, "judgment"))
            if gives == "acknowledged":
                found[item].append(Interruption(day, "acknowledgement"))
        return found

    @api.model
    def _read_part_payments(self, ids):
        """Money of the debtor that paid a part: he acknowledges the rest.

        Not while he contested the item, nor when others paid for him.

        :rtype: dict[int, list[Interruption]]
        """
        self.env["account.partial.reconcile"].flush_model()
        self.env["debt.collection.dispute"].flush_model()
        self.env["debt.collection.dispute.line"].flush_model()
        rows = self.env.execute_query(self._get_part_payments_query(ids))
        found = defaultdict(list)
        for item, day in rows:
            found[item].append(Interruption(day, "acknowledgement"))
        return found

    @api.model
    def _get_part_payments_query(self, ids):
        """(item, day) of each payment after which something was left."""
        return SQL(
            """SELECT x.item, x.day FROM (
                   SELECT i.id AS item, k.date AS day, i.amount_currency AS principal,
                          sum(r.debit_amount_currency) OVER (
                              PARTITION BY i.id ORDER BY k.date, r.id) AS matched,
                          (j.type IN ('bank', 'cash', 'credit')
                              OR m.origin_payment_id IS NOT NULL)
                          AND kp.commercial_partner_id = ip.commercial_partner_id
                              AS is_own_money
                     FROM account_partial_reconcile r
                     JOIN account_move_line i ON i.id = r.debit_move_id
                     JOIN res_partner ip ON ip.id = i.partner_id
                     JOIN account_move_line k ON k.id = r.credit_move_id
                     JOIN account_move m ON m.id = k.move_id
                     JOIN account_journal j ON j.id = k.journal_id
                     LEFT JOIN res_partner kp ON kp.id = k.partner_id
                    WHERE r.debit_move_id = ANY(%s)
                      AND r.debit_amount_currency <> 0) x
                WHERE x.is_own_money AND x.matched < x.principal
                  AND NOT EXISTS (
                      SELECT FROM debt_collection_dispute_line l
                        JOIN debt_collection_dispute d ON d.id = l.dispute_id
                       WHERE l.move_line_id = x.item AND d.state <> 'withdrawn'
                         AND x.day BETWEEN d.date
                             AND COALESCE(d.date_settled, 'infinity'::date))
                ORDER BY x.item, x.day""",
            ids,
        )

    @api.model
    def _read_plan_acknowledgements(self, ids):
        """Requests for time, and what was acknowledged with a signature."""
        return self.env["debt.collection.plan"]._read_interruptions(ids)

    @api.model
    def _get_interruptions(self, key, row, context):
        return tuple(context["interruptions"].get(key, ()))

    @api.model
    def _read_frozen(self, ids):
        """item id -> the days on which a payment plan lets no interest run.

        From the day after it started, as long as it runs, and for good where it was
        kept: a plan that is broken froze nothing.

        :rtype: dict[int, list[tuple[date, date | None]]]
        """
        plans = self.env["debt.collection.plan"]
        plans.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.move_line_id, p.date_start + 1, p.date_ended
                     FROM debt_collection_plan p
                     JOIN %s r ON r.debt_collection_plan_id = p.id
                     JOIN debt_collection_claim c
                          ON c.id = r.debt_collection_claim_id
                    WHERE c.move_line_id = ANY(%s) AND p.kind = 'plan'
                      AND p.interest = 'frozen'
                      AND p.state IN ('accepted', 'running', 'kept')
                      AND COALESCE(p.date_ended > p.date_start, TRUE)
                    ORDER BY p.date_start, p.id""",
                SQL.identifier(plans._fields["claim_ids"].relation),
                list(ids),
            )
        )
        frozen = defaultdict(list)
        for item, first, last in rows:
            frozen[item].append((first, last))
        return frozen

    @api.model
    def _read_due_ranks(self, rows, terms):
        """Regular supply: which of the due dates of its contract in its year.

        A due date counts when the debtor got a letter about it; the item itself
        always does. Other contracts of the debtor have counts of their own. A fixed
        number of queries, and none when nothing is a regular supply.

        :rtype: dict[int, int]
        """
        regular = [row for row in rows if terms[row["id"]][0].is_regular_supply]
        if not regular:
            return {}
        others = self.env.execute_query_dict(
            self._get_earlier_query([row["id"] for row in regular])
        )
        # the model of those found for the items: of any company
        model = terms[regular[0]["id"]][0].browse()
        found = model._find_for_rows(others, lambda _row: True)
        days = defaultdict(set)
        for other in others:
            own, its = terms[other["item"]][0], found[other["id"]][0]
            if own._is_same_contract(its):
                days[other["item"]].add(other["due_date"])
        return {item: 1 + len(dates) for item, dates in days.items()}

    @api.model
    def _get_earlier_query(self, ids):
        """Items of the same debtor, due earlier in the same year, that a letter told.

        Those whose invoice names another contract are left out; a call, a visit or a
        task is no letter. With what `_find_for_rows` wants.
        """
        return SQL(
            """SELECT i.id AS item, o.id, o.move_id, o.company_id,
                      o.date_maturity AS due_date,
                      COALESCE(m.invoice_date, o.date) AS invoice_date,
                      q.commercial_partner_id AS debtor_id,
                      m.debt_collection_terms_id AS move_terms_id,
                      j.debt_collection_terms_id AS journal_terms_id,
                      co.debt_collection_terms_id AS company_terms_id
                 FROM account_move_line i
                 JOIN account_move n ON n.id = i.move_id
                 JOIN res_partner p ON p.id = i.partner_id
                 JOIN res_partner q
                      ON q.commercial_partner_id = p.commercial_partner_id
                 JOIN account_move_line o ON o.partner_id = q.id
                      AND o.company_id = i.company_id
                      AND o.account_id = i.account_id
                      AND o.date_maturity < i.date_maturity
                      AND date_part('year', o.date_maturity)
                          = date_part('year', i.date_maturity)
                 JOIN account_move m ON m.id = o.move_id
                      AND COALESCE(m.debt_collection_contract, '')
                          = COALESCE(n.debt_collection_contract, '')
                 JOIN account_journal j ON j.id = o.journal_id
                 JOIN res_company co ON co.id = o.company_id
                WHERE i.id = ANY(%s)
                  AND EXISTS (
                      SELECT FROM debt_collection_action_line y
                        JOIN debt_collection_delivery d ON d.action_id = y.action_id
                       WHERE y.move_line_id = o.id AND d.state = 'sent'
                         AND d.is_test IS NOT TRUE
                         AND NOT d.channel = ANY(%s))""",
            ids,
            [*MEETINGS, "task"],
        )
