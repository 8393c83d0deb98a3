from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import formatLang

ROLES = [
    ("codebtor", "Co-debtor"),
    ("guarantor", "Guarantor"),
    ("heir", "Heir"),
    ("other", "Other"),
]


class DebtCollectionParty(models.Model):
    """Who owes beside the debtor of a case, as what and for how much.

    Internal: the debtor's page and his letters never name one.
    """

    _name = "debt.collection.party"
    _description = "Co-debtor or guarantor"
    _rec_name = "partner_id"
    _order = "role, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="case_id.currency_id")
    active = fields.Boolean(default=True, help="Released parties are kept, archived.")
    # His own address and language are those of the contact
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Who",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    lang = fields.Selection(related="partner_id.lang", string="Language")
    role = fields.Selection(selection=ROLES, required=True, default="codebtor")
    liability = fields.Selection(
        selection=[("joint", "For the whole"), ("share", "For a share")],
        required=True,
        default="joint",
    )
    share = fields.Float(string="Share (%)", digits=(5, 2))
    amount_maximum = fields.Monetary(
        string="At most", help="The limit of his guarantee; 0 for none."
    )
    gets_notice = fields.Boolean(
        string="Copy of the formal notice",
        default=True,
        help="He gets a copy, at his own address and in his own language.",
    )
    note = fields.Text(help="Where the engagement stands, and what it says.")

    _partner_unique = models.UniqueIndex(
        "(case_id, partner_id)", "This contact is a party of the case already."
    )
    _share_range = models.Constraint(
        "CHECK (liability <> 'share' OR (share > 0 AND share <= 100))",
        "A share lies above 0 and is 100 % at most.",
    )
    _maximum_positive = models.Constraint(
        "CHECK (amount_maximum >= 0)", "A guarantee is limited to an amount above 0."
    )

    # === CONSTRAINTS === #

    @api.constrains("partner_id", "case_id")
    def _check_partner(self):
        for party in self:
            if party.partner_id.commercial_partner_id == party.case_id.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s is the debtor of the case himself.",
                        name=party.partner_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        parties = super().create(vals_list)
        parties._log("party")
        parties._replan_insolvency()
        return parties

    def write(self, vals):
        if {"case_id", "partner_id"} & vals.keys():
            raise UserError(
                self.env._("Archive this party and add another: the log names him.")
            )
        result = super().write(vals)
        if {"role", "liability", "share", "amount_maximum", "active"} & vals.keys():
            self._log("party")
        if {"role", "active"} & vals.keys():
            self._replan_insolvency()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A party is evidence: archive it instead of deleting it.")
        )

    # === BUSINESS METHODS === #

    def _replan_insolvency(self):
        """A guarantor who comes or goes changes what an insolvency wants in time."""
        Insolvency = self.env["debt.collection.insolvency"]
        for case in self.case_id:
            Insolvency._find(case)._replan()

    def _log(self, kind):
        """Log a party; his name only as a digest, so that it can be erased."""
        self.env["debt.collection.event"]._log(
            [
                (
                    party.case_id,
                    kind,
                    {
                        "role": party.role,
                        "liability": party.liability,
                        "share": f"{party.share:g}" if party.share else "",
                        "released": "" if party.active else "yes",
                    },
                    {"name": party.partner_id.name or ""},
                )
                for party in self
            ]
        )

    def _get_amount(self, due):
        """What he owes of an amount due on the case.

        :param float due: what is asked of the debtor
        :rtype: float
        """
        self.ensure_one()
        amount = due * self.share / 100 if self.liability == "share" else due
        if self.amount_maximum:
            amount = min(amount, self.amount_maximum)
        return self.currency_id.round(amount)

    # === HIS COPY OF A FORMAL NOTICE === #

    def _get_channel(self):
        self.ensure_one()
        return "email" if self.partner_id.email_normalized else "post"

    def _get_lang(self):
        self.ensure_one()
        return self.partner_id.lang or self.company_id.partner_id.lang

    def _get_note(self):
        """As what, and for how much, he gets the copy; in the language of the context.

        :rtype: str
        """
        self.ensure_one()
        roles = dict(self._fields["role"]._description_selection(self.env))
        text = self.env._(
            "Copy for you as %(role)s of %(debtor)s.",
            role=roles[self.role].lower()
            if self.env.lang[:2] != "de"
            else roles[self.role],
            debtor=self.case_id.partner_id.name,
        )
        if self.liability == "share":
            share = self.env._(
                "You answer for %(share)s %% of it.", share=f"{self.share:g}"
            )
            text = f"{text} {share}"
        if self.amount_maximum:
            limit = formatLang(
                self.env, self.amount_maximum, currency_obj=self.currency_id
            )
            most = self.env._("You answer for %(amount)s at most.", amount=limit)
            text = f"{text} {most}"
        return text
