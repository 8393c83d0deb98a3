from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .debt_collection_policy import KINDS


class DebtCollectionTeam(models.Model):
    """Collectors who share debtors by a rule.

    Once a day each debtor belongs to the first team whose rule holds. One who is
    nobody's, or whose collector is no longer active, goes to the member with the
    fewest debtors; what a person decided stays.
    """

    _name = "debt.collection.team"
    _description = "Team of collectors"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Empty: the team serves every company.",
    )
    member_ids = fields.Many2many(
        comodel_name="res.users",
        relation="debt_collection_team_member_rel",
        column1="team_id",
        column2="user_id",
        string="Members",
        domain=[("share", "=", False)],
    )
    # For whom: every filled rule must hold; the first team by sequence wins.
    debtor_kind = fields.Selection(selection=KINDS, string="Kind of debtor")
    country_ids = fields.Many2many(comodel_name="res.country", string="Countries")
    category_ids = fields.Many2many(
        comodel_name="res.partner.category", string="Debtor tags"
    )
    policy_ids = fields.Many2many(
        comodel_name="debt.collection.policy",
        string="Policies",
        check_company=True,
        help="Chosen on the debtor, else that of the last step he got.",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    amount_min = fields.Monetary(
        string="Open from",
        help="What the debtor owes in all, in the currency of the company; 0 for no "
        "bound.",
    )
    amount_max = fields.Monetary(string="Open below")
    debtor_count = fields.Integer(string="Debtors", compute="_compute_debtor_count")

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for team in self:
            company = team.company_id or self.env.company
            team.currency_id = company.currency_id

    @api.depends_context("allowed_company_ids")
    def _compute_debtor_count(self):
        groups = self.env["debt.collection.portfolio"]._read_group(
            [("team_id", "in", self.ids)], ["team_id"], ["__count"]
        )
        counts = {team.id: count for team, count in groups}
        for team in self:
            team.debtor_count = counts.get(team.id, 0)

    # === ACTION METHODS === #

    def action_share_out(self):
        """Do now what the daily run does: debtors to teams, nobody's to a member."""
        self.check_access("write")
        for company in self.env.companies:
            self._share_out(company)

    def action_view_debtors(self):
        """Open the debtors of the team."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "debt_collection.debt_collection_portfolio_action"
        )
        action["domain"] = [("team_id", "=", self.id)]
        return action

    # === BUSINESS METHODS === #

    @api.model
    def _share_out(self, company):
        """Bring the teams of a company's debtors up to date and hand out nobody's.

        :rtype: None
        """
        teams = self.search([("company_id", "in", (False, company.id))])
        teams._mark_debtors(company)
        if not teams:
            return
        self.env["debt.collection.portfolio"]._hand_out(teams._find_seats(company))
        self._hand_out_cases(company)

    def _mark_debtors(self, company):
        """Write on each debtor of the company to which of these teams he belongs."""
        Portfolio = self.env["debt.collection.portfolio"]
        branches = [
            SQL(
                "WHEN b.id IN %s THEN %s",
                Portfolio._search(team._get_rule(company)).subselect(),
                team.id,
            )
            for team in self
        ]
        wanted = (
            SQL("CASE %s END", SQL(" ").join(branches)) if branches else SQL("NULL")
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_portfolio b SET team_id = x.team_id
                     FROM (SELECT b.id, (%s)::int AS team_id
                             FROM debt_collection_portfolio b
                            WHERE b.company_id = %s) x
                    WHERE b.id = x.id AND b.team_id IS DISTINCT FROM x.team_id""",
                wanted,
                company.id,
            )
        )
        Portfolio.invalidate_model(["team_id"], flush=False)

    def _get_rule(self, company):
        """The domain of the debtors in a company for whom the team is there.

        Extend by `super()` with a rule of your own.

        :rtype: Domain
        """
        self.ensure_one()
        rule = Domain("company_id", "=", company.id)
        if self.debtor_kind:
            rule &= Domain("partner_id.debt_collection_kind", "=", self.debtor_kind)
        if self.country_ids:
            rule &= Domain("partner_id.country_id", "in", self.country_ids.ids)
        if self.category_ids:
            rule &= Domain("partner_id.category_id", "in", self.category_ids.ids)
        if self.policy_ids:
            rule &= self._get_policy_rule(company)
        if self.amount_min:
            rule &= Domain("amount_open", ">=", self.amount_min)
        if self.amount_max:
            rule &= Domain("amount_open", "<", self.amount_max)
        return rule

    def _get_policy_rule(self, company):
        """The debtors of the policies: chosen for them, else that of the last step."""
        chosen = self.with_company(company)._get_chosen_rule(self.policy_ids.ids)
        last = SQL(
            """(SELECT a.partner_id
                 FROM (SELECT DISTINCT ON (partner_id) partner_id, step_id
                         FROM debt_collection_action
                        WHERE company_id = %s AND step_id IS NOT NULL
                          AND state <> 'skipped'
                        ORDER BY partner_id, id DESC) a
                 JOIN debt_collection_policy_step s ON s.id = a.step_id
                WHERE s.policy_id = ANY(%s))""",
            company.id,
            self.policy_ids.ids,
        )
        none = self.with_company(company)._get_chosen_rule([False])
        return chosen | (none & Domain("partner_id", "in", last))

    def _get_chosen_rule(self, policies):
        """The debtors whose own policy in the company is one of these ids."""
        found = self.env["res.partner"]._search(
            [("debt_collection_policy_id", "in", policies)]
        )
        return Domain("partner_id", "in", found)

    def _find_seats(self, company):
        """Who gets which of the debtors that are nobody's.

        The debtor who owes most goes first, to the member with the fewest debtors who
        owe something: the members' next places, ordered, meet the debtors, ordered.

        :return: (portfolio id, user id) pairs
        :rtype: list[tuple[int, int]]
        """
        pairs = [
            (team.id, member.id)
            for team in self
            for member in team.member_ids.filtered(
                lambda user: user.active and company in user.company_ids
            )
        ]
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """WITH orphans AS (
                       SELECT b.id, b.team_id, row_number() OVER (
                                  PARTITION BY b.team_id
                                      ORDER BY b.amount_open DESC, b.id) AS rank
                         FROM debt_collection_portfolio b
                         LEFT JOIN res_users u ON u.id = b.user_id
                        WHERE b.company_id = %(company)s AND b.amount_open > 0
                          AND b.team_id = ANY(%(teams)s) AND u.active IS NOT TRUE),
                   wanted AS (SELECT team_id, count(*)::int AS number
                                FROM orphans GROUP BY team_id),
                   loads AS (
                       SELECT m.team_id, m.user_id, w.number, count(b.id) AS load
                         FROM unnest(%(teams)s::int[], %(members)s::int[])
                              AS m(team_id, user_id)
                         JOIN wanted w ON w.team_id = m.team_id
                         LEFT JOIN debt_collection_portfolio b
                              ON b.user_id = m.user_id AND b.amount_open > 0
                                 AND b.company_id = %(company)s
                        GROUP BY m.team_id, m.user_id, w.number),
                   seats AS (
                       SELECT l.team_id, l.user_id, row_number() OVER (
                                  PARTITION BY l.team_id
                                      ORDER BY l.load + n, l.user_id) AS rank
                         FROM loads l, generate_series(1, l.number) n)
                   SELECT o.id, s.user_id
                     FROM orphans o JOIN seats s USING (team_id, rank)
                    ORDER BY o.id""",
                company=company.id,
                teams=[team for team, _member in pairs],
                members=[member for _team, member in pairs],
            )
        )

    @api.model
    def _hand_out_cases(self, company):
        """Open cases without an active collector get the one of their debtor."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, b.user_id
                     FROM debt_collection_case c
                     JOIN debt_collection_portfolio b
                          ON (b.company_id, b.partner_id)
                           = (c.company_id, c.partner_id)
                     JOIN res_users u ON u.id = b.user_id AND u.active
                     LEFT JOIN res_users o ON o.id = c.user_id
                    WHERE c.company_id = %s AND c.date_closed IS NULL
                      AND o.active IS NOT TRUE
                    ORDER BY c.id""",
                company.id,
            )
        )
        found = defaultdict(list)
        for case, user in rows:
            found[user].append(case)
        # nobody wants a mail for each of them: Today shows what waits
        Case = self.env["debt.collection.case"].with_context(tracking_disable=True)
        for user, cases in found.items():
            Case.browse(cases).user_id = user
