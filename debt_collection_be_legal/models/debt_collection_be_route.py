from odoo import api, models
from odoo.tools import format_date

from odoo.addons.debt_collection.tools.facts import Blocker

COURTS = {
    "be_peace": "justice_of_peace",
    "be_enterprise": "enterprise",
    "be_first_instance": "first_instance",
}
# Member States whose courts do not know the European order for payment
NO_EUROPEAN_ORDER = ("DK",)


class DebtCollectionBeRoute(models.AbstractModel):
    """Which Belgian routes are open to a claim: one method a route.

    Every reason is given, not the first one only: a person who reads them knows what
    would have to change.
    """

    _name = "debt.collection.be.route"
    _description = "Eligibility of Belgian routes"
    _inherit = "debt.collection.be.law"

    @api.model
    def _get_obstacles(self, route, matter):
        """Why the law closes a route to a claim; empty: it opens it.

        :param str route: code of the route
        :param Matter matter: the case on a day
        :rtype: tuple[Blocker]
        """
        methods = self._get_route_methods()
        if route not in methods:
            return (Blocker("route_unknown"),)
        return tuple(Blocker(code, params) for code, *params in methods[route](matter))

    @api.model
    def _get_route_methods(self):
        """code -> method that yields code and parameters of every reason."""
        return {
            "be_before": lambda matter: (),
            "be_rci": self._check_noncontested,
            "be_peace": lambda m: self._check_court("be_peace", m),
            "be_enterprise": lambda m: self._check_court("be_enterprise", m),
            "be_first_instance": lambda m: self._check_court("be_first_instance", m),
            "be_summary_order": self._check_summary_order,
            "be_european_order": self._check_european_order,
            "be_enforcement": lambda matter: (),
            "be_conservatory": lambda matter: (),
            "be_insolvency": self._check_insolvency,
        }

    # === ONE METHOD A ROUTE === #

    @api.model
    def _check_noncontested(self, matter):
        """Judicial Code, art. 1394/20: between registered enterprises, uncontested."""
        if "consumer" in matter.traits and not self._value("be.rci.b2c", matter.day):
            yield ("be_consumer",)
        if "private" in matter.traits:
            yield ("be_private",)
        if "public_body" in matter.traits:
            yield ("be_public_body",)
        if "creditor_number" not in matter.traits:
            yield ("be_creditor_number",)
        if "debtor_number" not in matter.traits and "consumer" not in matter.traits:
            yield ("be_debtor_number",)
        if matter.debtor_country != "BE":
            yield ("be_abroad",)
        if "contested" in matter.traits:
            yield ("legal_contested",)

    @api.model
    def _check_court(self, route, matter):
        """The court that is competent, and no simpler way abroad."""
        court = self._get_court(matter)
        if COURTS[route] != court.key:
            name = self.env["debt.collection.be.court"]._get_court_labels()[court.key]
            yield ("be_other_court", ("court", name), ("reason", court.reason))
        if matter.debtor_country != "BE" and "contested" not in matter.traits:
            if self._is_in_union(matter.debtor_country):
                yield ("be_european_first",)

    @api.model
    def _check_summary_order(self, matter):
        """Judicial Code, art. 1338 ff.: a ceiling, a writing from the debtor."""
        court = self._get_court(matter)
        limit = self._value("be.court.summary_order", matter.day)
        if court.key == "first_instance" or (
            court.key == "justice_of_peace" and matter.claim > limit
        ):
            yield ("be_above_limit", ("limit", f"{limit:,.2f}"))
        if matter.debtor_country != "BE":
            yield ("be_abroad",)
        if "debtor_writing" not in matter.evidence:
            yield ("be_no_writing",)
        if "contested" in matter.traits:
            yield ("legal_contested",)

    @api.model
    def _check_european_order(self, matter):
        """Regulation 1896/2006: cross-border, uncontested."""
        if matter.debtor_country == matter.creditor_country:
            yield ("be_not_abroad",)
        elif not self._is_in_union(matter.debtor_country):
            yield ("be_outside_union",)
        elif matter.debtor_country in NO_EUROPEAN_ORDER:
            yield ("be_no_european_order",)
        if "consumer" in matter.traits and matter.debtor_country != "BE":
            yield ("be_consumer_abroad",)
        if "contested" in matter.traits:
            yield ("legal_contested",)

    @api.model
    def _check_insolvency(self, matter):
        if matter.finding not in ("bankrupt", "reorganisation", "debt_settlement"):
            yield ("be_no_insolvency",)

    # === HELPERS === #

    @api.model
    def _get_court(self, matter):
        """The court that hears the claim; see `debt.collection.be.court`."""
        return self.env["debt.collection.be.court"]._get_court(
            matter.claim,
            matter.day,
            matter.nature,
            enterprises="enterprises" in matter.traits,
            consumer="consumer" in matter.traits,
        )

    @api.model
    def _is_in_union(self, code):
        """Whether a country is a Member State, as Odoo's group of countries says."""
        return code in self.env.ref("base.europe").country_ids.mapped("code")

    @api.model
    def _get_notes(self, route, matter):
        """What the law says of a route besides: the court, a ceiling, the language.

        :rtype: tuple[str]
        """
        notes = []
        if route in COURTS:
            notes += self._get_court_notes(matter)
        if route == "be_rci":
            notes.append(self._get_ceiling_note(matter))
        if route == "be_conservatory":
            notes.append(self.env._("A judge wants to see why it is urgent."))
        if route == "be_insolvency" and matter.finding == "reorganisation":
            notes.append(
                self.env._(
                    "New supplies are estate debts: keep them on another account."
                )
            )
        return tuple(notes)

    @api.model
    def _get_court_notes(self, matter):
        Court = self.env["debt.collection.be.court"]
        found = self._get_court(matter)
        indemnity = Court._get_indemnity(matter.claim, matter.day)
        duties = Court._get_duties(found.key, matter.day)
        verified = found.verified and indemnity.verified and duties.verified
        return (
            f"{Court._get_court_labels()[found.key]}: {found.reason}",
            self.env._(
                "The loser owes a procedure indemnity of %(indemnity)s and a roll duty "
                "of %(duty)s%(mark)s.",
                indemnity=f"{indemnity.due:,.2f}",
                duty=f"{duties.part('roll_duty'):,.2f}",
                mark="" if verified else self.env._(" (to verify)"),
            ),
        )

    @api.model
    def _get_ceiling_note(self, matter):
        law = self.env["debt.collection.be.noncontested"]
        kept = law._get_accessories(
            matter.principal, matter.interest, matter.indemnity, matter.day
        )
        asked = matter.interest + matter.indemnity
        percent = f"{self._value('be.rci.cap', matter.day):f}"
        if kept.amount == asked:
            return self.env._(
                "Interest and indemnity, %(asked)s, stay under %(percent)s %% of the "
                "principal.",
                percent=percent,
                asked=f"{asked:,.2f}",
            )
        return self.env._(
            "Interest and indemnity stop at %(kept)s, %(percent)s %% of the principal: "
            "%(lost)s is given up on this way.",
            percent=percent,
            kept=f"{kept.amount:,.2f}",
            lost=f"{asked - kept.amount:,.2f}",
        )

    # === SENTENCES === #

    @api.model
    def _get_sentences(self):
        """code -> function of the parameters that words the reason."""
        return {
            "be_consumer": lambda p: self.env._(
                "Only between enterprises: consumer debts are not covered."
            ),
            "be_private": lambda p: self.env._(
                "The debt is a private one of the debtor."
            ),
            "be_public_body": lambda p: self.env._("Not against a public authority."),
            "be_creditor_number": lambda p: self.env._(
                "The creditor has no valid enterprise number: fill in its Tax ID."
            ),
            "be_debtor_number": lambda p: self.env._(
                "The debtor has no valid enterprise number: look it up and fill it in."
            ),
            "be_abroad": lambda p: self.env._("Only against a debtor in Belgium."),
            "be_other_court": lambda p: self.env._(
                "Another court is competent: %(court)s. %(reason)s",
                court=p["court"],
                reason=p["reason"],
            ),
            "be_european_first": lambda p: self.env._(
                "The debtor is in another Member State: the European order for payment "
                "is the simpler way as long as nothing is contested."
            ),
            "be_above_limit": lambda p: self.env._(
                "Up to %(limit)s before the justice of the peace, or between "
                "enterprises.",
                limit=p["limit"],
            ),
            "be_no_writing": lambda p: self.env._(
                "A writing that comes from the debtor is needed: add it as evidence."
            ),
            "be_not_abroad": lambda p: self.env._(
                "Both parties are in the same country."
            ),
            "be_outside_union": lambda p: self.env._(
                "The debtor is outside the European Union."
            ),
            "be_no_european_order": lambda p: self.env._("Denmark does not take part."),
            "be_consumer_abroad": lambda p: self.env._(
                "A consumer is sued before the court of his own domicile only."
            ),
            "be_no_insolvency": lambda p: self.env._(
                "No insolvency of the debtor is recorded."
            ),
            **self._get_retention_sentences(),
        }

    @api.model
    def _get_retention_sentences(self):
        """What speaks against a clause of retention of title."""

        def shown(text):
            return format_date(self.env, text)

        return {
            "be_clause_undated": lambda p: self.env._(
                "Enter the day of the clause of retention of title with its document."
            ),
            "be_clause_late": lambda p: self.env._(
                "The clause of retention of title is of %(clause)s: the goods of "
                "%(invoice)s were delivered before, on %(delivery)s.",
                clause=shown(p["clause"]),
                invoice=p["invoice"],
                delivery=shown(p["delivery"]),
            ),
            "be_clause_after_judgment": lambda p: self.env._(
                "The clause of retention of title is of %(clause)s: it does not bind "
                "the receiver of an insolvency of %(judgment)s.",
                clause=shown(p["clause"]),
                judgment=shown(p["judgment"]),
            ),
        }
