"""Jobs around the scheduled actions of the addons: what they find to do."""

from faults_jobs import transaction
from faults_wizards import _ask_cost

#: scheduled action -> what becomes of its work when nobody does it
CRONS = {
    "debt_collection.ir_cron_run": "letters",
    "debt_collection.ir_cron_parameters": "numbers of the law to ask for",
    "debt_collection.ir_cron_portfolio": "habits of payment",
    "debt_collection.ir_cron_costs": "approvals that end",
    "debt_collection.ir_cron_limitation": "limitation of claims",
}


def make_work_for_crons(registry, cases, user, other):
    """Approvals of the past, claims of a law whose limitation nobody counted."""
    with transaction(registry) as env:
        records = env["debt.collection.case"].browse(cases)
        company = records.company_id
        env = env(context={"allowed_company_ids": company.ids})
        records = records.with_env(env)
        day = company._get_collection_today()
        for case in records[:2]:
            _ask_cost(env, case, other).with_user(user).action_approve()
        records[2:].claim_ids._set_regime("be_b2b", "Belgian after all", day)
        env.flush_all()
        env.cr.execute("UPDATE debt_collection_cost SET date_expiry = '2026-03-01'")
        env.cr.execute("UPDATE debt_collection_claim SET date_limitation = NULL")
        env.cr.execute("UPDATE debt_collection_case SET date_limitation = NULL")


def wake_cron(registry, name):
    """One scheduled action is due; its id."""
    with transaction(registry) as env:
        env["ir.cron"].search([]).active = False
        cron = env.ref(name)
        cron.write({"active": True, "nextcall": "2020-01-01 00:00:00"})
        return cron.id
