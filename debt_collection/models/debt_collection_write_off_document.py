from odoo import api, models
from odoo.exceptions import UserError

from .debt_collection_case_closing import GIVEN_UP
from .debt_collection_document import Document


class DebtCollectionDocument(models.AbstractModel):
    """Papers of the end of a case: VAT correction and release."""

    _inherit = "debt.collection.document"

    @api.model
    def _get_documents(self):
        # EXTENDS debt_collection: registry of letters
        return super()._get_documents() | {
            "vat_correction": Document(
                self.env._("VAT correction"),
                "debt_collection.letter_vat_correction",
                by_hand=False,
            ),
            "release": Document(
                self.env._("Release"), "debt_collection.letter_case_release"
            ),
        }

    @api.model
    def _check_document(self, key, case, day, subject=None):
        # EXTENDS debt_collection: a release is given where nothing is asked any more
        if key == "vat_correction":
            self._check_vat_correction(subject)
        if key == "release" and (not case.date_closed or case.outcome not in GIVEN_UP):
            raise UserError(
                self.env._(
                    "%(case)s is not settled: a release can be given once it is paid, "
                    "credited, waived or withdrawn.",
                    case=case.name,
                )
            )
        return super()._check_document(key, case, day, subject)

    @api.model
    def _check_vat_correction(self, off):
        if not off or off._name != "debt.collection.write.off":
            raise UserError(
                self.env._("Make the VAT correction from the write-off it is about.")
            )
        if off.state != "posted" or off.kind != "loss" or not off.amount_vat:
            raise UserError(
                self.env._(
                    "%(name)s asks no VAT back: there is nothing to correct.",
                    name=off.name,
                )
            )

    @api.model
    def _get_values(self, key, case, day, recipient, subject=None):
        # EXTENDS debt_collection: the taxes of what was written off
        values = super()._get_values(key, case, day, recipient, subject)
        if key == "vat_correction" and subject:
            values["off"] = subject
            values["relief"] = subject._get_relief()
            values["rows"] = subject._get_tax_rows()
        return values
