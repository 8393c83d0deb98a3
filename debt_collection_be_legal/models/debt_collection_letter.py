from stdnum.be import vat

from odoo import api, models


class DebtCollectionLetter(models.AbstractModel):
    _inherit = "debt.collection.letter"

    @api.model
    def _get_text_templates(self):
        # EXTENDS debt_collection
        formal = "debt_collection_be_legal.letter_text_be_b2b_formal"
        consumer = "debt_collection_be_legal.letter_text_be_b2c"
        return super()._get_text_templates() | {
            "be_b2b_formal": formal,
            "be_b2g_formal": formal,
            "be_b2c_first": f"{consumer}_first",
            "be_b2c_none": f"{consumer}_second",
            "be_b2c_formal": f"{consumer}_formal",
        }

    @api.model
    def _get_company_number(self, company):
        """A Belgian enterprise number as the law shows it: 0403.019.261."""
        # EXTENDS debt_collection
        for number in filter(None, (company.company_registry, company.vat)):
            if company.country_id.code == "BE" and vat.is_valid(number):
                digits = vat.compact(number)
                return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
        return super()._get_company_number(company)

    @api.model
    def _get_mention_gap(self, code, values):
        # EXTENDS debt_collection
        company = values["company"]
        if code == "creditor_identity" and company.country_id.code == "BE":
            numbers = filter(None, (company.company_registry, company.vat))
            if not any(map(vat.is_valid, numbers)):
                return self.env._(
                    "The letter must carry the creditor's enterprise number: fill in a "
                    "valid one as Tax ID or Company ID of %(company)s.",
                    company=company.display_name,
                )
        return super()._get_mention_gap(code, values)
