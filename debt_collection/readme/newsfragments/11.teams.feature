Teams of collectors: a rule (country, tag, kind, policy, amount) says whose a debtor is,
and who has no collector goes to the member with the fewest debtors; filters on my team.
The days late of each class of customers are the company's own, beside the weights.
