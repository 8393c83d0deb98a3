import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config, split_every

# Cases read at once: a log may be long
BATCH = 1000


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
            # all of the database: pylint: disable-next=no-search-all
            cases = env["debt.collection.case"].search([], order="id")
            broken = []
            for chunk in split_every(BATCH, cases.ids, cases.browse):
                found = env["debt.collection.event"]._verify(chunk)
                broken += [(case.name, *flaw) for case, *flaw in found]
                env.invalidate_all()
        for name, number, reason in broken:
            sys.stdout.write(f"{name}: event {number}: {reason}\n")
        sys.stdout.write(f"{len(cases)} cases verified, {len(broken)} broken\n")
        sys.exit(1 if broken else 0)
