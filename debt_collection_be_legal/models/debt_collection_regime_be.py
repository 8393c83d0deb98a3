from odoo import api, models
from odoo.tools import format_date
from odoo.tools.date_utils import end_of

from odoo.addons.debt_collection.tools.answers import Limitation
from odoo.addons.debt_collection.tools.terms import add_months
from odoo.addons.debt_collection.tools.values import RatePeriod

# Natures of a claim that are no row of their own among the terms of prescription
SAME_TERM = {
    "goods_services": "general",
    "goods": "general",
    "services": "general",
    "education": "general",
    "telecom": "utilities",
}


class DebtCollectionRegimeBe(models.AbstractModel):
    """What the Belgian regimes share: grounds, rates, prescription."""

    _name = "debt.collection.regime.be"
    _description = "Belgian regime"
    _inherit = ["debt.collection.be.law", "debt.collection.regime"]

    # === RATES === #

    @api.model
    def _get_contract_date(self, facts):
        """The day of the contract; unknown: that of the invoice."""
        return facts.contract_date or facts.invoice_date

    @api.model
    def _get_commercial_rates(self, facts, first, last):
        """Rates of art. 5 of the Act of 2 August 2002, for the contract's cohort."""
        return self.env["debt.collection.parameter"]._get_rate_periods(
            "be.rate.commercial",
            first,
            last,
            self.env.company,
            self._get_cohort(facts, first),
        )

    @api.model
    def _get_civil_rates(self, first, last):
        """Rates of art. 2 § 1 of the Act of 5 May 1865."""
        return self.env["debt.collection.parameter"]._get_rate_periods(
            "be.rate.civil", first, last, self.env.company
        )

    @api.model
    def _get_cohort(self, facts, day):
        """``old`` or ``new``: contracts before or from the Act of 22 November 2013."""
        is_new = self._get_contract_date(facts) >= self._value("be.b2b.cohort", day)
        return "new" if is_new else "old"

    @api.model
    def _get_divisor(self, day):
        return int(self._value("be.rate.divisor", day)) or "actual"

    @api.model
    def _get_clause_rates(self, facts, first):
        """The contractual rate, as one period without an end."""
        percent = facts.clause.interest_percent
        ground = self.env._(
            "Accepted general terms; %(percent)s %% a year", percent=f"{percent:f}"
        )
        return (RatePeriod(first, None, percent, ground, code="clause"),)

    # === PRESCRIPTION === #

    @api.model
    def _get_limitation(self, facts):
        """Old Civil Code, art. 2244, 2248, 2262bis ff.; day after the due date on."""
        key = self._get_prescription_key(facts)
        row = self._row("be.prescription", facts.due_date, key)
        start = facts.due_date
        if key == "health":
            # art. 2277bis: from the end of the month of the care
            start = facts.service_date or facts.invoice_date
            start = end_of(start, "month")
        last_day = add_months(start, int(row.number))
        return Limitation(
            last_day=self._apply_interruptions(facts, key, int(row.number), last_day),
            ground=f"{self._ground('be.prescription', row)}, {row.source_ref}",
            verified=row.verified,
        )

    @api.model
    def _get_prescription_key(self, facts):
        return SAME_TERM.get(facts.nature, facts.nature)

    @api.model
    def _apply_interruptions(self, facts, key, months, last_day):
        """The last day after each interruption that came in time.

        A lawyer's or bailiff's notice (art. 2244 § 2) works once, gives a term of its
        own, and never shortens; a signed writing ends the short term of art. 2272.
        """
        noticed = False
        for event in sorted(facts.interruptions, key=lambda event: event.day):
            if event.day > last_day:
                break
            if event.kind == "lawyer_notice":
                own = self._value("be.prescription", event.day, "lawyer_notice")
                if not noticed:
                    last_day = max(last_day, add_months(event.day, own))
                noticed = True
                continue
            if event.kind == "judgment":
                months = self._value("be.prescription", event.day, "judgment")
            if event.kind == "writing" and key == "goods_consumer":
                months = self._value("be.prescription", event.day, "general")
            last_day = max(last_day, add_months(event.day, months))
        return last_day

    # === ROUTES, INSOLVENCY === #

    @api.model
    def _get_route_obstacles(self, route, matter):
        """One method a route: see `debt.collection.be.route`."""
        return self.env["debt.collection.be.route"]._get_obstacles(route, matter)

    @api.model
    def _get_route_notes(self, route, matter):
        return self.env["debt.collection.be.route"]._get_notes(route, matter)

    @api.model
    def _get_insolvency_days(self, kind, day, **options):
        """Code of Economic Law, book XX; Judicial Code, art. 1675/9."""
        return self.env["debt.collection.be.insolvency"]._get_days(kind, day, **options)

    @api.model
    def _get_loss_relief(self, cause, day):
        """VAT Code, art. 77 § 1, 7°; art. 81bis-82bis."""
        return self.env["debt.collection.be.loss"]._get_relief(cause, day)

    # === SENTENCES === #

    @api.model
    def _get_blocker_sentence(self, blocker):
        sentences = self._get_l10n_be_sentences()
        if blocker.code not in sentences:
            return super()._get_blocker_sentence(blocker)
        return sentences[blocker.code](dict(blocker.params))

    @api.model
    def _get_l10n_be_sentences(self):
        """code -> function of the parameters that words the blocker."""
        routes = self.env["debt.collection.be.route"]._get_sentences()
        return routes | {
            "be_prescribed": lambda p: self.env._(
                "The claim was prescribed after %(day)s; a judge may raise that "
                "himself.",
                day=format_date(self.env, p["day"]),
            ),
            "be_first_letter_missing": lambda p: self.env._(
                "A consumer gets a free first letter before anything else."
            ),
            "be_mention_missing": lambda p: self.env._(
                "The first letter to a consumer must tell: %(mentions)s.",
                mentions=p["mentions"],
            ),
            "be_visit_hours": lambda p: self.env._(
                "A consumer is visited between %(opening)s and %(closing)s only.",
                opening=p["opening"],
                closing=p["closing"],
            ),
        }
