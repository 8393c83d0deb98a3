The dashboard says what each letter, legal route and partner brings, beside steps and
policies; what waits for a yes (costs, plans, write-offs); filters by company and team;
bars, points and reasons open their records. A collector begins with his own debtors.
