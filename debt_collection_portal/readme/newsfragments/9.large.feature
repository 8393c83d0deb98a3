The page of a debtor with thousands of invoices comes in parts, and its sums are worked out once, not at every visit.
