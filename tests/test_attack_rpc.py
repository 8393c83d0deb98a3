"""What somebody of the house may try from outside: fields, names, searches, verbs.

Every call goes the way that the web client and every kind of RPC go (`call_kw`); one
test sends it over HTTP as well.
"""

import base64
import sys
from datetime import date
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import DataError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import LOG_ACCESS_COLUMNS
from odoo.service.model import call_kw
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.models import debt_collection_lock as lock
from odoo.addons.debt_collection.tests.common import TODAY, CollectionCommon

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT / "setup" / "dev", ROOT / "tests"):
    sys.path.insert(0, str(folder))
import access  # noqa: E402
from test_access import Sampler, Undo  # noqa: E402

LOUD = (
    "odoo.sql_db",
    "odoo.http",
    "odoo.models",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
)
REFUSED = (AccessError, UserError, ValidationError)
#: read-only on the screen, and yet free to whoever may write the row: with the reason
OPEN = {}
HOSTILE = (
    "'; DROP TABLE debt_collection_case; --",
    '" OR 1=1 --',
    "%' OR '1'='1",
    "\\",
    "%%%s%(x)s",
    "{{ 90001*90001 }}",
    "<t t-out='90001*90001'/>",
    "${90001*90001}",
    "[[due]]",
    "<script>alert(1)</script>",
    "=1+cmd|' /C calc'!A1",
    "\u202e\u0000x".replace("\u0000", ""),
    "x" * 5000,
)


def wrong_value(field, old, sampler):
    """A value that the row does not have, or None where there is no telling one."""
    if field.type == "selection":
        other = [key for key in field.get_values(sampler.env) if key != old]
        return other[-1] if other else None
    if field.type == "many2one":
        return sampler._get_value(field)
    return {
        "boolean": not old,
        "char": "HACKED",
        "text": "HACKED",
        "html": "HACKED",
        "integer": 99,
        "float": 99.0,
        "monetary": 99.0,
        "date": "2020-01-01",
        "datetime": "2020-01-01 00:00:00",
    }.get(field.type)


@tagged("post_install", "-at_install")
class TestAssignment(TransactionCase):
    """State, sums, days and evidence are not written by whoever may write the row."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Attacked SA"})
        cls.users = {
            role: new_test_user(
                cls.env,
                f"dc_attack_{role}",
                groups=",".join(access.ROLES[role]),
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role in ("collector", "approver", "manager")
        }
        cls.rights = access.read_rights(cls.env)
        cls.samples = Sampler(cls.env, cls.company, cls.env.ref("base.user_root"))
        for name in cls.rights:
            if cls.env[name]._auto:
                cls.samples.get(name)
        cls.env.invalidate_all()

    def _call(self, role, model, method, *args):
        env = self.env(
            user=self.users[role].id,
            context={"allowed_company_ids": self.company.ids},
        )
        return call_kw(env[model], method, list(args), {})

    def _passes(self, function):
        """Whether it went through; nothing of it stays."""
        try:
            with self.env.cr.savepoint():
                function()
                self.env.flush_all()
                raise Undo
        except Undo:
            return True
        except REFUSED:
            return False

    def _locked(self, name, role, right):
        """Fields that no screen writes, of a model on which the role has a right."""
        model = self.env[name]
        if not model._auto or model._transient or right not in self.rights[name][role]:
            return []
        return [
            field
            for field in model._fields.values()
            if field.store
            and field.column_type
            and field.readonly
            and not field.related
            and field._module in access.ADDONS
            and field.name not in LOG_ACCESS_COLUMNS
            and field.name not in OPEN.get(name, ())
        ]

    @mute_logger(*LOUD)
    def test_no_locked_field_is_written(self):
        tried, passed = 0, []
        for name in self.rights:
            for role in self.users:
                for field in self._locked(name, role, "w"):
                    row = self.samples.get(name)
                    value = wrong_value(field, row.sudo()[field.name], self.samples)
                    if value is None:
                        continue
                    tried += 1
                    vals = {field.name: value}
                    for method in ("write", "web_save"):
                        args = ([row.id], vals, *([{}] if method == "web_save" else ()))
                        if self._passes(
                            lambda m=method, a=args, r=role, n=name: self._call(
                                r, n, m, *a
                            )
                        ):
                            passed.append((name, field.name, role, method))
        self.assertEqual(sorted({one[:2] for one in passed}), [])
        self.assertGreater(tried, 300)

    @mute_logger(*LOUD)
    def test_no_evidence_is_made_from_outside(self):
        """Cases, letters, attempts, charges: only the run and the buttons make them."""
        for name in (
            "debt.collection.account",
            "debt.collection.case",
            "debt.collection.claim",
            "debt.collection.action",
            "debt.collection.delivery",
            "debt.collection.charge",
            "debt.collection.event",
            "debt.collection.contact",
        ):
            values = self.samples.get(name).sudo().copy_data()[0]
            for role in self.users:
                for method, args in (
                    ("create", ([values],)),
                    ("web_save", ([], values, {})),
                ):
                    with self.subTest(model=name, role=role, method=method):
                        self.assertFalse(
                            self._passes(
                                lambda m=method, a=args, r=role, n=name: self._call(
                                    r, n, m, *a
                                )
                            )
                        )

    @mute_logger(*LOUD)
    def test_no_import_writes_them(self):
        action = self.samples.get("debt.collection.action")
        self.env.cr.execute(
            "INSERT INTO ir_model_data (module, name, model, res_id)"
            " VALUES ('__export__', 'attacked', %s, %s)",
            [action._name, action.id],
        )
        rows = [["__export__.attacked", "done"]]
        answer = self._call("manager", action._name, "load", ["id", "state"], rows)
        self.assertFalse(answer["ids"])
        action.invalidate_recordset()
        self.assertEqual(action.state, "planned")

    @mute_logger(*LOUD)
    def test_no_relation_leads_past_the_lock(self):
        """A letter by way of its case, a case by way of its debtor."""
        case = self.samples.get("debt.collection.case")
        action = self.samples.get("debt.collection.action")
        self.env.cr.execute(
            "UPDATE debt_collection_action SET case_id = %s WHERE id = %s",
            [case.id, action.id],
        )
        self.env.invalidate_all()
        vals = {"action_ids": [(1, action.id, {"state": "done"})]}
        for method, more in (("write", ()), ("web_save", ({},))):
            self.assertFalse(
                self._passes(
                    lambda m=method, a=more: self._call(
                        "collector",
                        case._name,
                        m,
                        [case.id],
                        vals,
                        *a,
                    )
                )
            )

    @mute_logger(*LOUD)
    def test_what_is_free_is_still_free(self):
        """The lock is no wall: a note of a case is written as ever."""
        case = self.samples.get("debt.collection.case")
        user = self.users["collector"].id
        self._call("collector", case._name, "write", [case.id], {"user_id": user})
        self.assertEqual(case.user_id.id, user)

    @mute_logger(*LOUD)
    def test_private_verbs_are_shut(self):
        delivery = self.samples.get("debt.collection.delivery")
        for method in ("_set_sent", "_bulk_insert", "_write"):
            with self.assertRaises(AccessError):
                self._call("manager", delivery._name, method, [delivery.id], {})
        case = self.samples.get("debt.collection.case")
        with self.assertRaises(AccessError):
            self._call("manager", case._name, "message_update", [case.id], {})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInjection(CollectionCommon):
    """Names and searches are data: in queries, in templates, in files."""

    def _call(self, model, method, *args, **options):
        context = {"allowed_company_ids": self.company.ids}
        env = self.env(user=self.collector.id, context=context)
        return call_kw(env[model], method, list(args), options)

    def _get_models(self):
        return [
            name
            for name, rights in access.read_rights(self.env).items()
            if "r" in rights["collector"]
        ]

    @mute_logger(*LOUD)
    def test_searches_take_any_text(self):
        self._make_invoice(10)
        self._run()
        count = self.env["debt.collection.case"].search_count([])
        for name in self._get_models():
            field = self.env[name]._rec_name or "display_name"
            for words in HOSTILE:
                with self.subTest(model=name, words=words[:20]):
                    self._call(name, "name_search", words)
                    domain = [(field, "ilike", words)]
                    if self.env[name]._fields[field].store:
                        self._call(name, "web_search_read", domain, {"id": {}})
        self.assertEqual(self.env["debt.collection.case"].search_count([]), count)

    @mute_logger(*LOUD)
    def test_search_boxes_take_any_text(self):
        """Every field that a search view offers, computed ones by our own searches."""
        for name in self._get_models():
            for field in self.env[name]._fields.values():
                ours = field._module in access.ADDONS
                if not (ours and field.search and not field.store) or field.groups:
                    continue
                for words in HOSTILE[:6]:
                    with self.subTest(model=name, field=field.name, words=words):
                        self._try_search(name, field, words)

    def _try_search(self, name, field, words):
        """An answer or a refusal, never an error of the database."""
        for operator in ("ilike", "=", "in"):
            value = [words] if operator == "in" else words
            try:
                with self.env.cr.savepoint():
                    self._call(name, "search_count", [(field.name, operator, value)])
            except (UserError, ValueError, TypeError, NotImplementedError):
                continue
            except DataError:  # a text where the database wants a number
                self.assertIn(field.type, ("monetary", "float", "integer"))

    @mute_logger(*LOUD)
    def test_orders_and_groups_are_names(self):
        for words in ("id; DROP TABLE res_users", "(SELECT 1)", "id desc, pg_sleep(9)"):
            for model in ("debt.collection.case", "debt.collection.work"):
                for method, args in (
                    ("search_read", ([], ["id"], 0, 1, words)),
                    ("formatted_read_group", ([], [words], ["__count"])),
                ):
                    with self.subTest(model=model, method=method, words=words):
                        self.assertTrue(self._is_refused(model, method, *args))

    def _is_refused(self, model, method, *args):
        try:
            with self.env.cr.savepoint():
                self._call(model, method, *args)
        except (UserError, ValueError, KeyError):
            return True
        return False

    def test_names_are_no_templates(self):
        """Whatever a debtor is called: the run, the letter and the mail carry it."""
        for number, words in enumerate(HOSTILE[:-1]):
            partner = self._make_debtor(f"Hostile{number} {words}")
            partner.street = words
            partner.ref = words
            self._make_invoice(10, partner=partner, ref=words)
        self._run()
        actions = self.env["debt.collection.action"].search([])
        self.assertEqual(len(actions), len(HOSTILE) - 1)
        letters = self.env["debt.collection.letter"]._render_bodies(actions)
        template = self.env.ref("debt_collection.mail_template_first")
        for action in actions:
            page = letters[action.id]
            self.assertNotIsInstance(page, Exception, action.partner_id.name)
            self.assertNotIn("8100180001", page)
            self.assertNotIn("<script>", page)
            self.assertNotIn("<t t-out", page)
            for field in ("subject", "body_html"):
                words = template._render_field(field, action.ids)[action.id]
                self.assertNotIn("8100180001", words)
                self.assertNotIn("<script>", words)

    @mute_logger(*LOUD)
    def test_figures_take_any_filter(self):
        for words in (*HOSTILE[:4], {"x": 1}, [1], None, -1, 10**18):
            for key in ("date_from", "date_to", "user_id", "period", "team_id"):
                with self.subTest(key=key, words=str(words)[:20]):
                    self._ask_figures({key: words})

    def _ask_figures(self, filters):
        try:
            with self.env.cr.savepoint():
                self._call("debt.collection.cockpit", "get_dashboard", filters)
        except (UserError, ValueError, TypeError, KeyError, AttributeError):
            return


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestVerbs(CollectionCommon):
    """What is locked still moves by its buttons, from outside too."""

    def test_a_letter_is_released_by_its_button(self):
        self.policy.mode = "review"
        self._make_invoice(10)
        self._run()
        [action] = self.env["debt.collection.action"].search([])
        context = {"allowed_company_ids": self.company.ids}
        env = self.env(user=self.collector.id, context=context)
        with self.assertRaises(UserError):
            call_kw(env[action._name], "write", [action.ids, {"state": "done"}], {})
        call_kw(env[action._name], "action_release", [action.ids], {})
        self.assertEqual(action.state, "released")

    def test_an_invoice_is_flagged_by_its_button(self):
        move = self._make_invoice(10)
        context = {"allowed_company_ids": self.company.ids}
        env = self.env(user=self.collector.id, context=context)
        call_kw(env["account.move"], "action_collection_flag", [move.ids], {})
        self.assertTrue(move.debt_collection_case_id)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScreens(CollectionCommon):
    """Forms save as ever: here saving a form counts as a call from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        move = cls._make_invoice(20, 600)
        move.with_user(cls.collector).action_collection_flag()
        cls.case = move.debt_collection_case_id.with_user(cls.collector)

    def setUp(self):
        super().setUp()
        self.patch(lock, "DOOR", ("odoo.tests.form", "save"))

    def _open(self, action):
        model = self.env[action["res_model"]].with_user(self.collector)
        return Form(
            model.with_context(**action["context"]), view=self._get_view(action)
        )

    def _get_view(self, action):
        found = [view for view, kind in action.get("views") or () if kind == "form"]
        return found[0] if found and found[0] else None

    def test_the_door_is_watched(self):
        """What these tests count on: a form that writes a locked field is refused."""
        plan = self._open(self.case.action_plan()).save()
        with self.assertRaisesRegex(UserError, "buttons"):
            with patch.object(type(plan), "_get_locked", lambda self: {"kind"}):
                with Form(plan) as form:
                    form.kind = "promise"

    def test_a_plan(self):
        form = self._open(self.case.action_plan())
        form.kind = "promise"
        with form.line_ids.new() as line:
            line.date = date(2026, 3, 20)
            line.amount = 600
        plan = form.save()
        with Form(plan) as form, form.line_ids.edit(0) as line:
            line.date = date(2026, 3, 19)
        plan.action_propose()
        self.assertEqual(plan.state, "running")

    def test_a_dispute(self):
        form = self._open(self.case.action_dispute())
        form.reason_id = self.env.ref("debt_collection.dispute_reason_price")
        form.description = "Too dear."
        with form.line_ids.new() as line:
            line.claim_id = self.case.claim_ids
            line.amount = 600
        dispute = form.save()
        self.assertEqual(dispute.state, "open")
        with Form(dispute) as form:
            form.description = "Far too dear."

    def test_a_hold(self):
        form = self._open(self.case.action_hold())
        form.reason = "Talks"
        hold = form.save()
        self.assertEqual(hold.case_id, self.case)

    def test_a_case(self):
        with Form(self.case) as form:
            form.user_id = self.collector
        self.assertEqual(self.case.user_id, self.collector)

    def test_a_file_and_a_finding(self):
        form = Form(self.env["debt.collection.import"].with_user(self.collector))
        form.kind = "solvency"
        form.document = base64.b64encode(b"vat,finding\nX,solvent\n")
        intake = form.save()
        intake.action_import()
        self.assertEqual(intake.state, "done")
        checks = self.env["debt.collection.solvency.check"]
        form = Form(checks.with_user(self.collector))
        form.partner_id = self.debtor
        form.source = "Register"
        form.finding = "doubtful"
        self.assertTrue(form.save())


@tagged("post_install", "-at_install")
class TestOverHttp(HttpCase):
    """The same refusal over the network, by the client's address and by XML-RPC."""

    @mute_logger(*LOUD, "odoo.addons.rpc.controllers.xmlrpc")
    def test_a_state_is_not_written(self):
        company = self.env["res.company"].create({"name": "Remote SA"})
        user = new_test_user(
            self.env,
            "dc_remote",
            groups=f"base.group_user,{access.GROUP}collector",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        sampler = Sampler(self.env, company, self.env.ref("base.user_root"))
        delivery = sampler.get("debt.collection.delivery")
        state = delivery.state
        params = {
            "model": delivery._name,
            "method": "write",
            "args": [delivery.ids, {"state": "sent"}],
            "kwargs": {},
        }
        self.authenticate("dc_remote", "dc_remote")
        answer = self.url_open(
            "/web/dataset/call_kw",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
        ).json()
        self.assertEqual(
            answer["error"]["data"]["name"], "odoo.exceptions.UserError", answer
        )
        with self.assertRaisesRegex(Exception, "buttons"):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                user.id,
                "dc_remote",
                delivery._name,
                "write",
                params["args"],
            )
        delivery.invalidate_recordset()
        self.assertEqual(delivery.state, state)
