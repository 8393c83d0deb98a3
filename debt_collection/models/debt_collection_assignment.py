from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import withdrawal
from ..tools.withdrawal import Handed
from .debt_collection_assignment_fee import ACTIVE

# By what kind of agreement a partner reports a cost: the type it is asked under
REPORTED = {
    "lawyer": "debt_collection.cost_type_lawyer",
    "bailiff": "debt_collection.cost_type_act",
    "agency": "debt_collection.cost_type_agency",
    "other": "debt_collection.cost_type_inquiry",
}
# Written by what happens, never by hand
FACTS = {
    "state",
    "moment_handed",
    "moment_recalled",
    "moment_answered",
    "amount_cost",
    "amount_told",
    "file_id",
    "file_sha256",
}


class DebtCollectionAssignment(models.Model):
    """A case handed to a partner under an agreement, and what he answered."""

    _name = "debt.collection.assignment"
    _description = "Case handed to a partner"
    _inherit = [
        "debt.collection.lock",
        "debt.collection.assignment.fee",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    debtor_id = fields.Many2one(related="case_id.partner_id", store=True, index=True)
    currency_id = fields.Many2one(related="case_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    agreement_id = fields.Many2one(
        comodel_name="debt.collection.agreement",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="agreement_id.partner_id", store=True, index=True
    )
    state = fields.Selection(
        selection=[
            ("prepared", "Prepared"),
            ("handed_over", "Handed over"),
            ("recalled", "Recalled"),
            ("stopped", "Stopped"),
            ("too_late", "Too late to stop"),
            ("returned", "Given back"),
        ],
        required=True,
        readonly=True,
        default="prepared",
        copy=False,
        tracking=True,
        index=True,
    )
    reference = fields.Char(string="His reference", copy=False)
    # The hand-over
    user_id = fields.Many2one(comodel_name="res.users", string="By", readonly=True)
    moment_handed = fields.Datetime(string="Handed over", readonly=True, copy=False)
    moment_free = fields.Datetime(
        string="Free to take back until", compute="_compute_moment_free"
    )
    gaps = fields.Text(
        string="Handed over without", readonly=True, help="And why, all the same."
    )
    file_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="File",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    file_sha256 = fields.Char(string="SHA-256 of the file", readonly=True, copy=False)
    amount_handed = fields.Monetary(string="Principal handed over", readonly=True)
    amount_told = fields.Monetary(string="Principal he knows of", readonly=True)
    # The recall
    moment_recalled = fields.Datetime(string="Recalled", readonly=True, copy=False)
    recall_reason = fields.Char(string="Why recalled", readonly=True, copy=False)
    moment_answered = fields.Datetime(string="Answered", readonly=True, copy=False)
    amount_stated = fields.Monetary(
        string="Costs he states",
        currency_field="company_currency_id",
        copy=False,
        help="What he says stopping costs: fill it in before you record his answer.",
    )
    amount_cost = fields.Monetary(
        string="Cost of stopping",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.assignment.message",
        inverse_name="assignment_id",
        string="Exchanged",
    )

    _active_unique = models.UniqueIndex(
        "(case_id, agreement_id) WHERE state IN ('prepared', 'handed_over', "
        "'recalled')",
        "This partner has the case already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("moment_handed", "agreement_id.free_hours")
    def _compute_moment_free(self):
        for assignment in self:
            hours = assignment.agreement_id.free_hours
            start = assignment.moment_handed
            known = start and hours
            assignment.moment_free = known and fields.Datetime.add(start, hours=hours)

    @api.depends("case_id", "partner_id")
    def _compute_display_name(self):
        for assignment in self:
            names = (assignment.case_id.name, assignment.partner_id.name)
            assignment.display_name = ": ".join(filter(None, names))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(FACTS & vals.keys() for vals in vals_list):
            self._refuse_facts()
        return super().create(vals_list)

    def write(self, vals):
        if FACTS & vals.keys() and not self.env.su:
            self._refuse_facts()
        return super().write(vals)

    def _refuse_facts(self):
        raise UserError(
            self.env._(
                "What happened between you and the partner is recorded by the "
                "buttons, not by hand."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_handed_over(self):
        if any(assignment.state != "prepared" for assignment in self):
            raise UserError(
                self.env._("What a partner got is evidence: recall it instead.")
            )

    # === ACTION METHODS === #

    def action_recall(self):
        """Ask the partner to stop; his answer sets the cost."""
        self.check_access("write")
        reason = self.env._("recalled by %(user)s", user=self.env.user.name)
        self._recall(fields.Datetime.now(), reason)

    def action_answer_stopped(self):
        """He stopped: the terms say what that costs."""
        self.check_access("write")
        self._answer("stopped", fields.Datetime.now())

    def action_answer_too_late(self):
        """He could not stop any more: what he states is due, beside his fee."""
        self.check_access("write")
        self._answer("too_late", fields.Datetime.now())

    def action_return(self):
        """He gives the case back by himself."""
        self.check_access("write")
        self._return(fields.Datetime.now())

    def action_open_file(self):
        """Download the file as it was handed over."""
        self.ensure_one()
        if not self.file_id:
            raise UserError(
                self.env._("The file is made when the case is handed over.")
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.file_id.id}?download=true",
            "target": "new",
        }

    # === HAND-OVER === #

    @api.model
    def _prepare_for(self, case, agreement):
        """The prepared hand-over of a case to a partner, made where missing.

        :raises UserError: he has it already
        """
        case.lock_for_update(allow_referencing=True)
        found = case.assignment_ids.filtered(
            lambda a: a.agreement_id == agreement
            and a.state in ("prepared", "handed_over", "recalled")
        )
        if found.filtered(lambda a: a.state != "prepared"):
            raise UserError(
                self.env._(
                    "%(partner)s has %(case)s already.",
                    partner=agreement.partner_id.name,
                    case=case.name,
                )
            )
        vals = {"case_id": case.id, "agreement_id": agreement.id}
        return found or self.create(vals)

    def _hand_over(self, moment, reason=""):
        """Make the file of each prepared case and send it to its partner.

        :param datetime moment: of the hand-over
        :param str reason: why it goes although something is missing
        :raises UserError: he may not have it, or it is incomplete and nobody said why
        """
        self.lock_for_update()
        for assignment in self.filtered(lambda a: a.state == "prepared"):
            assignment._check_hand_over(moment, reason)
            assignment._store(assignment._prepare_handed(moment, reason))
            assignment._send_file()

    def _check_hand_over(self, moment, reason):
        self.ensure_one()
        day = self.company_id._get_collection_day(moment)
        refusals = self.agreement_id._get_refusals(self.case_id, day)
        if refusals:
            message = f"{self.case_id.name}: {' '.join(refusals)}"
            raise UserError(message)
        if self._get_gaps(day) and not reason.strip():
            raise UserError(
                self.env._(
                    "%(case)s is not complete (%(gaps)s): complete it, or say why it "
                    "goes all the same.",
                    case=self.case_id.name,
                    gaps=", ".join(tick.label for tick in self._get_gaps(day)),
                )
            )

    def _get_gaps(self, day):
        ticks = self.env["debt.collection.dossier"]._get_ticks(self.case_id, day)
        return [tick for tick in ticks if not tick.ok]

    def _prepare_handed(self, moment, reason):
        self.ensure_one()
        day = self.company_id._get_collection_day(moment)
        gaps = ", ".join(tick.label for tick in self._get_gaps(day))
        file, digest = self.env["debt.collection.dossier"]._make(self, moment)
        return {
            "state": "handed_over",
            "moment_handed": moment,
            "user_id": self.env.uid,
            "gaps": f"{gaps} ({reason})" if gaps else False,
            "file_id": file.id,
            "file_sha256": digest,
            "amount_handed": self.case_id.amount_residual,
            "amount_told": self.case_id.amount_residual,
        }

    def _send_file(self):
        self.ensure_one()
        self.case_id._log_event(
            "handed_over",
            {
                "partner": self.partner_id.name,
                "agreement": self.agreement_id.name,
                "without": self.gaps or "",
                "sha256": self.file_sha256,
            },
        )
        body = self.env._(
            "We hand you the case %(case)s against %(debtor)s. The file is attached; "
            "its manifest lists every document with its digest.",
            case=self.case_id.name,
            debtor=self.debtor_id.display_name,
        )
        self._tell("handed_over", body, self.file_id)

    # === RECALL === #

    def _recall(self, moment, reason):
        """Take cases back from partners; what was only prepared stops at once."""
        self.lock_for_update()
        prepared = self.filtered(lambda a: a.state == "prepared")
        prepared._store({"state": "stopped", "recall_reason": reason})
        for assignment in self.filtered(lambda a: a.state == "handed_over"):
            assignment._store(
                {
                    "state": "recalled",
                    "moment_recalled": moment,
                    "recall_reason": reason,
                }
            )
            assignment.case_id._log_event(
                "recalled", {"partner": assignment.partner_id.name, "reason": reason}
            )
            assignment._tell("recall", assignment._get_recall_text(reason))

    def _get_recall_text(self, reason):
        self.ensure_one()
        return self.env._(
            "Please stop the case %(case)s against %(debtor)s at once: %(reason)s. "
            "Answer “stopped”, or “too late” with the costs you already made.",
            case=self.case_id.name,
            debtor=self.debtor_id.display_name,
            reason=reason,
        )

    def _answer(self, answer, moment, stated=None, text=""):
        """The partner's answer to a recall, or that he stopped by himself.

        :param str answer: ``stopped`` or ``too_late``
        :param float stated: the costs he states, in the company's currency; None takes
            what is filled in
        :raises UserError: the case is not with him
        """
        self.lock_for_update()
        for assignment in self:
            if assignment.state not in ACTIVE:
                raise UserError(
                    self.env._(
                        "%(partner)s does not have %(case)s: there is nothing to stop.",
                        partner=assignment.partner_id.name,
                        case=assignment.case_id.name,
                    )
                )
            if stated is not None:
                assignment.amount_stated = stated
            assignment._store(
                {
                    "state": answer,
                    "moment_answered": moment,
                    "amount_cost": assignment._get_cost(answer, moment),
                }
            )
            assignment._log_answer(answer, text)

    def _get_cost(self, answer, moment):
        """What stopping costs: his fee by the terms, and what he could not stop."""
        self.ensure_one()
        asked = self.moment_recalled or moment
        handed = self._get_handed(self.case_id.outcome or "withdrawn")
        fee = withdrawal.total(withdrawal.price([handed], (), asked))
        stated = self.amount_stated if answer == "too_late" else 0.0
        return self.company_currency_id.round(float(fee) + stated)

    def _log_answer(self, answer, text=""):
        self.ensure_one()
        data = {
            "partner": self.partner_id.name,
            "answer": answer,
            "cost": f"{self.amount_cost:.2f}",
            "text": text,
        }
        self.case_id._log_event("partner_answer", data)
        if not self.company_currency_id.is_zero(self.amount_cost):
            self._claim_cost()

    def _claim_cost(self):
        """The cost of a stop waits for its yes: his bill cannot be posted before."""
        self.ensure_one()
        words = self.env._(
            "%(partner)s: stopping costs %(amount)s",
            partner=self.partner_id.name,
            amount=self.company_currency_id.format(self.amount_cost),
        )
        kind = self.env.ref("debt_collection.cost_type_stop")
        if refusal := self._ask_cost(kind, self.amount_cost, words)[1]:
            self.case_id._ask_decision(f"{words}. {refusal}")

    def _ask_cost(self, cost_type, amount, words):
        """Ask for a yes to what the partner wants paid.

        :param float amount: without VAT, in the currency of the company
        :return: the request, and why it could not be made: one of the two is empty
        :rtype: tuple[debt.collection.cost, str]
        """
        self.ensure_one()
        vals = {
            "type_id": cost_type.id,
            "partner_id": self.partner_id.id,
            "amount_net": amount,
            "estimate_ground": self.env._(
                "Stated by %(partner)s", partner=self.partner_id.name
            ),
            "note": words,
        }
        try:
            with self.env.cr.savepoint():
                return self.case_id._request_cost(vals), ""
        except UserError as error:
            return self.env["debt.collection.cost"], str(error)

    def _ask_reported_cost(self, message):
        """A cost that a partner reports in a file becomes a request of its own.

        :param debt.collection.assignment.message message: with its amount
        """
        self.ensure_one()
        if not message.amount:
            self.case_id._ask_decision(message._get_question())
            return
        kind = self.env.ref(REPORTED[self.agreement_id.kind])
        words = ": ".join(filter(None, (message._get_question(), message.text)))
        if refusal := self._ask_cost(kind, message.amount, words)[1]:
            self.case_id._ask_decision(f"{words}. {refusal}")

    def _return(self, moment, text=""):
        """The partner gives the case back: nothing is due for stopping."""
        self.lock_for_update()
        active = self.filtered(lambda a: a.state in ACTIVE)
        active._store({"state": "returned", "moment_answered": moment})
        for assignment in active:
            assignment._log_answer("returned", text)

    # === WORDS TO THE PARTNER === #

    def _tell(self, kind, body, attachment=None):
        """Write to the partner: a message of ours, and a mail if he has an address."""
        self.ensure_one()
        day = self.company_id._get_collection_day(fields.Datetime.now())
        self.env["debt.collection.assignment.message"].create(
            {
                "assignment_id": self.id,
                "direction": "out",
                "kind": kind,
                "date": day,
                "text": body,
            }
        )
        self.message_post(
            body=body,
            partner_ids=self.partner_id.ids if self.partner_id.email else [],
            attachment_ids=attachment.ids if attachment else [],
            subtype_xmlid="mail.mt_comment",
        )

    def _tell_paid(self):
        """Tell partners what the debtor paid to us since they know; ask to stop."""
        for assignment in self:
            paid = assignment.amount_told - assignment.case_id.amount_residual
            assignment._store({"amount_told": assignment.case_id.amount_residual})
            data = {"partner": assignment.partner_id.name, "amount": f"{paid:.2f}"}
            assignment.case_id._log_event("told_paid", data)
            assignment._tell("paid", assignment._get_paid_text(paid))

    def _get_paid_text(self, paid):
        self.ensure_one()
        case, currency = self.case_id, self.currency_id
        return self.env._(
            "The debtor of %(case)s paid %(paid)s to the creditor; %(left)s of the "
            "principal is left. Please do nothing more for what was paid.",
            case=case.name,
            paid=currency.format(paid),
            left=currency.format(case.amount_residual),
        )

    # === BUSINESS METHODS === #

    def _store(self, vals):
        """Write facts: only the methods of this model do."""
        if self:
            self.sudo().write(vals)  # guarded: facts are written by no hand

    def _get_handed(self, outcome):
        """This hand-over as the price of a stop sees it.

        :rtype: tools.withdrawal.Handed
        """
        self.ensure_one()
        agreement = self.agreement_id
        return Handed(
            since=self.moment_handed,
            free_hours=agreement.free_hours,
            fee=Decimal(str(agreement._get_fee(outcome))),
            bearer=agreement._get_bearer(outcome),
            is_first=bool(self._filter_first_free()),
            name=self.partner_id.name or "",
        )
