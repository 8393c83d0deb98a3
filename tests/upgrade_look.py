"""What an upgraded database answers; piped into ``odoo shell``, prints one line.

Every field of every row is read as the creditor's company, the log is verified, and
the day is run: what the older installation sent is not sent again.
"""

import json
from datetime import timedelta


def unreadable(env):
    """Yield what cannot be read, field by field."""
    for name, model in sorted(env.registry.items()):
        if not name.startswith("debt.collection.") or model._abstract:
            continue
        rows = env[name].search([])
        for field in rows._fields.values():
            try:
                rows.mapped(field.name)
            except Exception as error:
                yield f"{name}.{field.name}: {error!r}"
                env.invalidate_all()


def steps_taken_twice(env):
    env.cr.execute(
        """SELECT l.step_id, l.move_line_id, l.cycle FROM debt_collection_action_line l
             JOIN debt_collection_action a ON a.id = l.action_id
            WHERE a.state NOT IN ('skipped', 'failed') AND l.step_id IS NOT NULL
         GROUP BY 1, 2, 3 HAVING count(*) > 1"""
    )
    return env.cr.fetchall()


def look(env):
    company = env.ref("debt_collection.demo_company")
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    report = {"unreadable": list(unreadable(env))}
    cases = env["debt.collection.case"].search([])
    report["cases"] = len(cases)
    report["broken"] = [
        (case.name, *flaw)
        for case, *flaw in env["debt.collection.event"]._verify(cases)
    ]
    Run = env["debt.collection.run"].with_company(company)
    day = company._get_collection_today()
    before = env["debt.collection.action"].search([])
    for later in (0, 30):
        Run._ensure_accounts(company)
        accounts = Run._select(company, day + timedelta(days=later))
        Run._process(
            env["debt.collection.account"].browse(accounts), day + timedelta(days=later)
        )
    report["new_actions"] = len(env["debt.collection.action"].search([]) - before)
    report["twice"] = steps_taken_twice(env)
    trader = env["res.partner"].search([("name", "=", "Upgraded Sole Trader")])
    report["trader"] = trader.debt_collection_kind
    return report


print("REPORT " + json.dumps(look(env), default=str))  # noqa: F821
