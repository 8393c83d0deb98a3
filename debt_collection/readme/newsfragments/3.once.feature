A run with nothing due reads the ledger once: debtors without an account are found by the same query that looks for what is due.
