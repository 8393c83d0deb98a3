from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..tools import values
from ..tools.answers import InterestTerms
from ..tools.interest import RateTable, freeze
from ..tools.statement import statement
from .debt_collection_facts import to_decimal
from .debt_collection_parameter import MissingParameter

# The shape of the JSON: raised when a key changes its meaning or goes
JSON_VERSION = 1


class DebtCollectionStatement(models.AbstractModel):
    """The single source of every figure: screen, letter, portal and books ask here.

    It reads items and their matched payments set-based, asks the regimes what may be
    claimed, and replays it all in `tools.statement`.
    """

    _name = "debt.collection.statement"
    _description = "Statement of what is due"

    # === ENTRY POINTS === #

    @api.model
    def _for_cases(self, cases, day, **options):
        """The statement of each case as of a day.

        :param options: see `_for_groups`
        :rtype: dict[int, tools.values.Statement]
        """
        own = {case_id: case_id for case_id in cases.ids}
        return self._for_groups(self._get_groups(cases), day, cases=own, **options)

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
    def _get_groups(self, cases):
        """case id -> {item id: regime key}: what each case claims, in one query.

        A closed case shows what it claimed when it closed.
        """
        self.env["debt.collection.claim"].flush_model()
        cases.flush_recordset(["date_closed"])
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, x.move_line_id, x.regime
                     FROM debt_collection_case c
                     JOIN debt_collection_claim x ON x.case_id = c.id
                    WHERE c.id = ANY(%s) AND (x.is_open OR c.date_closed IS NOT NULL)
                    ORDER BY x.date_due, x.id""",
                cases.ids,
            )
        )
        groups = {case_id: {} for case_id in cases.ids}
        for case_id, item, regime in rows:
            groups[case_id][item] = regime
        return groups

    @api.model
    def _for_groups(
        self,
        groups,
        day,
        verified_only=False,
        principal_only=False,
        cases=None,
        known=None,
    ):
        """Statements of groups of items, in a handful of queries for all of them.

        :param dict groups: key -> {item id: regime key}
        :param bool verified_only: stop interest at the last day with a verified rate,
            as every document that reaches a debtor must
        :param bool principal_only: leave interest and fixed charges out
        :param dict cases: key -> id of the case whose booked and waived charges and
            whose costs belong to the group
        :param tuple known: (item id -> facts, item id -> matches) read before; the
            claims then carry no labels
        :rtype: dict[object, tools.values.Statement]
        """
        regimes = {
            item: key for group in groups.values() for item, key in group.items()
        }
        facts, matches = known or self._read_facts(regimes)
        context = {
            "day": day,
            "verified_only": verified_only,
            "principal_only": principal_only,
            "labels": {} if known else self._read_labels(list(regimes)),
            "matches": matches,
            "currencies": self._get_currencies(
                {fact.currency for fact in facts.values()}
            ),
            "tables": {},
            "asked": {},
        }
        cases = {} if principal_only else cases or {}
        settled, costs = self._read_beside(set(cases.values()), day)
        return {
            key: self._replay(
                [facts[item] for item in group],
                context,
                settled.get(cases.get(key), ()),
                costs.get(cases.get(key), ()),
            )
            for key, group in groups.items()
        }

    @api.model
    def _read_facts(self, regimes):
        Facts = self.env["debt.collection.facts"]
        matches = Facts._read_matches(list(regimes))
        return Facts._read(regimes, matches, interruptions=False), matches

    @api.model
    def _read_beside(self, case_ids, day):
        """What settles cases beside their items, and their costs.

        :return: (case id -> [Payment], case id -> [Charge])
        """
        if not case_ids:
            return {}, {}
        cases = self.env["debt.collection.case"].browse(case_ids)
        settled = self.env["debt.collection.charge"]._read_settled(cases.ids)
        return settled, self._read_costs(cases, day)

    # === ASKING AND REPLAYING === #

    def _replay(self, facts, context, settled, costs):
        """Ask about one group of items and replay it in the order of its regime."""
        claims, charges, rates = self._ask(facts, context)
        charges += costs
        payments, credits = self._split_matches(facts, context["matches"])
        keys = {None, *(fact.key for fact in facts)}
        payments += [payment for payment in settled if payment.claim in keys]
        return statement(
            claims,
            [charge for charge in charges if charge.kind != "cost"],
            [charge for charge in charges if charge.kind == "cost"],
            payments,
            rates,
            self._get_order(facts),
            context["day"],
            credits=credits,
            rounding=self._get_rounding(facts, context["currencies"]),
            verified_only=context["verified_only"],
        )

    def _ask(self, facts, context):
        """What the regimes let claim: (claims, charges, rate key -> table)."""
        claims, charges, rates = [], [], {}
        for fact in facts:
            interest, fixed, due = self._ask_once(fact, context)
            interest = self._freeze(interest, fact)
            rate = self._add_table(interest, context["tables"])
            if rate:
                rates[rate] = context["tables"][rate]
            charges += self._build_charges(fact, fixed, context["currencies"])
            warnings = (due.warning, interest.warning, *(c.warning for c in fixed))
            warnings = tuple(dict.fromkeys(filter(None, warnings)))
            label = context["labels"].get(fact.key, "")
            claims.append(
                self._build_claim(fact, due.day, interest, rate, label, warnings)
            )
        return claims, charges, rates

    def _ask_once(self, fact, context):
        """What the law answers on a claim, asked once for all of its shape.

        :return: (InterestTerms, [FixedCharge], DueDate)
        """
        regime = self.env["debt.collection.regime"]._get_regime(fact.regime)
        shape = fact.get_shape(regime._depends_on_amount(fact))
        answer = context["asked"].get(shape)
        if answer is None:
            interest, fixed = InterestTerms(), ()
            if not context["principal_only"]:
                interest = self._ask_interest(regime, fact, context)
                fixed = regime._get_fixed_charges(fact, context["day"])
            answer = interest, fixed, regime._get_due_date(fact)
            context["asked"][shape] = answer
        return answer

    def _ask_interest(self, regime, fact, context):
        """The interest of a claim; in a document up to where the rates end.

        Where time went on and nobody entered the next rate yet, a document states the
        days before, and `tools.statement` keeps the others in reserve.
        """
        try:
            return regime._get_interest(fact, context["day"])
        except MissingParameter as missing:
            if not (context["verified_only"] and missing.is_ended):
                raise
            return regime._get_interest(fact, missing.day - timedelta(days=1))

    @api.model
    def _freeze(self, interest, fact):
        """The interest of a claim, standing still while a payment plan says so."""
        if not fact.frozen or not interest.start:
            return interest
        ground = self.env._("Payment plan: interest stands still")
        return replace(interest, periods=freeze(interest.periods, fact.frozen, ground))

    @api.model
    def _add_table(self, interest, tables):
        """The key of the rates of an answer, its table made once; empty: no interest.

        Rates are known by identity: a table keeps them alive as long as its key.
        """
        if not interest.start:
            return ""
        key = (interest.divisor, *map(id, interest.periods))
        if key not in tables:
            tables[key] = RateTable(interest.periods, interest.divisor)
        return key

    def _build_claim(self, fact, due_date, interest, rate, label, warnings):
        return values.Claim(
            key=fact.key,
            principal=fact.principal,
            due_date=due_date,
            invoice_date=min(fact.invoice_date, due_date),
            rate=rate,
            interest_from=interest.start,
            claimable_from=interest.claimable_from,
            contested=fact.contested,
            residual=fact.residual,
            label=label,
            warnings=warnings,
        )

    def _build_charges(self, fact, fixed, currencies):
        return [
            values.Charge(
                key=(fact.key, charge.code),
                kind=charge.kind,
                amount=self._convert(charge, fact.currency, currencies),
                day=charge.claimable_from,
                ground=charge.ground,
                claim=fact.key,
                verified=charge.verified,
                needs_open=True,
            )
            for charge in fixed
            if charge.amount
        ]

    def _convert(self, charge, currency_name, currencies=None):
        """An amount of the law in the currency of the claim, on its own day."""
        if charge.currency == currency_name:
            return charge.amount
        if not currencies or {charge.currency, currency_name} - currencies.keys():
            currencies = self._get_currencies({charge.currency, currency_name})
        target = currencies[currency_name]
        amount = currencies[charge.currency]._convert(
            float(charge.amount), target, self.env.company, charge.claimable_from
        )
        return to_decimal(amount, target)

    @api.model
    def _get_currencies(self, names):
        """name -> currency, archived ones included."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        found = currencies.search([("name", "in", list(names))])
        return {currency.name: currency for currency in found}

    @api.model
    def _get_rounding(self, facts, currencies):
        """The smallest unit of the claims' currency, as an exact decimal."""
        if not facts:
            return values.CENT
        return Decimal(str(currencies[facts[0].currency].rounding))

    def _get_order(self, facts):
        if not facts:
            return values.Order()
        regime = self.env["debt.collection.regime"]._get_regime(facts[0].regime)
        return values.Order(kinds=regime._get_imputation_order(facts[0]))

    # === READING === #

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
    def _split_matches(self, facts, matches):
        """What was matched to the items: ([Payment], [Credit])."""
        payments, credits = [], []
        for fact in facts:
            for match in matches.get(fact.key, ()):
                if match.is_loss:
                    continue  # in the creditor's books alone
                source, day, amount = match.source, match.day, match.amount
                if match.is_money:
                    payments.append(values.Payment(source, day, amount, fact.key))
                else:
                    credit = values.Credit(source, day, amount, fact.key, match.label)
                    credits.append(credit)
        return payments, credits

    @api.model
    def _read_costs(self, cases, day):
        """Costs claimed from the debtor: case id -> [Charge of kind cost, no claim].

        What was engaged, performed, and may be recovered by the regime. What was only
        requested or approved is nobody's business but the creditor's. Set-based.

        :rtype: dict[int, list[tools.values.Charge]]
        """
        found = defaultdict(list)
        for cost in self._find_costs(cases.ids, day):
            case = cost.case_id
            charge = values.Charge(
                key=("cost", cost.id),
                kind="cost",
                amount=self._convert_cost(cost, cost._get_spent(), case.currency_id),
                day=cost.date_performed,
                ground=cost._get_ground(),
            )
            found[case.id].append(charge)
        return dict(found)

    @api.model
    def _find_costs(self, case_ids, day):
        """The costs that the debtor owes on a day, of any number of cases."""
        # who may see a statement sees the costs in it
        costs_sudo = self.env["debt.collection.cost"].sudo()
        found = costs_sudo.search(
            [
                ("case_id", "in", list(case_ids)),
                ("stage", "=", "engaged"),
                ("date_performed", "<=", day),
            ],
            order="date_performed, id",
        )
        return found._filter_claimable().filtered(lambda cost: cost._get_spent())

    @api.model
    def _convert_cost(self, cost, amount, currency, back=False):
        """An amount of a cost in the currency of its case, on the day of the act.

        As long as it was not performed: on the day of the yes.

        :param bool back: the other way round
        :rtype: Decimal
        """
        source, target = cost.currency_id, currency
        if back:
            source, target = target, source
        day = cost.date_performed or cost.date_approved
        worth = source._convert(float(amount), target, cost.company_id, day)
        return to_decimal(worth, target)

    @api.model
    def _read_recovered(self, costs):
        """What payments settled of claimed costs, in their own currency.

        Waivers are no payments. A case whose statement fails is left out.

        :rtype: dict[int, float]
        """
        result = {}
        Charge = self.env["debt.collection.charge"]
        for company, group in costs.grouped("company_id").items():
            day = company._get_collection_today()
            Own = Charge.with_company(company)
            statements = Own._get_statements(group.case_id, day)
            paid = {
                case_id: self._get_paid_costs(found)
                for case_id, found in statements.items()
            }
            result |= {
                cost.id: float(
                    self._convert_cost(
                        cost,
                        paid[cost.case_id.id].get(("cost", cost.id), values.ZERO),
                        cost.case_id.currency_id,
                        back=True,
                    )
                )
                for cost in group
                if cost.case_id.id in paid
            }
        return result

    @api.model
    def _get_paid_costs(self, found):
        """Key of a cost -> what money, no waiver, settled of it."""
        paid = defaultdict(lambda: values.ZERO)
        for line in found.payments:
            for part in () if line.payment.waived else line.allocations:
                if part.kind == "cost":
                    paid[part.debt] += part.amount
        return paid

    @api.model
    def _read_cost_stages(self, cases, day, internal=False):
        """The costs of each case by stage, as its statement lists them; set-based.

        :param bool internal: for the creditor's own people: every cost that somebody
            said yes to, by what was ``approved``, ``engaged``, ``billed`` and
            ``recovered``; else what the debtor owes, without what was approved
        :return: case id -> (stage, label, amount) rows
        :rtype: dict[int, list[tuple[str, str, Decimal]]]
        """
        find = self._find_approved_costs if internal else self._find_costs
        found = defaultdict(list)
        for cost in find(cases.ids, day):
            stages = ("approved",) if internal else ()
            if cost.stage == "engaged":
                stages += ("engaged", "billed", "recovered")
            currency = cost.case_id.currency_id
            for stage in stages:
                amount = self._convert_cost(cost, cost[f"amount_{stage}"], currency)
                row = (stage, cost.type_id.name, amount)
                found[cost.case_id.id].append(row)
        return dict(found)

    @api.model
    def _find_approved_costs(self, case_ids, day):
        """The costs that somebody had said yes to by a day; never for the debtor."""
        # who may see a statement sees the costs in it
        costs_sudo = self.env["debt.collection.cost"].sudo()
        return costs_sudo.search(
            [
                ("case_id", "in", list(case_ids)),
                ("stage", "in", ("approved", "engaged")),
                ("date_approved", "<=", day),
            ],
            order="date_approved, id",
        )

    # === WORDS === #

    @api.model
    def _get_warnings(self, found):
        """The warnings of a statement as sentences: [(label of the claim, text)].

        :param tools.values.Statement found: the statement
        """
        texts = self._get_warning_sentences()
        return [
            (row.claim.label, texts.get(code, code))
            for row in found.claims
            for code in row.claim.warnings
        ]

    @api.model
    def _get_warning_sentences(self):
        """Code of a warning -> sentence; an addon with codes of its own adds them."""
        return {
            "term_too_long": self.env._(
                "The agreed term of payment is longer than the law allows and counts "
                "as not written: the term of the law was counted."
            ),
            "clause_void": self.env._(
                "A clause of the general terms claims more than the law allows and "
                "counts as not written: nothing is claimed on it. Ask a lawyer."
            ),
        }

    # === JSON === #

    @api.model
    def _to_json(self, case, found, internal=False):
        """The statement of a case as plain data, for other programs.

        ``version`` is raised when a key changes its meaning or goes; new keys may
        come without. Amounts are texts in ``currency``, days are ISO texts.
        ``due = principal + interest + indemnity + cost - contested``; what is under
        ``not_yet`` is in no total; ``verified`` is false where a number of the law
        behind a figure is still to be verified.

        :param bool internal: with the costs that were approved, which no debtor sees
        :rtype: dict
        """
        return {
            "version": JSON_VERSION,
            "case": case.name,
            "creditor": case.company_id.name,
            "debtor": case.partner_id.display_name,
            "reference": case._get_payment_reference(),
            "currency": case.currency_id.name,
            "at": str(found.at),
            "valid_until": str(found.at),
            "interest_reserved_from": str(found.interest_reserved_from or "") or None,
            "verified": found.verified,
            "claims": [self._claim_to_json(row) for row in found.claims],
            "charges": [self._charge_to_json(row) for row in found.charges],
            "costs": [self._charge_to_json(row) for row in found.costs],
            "cost_stages": self._stages_to_json(case, found.at, internal),
            "payments": self._payments_to_json(found),
            "credits": [
                {"day": str(row.day), "amount": str(row.amount), "label": row.ground}
                for row in found.credits
            ],
            "not_yet": [self._not_yet_to_json(row) for row in found.not_yet],
            "warnings": [
                {"invoice": label, "text": text}
                for label, text in self._get_warnings(found)
            ],
            "totals": self._totals_to_json(found),
        }

    @api.model
    def _stages_to_json(self, case, day, internal):
        stages = self._read_cost_stages(case, day, internal).get(case.id, ())
        return [
            {"stage": stage, "label": label, "amount": str(amount)}
            for stage, label, amount in stages
        ]

    @api.model
    def _not_yet_to_json(self, row):
        return {
            "kind": row.kind,
            "amount": str(row.amount),
            "claimable_from": str(row.claimable_from or "") or None,
            "ground": row.ground,
        }

    @api.model
    def _totals_to_json(self, found):
        totals = {
            "principal": found.principal_left,
            "interest": found.interest_left,
            "indemnity": found.indemnity_left,
            "cost": found.cost_left,
            "balance": found.balance,
            "contested": found.contested + found.contested_interest,
            "due": found.due,
            "paid": found.paid,
            "overpayment": found.overpayment,
        }
        return {name: str(amount) for name, amount in totals.items()}

    @api.model
    def _claim_to_json(self, row):
        return {
            "invoice": row.claim.label,
            "date": str(row.claim.invoice_date),
            "due_date": str(row.claim.due_date),
            "principal": str(row.principal),
            "credited": str(row.credited),
            "principal_left": str(row.principal_left),
            "contested": str(row.contested),
            "interest": str(row.interest),
            "interest_left": str(row.interest_left),
            "interest_lines": [
                {
                    "from": str(line.start),
                    "to": str(line.end),
                    "days": line.days,
                    "base": str(line.base),
                    "percent": str(line.percent),
                    "amount": str(line.shown),
                    "ground": line.ground,
                    "verified": line.verified,
                }
                for line in row.interest_lines
            ],
        }

    @api.model
    def _charge_to_json(self, row):
        return {
            "kind": row.charge.kind,
            "ground": row.charge.ground,
            "day": str(row.charge.day or "") or None,
            "amount": str(row.amount),
            "left": str(row.left),
            "verified": row.charge.verified,
        }

    @api.model
    def _payments_to_json(self, found):
        """Money first joined by transfer; what was given up stands as ``waived``."""
        return [
            {
                "day": str(row["day"]),
                "amount": str(row["amount"]),
                "waived": row["waived"],
                "imputed": {kind: str(part) for kind, part in row["parts"].items()},
                "surplus": str(row["surplus"]),
            }
            for row in self._get_payment_rows(found)
        ]

    @api.model
    def _get_payment_rows(self, found):
        """The payments of a statement, one row a transfer, by what they settled.

        :return: dicts of day, amount, waived, parts (kind -> amount), surplus
        """
        rows = {}
        for line in found.payments:
            payment = line.payment
            row = rows.setdefault(
                payment.key,
                {
                    "day": payment.day,
                    "waived": payment.waived,
                    "amount": values.ZERO,
                    "surplus": values.ZERO,
                    "parts": defaultdict(lambda: values.ZERO),
                },
            )
            row["amount"] += payment.amount
            row["surplus"] += line.surplus
            for part in line.allocations:
                row["parts"][part.kind] += part.amount
        return list(rows.values())
