import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Words of a communication joined and tried as one reference, at most
WINDOW = 4


def squeeze(text):
    """A reference without blanks and signs, in capitals, as it is compared."""
    return re.sub(r"[^0-9A-Z]", "", (text or "").upper())


def get_candidates(text):
    """Everything in a communication that may be a reference.

    Words, and runs of up to four words joined, since people and banks put blanks in
    references. Too short ones are left out.

    :rtype: set[str]
    """
    words = [squeeze(word) for word in re.split(r"[\s,;|]+", text or "")]
    words = [word for word in words if word]
    joined = {
        "".join(words[start : start + size])
        for size in range(1, WINDOW + 1)
        for start in range(len(words) - size + 1)
    }
    return {word for word in joined if len(word) > 4}


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    # A text, so that who matches bank lines need not see cases
    collection_case_name = fields.Char(
        string="Proposed case", compute="_compute_collection_case_name"
    )

    # === COMPUTE METHODS === #

    @api.depends("payment_ref", "ref", "narration", "is_reconciled", "amount")
    def _compute_collection_case_name(self):
        found = self._find_collection_targets()
        cases = self.env["debt.collection.case"].browse(
            case_id for case_id, _item in found.values()
        )
        names = {case.id: case.name for case in cases.sudo()}  # the name alone
        for line in self:
            case_id, _item = found.get(line._origin.id or line.id, (0, 0))
            line.collection_case_name = names.get(case_id, False)

    # === ACTION METHODS === #

    def action_match_collection_case(self):
        """Match bank lines to the cases their references name.

        :raises UserError: none of the lines names a case or an invoice on one
        """
        self.check_access("write")
        found = self._find_collection_targets()
        if not found:
            raise UserError(
                self.env._(
                    "No line carries the reference of a case or of an invoice on a "
                    "case. Match it to its invoices by hand."
                )
            )
        for line in self.browse(found):
            case_id, item_id = found[line.id]
            # who matches bank lines, checked above, need not work cases
            case_sudo = self.env["debt.collection.case"].browse(case_id).sudo()
            item = self.env["account.move.line"].browse(item_id or ())
            line._match_collection_case(case_sudo, item)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # === BUSINESS METHODS === #

    def _find_collection_targets(self, accounts=None):
        """The case that each open incoming line names, set-based.

        A reference of an invoice on an open case counts as well, and goes first: the
        debtor chose it.

        :param debt.collection.account accounts: look at their cases only
        :return: line id -> (case id, item id or False)
        :rtype: dict[int, tuple[int, int | bool]]
        """
        wanted = {
            line._origin.id or line.id: (line.company_id.id, line._get_candidates())
            for line in self
            if not line.is_reconciled and line.amount > 0
        }
        words = sorted({word for _c, words in wanted.values() for word in words})
        if not words:
            return {}
        by_word = self._read_collection_references(words, accounts)
        found = {}
        for key, (company, candidates) in wanted.items():
            hits = [
                hit for word in candidates for hit in by_word.get((company, word), ())
            ]
            cases = {hit[0] for hit in hits}
            items = {hit[1] for hit in hits if hit[1]}
            if len(cases) == 1:
                found[key] = (cases.pop(), items.pop() if len(items) == 1 else False)
        return found

    def _get_candidates(self):
        self.ensure_one()
        return get_candidates(f"{self.payment_ref or ''} {self.ref or ''}")

    @api.model
    def _read_collection_references(self, words, accounts=None):
        """(company id, reference) -> [(case id, item id or None)] of open cases."""
        self.env.flush_all()
        squeezed = SQL("regexp_replace(upper(x.reference), '[^0-9A-Z]', '', 'g')")
        rows = self.env.execute_query(
            SQL(
                """SELECT x.company_id, %(squeezed)s, x.case_id, x.item_id FROM (
                       SELECT company_id, r.reference, id AS case_id, NULL AS item_id
                         FROM debt_collection_case c,
                              unnest(ARRAY[c.name, c.payment_reference])
                                  AS r(reference)
                        WHERE c.date_closed IS NULL AND %(some)s
                       UNION
                       SELECT k.company_id, r.reference, k.case_id, k.move_line_id
                         FROM debt_collection_claim k
                         JOIN account_move m ON m.id = k.move_id
                         JOIN debt_collection_case c ON c.id = k.case_id,
                              unnest(ARRAY[m.name, m.payment_reference])
                                  AS r(reference)
                        WHERE k.is_open AND c.date_closed IS NULL AND %(some)s
                   ) x WHERE %(squeezed)s = ANY(%(words)s)""",
                squeezed=squeezed,
                some=self.env["debt.collection.run"]._restrict(accounts),
                words=words,
            )
        )
        found = {}
        for company, word, case_id, item in rows:
            found.setdefault((company, word), []).append((case_id, item))
        return found

    def _match_collection_case(self, case_sudo, first):
        """Put an incoming line on the invoices of a case; the rest stays on account.

        :param case_sudo: the case; who matches bank lines need not work cases
        :param account.move.line first: the item that the debtor named, if any
        """
        self.ensure_one()
        if self.is_reconciled:
            return
        items = case_sudo._get_items_to_pay(first)
        account = (
            items[:1].account_id
            or (
                case_sudo.partner_id.with_company(self.company_id)
            ).property_account_receivable_id
        )
        items = items.filtered(lambda item: item.account_id == account)
        payment = self._set_collection_counterpart(account, case_sudo.partner_id)
        plan = [item + payment for item in items.with_env(self.env)]
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        case_sudo._log_event(
            "matched",
            {"day": str(self.date), "amount": f"{self.amount:.2f}"},
        )

    def _set_collection_counterpart(self, account, partner):
        """Turn the suspense side of the line into a payment on the debtor's account."""
        self.ensure_one()
        if not self.partner_id:
            self.partner_id = partner
        lines = self._prepare_move_line_default_vals(account.id)
        for vals in lines:
            vals["partner_id"] = self.partner_id.id
        self.with_context(force_delete=True, skip_readonly_check=True).write(
            {"line_ids": [Command.clear(), *map(Command.create, lines)]}
        )
        return self.move_id.line_ids.filtered(lambda line: line.account_id == account)
