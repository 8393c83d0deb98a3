import smtplib
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import fields, models, modules
from odoo.tools import SQL

# A letter that another transaction disturbed is tried again in a new one.
MAX_TRIES = 5
# Space of the locks, by id of the mail, that say that a living runner sends it
SENDERS = 0x44430001


class MailMail(models.Model):
    _inherit = "mail.mail"

    debt_collection_delivery_ids = fields.One2many(
        comodel_name="debt.collection.delivery",
        inverse_name="mail_id",
        string="Deliveries",
        export_string_translation=False,
    )

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        # EXTENDS mail: a letter is committed as *sending* before the server sees it,
        # one by one. What a killed runner left as *sending* becomes *uncertain*.
        kwargs = {
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        letters = self.filtered("debt_collection_delivery_ids")
        if others := self - letters:
            super(MailMail, others)._send(auto_commit=auto_commit, **kwargs)
        if not auto_commit and not modules.module.current_test:
            # inside a request that may be tried again: the queue sends it once
            letters._collection_trigger_queue()
            return True
        for letter in letters:
            with letter._collection_turn(auto_commit) as may_send:
                if not may_send:
                    continue
                try:
                    super(MailMail, letter)._send(auto_commit=auto_commit, **kwargs)
                except smtplib.SMTPServerDisconnected:
                    letter._collection_cut_short(auto_commit)
                    raise
        if letters and post_send_callback:
            post_send_callback([])  # those of another's turn are still there
        return True

    def _collection_trigger_queue(self):
        if self:
            # the queue belongs to the system: it is only asked to look again
            queue_sudo = self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()
            queue_sudo._trigger()

    def _collection_cut_short(self, auto_commit):
        """The server hung up: it may have the letter; the others go another time."""
        self.debt_collection_delivery_ids._set_uncertain()
        self.write({"state": "cancel"})
        self._collection_trigger_queue()
        if auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    @contextmanager
    def _collection_turn(self, auto_commit):
        """Whether this runner may send the letter, held while it does.

        The commit of *sending* gives the rows free for a moment. So that nobody takes
        the sender for dead meanwhile, a lock of the connection outlives the commit; it
        goes with the connection when the sender dies.
        """
        if self.env["ir.mail_server"]._disable_send():
            yield True
        elif not auto_commit:
            yield self._collection_start()
        elif not self._collection_ask("pg_try_advisory_lock"):
            yield False
        else:
            try:
                yield self._collection_claim_turn()
            finally:
                self._collection_let_go()

    def _collection_ask(self, function):
        """Ask the database for the lock of the sender, or give it back.

        :rtype: bool
        """
        name = SQL.identifier(function)
        [[answer]] = self.env.execute_query(
            SQL("SELECT %s(%s, %s)", name, SENDERS, self.id)
        )
        return bool(answer)

    def _collection_let_go(self):
        try:
            self._collection_ask("pg_advisory_unlock")
        except psycopg2.Error:  # what failed is told already; the lock has to go
            self.env.cr.rollback()
            self._collection_ask("pg_advisory_unlock")

    def _collection_claim_turn(self):
        """Whether the letter is held as *sending*, and nobody tried before."""
        for _attempt in range(MAX_TRIES):
            try:
                self.env.cr.commit()  # pylint: disable=invalid-commit
                if not self._collection_start():
                    self.env.cr.commit()  # pylint: disable=invalid-commit
                    return False
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return self._collection_hold() == "sending"
            except TransactionRollbackError:
                # another one was here first: look again with a new snapshot
                self.env.cr.rollback()
        return False

    def _collection_lock(self):
        """The deliveries, locked with account and case; none when others hold one.

        So the server's answer can be written, whatever runners do meanwhile.
        """
        deliveries = self.debt_collection_delivery_ids.try_lock_for_update()
        self.invalidate_recordset(["state"])
        deliveries.invalidate_recordset(["state"])
        accounts = deliveries.action_id.account_id
        for records in (accounts, deliveries.case_id, accounts._get_twins()):
            if records.try_lock_for_update(allow_referencing=True) != records:
                return deliveries.browse()
        return deliveries

    def _collection_start(self):
        """Mark as *sending* what may leave; what a dead runner left so is uncertain."""
        deliveries = self._collection_lock()
        if not deliveries or self.state != "outgoing":
            return False
        if any(deliveries.company_id.mapped("debt_collection_paused")):
            return False  # it stays in the queue until the pause is over
        if self._collection_must_wait(deliveries):
            return False
        states = set(deliveries.mapped("state"))
        if states == {"to_send"}:
            deliveries.write({"state": "sending"})
            return True
        deliveries.filtered(lambda d: d.state == "sending")._set_uncertain()
        self.write({"state": "cancel"})
        return False

    def _collection_must_wait(self, deliveries):
        """Whether the contact gate is closed at the moment the letter would leave.

        In quiet hours it stays in the queue until their end. Else the letter says why
        it waits, and is made anew by the run of the day on which it may leave.
        """
        if set(deliveries.mapped("state")) != {"to_send"} or any(
            deliveries.mapped("is_test")
        ):
            return False
        now = fields.Datetime.now()
        opening = max(
            each.company_id._leave_quiet_days(
                each.company_id._leave_quiet(now), each._get_country()
            )
            for each in deliveries
        )
        if opening > now:
            self.scheduled_date = opening
            return True
        actions = deliveries.action_id
        if actions._ask_gate() == actions:
            return False
        actions._unmake()
        return True

    def _collection_hold(self):
        """Hold the letter again after the commit; put it back when that fails.

        :return: the state it is in
        """
        for tries_left in reversed(range(MAX_TRIES)):
            try:
                deliveries = self._collection_lock()
                if deliveries or not tries_left:
                    break
            except TransactionRollbackError:
                if not tries_left:
                    raise
            # locks of others are seen by a new transaction only
            self.env.cr.rollback()
        if deliveries:
            return deliveries[0].state
        own = self.debt_collection_delivery_ids.try_lock_for_update()
        own.invalidate_recordset(["state"])
        own.filtered(lambda d: d.state == "sending").write({"state": "to_send"})
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return "to_send"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # EXTENDS mail: tell the deliveries what the server answered
        no_server = failure_type == "mail_smtp"
        deliveries = self.debt_collection_delivery_ids.filtered(
            lambda delivery: delivery.state in ("to_send", "sending")
        )
        for delivery in deliveries:
            mail = delivery.mail_id
            if mail.state == "sent":
                delivery._set_sent(fields.Datetime.now(), mail.message_id)
            elif no_server and delivery.state == "sending":
                if mail._collection_ask("pg_try_advisory_xact_lock"):
                    delivery._set_uncertain()  # by a runner that died before
            elif mail.state == "exception":
                delivery._set_failed(
                    mail.failure_reason or self.env._("The mail server refused it.")
                )
        deliveries.action_id._settle()
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
