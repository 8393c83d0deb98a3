Letters about the debts of a private person reach nobody but him, who owes with him, and
his counsel.
