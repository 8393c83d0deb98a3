from collections import namedtuple

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

# What one page is about: the debtor's account, his case (maybe empty), the receivable
# items, and the letters that reached him about them.
Matter = namedtuple("Matter", "account case items letters")

# What can be paid online now: the sum, its invoices, and whether money is on its way.
OnlinePayment = namedtuple("OnlinePayment", "amount moves is_under_way")

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
    def _get_statement(self, matter, day):
        """The figures of the page: those of the letters, as of the day asked.

        By verified rates only. Interest and compensation enter once a letter claimed
        them; before, the page asks for the principal as the letters did.

        :param Matter matter: as superuser
        :param date day: in the company's zone
        :rtype: tools.values.Statement
        """
        Statement = matter.account.env["debt.collection.statement"]
        Statement = Statement.with_company(matter.account.company_id)
        options = {
            "verified_only": True,
            "principal_only": self._is_principal_only(matter.letters),
        }
        if matter.case and matter.items:
            return Statement._for_cases(matter.case, day, **options)[matter.case.id]
        return Statement._for_items(matter.items, day, **options)

    @api.model
    def _is_principal_only(self, letters):
        return all(letter.step_id.charges == "waived" for letter in letters)

    @api.model
    def _get_due_amounts(self, cases, day):
        """What each case asks on a day, for a list: case id -> amount.

        :param debt.collection.case cases: as superuser
        """
        Statement = cases.env["debt.collection.statement"]
        due = dict.fromkeys(cases.ids, 0.0)
        for company, group in cases.grouped("company_id").items():
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
        moves = matter.items.move_id
        if matter.case:
            moves |= matter.case.charge_ids.move_id
        # read as superuser, as all that the page reads
        transactions_sudo = moves.env["payment.transaction"].sudo()
        found = transactions_sudo.search(
            [
                ("invoice_ids", "in", moves.ids),
                ("state", "in", ("pending", "authorized", "done")),
            ]
        )
        return any(map(self._is_under_way, found))

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
        moves = matter.items.move_id
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
        statement = self._get_statement(matter, day)
        online = self._get_online_payment(matter, statement)
        rows, pages = self._get_rows(matter, statement, number)
        return {
            **self._get_frame(matter),
            "statement": statement,
            "rows": rows,
            "page_count": pages,
            "page_number": min(max(number, 1), pages),
            "charges": [r for r in statement.charges + statement.costs if r.amount],
            "names": {row.claim.key: move.name for row, move in rows},
            "kinds": self._get_kinds(),
            "online": online,
            "is_online_all": not matter.account.currency_id.compare_amounts(
                online.amount, float(statement.due)
            ),
            "transfer": self._get_transfer(matter, statement.due),
            "next_step": self._get_next_step(matter, statement),
            **self._get_standing(matter, day),
        }

    @api.model
    def _get_standing(self, matter, day):
        """What the debtor may do and where he stands: plans, disputes, talk, rights."""
        Plans = self.env["debt.collection.page.plan"]
        Disputes = self.env["debt.collection.page.dispute"]
        is_open = bool(matter.case) and self._is_asking(matter)
        return {
            "may_ask": Plans._may_ask(matter, day),
            "may_dispute": is_open,
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
        if not matter.case or not self._is_asking(matter):
            return []
        Letter = self.env["debt.collection.letter"]
        return Letter._get_case_rights(matter.case)

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
        claims = sorted(
            statement.claims, key=lambda row: (row.claim.due_date, row.claim.key)
        )
        pages = max(-(-len(claims) // ROWS), 1)
        start = (min(max(number, 1), pages) - 1) * ROWS
        part = claims[start : start + ROWS]
        items = matter.items.browse(row.claim.key for row in part)
        moves = {item.id: item.move_id for item in items}
        return [(row, moves[row.claim.key]) for row in part], pages

    def _get_contact(self, matter):
        """Who answers the debtor: the collector of the case, else the company."""
        company = matter.account.company_id
        return {
            "name": matter.case.user_id.name or company.name,
            "phone": company.phone,
            "email": company.email,
        }

    def _get_next_step(self, matter, statement):
        """What happens next, in plain words; no promise and no threat.

        Override to say more where more is known.

        :rtype: str
        """
        case = matter.case
        if statement.due <= 0 or not self._is_asking(matter):
            return self.env._("Nothing more is asked of you for these invoices.")
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
