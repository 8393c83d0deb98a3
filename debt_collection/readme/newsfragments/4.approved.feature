The statement on screen and its JSON show the costs approved for a case; no document for the debtor does.
