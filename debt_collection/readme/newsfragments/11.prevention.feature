Invoices to mend: what is missing on open invoices, with what mends it. Early calls also
for large amounts, planned with one click. Trend, terms, deposit and credit limit of each
customer, as a banner on customers, invoices and quotations.
