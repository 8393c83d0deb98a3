The settings say which other reminder systems are installed, whether they honour "Mark
invoices on a case", and what to do where they do not.
