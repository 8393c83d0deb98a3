from odoo import fields, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    debt_collection_delivery_ids = fields.One2many(
        comodel_name="debt.collection.delivery",
        inverse_name="mail_id",
        string="Deliveries",
        export_string_translation=False,
    )

    def _send(self, auto_commit=False, **kwargs):
        # EXTENDS mail: a letter is committed as *sending* before the server sees it,
        # one by one. What a killed runner left as *sending* becomes *uncertain*.
        letters = self.filtered("debt_collection_delivery_ids")
        if others := self - letters:
            super(MailMail, others)._send(auto_commit=auto_commit, **kwargs)
        for letter in letters:
            if letter._collection_claim_turn(auto_commit):
                super(MailMail, letter)._send(auto_commit=auto_commit, **kwargs)
        return True

    def _collection_claim_turn(self, auto_commit):
        """Whether this runner may send the letter: it holds it, and nobody tried."""
        if self.env["ir.mail_server"]._disable_send():
            return True
        Delivery = self.env["debt.collection.delivery"]
        deliveries = self.debt_collection_delivery_ids.try_lock_for_update()
        deliveries.invalidate_recordset(["state"])
        if not deliveries or self.state != "outgoing":
            return False
        if deliveries.filtered(lambda d: d.state == "sending"):
            deliveries._set_uncertain()
            self.write({"state": "cancel"})
        elif any(d.state != "to_send" for d in deliveries):
            self.write({"state": "cancel"})
        else:
            deliveries.write({"state": "sending"})
            if not auto_commit:
                return True
            self.env.cr.commit()  # pylint: disable=invalid-commit
            again = Delivery.browse(deliveries.ids).try_lock_for_update()
            again.invalidate_recordset(["state"])
            return again == deliveries and set(again.mapped("state")) == {"sending"}
        if auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return False

    def _postprocess_sent_message(self, success_pids, success_emails, **kwargs):
        # EXTENDS mail: tell the deliveries what the server answered
        deliveries = self.debt_collection_delivery_ids.filtered(
            lambda delivery: delivery.state in ("to_send", "sending")
        )
        for delivery in deliveries:
            mail = delivery.mail_id
            if mail.state == "sent":
                delivery._set_sent(fields.Datetime.now(), mail.message_id)
            elif mail.state == "exception":
                delivery._set_failed(
                    mail.failure_reason or self.env._("The mail server refused it.")
                )
        deliveries.action_id._settle()
        return super()._postprocess_sent_message(
            success_pids, success_emails, **kwargs
        )
