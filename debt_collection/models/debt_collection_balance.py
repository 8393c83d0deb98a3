from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.statement import simple_balances
from ..tools.values import ZERO, ToolsError

# What the answers of a regime may depend on besides the amount, of the row of an item
SHAPE = (
    "regime",
    "company_id",
    "currency_id",
    "invoice_date",
    "due_date",
    "service_date",
    "receipt_date",
    "debtor_country",
    "instalments",
    "is_described",
)


class Balance(NamedTuple):
    """What is due on a case on a day, without its lines.

    ``error`` tells why there is no figure; then ``due`` means nothing.
    """

    due: Decimal = ZERO
    verified: bool = True
    error: str = ""


class Light(NamedTuple):
    """One item whose figure needs no replay; ``base`` is open and bears interest."""

    start: object
    rate: object
    fixed: Decimal
    is_due: bool
    verified: bool


class DebtCollectionBalance(models.AbstractModel):
    """What is due on many cases at once, for lists and reports.

    The same figure as the statement's ``due``. Cases with payments, contested parts,
    costs or booked charges are replayed; the others are computed in one pass, each
    regime asked once for all items of one shape.
    """

    _name = "debt.collection.balance"
    _description = "What is due, for many cases"

    @api.model
    def _for_cases(self, cases, day):
        """What is due on each case on a day, in a fixed number of queries.

        A case whose figure cannot be computed carries the reason instead.

        :rtype: dict[int, Balance]
        """
        if not cases:
            return {}
        Statement = self.env["debt.collection.statement"]
        Facts = self.env["debt.collection.facts"]
        groups = Statement._get_groups(cases)
        regimes = {
            item: key for group in groups.values() for item, key in group.items()
        }
        matches = Facts._read_matches(list(regimes))
        settled, costs = Statement._read_beside(set(cases.ids), day)
        rows = Facts._read_rows(regimes) if regimes else []
        tables = {}
        light, errors = self._get_light(rows, matches, tables, day)
        heavy = {
            key: group
            for key, group in groups.items()
            if key in settled or key in costs or not group.keys() <= light.keys()
        }
        found = self._sum_light(
            {key: group for key, group in groups.items() if key not in heavy},
            light,
            {row["id"]: row for row in rows},
            tables,
            day,
        )
        failed = self._pick_failed(heavy, errors)
        heavy = {key: group for key, group in heavy.items() if key not in failed}
        return found | failed | self._replay(heavy, day)

    @api.model
    def _get_empty(self):
        """The balance of a case that claims nothing."""
        return Balance()

    @api.model
    def _pick_failed(self, groups, errors):
        """Groups with an item whose regime already refused to answer."""
        return {
            key: Balance(error=next(errors[item] for item in group if item in errors))
            for key, group in groups.items()
            if not errors.keys().isdisjoint(group)
        }

    # === THE HEAVY PATH === #

    def _replay(self, groups, day):
        """Replay groups; one that fails does not stop the others."""
        if not groups:
            return {}
        Statement = self.env["debt.collection.statement"]
        try:
            found = Statement._for_groups(groups, day, cases={k: k for k in groups})
        except (UserError, ToolsError) as error:
            if len(groups) == 1:
                return dict.fromkeys(groups, Balance(error=str(error)))
            parts = (self._replay({key: group}, day) for key, group in groups.items())
            return {key: balance for part in parts for key, balance in part.items()}
        return {key: Balance(s.due, s.verified) for key, s in found.items()}

    # === THE LIGHT PATH === #

    def _get_light(self, rows, matches, tables, day):
        """Items that need no replay; their rates are added to `tables`.

        :return: (item id -> :class:`Light`, item id -> why the regime cannot answer)
        """
        if not rows:
            return {}, {}
        context = self.env["debt.collection.facts"]._read_context(rows, matches)
        context["tables"] = tables
        context["known"] = self.env["debt.collection.statement"]._get_currencies()
        answers, light, errors = {}, {}, {}
        for row in rows:
            key = row["id"]
            if key in matches or key in context["contested"]:
                continue
            if row["principal"] != row["residual"] or row["principal"] < 0:
                continue
            answer = self._answer(row, context, answers, day)
            if isinstance(answer, str):
                errors[key] = answer
            else:
                light[key] = answer
        return light, errors

    def _answer(self, row, context, answers, day):
        """The answer for the shape of a row, asked once."""
        key = row["id"]
        terms, accepted, counts = context["terms"][key]
        shape = (
            *(row[name] for name in SHAPE),
            terms.id,
            accepted,
            counts,
            context["ranks"].get(key, 1),
            tuple(context["notices"].get(key, ())),
        )
        if answers.get(shape, "unknown") == "amount":
            shape = (*shape, row["principal"])
        if shape not in answers:
            facts = self.env["debt.collection.facts"]._build(row, context)
            regime = self.env["debt.collection.regime"]._get_regime(facts.regime)
            if len(shape) == len(SHAPE) + 5 and regime._depends_on_amount(facts):
                answers[shape] = "amount"
                shape = (*shape, row["principal"])
            try:
                answers[shape] = self._ask(regime, facts, context, day)
            except (UserError, ToolsError) as error:
                answers[shape] = str(error)
        return answers[shape]

    def _ask(self, regime, facts, context, day):
        """What one shape of items bears on a day."""
        Statement = self.env["debt.collection.statement"]
        interest = regime._get_interest(facts, day)
        start = interest.start
        runs = start and start <= day and (interest.claimable_from or day) <= day
        rate = Statement._add_table(interest, context["tables"]) if runs else ""
        unverified = None
        if rate:
            table, first = context["tables"][rate], start.toordinal()
            table.weight(first, day.toordinal())  # raises when a rate is missing
            unverified = table.first_unverified(first)
        fixed = [
            charge
            for charge in regime._get_fixed_charges(facts, day)
            if charge.amount and charge.claimable_from <= day
        ]
        amounts = (
            Statement._convert(charge, facts.currency, context["known"])
            for charge in fixed
        )
        return Light(
            start=start,
            rate=rate,
            fixed=sum(amounts, ZERO),
            is_due=regime._get_due_date(facts).day <= day,
            verified=all(charge.verified for charge in fixed)
            and (unverified is None or unverified > day.toordinal()),
        )

    def _sum_light(self, groups, light, rows, tables, day):
        """Sum the items of each group by the light path."""
        by_rounding = defaultdict(list)
        currencies = {
            currency.id: (currency.decimal_places, Decimal(str(currency.rounding)))
            for currency in self.env["res.currency"].browse(
                {row["currency_id"] for row in rows.values()}
            )
        }
        sums, verified = dict.fromkeys(groups, ZERO), dict.fromkeys(groups, True)
        for key, group in groups.items():
            for item in group:
                answer, row = light[item], rows[item]
                places, rounding = currencies[row["currency_id"]]
                base = Decimal(f"{row['principal']:.{places}f}")
                by_rounding[rounding].append((key, base, answer))
                verified[key] &= answer.verified
        for rounding, found in by_rounding.items():
            balances = simple_balances(
                [
                    (base if a.is_due else ZERO, a.start, a.rate, a.fixed)
                    for _key, base, a in found
                ],
                tables,
                day,
                rounding=rounding,
            )
            for (key, _base, _a), (_interest, total) in zip(
                found, balances, strict=True
            ):
                sums[key] += total
        return {key: Balance(sums[key], verified[key]) for key in groups}
