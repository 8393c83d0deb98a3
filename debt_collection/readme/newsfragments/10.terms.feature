General terms have a check list of their content: clauses that are missing and clauses
that may not be there are named.
