from odoo import fields, models
from odoo.exceptions import UserError


class DebtCollectionCasePrivacy(models.AbstractModel):
    """A case whose personal data were erased, once its time had passed."""

    _name = "debt.collection.case.privacy"
    _description = "Data protection of a case"

    date_erased = fields.Date(
        string="Erased",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since then the file holds no words, documents or names any more.",
    )

    def _check_not_erased(self):
        """A file that was erased proves nothing any more: it stays closed.

        :raises UserError: with the day
        """
        for case in self.filtered("date_erased"):
            raise UserError(
                self.env._(
                    "The file of %(case)s was erased on %(day)s: it cannot be opened "
                    "again or proved. Flag the invoices anew.",
                    case=case.name,
                    day=case.date_erased,
                )
            )
