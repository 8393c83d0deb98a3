from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCockpit(CollectionCommon):
    """The figures on a ledger small enough to be added by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Cockpit = cls.env["debt.collection.cockpit"]

    def _scope(self, days=90, end=TODAY):
        return self.Cockpit._get_scope({"days": days, "end": str(end)})

    def _dashboard(self, user=None, **filters):
        cockpit = self.Cockpit.with_user(user or self.collector)
        return cockpit.get_dashboard(filters)

    # === AGEING === #

    def test_ageing_by_hand(self):
        self._make_invoice(-10, 100.0)
        self._make_invoice(0, 200.0)
        self._make_invoice(1, 300.0)
        self._make_invoice(45, 400.0)
        paid_in_part = self._make_invoice(200, 500.0)
        self._pay(paid_in_part, 120.0, TODAY - timedelta(days=3))
        self._receive(self.debtor, 33.0)
        ageing = self.Cockpit._read_ageing(self._scope())
        amounts = {key: float(x) for key, x in ageing["amounts"].items() if x}
        self.assertEqual(
            amounts,
            {
                ("open", "d000"): 300.0,
                ("open", "d030"): 300.0,
                ("open", "d060"): 400.0,
                ("open", "d181"): 380.0,
            },
        )
        self.assertEqual(float(ageing["credit"]), 33.0)
        self.assertEqual(float(ageing["total"]), 1347.0)
        self.assertEqual(ageing["numbers"]["open", "d000"], 2)

    def test_what_was_paid_since_was_open_then(self):
        move = self._make_invoice(45, 400.0)
        self._pay(move, day=TODAY - timedelta(days=5))
        before = self._scope(end=TODAY - timedelta(days=6))
        ageing = self.Cockpit._read_ageing(before)
        self.assertEqual(float(ageing["amounts"]["open", "d060"]), 400.0)
        ageing = self.Cockpit._read_ageing(self._scope())
        self.assertEqual(float(ageing["total"]), 0.0)

    def test_a_case_in_court_stands_apart(self):
        case = self._flag(self._make_invoice(45, 400.0))
        case._reach_phase("legal", TODAY)
        self.env.flush_all()
        ageing = self.Cockpit._read_ageing(self._scope())
        self.assertEqual(float(ageing["amounts"]["legal", "d060"]), 400.0)
        self.assertFalse(ageing["amounts"].get(("open", "d060")))

    def test_the_disputed_part_stands_apart(self):
        case = self._flag(self._make_invoice(45, 400.0))
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        line = {"claim_id": case.claim_ids.id, "amount": 150.0}
        self.env["debt.collection.dispute"].create(
            {
                "case_id": case.id,
                "reason_id": reason.id,
                "date": TODAY,
                "line_ids": [Command.create(line)],
            }
        )
        ageing = self.Cockpit._read_ageing(self._scope())
        self.assertEqual(float(ageing["amounts"]["disputed", "d060"]), 150.0)
        self.assertEqual(float(ageing["amounts"]["open", "d060"]), 250.0)
        self.assertEqual(float(ageing["total"]), 400.0)
        Analysis = self.env["debt.collection.analysis"].with_user(self.collector)
        row = Analysis.search([("amount_disputed", ">", 0)])
        self.assertEqual(row.amount_disputed, 150.0)
        self.assertEqual(row.action_open()["res_id"], case.id)

    def test_booked_charges_are_outside(self):
        """Neither what is booked as a charge nor the money that paid it counts."""
        move = self._make_invoice(45, 400.0)
        charge = self._make_invoice(1, 50.0)
        charge.is_collection_charge = True
        self._pay(move + charge, day=TODAY - timedelta(days=2))
        flows = self.Cockpit._read_flows(self._scope())
        self.assertEqual(
            {name: float(value) for name, value in flows.items()},
            {"begin": 0.0, "sales": 400.0, "collected": 400.0, "end": 0.0},
        )
        self.assertEqual(float(self.Cockpit._read_ageing(self._scope())["total"]), 0)

    # === DAYS === #

    def test_unpaid_invoices_count_in_the_days_late(self):
        self._pay(self._make_invoice(40, 100.0), day=TODAY - timedelta(days=30))
        self._make_invoice(50, 300.0)
        self._pay(self._make_invoice(10, 100.0), day=TODAY - timedelta(days=20))
        late = self.Cockpit._read_days_late(self._scope())
        self.assertEqual(
            late,
            {
                "number": 3,
                "settled": 2,
                "days": 20.0,
                "weighted": 32.0,
                "settled_days": 5.0,
            },
        )

    def test_dso_and_effectiveness(self):
        """900 sold in 90 days, 300 of it open: 30 days; 600 of 900 collected."""
        self._make_invoice(-5, 300.0)
        self._pay(self._make_invoice(20, 600.0), day=TODAY - timedelta(days=1))
        tiles = {t["key"]: t["value"] for t in self._dashboard()["tiles"]}
        self.assertEqual(tiles["dso_simple"], 30.0)
        self.assertEqual(tiles["effectiveness"], 100.0)
        self.assertEqual(tiles["collected"], 600.0)
        self.assertEqual(tiles["overdue"], 0.0)

    def test_without_sales_there_is_no_figure(self):
        board = self._dashboard()
        self.assertTrue(board["is_empty"])
        tiles = {t["key"]: t["value"] for t in board["tiles"]}
        self.assertIsNone(tiles["dso"])
        self.assertIsNone(tiles["effectiveness"])
        self.assertIsNone(tiles["late"])
        self.assertEqual(tiles["overdue"], 0.0)

    # === RECOVERY === #

    def test_a_step_is_credited_until_the_next_one(self):
        move = self._make_invoice(21, 1000.0)
        first = TODAY - timedelta(days=14)
        self._run(first)
        self._mark_sent(move.debt_collection_case_id.action_ids, first)
        self._pay(move, 300.0, TODAY - timedelta(days=8))
        second = TODAY - timedelta(days=5)
        self._run(second)
        actions = self.env["debt.collection.action"].search(
            [("partner_id", "=", self.debtor.id)], order="id"
        )
        self.assertEqual(actions.step_id.mapped("name"), ["One", "Two"])
        self._mark_sent(actions[1], second)
        self._pay(move, 500.0, TODAY - timedelta(days=1))
        rows = self.Cockpit._read_recovery(self._scope(), "step")
        found = {
            self.env["debt.collection.policy.step"].browse(row["id"]).name: (
                float(row["listed"]),
                float(row["recovered"]),
            )
            for row in rows
        }
        self.assertEqual(found, {"One": (1000.0, 300.0), "Two": (700.0, 500.0)})
        [policy] = self.Cockpit._read_recovery(self._scope(), "policy")
        self.assertEqual(float(policy["listed"]), 1000.0)
        self.assertEqual(float(policy["recovered"]), 800.0)
        tables = {row["key"]: row["rows"] for row in self._dashboard()["recovery"]}
        letters = {row["name"]: row["recovered"] for row in tables["letter"]}
        self.assertEqual(
            letters, {"First letter · E-mail": 300.0, "No notice · E-mail": 500.0}
        )
        for by in ("step", "letter", "policy"):
            for row in tables[by]:
                with self.subTest(by=by, name=row["name"]):
                    found = self._open(by, [row["id"]])
                    self.assertEqual(len(found), 2 if by == "policy" else 1)

    def test_letters_of_tests_bring_nothing(self):
        move = self._make_invoice(21, 1000.0)
        self._run(TODAY - timedelta(days=14))
        action = self.env["debt.collection.action"].search([])
        self._mark_sent(action, TODAY - timedelta(days=14))
        self._pay(move, 300.0, TODAY - timedelta(days=8))
        self.assertTrue(self.Cockpit._read_recovery(self._scope(), "step"))
        action.is_test = True
        self.assertFalse(self.Cockpit._read_recovery(self._scope(), "step"))

    def _start_route(self, case, day, partner=False):
        """A route of its own for a case, its first step ordered on a day."""
        count = self.env["debt.collection.legal.route"].search_count([])
        step_type = self.env["debt.collection.legal.step.type"].create(
            {"name": "Act", "code": f"cockpit{count}", "performer": "bailiff"}
        )
        first = Command.create({"type_id": step_type.id, "is_start": True})
        route = self.env["debt.collection.legal.route"].create(
            {"name": f"Way {count}", "code": f"cockpit{count}", "line_ids": [first]}
        )
        step = self.env["debt.collection.legal.step"].create(
            {
                "case_id": case.id,
                "route_id": route.id,
                "type_id": step_type.id,
                "partner_id": partner and partner.id,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE debt_collection_legal_step
                  SET state = 'ordered', date_ordered = %s WHERE id = %s""",
            [day, step.id],
        )
        self.env.invalidate_all()
        return route

    def _hand(self, case, partner, day, back=None):
        """A hand-over to a partner from a day to another, at midnight his time."""
        agreement = self.env["debt.collection.agreement"].create(
            {
                "name": partner.name,
                "company_id": self.company.id,
                "partner_id": partner.id,
            }
        )
        row = self.env["debt.collection.assignment"]._prepare_for(case, agreement)
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE debt_collection_assignment SET state = %s,
                      moment_handed = %s::timestamp + interval '30 minutes',
                      moment_answered = %s::timestamp WHERE id = %s""",
            [
                "returned" if back else "handed_over",
                f"{day - timedelta(days=1)} 23:00",
                back and f"{back} 12:00",
                row.id,
            ],
        )
        self.env.invalidate_all()

    def test_a_route_is_credited_until_the_next_one(self):
        move = self._make_invoice(75, 1000.0)
        case = self._flag(move)
        days = [TODAY - timedelta(days=n) for n in (60, 50, 40, 30, 20, 10)]
        self._pay(move, 100.0, days[0])
        first = self._start_route(case, days[1])
        self._pay(move, 200.0, days[2])
        second = self._start_route(case, days[3])
        self._pay(move, 50.0, days[3])  # the day of the next one is the first's
        self._pay(move, 300.0, days[4])
        rows = self.Cockpit._read_recovery(self._scope(), "route")
        found = {
            row["id"]: (row["number"], float(row["listed"]), float(row["recovered"]))
            for row in rows
        }
        self.assertEqual(
            found, {first.id: (1, 900.0, 250.0), second.id: (1, 650.0, 300.0)}
        )
        self.assertEqual(self._open("route", [first.id]), case)
        self.assertEqual(len(self.Cockpit._read_recovery(self._scope(30), "route")), 0)
        table = next(t for t in self._dashboard()["recovery"] if t["key"] == "route")
        self.assertEqual({r["name"] for r in table["rows"]}, {first.name, second.name})

    def test_a_partner_is_credited_while_he_has_the_case(self):
        """The agency gives it back, the bailiff gets it by a step; days are local."""
        agency, bailiff = self.env["res.partner"].create(
            [{"name": "Agency"}, {"name": "Bailiff"}]
        )
        move = self._make_invoice(75, 1000.0)
        case = self._flag(move)
        days = [TODAY - timedelta(days=n) for n in (60, 50, 40, 30, 20, 10)]
        self._hand(case, agency, days[0], days[2])
        self._pay(move, 100.0, days[0])  # on the day itself: not his work
        self._pay(move, 200.0, days[1])
        self._pay(move, 300.0, days[3])  # nobody had it
        self._start_route(case, days[4], bailiff)
        self._pay(move, 50.0, days[5])
        rows = self.Cockpit._read_recovery(self._scope(), "partner")
        found = {
            row["id"]: (row["number"], float(row["listed"]), float(row["recovered"]))
            for row in rows
        }
        self.assertEqual(
            found, {agency.id: (1, 900.0, 200.0), bailiff.id: (1, 400.0, 50.0)}
        )
        for partner in (agency, bailiff):
            self.assertEqual(self._open("partner", [partner.id]), case)

    # === CASES === #

    def test_cases_by_phase_and_days_in_it(self):
        self._flag(self._make_invoice(45, 400.0))
        case = self._flag(self._make_invoice(45, 50.0, self.other_debtor))
        case.date_noticed = TODAY - timedelta(days=12)
        self.env.flush_all()
        phases = self.Cockpit._read_phases(self._scope())
        self.assertEqual(phases["amicable"]["number"], 1)
        self.assertEqual(float(phases["amicable"]["amount"]), 400.0)
        self.assertEqual(phases["notice"]["median"], 12)

    # === WHO SEES WHAT === #

    def test_two_companies_are_added_when_their_money_is_the_same(self):
        self._make_invoice(45, 400.0)
        other = self._make_company("Sister SA")
        self.collector.company_ids += other
        moves = self.env["account.move"].with_company(other)
        moves = moves.with_context(allowed_company_ids=[other.id])
        move = moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_date": TODAY - timedelta(days=40),
                "invoice_date_due": TODAY - timedelta(days=10),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": 70.0, "tax_ids": False}
                    )
                ],
            }
        )
        move.action_post()
        both = self.Cockpit.with_user(self.collector).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        self.assertEqual(both.get_dashboard()["ageing"]["total"], 470.0)
        self.assertEqual(self._dashboard()["ageing"]["total"], 400.0)

    def test_a_company_in_other_money_is_left_out_and_named(self):
        self._make_invoice(45, 400.0)
        other = self._make_company("Overseas Inc", "USD")
        self.collector.company_ids += other
        both = self.Cockpit.with_user(self.collector).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        board = both.get_dashboard()
        self.assertEqual(board["ageing"]["total"], 400.0)
        self.assertIn("Overseas Inc", board["left_out"])

    def test_who_is_no_collector_sees_nothing(self):
        clerk = new_test_user(self.env, "dc_clerk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self._dashboard(clerk)

    def test_unknown_periods_are_refused(self):
        with self.assertRaisesRegex(UserError, "7 days: choose one of"):
            self._dashboard(days=7)
        with self.assertRaisesRegex(UserError, "“yesterday” is no day"):
            self._dashboard(end="yesterday")

    def _share(self, debtor, user=None, team=None):
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        row = self.env["debt.collection.portfolio"].search(
            [("partner_id", "=", debtor.id), ("company_id", "=", self.company.id)]
        )
        row.sudo().write({"user_id": user and user.id, "team_id": team and team.id})

    def test_a_collector_begins_with_his_own_debtors(self):
        self._make_invoice(45, 400.0)
        self._make_invoice(45, 70.0, self.other_debtor)
        self.assertEqual(self._dashboard(own=True)["ageing"]["total"], 470.0)
        self._share(self.debtor, self.collector)
        board = self._dashboard(own=True)
        self.assertEqual(board["ageing"]["total"], 400.0)
        self.assertEqual(board["filters"]["user_id"], self.collector.id)
        self._share(self.other_debtor, self.manager)
        board = self._dashboard(self.manager, own=True)
        self.assertEqual(board["ageing"]["total"], 470.0)
        self.assertEqual(board["filters"]["user_id"], 0)

    def test_a_team_and_a_company_filter(self):
        team = self.env["debt.collection.team"].create(
            {"name": "Team", "amount_min": 100}
        )
        self._make_invoice(45, 400.0)
        self._make_invoice(45, 70.0, self.other_debtor)
        self._share(self.debtor, team=team)
        board = self._dashboard(team_id=team.id)
        self.assertEqual(board["ageing"]["total"], 400.0)
        self.assertIn({"id": team.id, "name": "Team"}, board["teams"])
        self.assertEqual(board["companies"], [])
        opened = self._open("overdue", team_id=team.id)
        self.assertEqual(opened.partner_id, self.debtor)
        other = self._make_company("Sister SA")
        self.collector.company_ids += other
        both = self.Cockpit.with_user(self.collector).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        board = both.get_dashboard({"company_id": other.id})
        self.assertEqual(board["ageing"]["total"], 0.0)
        self.assertEqual(board["filters"]["company_id"], other.id)
        self.assertEqual(len(board["companies"]), 2)
        board = both.get_dashboard({"company_id": self.company.id})
        self.assertEqual(board["ageing"]["total"], 470.0)
        with self.assertRaisesRegex(UserError, "Switch this company on"):
            self._dashboard(company_id=other.id)

    def test_a_portfolio_is_that_of_the_company_of_the_record(self):
        """Mine in one company, a colleague's in the other: only mine counts."""
        self._make_invoice(45, 400.0)
        other = self._make_company("Sister SA")
        self.collector.company_ids += other
        self._share(self.debtor, self.manager)
        self.env["debt.collection.portfolio"].create(
            {
                "company_id": other.id,
                "partner_id": self.debtor.id,
                "user_id": self.collector.id,
            }
        )
        both = self.Cockpit.with_user(self.collector).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        filters = {"user_id": self.collector.id}
        self.assertEqual(both.get_dashboard(filters)["ageing"]["total"], 0.0)
        window = both.open_figure("overdue", filters)
        self.assertFalse(both.env[window["res_model"]].search(window["domain"]))

    # === DRILL-DOWN === #

    def test_what_opens_is_what_was_counted(self):
        """Tiles, parts of bars, months and weeks, with and without a portfolio."""
        self._make_invoice(-10, 100.0)
        case = self._flag(self._make_invoice(45, 400.0))
        self._make_invoice(45, 70.0, self.other_debtor)
        self._pay(self._make_invoice(60, 30.0), day=TODAY - timedelta(days=20))
        self._promise(case, 150.0, TODAY + timedelta(days=9))
        self._share(self.debtor, self.collector)
        self._share(self.other_debtor, self.manager)
        for filters, overdue in (({}, 470.0), ({"user_id": self.collector.id}, 400.0)):
            board = self._dashboard(**filters)
            tiles = {tile["key"]: tile["value"] for tile in board["tiles"]}
            self.assertEqual(tiles["overdue"], overdue)
            for key, name in (
                ("overdue", "amount_overdue"),
                ("open", "amount_residual"),
                ("dso_simple", "amount"),
                ("late", "amount"),
            ):
                records = self._open(key, **filters)
                sums = {
                    "overdue": overdue,
                    "open": tiles["open"],
                    "dso_simple": float(self._flows(filters)["sales"]),
                    "late": overdue + 30.0,
                }
                with self.subTest(key, **filters):
                    self.assertAlmostEqual(sum(records.mapped(name)), sums[key], 2)
            self._check_bars(board, filters)

    def _flows(self, filters):
        return self.Cockpit._read_flows(self.Cockpit._get_scope(filters))

    def _check_bars(self, board, filters):
        for standing in board["ageing"]["standings"]:
            for bucket, amount in zip(
                board["ageing"]["buckets"], standing["amounts"], strict=True
            ):
                part = [bucket["key"], standing["key"]]
                records = self._open("ageing", part, **filters)
                with self.subTest(part, **filters):
                    self.assertEqual(sum(records.mapped("amount_residual")), amount)
        for index, month in enumerate(board["trend"]):
            for key, name in (("sales", "amount"), ("collected", "balance")):
                records = self._open(f"month_{key}", [index], **filters)
                with self.subTest(key, month=month["label"]):
                    found = abs(sum(records.mapped(name)))
                    self.assertAlmostEqual(found, month[key], 2)
            lines = self._open("month_receivable", [index], **filters)
            self.assertAlmostEqual(sum(lines.mapped("balance")), month["receivable"], 2)
            late = self._open("month_overdue", [index], **filters)
            self.assertAlmostEqual(sum(late.mapped("amount")), month["overdue"], 2)
        for week, row in enumerate(board["expected"]["weeks"]):
            habits = self._open("expected", ["habit", week], **filters)
            self.assertEqual(sum(habits.mapped("amount_residual")), row["habit"])
            plans = self._open("expected", ["promise", week], **filters)
            self.assertEqual(sum(plans.mapped("amount_left")), row["promise"])
        rest = self._open("expected", **filters)
        self.assertEqual(
            sum(rest.mapped("amount_residual")), board["expected"]["later"]
        )

    def test_a_reason_opens_who_gave_it(self):
        case = self._flag(self._make_invoice(45, 400.0))
        outcome = self.env["debt.collection.outcome"].search([], limit=1)
        contact = self.env["debt.collection.contact"].create(
            {
                "case_id": case.id,
                "channel": "call",
                "outcome_id": outcome.id,
                "reason": "cash",
                "moment": f"{TODAY} 10:00:00",
            }
        )
        reason = self.env["debt.collection.dispute.reason"].search([], limit=1)
        dispute = self.env["debt.collection.dispute"].create(
            {
                "case_id": case.id,
                "reason_id": reason.id,
                "date": TODAY,
                "line_ids": [
                    Command.create({"claim_id": case.claim_ids.id, "amount": 10})
                ],
            }
        )
        rows = self._dashboard()["reasons"]
        opened = [self._open("reason", row["part"]) for row in rows]
        self.assertEqual(
            {(records._name, records.id) for records in opened},
            {(contact._name, contact.id), (dispute._name, dispute.id)},
        )

    def test_the_list_shows_what_the_figure_counts(self):
        self._make_invoice(-10, 100.0)
        self._make_invoice(45, 400.0)
        self._pay(self._make_invoice(45, 70.0), day=TODAY)
        Analysis = self.env["debt.collection.analysis"].with_user(self.collector)
        rows = Analysis.search([("is_open", "=", True), ("bucket", "=", "d060")])
        self.assertEqual(rows.mapped("amount_residual"), [400.0])
        groups = Analysis._read_group([], ["bucket"], ["amount_residual:sum"])
        self.assertEqual(dict(groups), {"d000": 100.0, "d060": 400.0})
        self.assertEqual(sum(Analysis.search([]).mapped("amount")), 570.0)

    # === QUERIES === #

    def test_queries_do_not_grow_with_the_ledger(self):
        self._make_invoice(45, 400.0)
        self._run()
        few = self._count_queries()
        for number in range(12):
            partner = self._make_debtor(f"Debtor{number} SA")
            self._make_invoice(45, 400.0, partner)
        self._run()
        self.assertEqual(self._count_queries(), few)

    def _count_queries(self):
        self.env.flush_all()
        self._dashboard()
        before = self.env.cr.sql_log_count
        self._dashboard()
        return self.env.cr.sql_log_count - before

    # === WORD AND MONEY === #

    def _promise(self, case, amount, day):
        plan = self.env["debt.collection.plan"].create(
            {
                "case_id": case.id,
                "kind": "promise",
                "amount": amount,
                "line_ids": [Command.create({"date": day, "amount": amount})],
            }
        )
        plan.with_user(self.collector).action_propose()
        if plan.state == "offered":
            plan.with_user(self.collector).action_accept()
        return plan

    def test_what_is_promised_is_expected_on_its_day(self):
        case = self._flag(self._make_invoice(45, 400.0))
        plan = self._promise(case, 400.0, TODAY + timedelta(days=9))
        self.assertIn(plan.state, ("accepted", "running"))
        self._make_invoice(20, 70.0, self.other_debtor)
        ageing = self.Cockpit._read_ageing(self._scope())
        self.assertEqual(float(ageing["amounts"]["promise", "d060"]), 400.0)
        expected = self.Cockpit._read_expected(self._scope())
        found = {key: float(amount) for key, amount in expected.items()}
        self.assertEqual(found, {("promise", 1): 400.0, ("habit", None): 70.0})

    def test_items_are_expected_at_the_debtors_pace(self):
        for _number in range(3):
            self._pay(self._make_invoice(60, 10.0), day=TODAY - timedelta(days=40))
        self._make_invoice(4, 70.0)
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        his = [("partner_id", "=", self.debtor.id)]
        row = self.env["debt.collection.portfolio"].search(his)
        self.assertEqual(row.days_late, 16.0)
        expected = self.Cockpit._read_expected(self._scope())
        self.assertEqual(
            {key: float(amount) for key, amount in expected.items()},
            {("habit", 1): 70.0},
        )

    def test_money_counts_for_cases_once_they_are_open(self):
        case = self._flag(self._make_invoice(45, 400.0))
        move = self._make_invoice(50, 100.0, self.other_debtor)
        self._pay(move, day=TODAY)
        self._pay(case.claim_ids.move_id, 150.0, TODAY)
        found = self.Cockpit._read_case_money(self._scope())
        self.assertEqual(float(found), 150.0)
        costs = self.Cockpit._read_costs(self._scope())
        self.assertEqual({key: float(x) for key, x in costs.items() if x}, {})

    def test_what_waits_for_a_yes(self):
        """A cost, a plan and a write-off, at what they are worth to the company."""
        case = self._flag(self._make_invoice(45, 400.0))
        francs = self._use_francs()
        move = self._make_invoice(45, 110.0, currency_id=francs.id)
        foreign = self._flag(move)
        for number, one in enumerate((case, foreign)):
            self.env["debt.collection.plan"].create(
                {
                    "case_id": one.id,
                    "kind": "plan",
                    "amount": 100 * (number + 1.1),
                    "line_ids": [
                        Command.create({"date": TODAY, "amount": 100 * (number + 1.1)})
                    ],
                }
            )._set({"state": "to_approve"})
            self.env["debt.collection.write.off"].create(
                {"case_id": one.id, "reason": "Nothing to seize"}
            )
        case._request_cost(
            {
                "type_id": self.env.ref("debt_collection.cost_type_act").id,
                "partner_id": self.env["res.partner"].create({"name": "Bailiff"}).id,
                "amount_net": 50.0,
            }
        )
        off = self.env["debt.collection.write.off"].search([])
        self.assertEqual(sum(off.mapped("amount")), 510.0)
        found = self.Cockpit._read_approvals(self._scope())
        found = {key: (count, float(x)) for key, (count, x) in found.items()}
        costs = self.env["debt.collection.cost"].search([])
        self.assertEqual(found["cost"], (1, costs.amount_estimate))
        self.assertEqual(found["plan"], (2, 300.91))  # 110 and 210 ÷ 1.1
        self.assertEqual(found["write_off"], (2, 500.0))
        rows = {row["key"]: row for row in self._dashboard()["approvals"]}
        for key, row in rows.items():
            records = self._open(key)
            with self.subTest(key):
                self.assertEqual((row["number"], len(records)), (len(records),) * 2)

    def _open(self, key, part=(), user=None, **filters):
        """The records that a figure opens, as the screen asks for them."""
        cockpit = self.Cockpit.with_user(user or self.collector)
        window = cockpit.open_figure(key, filters, part)
        model = self.env[window["res_model"]].with_user(user or self.collector)
        return model.search(window["domain"])

    def test_promises_kept_of_those_judged(self):
        promises = {("promise", "kept"): 2, ("promise", "broken"): 1}
        promises["plan", "kept"] = 1
        self.assertEqual(float(self.Cockpit._get_kept(promises)), 75.0)
        self.assertEqual(float(self.Cockpit._get_kept(promises, "promise")), 66.7)
        self.assertIsNone(self.Cockpit._get_kept({}))

    def test_every_figure_opens_its_records(self):
        self._make_invoice(45, 400.0)
        board = self._dashboard()
        cockpit = self.Cockpit.with_user(self.collector)
        for tile in board["tiles"]:
            window = cockpit.open_figure(tile["key"], {"days": 90})
            records = self.env[window["res_model"]].with_user(self.collector)
            records.search(window["domain"])
        keys = ("phase", "step", "policy", "approvals_cost", "credit", "billed")
        for key in (*keys, "recovered", "lost", "route", "partner"):
            self._open(key, [1])
        window = cockpit.open_figure("ageing", {}, ["d060"])
        rows = self.env["debt.collection.analysis"].with_user(self.collector)
        self.assertEqual(
            rows.search(window["domain"]).mapped("amount_residual"), [400.0]
        )
        with self.assertRaisesRegex(UserError, "no figure “nope”"):
            cockpit.open_figure("nope")
