from collections import defaultdict
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.statement import simple_balances
from ..tools.values import ZERO, ToolsError

# What the answers of a regime may depend on besides the amount, of the row of an item
SHAPE = itemgetter(
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


# The answer stands for one amount only
BY_AMOUNT = object()


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
        groups = self.env["debt.collection.statement"]._get_groups(cases)
        context = self._read(groups, cases, day)
        light, errors = self._get_light(context, day)
        replayed = context["beside"] | {
            key for key, group in groups.items() if not group.keys() <= light.keys()
        }
        found = {
            key: Balance(error=next(errors[item] for item in group if item in errors))
            for key, group in groups.items()
            if not errors.keys().isdisjoint(group)
        }
        heavy = {key: groups[key] for key in replayed - found.keys()}
        easy = {key: group for key, group in groups.items() if key not in replayed}
        found |= self._sum_light(easy, light, context, day)
        return found | self._replay(heavy, context, day)

    @api.model
    def _get_empty(self):
        """The balance of a case that claims nothing."""
        return Balance()

    def _read(self, groups, cases, day):
        """Everything that is read, once, for both paths."""
        Facts = self.env["debt.collection.facts"]
        regimes = {
            item: key for group in groups.values() for item, key in group.items()
        }
        matches = Facts._read_matches(list(regimes))
        rows = Facts._read_rows(regimes) if regimes else []
        settled, costs = self.env["debt.collection.statement"]._read_beside(
            set(cases.ids), day
        )
        context = Facts._read_context(rows, matches, False) if rows else {}
        return context | {
            "rows": {row["id"]: row for row in rows},
            "matches": matches,
            "tables": {},
            "beside": {*settled, *costs} & groups.keys(),
        }

    # === THE HEAVY PATH === #

    def _replay(self, groups, context, day):
        """Replay groups; one that fails does not stop the others."""
        if not groups:
            return {}
        Facts = self.env["debt.collection.facts"]
        facts = {
            item: Facts._build(context["rows"][item], context)
            for group in groups.values()
            for item in group
        }
        try:
            found = self.env["debt.collection.statement"]._for_groups(
                groups,
                day,
                cases={key: key for key in groups},
                known=(facts, context["matches"]),
            )
        except (UserError, ToolsError) as error:
            if len(groups) == 1:
                return dict.fromkeys(groups, Balance(error=str(error)))
            parts = (
                self._replay({key: group}, context, day)
                for key, group in groups.items()
            )
            return {key: balance for part in parts for key, balance in part.items()}
        return {key: Balance(s.due, s.verified) for key, s in found.items()}

    # === THE LIGHT PATH === #

    def _get_light(self, context, day):
        """Items that need no replay; their rates are added to the context.

        :return: (item id -> :class:`Light`, item id -> why the regime cannot answer)
        """
        answers, light, errors = {}, {}, {}
        moved = {
            key
            for name in ("matches", "contested", "frozen")
            for key in context.get(name, ())
        }
        for key, row in context["rows"].items():
            if key in moved:
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
        shape = (
            SHAPE(row),
            context["terms"][key],
            context["ranks"].get(key),
            tuple(context["notices"].get(key, ())),
        )
        answer = answers.get(shape)
        if answer is None:
            answer = answers[shape] = self._ask_safely(row, context, day)
        if answer is not BY_AMOUNT:
            return answer
        shape = (shape, row["principal"])
        if shape not in answers:
            answers[shape] = self._ask_safely(row, context, day, by_amount=True)
        return answers[shape]

    def _ask_safely(self, row, context, day, by_amount=False):
        """The answer on a row, or why there is none, or that its amount matters."""
        facts = self.env["debt.collection.facts"]._build(row, context)
        regime = self.env["debt.collection.regime"]._get_regime(facts.regime)
        if not by_amount and regime._depends_on_amount(facts):
            return BY_AMOUNT
        try:
            return self._ask(regime, facts, context, day)
        except (UserError, ToolsError) as error:
            return str(error)

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
        amounts = (Statement._convert(charge, facts.currency) for charge in fixed)
        return Light(
            start=start,
            rate=rate,
            fixed=sum(amounts, ZERO),
            is_due=regime._get_due_date(facts).day <= day,
            verified=all(charge.verified for charge in fixed)
            and (unverified is None or unverified > day.toordinal()),
        )

    def _sum_light(self, groups, light, context, day):
        """Sum the items of each group by the light path."""
        by_currency = defaultdict(list)
        sums, verified = dict.fromkeys(groups, ZERO), dict.fromkeys(groups, True)
        for key, group in groups.items():
            for item in group:
                answer, row = light[item], context["rows"][item]
                by_currency[row["currency_id"]].append((key, row["principal"], answer))
                if not answer.verified:
                    verified[key] = False
        for currency_id, found in by_currency.items():
            currency = context["currencies"][currency_id]
            pattern = f"%.{currency.decimal_places}f"
            totals = simple_balances(
                (
                    (Decimal(pattern % base) if a.is_due else ZERO, *a[:3])
                    for _key, base, a in found
                ),
                context["tables"],
                day,
                rounding=Decimal(str(currency.rounding)),
            )
            for (key, *_rest), (_interest, total) in zip(found, totals, strict=True):
                sums[key] += total
        return {key: Balance(sums[key], verified[key]) for key in groups}
