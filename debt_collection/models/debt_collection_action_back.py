from odoo import api, models

# What a letter may still be taken back in
WAITING = ("planned", "released")
# A delivery in one of these may have reached the debtor
LEFT = ("sending", "sent", "unreached", "uncertain")


class DebtCollectionActionBack(models.AbstractModel):
    """Letters taken back before they leave, because the debtor contests.

    What he contests as a whole is dropped, of the rest only what is uncontested is
    asked for, and a letter of which nothing remains is cancelled. Its step counts as
    not taken: once the dispute is settled the ladder goes on where it stood.
    """

    _name = "debt.collection.action.back"
    _description = "Letters taken back before they leave"

    @api.model
    def _yield_to_disputes(self, disputes):
        """Nothing leaves any more that asks for what is contested.

        :param debt.collection.dispute disputes: just opened
        """
        # who contests, or writes it down, need not be the one who works letters
        Action = self.env["debt.collection.action"].sudo()
        for dispute in disputes:
            is_whole = dispute._rests_case()
            for action in Action._find_waiting(dispute, is_whole):
                action._yield_to_dispute(dispute, is_whole)

    @api.model
    def _find_waiting(self, dispute, is_whole):
        """Letters, calls and visits about what a dispute contests that did not leave.

        :param bool is_whole: the dispute makes the whole case rest
        :rtype: debt.collection.action
        """
        items = dispute.line_ids.move_line_id
        # answers to the debtor, as the acknowledgement itself, go on
        answers = self.env["debt.collection.document"]._get_answer_keys()
        domain = [("state", "in", WAITING)]
        about = [("line_ids.move_line_id", "in", items.ids)]
        if is_whole:
            about = ["|", ("case_id", "=", dispute.case_id.id), *about]
        found = self.search([*domain, *about])
        found.lock_for_update()
        return found.filtered(lambda action: action.letter_key not in answers)

    def _yield_to_dispute(self, dispute, is_whole):
        self.ensure_one()
        lines, contested = self.line_ids, dispute.line_ids.move_line_id
        listed = lines.filtered(lambda line: line.move_line_id in contested)
        names = sorted(listed.move_line_id.mapped("move_name"))
        asked = self._read_asked(lines.move_line_id)
        gone = lines.filtered(lambda line: not asked[line.move_line_id.id])
        reason = self.env._("Taken back: %(dispute)s.", dispute=dispute.display_name)
        if self._has_begun_to_leave():
            self._stop_what_is_left()
        elif is_whole or gone == lines:
            self._cancel(reason)
        else:
            self._drop_lines(gone, asked)
        case = self.case_id or dispute.case_id
        case._log_event("taken_back", {"step": self._get_name(), "items": names})

    @api.model
    def _read_asked(self, items):
        """What may be asked of each item: what is left and not contested.

        :rtype: dict[int, float]
        """
        contested = self.env["debt.collection.facts"]._read_contested(items.ids)
        return {
            item.id: max(
                item.currency_id.round(
                    item.amount_residual_currency - float(contested.get(item.id, 0))
                ),
                0.0,
            )
            for item in items
        }

    def _has_begun_to_leave(self):
        """Whether one channel took it already: then it is evidence and stays."""
        return not set(self.delivery_ids.mapped("state")).isdisjoint(LEFT)

    def _stop_what_is_left(self):
        """The other channels of a letter that began to leave are taken back."""
        self.delivery_ids._withdraw()
        self.flush_recordset()
        self._settle()

    def _drop_lines(self, gone, asked):
        """Go on without these lines, and ask for the rest only.

        A letter that was made is made again; one whose words a person changed goes
        back to him.
        """
        self.ensure_one()
        gone.unlink()
        for line in self.line_ids:
            line.amount_residual = asked[line.move_line_id.id]
        self.amount = sum(self.line_ids.mapped("amount_residual"))
        if self.state == "planned":
            return
        self.delivery_ids._withdraw()
        self.delivery_ids.flush_recordset()  # the new ones take their place
        if self.draft_letter or self.draft_mail:
            self._put_under_review("review_dispute")
        else:
            self.write({"attachment_id": False, "enclosure_ids": [(5,)]})
            self._create_deliveries()

    def _put_under_review(self, code):
        """Back on the list of what a person releases, with the reason.

        :param str code: of the sentence, see `debt.collection.run._get_sentences`
        """
        self.write(
            {"state": "planned", "attachment_id": False, "waits": [[code, {}, "", ""]]}
        )
        self.account_id._mark_stale()
