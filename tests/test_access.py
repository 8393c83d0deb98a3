"""Who may do what: docs/access.md, the database and real users agree."""

import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "setup" / "dev"))
import access  # noqa: E402

DAY = date(2026, 3, 16)
SAMPLES = {
    "boolean": True,
    "integer": 1,
    "float": 1.0,
    "monetary": 1.0,
    "date": DAY,
    "datetime": "2026-03-16 12:00:00",
    "text": "x",
    "html": "<p>x</p>",
    "json": {},
    "binary": b"",
}
#: filled although nothing asks for it: what rules and searches go by
SEEN = {"company_id", "create_uid", "active", "policy_id"}
#: relations that a check of the database wants
WANTED = {"debt.collection.link": {"action_id"}}
#: values that a check of the database wants, where the first choice does not do
FILLED = {}
LOUD = ("odoo.sql_db", "odoo.models", "odoo.addons.base.models.ir_rule")


class Undo(Exception):
    """Ends a try that went through: nothing of it stays."""


class Sampler:
    """Rows of every model, written by SQL: no rule and no verb stands in the way."""

    def __init__(self, env, company, author):
        self.env, self.company, self.author = env, company, author
        self.made = {}
        self.debtor = env["res.partner"].create(
            {"name": f"Debtor of {company.name}", "company_id": company.id}
        )
        self.item = self._make_item()

    def _make_item(self):
        company = self.company
        account, income = self.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": f"DCX{code}",
                    "account_type": kind,
                    "company_ids": company.ids,
                }
                for name, code, kind in (
                    ("Owed", 1, "asset_receivable"),
                    ("Earned", 2, "income"),
                )
            ]
        )
        journal = self.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "DCX",
                "type": "sale",
                "company_id": company.id,
                "default_account_id": income.id,
            }
        )
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": DAY,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "debit": 10, "name": "x"}),
                    (0, 0, {"account_id": income.id, "credit": 10, "name": "x"}),
                ],
            }
        )
        return move.line_ids[:1]

    def get(self, name):
        """The row of a model; made when it is asked for."""
        if name not in self.made:
            self.made[name] = self._insert(name)
        return self.env[name].browse(self.made[name])

    def _insert(self, name):
        model = self.env[name]
        if made := self._find(model):
            return made
        values = {
            field.name: self._get_value(field)
            for field in model._fields.values()
            if self._is_filled(field)
        }
        values |= {"company_id": self.company.id} if "company_id" in values else {}
        values |= FILLED.get(name, {})
        columns = {
            key: model._fields[key].convert_to_column_insert(value, model)
            for key, value in values.items()
        }
        query = SQL(
            "INSERT INTO %s (%s) VALUES %s RETURNING id",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, columns)),
            tuple(columns.values()),
        )
        return self.env.execute_query(query)[0][0]

    def _find(self, model):
        """What a company gets with its creation, and may have once."""
        if model._transient or "company_id" not in model._fields:
            return None
        if not model._fields["company_id"].store:
            return None
        rows = model.sudo().with_context(active_test=False)
        return rows.search([("company_id", "=", self.company.id)], limit=1).id

    def _is_filled(self, field):
        return (
            field.name != "id"
            and field.store
            and field.column_type
            and not field.company_dependent
            and (
                field.required
                or field.name in SEEN
                or field.name in WANTED.get(field.model_name, ())
                or field.name in FILLED.get(field.model_name, ())
            )
        )

    def _get_value(self, field):
        if field.name == "create_uid":
            return self.author.id
        if field.type == "many2one":
            return self._get_related(field.comodel_name).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if field.type == "char":
            return f"{field.name} {self.company.id}"
        return SAMPLES[field.type]

    def _get_related(self, name):
        known = {
            "res.company": self.company,
            "res.partner": self.debtor,
            "res.currency": self.company.currency_id,
            "res.users": self.author,
            "account.move.line": self.item,
            "account.move": self.item.move_id,
        }
        if name in known:
            return known[name]
        if name.startswith("debt.collection."):
            return self.get(name)
        return self.env[name].sudo().search([], limit=1)


@tagged("post_install", "-at_install")
class TestAccess(TransactionCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company, cls.other = cls.env["res.company"].create(
            [{"name": "Own SA"}, {"name": "Other SA"}]
        )
        cls.users = {
            role: new_test_user(
                cls.env,
                f"dc_access_{role}",
                groups=",".join(groups),
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for role, groups in access.ROLES.items()
        }
        cls.rights = access.read_rights(cls.env)
        cls.reach = access.read_reach(cls.env)
        author = cls.env.ref("base.user_root")
        cls.samples = Sampler(cls.env, cls.company, author)
        cls.strange = Sampler(cls.env, cls.other, author)
        cls.env.flush_all()
        for name in cls._get_tables():
            cls.samples.get(name)
            cls.strange.get(name)
        cls.env.invalidate_all()

    @classmethod
    def _get_tables(cls):
        return [name for name in cls.rights if cls.env[name]._auto]

    # === THE PAGE === #

    def test_the_page_is_what_the_database_says(self):
        page = ROOT / "docs" / "access.md"
        self.assertEqual(
            page.read_text(), access.document(self.env), "./run matrix writes it"
        )

    def test_a_right_more_would_be_seen(self):
        access_row = self.env.ref(
            "debt_collection.access_debt_collection_event_collector"
        )
        access_row.perm_unlink = True
        self.assertEqual(
            access.read_rights(self.env)["debt.collection.event"]["collector"], "r--d"
        )
        self.assertNotEqual(
            (ROOT / "docs" / "access.md").read_text(), access.document(self.env)
        )

    def test_a_rule_less_would_be_seen(self):
        self.env.ref("debt_collection.debt_collection_case_rule_company").active = False
        self.assertEqual(access.read_reach(self.env)["debt.collection.case"], "yes")

    def test_whoever_is_no_collector_changes_nothing(self):
        """Nobody outside our roles writes or creates, debtors do not even read."""
        for name, roles in self.rights.items():
            for role in ("none", "portal", "public"):
                self.assertEqual(roles[role], "----", (name, role))
            for role in ("billing", "accountant"):
                self.assertIn(roles[role], ("----", "r---"), (name, role))

    def test_every_row_of_a_company_stays_in_it(self):
        """What has a company has a rule; what has none says so in the page."""
        for name, reach in self.reach.items():
            model = self.env[name]
            if model._transient:
                self.assertEqual(reach, access.MINE, name)
            elif "company_id" in model._fields and self._is_seen(name):
                self.assertNotEqual(reach, access.ANY, name)

    def _is_seen(self, name):
        return any(self.rights[name][role] != "----" for role in self.rights[name])

    # === REAL USERS === #

    def _try(self, function):
        """What came of it: "done", "refused", or the name of another error."""
        result = None
        try:
            with suppress(Undo), self.env.cr.savepoint():
                function()
                raise Undo
            result = "done"
        except AccessError:
            result = "refused"
        except Exception as error:  # pylint: disable=broad-except
            result = type(error).__name__  # let through, and refused by what it is
        return result

    def _get_trials(self, row):
        """Operation -> what a user does to the row, as `_try` wants it."""
        model = row.browse()
        name = next(
            field.name
            for field in row._fields.values()
            if field.store and field.column_type and field.name != "id"
        )
        values = {
            key: value
            for key, value in row.sudo().copy_data()[0].items()
            if not row._fields[key].groups
        }
        return {
            "read": lambda: row.read([name]),
            "write": lambda: row.write(self._get_change(row)),
            "create": lambda: model.create(values),
            "unlink": lambda: row.unlink(),
        }

    def _get_change(self, row):
        """A value for a field that the user may see, the one that it has."""
        for field in row._fields.values():
            if (
                field.store
                and field.type in ("char", "text", "date", "integer", "boolean")
                and not (field.readonly or field.groups or field.name == "id")
            ):
                return {field.name: row.sudo()[field.name]}
        return {}

    def _as(self, row, role):
        user = self.users[role]
        return row.with_user(user).with_context(allowed_company_ids=self.company.ids)

    @mute_logger(*LOUD)
    def test_rows_of_the_own_company(self):
        """What the page grants is not refused; what it does not grant is."""
        wrong = []
        for name in self._get_tables():
            for role, letters in self.rights[name].items():
                row = self.samples.get(name)
                if row._transient:
                    self._give(row, self.users[role])
                trials = self._get_trials(self._as(row, role))
                for operation, trial in trials.items():
                    granted = access.OPERATIONS[operation] in letters
                    came = self._try(trial)
                    if not self._agrees(granted, came):
                        wrong.append((name, role, operation, letters, came))
        self.assertFalse(wrong)

    def _agrees(self, granted, came):
        """A lock that nobody opens may speak before the rights do."""
        if granted:
            return came != "refused"
        return came in ("refused", "UserError")

    @mute_logger(*LOUD)
    def test_rows_of_another_company(self):
        wrong, refused = [], 0
        for name in self._get_tables():
            reach = self.reach[name]
            for role, letters in self.rights[name].items():
                row = self._as(self.strange.get(name), role)
                if row._transient:
                    self._give(row, self.users["settings"])
                trials = self._get_trials(row)
                for operation in ("read", "write", "unlink"):
                    granted = access.OPERATIONS[operation] in letters
                    granted = granted and reach == access.ANY
                    came = self._try(trials[operation])
                    refused += came == "refused"
                    if not self._agrees(granted, came):
                        wrong.append((name, role, operation, reach, came))
                if "r" in letters:
                    found = row.search([("id", "=", row.id)])
                    if bool(found) != (reach == access.ANY):
                        wrong.append((name, role, "search", reach, found))
                if reach != access.MINE and reach != access.ANY and "c" in letters:
                    came = self._try(trials["create"])
                    if came == "done":
                        wrong.append((name, role, "create", reach, came))
        self.assertFalse(wrong)
        self.assertTrue(refused)

    def _give(self, row, user):
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_uid = %s WHERE id = %s",
                SQL.identifier(row._table),
                user.id,
                row.id,
            )
        )
        row.invalidate_recordset()

    def test_rows_without_a_company_are_for_all(self):
        shared = [name for name, reach in self.reach.items() if reach == access.SHARED]
        for name in shared:
            row = self.strange.get(name)
            if "company_id" in row._fields and row._fields["company_id"].column_type:
                query = "UPDATE %s SET company_id = NULL WHERE id = %s"
                self.env.cr.execute(SQL(query, SQL.identifier(row._table), row.id))
        self.env.invalidate_all()
        self.assertTrue(shared)
        for name in shared:
            row = self._as(self.strange.get(name), "collector")
            self.assertTrue(row.has_access("read"), name)

    @mute_logger(*LOUD)
    def test_views_of_the_database_are_read_by_their_roles_alone(self):
        for name in set(self.rights) - set(self._get_tables()):
            for role, letters in self.rights[name].items():
                model = self._as(self.env[name], role)
                came = self._try(lambda model=model: model.search([], limit=1))
                self.assertEqual(came == "refused", "r" not in letters, (name, role))
                if "r" in letters:
                    rows = model.search([])
                    self.assertLessEqual(rows.company_id, self.company)

    @mute_logger(*LOUD)
    def test_fields_that_not_everybody_sees(self):
        for (name, field), groups in access.read_fields(self.env).items():
            row = self.samples.get(name) if name in self.rights else self.samples.debtor
            for role, user in self.users.items():
                if name in self.rights and "r" not in self.rights[name][role]:
                    continue
                seen = groups != "." and user.has_groups(groups)
                record = self._as(row, role)
                if not record.has_access("read"):
                    continue
                came = self._try(lambda r=record, f=field: r.read([f]))
                self.assertEqual(came == "refused", not seen, (name, field, role))
                self.assertEqual(field in record.fields_get(), seen, (name, field))
