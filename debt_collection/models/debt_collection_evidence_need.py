from odoo import api, fields, models

from .debt_collection_evidence import EVIDENCE_KINDS


class DebtCollectionEvidenceNeed(models.Model):
    """A piece of evidence that claims of one nature need: a row of the check list."""

    _name = "debt.collection.evidence.need"
    _description = "Evidence a claim needs"
    _order = "nature, sequence, id"

    name = fields.Char(string="What it is", required=True, translate=True)
    nature = fields.Selection(
        selection="_selection_nature",
        index=True,
        help="Empty: for every nature that has no rows of its own.",
    )
    kind = fields.Selection(selection=EVIDENCE_KINDS, required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        "(COALESCE(nature, ''), kind, (name->>'en_US'))",
        "This evidence is on the list of that nature already.",
    )

    # === SELECTION METHODS === #

    @api.model
    def _selection_nature(self):
        nature = self.env["debt.collection.terms"]._fields["nature"]
        return nature._description_selection(self.env)

    # === BUSINESS METHODS === #

    @api.model
    def _get_for_case(self, case):
        """What the claims of a case need, by their nature.

        :rtype: debt.collection.evidence.need
        """
        natures = {fact.nature for fact in case._read_all_facts()} or {False}
        rows = self.search([("nature", "in", [False, *natures])])
        general = rows.filtered(lambda row: not row.nature)
        found = self.browse()
        for nature in sorted(natures, key=str):
            found |= rows.filtered(lambda r, n=nature: r.nature == n) or general
        return found
