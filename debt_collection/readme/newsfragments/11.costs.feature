The dashboard shows costs ordered, paid back and lost, what waits for a yes, and the
cost of 100 collected; the desk counts disputes to answer, plans to answer and late,
promises due and broken, costs to approve and approvals that expire.
