from odoo import Command, api, models


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    @api.model
    def _load_collection_demo(self):
        """Let the creditor of the demo take pretended payments, where Odoo can.

        Called by the demo data only. The pretending provider comes with an addon of
        its own; without it the page shows the transfer alone.
        """
        company = self.env.ref("debt_collection.demo_company", False)
        providers = self.search([("code", "=", "demo")])
        if not company or not providers:
            return
        # Odoo copies the providers it has to a new company, switched off
        own = providers.filtered(lambda provider: provider.company_id == company)
        own = own[:1] or providers[0].copy({"company_id": company.id})
        methods = [Command.set(providers[0].payment_method_ids.ids)]
        own.write(
            {"state": "test", "is_published": True, "payment_method_ids": methods}
        )
