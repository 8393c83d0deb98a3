"""Install the addons one by one, then take them out again; print what each leaves.

Run in ``odoo shell`` on a database that has their dependencies only, with this folder
on the path of Python. Prints one line of JSON.
"""

import json

from setup_inventory import difference, inventory, orphans

ORDER = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")


def module(env, name):
    return env["ir.module.module"].search([("name", "=", name)])


def cycle(env):
    """Go up the order and down again; return the report of the whole way."""
    report = {"installed": [], "left": {}, "lost": {}, "orphans": []}
    env["ir.module.module"].update_list()
    env.cr.commit()  # pylint: disable=invalid-commit
    names = [name for name in ORDER if module(env, name)]
    before = []
    for name in names:
        before.append(inventory(env.cr))
        module(env, name).button_immediate_install()
        env.transaction.reset()
        report["installed"].append(f"{name}: {module(env, name).state}")
    report["orphans"] = orphans(env.cr)
    for name, old in zip(reversed(names), reversed(before), strict=True):
        module(env, name).button_immediate_uninstall()
        env.transaction.reset()
        now = inventory(env.cr)
        report["left"][name] = difference(old, now)
        report["lost"][name] = difference(now, old)
    return report


print("REPORT " + json.dumps(cycle(env)))  # noqa: F821
