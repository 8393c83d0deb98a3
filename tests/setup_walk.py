"""Walk from one set of installed addons to the next; print what differs on the way.

Read by ``odoo shell`` with this folder on the path of Python. `DC_WALK` is JSON:
``groups`` (name -> the addons that are installed together) and ``moves`` (verb and
names of groups; a verb is install, uninstall or upgrade). However a set of groups is
reached, the database has to hold the same: its inventory is compared with that of the
first time. Prints one line of JSON.
"""

import json
import os

from setup_inventory import difference, inventory, orphans

#: forms and lists that more than one of the addons extends
SCREENS = (
    ("res.partner", ("form", "list", "search")),
    ("account.move", ("form", "list", "search")),
    ("account.move.line", ("list", "search")),
    ("account.journal", ("form",)),
    ("res.company", ("form",)),
    ("res.config.settings", ("form",)),
)


def installed(env):
    return env["ir.module.module"].search([("state", "=", "installed")])


def broken_screens(env):
    """Yield the screens that cannot be put together any more."""
    for model, kinds in SCREENS:
        for kind in kinds:
            try:
                env[model].get_view(view_type=kind)
            except Exception as error:
                yield f"{model} {kind}: {error!r}"[:300]


def move(env, verb, names):
    modules = env["ir.module.module"].search([("name", "in", names)])
    getattr(modules, f"button_immediate_{verb}")()
    env.transaction.reset()


def walk(env, groups, moves):
    """Make the moves; return the report of the way."""
    env["ir.module.module"].update_list()
    env.cr.commit()  # pylint: disable=invalid-commit
    base = set(installed(env).mapped("name"))
    seen = {frozenset(): inventory(env.cr)}
    report = {"way": [], "left": [], "lost": [], "broken": [], "orphans": []}
    for verb, wanted in moves:
        move(env, verb, [name for group in wanted for name in groups[group]])
        there = set(installed(env).mapped("name"))
        state = frozenset(key for key, names in groups.items() if there >= set(names))
        step = f"{verb} {'+'.join(wanted)} -> {'+'.join(sorted(state)) or 'nothing'}"
        report["way"].append(step)
        now = inventory(env.cr)
        first = seen.setdefault(state, now)
        for key, more in (
            ("left", difference(first, now)),
            ("lost", difference(now, first)),
        ):
            report[key] += [f"{step}: {more}"] if more else []
        report["broken"] += [f"{step}: {one}" for one in broken_screens(env)]
        report["orphans"] += [f"{step}: {one}" for one in orphans(env.cr)]
    report["strange"] = sorted(set(installed(env).mapped("name")) - base)
    return report


settings = json.loads(os.environ["DC_WALK"])
print("REPORT " + json.dumps(walk(env, **settings)))  # noqa: F821
