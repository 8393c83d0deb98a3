from odoo import api, fields, models
from odoo.exceptions import UserError

# Endings after which what is open is lost
LOSSES = ("waived", "uneconomic", "irrecoverable", "bankrupt", "prescribed", "lost")


class DebtCollectionCaseWriteOff(models.AbstractModel):
    """What a case has in the books beside its invoices: stages of its loss."""

    _name = "debt.collection.case.write.off"
    _description = "Write-offs"

    write_off_ids = fields.One2many(
        comodel_name="debt.collection.write.off",
        inverse_name="case_id",
        string="Write-offs",
    )
    write_off_count = fields.Integer(compute="_compute_write_off_count")
    can_write_off = fields.Boolean(compute="_compute_can_write_off")

    # === COMPUTE METHODS === #

    @api.depends("write_off_ids")
    def _compute_write_off_count(self):
        for case in self:
            case.write_off_count = len(case.write_off_ids)

    @api.depends("claim_ids.amount_residual", "write_off_ids.state", "outcome")
    def _compute_can_write_off(self):
        for case in self:
            open_amount = sum(case.claim_ids.mapped("amount_residual"))
            asked = case.write_off_ids.filtered(lambda off: off.state == "draft")
            case.can_write_off = open_amount > 0 and not asked

    # === ACTION METHODS === #

    def action_write_off(self):
        """Ask for a write-off of what is open, with everything proposed."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write off"),
            "res_model": "debt.collection.write.off",
            "view_mode": "form",
            "context": {
                "default_case_id": self.id,
                "default_cause": self._get_loss_cause(),
            },
        }

    def action_view_write_offs(self):
        """Open the write-offs of the case."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_write_off_action"
        )
        return {**action, "domain": [("case_id", "in", self.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_loss_cause(self):
        """The cause a write-off starts with: the outcome, else a finding."""
        self.ensure_one()
        causes = dict(self.env["debt.collection.write.off"]._fields["cause"].selection)
        if self.outcome in causes:
            return self.outcome
        finding = self.solvency_finding
        if finding == "insolvent":
            return "irrecoverable"
        return finding if finding in causes else "uneconomic"

    def _propose_write_off(self, reason, kind="loss"):
        """Ask for a write-off of all that is open on the cases; others decide.

        :param str reason: in the words of whoever asks
        :rtype: debt.collection.write.off
        """
        return self.env["debt.collection.write.off"].create(
            [
                {
                    "case_id": case.id,
                    "kind": kind,
                    "cause": case._get_loss_cause(),
                    "reason": reason,
                }
                for case in self.filtered("can_write_off")
            ]
        )

    def _check_reopen(self):
        """What was written off has to be reversed first."""
        # EXTENDS debt_collection: case closing
        posted = self.write_off_ids.filtered(
            lambda off: off.kind == "loss" and off.state == "posted"
        )
        if posted:
            raise UserError(
                self.env._(
                    "%(case)s is written off: reverse %(name)s first.",
                    case=posted[0].case_id.name,
                    name=posted[0].name,
                )
            )
        return super()._check_reopen()

    def _get_ledger_outcome(self):
        """A part that was written off is waived; the whole is lost for its cause."""
        # EXTENDS debt_collection: case closing
        losses = self.write_off_ids.filtered(
            lambda off: off.kind == "loss" and off.state == "posted"
        )
        if not losses:
            return super()._get_ledger_outcome()
        lost = sum(losses.mapped("amount"))
        whole = self.currency_id.compare_amounts(lost, self.amount_claimed) >= 0
        cause = losses[:1].cause
        return cause if whole and cause in LOSSES else "waived"

    def _close(self, outcome, day):
        """The stages of a loss that did not come end with the case."""
        # EXTENDS debt_collection: case closing
        closed = super()._close(outcome, day)
        if outcome != "joined":
            closed._end_stages(day)
        return closed

    def _end_stages(self, day):
        """Reverse the doubtful claims and write-downs of what is settled by now.

        What was expected came, or did not: either way it is expected no more.
        """
        # the job and whoever closes a case let the books follow
        stages_sudo = self.env["debt.collection.write.off"].sudo()
        stages_sudo = stages_sudo.search(
            [
                ("case_id", "in", self.ids),
                ("kind", "!=", "loss"),
                ("state", "=", "posted"),
            ]
        )
        for stage_sudo in stages_sudo:
            claims = stage_sudo.line_ids.claim_id
            if not any(claim.amount_residual > 0 for claim in claims):
                stage_sudo._reverse(day)
