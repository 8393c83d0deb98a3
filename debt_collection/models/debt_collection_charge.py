from collections import defaultdict
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..tools.values import Order, Payment, ToolsError
from .debt_collection_facts import to_decimal

KINDS = [("interest", "Interest"), ("indemnity", "Indemnity"), ("cost", "Cost")]
# Money for a booked charge pays charges before any principal
CHARGES_FIRST = Order(kinds=("interest", "indemnity", "cost", "principal"), by="kind")
ZERO = Decimal(0)


class DebtCollectionCharge(models.Model):
    """Interest, an indemnity or a cost claimed from the debtor, with its ground.

    What the statement shows is claimed without any row here. A row says that it was
    *booked* (a customer document outside VAT), *credited* again (below zero), or
    *waived*: given up, booked or not.
    """

    _name = "debt.collection.charge"
    _description = "Charge"
    _inherit = ["debt.collection.lock"]
    _rec_name = "ground"
    _order = "date, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        compute="_compute_case_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", required=True, readonly=True
    )
    kind = fields.Selection(selection=KINDS, readonly=True)
    code = fields.Char(readonly=True, export_string_translation=False)
    ground = fields.Char(readonly=True)
    date = fields.Date(string="Up to", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    state = fields.Selection(
        selection=[
            ("booked", "Booked"),
            ("credited", "Credited"),
            ("waived", "Waived"),
            ("lifted", "Waiver lifted"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    with_closing = fields.Boolean(
        readonly=True, export_string_translation=False, help="Falls on reopening."
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Document",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _waived_idx = models.Index("(case_id) WHERE state = 'waived'")

    # === COMPUTE METHODS === #

    @api.depends("claim_id.case_id")
    def _compute_case_id(self):
        for charge in self:
            charge.case_id = charge.claim_id.case_id or charge.case_id

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A charge is evidence: waive it instead of deleting it.")
        )

    # === READING === #

    @api.model
    def _read_settled(self, case_ids):
        """What settles cases beside their items, two queries for all of them.

        Money matched to their booked charges, and what was waived.

        :rtype: dict[int, list[tools.values.Payment]]
        """
        settled = defaultdict(list)
        if not case_ids:
            return settled
        self.flush_model()
        for case_id, payment in (
            *self._read_waived(case_ids),
            *self._read_paid(case_ids),
        ):
            settled[case_id].append(payment)
        return settled

    @api.model
    def _read_waived(self, case_ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT h.id, h.case_id, c.move_line_id, h.date, h.amount,
                          h.currency_id, h.kind
                     FROM debt_collection_charge h
                     LEFT JOIN debt_collection_claim c ON c.id = h.claim_id
                    WHERE h.case_id = ANY(%s) AND h.state = 'waived' ORDER BY h.id""",
                list(case_ids),
            )
        )
        for key, case_id, item, day, amount, currency_id, kind in rows:
            value = to_decimal(amount, self.env["res.currency"].browse(currency_id))
            order = self._get_waiver_order(kind)
            yield (
                case_id,
                Payment(("waived", key), day, value, item, order=order, waived=True),
            )

    @api.model
    def _get_waiver_order(self, kind):
        """What a waiver gives up: its kind first, and nothing of another claim."""
        kinds = [key for key, _label in KINDS if key != kind]
        first = [kind] if kind else []
        return Order(kinds=(*first, *kinds, "principal"), spill=False)

    @api.model
    def _read_paid(self, case_ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT h.case_id, k.id, k.date, r.debit_amount_currency,
                          r.debit_currency_id
                     FROM (SELECT DISTINCT case_id, move_id
                             FROM debt_collection_charge
                            WHERE case_id = ANY(%s) AND state = 'booked') h
                     JOIN account_move_line l ON l.move_id = h.move_id
                     JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                     JOIN account_move_line k ON k.id = r.credit_move_id
                     JOIN account_move m ON m.id = k.move_id
                    WHERE m.move_type <> 'out_refund' AND r.debit_amount_currency <> 0
                    ORDER BY k.date, r.id""",
                list(case_ids),
            )
        )
        for case_id, source, day, amount, currency_id in rows:
            value = to_decimal(amount, self.env["res.currency"].browse(currency_id))
            yield case_id, Payment(source, day, value, order=CHARGES_FIRST)

    @api.model
    def _read_booked(self, case):
        """(claim id, kind, code) -> what is booked and not credited of it.

        :rtype: dict[tuple, Decimal]
        """
        groups = self._read_group(
            [("case_id", "=", case.id), ("state", "in", ("booked", "credited"))],
            ["claim_id", "kind", "code"],
            ["amount:sum"],
        )
        return {
            (claim.id, kind, code or ""): to_decimal(amount, case.currency_id)
            for claim, kind, code, amount in groups
        }

    # === BOOKING === #

    @api.model
    def _book(self, case, day):
        """Book what a case claims on a day and is not booked yet; take back the rest.

        Callable again without harm: it books differences.

        :param date day: interest up to that day, by verified rates only
        :return: the customer document, empty when nothing was missing
        :rtype: account.move
        """
        case.lock_for_update(allow_referencing=True)
        Statement = self.env["debt.collection.statement"].with_company(case.company_id)
        found = Statement._for_cases(case, day, verified_only=True)[case.id]
        wanted = self._get_wanted(case, found)
        booked = self._read_booked(case)
        rows = {}
        for key in {**wanted, **booked}:
            amount, ground = wanted.get(key, (ZERO, ""))
            rows[key] = (amount - booked.get(key, ZERO), ground)
        less = {key: row for key, row in rows.items() if row[0] < 0}
        if less:
            self._credit(case, day, self.env._("No longer claimed"), less)
        return self._invoice(case, day, {k: r for k, r in rows.items() if r[0] > 0})

    @api.model
    def _get_wanted(self, case, found):
        """(claim id, kind, code) -> (amount, ground) of everything claimed so far.

        Paid or not; what was waived is left out.
        """
        claims = {claim.move_line_id.id: claim.id for claim in case.claim_ids}
        waived = self._get_waived(found)
        wanted = {}
        for row in found.claims:
            lines = row.interest_lines
            if lines:
                days = (lines[0].start, lines[-1].end)
                ground = self.env._(
                    "Late interest on %(invoice)s from %(start)s to %(end)s",
                    invoice=row.claim.label,
                    start=format_date(self.env, days[0]),
                    end=format_date(self.env, days[1]),
                )
                left = row.interest - waived["interest", row.claim.key]
                left -= self._take_waived(waived, row.claim.key, left)
                wanted[claims[row.claim.key], "interest", ""] = (left, ground)
        for row in found.charges + found.costs:
            item, code = row.charge.claim, self._get_code(row.charge.key)
            left = row.amount - waived[row.charge.kind, row.charge.key]
            left -= self._take_waived(waived, item, left)
            key = (claims.get(item, False), row.charge.kind, code)
            wanted[key] = (left, row.charge.ground)
        return wanted

    @api.model
    def _take_waived(self, waived, item, amount):
        """What a waiver took of the principal counts for the charges money paid first.

        :return: how much of a charge of that item is given up thereby
        """
        taken = min(waived["principal", item], amount) if item else ZERO
        waived["principal", item] -= taken
        return taken

    @api.model
    def _get_code(self, key):
        return str(key[1]) if isinstance(key, tuple) else str(key)

    @api.model
    def _get_waived(self, found):
        """(kind, key of the claim or charge) -> what waivers took of it."""
        waived = defaultdict(lambda: ZERO)
        for line in found.payments:
            for part in line.allocations if line.payment.waived else ():
                waived[part.kind, part.debt] += part.amount
        return waived

    @api.model
    def _invoice(self, case, day, rows):
        """The customer document of new charges, posted, outside VAT."""
        move = self.env["account.move"]
        if not rows:
            return move
        move = self._make_document(case, day, rows, "out_invoice")
        self._record(case, day, rows, "booked", move)
        self._report(case, "booked", move, day, sum(r[0] for r in rows.values()))
        return move

    @api.model
    def _make_document(self, case, day, rows, move_type):
        company = case.company_id
        journal = company._get_charge_journal()
        if not (journal.active and journal.default_account_id):
            raise UserError(
                self.env._(
                    "The journal of charges is archived or has no income account: "
                    "correct it under Accounting, Configuration, Journals."
                )
            )
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "journal_id": journal.id,
                    "partner_id": case.partner_id.id,
                    "currency_id": case.currency_id.id,
                    "invoice_date": day,
                    "invoice_date_due": day,
                    "invoice_payment_term_id": False,
                    "is_collection_charge": True,
                    "payment_reference": case._get_payment_reference(),
                    "ref": case.name,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": ground,
                                "quantity": 1,
                                "price_unit": float(abs(amount)),
                                "account_id": journal.default_account_id.id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                        for amount, ground in rows.values()
                    ],
                }
            )
        )
        move._post(soft=False)
        move.no_followup = True  # its case follows it, nobody else
        return move

    @api.model
    def _record(self, case, day, rows, state, move):
        return self.create(
            [
                {
                    "case_id": case.id,
                    "claim_id": claim_id,
                    "company_id": case.company_id.id,
                    "currency_id": case.currency_id.id,
                    "kind": kind,
                    "code": code,
                    "ground": ground,
                    "date": day,
                    "amount": float(amount),
                    "state": state,
                    "move_id": move.id,
                }
                for (claim_id, kind, code), (amount, ground) in rows.items()
            ]
        )

    @api.model
    def _report(self, case, kind, move, day, amount):
        """Log a booking; tell people when a lock date moved it."""
        data = {"document": move.name, "day": str(day), "amount": f"{abs(amount):.2f}"}
        case._log_event(kind, data)
        if move.date != day:
            case.message_post(
                body=self.env._(
                    "%(document)s of %(day)s was booked on %(date)s: the period before "
                    "is locked.",
                    document=move.name,
                    day=format_date(self.env, day),
                    date=format_date(self.env, move.date),
                )
            )

    # === GIVING UP === #

    @api.model
    def _credit(self, case, day, reason, rows):
        """Take booked charges back: a credit note, matched to their documents.

        :param dict rows: (claim id, kind, code) -> (amount below zero, ground)
        """
        open_lines = self._get_open_documents(case)
        room = sum(
            to_decimal(line.amount_residual_currency, case.currency_id)
            for line in open_lines
        )
        kept = {}
        for key, (amount, ground) in rows.items():
            part = min(-amount, room)
            room -= part
            if part:
                kept[key] = (-part, ground or reason)
        if not kept:
            return self.env["account.move"]
        refund = self._make_document(case, day, kept, "out_refund")
        lines = refund.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        (lines + open_lines).reconcile()
        charges = self._record(case, day, kept, "credited", refund)
        charges.reason = reason
        self._report(case, "credited", refund, day, sum(r[0] for r in kept.values()))
        return refund

    @api.model
    def _get_open_documents(self, case):
        """The receivable lines of booked charges that are still open."""
        moves = self.search([("case_id", "=", case.id), ("state", "=", "booked")])
        return moves.move_id.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.amount_residual_currency > 0
            )
        )

    @api.model
    def _drop_booked(self, case, day, reason):
        """Credit everything booked that is still open."""
        booked = self._read_booked(case)
        rows = {key: (-value, "") for key, value in booked.items() if value > 0}
        return self._credit(case, day, reason, rows) if rows else None

    @api.model
    def _waive_rest(self, cases, day, reason, with_closing=False, found=None):
        """Give up everything the statements still ask on a day, and credit it.

        Costs of a case as a whole stay: somebody spent that money. Set-based but for
        the credit notes.

        :param bool with_closing: the waiver falls when the case is opened again
        :param dict found: the statements of that day where they are known
        """
        if found is None:
            found = self._get_statements(cases, day)
        waivers = [
            {
                "claim_id": claim.id,
                "company_id": case.company_id.id,
                "currency_id": case.currency_id.id,
                "date": day,
                "amount": float(amount),
                "state": "waived",
                "reason": reason,
                "with_closing": with_closing,
            }
            for case in cases
            if case.id in found
            for claim, amount in self._get_rests(case, found[case.id])
        ]
        charges = self.create(waivers)
        self.env["debt.collection.event"]._log(
            [
                (
                    case,
                    "waived",
                    {
                        "amount": f"{sum(rows.mapped('amount')):.2f}",
                        "day": str(day),
                        "reason": reason,
                    },
                )
                for case, rows in charges.grouped("case_id").items()
            ]
        )
        for case in self._get_booked_cases(cases):
            self._drop_booked(case, day, reason)
        return charges

    @api.model
    def _filter_beside_costs(self, cases, day):
        """Cases paid in the books whose statement asks more than their costs."""
        waiving = cases.filtered(
            lambda case: case._get_charge_policy().charges_rest != "pursue"
        )
        found = self._get_statements(waiving, day)
        return waiving.filtered(
            lambda case: case.id in found and self._get_beside_costs(found[case.id])
        )

    @api.model
    def _get_beside_costs(self, found):
        """What a statement asks beside costs, once the invoices are paid.

        Money pays costs first by law; who paid his invoices in full then still owes
        that much on them. It is waived with the charges, so that the costs alone stay.
        """
        costs = sum((row.amount for row in found.costs), ZERO)
        owed = sum((row.principal - row.credited for row in found.claims), ZERO)
        left = max(costs - max(found.paid - owed, ZERO), ZERO)
        return max(found.balance - left, ZERO)

    @api.model
    def _waive_beside_costs(self, cases, day):
        """Give up what paid invoices leave beside the costs of their case."""
        reason = self.env._("The invoices are paid: only the costs are asked.")
        found = self._get_statements(cases, day)
        for case in cases.filtered(lambda case: case.id in found):
            rest = self._get_beside_costs(found[case.id])
            if not rest:
                continue
            rows = []
            for claim, amount in self._get_rests(case, found[case.id]):
                part = min(rest, amount)
                rest -= part
                if part:
                    rows.append(self._prepare_waiver(case, claim, part, day, reason))
            charges = self.create(rows)
            amount = f"{sum(charges.mapped('amount')):.2f}"
            data = {"amount": amount, "day": str(day), "reason": reason}
            case._log_event("waived", data)

    @api.model
    def _prepare_waiver(self, case, claim, amount, day, reason):
        return {
            "claim_id": claim.id,
            "company_id": case.company_id.id,
            "currency_id": case.currency_id.id,
            "date": day,
            "amount": float(amount),
            "state": "waived",
            "reason": reason,
        }

    @api.model
    def _waive_charges(self, case, day):
        """Give up the interest and indemnities that are left, not the principal.

        :return: the waivers
        """
        found = self.env["debt.collection.statement"]._for_cases(case, day)[case.id]
        claims = {claim.move_line_id.id: claim.id for claim in case.claim_ids}
        rows = [
            (claims[row.claim.key], kind, getattr(row, f"{kind}_left"))
            for row in found.claims
            for kind in ("interest", "indemnity")
        ]
        reason = self.env._("Waived by %(user)s", user=self.env.user.name)
        charges = self.create(
            [
                {
                    "claim_id": claim_id,
                    "company_id": case.company_id.id,
                    "currency_id": case.currency_id.id,
                    "kind": kind,
                    "date": day,
                    "amount": float(amount),
                    "state": "waived",
                    "reason": reason,
                }
                for claim_id, kind, amount in rows
                if amount
            ]
        )
        if charges:
            amount = f"{sum(charges.mapped('amount')):.2f}"
            data = {"amount": amount, "day": str(day), "reason": reason}
            case._log_event("waived", data)
        self._drop_booked(case, day, reason)
        return charges

    @api.model
    def _get_statements(self, cases, day):
        """The statements of cases; a case that has none is left out."""
        Statement = self.env["debt.collection.statement"]
        try:
            return Statement._for_cases(cases, day)
        except (UserError, ToolsError):
            if len(cases) == 1:
                return {}
            found = (self._get_statements(case, day) for case in cases)
            return {key: value for part in found for key, value in part.items()}

    @api.model
    def _get_rests(self, case, found):
        """What is left of each claim: [(claim, amount)]."""
        claims = {claim.move_line_id.id: claim for claim in case.claim_ids}
        return [
            (claims[row.claim.key], row.balance) for row in found.claims if row.balance
        ]

    @api.model
    def _get_booked_cases(self, cases):
        return self.search(
            [("case_id", "in", cases.ids), ("state", "=", "booked")]
        ).case_id

    @api.model
    def _lift_waivers(self, cases):
        """The waivers that came with a closing fall when the case opens again."""
        waived = self.search(
            [
                ("case_id", "in", cases.ids),
                ("state", "=", "waived"),
                ("with_closing", "=", True),
            ]
        )
        waived.write({"state": "lifted"})
        return waived
