"""A runner in a process of its own: waits for a word, runs, commits as the job does.

Called by `bench_run` with the database, the day and how many accounts a batch has; says
``ready`` and then how many processor seconds it used.
"""

import os
import sys
from datetime import date

from harness import cpu_seconds


def main(database, day, batch_size):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-c", os.environ["DC_CONF"], "--log-level=warn"])
    registry = Registry(database)
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        company = env["res.company"].search([("name", "=like", "Bench Creditor%")])
        Run = env["debt.collection.run"].with_company(company)
        cr.commit()
        print("ready", flush=True)
        sys.stdin.readline()
        start = cpu_seconds(env)
        Run._advance(company, date.fromisoformat(day), batch_size)
        cr.commit()
        print(cpu_seconds(env) - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
