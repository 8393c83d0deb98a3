from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTeam(CollectionCommon):
    """Debtors belong to a team by rule, and nobody's go to its members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Team = cls.env["debt.collection.team"].with_user(cls.manager)
        cls.colleague = cls._make_user("colleague", "collector")

    def _team(self, *members, **rule):
        return self.Team.create(
            {
                "name": "Team",
                "company_id": self.company.id,
                "member_ids": [Command.set([user.id for user in members])],
                **rule,
            }
        )

    def _owe(self, amount, **values):
        """A new debtor who owes an amount."""
        number = self.env["res.partner"].search_count([])
        partner = self._make_debtor(f"Owes{number} SA", **values)
        self._make_invoice(20, amount, partner)
        return partner

    def _refresh(self):
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)

    def _row(self, partner):
        return self.env["debt.collection.portfolio"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    # === BY RULE === #

    def test_every_filled_rule_must_hold_and_the_first_team_wins(self):
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        france, lux = self.env.ref("base.fr"), self.env.ref("base.lu")
        large = self._team(amount_min=5000, category_ids=[Command.set(tag.ids)])
        abroad = self._team(country_ids=[Command.set(france.ids)])
        people = self._team(debtor_kind="consumer", amount_max=1000)
        both = {"category_id": [Command.set(tag.ids)], "country_id": france.id}
        debtors = {
            self._owe(5000, **both): large,
            self._owe(4999, **both): abroad,
            self._owe(5000, country_id=france.id): abroad,
            self._owe(999, is_company=False): people,
            self._owe(1000, is_company=False): self.Team,
            self._owe(10, country_id=lux.id): self.Team,
        }
        self._refresh()
        found = {partner: self._row(partner).team_id for partner in debtors}
        self.assertEqual(found, debtors)
        self.assertEqual(abroad.debtor_count, 2)
        self.assertEqual(len(self.Team.search([])), 3)

    def test_the_policy_of_a_debtor_is_the_chosen_one_or_that_of_his_last_step(self):
        other = self.policy.copy({"name": "Other ladder"})
        team = self._team(policy_ids=[Command.set(self.policy.ids)])
        stepped, chosen, fresh = self._owe(10), self._owe(10), self._owe(10)
        self._run()
        chosen.debt_collection_policy_id = other
        self._make_invoice(2, 10, self.debtor)
        fresh_row_action = self.env["debt.collection.action"].search(
            [("partner_id", "=", fresh.id)]
        )
        fresh_row_action.state = "skipped"
        self._refresh()
        self.assertEqual(self._row(stepped).team_id, team)
        self.assertFalse(self._row(chosen).team_id)
        self.assertFalse(self._row(fresh).team_id)
        self.assertFalse(self._row(self.debtor).team_id)
        self.debtor.debt_collection_policy_id = self.policy
        self._refresh()
        self.assertEqual(self._row(self.debtor).team_id, team)

    def test_a_rule_that_holds_no_longer_leaves_the_collector(self):
        team = self._team(self.colleague, amount_min=50)
        partner = self._owe(60)
        self._refresh()
        self.assertEqual(self._row(partner).team_id, team)
        team.amount_min = 100
        self._refresh()
        self.assertFalse(self._row(partner).team_id)
        self.assertEqual(self._row(partner).user_id, self.colleague)
        team.action_archive()
        self._refresh()
        self.assertFalse(self._row(partner).team_id)

    # === WHO GETS WHOM === #

    def test_the_fewest_debtors_first_and_the_largest_first(self):
        mine = self._owe(5, user_id=self.collector.id)
        self._team(self.collector, self.colleague)
        rows = [self._owe(amount) for amount in (10, 20, 30, 40)]
        self._refresh()
        owners = [self._row(partner).user_id for partner in reversed(rows)]
        collector, colleague = self.collector, self.colleague
        # loads 1 and 0: the largest goes to the colleague, then they take turns
        self.assertEqual(owners, [colleague, collector, colleague, collector])
        self.assertEqual(self._row(mine).user_id, collector)
        self._refresh()
        again = [self._row(partner).user_id for partner in reversed(rows)]
        self.assertEqual(again, owners)

    def test_who_owes_nothing_is_handed_to_nobody(self):
        self._team(self.colleague)
        partner = self._make_debtor("Paid SA")
        self._pay(self._make_invoice(20, 10, partner))
        self._refresh()
        self.assertFalse(self._row(partner).user_id)

    def test_members_of_other_companies_and_archived_ones_get_nobody(self):
        stranger = self._make_user("stranger", "collector")
        other = self._make_company("Sister SA")
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other})
        self._team(stranger, self.colleague)
        partner = self._owe(10)
        self._refresh()
        self.assertEqual(self._row(partner).user_id, self.colleague)
        self.colleague.active = False
        self._refresh()
        self.assertEqual(self._row(partner).user_id, self.colleague)
        self.Team.search([]).member_ids += self.collector
        self._refresh()
        self.assertEqual(self._row(partner).user_id, self.collector)

    def test_a_collector_that_somebody_chose_stays(self):
        partner = self._owe(10)
        self._refresh()
        self._row(partner).with_user(self.manager).user_id = self.manager
        self._team(self.colleague)
        self._refresh()
        self.assertEqual(self._row(partner).user_id, self.manager)

    # === CASES === #

    def test_open_cases_without_a_collector_get_the_one_of_the_debtor(self):
        partner = self._owe(10)
        case = self._flag(self.env["account.move"].search([], limit=1, order="id desc"))
        self.assertEqual(case.partner_id, partner)
        self.assertFalse(case.user_id)
        closed = self._flag(self._make_invoice(20, 10, self.debtor))
        closed.action_withdraw()
        self._team(self.colleague)
        self._refresh()
        self.assertEqual(case.user_id, self.colleague)
        self.assertFalse(closed.user_id)

    def test_a_new_case_goes_to_the_collector_of_the_debtor(self):
        self._team(self.colleague)
        partner = self._owe(10, user_id=self.manager.id)
        self._refresh()
        self._row(partner).with_user(self.manager).user_id = self.colleague
        move = self._make_invoice(20, 30, partner)
        self.assertEqual(self._flag(move).user_id, self.colleague)
        newcomer = self._owe(10, user_id=self.manager.id)
        self._run()
        case = self.env["debt.collection.case"].search(
            [("partner_id", "=", newcomer.id)]
        )
        self.assertEqual(case.user_id, self.manager)

    # === WHO MAY === #

    def test_a_manager_shares_out_at_once_and_a_collector_only_looks(self):
        team = self._team(self.colleague)
        partner = self._owe(10)
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        self._row(partner).user_id = False
        with self.assertRaises(AccessError):
            team.with_user(self.collector).action_share_out()
        with self.assertRaises(AccessError):
            team.with_user(self.collector).name = "Mine"
        team.with_user(self.manager).action_share_out()
        self.assertEqual(self._row(partner).user_id, self.colleague)
        window = team.with_user(self.collector).action_view_debtors()
        rows = self.env["debt.collection.portfolio"].with_user(self.collector)
        self.assertIn(partner, rows.search(window["domain"]).partner_id)

    def test_a_team_of_another_company_is_not_seen(self):
        other = self._make_company("Sister SA")
        team = self.env["debt.collection.team"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        partner = self._owe(10)
        self._refresh()
        self.assertFalse(self._row(partner).team_id)
        self.assertNotIn(team, self.Team.search([]))
        team.company_id = False
        self._refresh()
        self.assertEqual(self._row(partner).team_id, team)

    def test_my_team_and_mine(self):
        self._team(self.collector)
        self._team(self.colleague, sequence=5, amount_min=50)
        mine, theirs = self._owe(10), self._owe(60)
        elsewhere = self._owe(70)
        self._refresh()
        self._row(elsewhere).user_id = False
        rows = self.env["debt.collection.account"].with_user(self.collector)
        self._run()
        Portfolio = self.env["debt.collection.portfolio"].with_user(self.collector)
        found = {
            whose: rows.search(Portfolio._get_whose_domain(whose)).partner_id
            for whose in ("mine", "team", "all")
        }
        self.assertEqual(found["mine"], mine | elsewhere)
        self.assertEqual(found["team"], mine)
        self.assertEqual(found["all"], mine | theirs | elsewhere)

    # === QUERIES === #

    def test_queries_do_not_grow_with_the_debtors(self):
        self._team(self.collector, self.colleague)
        self._owe(10)
        self._owe(20)
        self._refresh()
        few = self._count_queries(2)
        self.assertLessEqual(self._count_queries(14), few)

    def _count_queries(self, number):
        for amount in range(number):
            self._owe(10 + amount)
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        self.env["debt.collection.portfolio"].search([]).user_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["debt.collection.team"]._share_out(self.company)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
