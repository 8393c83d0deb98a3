Disputes: what a debtor contests stands apart in every figure while the rest climbs on;
each has a reason, an owner and a day to answer, and ends in a credit note per tax rate, a
refusal with reasons, or a withdrawal. Co-debtors and guarantors; hardship and death stop
everything until a person decides. Part payments of the debtor interrupt limitation.
