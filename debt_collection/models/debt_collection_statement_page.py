from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ..tools.values import ToolsError


class DebtCollectionStatementPage(models.AbstractModel):
    """Turns the statement of a case into a page: on screen and on paper the same.

    On screen every amount stands, those that rest on a number to verify marked as
    such, and what was approved for the case; what goes to the debtor is made by
    verified rates only, and tells the costs he owes alone.
    """

    _name = "debt.collection.statement.page"
    _description = "Page of a statement"

    @api.model
    def _render(self, case, day, verified_only=False):
        """The statement of one case as HTML; why there is none, where there is none.

        :rtype: markupsafe.Markup
        """
        try:
            values = self._get_values(case, day, verified_only)
        except (UserError, ToolsError) as error:
            values = self._get_frame(case) | {"at": day, "error": str(error)}
        return self.env["ir.qweb"]._render("debt_collection.statement_page", values)

    @api.model
    def _get_values(self, case, day, verified_only):
        """What the template shows; extend by `super()`."""
        Statement = self.env["debt.collection.statement"].with_company(case.company_id)
        found = Statement._for_cases(case, day, verified_only=verified_only)[case.id]
        reference = case._get_payment_reference()
        bank = case.company_id._get_collection_bank()
        return self._get_frame(case) | {
            "at": day,
            "error": "",
            "statement": found,
            "is_screen": not verified_only,
            "payments": Statement._get_payment_rows(found),
            "warnings": Statement._get_warnings(found),
            "stages": Statement._read_cost_stages(
                case, day, internal=not verified_only
            ).get(case.id, ()),
            "kinds": self._get_kind_labels(),
            "booked": self._get_booked(case),
            "bank": bank,
            "reference": reference,
            "qr_code": bank and self._get_qr_code(case, bank, found.due, reference),
        }

    @api.model
    def _get_frame(self, case):
        currency = case.currency_id
        return {
            "doc": case,
            "money": lambda amount: formatLang(
                self.env, float(amount), currency_obj=currency
            ),
            "percent": lambda value: formatLang(self.env, float(value), digits=2),
            "day": lambda value: format_date(self.env, value),
        }

    @api.model
    def _get_qr_code(self, case, bank, amount, reference):
        """The payment code for exactly that amount, as a data URI, or False."""
        if amount <= 0:
            return False
        return bank.build_qr_code_base64(
            f"{amount:.2f}",
            reference,
            reference,
            case.currency_id,
            case.partner_id,
            qr_method="sct_qr",
            silent_errors=True,
        )

    @api.model
    def _get_booked(self, case):
        """The booked documents of the case with what is open on them."""
        charges = case.charge_ids.filtered(lambda charge: charge.state == "booked")
        # who works the case sees its documents
        return [(move.name, move.amount_residual) for move in charges.move_id.sudo()]

    @api.model
    def _get_kind_labels(self):
        return {
            "principal": self.env._("principal"),
            "interest": self.env._("interest"),
            "indemnity": self.env._("compensation"),
            "cost": self.env._("costs"),
        }
