First steps: a new company sends nothing before a Manager went through (or skipped)
company data, bank account, ladders, languages, numbers of the law, roles and a preview
of his own ledger. Companies that collect already go on as they did.
