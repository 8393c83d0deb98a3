from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

# What a debtor may ask to change of himself, and how long each may be
WISHES = {"name": 120, "email": 254, "phone": 40, "address": 300, "note": 500}


class DebtCollectionCorrection(models.Model):
    """What a debtor asks to change of his contact: a request, written by nobody else.

    A colleague looks at it and changes the contact, or not. An address that was asked
    for by somebody who had shown no code never gets one.
    """

    _name = "debt.collection.correction"
    _description = "Correction asked for by a debtor"
    _order = "id desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        related="case_id.account_id",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="case_id.partner_id", string="Debtor")
    name = fields.Char(string="New name", readonly=True)
    email = fields.Char(string="New e-mail", readonly=True)
    phone = fields.Char(string="New phone", readonly=True)
    address = fields.Text(string="New address", readonly=True)
    note = fields.Text(string="What he says", readonly=True)
    is_known = fields.Boolean(
        string="Himself",
        readonly=True,
        help="Asked for after a login or a code. Otherwise whoever held the letter "
        "did: ask back before you change anything.",
    )
    state = fields.Selection(
        selection=[("open", "To look at"), ("done", "Taken over"), ("no", "Left")],
        default="open",
        required=True,
        readonly=True,
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True
    )

    # === COMPUTE METHODS === #

    @api.depends("case_id.name", "partner_id.name")
    def _compute_display_name(self):
        for correction in self:
            names = (correction.case_id.name, correction.partner_id.name)
            correction.display_name = ": ".join(filter(None, names))

    # === ACTION METHODS === #

    def action_done(self):
        """Note that the contact was changed."""
        self._decide("done")

    def action_leave(self):
        """Note that the contact stays as it is."""
        self._decide("no")

    def action_open_contact(self):
        """Open the contact, to change it by hand."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "view_mode": "form",
            "res_id": self.partner_id.id,
        }

    # === BUSINESS METHODS === #

    def _decide(self, state):
        self.case_id.check_access("write")
        for correction in self.filtered(lambda c: c.state == "open"):
            # its fields are written by what happens, whoever may write the case
            correction.sudo().write({"state": state, "decided_by_id": self.env.uid})
            correction.case_id._log_event(
                "correction_decided", {"outcome": state, "by": self.env.user.name}
            )

    @api.model
    def _ask(self, case, wishes, is_known):
        """Keep what the debtor asks for, and have somebody look at it.

        :param dict wishes: some of `WISHES` -> text
        :raises UserError: nothing is asked for, or the e-mail address is none
        :rtype: debt.collection.correction
        """
        vals = {
            name: " ".join(text.split())[:size] if name != "address" else text[:size]
            for name, size in WISHES.items()
            if (text := (wishes.get(name) or "").strip())
        }
        if not vals:
            raise UserError(self.env._("Say what should change."))
        if "email" in vals and not email_normalize(vals["email"]):
            raise UserError(
                self.env._("“%(email)s” is no e-mail address.", email=vals["email"])
            )
        correction = self.create({**vals, "case_id": case.id, "is_known": is_known})
        correction._notice()
        return correction

    def _notice(self):
        """Into the log, what is personal of it erasable; and onto somebody's desk."""
        self.ensure_one()
        personal = {name: self[name] for name in WISHES if self[name]}
        data = {"what": sorted(personal), "known": str(self.is_known)}
        self.env["debt.collection.event"]._log(
            [(self.case_id, "correction", data, personal)]
        )
        self.case_id._ask_reader(self.env._("Correction of the contact"))

    @api.model
    def _read_addresses(self, account):
        """E-mail addresses that nobody known asked for: they never get a code.

        :rtype: set[str]
        """
        asked = self.search(
            [
                ("account_id.partner_id", "=", account.partner_id.id),
                ("is_known", "=", False),
                ("email", "!=", False),
            ]
        )
        return {email_normalize(row.email) for row in asked}
