The debtor's page: opened by the link of a letter, shows what is due and why, and pays.
