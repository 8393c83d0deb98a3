"To check this half-year" lists the numbers of the law that are missing, to verify, or not looked at since they were due.
