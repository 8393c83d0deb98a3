from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools import values
from ..tools.answers import InterestTerms
from ..tools.statement import statement
from .debt_collection_facts import to_decimal


class DebtCollectionStatement(models.AbstractModel):
    """The single source of every figure: screen, letter, portal and books ask here.

    It reads items and their matched payments set-based, asks the regimes what may be
    claimed, and replays it all in `tools.statement`.
    """

    _name = "debt.collection.statement"
    _description = "Statement of what is due"

    @api.model
    def _for_cases(self, cases, day, **options):
        """The statement of each case as of a day.

        :param options: see `_for_groups`
        :rtype: dict[int, tools.values.Statement]
        """
        claims = cases.claim_ids.filtered(
            lambda claim: claim.is_open or claim.case_id.date_closed
        )
        groups = {
            case.id: {claim.move_line_id.id: claim.regime for claim in case_claims}
            for case, case_claims in claims.grouped("case_id").items()
        }
        return self._for_groups(groups, day, **options)

    @api.model
    def _for_items(self, items, day, **options):
        """The statement of items that are on no case, as one.

        :param account.move.line items: receivable items in one currency
        :rtype: tools.values.Statement
        """
        regimes = {
            line_id: regime
            for line_id, (regime, _reason) in self.env["debt.collection.regime"]
            ._determine(items)
            .items()
        }
        return self._for_groups({0: regimes}, day, **options)[0]

    @api.model
    def _for_groups(self, groups, day, verified_only=False, principal_only=False):
        """Statements of groups of items.

        :param dict groups: key -> {item id: regime key}
        :param bool verified_only: stop interest at the last verified rate, as every
            document that reaches a debtor must
        :param bool principal_only: leave interest and fixed charges out
        :rtype: dict
        """
        regimes = {item: key for group in groups.values() for item, key in group.items()}
        facts = self.env["debt.collection.facts"]._read(regimes)
        payments, credits = self._read_matches(list(regimes))
        labels = self._read_labels(list(regimes))
        result = {}
        for key, group in groups.items():
            group_facts = [facts[item] for item in group]
            asked = self._ask(group_facts, labels, day, principal_only)
            result[key] = self._replay(
                group_facts, asked, payments, credits, day, verified_only
            )
        return result

    def _ask(self, facts, labels, day, principal_only):
        """What the regimes let claim: (claims, charges, rates by item)."""
        claims, charges, rates = [], [], {}
        for fact in facts:
            regime = self.env["debt.collection.regime"]._get_regime(fact.regime)
            interest = InterestTerms()
            if not principal_only:
                interest = regime._get_interest(fact, day)
                charges.extend(self._build_charges(fact, regime, day))
            rates[fact.key] = interest.periods
            due_date = regime._get_due_date(fact).day
            claims.append(self._build_claim(fact, due_date, interest, labels))
        return claims, charges, rates

    def _replay(self, facts, asked, payments, credits, day, verified_only):
        """Replay one group of items in the order its regime wants."""
        claims, charges, rates = asked
        keys = {fact.key for fact in facts}
        return statement(
            claims,
            [charge for charge in charges if charge.kind != "cost"],
            [charge for charge in charges if charge.kind == "cost"],
            [payment for key in keys for payment in payments[key]],
            rates,
            self._get_order(facts),
            day,
            credits=[credit for key in keys for credit in credits[key]],
            rounding=self._get_rounding(facts),
            verified_only=verified_only,
        )

    def _build_claim(self, fact, due_date, interest, labels):
        return values.Claim(
            key=fact.key,
            principal=fact.principal,
            due_date=due_date,
            invoice_date=min(fact.invoice_date, due_date),
            rate=fact.key if interest.start else "",
            interest_from=interest.start,
            claimable_from=interest.claimable_from,
            contested=fact.contested,
            residual=fact.residual,
            label=labels.get(fact.key, ""),
        )

    def _build_charges(self, fact, regime, day):
        for charge in regime._get_fixed_charges(fact, day):
            yield values.Charge(
                key=(fact.key, charge.code),
                kind=charge.kind,
                amount=self._convert(charge, fact.currency),
                day=charge.claimable_from,
                ground=charge.ground,
                claim=fact.key,
                verified=charge.verified,
                needs_open=True,
            )

    def _convert(self, charge, currency_name):
        """An amount of the law in the currency of the claim, on its own day."""
        if charge.currency == currency_name:
            return charge.amount
        Currency = self.env["res.currency"].with_context(active_test=False)
        known = {
            currency.name: currency
            for currency in Currency.search(
                [("name", "in", (charge.currency, currency_name))]
            )
        }
        target = known[currency_name]
        amount = known[charge.currency]._convert(
            float(charge.amount), target, self.env.company, charge.claimable_from
        )
        return to_decimal(amount, target)

    def _get_rounding(self, facts):
        """The smallest unit of the claims' currency, as an exact decimal."""
        if not facts:
            return values.CENT
        currency = self.env["res.currency"].with_context(active_test=False)
        found = currency.search([("name", "=", facts[0].currency)], limit=1)
        return Decimal(str(found.rounding))

    def _get_order(self, facts):
        if not facts:
            return values.Order()
        regime = self.env["debt.collection.regime"]._get_regime(facts[0].regime)
        return values.Order(kinds=regime._get_imputation_order(facts[0]))

    @api.model
    def _read_labels(self, ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT id, COALESCE(move_name, name, '') FROM account_move_line
                    WHERE id = ANY(%s)""",
                ids,
            )
        )
        return dict(rows)

    @api.model
    def _read_matches(self, ids):
        """What was matched to items: money as payments, the rest as credits.

        :return: (item id -> [Payment], item id -> [Credit])
        """
        payments, credits = defaultdict(list), defaultdict(list)
        rows = self.env.execute_query(
            SQL(
                """SELECT r.debit_move_id, r.credit_move_id, k.date,
                          r.debit_amount_currency, r.debit_currency_id, k.move_name,
                          j.type IN ('bank', 'cash', 'credit')
                              OR m.origin_payment_id IS NOT NULL
                     FROM account_partial_reconcile r
                     JOIN account_move_line k ON k.id = r.credit_move_id
                     JOIN account_move m ON m.id = k.move_id
                     JOIN account_journal j ON j.id = k.journal_id
                    WHERE r.debit_move_id = ANY(%s) ORDER BY k.date, r.id""",
                ids,
            )
        )
        for item, credit, day, amount, currency_id, name, is_money in rows:
            currency = self.env["res.currency"].browse(currency_id)
            value = to_decimal(amount, currency)
            if is_money:
                payments[item].append(values.Payment(credit, day, value, claim=item))
            else:
                credits[item].append(values.Credit(credit, day, value, item, name or ""))
        return payments, credits

