Typing in the search of cases finds a case number, a debtor or his reference.
