from odoo import api, fields, models
from odoo.exceptions import UserError


class DebtCollectionDisputeLine(models.Model):
    """One item that a dispute touches, and how much of it."""

    _name = "debt.collection.dispute.line"
    _description = "Contested item"
    _order = "dispute_id, id"
    _check_company_auto = True

    dispute_id = fields.Many2one(
        comodel_name="debt.collection.dispute",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="dispute_id.company_id", store=True)
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    claim_id = fields.Many2one(
        comodel_name="debt.collection.claim",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    # a copy of the claim's key: every figure is read by item
    move_line_id = fields.Many2one(
        related="claim_id.move_line_id", string="Item", store=True, index=True
    )
    move_id = fields.Many2one(related="claim_id.move_id", string="Invoice")
    amount_residual = fields.Monetary(related="claim_id.amount_residual")
    amount = fields.Monetary(string="Contested", help="Taxes included.")
    amount_accepted = fields.Monetary(string="Accepted", readonly=True, copy=False)
    credit_id = fields.Many2one(
        comodel_name="account.move",
        string="Credit note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    amount_contested = fields.Monetary(
        string="Stands apart",
        compute="_compute_amount_contested",
        store=True,
        help="Not asked for: under dispute, or accepted and not yet credited.",
    )

    _claim_unique = models.UniqueIndex(
        "(dispute_id, claim_id)", "An invoice stands on a dispute once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Say how much of the invoice is contested."
    )

    # === COMPUTE METHODS === #

    @api.depends("dispute_id.state", "amount", "amount_accepted", "credit_id.state")
    def _compute_amount_contested(self):
        for line in self:
            state = line.dispute_id.state
            if state == "open":
                line.amount_contested = line.amount
            elif state in ("accepted", "partly") and line.credit_id.state != "posted":
                line.amount_contested = line.amount_accepted
            else:
                line.amount_contested = 0.0

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A dispute is evidence: withdraw it instead of deleting it.")
        )
