from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.facts import Blocker

# What only the verbs of a step may write, and the pass they carry: an object no
# remote call can send
GUARDED = {"state", "case_id", "type_id", "route_id", "previous_id", "result_id"}
GUARDED |= {"date_ordered", "date_done", "ordered_by_id"}
PASS = object()


class DebtCollectionLegalStep(models.Model):
    """A procedural act on a case: proposed, ordered when nothing is in its way, done.

    The order is refused while its cost is not approved, a term runs, its evidence is
    missing, the claim is contested or the debtor insolvent; the refusal says which.
    The day the act really took place opens its terms, and moves what follows.
    """

    _name = "debt.collection.legal.step"
    _description = "Legal step"
    _inherit = ["mail.thread"]
    _order = "case_id, sequence, id"
    _check_company_auto = True
    _mail_post_access = "read"

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    debtor_id = fields.Many2one(related="case_id.partner_id", string="Debtor")
    currency_id = fields.Many2one(related="case_id.currency_id")
    sequence = fields.Integer(default=10)
    route_id = fields.Many2one(
        comodel_name="debt.collection.legal.route",
        required=True,
        index=True,
        ondelete="restrict",
    )
    type_id = fields.Many2one(
        comodel_name="debt.collection.legal.step.type",
        string="Step",
        required=True,
        index=True,
        ondelete="restrict",
    )
    performer = fields.Selection(related="type_id.performer")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Performed by",
        index="btree_not_null",
        check_company=True,
        help="The lawyer or bailiff who is instructed.",
    )
    previous_id = fields.Many2one(
        comodel_name="debt.collection.legal.step",
        string="Follows",
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Proposed"),
            ("ordered", "Ordered"),
            ("done", "Done"),
            ("cancelled", "Given up"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    date_planned = fields.Date(
        string="Earliest day",
        compute="_compute_date_planned",
        help="The first day on which no term holds it back.",
    )
    date_ordered = fields.Date(string="Ordered", copy=False, tracking=True)
    ordered_by_id = fields.Many2one(
        comodel_name="res.users", string="Ordered by", copy=False
    )
    date_done = fields.Date(
        string="Took place", copy=False, tracking=True, help="As its performer says."
    )
    result_id = fields.Many2one(
        comodel_name="debt.collection.legal.result",
        string="Result",
        copy=False,
        tracking=True,
        ondelete="restrict",
    )
    term_ids = fields.One2many(
        comodel_name="debt.collection.legal.step.term",
        inverse_name="step_id",
        string="Terms",
    )
    amount_proceeds = fields.Monetary(string="Proceeds")
    note = fields.Text()
    cost_ids = fields.One2many(
        comodel_name="debt.collection.cost",
        inverse_name="legal_step_id",
        string="Costs",
    )
    has_next = fields.Boolean(compute="_compute_has_next")
    has_document = fields.Boolean(compute="_compute_has_document")
    obstacle = fields.Text(string="What stands in its way", compute="_compute_obstacle")

    _open_unique = models.UniqueIndex(
        "(case_id, type_id, COALESCE(previous_id, 0), COALESCE(partner_id, 0)) "
        "WHERE state IN ('draft', 'ordered')",
        "This step is proposed or ordered on the case already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("type_id", "case_id")
    def _compute_display_name(self):
        for step in self:
            names = (step.case_id.name, step.type_id.name)
            step.display_name = ": ".join(filter(None, names))

    @api.depends("type_id", "previous_id.term_ids.date_free", "state")
    def _compute_date_planned(self):
        for step in self:
            frees = step._get_waits().mapped("date_free")
            step.date_planned = max(frees, default=False)

    @api.depends("result_id", "route_id")
    def _compute_has_next(self):
        for step in self:
            step.has_next = bool(step.result_id.next_ids & step.route_id._get_types())

    @api.depends("type_id")
    def _compute_has_document(self):
        for step in self:
            step.has_document = bool(step.type_id.document_template)

    @api.depends("state", "type_id", "case_id", "previous_id.state", "date_planned")
    @api.depends("cost_ids.stage", "case_id.legal_document_ids")
    @api.depends("case_id.plan_ids.state")
    @api.depends_context("lang")
    def _compute_obstacle(self):
        Consequence = self.env["debt.collection.legal.consequence"]
        for step in self:
            sentences = []
            if step.state == "draft" and step.case_id:
                today = step.company_id._get_collection_today()
                sentences = step._get_obstacle_sentences(today)
            elif step.state == "ordered":
                # to be suspended by whoever performs it
                sentences = map(step._word, Consequence._get_plan_obstacles(step))
            step.obstacle = "\n".join(sentences) or False

    # === CONSTRAINT METHODS === #

    @api.constrains("previous_id", "case_id", "type_id", "route_id")
    def _check_order(self):
        for step in self:
            if step.previous_id and step.previous_id.case_id != step.case_id:
                raise UserError(
                    self.env._(
                        "A step follows a step of its own case: choose that one."
                    )
                )
            if not step._is_startable():
                raise UserError(step._word(Blocker("legal_wrong_order")))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "draft") != "draft":
                raise UserError(self.env._("A step starts as a proposal."))
        return super().create(vals_list)

    def write(self, vals):
        if GUARDED & vals.keys() and self.env.context.get("legal_pass") is not PASS:
            raise UserError(
                self.env._(
                    "A step moves by its buttons: order it, record it, give it up."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("A legal step is evidence: give it up instead."))

    # === ACTION METHODS === #

    def action_order(self):
        """Give the order: engage its costs and reach its phase.

        :raises UserError: something stands in the way; the message says what
        """
        self.check_access("write")
        for step in self:
            step._order_on(step.company_id._get_collection_today())

    def action_record(self):
        """Ask for the day it took place and its result; done, for the right day."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record what happened"),
            "res_model": "debt.collection.legal.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_step_id": self.id},
        }

    def action_next(self):
        """Choose what follows."""
        self.ensure_one()
        action = self.case_id.action_propose_route()
        action["name"] = self.env._("Next step")
        action["context"]["default_previous_id"] = self.id
        return action

    def action_print(self):
        """The document of the step, in the language of the procedure."""
        self.ensure_one()
        self._check_document()
        report = self.env.ref("debt_collection.report_legal_step")
        return report.report_action(self, config=False)

    def action_cancel(self):
        """Give the step up before it took place; its costs are for the cost desk."""
        self.check_access("write")
        for step in self.filtered(lambda step: step.state in ("draft", "ordered")):
            step._set({"state": "cancelled"})
            step.case_id._log_event("legal_cancelled", step._prepare_event())
        self._drop_activities()

    # === BUSINESS METHODS === #

    def _set(self, vals):
        return self.with_context(legal_pass=PASS).write(vals)

    def _order_on(self, day):
        """Give the order on a day, if nothing stands in its way."""
        self.ensure_one()
        self.lock_for_update()
        if self.state != "draft":
            raise UserError(
                self.env._("%(step)s was ordered already.", step=self.display_name)
            )
        self._check_may_order(day)
        self._engage_costs(day)
        self._set(
            {
                "state": "ordered",
                "date_ordered": day,
                "ordered_by_id": self.env.user.id,
            }
        )
        self.case_id._reach_phase(self.type_id.phase, day)
        self.case_id._log_event("legal_ordered", self._prepare_event())
        self.case_id.account_id._mark_stale()

    def _record(self, day, result, proceeds=0.0, note=""):
        """The act took place on a day, with a result: its terms start.

        :param date day: as its performer says; never before a term has run
        :param result: debt.collection.legal.result of its type
        """
        self.ensure_one()
        self.lock_for_update()
        self._check_may_record(day, result)
        self._set(
            {
                "state": "done",
                "date_done": day,
                "result_id": result.id,
                "amount_proceeds": proceeds,
                "note": note or self.note,
            }
        )
        self._open_terms()
        for cost in self.cost_ids.filtered(lambda cost: cost.stage == "engaged"):
            cost._perform(day)
        event = {**self._prepare_event(), "result": result.name, "day": str(day)}
        self.case_id._log_event("legal_done", event)
        self._drop_activities()
        self.env["debt.collection.legal.consequence"]._follow(self)
        self.case_id._after_legal_step(self)

    def _move(self, day):
        """Another day than the one recorded: the terms that it opened move with it."""
        self.ensure_one()
        self.lock_for_update()
        if day == self.date_done:
            return
        late = self._get_followers().filtered("date_done")
        if late:
            raise UserError(
                self.env._(
                    "%(step)s took place already, counted from the day you want to "
                    "change.",
                    step=late[0].display_name,
                )
            )
        self._check_waits(day)
        before = self.date_done
        self._set({"date_done": day})
        self._open_terms()
        event = {"step": self.type_id.name, "from": str(before), "to": str(day)}
        self.case_id._log_event("legal_moved", event)
        self.case_id.account_id._mark_stale()

    def _get_followers(self):
        return self.search(
            [("previous_id", "in", self.ids), ("state", "!=", "cancelled")]
        )

    def _get_ancestors(self):
        """The steps that led to these, however far back."""
        found = before = self.previous_id
        while before:
            before = before.previous_id - found
            found |= before
        return found

    def _prepare_event(self):
        return {
            "route": self.route_id.name,
            "step": self.type_id.name,
            "performer": self.partner_id.name or "",
        }

    # === TERMS === #

    def _open_terms(self):
        """Compute the terms that the act opened; activities follow their days."""
        self.ensure_one()
        regime = self.case_id._get_regime()
        Term = self.env["debt.collection.legal.step.term"]
        known = {row.term_id: row for row in self.term_ids}
        for term in self.type_id.term_ids:
            row = known.pop(term, Term)
            if not term._applies(self.result_id):
                row._close()
                continue
            last, free, verified = term._count(self.date_done, regime, self.company_id)
            vals = {"date_end": last, "date_free": free, "is_verified": verified}
            if row:
                row._move(vals)
            else:
                Term.create({**vals, "step_id": self.id, "term_id": term.id})

    def _get_waits(self):
        """The terms of steps that are done and hold this step back."""
        self.ensure_one()
        done = self.case_id.legal_step_ids.filtered(lambda s: s.state == "done")
        return done.term_ids.filtered(
            lambda row: row.term_id.kind == "wait"
            and (
                self.type_id in row.term_id.next_ids
                or (not row.term_id.next_ids and row.step_id == self.previous_id)
            )
        )

    # === WHAT STANDS IN ITS WAY === #

    def _is_startable(self):
        """Whether it starts its route, or what it follows leads to it."""
        self.ensure_one()
        if self.type_id not in self.route_id._get_types():
            return False
        if not self.previous_id:
            return self.type_id in self.route_id._get_starts()
        result = self.previous_id.result_id
        return self.type_id in (
            result.next_ids if result else self.previous_id.type_id._get_next_types()
        )

    def _get_obstacles(self, day):
        """Why the order may not be given on a day, every reason.

        Override to add reasons of your own; must not write.

        :rtype: list[Blocker]
        """
        self.ensure_one()
        found = []
        if self.case_id.date_closed:
            found.append(Blocker("legal_case_closed"))
        if not self._is_startable() or (
            self.previous_id and self.previous_id.state != "done"
        ):
            found.append(Blocker("legal_wrong_order"))
        found += self._get_term_obstacles(day)
        found += self._get_evidence_obstacles()
        found += self._get_case_obstacles(day)
        return found + self._get_cost_obstacles(day)

    def _get_term_obstacles(self, day):
        return [
            Blocker(
                "legal_term_running",
                (("term", row.term_id.name), ("day", str(row.date_free))),
                until=row.date_free,
            )
            for row in self._get_waits()
            if row.date_free > day
        ]

    def _get_evidence_obstacles(self):
        there = self.case_id._get_evidence()
        missing = self.type_id.evidence_ids.filtered(lambda e: e.code not in there)
        return [
            Blocker("legal_evidence_missing", (("evidence", kind.name),))
            for kind in missing
        ]

    def _get_case_obstacles(self, day):
        """Contested, insolvent, prescribed or a plan that runs, unless allowed for."""
        found = []
        if not self.type_id.is_after_dispute and not self.case_id._is_uncontested(day):
            found.append(Blocker("legal_contested"))
        if not self.type_id.is_after_insolvency:
            finding = self.case_id._get_insolvency_finding(day)
            if finding:
                found.append(Blocker("legal_insolvent", (("finding", finding),)))
            found += self.case_id._get_limitation_obstacles(day)
        Consequence = self.env["debt.collection.legal.consequence"]
        return found + Consequence._get_plan_obstacles(self)

    def _get_cost_obstacles(self, day):
        """Costs of its type that nobody said yes to, and why they may not be spent."""
        Rules = self.env["debt.collection.cost.rules"]
        found, approved = [], self.cost_ids.filtered(lambda c: c.stage == "approved")
        for cost_type in self.type_id.cost_type_ids - approved.type_id:
            found.append(Blocker("legal_cost_unapproved", (("cost", cost_type.name),)))
        for cost in approved:
            refusal = Rules._get_engage_refusal(cost, day)
            if refusal:
                found.append(Blocker("legal_cost_refused", (("reason", refusal),)))
        return found

    def _check_may_order(self, day):
        sentences = self._get_obstacle_sentences(day)
        if sentences:
            raise UserError(
                self.env._(
                    "%(step)s cannot be ordered:\n%(reasons)s",
                    step=self.type_id.name,
                    reasons="\n".join(f"- {sentence}" for sentence in sentences),
                )
            )

    def _check_may_record(self, day, result):
        if self.state != "ordered":
            raise UserError(
                self.env._("Only a step that was ordered can be recorded as done.")
            )
        if result.type_id != self.type_id:
            raise UserError(self.env._("That is no result of this step."))
        if day < self.date_ordered:
            raise UserError(
                self.env._("It cannot have taken place before it was ordered.")
            )
        self._check_waits(day)

    def _check_waits(self, day):
        for blocker in self._get_term_obstacles(day):
            raise UserError(self._word(blocker))

    def _get_obstacle_sentences(self, day):
        """Every reason why the order may not be given, in words."""
        return [self._word(blocker) for blocker in self._get_obstacles(day)]

    def _word(self, blocker):
        return self.case_id._word_legal(blocker)

    # === COSTS AND ACTIVITIES === #

    def _request_costs(self, day):
        """Ask for the costs of its type: what a tariff knows at once, the rest a draft.

        Without a tariff somebody fills in the amount on the cost and asks then.
        """
        self.ensure_one()
        company = self.company_id
        for cost_type in self.type_id.cost_type_ids.with_company(company):
            vals = {"type_id": cost_type.id, "legal_step_id": self.id}
            if self.partner_id:
                vals["partner_id"] = self.partner_id.id
            if cost_type._get_estimate(self.case_id, day).net:
                self.case_id._request_cost(vals)
            else:
                self.env["debt.collection.cost"].create(
                    {**vals, "case_id": self.case_id.id}
                )

    def _engage_costs(self, day):
        """Spend what was approved for it; refused by the cost itself otherwise."""
        self.cost_ids.filtered(lambda cost: cost.stage == "approved")._engage(day)

    def _drop_activities(self):
        """The activities that asked for this step are done with."""
        self.case_id.legal_step_ids.term_ids._close_for(self)

    # === THE DOCUMENT === #

    def _get_document_name(self):
        self.ensure_one()
        return f"{self.case_id.name} {self.type_id.name}".replace("/", "-")

    def _check_document(self):
        """What goes to a court names no number that nobody compared with its source.

        :raises UserError: a rate behind the claim is still to be verified
        """
        for step in self:
            day = step._get_document_day()
            if not step.case_id._get_statements(day)[step.case_id.id].verified:
                raise UserError(
                    self.env._(
                        "A number of the law behind the claim of %(case)s is still to "
                        "be verified: a Manager compares it with its source under "
                        "Numbers to verify, then the document can be made.",
                        case=step.case_id.name,
                    )
                )

    def _get_document_day(self):
        """The day the claim is computed to: that of an insolvency, else today."""
        self.ensure_one()
        insolvency = self.env["debt.collection.insolvency"]._find(self.case_id)
        if self.type_id.is_after_insolvency and insolvency:
            return insolvency.date
        return self.date_ordered or self.company_id._get_collection_today()

    def _get_document_recipient(self):
        """Who gets the document: its performer; the receiver of an insolvency."""
        self.ensure_one()
        insolvency = self.env["debt.collection.insolvency"]._find(self.case_id)
        receiver = insolvency.receiver_id if self.performer == "creditor" else None
        return self.partner_id or receiver or self.company_id.partner_id

    def _render_document(self):
        """The body of the document, in the language of the procedure.

        :rtype: markupsafe.Markup
        """
        self.ensure_one()
        self._check_document()
        lang = self.case_id._get_court_lang()
        step = self.with_context(lang=lang)
        return (
            self.env["ir.qweb"]
            .with_context(lang=lang)
            ._render(self.type_id.document_template, step._get_document_values())
        )

    def _get_document_values(self):
        """What the templates show; extend by `super()`."""
        case, day = self.case_id, self._get_document_day()
        Letter = self.env["debt.collection.letter"]
        Page = self.env["debt.collection.statement.page"]
        return {
            **Letter._get_frame(case, self._get_document_recipient(), case),
            **Page._get_values(case, day, verified_only=True),
            "step": self,
            "date": self.date_ordered or self.company_id._get_collection_today(),
            "evidence": self._get_document_evidence(),
            "insolvency": self.env["debt.collection.insolvency"]._find(case),
        }

    def _get_document_evidence(self):
        """The inventory: (kind, description, day) of what goes with the document."""
        case = self.case_id
        rows = []
        for claim in case.claim_ids.filtered("is_open"):
            rows.append((self.env._("Invoice"), claim.move_name, claim.date_invoice))
        for action in case.action_ids.filtered(lambda a: a.state == "done"):
            rows.append((self.env._("Letter"), action.display_name, action.date_done))
        for proof in case.legal_document_ids:
            rows.append((proof.evidence_id.name, proof.name, proof.date))
        return rows
