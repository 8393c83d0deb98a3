from collections import namedtuple
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

# What one page is about: the debtor's account, his case (maybe empty), the receivable
# items, and the letters that reached him about them.
Matter = namedtuple("Matter", "account case items letters")


class OnlinePayment(NamedTuple):
    """What can be paid online now.

    :param amount: the sum, in the currency of the account
    :param count: of how many open items at most
    :param is_under_way: money for the matter is coming: nothing more is asked
    """

    amount: float
    count: int
    is_under_way: bool


# Invoices on one part of a long list
ROWS = 50


class DebtCollectionPage(models.AbstractModel):
    """The values of the debtor's page; it decides nothing and writes nothing.

    Who calls it has checked that the reader may see the matter, and passes it as
    superuser: debtors have no access rights on what it reads.
    """

    _name = "debt.collection.page"
    _description = "Debtor's page"

    # === FIGURES === #

    @api.model
    def _is_asking(self, matter):
        """Whether the creditor still asks for the money: a closed case rests."""
        return not matter.case.date_closed

    @api.model
    def _get_statement(self, matter, day, number=1):
        """The figures of the page: those of the letters, as of the day asked.

        By verified rates only. Interest and compensation enter once a letter claimed
        them; before, the page asks for the principal as the letters did. Of a case
        with very many invoices the sums are those of all, the lines those of a part.

        :param Matter matter: as superuser
        :param date day: in the company's zone
        :param int number: the part of a long list that is shown
        :rtype: tools.values.Statement
        """
        Statement = matter.account.env["debt.collection.statement"]
        Statement = Statement.with_company(matter.account.company_id)
        bare = self._is_principal_only(matter.letters)
        options = {"verified_only": True, "principal_only": bare}
        if not matter.case or not matter.items:
            at = self._get_early_day(matter, day) or day
            return Statement._for_items(matter.items, at, **options)
        case, Totals = matter.case, matter.account.env["debt.collection.page.total"]
        if not Totals._is_needed(case):
            return Statement._for_cases(case, day, **options)[case.id]
        groups = {case.id: self._read_part(matter, number, with_paid=not bare)}
        own = {case.id: case.id}
        found = Statement._for_groups(groups, day, cases=own, **options)[case.id]
        return Totals._fill(found, case, day, bare)

    @api.model
    def _get_early_day(self, matter, day):
        """When all of a courtesy letter is due, where none of it is due yet.

        :rtype: date | None
        """
        if matter.case or not matter.items:
            return None
        days = [item.date_maturity or item.date for item in matter.items]
        return max(days) if min(days) >= day else None

    @api.model
    def _read_part(self, matter, number, with_paid):
        """The items of one part of a case's list, oldest due first.

        :param bool with_paid: and all that something was paid on, where costs of the
            case may have taken it first
        :return: item id -> regime key
        :rtype: dict[int, str]
        """
        case = matter.case
        with_paid = with_paid and bool(case.cost_ids)
        pages = self._count_parts(len(matter.items))
        rows = self.env.execute_query(
            SQL(
                """SELECT x.move_line_id, x.regime FROM debt_collection_claim x
                     JOIN (SELECT id FROM debt_collection_claim
                            WHERE case_id = %(case)s AND (is_open OR %(closed)s)
                            ORDER BY date_due, id LIMIT %(rows)s OFFSET %(start)s) p
                       ON p.id = x.id
                    UNION
                   SELECT x.move_line_id, x.regime FROM debt_collection_claim x
                    WHERE %(with_paid)s AND x.case_id = %(case)s
                      AND (x.is_open OR %(closed)s)
                      AND EXISTS (SELECT FROM account_partial_reconcile r
                                   WHERE r.debit_move_id = x.move_line_id)""",
                case=case.id,
                closed=bool(case.date_closed),
                rows=ROWS,
                start=(min(max(number, 1), pages) - 1) * ROWS,
                with_paid=with_paid,
            )
        )
        return dict(rows)

    @api.model
    def _count_parts(self, count):
        """In how many parts a list of so many invoices comes."""
        return max(-(-count // ROWS), 1)

    @api.model
    def _is_principal_only(self, letters):
        return all(letter.step_id.charges == "waived" for letter in letters)

    @api.model
    def _get_due_amounts(self, cases, day):
        """What each case asks on a day, for a list: case id -> amount.

        :param debt.collection.case cases: as superuser
        """
        Statement = cases.env["debt.collection.statement"]
        Totals = cases.env["debt.collection.page.total"]
        due = dict.fromkeys(cases.ids, 0.0)
        large = cases.filtered(Totals._is_needed)
        for case in large:
            bare = self._is_case_principal_only(case)
            due[case.id] = float(Totals._get(case, day, bare)["due"])
        for company, group in (cases - large).grouped("company_id").items():
            for bare, part in group.grouped(self._is_case_principal_only).items():
                statements = Statement.with_company(company)._for_cases(
                    part, day, verified_only=True, principal_only=bare
                )
                due.update({key: float(s.due) for key, s in statements.items()})
        return due

    @api.model
    def _is_case_principal_only(self, case):
        return self._is_principal_only(case._get_matter().letters)

    @api.model
    def _group_by_currency(self, cases, due):
        """A list of cases in parts of one currency: (currency, cases, what is asked).

        :param dict due: case id -> amount
        """
        return [
            (currency, group, sum(due.get(case.id, 0.0) for case in group))
            for currency, group in cases.grouped("currency_id").items()
        ]

    # === SPEAKING BEFORE THERE IS A FILE === #

    @api.model
    def _may_answer(self, matter):
        """Whether the debtor may object, or say that he paid: something is open.

        A courtesy letter has no file yet: what he says opens one.
        """
        if matter.case:
            return self._is_asking(matter)
        claims = matter.items.debt_collection_claim_ids
        return bool(self._get_open_items(matter)) and not claims.filtered("is_open")

    @api.model
    def _get_open_items(self, matter):
        return matter.items.filtered(
            lambda item: not item.reconciled and item.amount_residual_currency > 0
        )

    @api.model
    def _open_file(self, matter, day, is_known):
        """The matter with a file, in which what the debtor says is kept.

        Who holds a courtesy letter never gets to see another file by it: where its
        invoices would join one, the debtor shows first that it is he.

        :param bool is_known: he logged in or showed a code
        :raises UserError: nothing is open, or he has to show who he is
        :rtype: Matter
        """
        if matter.case:
            return matter
        if not self._may_answer(matter):
            raise UserError(
                self.env._("Please call us or write to us: see the end of the page.")
            )
        Case = matter.account.env["debt.collection.case"].with_user(SUPERUSER_ID)
        Case = Case.with_company(matter.account.company_id)
        items = self._get_open_items(matter).with_env(Case.env)
        case = Case._open_for_items(items, day, "debtor")
        if len(case) != 1:
            raise UserError(
                self.env._("Please call us or write to us: see the end of the page.")
            )
        if not is_known and case.claim_ids.move_line_id - items:
            raise UserError(self._get_unknown())
        case = case.with_env(matter.account.env)
        found = case._get_matter()
        return found._replace(letters=found.letters | matter.letters)

    @api.model
    def _get_unknown(self):
        return self.env._("Show first that it is you: log in, or ask for a code.")

    # === PAYING === #

    @api.model
    def _get_online_payment(self, matter, statement):
        """What Odoo's own online payment can take now: what is open on the invoices.

        Never more than the statement asks (a disputed part is not paid by mistake),
        and no interest or compensation that is not in the books, since nothing there
        could be matched with it. Nothing comes from the browser. While a payment is
        on its way nothing more is asked: nobody pays twice.

        :param tools.values.Statement statement: of the same matter, today
        :rtype: OnlinePayment
        """
        return self.env["debt.collection.page.pay"]._choose(
            matter, statement, {"kind": "all"}
        )

    @api.model
    def _is_any_under_way(self, matter):
        """Whether money for the matter is on its way."""
        charges = matter.case.charge_ids.move_id
        return any(
            transaction.invoice_ids & charges
            or transaction.invoice_ids.line_ids & matter.items
            for transaction in self._find_under_way(matter)
        )

    @api.model
    def _find_under_way(self, matter):
        """The payments of the debtor whose money is coming: few, whatever he owes."""
        # read as superuser, as all that the page reads
        transactions_sudo = matter.account.env["payment.transaction"].sudo()
        coming = Domain("state", "in", ("pending", "authorized"))
        coming |= Domain("state", "=", "done") & Domain("is_post_processed", "=", False)
        mine = Domain("company_id", "=", matter.account.company_id.id)
        mine &= Domain("invoice_ids", "!=", False)
        debtor = matter.account.partner_id
        mine &= Domain("invoice_ids.commercial_partner_id", "=", debtor.id)
        return transactions_sudo.search(coming & mine).filtered(self._is_under_way)

    @api.model
    def _is_under_way(self, transaction):
        """Whether its money is coming but not in the books yet."""
        if transaction.state == "done":
            return not transaction.is_post_processed
        # a transfer announced by the debtor may never come: it hides nothing
        is_announced = transaction.provider_code in ("none", "custom")
        return transaction.state in ("pending", "authorized") and not is_announced

    @api.model
    def _get_reference(self, matter):
        """What the debtor writes on a transfer, as on his letter."""
        if matter.case:
            return matter.case._get_payment_reference()
        moves = matter.items[:2].move_id
        if len(moves) == 1:
            return moves.payment_reference or moves.name
        partner = matter.account.partner_id
        return partner.ref or partner.display_name

    @api.model
    def _get_transfer(self, matter, due):
        """How to pay by transfer, the code to scan with it.

        :return: None when nothing is asked or the company has no bank account
        """
        bank = matter.account.company_id._get_collection_bank()
        if not bank or due <= 0 or not self._is_asking(matter):
            return None
        reference = self._get_reference(matter)
        return {
            "amount": due,
            "iban": bank.acc_number,
            "bic": bank.bank_bic,
            "holder": bank.acc_holder_name or matter.account.company_id.name,
            "reference": reference,
            "qr_code": bank.build_qr_code_base64(
                float(due),
                reference,
                None,
                matter.account.currency_id,
                matter.account.partner_id,
                qr_method="sct_qr",
                silent_errors=True,
            ),
        }

    # === THE PAGE === #

    @api.model
    def _get_frame(self, matter):
        """What every page of a matter shows around its own words.

        :param Matter matter: as superuser
        :rtype: dict
        """
        account, currency = matter.account, matter.account.currency_id
        return {
            "matter": matter,
            "company": account.company_id,
            "res_company": account.company_id,  # the logo of the frame
            "debtor": account.partner_id,
            "is_asking": self._is_asking(matter),
            "contact": self._get_contact(matter),
            "money": lambda amount: formatLang(
                self.env, float(amount), currency_obj=currency
            ),
            "day": self._format_day,
        }

    @api.model
    def _format_day(self, value):
        return format_date(self.env, value)

    @api.model
    def _get_values(self, matter, day, number=1):
        """Everything that the page shows, but the form of the payment.

        :param Matter matter: as superuser
        :param date day: in the company's zone
        :param int number: which part of a long list of invoices
        :rtype: dict
        """
        statement = self._get_statement(matter, day, number)
        online = self._get_online_payment(matter, statement)
        rows, pages = self._get_rows(matter, statement, number)
        return {
            **self._get_frame(matter),
            "statement": statement,
            "is_early": bool(self._get_early_day(matter, day)),
            "rows": rows,
            "page_count": pages,
            "page_number": min(max(number, 1), pages),
            **self._get_beside(statement, rows),
            "names": {row.claim.key: move.name for row, move in rows},
            "kinds": self._get_kinds(),
            "online": online,
            "is_online_all": not matter.account.currency_id.compare_amounts(
                online.amount, float(statement.due)
            ),
            "transfer": self._get_transfer(matter, statement.due),
            "next_step": self._get_next_step(matter, statement, day),
            **self._get_standing(matter, day),
        }

    @api.model
    def _get_standing(self, matter, day):
        """What the debtor may do and where he stands: plans, disputes, talk, rights."""
        Plans = self.env["debt.collection.page.plan"]
        Disputes = self.env["debt.collection.page.dispute"]
        return {
            "may_ask": Plans._may_ask(matter, day),
            "may_say_paid": self._may_answer(matter),
            "may_dispute": self._may_answer(matter),
            "plans": Plans._get_current(matter, day),
            "plan_status": lambda plan: Plans._get_status(plan, day),
            "disputes": Disputes._get_disputes(matter),
            "talk": self.env["debt.collection.page.talk"]._read(matter),
            "rights": self._get_rights(matter),
        }

    @api.model
    def _get_rights(self, matter):
        """What the law of his claim wants the debtor told.

        :rtype: list[str]
        """
        if not self._is_asking(matter):
            return []
        Letter = self.env["debt.collection.letter"]
        if matter.case:
            return Letter._get_case_rights(matter.case)
        return Letter._get_item_rights(matter.items[:1])

    @api.model
    def _get_kinds(self):
        """The words for the parts of a debt that a payment went to."""
        return {
            "principal": self.env._("invoice"),
            "interest": self.env._("interest"),
            "indemnity": self.env._("compensation"),
            "cost": self.env._("costs"),
        }

    def _get_rows(self, matter, statement, number=1):
        """A part of the claims with their invoices, oldest due first.

        :return: the rows, and in how many parts the list comes
        :rtype: tuple[list[tuple], int]
        """
        part = sorted(
            statement.claims, key=lambda row: (row.claim.due_date, row.claim.key)
        )
        pages = self._count_parts(len(matter.items))
        if len(part) < len(matter.items):  # the statement holds the part, and others
            shown = self._read_part(matter, number, with_paid=False)
            part = [row for row in part if row.claim.key in shown]
        else:
            start = (min(max(number, 1), pages) - 1) * ROWS
            part = part[start : start + ROWS]
        items = matter.items.browse(row.claim.key for row in part)
        moves = {item.id: item.move_id for item in items}
        return [(row, moves[row.claim.key]) for row in part], pages

    @api.model
    def _get_beside(self, statement, rows):
        """Charges, payments and credit notes that go with the rows that are shown.

        What belongs to no invoice goes with every part.

        :rtype: dict[str, list]
        """
        shown = {row.claim.key for row, _move in rows} | {None}
        return {
            "charges": [
                row
                for row in statement.charges + statement.costs
                if row.amount and row.charge.claim in shown
            ],
            "payments": [
                row
                for row in statement.payments
                if row.payment.claim in shown
                or any(part.claim in shown - {None} for part in row.allocations)
            ],
            "credits": [row for row in statement.credits if row.claim in shown],
        }

    def _get_contact(self, matter):
        """Who answers the debtor: the collector of the case, else the company."""
        company = matter.account.company_id
        return {
            "name": matter.case.user_id.name or company.name,
            "phone": company.phone,
            "email": company.email,
        }

    def _get_next_step(self, matter, statement, day):
        """What happens next, in plain words; no promise and no threat.

        Override to say more where more is known.

        :rtype: str
        """
        case = matter.case
        if statement.due <= 0 or not self._is_asking(matter):
            return self.env._("Nothing more is asked of you for these invoices.")
        # the paying door knows the plan
        if agreed := self.env["debt.collection.page.pay"]._get_next_instalment(matter):
            return self.env._(
                "We wait for what you agreed to pay; the next day of payment is "
                "%(day)s. As long as you keep to it, nothing more happens.",
                day=format_date(self.env, agreed[0]),
            )
        if early := self._get_early_day(matter, day):
            return self.env._(
                "You have time until %(day)s: nothing more happens before.",
                day=format_date(self.env, early),
            )
        if case.date_noticed:
            return self.env._(
                "You received a formal notice on %(day)s. Without payment or an "
                "answer from you, the file can be passed on for recovery in court, "
                "which brings extra costs. Please pay, or contact us now.",
                day=format_date(self.env, case.date_noticed),
            )
        return self.env._(
            "Please pay, or tell us if something is not right. Without payment or an "
            "answer from you, we shall write to you again."
        )
