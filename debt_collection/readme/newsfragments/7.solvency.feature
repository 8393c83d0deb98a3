Solvency checks: what was found about a debtor's means, by whom, for how long it counts;
a wrong finding is annulled with a reason, never deleted.
