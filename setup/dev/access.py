"""Who may do what, read from a database: docs/access.md.

``./run matrix`` writes it; ``tests/test_access.py`` holds it equal to the database, and
the database equal to what real users of each role can do.
"""

import inspect
from pathlib import Path

ADDONS = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")
OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}
GROUP = "debt_collection.debt_collection_group_"
#: methods of Odoo that are extended
ORM = {"create", "write", "unlink", "copy", "copy_data", "default_get", "session_info"}
#: role -> the groups that a user of it is given
ROLES = {
    "none": ("base.group_user",),
    "portal": ("base.group_portal",),
    "public": ("base.group_public",),
    "billing": ("base.group_user", "account.group_account_invoice"),
    "accountant": ("base.group_user", "account.group_account_manager"),
    "settings": ("base.group_system",),
    "collector": ("base.group_user", f"{GROUP}collector"),
    "approver": ("base.group_user", f"{GROUP}approver"),
    "manager": ("base.group_user", f"{GROUP}manager"),
}
#: what the domain of a rule for everybody means for rows of another company
OWN, SHARED, MINE, ANY = "no", "shared ones", "own wizards only", "yes"
MEANINGS = {
    "[('company_id', 'in', company_ids)]": OWN,
    "[('company_id', 'in', company_ids + [False])]": SHARED,
    "[('policy_id.company_id', 'in', company_ids + [False])]": SHARED,
    "['|', ('company_id', '=', False), ('company_id', 'in', company_ids)]": SHARED,
    "[('create_uid', '=', user.id)]": MINE,
    "[('create_uid', '=', user.id), ('company_id', 'in', company_ids)]": MINE,
}
INTRODUCTION = """\
# Who may do what

Written by `./run matrix` from a database with the three addons; change the addons, not
this page. `tests/test_access.py` holds it equal to the database and tries every
operation as a real user of each role, on rows of his company and of another one.

**r**ead, **w**rite, **c**reate, **d**elete; a dash: the operation is refused. A right
to write is not a right to every field: states and facts move by their verbs alone
([architecture](architecture.md)), and the log is never written by anybody.

_Other company_ says which rows of a company that is not switched on a role reaches:
_no_; _shared ones_ (rows without a company); _own wizards only_ (rows of a wizard
belong to the user who opened it); _yes_ (settings and wizards that know no company).

The roles: _none_ is an internal user without any right in accounting; _portal_ and
_public_ are debtors with and without an account, whose pages read for them after they
checked the link; _billing_ and _accountant_ are Odoo's own roles in accounting, without
ours; _settings_ is Odoo's administrator of settings, without ours. Approver and Manager
are Collectors too; neither includes the other.
"""


def our_models(env):
    """Return the names of the models that the addons add and a row can be in."""
    return sorted(
        name
        for name, model in env.registry.items()
        if model._original_module in ADDONS and not model._abstract
    )


def group_ids(env, role):
    groups = env["res.groups"].union(*map(env.ref, ROLES[role]))
    return groups.all_implied_ids.ids


def read_rights(env):
    """Return {model: {role: "rwc-"}} of the access rows in the database."""
    rights = {}
    names = our_models(env)
    rows = env["ir.model.access"].sudo().search([("model_id.model", "in", names)])
    by_model = rows.grouped(lambda row: row.model_id.model)
    closures = {role: set(group_ids(env, role)) for role in ROLES}
    for name in names:
        found = by_model.get(name, env["ir.model.access"])
        rights[name] = {
            role: "".join(
                letter
                if any(
                    row[f"perm_{operation}"]
                    and (not row.group_id or row.group_id.id in closure)
                    for row in found
                )
                else "-"
                for operation, letter in OPERATIONS.items()
            )
            for role, closure in closures.items()
        }
    return rights


def read_reach(env):
    """Return {model: which rows of another company are reached}.

    A rule for some groups, or one for some operations, has no word here: that raises,
    and the page has to learn to say it.
    """
    reach = dict.fromkeys(our_models(env), ANY)
    rules = env["ir.rule"].sudo().search([("model_id.model", "in", list(reach))])
    for rule in rules:
        domain = " ".join(rule.domain_force.split())
        whole = all(rule[f"perm_{operation}"] for operation in OPERATIONS)
        if rule.groups or not whole or domain not in MEANINGS:
            raise ValueError(f"no word for the rule {rule.name}: {domain}")
        reach[rule.model_id.model] = MEANINGS[domain]
    return reach


def read_fields(env):
    """Return {(model, field): groups} of the fields that not every role sees."""
    found = {}
    for name, model in env.registry.items():
        for field in model._fields.values():
            if field._module in ADDONS and field.groups and not model._abstract:
                found[name, field.name] = field.groups
    return found


def read_foreign(env):
    """Return (model, group, letters) of rights that we give on models of Odoo."""
    data = env["ir.model.data"].sudo()
    ours = data.search([("model", "=", "ir.model.access"), ("module", "in", ADDONS)])
    rows = env["ir.model.access"].sudo().browse(ours.mapped("res_id"))
    names = set(our_models(env))
    return sorted(
        (
            row.model_id.model,
            row.group_id.full_name or "everybody",
            "".join(
                letter if row[f"perm_{operation}"] else "-"
                for operation, letter in OPERATIONS.items()
            ),
        )
        for row in rows
        if row.model_id.model not in names
    )


def read_endpoints(env):
    """Return {model: methods} that the network may call beside buttons and the ORM's.

    A method without underscore is open to whoever is logged in: each one is meant.
    """
    found = {}
    for name, model in env.registry.items():
        for part in model.mro():
            if not part.__module__.startswith("odoo.addons.debt_collection"):
                continue
            for key, method in vars(part).items():
                if (
                    inspect.isfunction(method)
                    and not key.startswith(("_", "action_"))
                    and not getattr(method, "_api_private", False)
                    and key not in ORM
                ):
                    found.setdefault(name, set()).add(key)
    return found


def who_sees(env, groups):
    if groups == ".":
        return "nobody: the system alone"
    names = [env.ref(group).with_context(lang=None).name for group in groups.split(",")]
    return ", ".join(sorted(names))


def table(head, rows):
    """Return the table as prettier lays it out."""
    rows = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def document(env):
    """Return the text of docs/access.md."""
    rights, reach = read_rights(env), read_reach(env)
    parts = [INTRODUCTION]
    titles = {False: "Rows that stay", True: "Wizards: rows that are swept away"}
    for transient, title in titles.items():
        for addon in ADDONS:
            names = [
                name
                for name in rights
                if env[name]._original_module == addon
                and env[name]._transient == transient
            ]
            if names:
                head = ["Model", "Other company", *ROLES]
                rows = [
                    [f"`{name}`", reach[name], *rights[name].values()] for name in names
                ]
                parts.append(f"## {title}: {addon}\n\n{table(head, rows)}\n")
    fields = [
        [f"`{model}`", f"`{field}`", who_sees(env, groups)]
        for (model, field), groups in sorted(read_fields(env).items())
    ]
    parts.append(
        "## Fields that not everybody sees who sees the row\n\n"
        + table(["Model", "Field", "Who"], fields)
        + "\n"
    )
    foreign = [[f"`{model}`", group, cell] for model, group, cell in read_foreign(env)]
    if foreign:
        parts.append(
            "## Rights that the addons give on Odoo's own models\n\n"
            + table(["Model", "Group", "Rights"], foreign)
            + "\n"
        )
    endpoints = [
        [f"`{model}`", ", ".join(f"`{name}`" for name in sorted(names))]
        for model, names in sorted(read_endpoints(env).items())
    ]
    parts.append(
        "## What may be called by name\n\n"
        "Beside the buttons (`action_…`) and Odoo's own methods: open to whoever is "
        "logged in, so\neach of them has to ask what the user may do.\n\n"
        + table(["Model", "Methods"], endpoints)
        + "\n"
    )
    return "\n".join(parts)


def write(env, root):
    path = Path(root) / "docs" / "access.md"
    path.write_text(document(env))
    print(f"{path.name}: {len(our_models(env))} models, {len(ROLES)} roles")
