from odoo import api, models

# How a document of charges may leave; electronic invoicing is for invoices
PLAIN_METHODS = ("email", "manual", "snailmail")


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_methods(self, move):
        # EXTENDS account
        methods = super()._get_default_sending_methods(move)
        if not move.is_collection_charge:
            return methods
        return {method for method in methods if method in PLAIN_METHODS} or {"manual"}

    @api.model
    def _get_default_extra_edis(self, move):
        # EXTENDS account
        if move.is_collection_charge:
            return set()  # outside VAT: no invoice to any network or tax office
        return super()._get_default_extra_edis(move)

    @api.model
    def _is_applicable_to_move(self, method, move, **move_data):
        # EXTENDS account
        if move.is_collection_charge and method not in PLAIN_METHODS:
            return False
        return super()._is_applicable_to_move(method, move, **move_data)
