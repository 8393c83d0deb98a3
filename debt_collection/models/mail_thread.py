from odoo import models
from odoo.tools import html2plaintext


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _routing_handle_bounce(self, email_message, message_dict):
        # EXTENDS mail: a letter that came back never reached the debtor
        result = super()._routing_handle_bounce(email_message, message_dict)
        # the gateway's user has no role in the collection
        deliveries_sudo = self.env["debt.collection.delivery"].sudo()
        deliveries_sudo._find_bounced(
            message_dict["bounced_message"], message_dict["bounced_msg_ids"]
        )._bounce(html2plaintext(message_dict.get("body") or ""))
        return result
