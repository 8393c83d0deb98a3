import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class Verify_log(Command):  # noqa: N801 - the command line shows the name as it is
    """Verify the sealed log of every collection case of a database.

    Ends with 1 and names the first broken event of each case whose chain is cut.
    """

    name = "verify_log"

    def run(self, args):
        config.parse_config(args, setup_logging=True)
        [dbname] = config["db_name"]
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cases = env["debt.collection.case"].search([])
            broken = env["debt.collection.event"]._verify(cases)
        for case, number, reason in broken:
            sys.stdout.write(f"{case.name}: event {number}: {reason}\n")
        sys.stdout.write(f"{len(cases)} cases verified, {len(broken)} broken\n")
        sys.exit(1 if broken else 0)
