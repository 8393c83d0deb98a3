from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        # EXTENDS portal: the words of the signature widget
        names = super()._get_translation_frontend_modules_name()
        return [*names, "debt_collection_portal"]
