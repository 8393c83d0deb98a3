from odoo import fields, models

PERFORMERS = [
    ("creditor", "Creditor"),
    ("lawyer", "Lawyer"),
    ("bailiff", "Bailiff"),
    ("court", "Court"),
    ("debtor", "Debtor"),
    ("receiver", "Receiver"),
]
# What makes the term of limitation run again, as `tools.facts.Interruption` knows it
INTERRUPTIONS = [
    ("summons", "Summons, payment order"),
    ("seizure", "Seizure"),
    ("lawyer_notice", "Notice of a lawyer or bailiff"),
    ("acknowledgement", "Acknowledgement"),
]


class DebtCollectionLegalStepType(models.Model):
    """A procedural act: who performs it, what it needs, opens, costs and prints."""

    _name = "debt.collection.legal.step.type"
    _description = "Type of legal step"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    performer = fields.Selection(selection=PERFORMERS, required=True)
    phase = fields.Selection(
        selection=[("legal", "Legal"), ("enforcement", "Enforcement")],
        help="Phase the case reaches when it is ordered; empty: the phase stays.",
    )
    description = fields.Text(translate=True)
    # What it wants before it can be ordered
    evidence_ids = fields.Many2many(
        comodel_name="debt.collection.legal.evidence",
        string="Evidence needed",
        relation="debt_collection_legal_type_evidence_rel",
        column1="type_id",
        column2="evidence_id",
    )
    cost_type_ids = fields.Many2many(
        comodel_name="debt.collection.cost.type",
        relation="debt_collection_legal_type_cost_rel",
        column1="type_id",
        column2="cost_type_id",
        string="Costs",
        help="Asked for when the step is proposed; nothing is ordered before the yes.",
    )
    is_after_dispute = fields.Boolean(
        string="Also when contested",
        help="A court decides a dispute; other acts want an uncontested claim.",
    )
    is_after_insolvency = fields.Boolean(
        string="Also when insolvent",
        help="It ends something, or belongs to insolvency.",
    )
    is_during_plan = fields.Boolean(
        string="Also while a plan runs",
        help="It ends something, secures a right, or is not ours to order; other acts "
        "wait as long as a promise or a plan runs.",
    )
    # What it opens
    result_ids = fields.One2many(
        comodel_name="debt.collection.legal.result",
        inverse_name="type_id",
        string="Results",
    )
    term_ids = fields.One2many(
        comodel_name="debt.collection.legal.term",
        inverse_name="type_id",
        string="Terms",
    )
    days = fields.Integer(
        string="Usual days", help="From the order to the result, terms left out."
    )
    interruption = fields.Selection(
        selection=INTERRUPTIONS,
        string="Interrupts limitation as",
        help="Done, it makes the term of limitation run again.",
    )
    document_template = fields.Char(
        string="Document",
        help="Template of the document it prints; empty: none.",
    )
    has_proceeds = fields.Boolean(string="Brings proceeds")

    _code_unique = models.UniqueIndex("(code)", "A type of legal step has one code.")

    def _get_next_types(self):
        """What may follow it, whatever its result."""
        return self.result_ids.next_ids

    def _get_usual_waits(self, after):
        """The terms that run where all goes as usual and another type follows.

        :param after: the type that follows, None where nothing does
        :rtype: debt.collection.legal.term
        """
        self.ensure_one()
        results = self.result_ids.sorted("sequence")
        usual = results.filtered(lambda result: after and after in result.next_ids)
        usual = (usual or results.filtered(lambda result: not result.is_failed))[:1]
        return self.term_ids.filtered(
            lambda term: term.kind == "wait" and term._applies(usual)
        )

    def _get_mermaid_lines(self, route):
        """Its node and its arrows on the diagram of a route."""
        self.ensure_one()
        own = route._get_types()
        label = self.name.replace('"', "'")
        lines = [f'    {self.code}["{label}<br/>{self._get_performer_label()}"]']
        for result in self.result_ids.sorted("sequence"):
            for after in result.next_ids & own:
                lines.append(
                    f'    {self.code} -- "{result._get_arrow(after)}" --> {after.code}'
                )
            if result.is_end or not result.next_ids & own:
                lines.append(f'    {self.code} -- "{result.name}" --> closed')
        return lines

    def _get_performer_label(self):
        labels = dict(self._fields["performer"]._description_selection(self.env))
        return labels[self.performer]
