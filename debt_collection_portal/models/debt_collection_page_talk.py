from dataclasses import dataclass
from datetime import datetime

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html

MOST_WORDS = 4000
MOST_ROWS = 60


@dataclass(frozen=True)
class Said:
    """One thing that was said or sent, by either side.

    :param moment: naive UTC
    :param is_ours: the creditor's; else the debtor's
    :param text: plain text, escaped where it is shown
    :param letter_id: the letter it is, whose PDF may be fetched; else 0
    """

    moment: datetime
    is_ours: bool
    title: str
    text: str = ""
    letter_id: int = 0


class DebtCollectionPageTalk(models.AbstractModel):
    """The conversation with one debtor: what is not meant for him is never read.

    Letters, mails of his and to him, answers to what he contested. Notes between
    colleagues, and everything to or from a partner, a guarantor or a co-debtor, are
    left out by the question asked, not by hiding them.
    """

    _name = "debt.collection.page.talk"
    _description = "Conversation on the debtor's page"

    @api.model
    def _read(self, matter):
        """What was said, newest first.

        :rtype: list[Said]
        """
        rows = [
            *self._read_letters(matter),
            *self._read_messages(matter),
            *self._read_answers(matter),
        ]
        return sorted(rows, key=lambda row: row.moment, reverse=True)[:MOST_ROWS]

    # === LETTERS === #

    @api.model
    def _get_letters(self, matter):
        """The letters that went to the debtor himself."""
        debtor = matter.account.partner_id
        return matter.letters.filtered(
            lambda letter: (
                letter.attachment_id
                and letter.date_done
                and letter.partner_id.commercial_partner_id == debtor
            )
        )

    def _read_letters(self, matter):
        return [
            Said(
                datetime.combine(letter.date_done, datetime.min.time()),
                True,
                letter._get_name(),
                letter_id=letter.id,
            )
            for letter in self._get_letters(matter)
        ]

    # === MESSAGES === #

    @api.model
    def _get_message_domain(self, matter):
        """The messages on the case that passed between creditor and debtor."""
        debtor = matter.account.partner_id
        family = Domain("commercial_partner_id", "=", debtor.id)
        people = self.env["res.partner"].with_context(active_test=False)
        # names of nobody are shown: only who belongs to the debtor is asked
        own = people.sudo().search(family).ids
        on_case = Domain("model", "=", "debt.collection.case")
        on_case &= Domain("res_id", "=", matter.case.id)
        on_case &= Domain("message_type", "in", ("comment", "email", "email_outgoing"))
        to_him = Domain("partner_ids", "in", own) & Domain("is_internal", "=", False)
        return on_case & (Domain("author_id", "in", own) | to_him)

    def _read_messages(self, matter):
        if not matter.case:
            return []
        debtor = matter.account.partner_id
        # a visitor has no rights on messages; the domain says which are his
        messages_sudo = self.env["mail.message"].sudo()
        found = messages_sudo.search(
            self._get_message_domain(matter), order="id desc", limit=MOST_ROWS
        )
        return [
            self._make_said(message, debtor)
            for message in found
            if self._is_between(message, debtor)
        ]

    @api.model
    def _is_between(self, message, debtor):
        """Whether nobody else wrote or got it; colleagues do not count."""
        others = message.partner_ids.filtered(
            lambda p: p.commercial_partner_id != debtor and p.partner_share
        )
        if message.author_id.commercial_partner_id == debtor:
            return not others
        written_by_us = message.author_id and not message.author_id.partner_share
        is_note = message.subtype_id.internal
        return bool(written_by_us) and not is_note and not others

    @api.model
    def _make_said(self, message, debtor):
        is_his = message.author_id.commercial_partner_id == debtor
        return Said(
            message.date,
            not is_his,
            self.env._("Your message") if is_his else self.env._("Our message"),
            html2plaintext(message.body or "").strip()[:MOST_WORDS],
        )

    # === DISPUTES === #

    def _read_answers(self, matter):
        disputes = matter.case.dispute_ids if matter.case else ()
        return [
            Said(
                datetime.combine(dispute.date_settled, datetime.min.time()),
                True,
                self.env._("Our answer: %(reason)s", reason=dispute.reason_id.name),
                dispute.answer,
            )
            for dispute in disputes
            if dispute.date_settled and dispute.answer
        ]

    # === WRITING === #

    @api.model
    def _say(self, matter, words):
        """A message of the debtor: in the file, in the log, on somebody's desk.

        :raises UserError: nothing was written, or the case is closed
        """
        words = (words or "").strip()[:MOST_WORDS]
        if not words:
            raise UserError(self.env._("Write your message first."))
        if not matter.case:
            raise UserError(
                self.env._("Please call us or write to us: see the end of the page.")
            )
        case = matter.case._as_system()
        debtor = case.partner_id
        # a note: nobody who follows the case gets it by mail, our people read it
        case.message_post(
            body=words,
            author_id=debtor.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        case._receive_answer({"body": plaintext2html(words)})
