"""What one run does, stage by stage, in one transaction: what the benches measure."""


def collect(env, company, day):
    """One run; returns the ids of the accounts decided."""
    run = env["debt.collection.run"].with_company(company)
    watch(env, run, company, day)
    ids = run._select(company, day)
    batches = run._split(ids)
    for number, chunk in enumerate(batches, 1):
        run._run_batch(chunk, day)
        if number < len(batches):
            run._tell_planner(number)
        env.flush_all()
    return ids


def watch(env, run, company, day):
    """Every stage of the watch, as the run goes through them."""
    for find, work in run._get_watch_stages(company, day):
        cases = env["debt.collection.case"].browse(find(company))
        for chunk in run._split(cases.account_id.ids):
            run._run_batch(chunk, day, work)
    for work in run._get_watch_ends(company, day):
        work()
