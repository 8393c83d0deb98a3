Disputes: what a debtor contests stands apart in every figure while the rest climbs on;
each has a reason, an owner and a day to answer, and is settled once.
Part payments of the debtor interrupt limitation.
