The work list is read from an index, however much waits: each debtor is ranked when something of his changes, and once a day.
