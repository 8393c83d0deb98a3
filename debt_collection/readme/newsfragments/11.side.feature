Lists with counts beside today's work list (calls, broken promises, promises due,
disputes, late plans, letters to print, ready to hand over, approvals, terms that end,
soon prescribed, numbers to verify), of my portfolio, my team or everybody, counted by
one query; the desk has the same choice.
