from datetime import timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWorklist(CollectionCommon):
    """The desk's lists with their counts, early calls, the bank, first letters."""

    def _counts(self):
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        return {row["key"]: row["count"] for row in desk.get_home()["lists"]}

    def _status(self):
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        desk = desk.with_company(self.company)
        return " ".join(row["text"] for row in desk.get_home()["status"])

    # === THE LISTS === #

    def test_empty_desk(self):
        self.assertEqual(set(self._counts().values()), {0})

    def test_each_list_counts_what_it_opens(self):
        self.policy.mode = "review"
        self._make_invoice(10)
        self._make_invoice(2, partner=self.other_debtor)
        lost = self._make_debtor("Lost SA", email=False, street=False)
        self._make_invoice(2, partner=lost).action_toggle_block_payment()
        self._run()
        case = self.env["debt.collection.case"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        case.user_id = self.collector
        counts = self._counts()
        expected = {"review": 1, "mine": 1, "no_address": 0, "waiting": 2, "blocked": 0}
        self.assertEqual({key: counts[key] for key in expected}, expected)
        desk = self.env["debt.collection.desk"].with_user(self.collector)
        for key, number in counts.items():
            action = desk.open_worklist(key)
            if action["type"] == "ir.actions.act_window" and "res_model" in action:
                model = self.env[action["res_model"]].with_user(self.collector)
                domain = action.get("domain") or []
                if isinstance(domain, list):
                    self.assertEqual(model.search_count(domain), number, key)

    def test_no_address(self):
        lost = self._make_debtor("Lost SA", email=False, street=False)
        self._make_invoice(2, partner=lost)
        self._run()
        self.assertEqual(self._counts()["no_address"], 1)
        self.env["res.partner"].create(
            {
                "name": "Books",
                "type": "invoice",
                "parent_id": lost.id,
                "email": "b@x.example",
            }
        )
        self.assertEqual(self._counts()["no_address"], 0)

    def test_calls_failures_and_what_is_blocked(self):
        self.policy.step_ids.write({"by_email": False, "by_call": True})
        self._make_invoice(10)
        self._run()
        self.env["debt.collection.action"].search([])._dispatch()
        self.policy.step_ids.write({"by_email": True, "by_call": False})
        mute = self._make_debtor("Mute SA", email=False)
        self._make_invoice(10, partner=mute)
        self._make_invoice(10, partner=self.other_debtor)
        self.other_debtor.debt_collection_excluded = True
        self._run()
        failing = self.env["debt.collection.action"].search(
            [("partner_id", "=", mute.id)]
        )
        failing._dispatch()
        self._run()
        counts = self._counts()
        lists = ("call", "failed", "trouble")
        self.assertEqual({key: counts[key] for key in lists}, dict.fromkeys(lists, 1))
        blocked = self.env["debt.collection.desk"].open_worklist("blocked")
        accounts = self.env["debt.collection.account"].search(blocked["domain"])
        self.assertIn(self.other_debtor, accounts.partner_id)

    def test_cases_by_stage_and_next_actions_by_day(self):
        Case = self.env["debt.collection.case"].with_user(self.collector)
        kanban = etree.fromstring(Case.get_view(view_type="kanban")["arch"])
        self.assertEqual(kanban.get("default_group_by"), "phase")
        for model in (Case, self.env["debt.collection.account"]):
            calendar = etree.fromstring(model.get_view(view_type="calendar")["arch"])
            self.assertEqual(calendar.get("date_start"), "next_date")
        form = etree.fromstring(Case.get_view(view_type="form")["arch"])
        self.assertTrue(form.xpath("//field[@name='ladder']"))

    def test_what_is_typed_finds_number_debtor_and_reference(self):
        self.debtor.ref = "CUST-77"
        case = self._flag(self._make_invoice(20))
        Case = self.env["debt.collection.case"].with_user(self.collector)
        search = etree.fromstring(Case.get_view(view_type="search")["arch"])
        first = search.xpath("//field")[0]
        for text in (case.name, self.debtor.name, "cust-77"):
            domain = safe_eval(first.get("filter_domain"), {"self": text})
            self.assertEqual(Case.search(domain), case, text)

    def test_unknown_list(self):
        with self.assertRaisesRegex(UserError, "no working list"):
            self.env["debt.collection.desk"].open_worklist("nope")

    def test_the_desk_says_how_fresh_the_bank_is(self):
        self.assertNotIn("Bank reconciled", self._status())
        self._pay(self._make_invoice(40), day=TODAY - timedelta(days=2))
        self.assertIn("Bank 03/14/2026", self._status())
        self.company.debt_collection_bank_days = 1
        self.assertIn("reconciled up to 03/14/2026 only", self._status())
        self.company.debt_collection_paused = True
        self.assertIn("paused", self._status())

    def test_the_desk_says_when_the_run_is_in_trouble(self):
        self.env.ref("debt_collection.ir_cron_run").active = False
        self.assertIn("The daily run fails", self._status())

    # === WHY NOT, EVERYWHERE === #

    def test_item_case_and_debtor_say_the_same(self):
        case = self._flag(self._make_invoice(3))
        self._run(TODAY)
        self._mark_sent(case.action_ids)
        self._run(TODAY + timedelta(days=1))
        item = case.claim_ids.move_line_id
        sentence = "“Two” comes on 03/28/2026."
        self.assertEqual(
            [item.debt_collection_why_not, case.why_not, case.account_id.why_not],
            [sentence] * 3,
        )
        self.assertEqual(case.next_date, TODAY + timedelta(days=12))
        found = self.env["debt.collection.case"].search(
            [("next_date", "=", TODAY + timedelta(days=12))]
        )
        self.assertIn(case, found)

    def test_calendar_names_the_debtor(self):
        case = self._flag(self._make_invoice(3))
        self.assertEqual(case.display_name, case.name)
        shown = case.with_context(collection_show_debtor=True).display_name
        self.assertEqual(shown, f"{case.name} · Debtor SRL")

    # === THE FIRST LETTER === #

    def test_first_letter_of_a_flagged_claim_leaves_within_two_working_days(self):
        """Whatever the weekday it is flagged on; else the screen says why not."""
        for offset in range(7):
            day = TODAY + timedelta(days=offset)
            partner = self._make_debtor(f"Debtor{offset} SA")
            move = self._make_invoice(2, partner=partner)
            with freeze_time(day):
                case = self._flag(move)
            for wait in range(5):
                self._run(day + timedelta(days=wait))
            [action] = case.action_ids
            with self.subTest(day=day):
                working = [
                    n
                    for n in range((action.date - day).days)
                    if (day + timedelta(days=n + 1)).weekday() < 5
                ]
                self.assertLessEqual(len(working), 2)

    def test_or_the_screen_says_why_not(self):
        def held(case):
            case.action_hold()
            self.env["debt.collection.hold"].create(
                {
                    "account_id": case.account_id.id,
                    "reason": "asked for time",
                    "date_start": TODAY,
                }
            )

        def blocked(case):
            case.claim_ids.move_id.action_toggle_block_payment()

        def excluded(case):
            debtor = case.partner_id.with_company(self.company)
            debtor.debt_collection_excluded = True

        def bankless(case):
            self.company.debt_collection_bank_days = 3

        reasons = (
            (held, "asked for time"),
            (blocked, "blocked for payment"),
            (excluded, "excluded from collection"),
            (bankless, "match its lines first"),
        )
        for number, (happen, words) in enumerate(reasons):
            partner = self._make_debtor(f"Debtor{number} SA")
            case = self._flag(self._make_invoice(2, partner=partner))
            happen(case)
            if happen is not bankless:
                for wait in range(4):
                    self._run(TODAY + timedelta(days=wait))
            with self.subTest(words):
                self.assertFalse(case.action_ids)
                self.assertIn(words, case.why_not)

    # === EARLY CALLS === #

    def _pay_late(self, partner, days):
        move = self._make_invoice(60, partner=partner)
        self._pay(move, day=TODAY - timedelta(days=60 - days))

    def test_early_calls_are_for_those_who_pay_late(self):
        self._pay_late(self.debtor, 30)
        self._pay_late(self.other_debtor, 2)
        soon = self._make_invoice(-5)
        self._make_invoice(-5, partner=self.other_debtor)
        self._make_invoice(-40)
        self._make_invoice(3)
        Move = self.env["account.move"].with_user(self.collector)
        early = Move._get_early_contacts(self.company, TODAY)
        self.assertEqual(early, soon)
        self.assertEqual(early.debt_collection_days_late, 30)
        self.assertEqual(self._counts()["early"], 1)
        action = Move.with_company(self.company).action_collection_early()
        self.assertEqual(Move.with_company(self.company).search(action["domain"]), soon)
        self.debtor.debt_collection_written_only = True
        self.assertFalse(Move._get_early_contacts(self.company, TODAY))

    def _find_early(self):
        Move = self.env["account.move"].with_user(self.collector)
        Move.invalidate_model()
        return Move.with_company(self.company).search([("is_collection_early", "=", 1)])

    def test_a_large_invoice_is_worth_a_call_whoever_owes_it(self):
        large = self._make_invoice(-5, 5000)
        self._make_invoice(-5, 4999)
        self.assertFalse(self._find_early())
        self.company.debt_collection_early_amount = 5000
        self.assertEqual(self._find_early(), large)
        self.assertEqual(large.debt_collection_early_why, "a large amount")
        self.assertTrue(large.with_company(self.company).is_collection_early)

    def test_a_planned_call_takes_the_invoice_off_the_list(self):
        self._pay_late(self.debtor, 30)
        soon = self._make_invoice(-5)
        other = self._make_invoice(-6)
        self.assertEqual(self._find_early(), soon + other)
        self.env["debt.collection.portfolio"]._refresh(self.company, TODAY)
        row = self.env["debt.collection.portfolio"].search(
            [("company_id", "=", self.company.id), ("partner_id", "=", self.debtor.id)]
        )
        row.user_id = self.manager
        stranger = new_test_user(
            self.env, "dc_seller", groups="account.group_account_readonly"
        )
        with self.assertRaises(AccessError):
            soon.with_user(stranger).action_collection_plan_call()
        soon.with_user(self.collector).action_collection_plan_call()
        activity = soon.activity_ids
        self.assertEqual(activity.activity_type_id.category, "phonecall")
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, TODAY)
        self.assertEqual(self._find_early(), other)
        other.with_user(self.collector).action_collection_plan_mail()
        self.assertFalse(self._find_early())
        activity.unlink()
        self.assertEqual(self._find_early(), soon, "nobody called after all")
        soon.with_user(self.collector).action_collection_plan_call()
        soon.activity_ids.with_user(self.manager).action_feedback("He pays on Friday")
        self.assertFalse(soon.activity_ids)
        self.assertFalse(self._find_early())

    def test_whom_a_letter_reached_needs_no_early_call(self):
        self._pay_late(self.debtor, 30)
        self.policy.step_ids[0].write({"delay": -7, "opens_case": False})
        soon = self._make_invoice(-5)
        self.assertEqual(self._find_early(), soon)
        self._run()
        self.assertFalse(self._find_early())
