def post_init_hook(env):
    """Debtors that were there before: natural persons with a number are enterprises."""
    persons = env["res.partner"].with_context(active_test=False)
    numbered = persons.search(
        [
            ("debt_collection_kind", "=", "consumer"),
            "|",
            ("vat", "!=", False),
            ("company_registry", "!=", False),
        ]
    )
    env.add_to_compute(numbered._fields["debt_collection_kind"], numbered)
