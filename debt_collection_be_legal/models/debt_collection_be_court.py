from odoo import api, models

from odoo.addons.debt_collection.tools.brackets import share

from ..tools.answers import Court, Deadline, Figure, Indemnity


class DebtCollectionBeCourt(models.AbstractModel):
    """The court route: which court, what it costs, when its terms end."""

    _name = "debt.collection.be.court"
    _description = "Courts of Belgium"
    _inherit = "debt.collection.be.law"

    # === COMPETENCE === #

    @api.model
    def _get_court(self, amount, day, nature, enterprises=False, consumer=True):
        """The court of first hearing, explained.

        :param Decimal amount: the claim
        :param date day: the day of the summons
        :param str nature: nature of the claim, as on the general terms
        :param bool enterprises: both parties are enterprises
        :param bool consumer: the debtor is a natural person acting privately
        :rtype: Court
        """
        special = self._get_special_court(day, nature, consumer)
        if special:
            return special
        if enterprises:
            return self._make_court(
                self._row("be.court.exclusive", day, "enterprises"),
                self.env._("Between enterprises, whatever the amount."),
            )
        limit = self._row("be.court.competence", day, "justice_of_peace")
        if amount <= limit.number:
            reason = self.env._(
                "Not between enterprises, and not above %(limit)s.",
                limit=f"{limit.number:,.2f}",
            )
            key = "justice_of_peace"
        else:
            reason = self.env._(
                "Not between enterprises, and above %(limit)s.",
                limit=f"{limit.number:,.2f}",
            )
            key = "first_instance"
        ground = self._full_ground("be.court.competence", limit)
        return Court(key, reason, ground, limit.verified)

    @api.model
    def _get_special_court(self, day, nature, consumer):
        """The court that hears a kind of claim whatever its amount, or None."""
        row = self._find_row("be.court.exclusive", day, nature)
        if not row or row.key != nature:
            return None
        # leases belong to the justice of the peace whoever rents
        if not consumer and nature != "rent":
            return None
        return self._make_court(
            row, self.env._("Claims of that kind go there, whatever the amount.")
        )

    @api.model
    def _make_court(self, row, reason):
        ground = self._full_ground("be.court.exclusive", row)
        return Court(row.text, reason, ground, row.verified)

    @api.model
    def _get_court_labels(self):
        """key -> the court's name."""
        return {
            "justice_of_peace": self.env._("Justice of the peace"),
            "enterprise": self.env._("Enterprise court"),
            "first_instance": self.env._("Court of first instance"),
            "appeal": self.env._("Court of appeal"),
            "cassation": self.env._("Court of Cassation"),
        }

    @api.model
    def _get_appeal_limit(self, court, day):
        """The amount from which a judgment of that court may be appealed."""
        key = "justice_of_peace" if court == "justice_of_peace" else "first_instance"
        return self._value("be.court.competence", day, f"appeal_{key}")

    # === COSTS === #

    @api.model
    def _get_duties(self, court, day, plaintiffs=1):
        """Roll duty (owed by the party condemned) and the legal-aid contribution.

        :rtype: Figure
        """
        roll = self._row("be.court.roll_duty", day, court)
        fund = self._row("be.court.fund", day)
        parts = (("roll_duty", roll.number), ("fund", fund.number * plaintiffs))
        return Figure(
            sum(amount for _code, amount in parts),
            self._full_ground("be.court.roll_duty", roll),
            roll.verified and fund.verified,
            parts,
        )

    @api.model
    def _get_indemnity(self, amount, day, course="judgment", unquantified=False):
        """The procedure indemnity of a claim.

        :param Decimal amount: principal and interest to the day of the summons
        :param date day: the day of the judgment: new amounts hold at once
        :param str course: ``judgment`` (the base amount), ``default`` (no losing party
            ever appeared: the minimum), ``before_judgment`` (paid after entry on the
            roll: a share of the base), ``before_entry`` (nothing)
        :rtype: Indemnity
        """
        key = "unquantified" if unquantified else None
        row = self._scale_row("be.court.rpi", day, amount, key)
        due, verified = self._get_due_indemnity(row, day, course)
        return Indemnity(
            row.base,
            row.minimum,
            row.maximum,
            due,
            self._full_ground("be.court.rpi", row),
            row.verified and verified,
        )

    @api.model
    def _get_due_indemnity(self, row, day, course):
        """(what the course of the procedure makes due, whether verified)."""
        if course == "before_entry":
            return row.base * 0, True
        if course == "default":
            return row.minimum, True
        if course == "before_judgment":
            rule = self._scale_row("be.court.rpi_before_judgment", day, row.base)
            part = share(row.base, rule.percent)
            return min(part, rule.maximum), rule.verified
        return row.base, True

    # === TERMS === #

    @api.model
    def _get_remedy(self, key, served):
        """The last day for a remedy; the vacation of the courts extends it.

        :param str key: ``opposition``, ``appeal`` or ``cassation``
        :param date served: the day the judgment was served
        :rtype: Deadline
        """
        code = "be.court.term.months"
        row = self._row(code, served, key)
        day = self._get_term_end(served, int(row.number), "months", vacation=True)
        return Deadline(key, day, self._full_ground(code, row), row.verified)
