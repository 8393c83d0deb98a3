from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.image import image_data_uri
from odoo.tools.misc import format_date, formatLang

REPORT = "debt_collection.report_letter"


class DebtCollectionLetter(models.AbstractModel):
    """Turns an action into its letter: the values, the HTML, the PDF.

    The page carries its own style sheet and pictures, so the engine asks the server
    for nothing; both builds of the engine make real text of it.
    """

    _name = "debt.collection.letter"
    _description = "Collection letter"

    @api.model
    def _render_pdf(self, action):
        """The PDF of one action, as of its day, in the language of its recipient.

        :raises UserError: the company cannot be paid, or the engine is missing
        :rtype: bytes
        """
        html = self._render_html(action)
        report = self.env.ref(REPORT).sudo()  # paper format and engine settings
        return report._run_wkhtmltopdf([html], report_ref=REPORT)

    @api.model
    def _render_html(self, action):
        """The complete page of one letter.

        :rtype: markupsafe.Markup
        """
        page = self._render_template("debt_collection.letter_page", action)
        return Markup("<!DOCTYPE html>") + page

    @api.model
    def _render_body(self, action):
        """The letter without its page, for a preview of several."""
        return self._render_template("debt_collection.letter_body", action)

    def _render_template(self, template, action):
        action = action.with_context(lang=action.lang or action._get_lang())
        letter = self.with_context(lang=action.env.context["lang"])
        return letter.env["ir.qweb"]._render(template, letter._get_values(action))

    @api.model
    def _get_values(self, action):
        """What the letter template shows; extend by `super()`."""
        lines = action.line_ids.move_line_id
        statement = self._get_statement(action)
        currency = action.currency_id
        return {
            "o": action,
            "company": action.company_id,
            "recipient": action.recipient_id,
            "statement": statement,
            "claims": self._get_claim_rows(statement, lines),
            "charges": [row for row in statement.charges if row.left],
            "costs": [row for row in statement.costs if row.left],
            "interest": statement.interest_left,
            "bank": self._get_bank(action),
            "reference": self._get_reference(action),
            "qr_code": self._get_qr_code(action, statement),
            "url": action._get_portal_url(),
            "image_data_uri": image_data_uri,
            "money": lambda amount: formatLang(
                self.env, float(amount), currency_obj=currency
            ),
            "day": lambda value: format_date(self.env, value),
        }

    def _get_statement(self, action):
        """The figures of the letter: as of its day, by verified rates only."""
        Statement = self.env["debt.collection.statement"].with_company(
            action.company_id
        )
        options = {
            "verified_only": True,
            "principal_only": action.step_id.charges == "waived",
        }
        if action.case_id:
            cases = Statement._for_cases(action.case_id, action.date, **options)
            return cases[action.case_id.id]
        items = action.line_ids.move_line_id
        return Statement._for_items(items, action.date, **options)

    def _get_claim_rows(self, statement, lines):
        """Each claim of the statement with its invoice, oldest due first."""
        moves = {line.id: line.move_id for line in lines}
        missing = [c.claim.key for c in statement.claims if c.claim.key not in moves]
        for line in self.env["account.move.line"].browse(missing):
            moves[line.id] = line.move_id
        rows = [(row, moves[row.claim.key]) for row in statement.claims]
        return sorted(rows, key=lambda pair: (pair[0].claim.due_date, pair[1].name))

    def _get_bank(self, action):
        bank = action.company_id._get_collection_bank()
        if not bank:
            raise UserError(
                self.env._(
                    "%(company)s has no bank account for the debtor to pay to. Add one "
                    "under Accounting, Configuration, then retry.",
                    company=action.company_id.display_name,
                )
            )
        return bank

    def _get_reference(self, action):
        """The structured reference when one invoice is asked, else the case's."""
        moves = action.line_ids.move_line_id.move_id
        if len(moves) == 1:
            return moves.payment_reference or moves.name
        return action.case_id._get_payment_reference() if action.case_id else (
            action.partner_id.ref or action.partner_id.display_name
        )

    def _get_qr_code(self, action, statement):
        """The EPC code for exactly the amount due, as a data URI, or False."""
        bank = self._get_bank(action)
        return bank.build_qr_code_base64(
            float(statement.due),
            self._get_reference(action),
            None,
            action.currency_id,
            action.partner_id,
            qr_method="sct_qr",
            silent_errors=True,
        )
