from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..tools.facts import Blocker
from ..tools.plans import LIVE
from ..tools.route import Estimate, Matter, Proposal
from .debt_collection_facts import to_decimal

# Findings with which nobody goes to court alone
STOPPING = ("insolvent", "debt_settlement", "reorganisation", "bankrupt")
# A claim closer than that to its limitation is to be seen
WARN_DAYS = 90


class DebtCollectionCaseLegal(models.AbstractModel):
    """The legal side of a case: routes, steps, evidence, limitation."""

    _name = "debt.collection.case.legal"
    _description = "Legal side of a case"

    legal_step_ids = fields.One2many(
        comodel_name="debt.collection.legal.step",
        inverse_name="case_id",
        string="Legal steps",
    )
    legal_document_ids = fields.One2many(
        comodel_name="debt.collection.legal.document",
        inverse_name="case_id",
        string="Evidence for the court",
    )
    legal_timeline = fields.Html(compute="_compute_legal_timeline", sanitize=False)
    legal_step_count = fields.Integer(compute="_compute_legal_step_count")
    date_enforcement = fields.Date(
        string="Enforcement since", readonly=True, copy=False
    )
    date_limitation = fields.Date(
        string="Prescribed after",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Last day before the first of its claims is prescribed. Brought up to "
        "date every day, and when a step is recorded.",
    )
    limitation_ground = fields.Char(string="Ground of the limitation", readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("legal_step_ids.state", "legal_step_ids.term_ids.date_end")
    @api.depends_context("lang")
    def _compute_legal_timeline(self):
        for case in self:
            case.legal_timeline = self.env["ir.qweb"]._render(
                "debt_collection.legal_timeline",
                {"steps": case._get_legal_steps(), "format": self._format_legal_day},
            )

    @api.depends("legal_step_ids")
    def _compute_legal_step_count(self):
        for case in self:
            case.legal_step_count = len(case.legal_step_ids)

    # === ACTION METHODS === #

    def action_propose_route(self):
        """Show which routes are open to the case, which not and why; choose one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which way to go on"),
            "res_model": "debt.collection.legal.propose",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_view_legal_steps(self):
        """Open the legal steps of the case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "debt_collection.debt_collection_legal_step_action"
        )
        action["domain"] = [("case_id", "=", self.id)]
        action["context"] = {"default_case_id": self.id}
        return action

    # === THE PROPOSAL === #

    def _propose_routes(self, day):
        """Every route with what the law and the case say about it on a day.

        The open ones come first, the cheapest of them on top.

        :rtype: list[Proposal]
        """
        self.ensure_one()
        matter = self._get_legal_matter(day)
        # a dozen rows: pylint: disable-next=no-search-all
        routes = self.env["debt.collection.legal.route"].search([])
        found = [self._propose_route(route, matter) for route in routes]
        return sorted(found, key=lambda p: (not p.is_open, bool(p.needs), p.cost))

    def _propose_route(self, route, matter):
        regime = self._get_regime()
        costs, unknown = self._estimate_route(route, matter)
        obstacles = [
            *self._get_route_obstacles(route, matter),
            *regime._get_route_obstacles(route.code, matter),
        ]
        total = sum((estimate.amount for _name, estimate in costs), Decimal(0))
        stake = matter.due
        if all(route._get_starts().mapped("is_after_dispute")):
            stake += matter.contested  # a court may grant it
        if total and total >= stake:
            sums = (("cost", f"{total:.2f}"), ("due", f"{stake:.2f}"))
            obstacles.append(Blocker("legal_uneconomic", sums))
        return Proposal(
            route=route.id,
            obstacles=tuple(obstacles),
            needs=tuple(self._get_route_needs(route, matter)),
            notes=tuple(regime._get_route_notes(route.code, matter)),
            costs=tuple(costs),
            unknown=tuple(unknown),
            days=route._get_days(matter.day, regime, self.company_id),
        )

    def _get_route_obstacles(self, route, matter):
        """What closes a route whatever the country: the case, the debtor, the time."""
        if self.date_closed:
            return [Blocker("legal_case_closed")]
        found = []
        starts = route._get_starts()
        if matter.finding in STOPPING and not all(starts.mapped("is_after_insolvency")):
            found.append(Blocker("legal_insolvent", (("finding", matter.finding),)))
        if not route.is_beside:
            found += self._get_plan_obstacles()
        has_title = bool(matter.reached & {"title", "enforceable"})
        if route.is_enforcement and not has_title:
            found.append(Blocker("legal_no_title"))
        elif has_title and not route.is_enforcement and not route.is_beside:
            found.append(Blocker("legal_has_title"))
        running = self._get_running_routes() - route
        if route not in self._get_running_routes() and not route.is_beside:
            for other in running.filtered(lambda r: not r.is_beside)[:1]:
                found.append(Blocker("legal_other_route", (("route", other.name),)))
        return found + self._get_limitation_obstacles(matter.day, matter.limitation)

    def _get_plan_obstacles(self):
        """The promises and plans that run: what is ours to order waits for them.

        :rtype: list[Blocker]
        """
        self.ensure_one()
        return [
            Blocker("legal_plan_running", (("plan", plan.display_name),))
            for plan in self.plan_ids.filtered(lambda plan: plan.state in LIVE)
        ]

    def _get_running_routes(self):
        """The routes with a step that is proposed, ordered, or waits for the next."""
        running = self.env["debt.collection.legal.route"]
        for route, steps in self.legal_step_ids.grouped("route_id").items():
            alive = steps.filtered(lambda step: step.state != "cancelled")
            if alive.filtered(lambda s: s.state != "done" or not s.result_id.is_end):
                if not alive.filtered("result_id.is_end"):
                    running |= route
        return running

    def _get_route_needs(self, route, matter):
        """What its first steps want and the case has not."""
        kinds = route._get_starts()[:1].evidence_ids
        return [
            Blocker("legal_evidence_missing", (("evidence", kind.name),))
            for kind in kinds
            if kind.code not in matter.evidence
        ]

    def _estimate_route(self, route, matter):
        """What the usual way costs: what a tariff knows, and what none does.

        :return: (name, Estimate) of each cost, and the names without a figure
        :rtype: tuple[list[tuple[str, Estimate]], list[str]]
        """
        opened, found, unknown = set(), [], []
        for step_type in route._get_usual_types():
            for cost_type in step_type.cost_type_ids.with_company(self.company_id):
                estimate = self._estimate_cost(cost_type, matter.day, opened)
                name = f"{step_type.name}: {cost_type.name}"
                if estimate:
                    found.append((name, estimate))
                else:
                    unknown.append(name)
        return found, unknown

    def _estimate_cost(self, cost_type, day, opened):
        """What a cost is expected to be, VAT included where it is one; None: unknown.

        :param set opened: what is due once and was counted, by its parameter
        """
        found = cost_type._get_estimate(self, day)
        if not found.net:
            return None
        net = found.net
        if cost_type.extra_id and not cost_type._has_extra(self):
            if cost_type.extra_id in opened:
                row = cost_type._get_tariff_row(
                    cost_type.extra_id, cost_type.extra_key, day
                )
                net -= row.number
            opened.add(cost_type.extra_id)
        if self.company_id.debt_collection_cost_vat:
            net = net * (100 + found.vat) / 100
        amount = self._to_legal_amount(float(net))
        return Estimate(amount, found.ground, found.verified)

    def _get_proposal_rows(self, day):
        """The proposals in words, for the screen."""
        Route = self.env["debt.collection.legal.route"]
        return [
            {
                "route": Route.browse(found.route),
                "open": found.is_open,
                "obstacles": [self._word_legal(reason) for reason in found.obstacles],
                "needs": [self._word_legal(reason) for reason in found.needs],
                "notes": found.notes,
                "days": found.days,
                "verified": found.verified,
                "cost": self._format_legal_amount(found.cost),
                "costs": [
                    {
                        "name": name,
                        "amount": self._format_legal_amount(estimate.amount),
                        "ground": estimate.ground,
                    }
                    for name, estimate in found.costs
                ],
                "unknown": found.unknown,
            }
            for found in self._propose_routes(day)
        ]

    # === STEPS === #

    def _start_step(self, route, step_type, previous=None, partner=None, day=None):
        """Propose a step and ask for its costs; the accountant's yes comes next.

        :return: the step, in draft
        """
        self.ensure_one()
        if self.date_closed:
            raise UserError(self._word_legal(Blocker("legal_case_closed")))
        step = self.env["debt.collection.legal.step"].create(
            {
                "case_id": self.id,
                "route_id": route.id,
                "type_id": step_type.id,
                "previous_id": previous.id if previous else False,
                "partner_id": partner.id if partner else False,
                "sequence": len(self.legal_step_ids) + 1,
            }
        )
        self._log_event("legal_proposed", step._prepare_event())
        step._request_costs(day or self.company_id._get_collection_today())
        return step

    def _after_legal_step(self, step):
        """What a recorded step changes: the limitation, the clock.

        Override to do more; the step is done.
        """
        self.ensure_one()
        self._refresh_limitation(self.company_id._get_collection_today())
        self.account_id._mark_stale()

    def _get_legal_steps(self):
        return self.legal_step_ids.filtered(lambda s: s.state != "cancelled").sorted(
            lambda s: (s.sequence, s.id)
        )

    def _get_reached(self):
        """What done steps gave the case: ``title`` and the like.

        :rtype: frozenset[str]
        """
        done = self.legal_step_ids.filtered(lambda step: step.state == "done")
        return frozenset(filter(None, done.result_id.mapped("gives")))

    # === FACTS === #

    def _get_regime(self):
        self.ensure_one()
        return self.env["debt.collection.regime"]._get_regime(
            self.regime, self.company_id
        )

    def _read_facts(self):
        """The frozen facts of the open claims."""
        self.ensure_one()
        return self._read_facts_by_case()[self]

    def _read_facts_by_case(self):
        """case -> the frozen facts of its open claims, read together."""
        claims = self.claim_ids.filtered("is_open")
        facts = self.env["debt.collection.facts"]._read(
            {claim.move_line_id.id: claim.regime for claim in claims}
        )
        found = {case: [] for case in self}
        for claim in claims:
            found[claim.case_id].append(facts[claim.move_line_id.id])
        return found

    def _get_legal_matter(self, day):
        """The case as a route sees it on a day.

        :rtype: Matter
        """
        self.ensure_one()
        facts, statement = self._read_facts(), self._get_statements(day)[self.id]
        limitations = self._get_limitations(facts)
        return Matter(
            day=day,
            regime=self.regime,
            currency=self.currency_id.name,
            principal=statement.principal_left,
            interest=statement.interest_left,
            indemnity=statement.indemnity_left,
            contested=sum((fact.contested for fact in facts), Decimal(0)),
            due=statement.due,
            nature=self._get_nature(facts),
            creditor_country=self.company_id.country_id.code or "",
            debtor_country=self.partner_id.country_id.code
            or self.company_id.country_id.code
            or "",
            finding=self.partner_id._get_solvency(self.company_id, day).finding or "",
            limitation=min((found.last_day for found in limitations), default=None),
            reached=self._get_reached(),
            evidence=frozenset(self._get_evidence()),
            traits=frozenset(self._get_matter_traits(day)),
        )

    def _get_nature(self, facts=None):
        """The nature of its debts; the general one where they differ.

        :param facts: the frozen facts of its claims, when they were read already
        :rtype: str
        """
        self.ensure_one()
        facts = self._read_facts() if facts is None else facts
        natures = {fact.nature for fact in facts}
        return natures.pop() if len(natures) == 1 else "goods_services"

    def _get_matter_traits(self, day):
        """What the law of a country wants to know of the parties.

        Override to add codes to those of `super()`; must not write.

        :rtype: set[str]
        """
        self.ensure_one()
        return set() if self._is_uncontested(day) else {"contested"}

    def _get_guarantors(self):
        """The parties who stand guarantor.

        :rtype: debt.collection.party
        """
        return self.party_ids.filtered(
            lambda party: party.active and party.role == "guarantor"
        )

    def _get_insolvency_finding(self, day):
        """The finding that forbids to go on; empty: none does."""
        self.ensure_one()
        finding = self.partner_id._get_solvency(self.company_id, day).finding
        return finding if finding in STOPPING else ""

    # === EVIDENCE === #

    def _get_evidence(self):
        """Codes of the evidence the case has: found by itself, or added by somebody.

        :rtype: set[str]
        """
        self.ensure_one()
        there = set(self.legal_document_ids.evidence_id.mapped("code"))
        readers = self._get_evidence_readers()
        return there | {code for code, reader in readers.items() if reader()}

    def _get_evidence_readers(self):
        """code -> function that tells whether the case has that evidence by itself.

        Override to add what your addon can find; must not write.
        """
        self.ensure_one()
        return {
            "invoice": lambda: bool(self.claim_ids),
            "formal_notice": lambda: bool(self.date_noticed),
            "terms": self._has_accepted_terms,
            "title": lambda: bool(self._get_reached() & {"title", "enforceable"}),
            "judgment_insolvency": self._is_insolvency_recorded,
        }

    def _is_insolvency_recorded(self):
        return bool(self.env["debt.collection.insolvency"]._find(self))

    def _has_accepted_terms(self):
        """Whether the debtor accepted general terms, on record."""
        return bool(
            self.env["debt.collection.terms.acceptance"].search_count(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                ],
                limit=1,
            )
        )

    # === LIMITATION === #

    def _get_limitations(self, facts):
        """The limitation of each claim, where a law is known."""
        Regime = self.env["debt.collection.regime"]
        found = (
            Regime._get_regime(fact.regime, self.company_id)._get_limitation(fact)
            for fact in facts
        )
        return list(filter(None, found))

    def _refresh_limitation(self, day):
        """Bring the limitation clocks of open cases up to date; warn when one ends."""
        cases = self.filtered(lambda case: not case.date_closed)
        facts = cases._read_facts_by_case()
        for case in cases:
            first = case._refresh_claims(facts[case])
            vals = {
                "date_limitation": first.last_day if first else False,
                "limitation_ground": first.ground if first else False,
            }
            if any(case[name] != value for name, value in vals.items()):
                case.write(vals)
            case._warn_limitation(day)

    def _refresh_claims(self, facts):
        """Keep the clock of each claim.

        :return: the limitation that comes first, None where no law is known
        """
        self.ensure_one()
        Regime = self.env["debt.collection.regime"]
        claims = {claim.move_line_id.id: claim for claim in self.claim_ids}
        found = []
        for fact in facts:
            regime = Regime._get_regime(fact.regime, self.company_id)
            limitation = regime._get_limitation(fact)
            claims[fact.key]._store_limitation(fact, limitation)
            found.append(limitation)
        return min(filter(None, found), key=lambda one: one.last_day, default=None)

    def _warn_limitation(self, day):
        """One activity when the first claim comes close to its end."""
        kind = self.env.ref("debt_collection.mail_activity_type_limitation")
        near = self.date_limitation and (self.date_limitation - day).days <= WARN_DAYS
        there = self.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        if not near:
            there.unlink()
        elif there:
            there.filtered(
                lambda a: a.date_deadline != self.date_limitation
            ).date_deadline = self.date_limitation
        else:
            self.activity_schedule(
                "debt_collection.mail_activity_type_limitation",
                date_deadline=self.date_limitation,
                note=self.limitation_ground,
                user_id=(self.user_id or self.env.user).id,
            )

    def _get_limitation_obstacles(self, day, last_day=None):
        """Past the first limitation nothing new is started."""
        self.ensure_one()
        last_day = last_day or self.date_limitation
        if not last_day or day <= last_day:
            return []
        return [Blocker("legal_prescribed", (("day", str(last_day)),))]

    @api.model
    def _cron_watch_limitation(self):
        """Each day: the limitation clocks of the open cases, in batches."""
        cases = self.search([("date_closed", "=", False)], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(cases))
        for start in range(0, len(cases), 200):
            batch = cases[start : start + 200]
            # the daily run writes the same cases
            self.env["debt.collection.run"]._undisturbed(batch._watch_limitation)
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                break

    def _watch_limitation(self):
        for company, group in self.grouped("company_id").items():
            group._refresh_limitation(company._get_collection_today())
        self.env.flush_all()

    # === WORDS === #

    def _word_legal(self, blocker):
        """The sentence behind a reason that stands in the way of a route or a step."""
        self.ensure_one()
        sentence = self._get_regime()._get_blocker_sentence(blocker)
        if sentence:
            return sentence
        return self._get_legal_sentences()[blocker.code](dict(blocker.params))

    @api.model
    def _format_legal_day(self, day):
        return format_date(self.env, day)

    @api.model
    def _get_legal_sentences(self):
        """code -> function of the parameters that words it."""
        findings = self.env["debt.collection.solvency.check"]._fields["finding"]
        labels = dict(findings._description_selection(self.env))
        return {
            "legal_case_closed": lambda p: self.env._(
                "The case is closed: open it again first."
            ),
            "legal_wrong_order": lambda p: self.env._(
                "Nothing that was done so far leads to this step."
            ),
            "legal_term_running": lambda p: self.env._(
                "%(term)s: this step is possible from %(day)s.",
                term=p["term"],
                day=self._format_legal_day(fields.Date.to_date(p["day"])),
            ),
            "legal_evidence_missing": lambda p: self.env._(
                "Evidence is missing: %(evidence)s. Add it under Legal on the case.",
                evidence=p["evidence"],
            ),
            "legal_cost_unapproved": lambda p: self.env._(
                "Nobody approved its cost yet: %(cost)s.", cost=p["cost"]
            ),
            "legal_cost_refused": lambda p: p["reason"],
            "legal_contested": lambda p: self.env._(
                "The claim is contested: settle the dispute, or let a court decide."
            ),
            "legal_plan_running": lambda p: self.env._(
                "A promise or a plan runs: %(plan)s. End it first, or wait.",
                plan=p["plan"],
            ),
            "legal_insolvent": lambda p: self.env._(
                "The debtor's finding is “%(finding)s”: nobody enforces alone.",
                finding=labels.get(p["finding"], p["finding"]),
            ),
            "legal_prescribed": lambda p: self.env._(
                "The claim was prescribed after %(day)s.",
                day=self._format_legal_day(fields.Date.to_date(p["day"])),
            ),
            **self._get_route_sentences(),
        }

    @api.model
    def _get_route_sentences(self):
        """What stands in the way of a route as a whole; as above."""
        return {
            "legal_no_title": lambda p: self.env._("There is no title to enforce yet."),
            "legal_has_title": lambda p: self.env._(
                "There is a title already: enforce it."
            ),
            "legal_other_route": lambda p: self.env._(
                "The case is on another route: %(route)s.", route=p["route"]
            ),
            "legal_uneconomic": lambda p: self.env._(
                "It costs about %(cost)s and could bring %(due)s at most.",
                cost=p["cost"],
                due=p["due"],
            ),
            "route_unknown": lambda p: self.env._(
                "The law of this claim does not know that route."
            ),
        }

    def _to_legal_amount(self, amount):
        return to_decimal(amount, self.currency_id)

    def _format_legal_amount(self, amount):
        return formatLang(self.env, float(amount), currency_obj=self.currency_id)

    def _get_court_lang(self):
        """The language of the procedure, as a code Odoo knows.

        Override with the law of your country; must not write.

        :rtype: str
        """
        self.ensure_one()
        return self.partner_id.lang or self.company_id.partner_id.lang or "en_US"
