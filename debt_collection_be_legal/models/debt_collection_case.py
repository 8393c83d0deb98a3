from odoo import models

from ..tools.communication import structured_communication


class DebtCollectionCase(models.Model):
    _inherit = "debt.collection.case"

    def _get_structured_reference(self, number):
        """The structured communication (OGM-VCS) for Belgian creditors.

        Its ten digits start with a 9, so that it is no number of an invoice.
        """
        if self.company_id.country_id.code != "BE" or not number:
            return super()._get_structured_reference(number)
        return structured_communication(f"9{number[-9:]:0>9}")
