from decimal import Decimal

from odoo import fields, models

OUTCOMES = [
    ("paid", "Paid"),
    ("paid_costs", "Paid directly, after costs"),
    ("credited", "Credited"),
    ("waived", "Partly paid, rest waived"),
    ("withdrawn", "Withdrawn"),
    ("irrecoverable", "Irrecoverable"),
    ("bankrupt", "Bankrupt"),
    ("uneconomic", "Uneconomic"),
    ("prescribed", "Prescribed"),
    ("lost", "Lost in court"),
    ("joined", "Joined to another case"),
]
# The ledger alone closes a case in these ways, and opens it again
BY_LEDGER = ("paid", "paid_costs", "credited")
# Nothing more is asked from the debtor; what will be written off keeps its charges
GIVEN_UP = (*BY_LEDGER, "waived", "withdrawn", "uneconomic", "lost")
ZERO = Decimal(0)
# What the engine asked of people on an open case. The days of an insolvency stay: a
# claim is declared there whatever became of its case
AGENDA = [
    f"debt_collection.mail_activity_type_{kind}"
    for kind in ("call", "visit", "plan", "legal", "limitation")
]


class DebtCollectionCaseClosing(models.AbstractModel):
    """How a case ends: one place, whatever the outcome, for any number of cases."""

    _name = "debt.collection.case.closing"
    _description = "Closing of a case"

    date_costs_only = fields.Date(
        string="Only costs since",
        readonly=True,
        copy=False,
        help="The invoices were paid to the creditor; costs engaged before are left.",
    )

    # === ACTION METHODS === #

    def action_reopen(self):
        """Open a closed case again, its ladder where it stood.

        :raises UserError: something has to be undone first
        """
        self.check_access("write")
        self._check_not_erased()
        self._check_reopen()
        self._reopen(self.env._("opened again by hand"))

    def action_print_closing(self):
        """The closing letter with its statement, as a PDF."""
        report = self.env.ref("debt_collection.report_closing")
        return report.report_action(self, config=False)

    # === CLOSING === #

    def _close(self, outcome, day):
        """Close the cases with that outcome; closed ones are left alone.

        The one way a case ends: what did not leave is taken back, costs fall where the
        agreement says, rests, plans and disputes end, partners are told, and the log
        keeps the closing statement. Set-based.

        :param str outcome: see `OUTCOMES`
        :param date day: of the closing
        :return: the cases that were open
        :rtype: debt.collection.case
        """
        cases = self.filtered(lambda case: not case.date_closed)
        if not cases:
            return cases
        cases.action_ids._cancel(self.env._("The case was closed."))
        found = cases._read_closing(outcome, day)
        cases._give_up_charges(outcome, day, found)
        cases.claim_ids._release_followup()
        cases.claim_ids.write({"is_open": False})
        cases.write({"date_closed": day, "outcome": outcome})
        cases._log_closing(outcome, day, found)
        cases._end_what_runs(day)
        cases._stop_partners(outcome)
        cases._settle_costs(outcome)
        cases.account_id._mark_stale()
        return cases

    def _read_closing(self, outcome, day):
        """The statement of each case on the day it closes, before anything is waived.

        A case that goes on elsewhere has none, nor one whose figures are not known.

        :rtype: dict[int, tools.values.Statement]
        """
        if outcome == "joined":
            return {}
        return self.env["debt.collection.charge"]._get_statements(self, day)

    def _log_closing(self, outcome, day, found):
        """The closing statement goes into the log: outcome and every sum."""
        self.env["debt.collection.event"]._log(
            [
                (
                    case,
                    "closed",
                    {
                        "outcome": outcome,
                        "day": str(day),
                        **case._prepare_closing_sums(found.get(case.id)),
                    },
                )
                for case in self
            ]
        )

    def _prepare_closing_sums(self, statement):
        """What was claimed, what was paid and what was left, as texts."""
        self.ensure_one()
        if not statement:
            return {}
        sums = {
            "principal": sum(
                (r.principal - r.credited for r in statement.claims), ZERO
            ),
            "interest": sum((r.interest for r in statement.claims), ZERO),
            "indemnity": sum((r.amount for r in statement.charges), ZERO),
            "costs": sum((r.amount for r in statement.costs), ZERO),
            "paid": statement.paid,
            "left": statement.balance,
        }
        places = self.currency_id.decimal_places
        return {"statement": [f"{key} {v:.{places}f}" for key, v in sums.items()]}

    def _end_what_runs(self, day):
        """Rests, plans with their offers, disputes, calls: nothing of them goes on."""
        self._end_holds(day)
        self.plan_ids._erase_means()
        # whoever closes a case ends what was agreed on it
        plans_sudo = self.plan_ids.sudo()
        self.env["debt.collection.plan.watch"]._follow_cases(plans_sudo, day)
        self.dispute_ids._end_with_case(day)
        self.activity_unlink(AGENDA)

    def _end_holds(self, day):
        """The rests of the case and its claims; those of the debtor himself stay."""
        holds = self.env["debt.collection.hold"].search(
            [
                ("date_ended", "=", False),
                ("kind", "=", "rest"),
                "|",
                ("case_id", "in", self.ids),
                ("claim_id.case_id", "in", self.ids),
            ]
        )
        holds.write({"date_ended": day})

    def _settle_costs(self, outcome):
        """Drop what was not ordered; what was falls where the agreement puts it."""
        self._drop_open_costs()
        # whoever closes a case, the terms of its partners hold
        costs_sudo = self._get_engaged_costs().sudo()
        bearers = costs_sudo and self._read_bearers(outcome)
        for cost_sudo in costs_sudo:
            partner = cost_sudo.partner_id.commercial_partner_id
            bearer = bearers.get((cost_sudo.case_id.id, partner.id))
            if bearer and bearer != cost_sudo.bearer:
                cost_sudo._settle_bearer(bearer, outcome)

    def _read_bearers(self, outcome):
        """(case id, partner id) -> who bears the acts of that partner; where agreed.

        :rtype: dict[tuple[int, int], str]
        """
        # as above
        assignments_sudo = self.assignment_ids.sudo().filtered("moment_handed")
        return {
            (a.case_id.id, a.partner_id.commercial_partner_id.id): row.bearer
            for a in assignments_sudo.sorted("id")
            for row in a.agreement_id.bearing_ids
            if row.outcome == outcome and row.what == "cost"
        }

    def _get_ledger_outcome(self):
        """How the ledger settled the case.

        ``credited`` by credit notes alone, ``paid_costs`` where costs were left when
        the invoices were paid.
        """
        self.ensure_one()
        if self.date_costs_only:
            return "paid_costs"
        credits = self.claim_ids.move_line_id.matched_credit_ids.credit_move_id
        refunds = credits.filtered(lambda line: line.move_id.move_type == "out_refund")
        return "credited" if credits and credits == refunds else "paid"

    # === OPENING AGAIN === #

    def _check_reopen(self):
        """Refuse to open a case again; extend for what stands in your way.

        :raises UserError: says what has to be undone first
        """

    def _reopen(self, reason):
        """Open closed cases again; a claim that went to a newer case stays there.

        A file that was erased stays closed: its invoices begin anew.
        """
        cases = self.filtered(lambda case: case.date_closed and not case.date_erased)
        for case in cases:
            claims = case.claim_ids.filtered(
                lambda c: not c.move_line_id._get_open_claim()
                and not c.currency_id.is_zero(c.amount_residual)
            )
            newer = self.search(
                [
                    ("account_id", "=", case.account_id.id),
                    ("regime", "=", case.regime),
                    ("phase", "in", ("amicable", "notice")),
                ],
                limit=1,
            )
            if newer:
                claims.write({"case_id": newer.id, "is_open": True})
                newer._log_event("joined", {"from": case.name, "reason": reason})
                continue
            self.env["debt.collection.charge"]._lift_waivers(case)
            case.write({"date_closed": False, "outcome": False})
            case.date_costs_only = False
            claims.write({"is_open": True})
            claims._mark_followup()
            case._log_event("reopened", {"reason": reason})
        cases.account_id._mark_stale()
        return cases

    # === CHARGES AT THE END === #

    def _give_up_charges(self, outcome, day, found):
        """A case that closes asks no more: what is left of its charges is waived.

        A claim that goes on elsewhere, or that will be written off, keeps its charges.

        :param dict found: the statements of the day, see `_read_closing`
        """
        if outcome in GIVEN_UP:
            reason = self.env._("The case was closed.")
            Charge = self.env["debt.collection.charge"]
            Charge._waive_rest(self, day, reason, with_closing=True, found=found)

    def _filter_closing(self, day):
        """Of cases whose invoices are settled, those that close now.

        Engaged costs that are not paid keep a case open. A policy may pursue what is
        left of the charges: then it stays open until less than its least amount is
        due. Its policy is that of its last letter.
        """
        self -= self._filter_with_open_costs(day)
        pursued = self.filtered(
            lambda case: case._get_charge_policy().charges_rest == "pursue"
        )
        balances = self.env["debt.collection.balance"]._for_cases(pursued, day)
        return self.filtered(
            lambda case: case.id not in balances
            or case._is_rest_small(balances[case.id])
        )

    def _is_rest_small(self, balance):
        """Whether what is due is known, and too little for its policy to pursue."""
        self.ensure_one()
        minimum = self._get_charge_policy().charges_minimum
        return not balance.error and (
            self.currency_id.compare_amounts(float(balance.due), minimum) <= 0
        )

    def _get_charge_policy(self):
        """The policy of the last letter; else that of the invoice or the debtor."""
        self.ensure_one()
        steps = self.action_ids.filtered("step_id").sorted("id").step_id
        return (
            steps[-1:].policy_id
            or self.claim_ids.move_id.debt_collection_policy_id[:1]
            or self.partner_id.with_company(self.company_id).debt_collection_policy_id
        )

    # === ONLY COSTS LEFT === #

    def _note_costs_only(self, day):
        """The invoices were paid to the creditor; what was engaged before is left."""
        found = self.env["debt.collection.balance"]._for_cases(self, day)
        self.write({"date_costs_only": day})
        self.env["debt.collection.event"]._log(
            [
                (
                    case,
                    "costs_only",
                    {"day": str(day), "amount": f"{found[case.id].due:.2f}"},
                )
                for case in self
            ]
        )
