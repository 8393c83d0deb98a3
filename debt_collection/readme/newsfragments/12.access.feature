Who may do what is a page, made from the database and tried by real users of each role.
