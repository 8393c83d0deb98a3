Figures of the collection: ageing with disputes, promises, plans and court apart, two
kinds of DSO, collection effectiveness, days late with unpaid invoices, what each step
and policy brings; a pivot and a graph of receivables.
