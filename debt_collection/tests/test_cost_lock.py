import itertools
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .cost import CostCommon

# Who tries what: each role where another answer could come of it
STEPS = (
    ("action_request", "collector"),
    ("action_request", "accountant"),
    ("action_draft", "collector"),
    ("action_approve", "collector"),
    ("action_approve", "accountant"),
    ("action_approve", "director"),
    ("action_engage", "collector"),
    ("action_cancel", "collector"),
    ("action_approve_more", "collector"),
    ("action_approve_more", "accountant"),
    ("_post", "bookkeeper"),
    ("_refuse", "accountant"),
    ("_expire", "collector"),
    ("_perform", "collector"),
)
SILENT = ("odoo.addons.base.models", "odoo.sql_db", "odoo.models")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostLock(CostCommon):
    """No path to an order or to a posted bill without the yes of somebody else."""

    # === BILLS === #

    def test_within_the_approval_a_bill_is_posted(self):
        cost = self._engaged(200)
        self._bill((cost, 200, "Act"))._post()
        self.assertEqual((cost.state, cost.amount_billed), ("billed", 200.0))
        self._bill((cost, 20, "Copies"))._post()
        with self.assertRaisesRegex(
            UserError,
            r"(?s)approved .*200.00.*billed before .*220.00.*this bill .*1.00",
        ):
            self._bill((cost, 1, "Stamp"))._post()

    def test_beyond_it_no_path_posts_it(self):
        cost = self._engaged(200)
        bill = self._bill((cost, 300, "Act"))
        for post in (
            bill.action_post,
            bill._post,
            lambda: bill.with_user(self.accountant).action_post(),
            lambda: bill.with_user(self.bookkeeper).action_post(),
            lambda: bill.sudo()._post(soft=False),
            lambda: self.env["validate.account.move"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({})
            .validate_move(),
        ):
            with self.assertRaisesRegex(UserError, "too much"):
                post()
            self.assertEqual(bill.state, "draft")
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create(
                        {
                            "name": "By the back door",
                            "account_id": bill.invoice_line_ids.account_id.id,
                            "balance": 300,
                            "debt_collection_cost_id": cost.id,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Other side",
                            "account_id": bill.line_ids.filtered(
                                lambda line: line.account_type == "liability_payable"
                            ).account_id.id,
                            "balance": -300,
                        }
                    ),
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "too much"):
            entry.action_post()

    def test_one_bill_for_many_cases(self):
        one = self._engaged(200)
        other = self._flag(self._make_invoice(75, 900, self.other_debtor))
        self._check_solvency(self.other_debtor)
        two = self._engaged(100, case=other.with_user(self.env.user))
        bill = self._bill((one, 200, "One"), (two, 150, "Two"), (None, 30, "Paper"))
        with self.assertRaisesRegex(UserError, f"{two.order_number}.*too much"):
            bill._post()
        bill.invoice_line_ids[1].price_unit = 100
        bill._post()
        self.assertEqual((one.amount_billed, two.amount_billed), (200.0, 100.0))

    def test_two_lines_of_one_bill_count_together(self):
        cost = self._engaged(200)
        with self.assertRaisesRegex(UserError, "too much"):
            self._bill((cost, 150, "Act"), (cost, 150, "Act"))._post()
        bills = self._bill((cost, 150, "A")) + self._bill((cost, 150, "B"))
        with self.assertRaisesRegex(UserError, "too much"):
            bills._post()

    def test_a_credit_note_lowers_what_is_billed(self):
        cost = self._engaged(200)
        bill = self._bill((cost, 200, "Act"))
        bill._post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "date": TODAY})
        )
        wizard.reverse_moves()
        refund = self.env["account.move"].search(
            [("reversed_entry_id", "=", bill.id)], limit=1
        )
        self.assertEqual(refund.invoice_line_ids.debt_collection_cost_id, cost)
        refund._post()
        self.assertEqual(cost.amount_billed, 0.0)
        self._bill((cost, 210, "Act, corrected"))._post()
        self.assertEqual(cost.amount_billed, 210.0)

    def test_a_bill_before_the_order_is_refused(self):
        for cost in (self._request(), self._approve(self._request())):
            with self.assertRaisesRegex(UserError, "only what was ordered"):
                self._bill((cost, 10, "Act"))._post()

    def test_the_difference_needs_a_new_yes_in_one_click(self):
        cost = self._engaged(200)
        bill = self._bill((cost, 300, "Act"))
        self.assertTrue(bill.debt_collection_cost_more)
        with self.assertRaises(AccessError), mute_logger(*SILENT):
            bill.with_user(self.bookkeeper).action_approve_costs()
        with self.assertRaisesRegex(AccessError, "Only an Approver"):
            cost.with_user(self.collector).action_approve_more()
        bill.with_user(self.accountant).action_approve_costs()
        self.assertEqual((cost.amount_approved, cost.amount_limit), (300.0, 300.0))
        self.assertFalse(bill.debt_collection_cost_more)
        bill._post()
        self.assertIn("cost_more_approved", self._kinds())
        with self.assertRaisesRegex(UserError, "any more"):
            cost.with_user(self.accountant).action_approve_more()

    def test_who_asks_for_the_difference_does_not_grant_it(self):
        cost = self._engaged(200)
        self._bill((cost, 300, "Act"))
        cost.with_user(self.accountant).action_request_more()
        self.assertEqual((cost.amount_more, cost.asked_id), (80.0, self.director))
        with self.assertRaisesRegex(UserError, "your own request"):
            cost.with_user(self.accountant).action_approve_more()
        cost.with_user(self.director).action_approve_more()
        self.assertEqual((cost.amount_limit, cost.amount_more), (300.0, 0.0))

    def test_the_difference_obeys_the_ceiling(self):
        cost = self._engaged(200)
        self._bill((cost, 600, "Act"))
        with self.assertRaisesRegex(UserError, "your ceiling is .*dc_director"):
            cost.with_user(self.accountant).action_approve_more()

    def test_another_currency_counts_at_the_day_of_the_bill(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "name": TODAY,
                "rate": 1.25,
                "company_id": self.company.id,
            }
        )
        cost = self._engaged(200)
        with self.assertRaisesRegex(UserError, "this bill .*240.00"):
            self._bill((cost, 300, "Act"), currency_id=dollar.id)._post()
        self._bill((cost, 250, "Act"), currency_id=dollar.id)._post()
        self.assertEqual(cost.amount_billed, 200.0)

    def test_vat_counts_where_it_is_lost(self):
        tax = self.env["account.tax"].create(
            {
                "name": "21 %",
                "amount": 21,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
                "country_id": self.company.account_fiscal_country_id.id,
            }
        )
        plain = self._engaged(100)
        bill = self._bill((plain, 100, "Act"))
        bill.invoice_line_ids.tax_ids = tax
        bill._post()
        self.assertEqual(plain.amount_billed, 100.0)
        self.company.debt_collection_cost_vat = True
        cost = self._engaged(100)
        self.assertEqual((cost.amount_estimate, cost.amount_limit), (121.0, 133.1))
        bill = self._bill((cost, 100, "Act"))
        bill.invoice_line_ids.tax_ids = tax
        bill._post()
        self.assertEqual(cost.amount_billed, 121.0)

    def test_a_bill_for_another_partner_case_or_company(self):
        cost = self._engaged(200)
        bill = self._bill((cost, 100, "Act"), partner_id=self.other_debtor.id)
        with self.assertRaisesRegex(UserError, "was ordered from Bailiff & Partners"):
            bill._post()
        second = self._engaged(100)
        bill = self._bill((cost, 100, f"Act {second.order_number}"))
        with self.assertRaisesRegex(UserError, "link it to the cost it names"):
            bill._post()
        other = self._make_company("Other SA")
        self.env.user.company_ids |= other
        both = self.env(context={"allowed_company_ids": [other.id, self.company.id]})
        bill = (
            both["account.move"]
            .with_company(other)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.bailiff.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Act",
                                "price_unit": 10,
                                "tax_ids": [Command.clear()],
                                "debt_collection_cost_id": cost.id,
                            }
                        )
                    ],
                }
            )
        )
        with self.assertRaisesRegex(UserError, "its bill belongs there"):
            bill._post()

    def test_a_sales_invoice_bills_no_cost(self):
        cost = self._engaged(200)
        move = self._bill((cost, 10, "Act"), move_type="out_invoice")
        with self.assertRaisesRegex(UserError, "only a vendor bill"):
            move._post()

    def test_bills_find_their_costs_by_the_order_number(self):
        one, two = self._engaged(200), self._engaged(100)
        bill = self._bill(
            (None, 200, f"Service {one.order_number}"),
            (None, 100, f"our ref. {two.order_number.lower()}, copies"),
            (None, 5, "Stamp"),
        )
        bill.with_user(self.bookkeeper).action_match_costs()
        linked = [line.debt_collection_cost_id for line in bill.invoice_line_ids]
        self.assertEqual(linked, [one, two, self.Cost])
        bill._post()
        again = self._bill((None, 10, "Act"), ref=f"Dossier {one.order_number}")
        with self.assertRaisesRegex(UserError, "no line is linked to it"):
            again._post()
        again.action_match_costs()
        self.assertEqual(again.invoice_line_ids.debt_collection_cost_id, one)
        with self.assertRaisesRegex(UserError, "No order number stands"):
            self._bill((None, 10, f"{one.order_number}7")).action_match_costs()

    def test_a_posted_line_keeps_its_cost(self):
        cost, other = self._engaged(200), self._engaged(200)
        bill = self._bill((cost, 200, "Act"))
        bill._post()
        with self.assertRaisesRegex(UserError, "reset it to draft"):
            bill.invoice_line_ids.debt_collection_cost_id = other
        bill.button_draft()
        self.assertEqual((cost.amount_billed, cost.state), (0.0, "engaged"))
        bill.invoice_line_ids.debt_collection_cost_id = other
        bill._post()
        self.assertEqual(other.amount_billed, 200.0)

    def test_the_database_holds_the_limit_too(self):
        cost = self._engaged(200)
        self.env.flush_all()
        for change in (
            "amount_billed = amount_limit + 1",
            "approver_id = requester_id",
            "stage = 'draft'",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, "violates check constraint"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    f"UPDATE debt_collection_cost SET {change} WHERE id = %s",  # pylint: disable=sql-injection
                    (cost.id,),
                )

    # === EVERY PATH === #

    def test_no_write_reaches_what_a_decision_holds(self):
        """Each role, each field, each stage: by write, create, import and copy."""
        users = (self.collector, self.manager, self.accountant, self.director)
        values = {
            "stage": "engaged",
            "state": "engaged",
            "approver_id": self.director.id,
            "requester_id": self.manager.id,
            "editor_id": self.manager.id,
            "first_approver_id": self.director.id,
            "amount_approved": 200.0,
            "amount_limit": 9999.0,
            "amount_billed": 0.5,
            "amount_recovered": 5.0,
            "order_number": "ORD/1",
            "date_approved": TODAY,
            "date_expiry": TODAY,
            "date_performed": TODAY,
            "standing_id": 1,
            "reason_overrule": "x",
            "with_vat": True,
            "amount_more": 10.0,
        }
        self.assertLessEqual(set(values), set(self.Cost._fields))
        costs = [
            self.Cost.with_user(self.collector).create(self._vals()),
            self._request(),
            self._approve(self._request()),
        ]
        before = [(cost.stage, cost.amount_approved) for cost in costs]
        for user, cost, (name, value) in itertools.product(
            (*users, self.env.ref("base.user_admin")), costs, values.items()
        ):
            for forged in ({}, {"debt_collection_token": True}):
                record = cost.with_user(user).with_context(**forged)
                with (
                    self.subTest(user=user.login, stage=cost.stage, field=name),
                    self.assertRaises(UserError),
                ):
                    record.write({name: value})
        for user, (name, value) in itertools.product(users, values.items()):
            with (
                self.subTest(user=user.login, created=name),
                self.assertRaises(UserError),
            ):
                self.Cost.with_user(user).create({**self._vals(), name: value})
        self.assertEqual(before, [(cost.stage, cost.amount_approved) for cost in costs])

    def _vals(self):
        return {
            "case_id": self.case.id,
            "type_id": self.act.id,
            "partner_id": self.bailiff.id,
            "amount_net": 200.0,
        }

    def test_an_import_makes_drafts_only(self):
        names = ["case_id/.id", "type_id/.id", "amount_net", "stage", "order_number"]
        rows = [[str(self.case.id), str(self.act.id), "150", "engaged", "ORD/9"]]
        result = self.Cost.with_user(self.manager).load(names, rows)
        self.assertFalse(result["ids"])
        self.assertIn("follows from a decision", result["messages"][0]["message"])
        result = self.Cost.with_user(self.manager).load(
            names[:3], [row[:3] for row in rows]
        )
        cost = self.Cost.browse(result["ids"])
        self.assertEqual((cost.state, cost.amount_estimate), ("draft", 150.0))

    def test_a_copy_is_a_draft(self):
        cost = self._performed(200)
        self._bill((cost, 200, "Act"))._post()
        copy = cost.with_user(self.collector).copy()
        self.assertRecordValues(
            copy,
            [
                {
                    "stage": "draft",
                    "state": "draft",
                    "approver_id": False,
                    "requester_id": False,
                    "order_number": False,
                    "amount_approved": 0.0,
                    "amount_limit": 0.0,
                    "amount_billed": 0.0,
                    "date_performed": False,
                }
            ],
        )

    def test_no_walk_reaches_an_order_without_anothers_yes(self):
        """Every way through the states by every role, until nothing new is reached.

        Whatever is ordered or billed afterwards has the yes of an approver with the
        right ceiling who is not the one who asked.
        """
        cost = self.Cost.with_user(self.collector).create(self._vals())
        bill = self._bill((cost, 300, "Act"))  # beyond the limit of 220
        seen = set()
        self._walk(cost, bill, seen)
        reached = {signature[0] for signature in seen}
        self.assertEqual(
            reached,
            {
                "draft",
                "requested",
                "refused",
                "approved",
                "expired",
                "engaged",
                "cancelled",
            },
        )
        self.assertIn(300.0, {signature[-1] for signature in seen})

    def _walk(self, cost, bill, seen):
        cost = cost.with_user(self.env.user)
        signature = (
            cost.stage,
            cost.requester_id,
            cost.editor_id,
            cost.first_approver_id,
            cost.approver_id,
            cost.more_requester_id,
            bool(cost.date_performed),
            cost.amount_limit,
            cost.amount_billed,
        )
        if signature in seen:
            return
        seen.add(signature)
        self._check_yes(cost)
        for verb, login in STEPS:
            with self.env.cr.savepoint() as savepoint:
                if self._try(cost, bill, verb, getattr(self, login)):
                    self._walk(cost, bill, seen)
                savepoint.rollback()
            self.env.invalidate_all()

    def _try(self, cost, bill, verb, user):
        """Whether a step was let through."""
        try:
            with self.env.cr.savepoint():
                mine = cost.with_user(user)
                if verb == "_post":
                    bill.with_user(user).action_post()
                elif verb == "_refuse":
                    mine._refuse("not now")
                elif verb == "_perform":
                    mine._perform(TODAY)
                elif verb == "_expire":  # the time that passes asks nobody
                    self.Cost._expire(self.company, TODAY + timedelta(days=400))
                else:
                    getattr(mine, verb)()
        except (UserError, AccessError, ValidationError):
            self.env.invalidate_all()
            return False
        return True

    def _check_yes(self, cost):
        self.assertEqual(bool(cost.order_number), bool(cost.date_engaged))
        self.assertLessEqual(cost.amount_billed, cost.amount_limit)
        if cost.stage not in ("approved", "engaged"):
            return
        ceiling = self.env["debt.collection.cost.ceiling"]._get_ceiling(
            cost.approver_id, self.company
        )
        self.assertLessEqual(cost.amount_approved, ceiling)
        self.assertNotEqual(cost.approver_id, cost.requester_id)
        yes = cost.case_id.event_ids.filtered(
            lambda event: event.kind in ("cost_approved", "cost_more_approved")
        ).sorted("seq")
        self.assertEqual(yes[-1:].author, cost.approver_id.login)

    def test_a_request_is_deleted_as_a_draft_only(self):
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            self._request().with_user(self.collector).unlink()
        self.Cost.with_user(self.collector).create(self._vals()).unlink()

    # === TWO AT ONCE === #

    def test_two_people_at_once_get_one_yes(self):
        """The row is held: who comes second is told so and nothing is doubled."""
        cost = self._request()

        def refuse(self, **options):
            raise LockError("held")

        self.patch(type(self.Cost), "lock_for_update", refuse)
        with self.assertRaisesRegex(UserError, "Somebody else is deciding"):
            self._approve(cost)
        self.assertEqual(cost.state, "requested")
