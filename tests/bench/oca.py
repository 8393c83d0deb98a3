"""The peer: OCA's credit control, its published wheel, kept outside the checkout.

It is measured where it can be fetched; where it cannot, its cases are left out and
the bench says so. Nothing of it is copied.
"""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

WHEEL = "odoo-addon-account-credit-control>=19.0,<19.1"
ADDON = "account_credit_control"


def place():
    """The folder of its addons, beside the results of the bench."""
    return Path(os.environ["DC_BENCH_OUT"]).parent / "oca" / "odoo" / "addons"


def fetch():
    """Install the wheel into its folder, once.

    :return: whether it is there
    """
    if not (place() / ADDON).exists():
        target = place().parent.parent
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            + ["--target", str(target), WHEEL],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            print(f"OCA is left out, it could not be fetched: {done.stderr[-300:]}")
    return (place() / ADDON).exists()


def show_to_odoo():
    """Let this process find the addon."""
    import odoo.addons

    if str(place()) not in odoo.addons.__path__:
        odoo.addons.__path__.append(str(place()))


def install(env):
    """Install the addon into the database; a new environment is needed after it."""
    show_to_odoo()
    env["ir.module.module"].update_list()
    env["ir.module.module"].search([("name", "=", ADDON)]).button_immediate_install()


def prepare(env, company):
    """Its policy of three levels, for every receivable account of the company."""
    policy = env.ref(f"{ADDON}.credit_control_3_time")
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable"), ("company_ids", "in", company.ids)]
    )
    policy.write({"account_ids": [(6, 0, accounts.ids)], "company_id": company.id})
    company.credit_policy_id = policy


def run(env, company, day):
    """One run of it, as its button does; no mail, no letter."""
    policy = env.ref(f"{ADDON}.credit_control_3_time")
    made = env["credit.control.run"].create(
        {"date": day, "company_id": company.id, "policy_ids": [(6, 0, policy.ids)]}
    )
    return made._generate_credit_lines()


def settle(env):
    """Its lines as after their mails have left: only then a level follows."""
    env.flush_all()
    env.cr.execute("UPDATE credit_control_line SET state = 'sent'")
    env.cr.execute("ANALYZE credit_control_line")
    env.invalidate_all()


# The second level follows at the end of the month, thirty days after the due date.
NEXT_LEVEL = timedelta(days=62)
