from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DebtCollectionLegalRoute(models.Model):
    """A way to a title, or from a title to money: steps and their order, as data.

    Whether it is open to a claim is code: `regime._get_route_obstacles`.
    """

    _name = "debt.collection.legal.route"
    _description = "Legal route"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key the law of a country knows.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    line_ids = fields.One2many(
        comodel_name="debt.collection.legal.route.line",
        inverse_name="route_id",
        string="Steps",
    )
    is_enforcement = fields.Boolean(
        string="Needs a title", help="It starts from a title that the case has."
    )
    is_beside = fields.Boolean(
        string="Beside another route",
        help="It secures the claim and may run while another route does.",
    )

    _code_unique = models.UniqueIndex("(code)", "A route has one code.")

    @api.constrains("line_ids", "active")
    def _check_start(self):
        for route in self.filtered("line_ids"):
            if not route.line_ids.filtered("is_start"):
                raise ValidationError(
                    self.env._(
                        "The route %(name)s needs a first step.", name=route.name
                    )
                )

    def _get_types(self):
        """The step types of the route, in order."""
        return self.line_ids.sorted("sequence").type_id

    def _get_starts(self):
        """The step types it may start with."""
        return self.line_ids.filtered("is_start").sorted("sequence").type_id

    def _get_usual_types(self):
        """The step types of its usual way, in order: what costs are estimated for."""
        return self.line_ids.filtered("is_usual").sorted("sequence").type_id

    def _get_days(self, day, regime, company):
        """The usual days to its end: handling, and every term on the way.

        :param date day: the day it starts
        :param regime: the regime whose law counts the terms
        :rtype: int
        """
        self.ensure_one()
        types = list(self._get_usual_types())
        now, running, previous = day, [], None
        for step_type, after in zip(types, [*types[1:], None], strict=False):
            frees = (
                free
                for term, free in running
                if step_type in term.next_ids
                or (not term.next_ids and term.type_id == previous)
            )
            now = fields.Date.add(max([now, *frees]), days=step_type.days)
            running += [
                (term, term._count(now, regime, company)[1])
                for term in step_type._get_usual_waits(after)
            ]
            previous = step_type
        return (now - day).days

    def _get_mermaid(self):
        """The route as a Mermaid diagram: steps, results, terms, the end.

        :rtype: str
        """
        self.ensure_one()
        lines = ["flowchart TD", '    start(["Start"])']
        for step_type in self._get_starts():
            lines.append(f"    start --> {step_type.code}")
        for step_type in self._get_types():
            lines += step_type._get_mermaid_lines(self)
        return "\n".join([*lines, '    closed(["Closed"])'])

    def _get_drawings(self):
        """The routes as a page of diagrams, for the documentation.

        :rtype: str
        """
        lines = [
            "# Legal routes",
            "",
            "Drawn from the data: each box is a type of step with its performer, each "
            "arrow a result, with the term that has to run before the next step.",
        ]
        for route in self:
            lines += ["", f"## {route.name}", ""]
            lines += [route.description or "", "", "```mermaid"]
            lines += [route._get_mermaid(), "```"]
        return "\n".join(lines) + "\n"
