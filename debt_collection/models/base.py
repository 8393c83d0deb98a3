from lxml import etree

from odoo import api, models

# Forms of other addons that show how the customer pays; none of them is a dependency
PLACES = ("sale.order",)


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        # EXTENDS base: a banner on quotations, where they are kept in this database
        arch, view = super()._get_view(view_id, view_type, **options)
        if self._name in PLACES and view_type == "form":
            sheet = next(arch.iter("sheet"), None)
            if sheet is not None:
                sheet.addprevious(
                    etree.Element("widget", name="debt_collection_behaviour")
                )
        return arch, view
