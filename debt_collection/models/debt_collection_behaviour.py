from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools import behaviour
from .debt_collection_facts import to_decimal

# days of the past that a score looks at
WINDOW = 730
# days after the due date at which a payment is still punctual
GRACE = 7


class DebtCollectionBehaviour(models.AbstractModel):
    """How debtors pay us, from the ledger: a score with its reasons in words."""

    _name = "debt.collection.behaviour"
    _description = "Payment behaviour"

    @api.model
    def _get_scores(self, debtors, company, day):
        """The score of each debtor on a day, three queries for any number.

        :param res.partner debtors: commercial partners
        :rtype: dict[int, tools.behaviour.Score]
        """
        histories = self._read_histories(debtors, company, day)
        none = behaviour.History()
        return {
            debtor.id: behaviour.assess(histories.get(debtor.id, none))
            for debtor in debtors
        }

    @api.model
    def _read_histories(self, debtors, company, day):
        """Debtor id -> what is counted of him; amounts in the company's currency."""
        paid = self._read_paid(debtors, company, day)
        owed = self._read_owed(debtors, company, day)
        promised = self._read_promises(debtors, company, day)
        none = (0, 0)
        return {
            key: behaviour.History(
                *paid.get(key, (0, 0, Decimal(0))),
                *owed.get(key, (Decimal(0), Decimal(0))),
                *promised.get(key, none),
            )
            for key in debtors.ids
        }

    @api.model
    def _read_paid(self, debtors, company, day):
        """Debtor id -> (invoices paid in full, of them punctual, average days late)."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.commercial_partner_id, count(*),
                          count(*) FILTER (WHERE f.paid <= l.date_maturity + %s),
                          avg(GREATEST(f.paid - l.date_maturity, 0))
                     FROM account_move_line l
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN account_account t ON t.id = l.account_id
                     JOIN account_move m ON m.id = l.move_id
                          AND m.is_collection_charge IS NOT TRUE
                     JOIN LATERAL (SELECT max(r.max_date) AS paid
                                     FROM account_partial_reconcile r
                                    WHERE r.debit_move_id = l.id) f ON TRUE
                    WHERE p.commercial_partner_id = ANY(%s) AND l.reconciled
                      AND l.company_id = %s AND l.parent_state = 'posted'
                      AND t.account_type = 'asset_receivable' AND l.debit > 0
                      AND f.paid > %s AND f.paid <= %s
                    GROUP BY p.commercial_partner_id""",
                GRACE,
                debtors.ids,
                company.id,
                day - timedelta(days=WINDOW),
                day,
            )
        )
        return {key: (paid, punctual, late) for key, paid, punctual, late in rows}

    @api.model
    def _read_owed(self, debtors, company, day):
        """Debtor id -> (open, overdue), credits counted against what is open."""
        rows = self.env.execute_query(
            SQL(
                """SELECT p.commercial_partner_id, sum(l.amount_residual),
                          COALESCE(sum(l.amount_residual)
                                   FILTER (WHERE l.date_maturity < %s), 0)
                     FROM account_move_line l
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN account_account t ON t.id = l.account_id
                    WHERE p.commercial_partner_id = ANY(%s)
                      AND l.reconciled IS NOT TRUE
                      AND l.company_id = %s AND l.parent_state = 'posted'
                      AND t.account_type = 'asset_receivable'
                    GROUP BY p.commercial_partner_id""",
                day,
                debtors.ids,
                company.id,
            )
        )
        money = company.currency_id
        return {
            key: tuple(max(to_decimal(x, money), Decimal(0)) for x in (owed, late))
            for key, owed, late in rows
        }

    @api.model
    def _read_promises(self, debtors, company, day):
        """Debtor id -> (promises and plans that were judged, those not kept)."""
        groups = self.env["debt.collection.plan"]._read_group(
            [
                ("partner_id", "in", debtors.ids),
                ("company_id", "=", company.id),
                ("state", "in", ("kept", "broken")),
                ("date_start", "<=", day),
            ],
            ["partner_id", "state"],
            ["__count"],
        )
        found = {}
        for debtor, state, count in groups:
            judged, broken = found.get(debtor.id, (0, 0))
            broken += count if state == "broken" else 0
            found[debtor.id] = (judged + count, broken)
        return found

    # === WORDS === #

    @api.model
    def _word(self, score):
        """A score as sentences, the weights in sight.

        :param tools.behaviour.Score score: of one debtor
        :rtype: list[str]
        """
        if score.points is None:
            return [
                self.env._(
                    "No basis: %(number)s paid invoices in two years, %(least)s are "
                    "needed.",
                    number=score.number,
                    least=behaviour.LEAST,
                )
            ]
        head = self.env._(
            "Score %(points)s of 100, from %(number)s paid invoices in two years.",
            points=score.points,
            number=score.number,
        )
        return [head] + [self._word_reason(reason) for reason in score.reasons]

    @api.model
    def _word_reason(self, reason):
        sentences = {
            "punctual": self.env._(
                "%(points)s of %(weight)s: %(number)s of %(total)s paid within a week "
                "of the due date."
            ),
            "late": self.env._(
                "%(points)s of %(weight)s: on average %(days)s days late."
            ),
            "overdue": self.env._(
                "%(points)s of %(weight)s: %(percent)s %% of what is open is overdue."
            ),
            "broken": self.env._(
                "%(points)s of %(weight)s: %(number)s of %(total)s promises broken."
            ),
        }
        values = {"points": reason.points, "weight": reason.weight}
        return sentences[reason.code] % {**values, **dict(reason.params)}

    # === CHECKS === #

    @api.model
    def _make_checks(self, debtors, company, day):
        """Record the findings that the scores give; a middling score gives none.

        :rtype: debt.collection.solvency.check
        """
        scores = self._get_scores(debtors, company, day)
        return self.env["debt.collection.solvency.check"].create(
            [
                self._prepare_check(key, score, company, day)
                for key, score in scores.items()
                if score.finding
            ]
        )

    @api.model
    def _prepare_check(self, debtor_id, score, company, day):
        return {
            "partner_id": debtor_id,
            "company_id": company.id,
            "date": day,
            "origin": "behaviour",
            "source": self.env._("Own payment history"),
            "finding": score.finding,
            "note": "\n".join(self._word(score)),
        }
